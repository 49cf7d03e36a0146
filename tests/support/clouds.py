"""What clouds prove: signatures checked from their definitions alone."""

import base64
import calendar
import hashlib
import hmac
import json
import re
import subprocess
import time

from support.fake import Answer

BODY = "Action=GetCallerIdentity&Version=2011-06-15"
CREDENTIAL = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/([^/]+)/"
    r"aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})")
SKEW_SECONDS = 300

CALLER = """<GetCallerIdentityResponse
 xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<GetCallerIdentityResult><Arn>{arn}</Arn><UserId>AIDAEXAMPLE</UserId>
<Account>123456789012</Account></GetCallerIdentityResult>
<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>
</GetCallerIdentityResponse>"""


def sigv4_fault(request, keys):
    """What is wrong with a signed request (method, path, headers, body), or
    None. keys: from access key to secret key and session token."""
    method, path, headers, body = request
    headers = {name.lower(): value for name, value in headers.items()}
    found = CREDENTIAL.fullmatch(headers.get("authorization", ""))
    if not found:
        return "no signature"
    access, day, region, service, names, signature = found.groups()
    if access not in keys:
        return f"unknown key {access}"
    secret, session = keys[access]
    if headers.get("x-amz-security-token") != session:
        return "wrong session token"
    date = headers["x-amz-date"]
    if not date.startswith(day) or abs(time.time() - calendar.timegm(
            time.strptime(date, "%Y%m%dT%H%M%SZ"))) > SKEW_SECONDS:
        return "wrong date"
    missing = {"host", "x-amz-date"} - set(names.split(";"))
    if missing or names.split(";") != sorted(names.split(";")):
        return f"signed fields: {names}"
    canonical = "\n".join(
        [method, path, ""]
        + [f"{n}:{' '.join(headers[n].split())}" for n in names.split(";")]
        + ["", names, hashlib.sha256(body.encode()).hexdigest()])
    scope = f"{day}/{region}/{service}/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", date, scope,
                      hashlib.sha256(canonical.encode()).hexdigest()])
    key = b"AWS4" + secret.encode()
    for part in (day, region, service, "aws4_request", text):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return None if key.hex() == signature else "the signature differs"


def iam_login_fault(body, keys, server_id=None):
    """What is wrong with a login by GetCallerIdentity, or None."""
    text = {name: base64.b64decode(body[f"iam_request_{name}"]).decode()
            for name in ("url", "headers", "body")}
    headers = json.loads(text["headers"])
    if text["body"] != BODY or body["iam_http_request_method"] != "POST":
        return "another request"
    if text["url"] != f"https://{headers['Host']}/":
        return "another host"
    signed = headers["Authorization"].split("SignedHeaders=")[1]
    if server_id and (headers.get("X-Vault-AWS-IAM-Server-ID") != server_id
                      or "x-vault-aws-iam-server-id" not in signed):
        return "meant for another server"
    return sigv4_fault(("POST", "/", headers, text["body"]), keys)


def sts(keys, arn):
    """The answer of an STS that knows keys: who the caller is."""
    def answer(request):
        fault = sigv4_fault(("POST", "/", request.headers,
                             request.body.decode()), keys)
        if fault:
            return Answer(403, fault.encode(),
                          headers=(("Content-Type", "text/xml"),))
        return Answer(200, CALLER.format(arn=arn).encode(),
                      headers=(("Content-Type", "text/xml"),))
    return answer


def unbase64(text):
    """base64 of the alphabet of URLs, without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def make_account(folder, email):
    """Files with the key of a service account and its public key."""
    key, public = folder / "account.pem", folder / "account.pub"
    openssl("genpkey", "-algorithm", "RSA", "-pkeyopt",
            "rsa_keygen_bits:2048", "-out", str(key))
    openssl("pkey", "-in", str(key), "-pubout", "-out", str(public))
    file = folder / "account.json"
    file.write_text(json.dumps({
        "type": "service_account", "client_email": email,
        "private_key_id": "key-1", "private_key": key.read_text()}))
    return file, public


def rs256_claims(jwt, public, folder):
    """The claims of a JWT, once its signature was checked."""
    signed, signature = jwt.rsplit(".", 1)
    (folder / "signature").write_bytes(unbase64(signature))
    (folder / "signed").write_text(signed)
    openssl("dgst", "-sha256", "-verify", str(public), "-signature",
            str(folder / "signature"), str(folder / "signed"))
    header, claims = (json.loads(unbase64(p)) for p in signed.split("."))
    assert header["alg"] == "RS256", header
    return header, claims


def openssl(*args):
    """Run openssl; fail when it does."""
    subprocess.run(["openssl", *args], check=True, capture_output=True)
