"""The aws method on a real server, whose STS is ours and checks."""

import pytest

from support import clouds, fake, settings

pytestmark = pytest.mark.live

KEYS = {"AKIDEXAMPLE": ("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", None)}
ARN = "arn:aws:iam::123456789012:user/app"
SERVER = "vault.example.com"


@pytest.fixture
def sts():
    """An STS; the server asks it for //, which has no path for the fake."""
    server = fake.Fake()
    server.on("POST", "", clouds.sts(KEYS, ARN))
    yield server
    server.stop()


@pytest.fixture
def aws(real_vault, sts):
    """The method with a role, where the server has it."""
    reply = real_vault.root.post("/v1/sys/auth/aws", {"type": "aws"})
    if reply.status >= 400 and "in use" not in str(reply):
        pytest.skip("the server has no aws method")
    real_vault.call("POST", "auth/aws/config/client", {
        "sts_endpoint": sts.address, "sts_region": "us-east-1",
        "iam_server_id_header_value": SERVER})
    real_vault.call("POST", "auth/aws/role/web", {
        "auth_type": "iam", "bound_iam_principal_arn": ARN,
        "resolve_aws_unique_ids": False, "token_policies": "app"})
    yield real_vault
    real_vault.call("DELETE", "sys/auth/aws")


def config(server_id=SERVER, secret=KEYS["AKIDEXAMPLE"][0]):
    """The method's block."""
    return settings.method("aws", {
        "type": "iam", "role": "web", "access_key": "AKIDEXAMPLE",
        "secret_key": secret, "header_value": server_id})


def test_a_signed_request_logs_in(aws, sts, daemons):
    leasehold = daemons.start(settings.proxy(
        aws.address, config())).wait_ready()
    found = leasehold.client().get("/v1/auth/token/lookup-self")
    assert found.json["data"]["policies"] == ["app", "default"]
    assert {r.headers["host"] for r in sts.requests()} == {
        "sts.amazonaws.com"}


@pytest.mark.parametrize("wrong", [
    {"server_id": "vault.elsewhere.com"}, {"secret": "another/secret"}])
def test_another_signature_does_not(aws, daemons, wrong):
    leasehold = daemons.start(settings.proxy(aws.address, config(**wrong)))
    leasehold.wait_for_log("auth.refused|auth.unreachable")
    assert leasehold.client().get("/leasehold/v1/ready").status == 503
