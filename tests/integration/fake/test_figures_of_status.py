"""What the status tells of the process, its token and its server moves."""

import subprocess

import pytest

from support import figures, settings
from support.dh_reader import Reader
from support.fake import Answer, errors
from support.figures import Change
from support.waiting import until

pytestmark = pytest.mark.fake


def test_the_version_is_that_of_the_program(leasehold, binary):
    told = subprocess.run([str(binary), "version"], capture_output=True,
                          text=True, check=True).stdout.strip()
    assert told == "leasehold v" + leasehold.status()["version"]


def test_the_process_ages(world):
    here = world()
    before = here.leasehold.status()["uptime_s"]
    here.timeline.advance(100)
    assert here.leasehold.status()["uptime_s"] == before + 100


def test_the_token_is_told(world):
    here = world(token_ttl=1000)
    status = here.leasehold.status()
    token = status["token"]
    assert status["ready"] and status["why_not"] == []
    assert (token["method"], token["state"]) == ("approle", "valid")
    assert token["valid"] and token["renewable"]
    assert (token["logins"], token["renewals"], token["generation"],
            token["failures"]) == (1, 0, 1, 0)
    assert token["accessor"] and "hvs" not in token["accessor"]
    assert token["last_error"] == ""
    assert token["expires_in_s"] == 1000
    here.timeline.advance(100)
    moved = here.leasehold.status()["token"]
    assert moved["expires_in_s"] == 900
    assert token["next_step_in_ms"] - moved["next_step_in_ms"] == 100000
    here.upstream.on_write("/v1/auth/token/renew-self",
                           errors(503, "Vault is sealed"))
    here.timeline.pass_time(800, 10)
    failed = here.leasehold.status()["token"]
    assert failed["failures"] >= 1 and failed["last_error"]
    assert failed["renewals"] == 0


def test_a_lost_token_is_told(world):
    here = world(token_ttl=1000)
    first = here.leasehold.status()["token"]
    here.upstream.on_write("/v1/auth/approle/login", errors(400, "not now"))
    here.tokens.revoke_all()
    with here.leasehold.connection() as peer:
        peer.send(b"GET /v1/leased/x HTTP/1.1\r\nHost: localhost\r\n\r\n")
        until(lambda: here.timeline.advance(1)["token"]["failures"], 30,
              "a failed login")
        status = here.leasehold.status()
    assert (status["token"]["state"], status["token"]["valid"]) == (
        "backing_off", False)
    assert not status["ready"] and status["why_not"]
    here.upstream.on_write("/v1/auth/approle/login", here.tokens.log_in)
    here.timeline.pass_time(30)
    token = here.leasehold.status()["token"]
    assert (token["logins"], token["generation"]) == (2, 2)
    assert token["accessor"] != first["accessor"]


def test_sinks_are_told(daemons, upstream, tokens, approle_files, folder):
    method = settings.approle(*approle_files)
    key = folder / "reader.json"
    method['sink "file"'] = [
        {"config": {"path": str(folder / "a")}},
        {"dh_type": "curve25519", "dh_path": str(key),
         "config": {"path": str(folder / "b")}}]
    daemon = daemons.start(settings.proxy(
        upstream.address, method)).wait_ready()
    until(lambda: daemon.status()["sinks"] == {"count": 2, "pending": 1}, 30,
          "one sink to be written")
    Reader(key).publish()
    until(lambda: daemon.status()["sinks"] == {"count": 2, "pending": 0}, 30,
          "the other sink to be written")
    assert tokens.logins == 1


def test_the_server_is_told(leasehold, upstream):
    upstream.on("GET", "/v1/a", Answer(200, {"data": {}}))
    upstream.on("GET", "/v1/b", errors(404))
    client = leasehold.client()
    for path, status in (("/v1/a", 200), ("/v1/b", 404)):
        client.get(path)
        told = leasehold.status()["upstream"]
        assert told["last_status"] == status
        assert told["reachable"] and told["last_error"] == ""
        assert told["address"] == upstream.address
        one, = told["servers"]
        assert one == {name: told[name] for name in one}


def test_the_state_of_a_single_server_is_told(daemons, upstream):
    config = settings.proxy(upstream.address)
    config["vault"]["retry"] = {"num_retries": -1}
    leasehold = daemons.start(config)
    upstream.on("GET", "/v1/a", errors(503, "Vault is sealed"))
    for state, path in (("unknown", None), ("sealed", "/v1/a")):
        if path is not None:
            leasehold.client().get(path)
        told = leasehold.status()["upstream"]
        assert told["state"] == told["servers"][0]["state"] == state
        seen = figures.read(leasehold)
        shown = [name for name, value in seen.items() if value == 1
                 and name.startswith("leasehold_upstream_state{")]
        assert [f'state="{state}"' in name for name in shown] == [True]


def test_the_cache_and_its_callers_are_told(leasehold):
    path = "/v1/database/creds/app"
    change = Change(leasehold)
    client = leasehold.client()
    client.get(path)
    client.get(path)
    cache = leasehold.status()["cache"]
    assert (cache["entries"], cache["entered"]) == (1, 1)
    assert (cache["hits"], cache["misses"]) == (1, 1)
    assert cache["bytes"] == change.of("cache_bytes") > 0
    with leasehold.connection() as peer:
        before = leasehold.status()["connections"]
        peer.request("GET", "/leasehold/v1/health")
        with leasehold.connection() as other:
            other.request("GET", "/leasehold/v1/health")
            assert leasehold.status()["connections"] == before + 1
