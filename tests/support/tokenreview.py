"""A Kubernetes API of one call: TokenReview, over TLS.

It signs tokens of service accounts as a cluster does (RS256, with openssl) and
reviews them: the signature, the time, whether the token was taken back. A
projected volume gives them to a pod as the kubelet does.
"""

import base64
import itertools
import json
import os
import pathlib
import subprocess
import time

from support import certs
from support.fake import Answer, Fake

REVIEWS = "/apis/authentication.k8s.io/v1/tokenreviews"
ISSUER = "https://kubernetes.default.svc.cluster.local"


class Cluster:
    """The API server, its authority, its signing key."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.cert, key = certs.self_signed(self.folder, "kubernetes")
        self.server = Fake(certs.server_context(self.cert, key))
        self.server.on("POST", REVIEWS, self._review)
        self.key = self.folder / "signing.key"
        self.public = self.folder / "signing.pub"
        openssl("genpkey", "-algorithm", "RSA", "-pkeyopt",
                "rsa_keygen_bits:2048", "-out", str(self.key))
        openssl("pkey", "-in", str(self.key), "-pubout",
                "-out", str(self.public))
        self.numbers = itertools.count(1)
        self.taken_back = set()
        self.reviewed = []          # the claims of every good token
        self.reviewer = self.token("vault", "reviewer")

    @property
    def address(self):
        """For kubernetes_host."""
        return self.server.address

    def stop(self):
        """Stop the server."""
        self.server.stop()

    def token(self, namespace, name, seconds=3600, audience=ISSUER):
        """A new token of a service account."""
        now = int(time.time())
        return self.sign({
            "iss": ISSUER, "aud": [audience], "iat": now, "nbf": now,
            "exp": now + seconds, "jti": str(next(self.numbers)),
            "sub": f"system:serviceaccount:{namespace}:{name}",
            "kubernetes.io": {
                "namespace": namespace,
                "serviceaccount": {"name": name, "uid": f"uid-of-{name}"}}})

    def sign(self, claims):
        """Claims as a JWT."""
        head = {"alg": "RS256", "kid": "key-1", "typ": "JWT"}
        signed = ".".join(encode(json.dumps(part).encode())
                          for part in (head, claims))
        signature = openssl("dgst", "-sha256", "-sign", str(self.key),
                            data=signed.encode())
        return f"{signed}.{encode(signature)}"

    def take_back(self, token):
        """From now on it is no good any more."""
        self.taken_back.add(token)

    def claims(self, token):
        """The claims of a good token, else None."""
        try:
            signed, signature = token.rsplit(".", 1)
            file = self.folder / "signature"
            file.write_bytes(decode(signature))
            openssl("dgst", "-sha256", "-verify", str(self.public),
                    "-signature", str(file), data=signed.encode())
            claims = json.loads(decode(signed.split(".")[1]))
        except (ValueError, subprocess.CalledProcessError):
            return None
        good = claims["nbf"] <= time.time() < claims["exp"]
        return claims if good and token not in self.taken_back else None

    def _review(self, request):
        if request.headers.get("authorization") != f"Bearer {self.reviewer}":
            return Answer(401, {"kind": "Status", "status": "Failure",
                                "reason": "Unauthorized", "code": 401})
        review = request.json
        claims = self.claims(review["spec"]["token"])
        if claims is None:
            return Answer(201, {**review, "status": {
                "authenticated": False, "error": "invalid bearer token"}})
        self.reviewed.append(claims)
        account = claims["kubernetes.io"]["serviceaccount"]
        namespace = claims["kubernetes.io"]["namespace"]
        return Answer(201, {**review, "status": {
            "authenticated": True, "audiences": claims["aud"],
            "user": {
                "username": claims["sub"], "uid": account["uid"],
                "groups": ["system:serviceaccounts",
                           f"system:serviceaccounts:{namespace}",
                           "system:authenticated"]}}})


class ProjectedVolume:
    """A directory whose files change at once: token -> ..data/token, and
    ..data -> a directory of its own for each version."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()
        self.numbers = itertools.count(1)
        self.path = self.folder / "token"

    def put(self, text):
        """Replace the token; the old version is removed."""
        version = f"..version_{next(self.numbers)}"
        (self.folder / version).mkdir()
        (self.folder / version / "token").write_text(text)
        link, data = self.folder / "..data_tmp", self.folder / "..data"
        old = os.readlink(data) if data.is_symlink() else None
        link.symlink_to(version)
        os.replace(link, data)
        if old is None:
            self.path.symlink_to("..data/token")
        else:
            (self.folder / old / "token").unlink()
            (self.folder / old).rmdir()


def openssl(*arguments, data=None):
    """Run openssl; what it prints."""
    return subprocess.run(["openssl", *arguments], input=data,
                          capture_output=True, check=True).stdout


def encode(data):
    """base64 as JWTs have it."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text):
    """The opposite."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
