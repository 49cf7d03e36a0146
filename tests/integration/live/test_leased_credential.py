"""A PostgreSQL credential is answered from the cache until it is revoked."""

import pytest

from support import settings
from support.vault import ROOT_TOKEN
from support.waiting import until

pytestmark = pytest.mark.live

CREDS = "/v1/database/creds/db-app"


@pytest.fixture
def client(leasehold, real_vault, real_postgres):
    """A client of a daemon whose server leases PostgreSQL credentials."""
    real_vault.database(real_postgres)
    return leasehold.client()


def revoke(client, lease_id):
    """Revoke a lease through the proxy."""
    reply = client.put("/v1/sys/leases/revoke", {"lease_id": lease_id})
    assert reply.status == 204


def test_the_second_read_is_the_same_lease(client, real_postgres):
    first = client.get(CREDS)
    second = client.get(CREDS)
    assert (first.status, second.status) == (200, 200)
    assert first.headers["X-Cache"] == "MISS"
    assert second.headers["X-Cache"] == "HIT"
    assert int(second.headers["Age"]) >= 0
    assert first.json["lease_id"] == second.json["lease_id"]
    assert second.json["data"] == first.json["data"]
    assert second.json["lease_duration"] <= first.json["lease_duration"]
    given = first.json["data"]
    assert real_postgres.query(
        "SELECT current_user", given["username"], given["password"]) == [
            [given["username"]]]


def test_a_revoked_lease_is_replaced(client, real_postgres):
    first = client.get(CREDS).json
    assert real_postgres.knows_role(first["data"]["username"])
    revoke(client, first["lease_id"])
    third = client.get(CREDS)
    assert third.headers["X-Cache"] == "MISS"
    assert third.json["lease_id"] != first["lease_id"]
    assert not real_postgres.knows_role(first["data"]["username"])
    assert real_postgres.knows_role(third.json["data"]["username"])


def test_a_lease_revoked_by_its_path_is_replaced(client):
    first = client.get(CREDS).json["lease_id"]
    assert client.put(f"/v1/sys/leases/revoke/{first}").status == 204
    assert client.get(CREDS).json["lease_id"] != first


def alive(client, real_postgres):
    """Is the credential that is given out one that the database knows?"""
    return real_postgres.knows_role(client.get(CREDS).json["data"]["username"])


def test_a_renewal_that_cuts_our_token_short_is_noticed(
        client, real_vault, real_postgres):
    first = client.get(CREDS).json["data"]["username"]
    before = real_vault.heard("auth/token/renew-self")
    reply = client.put("/v1/auth/token/renew-self", {"increment": "3s"})
    assert reply.json["auth"]["lease_duration"] == 3
    until(lambda: not real_postgres.knows_role(first) or
          real_vault.heard("auth/token/renew-self") > before + 1,
          30, "the token to end, or its life to be made whole")
    until(lambda: alive(client, real_postgres), 30, "a living credential")


def test_a_login_revoked_by_its_prefix_is_noticed(
        leasehold, client, real_postgres):
    first = client.get(CREDS).json["data"]["username"]
    reply = leasehold.client(token=ROOT_TOKEN).put(
        "/v1/sys/leases/revoke-prefix/auth/approle/login", {"sync": True})
    assert reply.status == 204
    until(lambda: not real_postgres.knows_role(first), 30, "the revocation")
    until(lambda: alive(client, real_postgres), 30, "a living credential")


def test_what_was_got_with_a_token_that_is_given_back_ends(
        daemons, login, real_vault, real_postgres):
    real_vault.database(real_postgres)
    leasehold = daemons.start(settings.proxy(
        real_vault.address, {**login(), "revoke_on_exit": True},
        cache={})).wait_ready()
    role = leasehold.client().get(CREDS).json["data"]["username"]
    assert real_postgres.knows_role(role)
    leasehold.stop()
    until(lambda: not real_postgres.knows_role(role), 30,
          "the credential to be revoked")


@pytest.mark.parametrize("product", ["agent", "proxy"])
def test_cache_clear_forgets_but_does_not_revoke(
        client, real_postgres, product):
    first = client.get(CREDS).json
    reply = client.post(f"/{product}/v1/cache-clear", {"type": "all"})
    assert reply.status == 200
    assert client.get(CREDS).headers["X-Cache"] == "MISS"
    assert real_postgres.knows_role(first["data"]["username"])


def test_callers_with_another_token_get_another_lease(
        client, leasehold, real_vault):
    mine = client.get(CREDS).json["lease_id"]
    made = real_vault.call("POST", "auth/token/create", {"policies": ["app"]})
    other = leasehold.client(token=made["auth"]["client_token"])
    assert other.get(CREDS).json["lease_id"] != mine
