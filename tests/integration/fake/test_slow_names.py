"""The name of the server is looked up, and no answer comes: nobody waits for
that but those who asked."""

import pathlib
import signal

import pytest

from support import settings
from support.fake import Answer
from support.names import NAME, SlowName
from support.waiting import until

# The library of the sanitizers has a getaddrinfo() of its own.
pytestmark = [pytest.mark.fake, pytest.mark.plain]

CONNECTIONS = 128       # to the server at once, for callers
ASK = b"GET /v1/open HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture
def slow_name(folder):
    """The name; it is found when the test is over."""
    name = SlowName(folder)
    yield name
    name.let_find()


@pytest.fixture
def start(daemons, upstream, slow_name):
    """Starts a daemon whose server has that name."""
    upstream.on("GET", "/v1/open", Answer(200, {"data": {"open": True}}))

    def make(**vault):
        config = settings.proxy(f"http://{NAME}:{upstream.port}")
        config["vault"].update(vault)
        config["log_level"] = "debug"
        config["process"] = {"landlock": False}     # it writes "asked"
        return daemons.start(config, env=slow_name.env)
    return make


def under_way(leasehold):
    """How many requests wait for the server."""
    return leasehold.log().count("received to=fetching") - leasehold.log(
        ).count("fetching to=done")


def threads(leasehold):
    """How many there are: the loop's, and one each look-up."""
    return len(list(pathlib.Path(f"/proc/{leasehold.pid}/task").iterdir()))


def assert_serves(leasehold):
    """It answers for itself."""
    assert leasehold.client(timeout=30).get(
        "/leasehold/v1/health").status == 200


def test_a_name_that_is_found_late_serves_who_waited(start, slow_name):
    leasehold = start()
    with leasehold.connection(timeout=30) as peer:
        peer.send(ASK)
        slow_name.wait_until_asked()
        assert_serves(leasehold)
        slow_name.let_find()
        assert peer.read_reply().status == 200


def test_a_caller_who_leaves_during_a_look_up_holds_up_nobody(
        start, slow_name):
    leasehold = start()
    with leasehold.connection() as peer:
        peer.send(ASK)
        slow_name.wait_until_asked()
    assert_serves(leasehold)
    slow_name.let_find()
    assert leasehold.client(timeout=30).get("/v1/open").status == 200


def test_look_ups_that_callers_have_left_are_no_more_than_connections(
        start, slow_name):
    leasehold = start()
    for _ in range(CONNECTIONS + 100):
        with leasehold.connection() as peer:
            peer.send(ASK)
            until(lambda: under_way(leasehold) == 1, 30, "the request")
        until(lambda: under_way(leasehold) == 0, 30, "its end")
    assert threads(leasehold) <= 1 + CONNECTIONS
    slow_name.let_find()
    assert leasehold.client(timeout=30).get("/v1/open").status == 200


def test_a_look_up_that_takes_too_long_holds_up_nobody(start, slow_name):
    leasehold = start(client_timeout="1s")
    with leasehold.connection(timeout=30) as peer:
        peer.send(ASK)
        assert peer.read_reply().status == 504
    assert slow_name.asked.exists()
    assert_serves(leasehold)


def test_a_look_up_does_not_hold_up_the_end(start, slow_name):
    leasehold = start()
    with leasehold.connection() as peer:
        peer.send(ASK)
        slow_name.wait_until_asked()
    leasehold.signal(signal.SIGTERM)
    assert leasehold.wait() == 0
