"""SIGTERM: no new requests, open ones are finished, the end is bounded."""

import contextlib
import os
import re
import signal
import subprocess

import pytest

from support import httpc
from support.fake import Answer, Barrier, errors
from support.fake_tokens import DENIED
from support.waiting import until

pytestmark = pytest.mark.fake

DEADLINE_SECONDS = 15
REQUEST = b"GET /v1/held HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture
def barrier(upstream):
    """Holds the answer to /v1/held."""
    gate = Barrier()
    upstream.on("GET", "/v1/held", Answer(
        200, {"data": {"held": True}}, barrier=gate))
    yield gate
    gate.release()


def refuses(address):
    """Whether nobody listens there any more."""
    try:
        httpc.connect(address, timeout=30).close()
    except OSError:
        return True
    return False


@contextlib.contextmanager
def ending(leasehold, barrier, end):
    """A connection with an open request, at the end that a function begins."""
    address = leasehold.addresses()[0]
    with leasehold.connection(timeout=30) as peer:
        peer.send(REQUEST)
        barrier.wait_for()
        end()
        until(lambda: refuses(address), 30, "the listener to close")
        assert leasehold.process.poll() is None
        yield peer


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_open_requests_are_finished(leasehold, barrier, number):
    with ending(leasehold, barrier, lambda: leasehold.signal(number)) as peer:
        barrier.release()
        assert peer.read_reply().json["data"] == {"held": True}
        assert peer.at_end()
    assert leasehold.wait() == 0


def test_idle_connections_do_not_delay_the_end(daemons, config):
    leasehold = daemons.start({"shutdown_timeout": "10m", **config})
    with leasehold.wait_ready().connection() as peer:
        assert peer.request("GET", "/v1/kv1/a").status == 200
        leasehold.signal(signal.SIGTERM)
        assert leasehold.wait() == 0
        assert peer.at_end()


def test_the_end_comes_though_a_request_hangs(leasehold, barrier):
    with leasehold.connection(timeout=30) as peer:
        peer.send(REQUEST)
        barrier.wait_for()
        leasehold.signal(signal.SIGTERM)
        try:
            assert leasehold.wait(2 * DEADLINE_SECONDS) == 0
        except subprocess.TimeoutExpired:
            pytest.fail("still there after its deadline")
        assert "leasehold.cut requests=1" in leasehold.log()


def test_a_second_signal_ends_it_at_once(daemons, config, barrier):
    leasehold = daemons.start({"shutdown_timeout": "10m", **config})
    leasehold.wait_ready()
    with ending(leasehold, barrier, lambda: leasehold.signal(signal.SIGINT)):
        leasehold.signal(signal.SIGINT)
        assert leasehold.wait() == 0


def test_a_signal_behind_a_quit_is_the_first(daemons, config, barrier):
    config['listener "tcp"']["proxy_api"] = {"enable_quit": True}
    leasehold = daemons.start(config).wait_ready()

    def quit_by_api():
        assert leasehold.client().post("/proxy/v1/quit").status == 200
    with ending(leasehold, barrier, quit_by_api) as peer:
        leasehold.signal(signal.SIGTERM)
        leasehold.signal(signal.SIGHUP)     # answered behind it
        leasehold.wait_for_log(r"reload\.done")
        barrier.release()
        assert peer.read_reply().json["data"] == {"held": True}
    assert leasehold.wait() == 0


@pytest.fixture
def revoking(config, tokens, upstream):
    """A configuration that gives its token back."""
    config["auto_auth"]["revoke_on_exit"] = True
    upstream.on_write("/v1/auth/token/revoke-self", tokens.revoke_self)
    return config


def test_the_token_is_given_back_behind_the_last_request(
        daemons, revoking, tokens, barrier):
    leasehold = daemons.start(revoking).wait_ready()
    with ending(leasehold, barrier,
                lambda: leasehold.signal(signal.SIGTERM)) as peer:
        assert len(tokens.tokens) == 1
        barrier.release()
        assert peer.read_reply().json["data"] == {"held": True}
    assert leasehold.wait() == 0
    assert not tokens.tokens and tokens.logins == 1


def test_a_token_that_vault_does_not_take_back_is_told(
        daemons, revoking, tokens, upstream):
    upstream.on_write("/v1/auth/token/revoke-self", errors(403, DENIED))
    leasehold = daemons.start(revoking).wait_ready()
    leasehold.signal(signal.SIGTERM)
    assert leasehold.wait() == 0
    assert re.search(r"auth\.not_revoked.*permission denied",
                     leasehold.log())
    assert len(tokens.tokens) == 1


def test_the_end_comes_though_vault_takes_no_token_back(
        daemons, revoking, upstream):
    upstream.on_write("/v1/auth/token/revoke-self", errors(503, "sealed"))
    leasehold = daemons.start({"shutdown_timeout": "3s", **revoking})
    leasehold.wait_ready()
    leasehold.signal(signal.SIGTERM)
    assert leasehold.wait() == 0
    assert "auth.revoke_failed" in leasehold.log()
    assert "auth.not_revoked" in leasehold.log()


def test_a_token_that_is_not_given_back_for_haste_is_told(
        daemons, revoking, tokens, barrier):
    leasehold = daemons.start(revoking).wait_ready()
    with ending(leasehold, barrier,
                lambda: leasehold.signal(signal.SIGTERM)):
        leasehold.signal(signal.SIGTERM)
        assert leasehold.wait() == 0
    assert "auth.not_revoked" in leasehold.log()
    assert len(tokens.tokens) == 1


def test_a_unix_socket_is_removed_at_the_end(daemons, config, folder):
    path = str(folder / "leasehold.sock")
    config['listener "unix"'] = {"address": path, "tls_disable": True}
    leasehold = daemons.start(config, listeners=2).wait_ready()
    with leasehold.connection(leasehold.addresses().index(path)) as peer:
        assert peer.request("GET", "/v1/kv1/a").status == 200
    leasehold.stop()
    assert not os.path.exists(path)


def test_the_pid_file_lives_as_long_as_the_process(daemons, config, folder):
    path = folder / "pid"
    leasehold = daemons.start({"pid_file": str(path), **config}).wait_ready()
    assert path.read_text() == str(leasehold.pid)
    leasehold.stop()
    assert not path.exists()


def test_a_start_that_fails_leaves_the_pid_file_of_who_runs(daemons, config,
                                                            folder):
    path = folder / "pid"
    leasehold = daemons.start({"pid_file": str(path), **config}).wait_ready()
    taken = {**config, 'listener "tcp"': {
        "address": leasehold.addresses()[0], "tls_disable": True}}
    second = daemons.create({"pid_file": str(path), **taken}, exit_status=1)
    assert second.launch().wait() == 1
    assert "Address already in use" in second.log()
    assert path.read_text() == str(leasehold.pid)


def test_a_pid_file_that_another_has_taken_stays(daemons, config, folder):
    path = folder / "pid"
    leasehold = daemons.start({"pid_file": str(path), **config}).wait_ready()
    path.write_text("1")
    leasehold.stop()
    assert path.read_text() == "1"


@pytest.mark.parametrize("number", [signal.SIGUSR1, signal.SIGUSR2])
def test_signals_of_the_incumbents_end_nothing(leasehold, number):
    leasehold.signal(number)
    leasehold.wait_for_log(r"signal\.unused")
    assert leasehold.client().get("/v1/kv1/a").status == 200
