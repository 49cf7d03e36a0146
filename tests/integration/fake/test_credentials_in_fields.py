"""What a caller shows in Authorization is its own affair with the server."""

import itertools

import pytest

from support import settings
from support.fake import Answer
from support.fake_tokens import secret

pytestmark = pytest.mark.fake

LOGIN = "/v1/auth/kerberos/login"


def show(value):
    """The field that holds a credential."""
    return [("Authorization", value)]


@pytest.fixture
def kerberos(upstream):
    """Logs in whoever shows a ticket, each as itself."""
    numbers = itertools.count(1)

    def log_in(request):
        ticket = request.headers.get("authorization")
        if ticket is None:
            return Answer(401, {"errors": ["no ticket"]},
                          (("WWW-Authenticate", "Negotiate"),))
        number = next(numbers)
        return Answer(200, secret(auth={
            "client_token": f"hvs.of-{ticket.split()[-1]}-{number}",
            "accessor": f"accessor{number}", "renewable": True,
            "lease_duration": 3600, "orphan": True,
            "token_type": "service"}))
    upstream.on_write(LOGIN, log_in)


@pytest.fixture
def plain(daemons, upstream, kerberos):
    """A daemon with a cache and no token of its own."""
    return daemons.start(settings.proxy(upstream.address, cache={}))


def token_of(reply):
    """The token in the answer to a login."""
    return reply.json["auth"]["client_token"]


def test_a_login_by_ticket_is_nobody_elses(plain):
    client = plain.client()
    first = client.post(LOGIN, headers=show("Negotiate alice"))
    assert "alice" in token_of(first)
    second = client.post(LOGIN, headers=show("Negotiate bob"))
    assert "bob" in token_of(second)
    assert client.post(LOGIN).status == 401


def test_a_ticket_passes_beside_our_token(leasehold, kerberos):
    reply = leasehold.client().post(LOGIN, headers=show("Negotiate carol"))
    assert reply.status == 200
    assert "carol" in token_of(reply)


def test_a_bearer_behind_another_credential_is_the_callers(
        leasehold, upstream):
    upstream.on("GET", "/v1/kv1/b", Answer(200, secret(data={"a": "b"})))
    client = leasehold.client()
    fields = show("Basic YTpi") + show("Bearer hvs.own")
    assert client.get("/v1/kv1/b", headers=fields).status == 200
    heard = upstream.requests("/v1/kv1/b")[-1]
    assert heard.token == "hvs.own"
    assert heard.headers["authorization"] == "Basic YTpi"
