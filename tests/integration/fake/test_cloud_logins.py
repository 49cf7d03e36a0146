"""Logins whose proof comes from elsewhere: metadata and token services."""

import time
import urllib.parse

import pytest

from support import clouds, fake, settings
from support.fake import Answer
from support.waiting import until

pytestmark = pytest.mark.fake

KEYS = {"ASIAINSTANCE": ("instance/secret", "session+token==")}
CREDENTIALS = "/latest/meta-data/iam/security-credentials/"
ACCOUNTS = "/computeMetadata/v1/instance/service-accounts/"
EMAIL = "app@project.iam.gserviceaccount.com"
RESOURCE = "https://vault.example/"
MACHINE = {"compute": {
    "name": "vm-1", "vmScaleSetName": "", "resourceGroupName": "group",
    "subscriptionId": "subscription"}}

WEB_IDENTITY = """<AssumeRoleWithWebIdentityResponse><x>
<Credentials><AccessKeyId>ASIAINSTANCE</AccessKeyId>
<SecretAccessKey>instance/secret</SecretAccessKey>
<SessionToken>session+token==</SessionToken></Credentials>
</x></AssumeRoleWithWebIdentityResponse>"""


@pytest.fixture
def elsewhere():
    """A metadata or token service."""
    server = fake.Fake()
    yield server
    server.stop()


@pytest.fixture
def start(daemons, upstream, tokens):
    """Starts a daemon that logs in by a cloud method."""
    def run(name, config, env=None, **auto_auth):
        tokens.kv("/v1/kv1/a", {"color": "blue"})
        method = settings.method(
            name, {"role": "web", **config}, min_backoff="100ms",
            max_backoff="300ms")
        return daemons.start(settings.proxy(
            upstream.address, {**method, **auto_auth}), env=env)
    return run


def script_instance(elsewhere):
    """The metadata service of an EC2 instance, second version only."""
    def guarded(body):
        def answer(request):
            if request.headers.get("x-aws-ec2-metadata-token") != "session":
                return Answer(401)
            return Answer(200, body)
        return answer

    elsewhere.on("PUT", "/latest/api/token", lambda request: Answer(
        200 if "x-aws-ec2-metadata-token-ttl-seconds" in request.headers
        else 400, b"session"))
    elsewhere.on("GET", CREDENTIALS, guarded(b"web-role"))
    elsewhere.on("GET", CREDENTIALS + "web-role", guarded({
        "Code": "Success", "AccessKeyId": "ASIAINSTANCE",
        "SecretAccessKey": "instance/secret", "Token": "session+token=="}))


def script_machine(elsewhere):
    """The metadata service of an Azure machine."""
    def answer(body):
        return lambda request: Answer(200, body) if request.headers.get(
            "metadata") == "true" else Answer(400)

    elsewhere.on("GET", "/metadata/instance", answer(MACHINE))
    elsewhere.on("GET", "/metadata/identity/oauth2/token",
                 answer({"access_token": "azure.access.token"}))


def test_an_instance_of_aws(start, tokens, elsewhere):
    script_instance(elsewhere)
    tokens.accept("/v1/auth/aws/login", lambda body: clouds.iam_login_fault(
        body, KEYS, "vault.example"))
    leasehold = start("aws", {
        "type": "iam", "imds_endpoint": elsewhere.address,
        "header_value": "vault.example"}).wait_ready()
    assert leasehold.client().get("/v1/kv1/a").status == 200
    assert len(elsewhere.requests()) == 3
    assert not any(r.token for r in elsewhere.requests())
    log = leasehold.log()
    assert "instance/secret" not in log and "session" not in log


def test_a_web_identity_of_aws(start, tokens, elsewhere, folder):
    def assume(request):
        form = dict(urllib.parse.parse_qsl(request.body.decode()))
        wanted = {
            "Action": "AssumeRoleWithWebIdentity", "Version": "2011-06-15",
            "RoleArn": "arn:aws:iam::1:role/web", "RoleSessionName": "pod",
            "WebIdentityToken": "web.identity.token"}
        return Answer(200 if form == wanted else 400, WEB_IDENTITY.encode())

    (folder / "token").write_text("web.identity.token\n")
    elsewhere.on("POST", "/", assume)
    tokens.accept("/v1/auth/aws/login", lambda body: None)
    start("aws", {"type": "iam", "sts_endpoint": elsewhere.address}, env={
        "AWS_WEB_IDENTITY_TOKEN_FILE": str(folder / "token"),
        "AWS_ROLE_ARN": "arn:aws:iam::1:role/web",
        "AWS_ROLE_SESSION_NAME": "pod"}).wait_ready()
    assert len(elsewhere.requests()) == 1
    assert tokens.logins == 1


def test_new_keys_in_a_shared_file_are_followed(start, tokens, folder):
    def write(key):
        (folder / "credentials").write_text(
            f"[default]\naws_access_key_id={key}\n"
            f"aws_secret_access_key=secret-of-{key}\n")

    keys = {key: (f"secret-of-{key}", None) for key in ("AKIA1", "AKIA2")}
    seen = []

    def judge(body):
        fault = clouds.iam_login_fault(body, keys)
        seen.append(fault)
        return fault

    write("AKIA1")
    tokens.accept("/v1/auth/aws/login", judge)
    start("aws", {"type": "iam", "credential_poll_interval": "1s"}, env={
        "AWS_SHARED_CREDENTIALS_FILE": str(folder / "credentials")},
        enable_reauth_on_new_credentials=True).wait_ready()
    write("AKIA2")
    until(lambda: len(seen) == 2, 30, "a login with the new keys")
    assert seen == [None, None]


def test_an_instance_of_gcp(start, tokens, elsewhere):
    def identity(request):
        fits = (request.headers.get("metadata-flavor") == "Google"
                and dict(urllib.parse.parse_qsl(request.query)) == {
                    "audience": "http://vault/web", "format": "full"})
        return Answer(200 if fits else 400, b"instance.identity.token")

    elsewhere.on("GET", ACCOUNTS + "default/identity", identity)
    tokens.accept("/v1/auth/gcp/login", lambda body: None if body == {
        "role": "web", "jwt": "instance.identity.token"} else "wrong token")
    start("gcp", {"type": "gce", "metadata_endpoint": elsewhere.address}
          ).wait_ready()


def test_a_service_account_signs_for_itself(start, tokens, folder):
    def judge(body):
        header, claims = clouds.rs256_claims(body["jwt"], public, folder)
        life = claims.pop("exp") - time.time()
        fits = (header["kid"] == "key-1" and 840 < life <= 900
                and claims == {"sub": EMAIL, "aud": "http://vault/web"})
        return None if fits else f"{header} {claims} {life}"

    account, public = clouds.make_account(folder, EMAIL)
    tokens.accept("/v1/auth/gcp/login", judge)
    leasehold = start("gcp", {"type": "iam"}, env={
        "GOOGLE_APPLICATION_CREDENTIALS": str(account)}).wait_ready()
    assert "PRIVATE KEY" not in leasehold.log()


def test_google_signs_for_an_instance(start, tokens, elsewhere):
    def sign(request):
        if request.headers.get("authorization") != "Bearer google.token":
            return Answer(401)
        return Answer(200, {"keyId": "1", "signedJwt": "signed.by.google"})

    elsewhere.on("GET", ACCOUNTS + "default/token", Answer(
        200, {"access_token": "google.token", "expires_in": 3599}))
    elsewhere.on("GET", ACCOUNTS + "default/email",
                 Answer(200, EMAIL.encode()))
    elsewhere.on("POST", "/v1/projects/-/serviceAccounts/"
                 + urllib.parse.quote(EMAIL, "") + ":signJwt", sign)
    tokens.accept("/v1/auth/gcp/login", lambda body: None if body["jwt"]
                  == "signed.by.google" else "wrong token")
    leasehold = start("gcp", {
        "type": "iam", "metadata_endpoint": elsewhere.address,
        "iam_endpoint": elsewhere.address}).wait_ready()
    assert "google.token" not in leasehold.log()


def test_a_machine_of_azure(start, tokens, elsewhere):
    script_machine(elsewhere)
    tokens.accept("/v1/auth/azure/login", lambda body: None if body == {
        "role": "web", "jwt": "azure.access.token", "vm_name": "vm-1",
        "vmss_name": "", "resource_group_name": "group",
        "subscription_id": "subscription"} else "wrong facts")
    start("azure", {"resource": RESOURCE, "imds_endpoint": elsewhere.address}
          ).wait_ready()
    asked = elsewhere.requests("/metadata/identity/oauth2/token")
    assert dict(urllib.parse.parse_qsl(asked[0].query))["resource"] == RESOURCE


def test_a_workload_identity_of_azure(start, tokens, elsewhere, folder):
    def grant(request):
        form = dict(urllib.parse.parse_qsl(request.body.decode()))
        fits = (form["client_id"] == "client"
                and form["client_assertion"] == "federated.token"
                and form["scope"] == RESOURCE + "/.default")
        return Answer(200 if fits else 401, {"access_token": "a.b.c"})

    script_machine(elsewhere)
    elsewhere.on("POST", "/tenant/oauth2/v2.0/token", grant)
    (folder / "token").write_text("federated.token\n")
    tokens.accept("/v1/auth/azure/login", lambda body: None if body["jwt"]
                  == "a.b.c" else "wrong token")
    leasehold = start("azure", {
        "resource": RESOURCE, "imds_endpoint": elsewhere.address,
        "authenticate_from_environment": True}, env={
            "AZURE_TENANT_ID": "tenant", "AZURE_CLIENT_ID": "client",
            "AZURE_FEDERATED_TOKEN_FILE": str(folder / "token"),
            "AZURE_AUTHORITY_HOST": elsewhere.address + "/"}).wait_ready()
    assert "federated.token" not in leasehold.log()


def test_a_service_that_comes_late_is_waited_for(start, tokens, elsewhere):
    script_machine(elsewhere)
    elsewhere.close_port()
    tokens.accept("/v1/auth/azure/login", lambda body: None)
    leasehold = start("azure", {
        "resource": RESOURCE, "imds_endpoint": elsewhere.address})
    leasehold.wait_for_log("auth.unreachable")
    until(lambda: leasehold.status()["token"]["failures"] > 3, 30, "tries")
    assert leasehold.log().count("auth.unreachable") == 1
    elsewhere.open_port()
    leasehold.wait_ready()


def test_odd_answers_fail_the_login_and_nothing_else(
        start, tokens, elsewhere):
    elsewhere.on(
        "GET", "/metadata/instance", Answer(404), Answer(302, headers=(
            ("Location", elsewhere.address + "/metadata/other"),)),
        Answer(200, b"\xff\x00"), Answer(200, b"[" * 100000),
        Answer(200, parts=[b"x" * 65536] * 40),
        Answer(200, b"{}", reset_at=30), Answer(200, MACHINE))
    elsewhere.on("GET", "/metadata/identity/oauth2/token",
                 Answer(200, {"access_token": "a.b.c"}))
    tokens.accept("/v1/auth/azure/login", lambda body: None)
    leasehold = start("azure", {
        "resource": RESOURCE, "imds_endpoint": elsewhere.address})
    leasehold.wait_ready(30)
    assert tokens.logins == 1
    assert not elsewhere.requests("/metadata/other")
    assert "larger than we accept" in leasehold.log()
