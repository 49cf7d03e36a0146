"""Ten minutes without a login, on a moved clock: few tries, one line, and a
token at the end. The bounds are those of the table in leasehold.conf(5)."""

import socket
import threading

import pytest

from support import clock, settings
from support.fake import errors
from support.waiting import until

pytestmark = [pytest.mark.fake, pytest.mark.plain]

LOGIN = "/v1/auth/approle/login"
MINUTES = 10
LEAST, MOST = 9, 20
CLIENT_TIMEOUT = 5


@pytest.fixture
def moved(folder):
    """A clock that the test moves."""
    if clock.find_library() is None:
        pytest.skip("no libfaketime")
    return clock.Clock(folder)


class Mute:
    """Accepts, reads and never answers; counts connections with a request."""

    def __init__(self, port):
        self.listener = socket.create_server(("127.0.0.1", port))
        self.heard = 0
        self.held = []
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            self.held.append(sock)
            if sock.recv(65536):
                self.heard += 1

    def stop(self):
        """Close everything."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for sock in self.held:
            sock.close()


def pass_time(leasehold, moved, seconds=MINUTES * 60):
    """Second by second; a login under way has its answer first."""
    for _ in range(seconds):
        moved.advance(1)
        until(lambda: leasehold.status()["token"]["state"] != "logging_in",
              30, "the answer to a login")


@pytest.fixture
def launch(daemons, upstream, tokens, approle_files, moved):
    """Starts a daemon with the moved clock and the usual backoff."""
    def make(client_timeout="60s"):
        config = settings.proxy(
            upstream.address, settings.approle(*approle_files))
        config["vault"]["client_timeout"] = client_timeout
        return daemons.start(config, env=moved.environment())
    return make


def recovers(leasehold, moved):
    """A token comes within the longest wait."""
    def ready():
        moved.advance(5)
        return leasehold.client().get("/leasehold/v1/ready").status == 200
    until(ready, 30, "a token after the outage")


@pytest.mark.parametrize("answer, level", [
    (errors(403, "permission denied"), "ERROR"),
    (errors(400, "invalid role or secret ID"), "ERROR"),
    (errors(500, "invalid secret id"), "ERROR"),
    (errors(503, "Vault is sealed"), "WARN"),
    (errors(429, "rate limit"), "WARN"),
    (errors(473, "standby"), "WARN"),
], ids=["403", "400", "500", "503", "429", "473"])
def test_refusals_are_bounded_by_the_table(
        launch, upstream, tokens, moved, answer, level):
    upstream.on_write(LOGIN, answer)
    leasehold = launch()
    pass_time(leasehold, moved)
    tries = len(upstream.requests(LOGIN))
    assert LEAST <= tries <= MOST
    lines = [line for line in leasehold.log().splitlines()
             if " auth.refused" in line or " auth.unreachable" in line]
    assert len(lines) == 1 and f"[{level}]" in lines[0], lines
    upstream.on_write(LOGIN, tokens.log_in)
    recovers(leasehold, moved)


def test_refused_connections_are_bounded_by_the_table(
        launch, upstream, moved):
    upstream.close_port()
    leasehold = launch()
    pass_time(leasehold, moved)
    assert LEAST <= leasehold.status()["token"]["failures"] <= MOST
    assert leasehold.log().count("auth.unreachable") == 1
    upstream.open_port()
    recovers(leasehold, moved)


def test_a_server_that_never_answers_is_bounded_by_the_table(
        launch, upstream, moved):
    upstream.close_port()
    mute = Mute(upstream.port)
    leasehold = launch(f"{CLIENT_TIMEOUT}s")
    try:
        for _ in range(MINUTES * 60):
            moved.advance(1)
            leasehold.status()
        failures = leasehold.status()["token"]["failures"]
        assert 5 <= failures <= MOST
        assert mute.heard <= failures + 1
    finally:
        mute.stop()
    assert leasehold.log().count("auth.unreachable") == 1
    upstream.open_port()
    recovers(leasehold, moved)


def test_a_wish_for_quiet_is_kept(launch, upstream, moved):
    answer = errors(503, "sealed")
    answer.headers = (("Retry-After", "120"),)
    upstream.on_write(LOGIN, answer)
    leasehold = launch()
    pass_time(leasehold, moved)
    assert len(upstream.requests(LOGIN)) <= MINUTES / 2 + 1


def test_a_clock_that_jumps_finds_a_new_token(
        launch, upstream, tokens, moved):
    """As after a suspend: the token has run out meanwhile."""
    tokens.kv("/v1/kv1/a", {"color": "blue"})
    leasehold = launch().wait_ready()
    assert tokens.logins == 1
    moved.advance(10 * 3600)
    tokens.revoke_all()
    assert leasehold.client().get("/v1/kv1/a").status == 200
    assert tokens.logins == 2
    assert not upstream.requests("/v1/auth/token/lookup-self")
    heard = upstream.requests("/v1/kv1/a")
    assert [request.token for request in heard] == ["hvs.fake2"]


def test_a_jump_within_the_life_keeps_the_token(
        launch, tokens, moved):
    tokens.kv("/v1/kv1/a", {"color": "blue"})
    leasehold = launch().wait_ready()
    moved.advance(3000)
    assert leasehold.client().get("/v1/kv1/a").status == 200
    until(lambda: leasehold.status()["token"]["renewals"] == 1, 30,
          "the renewal that was due")
    assert tokens.logins == 1
