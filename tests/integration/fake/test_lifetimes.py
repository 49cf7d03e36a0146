"""Secrets with a life but no lease are kept where the configuration says."""

import itertools
import threading
import time

import pytest

from support import clock, httpc, settings
from support.fake import Answer, Barrier
from support.fake_tokens import secret
from support.waiting import until

pytestmark = pytest.mark.fake

STATIC = "/v1/database/static-creds/app"
ISSUE = "/v1/pki/issue/web"
STS = "/v1/aws/sts/app"
MINUTE = 60
LIFETIMES = {
    'lifetime "database/static-creds/+"': {"kind": "static-role"},
    'lifetime "+/issue/+"': {"kind": "certificate"},
    'lifetime "team/pki/issue/+"': {"kind": "certificate"},
    'lifetime "aws/sts/*"': {"kind": "security-token"},
    'lifetime "custom/+"': {"from": "data.ends", "as": "time"},
}


@pytest.fixture
def start(daemons, upstream, tokens, approle_files):
    """Starts a daemon with lifetimes, or with the cache given."""
    def make(cache=None, **options):
        return daemons.start(settings.proxy(
            upstream.address, settings.approle(*approle_files),
            cache=LIFETIMES if cache is None else cache),
            **options).wait_ready()
    return make


@pytest.fixture
def moved(folder):
    """A clock that the test moves."""
    if clock.find_library() is None:
        pytest.skip("no libfaketime")
    return clock.Clock(folder)


def script_certificates(upstream, tokens, life, path=ISSUE, now=time.time):
    """Issue certificates with serial numbers that count up."""
    serials = itertools.count(1)
    upstream.on_write(path, tokens.guarded(lambda request: Answer(200, secret(
        data={"serial_number": f"s{next(serials)}",
              "name": request.json["common_name"],
              "expiration": int(now() + life)}))))


def issue(client, name="a", path=ISSUE, **more):
    """Ask for a certificate."""
    reply = client.post(path, {"common_name": name}, **more)
    assert reply.status == 200, reply
    return reply


def script_static_role(upstream, tokens, period, now=time.time):
    """A password that changes at the end of each period."""
    born = now()

    def answer(_):
        passed = now() - born
        return Answer(200, secret(data={
            "username": "app", "password": f"p{int(passed / period)}",
            "rotation_period": period,
            "ttl": round(period - passed % period)}))
    upstream.on("GET", STATIC, tokens.guarded(answer))


def test_without_lifetimes_nothing_without_a_lease_is_kept(
        start, upstream, tokens):
    script_static_role(upstream, tokens, 3600)
    client = start(cache={}).client()
    for _ in range(2):
        assert client.get(STATIC).headers["X-Cache"] == "MISS"
    assert len(upstream.requests(STATIC)) == 2


@pytest.mark.plain
def test_a_password_is_served_up_to_its_rotation_and_not_beyond(
        start, upstream, tokens, moved):
    script_static_role(upstream, tokens, 20 * MINUTE, moved.now)
    client = start(env=moved.environment()).client()
    assert client.get(STATIC).json["data"]["ttl"] == 1200
    moved.advance(19 * MINUTE)
    late = client.get(STATIC)
    assert late.headers["X-Cache"] == "HIT"
    assert late.json["data"]["ttl"] == 59
    assert late.json["data"]["password"] == "p0"
    assert len(upstream.requests(STATIC)) == 1
    moved.advance(MINUTE)
    after = client.get(STATIC)
    assert after.headers["X-Cache"] == "MISS"
    assert after.json["data"]["password"] == "p1"
    assert len(upstream.requests(STATIC)) == 2


def test_around_a_rotation_all_who_wait_share_one_request(
        start, upstream, tokens):
    barrier = Barrier()
    upstream.on("GET", STATIC, Answer(200, secret(data={
        "password": "p", "ttl": 0}), barrier=barrier))
    leasehold = start()
    replies = []
    callers = [threading.Thread(target=lambda: replies.append(
        leasehold.client().get(STATIC))) for _ in range(20)]
    for caller in callers:
        caller.start()
    barrier.wait_for()
    until(lambda: waiters(leasehold) == 19, 30, "the others to wait")
    barrier.release()
    for caller in callers:
        caller.join()
    assert [reply.json["data"]["password"] for reply in replies] == ["p"] * 20
    assert len(upstream.requests(STATIC)) == 1
    assert leasehold.client().get(STATIC).headers["X-Cache"] == "MISS"


def waiters(leasehold):
    """How many requests wait for one that is under way."""
    status = leasehold.client().get("/leasehold/v1/status").json
    return status["cache"]["waiters"]


@pytest.mark.plain
def test_a_certificate_is_replaced_ahead_in_its_last_third(
        start, upstream, tokens, moved):
    script_certificates(upstream, tokens, 30 * MINUTE, now=moved.now)
    client = start(env=moved.environment()).client()
    first = issue(client).json["data"]
    moved.advance(15 * MINUTE)
    assert issue(client).json["data"] == first
    assert len(upstream.requests(ISSUE)) == 1
    moved.advance(10 * MINUTE)
    old = issue(client)
    assert old.headers["X-Cache"] == "HIT"
    assert old.json["data"] == first
    until(lambda: len(upstream.requests(ISSUE)) == 2, 30, "the successor")
    until(lambda: issue(client).json["data"]["serial_number"] == "s2", 30,
          "the successor to be served")
    assert len(upstream.requests(ISSUE)) == 2


def test_each_body_is_a_certificate_of_its_own(start, upstream, tokens):
    script_certificates(upstream, tokens, 3600)
    client = start().client()
    first, other = issue(client, "a"), issue(client, "b")
    assert first.json["data"]["name"] == "a"
    assert other.json["data"]["name"] == "b"
    assert issue(client, "a").json == first.json
    assert issue(client, "b").json == other.json
    assert len(upstream.requests(ISSUE)) == 2


def test_a_path_is_matched_with_its_namespace_in_header_or_path(
        start, upstream, tokens):
    script_certificates(upstream, tokens, 3600)
    script_certificates(upstream, tokens, 3600, "/v1/team/pki/issue/web")
    client = start().client()
    issue(client, headers=[("X-Vault-Namespace", "/team/")])
    assert issue(client, path="/v1/team/pki/issue/web").headers[
        "X-Cache"] == "HIT"
    assert issue(client, path=ISSUE).headers["X-Cache"] == "MISS"


def test_a_security_token_counts_down_and_goes_with_its_lease(
        start, upstream, tokens):
    lease = "aws/sts/app/1"
    upstream.on("GET", STS, tokens.guarded(lambda _: Answer(200, secret(
        lease_id=lease, lease_duration=3600, data={
            "security_token": "s", "ttl": 3599}))))
    client = start().client()
    client.get(STS)
    hit = client.get(STS)
    assert hit.headers["X-Cache"] == "HIT"
    assert hit.json["lease_duration"] == hit.json["data"]["ttl"] < 3600
    assert client.put("/v1/sys/leases/revoke", {
        "lease_id": lease}).status == 204
    assert client.get(STS).headers["X-Cache"] == "MISS"


def test_a_member_of_any_name_can_tell_the_end(start, upstream, tokens):
    tokens.kv("/v1/custom/lives", {"ends": "2099-01-01T00:00:00Z"})
    tokens.kv("/v1/custom/over", {"ends": "2001-01-01T00:00:00Z"})
    client = start().client()
    for path, second in (("lives", "HIT"), ("over", "MISS")):
        client.get(f"/v1/custom/{path}")
        assert client.get(f"/v1/custom/{path}").headers["X-Cache"] == second


def test_a_token_that_is_not_managed_is_served_by_the_server_each_time(
        start, upstream, tokens):
    script_static_role(upstream, tokens, 3600)
    leasehold = start()
    leasehold.client().get(STATIC)
    caller = leasehold.client(token=login_elsewhere(upstream))
    for _ in range(2):
        assert caller.get(STATIC).headers["X-Cache"] == "MISS"


def login_elsewhere(upstream):
    """A token that was got without the proxy."""
    server = httpc.Client(f"127.0.0.1:{upstream.port}")
    reply = server.post("/v1/auth/approle/login", {})
    return reply.json["auth"]["client_token"]


@pytest.mark.parametrize("word", ["revoke", "revoke-with-key"])
def test_a_revoked_certificate_is_not_given_out_again(
        start, upstream, tokens, word):
    other = "/v1/team/pki/issue/web"
    for path in (ISSUE, other):
        script_certificates(upstream, tokens, 60 * MINUTE, path)
    for mount in ("pki", "pki/issuer"):
        upstream.on_write(f"/v1/{mount}/{word}", Answer(200, secret(
            data={"revocation_time": 1})))
    client = start().client()
    first, there = issue(client), issue(client, path=other)
    assert issue(client).body == first.body
    client.post(f"/v1/pki/issuer/{word}", {"serial_number": "s1"})
    assert issue(client).body == first.body
    client.post(f"/v1/pki/{word}", {"serial_number": "s1"})
    assert issue(client).body != first.body
    assert issue(client, path=other).body == there.body
