"""Who may have a kept secret: tokens that have read it, while they may."""

import pytest

from support.fake import Answer, errors
from support.fake_tokens import secret
from support.waiting import until

pytestmark = pytest.mark.fake

A = "/v1/secret/data/a"
CAPABILITIES = "/v1/sys/capabilities-self"
INTERVAL = "static_secret_token_capability_refresh_interval"
BEHAVIOR = "static_secret_token_capability_refresh_behavior"


@pytest.fixture
def acl(upstream, secrets):
    """Which tokens may read, as the server sees it."""
    allowed = {"one", "two"}
    secrets.set("a", "blue")
    secrets.allowed = lambda request: (
        request.token in allowed or request.token.startswith("hvs."))
    upstream.on_write(CAPABILITIES, lambda request: Answer(200, secret(data={
        path: ["read"] if request.token in allowed else ["deny"]
        for path in request.json["paths"]})))
    return allowed


def cached(reply):
    """Where a reply came from."""
    return reply.headers.get("X-Cache")


def test_each_token_reads_once_itself(static, acl, secrets):
    leasehold = static()
    one, two = (leasehold.client(token=name) for name in ("one", "two"))
    assert cached(one.get(A)) == "MISS"
    assert cached(two.get(A)) == "MISS"
    assert cached(one.get(A)) == cached(two.get(A)) == "HIT"
    assert secrets.reads("a") == 2
    assert one.get(A).headers["ETag"] == two.get(A).headers["ETag"]


def test_a_token_that_may_not_is_refused_and_harms_nobody(static, acl):
    leasehold = static()
    one, bad = (leasehold.client(token=name) for name in ("one", "bad"))
    one.get(A)
    assert bad.get(A).status == 403
    assert bad.get(A).status == 403
    assert cached(one.get(A)) == "HIT"


def test_our_token_and_a_callers_share_nothing_unread(static, acl):
    leasehold = static()
    assert cached(leasehold.client().get(A)) == "MISS"
    assert leasehold.client(token="bad").get(A).status == 403
    assert cached(leasehold.client().get(A)) == "HIT"


@pytest.mark.plain
def test_a_lost_capability_ends_the_sharing(static, acl, upstream, moved):
    leasehold = static({"secret/*": {"ttl": "1h"}}, moved.environment(),
                       **{INTERVAL: "5m"})
    one, two = (leasehold.client(token=name) for name in ("one", "two"))
    one.get(A)
    two.get(A)
    acl.remove("two")
    assert cached(two.get(A)) == "HIT"      # not known yet
    moved.advance(301)

    def asked():
        leasehold.client().get("/leasehold/v1/health")
        return len(upstream.requests(CAPABILITIES)) == 2
    until(asked, 30, "both tokens to be asked about")
    assert {r.json["paths"][0] for r in upstream.requests(CAPABILITIES)} == {
        "secret/data/a"}
    until(lambda: two.get(A).status == 403, 30, "the loss to be seen")
    assert cached(one.get(A)) == "HIT"


@pytest.mark.plain
@pytest.mark.parametrize("behavior", ["optimistic", "pessimistic"])
def test_when_the_server_cannot_be_asked(
        static, acl, upstream, moved, behavior):
    leasehold = static({"secret/*": {"ttl": "1h"}}, moved.environment(),
                       **{INTERVAL: "5m", BEHAVIOR: behavior})
    client = leasehold.client(token="one")
    client.get(A)
    upstream.on_write(CAPABILITIES, errors(503, "Vault is sealed"))
    moved.advance(301)

    def asked():
        leasehold.client().get("/leasehold/v1/health")
        return upstream.requests(CAPABILITIES)
    until(asked, 30, "the server to be asked")
    wanted = "HIT" if behavior == "optimistic" else "MISS"
    until(lambda: cached(client.get(A)) == wanted, 30, wanted)


@pytest.mark.plain
def test_a_token_out_of_use_is_not_asked_about(
        static, acl, upstream, moved):
    leasehold = static({"secret/*": {"ttl": "1h"}}, moved.environment(),
                       **{INTERVAL: "5m"})
    leasehold.client(token="one").get(A)
    for _ in range(4):
        moved.advance(301)
        for _ in range(20):
            leasehold.client().get("/leasehold/v1/health")
    assert len(upstream.requests(CAPABILITIES)) == 1


def test_a_new_token_of_ours_reads_first(static, acl, secrets, tokens):
    leasehold = static()
    client = leasehold.client()
    client.get(A)
    assert cached(client.get(A)) == "HIT"
    before = leasehold.status()["token"]["generation"]
    tokens.revoke_all()
    # The scripted server refuses what it revoked; the keeper logs in anew.
    secrets.allowed = lambda request: tokens.find(request.token) is not None
    client.get("/v1/secret/data/unknown")
    until(lambda: leasehold.status()["token"]["generation"] > before, 30,
          "a new token")
    assert leasehold.status()["cache"]["static_entries"] >= 1
    reads = secrets.reads("a")
    assert cached(client.get(A)) == "MISS"
    assert secrets.reads("a") == reads + 1
    assert cached(client.get(A)) == "HIT"


@pytest.mark.parametrize("path, body", [
    ("/v1/auth/token/revoke-self", {}),
    ("/v1/auth/token/revoke-accessor", {"accessor": "x"}),
    ("/v1/sys/leases/revoke", {"lease_id": "auth/approle/login/h1"}),
])
def test_a_revocation_that_passes_ends_the_sharing(
        static, acl, upstream, path, body):
    upstream.on_write(path, Answer(204))
    client = static().client(token="one")
    client.get(A)
    acl.remove("one")
    assert cached(client.get(A)) == "HIT"
    assert client.put(path, body).status == 204
    assert client.get(A).status == 403


def test_who_confirms_by_mfa_is_not_answered_from_here(static, acl, secrets):
    client = static().client(token="one")
    for _ in range(2):
        assert cached(client.get(A, headers=[("X-Vault-MFA", "x:1")])) == (
            "MISS")
    assert secrets.reads("a") == 2


def test_a_list_is_told_to_whom_it_was_told(static, acl, upstream):
    """A policy may filter the keys of a list by who asks."""
    names = {"one": ["a", "hidden"], "two": ["a"]}
    upstream.on("LIST", "/v1/secret/metadata/", lambda request: Answer(
        200, secret(data={"keys": names[request.token]}, mount_type="kv")))
    leasehold = static()
    for _ in range(2):
        for token, keys in names.items():
            reply = leasehold.client(token=token).request(
                "LIST", "/v1/secret/metadata/")
            assert reply.json["data"]["keys"] == keys
    assert cached(reply) == "HIT"


def test_a_cubbyhole_is_told_to_its_owner_alone(static, acl, upstream):
    """It has one path and as many answers as there are tokens."""
    upstream.on("GET", "/v1/cubbyhole/a", lambda request: Answer(
        200, secret(data={"of": request.token})))
    leasehold = static({"*": {}})
    for _ in range(2):
        for token in ("one", "two"):
            reply = leasehold.client(token=token).get("/v1/cubbyhole/a")
            assert reply.json["data"] == {"of": token}
