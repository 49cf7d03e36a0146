"""Who has our token put on its requests does not learn it."""

import pytest

from support.fake import Answer
from support.fake_tokens import secret

pytestmark = pytest.mark.fake

SELF = "/v1/auth/token/lookup-self"
WRAP = [("X-Vault-Wrap-TTL", "60s")]
PATHS = [("GET", SELF), ("POST", "/v1/auth/token/lookup"),
         ("POST", "/v1/auth/token/renew-self"),
         ("POST", "/v1/auth/token/renew"),
         ("GET", "/v1/ns1/auth/token/lookup-self"),
         ("GET", "/v1/auth%2Ftoken/lookup-self")]


@pytest.fixture
def wrapping(upstream, tokens):
    """Hands out wrappings, whose content cannot be seen in passing."""
    def wrap(_):
        return Answer(200, secret(wrap_info={
            "token": "hvs.wrapping", "accessor": "w", "ttl": 60,
            "creation_time": "2026-01-01T00:00:00Z",
            "creation_path": SELF[4:]}))
    for method in ("GET", "POST"):
        upstream.on(method, "/v1/auth/token/*", wrap)
        upstream.on(method, "/v1/ns1/*", wrap)


@pytest.mark.parametrize("method, path", PATHS)
def test_what_is_told_of_it_is_not_wrapped_up(
        leasehold, upstream, wrapping, method, path):
    before = len(upstream.requests())
    reply = leasehold.client().request(method, path, headers=WRAP)
    assert reply.status == 400
    assert "wrap" in reply.json["errors"][0]
    assert len(upstream.requests()) == before


@pytest.mark.parametrize("method", ["TRACE", "CONNECT"])
def test_no_machine_on_the_way_is_asked_to_show_the_request(
        leasehold, upstream, method):
    def echo(request):
        return Answer(200, "\n".join(
            f"{name}: {value}" for name, value in request.headers.items()
        ).encode(), headers=(("Content-Type", "message/http"),))
    upstream.on(method, "/v1/*", echo)
    reply = leasehold.client().request(
        method, "/v1/kv1/a", headers=[("Max-Forwards", "0")])
    assert reply.status == 501
    assert upstream.requests(method=method) == []


def test_of_its_own_token_a_caller_may_have_it_wrapped(
        leasehold, upstream, wrapping, tokens):
    upstream.on("GET", SELF, Answer(200, secret(wrap_info={"ttl": 60})))
    client = leasehold.client(token=tokens.issue().text)
    assert client.get(SELF, headers=WRAP).status == 200
    heard = upstream.requests(SELF)[-1]
    assert heard.headers["x-vault-wrap-ttl"] == "60s"
