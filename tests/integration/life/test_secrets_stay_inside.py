"""Secrets reach neither log, command line, environment nor core file."""

import os
import pathlib
import re
import shutil

import pytest

from support import certs, settings
from support.fake import Answer, Fake, errors
from support.fake_tokens import Tokens, secret
from support.waiting import until

pytestmark = pytest.mark.fake

NOBODY = 65534
CANARIES = {
    "token": "hvs.CANARY-token-",
    "role id": "canary-role-id-5a1",
    "secret id": "canary-secret-id-7b2",
    "body": "canary-body-9c3",
    "answer": "canary-answer-1d4",
    "query": "canary-query-2e5",
    "own token": "hvs.CANARY-own-3f6",
}


def test_keys_of_tls_are_not_written_down(daemons, upstream, folder):
    cert, key = certs.self_signed(folder, "upstream")
    server = Fake(certs.server_context(cert, key))
    server.on("GET", "/v1/open", Answer(200, {"data": {"open": True}}))
    keys = folder / "keys"
    config = settings.proxy(server.address)
    config["vault"]["ca_cert"] = str(cert)
    try:
        leasehold = daemons.start(config, env={"SSLKEYLOGFILE": str(keys)})
        assert leasehold.client().get("/v1/open").status == 200
    finally:
        server.stop()
    assert not keys.exists() or keys.read_text() == ""


@pytest.fixture
def canary_config(upstream, folder):
    """A configuration at the most talkative level, secrets marked."""
    Tokens(upstream).prefix = CANARIES["token"]
    files = folder / "role_id", folder / "secret_id"
    for path, name in zip(files, ("role id", "secret id")):
        path.write_text(CANARIES[name])
        path.chmod(0o644)
    config = settings.proxy(
        upstream.address, settings.approle(*files, min_backoff="10ms"),
        cache={})
    return {"log_level": "trace", **config}


def talk(leasehold, upstream):
    """All kinds of requests that carry or bring secrets."""
    answer = secret(data={"password": CANARIES["answer"]})
    upstream.on("GET", "/v1/kv1/a", Answer(200, answer))
    upstream.on_write("/v1/kv1/a", errors(400, CANARIES["answer"]))
    client = leasehold.client()
    client.get(f"/v1/kv1/a?x={CANARIES['query']}")
    client.put("/v1/kv1/a", {"password": CANARIES["body"]})
    client.get("/v1/database/creds/a")
    lease = client.get("/v1/database/creds/a").json["lease_id"]
    client.put("/v1/sys/leases/revoke", {"lease_id": lease})
    client.get("/v1/auth/token/lookup-self")
    own = leasehold.client(token=CANARIES["own token"])
    own.get("/v1/kv1/a")
    own.get("/v1/database/creds/a")
    bearer = ("Authorization", f"Bearer {CANARIES['own token']}")
    client.get("/v1/kv1/a", headers=[bearer])
    for verb in ("revoke", "renew", "lookup", "revoke-orphan"):
        client.put(f"/v1/auth/token/{verb}/{CANARIES['own token']}")
    for kind, value in (("token", CANARIES["own token"]), ("all", "")):
        client.post("/proxy/v1/cache-clear", {"type": kind, "value": value})
    client.get("/leasehold/v1/status")
    client.get("/leasehold/v1/metrics")


def found_in(text):
    """The names of the canaries in a text."""
    return [name for name, canary in CANARIES.items() if canary in text]


def test_no_secret_in_the_log_at_any_level(
        daemons, upstream, canary_config):
    leasehold = daemons.start(canary_config).wait_ready()
    talk(leasehold, upstream)
    leasehold.stop()
    assert "[DEBUG]" in leasehold.log()
    assert not found_in(leasehold.log())


def test_no_secret_in_the_log_of_failing_logins(
        daemons, upstream, canary_config):
    upstream.on_write(
        "/v1/auth/approle/login",
        errors(400, "invalid role or secret ID"),
        Answer(200, b"{\"auth\":{\"client_token\":\"hvs.CANARY-token-1\""),
        Answer(200, secret(auth={"client_token": "hvs.CANARY-token-\r\n"})),
        errors(503, "Vault is sealed"))
    leasehold = daemons.start(canary_config)
    path = "/v1/auth/approle/login"
    until(lambda: len(upstream.requests(path)) >= 4, 30, "four logins")
    leasehold.stop()
    assert not found_in(leasehold.log())


def test_status_and_metrics_hold_no_secret(
        daemons, upstream, canary_config):
    leasehold = daemons.start(canary_config).wait_ready()
    talk(leasehold, upstream)
    for path in ("status", "metrics", "ready", "health"):
        reply = leasehold.client().get(f"/leasehold/v1/{path}")
        assert reply.status == 200
        assert not found_in(reply.body.decode())


def test_no_secret_in_command_line_or_environment(
        daemons, upstream, canary_config):
    leasehold = daemons.start(canary_config).wait_ready()
    talk(leasehold, upstream)
    for name in ("cmdline", "environ"):
        text = pathlib.Path(f"/proc/{leasehold.pid}/{name}").read_bytes()
        assert not found_in(text.decode("latin-1"))


def test_no_core_is_ever_written(leasehold):
    limits = pathlib.Path(f"/proc/{leasehold.pid}/limits").read_text()
    assert re.search(r"^Max core file size\s+0\s+0\s", limits, re.M)


@pytest.mark.plain
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to be another user")
def test_other_processes_of_the_user_cannot_look_inside(
        daemons, config, binary, folder):
    mine = shutil.copy(binary, folder / "leasehold")
    leasehold = daemons.start(config, binary=mine, user=NOBODY).wait_ready()
    for name in ("mem", "environ", "maps", "fd"):
        # The kernel gives the files of a process that is not dumpable to
        # root, whoever runs it.
        assert os.stat(f"/proc/{leasehold.pid}/{name}").st_uid == 0


def test_the_sink_is_for_owner_and_group_only(daemons, config, folder):
    path = folder / "token"
    config["auto_auth"].update(settings.sink(path))
    daemons.start(config).wait_ready()
    assert path.read_text().startswith("hvs.fake")
    assert path.stat().st_mode & 0o777 == 0o640
    assert not [name for name in os.listdir(folder) if ".tmp." in name]


def test_the_process_can_gain_no_rights(leasehold):
    status = pathlib.Path(f"/proc/{leasehold.pid}/status").read_text()
    assert re.search(r"^NoNewPrivs:\s+1$", status, re.M)
