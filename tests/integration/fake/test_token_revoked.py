"""A token revoked behind our back is replaced once, for all who need it."""

import concurrent.futures

import pytest

from support.fake import Answer, errors
from support.waiting import until

pytestmark = pytest.mark.fake

CLIENTS = 50


def test_fifty_reads_share_one_login(leasehold, tokens):
    tokens.revoke_all()
    client = leasehold.client()
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        replies = list(pool.map(
            lambda _: client.get("/v1/kv1/a"), range(CLIENTS)))
    assert {reply.status for reply in replies} == {200}
    assert tokens.logins == 2


def test_a_write_is_refused_rather_than_sent_twice(
        leasehold, upstream, tokens):
    upstream.on_write("/v1/kv1/a", tokens.guarded(lambda _: Answer(204)))
    client = leasehold.client()
    tokens.revoke_all()
    assert client.put("/v1/kv1/a", {"color": "red"}).status == 403
    assert len(upstream.requests("/v1/kv1/a", "PUT")) == 1
    until(lambda: tokens.logins == 2, 30, "the new login")
    leasehold.wait_ready()
    assert client.put("/v1/kv1/a", {"color": "red"}).status == 204


def test_a_denial_by_policy_costs_no_login(leasehold, upstream, tokens):
    upstream.on("GET", "/v1/kv1/secret", errors(403, "permission denied"))
    client = leasehold.client()
    for _ in range(10):
        assert client.get("/v1/kv1/secret").status == 403
    assert tokens.logins == 1
    looks = upstream.requests("/v1/auth/token/lookup-self")
    assert len(looks) <= 2


def test_leases_of_the_dead_token_are_not_served(leasehold, tokens):
    client = leasehold.client()
    path = "/v1/database/creds/db-app"
    first = client.get(path).json["lease_id"]
    assert client.get(path).json["lease_id"] == first
    tokens.revoke_all()
    assert client.get("/v1/kv1/a").status == 200
    assert client.get(path).json["lease_id"] != first
