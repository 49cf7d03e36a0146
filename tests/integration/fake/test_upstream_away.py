"""Vault is down: the daemon stays, says so, and recovers by itself."""

import pytest

from support import settings
from support.fake import Answer, errors
from support.waiting import until

pytestmark = pytest.mark.fake

NO_RETRY = {"retry": {"num_retries": -1}}


@pytest.fixture
def start(daemons, upstream, tokens, approle_files):
    """Starts a daemon that tries each request once."""
    tokens.kv("/v1/kv1/a", {"color": "blue"})

    def make(auto_auth=True):
        method = settings.approle(
            *approle_files, min_backoff="50ms", max_backoff="200ms")
        config = settings.proxy(
            upstream.address, method if auto_auth else None, cache={})
        config["vault"].update(NO_RETRY)
        return daemons.start(config)
    return make


def assert_unavailable(reply):
    """A clear answer of our own: 502 or 503, JSON, with a text."""
    assert reply.status in (502, 503)
    assert reply.headers["Content-Type"].startswith("application/json")
    assert list(reply.json) == ["errors"]
    assert all(isinstance(text, str) and text for text in reply.json["errors"])


def test_down_at_start_is_said_and_survived(start, upstream):
    upstream.close_port()
    leasehold = start()
    client = leasehold.client(timeout=30)
    assert client.get("/leasehold/v1/health").status == 200
    assert client.get("/leasehold/v1/ready").status != 200
    assert_unavailable(client.get("/v1/kv1/a"))
    upstream.open_port()
    leasehold.wait_ready()
    assert client.get("/v1/kv1/a").json["data"] == {"color": "blue"}


def test_down_without_auto_auth_is_said_at_once(start, upstream):
    upstream.close_port()
    client = start(auto_auth=False).client(timeout=30)
    assert_unavailable(client.get("/v1/kv1/a"))


def test_down_later_is_said_and_survived(start, upstream):
    leasehold = start().wait_ready()
    client = leasehold.client(timeout=30)
    assert client.get("/v1/kv1/a").status == 200
    upstream.close_port()
    assert_unavailable(client.get("/v1/kv1/a"))
    upstream.open_port()
    until(lambda: client.get("/v1/kv1/a").status == 200, 30, "recovery")


def test_a_request_waits_for_the_first_token(start, upstream, tokens):
    upstream.close_port()
    leasehold = start()
    with leasehold.connection(timeout=30) as peer:
        peer.send(b"GET /v1/kv1/a HTTP/1.1\r\nHost: localhost\r\n\r\n")
        upstream.open_port()
        assert peer.read_reply().status == 200
    assert tokens.logins == 1


def test_a_sealed_server_answers_for_itself(start, upstream):
    upstream.on("GET", "/v1/kv1/a", errors(503, "Vault is sealed"))
    reply = start().wait_ready().client().get("/v1/kv1/a")
    assert reply.status == 503
    assert reply.json == {"errors": ["Vault is sealed"]}


def test_a_reset_connection_is_told_as_an_error(start, upstream):
    upstream.on("GET", "/v1/reset", Answer(body={"a": 1}, reset_at=10))
    reply = start().wait_ready().client().get("/v1/reset")
    assert_unavailable(reply)
