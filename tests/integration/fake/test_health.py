"""Health tells that the loop turns, ready that the token lives."""

import signal
import socket

import pytest

from support import settings
from support.fake import Answer, Barrier, errors
from support.waiting import until

pytestmark = pytest.mark.fake
HEALTH = "/leasehold/v1/health"
READY = "/leasehold/v1/ready"


def ask(here, path):
    """The status of an answer over the kept connection of a timeline."""
    here.timeline.settle()
    return here.timeline.peer.request("GET", path).status


def test_ready_ends_with_the_token_and_begins_with_the_next(world):
    here = world(token_ttl=600)
    here.upstream.on_write("/v1/auth/token/renew-self",
                           errors(503, "Vault is sealed"))
    here.upstream.on_write("/v1/auth/approle/login",
                           errors(503, "Vault is sealed"))
    here.timeline.pass_time(590, 10)
    here.timeline.pass_time(9, 1)
    assert ask(here, READY) == 200
    here.timeline.pass_time(1.5, 0.5)
    assert ask(here, READY) == 503
    assert ask(here, HEALTH) == 200
    here.upstream.on_write("/v1/auth/approle/login", here.tokens.log_in)
    for _ in range(600):
        if here.tokens.logins == 2:
            break
        here.timeline.advance(1)
    assert here.tokens.logins == 2
    assert ask(here, READY) == 200      # in the second of the login


def test_ready_is_said_of_no_token_that_nobody_asked_for(daemons, upstream):
    client = daemons.start(settings.proxy(upstream.address)).client()
    assert client.get(READY).status == 200


def test_health_is_good_while_all_else_waits(leasehold, upstream):
    barrier = Barrier()
    upstream.on("GET", "/v1/slow", Answer(200, {"data": {}},
                                          barrier=barrier))
    peers = [leasehold.connection() for _ in range(20)]
    for peer in peers:
        peer.send(b"GET /v1/slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
    barrier.wait_for()
    for _ in range(20):
        reply = leasehold.client().get(HEALTH)
        assert (reply.status, reply.json) == (200, {"healthy": True})
    barrier.release()
    for peer in peers:
        assert peer.read_reply().status == 200
        peer.close()


def test_health_is_not_answered_while_the_loop_is_blocked(leasehold):
    host, _, port = leasehold.addresses()[0].rpartition(":")
    leasehold.signal(signal.SIGSTOP)
    try:
        until(lambda: state_of(leasehold) == "T", 30, "it to be stopped")
        with socket.create_connection((host, int(port)), 20) as peer:
            peer.sendall(f"GET {HEALTH} HTTP/1.1\r\n"
                         "Host: localhost\r\n\r\n".encode())
            peer.settimeout(1)
            with pytest.raises(TimeoutError):
                peer.recv(1)
            leasehold.signal(signal.SIGCONT)
            peer.settimeout(20)
            assert peer.recv(12) == b"HTTP/1.1 200"
    finally:
        leasehold.signal(signal.SIGCONT)


def state_of(daemon):
    """What the system says of its process: T is stopped."""
    with open(f"/proc/{daemon.pid}/stat", encoding="ascii") as stat:
        return stat.read().rpartition(")")[2].split()[0]


@pytest.mark.parametrize("before", range(4))
def test_an_error_in_any_script_is_told(
        daemons, upstream, approle_files, before):
    text = "x" * before + "\u20ac" * 400     # is cut somewhere inside
    upstream.on_write("/v1/auth/approle/login", errors(400, text))
    client = daemons.start(settings.proxy(
        upstream.address, settings.approle(*approle_files))).client()

    def told():
        reply = client.get("/leasehold/v1/status")
        assert reply.status == 200
        return reply.json["token"]["last_error"]
    until(told, 30, "the error of the login")
    assert "x" * before + "\u20ac" * 50 in told()
