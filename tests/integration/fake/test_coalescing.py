"""Identical requests under way share one answer, where it can be shared."""

import resource
import threading

import pytest

from support import figures, settings
from support.crowd import Crowd
from support.fake import Answer, Barrier, errors, held
from support.fake_tokens import secret
from support.waiting import until

pytestmark = pytest.mark.fake

CROWD = 1000
LET_IN = 4300                   # of 8192, limits.max_requests
UPSTREAM_CONNECTIONS = 128      # that the daemon opens at most
LEASED = "/v1/leased/a"
KV = "/v1/kv1/shared"


def waiters(daemon):
    """How many wait for the answer of another."""
    return daemon.status()["cache"]["waiters"]


def wait_for_waiters(daemon, count):
    """Wait until so many wait for the answer of another."""
    until(lambda: waiters(daemon) == count, 30, f"{count} waiters")


def in_thread(action):
    """Start an action aside; a function that waits for its result."""
    results = []
    thread = threading.Thread(target=lambda: results.append(action()))
    thread.start()

    def result():
        thread.join(30)
        return results[0]
    return result


@pytest.fixture
def crowd(leasehold):
    """Makes crowds of connections to the daemon."""
    made = []

    def make(count=CROWD):
        made.append(Crowd(leasehold.addresses()[0], count))
        return made[-1]
    yield make
    for one in made:
        one.__exit__()


def test_a_thousand_reads_of_a_lease_are_one_request(
        counted, upstream, leases, crowd):
    barrier = Barrier()
    upstream.on("GET", LEASED, held(leases.grant, barrier))
    many = crowd()
    many.send("GET", LEASED)
    wait_for_waiters(counted, CROWD - 1)
    before = counted.status()["cache"]["hits"]
    barrier.release()
    replies = many.replies()
    assert {reply.status for reply in replies} == {200}
    assert len({reply.json["lease_id"] for reply in replies}) == 1
    assert len(leases.fetches()) == 1
    counts = counted.status()["cache"]
    assert (counts["entered"], counts["flights"]) == (1, 0)
    assert counts["hits"] - before == CROWD - 1
    assert counts["misses"] == 1


def test_a_thousand_reads_of_what_cannot_be_shared_wait_for_one(
        leasehold, upstream, crowd):
    first, rest = Barrier(), Barrier()
    answer = Answer(200, secret(data={"a": "b"}))
    upstream.on("GET", KV, held(answer, first), held(answer, rest))
    many = crowd()
    many.send("GET", KV)
    wait_for_waiters(leasehold, CROWD - 1)
    first.wait_for()
    assert len(upstream.requests(KV)) == 1
    first.release()
    # All go at once: as many as there are connections are held together.
    rest.wait_for(UPSTREAM_CONNECTIONS, 30)
    assert waiters(leasehold) == 0
    rest.release()
    assert {reply.status for reply in many.replies()} == {200}
    assert len(upstream.requests(KV)) == CROWD


def test_a_path_that_could_not_be_shared_is_remembered(
        leasehold, upstream, crowd):
    barrier = Barrier()
    answer = Answer(200, secret(data={"a": "b"}))
    upstream.on("GET", KV, answer, held(answer, barrier))
    assert leasehold.client().get(KV).status == 200
    many = crowd()
    many.send("GET", KV)
    barrier.wait_for(UPSTREAM_CONNECTIONS, 30)
    assert waiters(leasehold) == 0
    barrier.release()
    assert {reply.status for reply in many.replies()} == {200}
    assert len(upstream.requests(KV)) == 1 + CROWD


def test_a_refusal_releases_all_and_is_not_remembered(
        leasehold, upstream, crowd):
    for _ in range(2):
        barrier = Barrier()
        upstream.on("GET", KV, held(errors(404), barrier))
        before = len(upstream.requests(KV))
        many = crowd(20)
        many.send("GET", KV)
        wait_for_waiters(leasehold, 19)
        barrier.wait_for()
        assert len(upstream.requests(KV)) == before + 1
        barrier.release()
        assert {reply.status for reply in many.replies()} == {404}
        assert len(upstream.requests(KV)) == before + 20


def test_a_failed_leader_wakes_one_waiter(
        daemons, upstream, leases, approle_files):
    leasehold = daemons.start(settings.proxy(
        upstream.address, settings.approle(*approle_files),
        cache={}, vault={"address": upstream.address,
                         "retry": {"num_retries": -1}})).wait_ready()
    first, second, third = Barrier(), Barrier(), Barrier()
    upstream.on("GET", LEASED, held(errors(500, "broken"), first),
                held(errors(503, "sealed"), second),
                held(leases.grant, third))
    with Crowd(leasehold.addresses()[0], 20) as many:
        many.send("GET", LEASED)
        wait_for_waiters(leasehold, 19)
        for count, (barrier, after) in enumerate(
                [(first, second), (second, third)], 1):
            barrier.release()
            after.wait_for()
            assert waiters(leasehold) == 19 - count
            assert len(upstream.requests(LEASED)) == 1 + count
        third.release()
        statuses = [reply.status for reply in many.replies()]
    assert statuses.count(200) == 18
    assert sorted(statuses)[18:] == [500, 503]
    assert len(upstream.requests(LEASED)) == 3
    leasehold.cache_counts()


def test_a_read_that_is_tried_again_keeps_its_lead(
        counted, upstream, leases, crowd):
    first, second = Barrier(), Barrier()
    broken = Answer(200, secret(data={}), barrier=first, reset_at=0)
    upstream.on("GET", LEASED, broken, held(leases.grant, second))
    many = crowd(20)
    many.send("GET", LEASED)
    wait_for_waiters(counted, 19)
    first.release()
    second.wait_for()
    assert waiters(counted) == 19
    second.release()
    assert {reply.status for reply in many.replies()} == {200}
    assert len(upstream.requests(LEASED)) == 2


def test_a_leader_whose_client_left_goes_on_for_the_others(
        counted, upstream, leases, crowd):
    barrier = Barrier()
    upstream.on("GET", LEASED, held(leases.grant, barrier))
    leader = counted.connection()
    leader.send(b"GET /v1/leased/a HTTP/1.1\r\nHost: localhost\r\n\r\n")
    barrier.wait_for()
    many = crowd(20)
    many.send("GET", LEASED)
    wait_for_waiters(counted, 20)
    leader.close()
    until(lambda: "request.gone" in counted.log() or
          counted.status()["connections"] <= 21, 30, "the leader to go")
    barrier.release()
    assert {reply.status for reply in many.replies()} == {200}
    assert len(leases.fetches()) == 1


def test_a_leader_that_left_alone_still_fills_the_cache(
        counted, upstream, leases):
    barrier = Barrier()
    upstream.on("GET", LEASED, held(leases.grant, barrier))
    leader = counted.connection()
    leader.send(b"GET /v1/leased/a HTTP/1.1\r\nHost: localhost\r\n\r\n")
    barrier.wait_for()
    leader.close()
    barrier.release()
    until(lambda: counted.status()["cache"]["entries"] == 1, 30, "the entry")
    assert counted.client().get(LEASED).headers["X-Cache"] == "HIT"
    assert len(leases.fetches()) == 1


def test_waiters_that_leave_are_forgotten(counted, upstream, leases, crowd):
    barrier = Barrier()
    upstream.on("GET", LEASED, held(leases.grant, barrier))
    many = crowd(50)
    many.send("GET", LEASED)
    wait_for_waiters(counted, 49)
    leader_first = many.peers[1:]
    for peer in leader_first:
        peer.close()
    until(lambda: waiters(counted) <= 1, 30, "them to leave")
    barrier.release()
    until(lambda: counted.status()["cache"]["flights"] == 0, 30, "the end")
    assert counted.status()["cache"]["waiters"] == 0
    assert len(leases.fetches()) == 1


def test_those_whose_callers_left_are_not_without_number(
        daemons, upstream, leases, approle_files):
    """Each goes on for the sake of the cache, as many as may ask at once."""
    limit = 20
    leasehold = daemons.start(settings.proxy(
        upstream.address, settings.approle(*approle_files), cache={},
        limits={"max_requests": limit})).wait_ready()
    barrier = Barrier()
    upstream.on("GET", "/v1/leased/*", held(leases.grant, barrier))
    for number in range(limit):
        with leasehold.connection() as peer:
            peer.send(b"GET /v1/leased/x%d HTTP/1.1\r\nHost: localhost\r\n\r\n"
                      % number)
            barrier.wait_for()
    until(lambda: leasehold.status()["connections"] <= 1, 30, "them to go")
    refused = leasehold.client().get("/v1/leased/y")
    assert refused.status == 503
    barrier.release()
    until(lambda: leasehold.cache_counts()["entries"] == limit, 30,
          "what was left")
    assert leasehold.client().get("/v1/leased/y").status == 200


def test_nobody_waits_for_one_leader_after_another(world):
    """As long as a request of one's own would have taken, and no longer."""
    here = world()
    barrier = Barrier()
    here.upstream.on("GET", LEASED, held(here.leases.grant, barrier))
    with Crowd(here.leasehold.addresses()[0], 20) as many:
        many.send("GET", LEASED)
        wait_for_waiters(here.leasehold, 19)
        here.timeline.pass_time(61)
        assert {reply.status for reply in many.replies(10)} == {504}
    assert len(here.upstream.requests(LEASED)) <= 2
    assert waiters(here.leasehold) == 0
    barrier.release()


def test_no_cache_fetches_anew_and_replaces(counted, leases):
    client = counted.client()
    first = client.get(LEASED).json["lease_id"]
    fresh = client.get(LEASED, headers=[("Cache-Control", "no-cache")])
    assert fresh.headers["X-Cache"] == "MISS"
    assert fresh.json["lease_id"] != first
    after = client.get(LEASED)
    assert after.headers["X-Cache"] == "HIT"
    assert after.json["lease_id"] == fresh.json["lease_id"]
    assert counted.status()["cache"]["left"]["replaced"] == 1
    assert len(leases.fetches()) == 2


def test_no_store_neither_reads_nor_fills(counted, leases):
    client = counted.client()
    header = [("Cache-Control", "max-age=0, no-store")]
    passed = client.get(LEASED, headers=header)
    assert passed.headers["X-Cache"] == "MISS"
    assert counted.status()["cache"]["entered"] == 0
    kept = client.get(LEASED).json["lease_id"]
    assert client.get(LEASED, headers=header).json["lease_id"] != kept
    assert client.get(LEASED).json["lease_id"] == kept
    assert len(leases.fetches()) == 3


@pytest.mark.parametrize("name", [
    "Traceparent", "X-Request-Id", "User-Agent", "Accept",
    "Accept-Encoding", "Cookie", "X-B3-TraceId"])
def test_fields_that_change_no_answer_do_not_matter(counted, leases, name):
    client = counted.client()
    ids = {client.get(LEASED, headers=[(name, f"value{n}")]).json["lease_id"]
           for n in range(5)}
    assert len(ids) == 1
    assert len(leases.fetches()) == 1


def test_the_host_does_not_matter(counted, leases):
    client = counted.client()
    ids = {client.get(LEASED, headers=[("Host", f"localhost:{n}")]).json[
        "lease_id"] for n in range(5)}
    assert len(ids) == 1
    assert len(leases.fetches()) == 1


@pytest.mark.parametrize("name", ["X-Vault-MFA", "Content-Type"])
def test_fields_that_may_change_an_answer_do_matter(counted, leases, name):
    client = counted.client()
    for _ in range(2):
        for value in ("a:1", "b:2"):
            client.get(LEASED, headers=[(name, value)])
    assert len(leases.fetches()) == 2


def test_put_is_post(counted, upstream, tokens, leases):
    upstream.on_write("/v1/leased/w", tokens.guarded(leases.grant))
    client = counted.client()
    first = client.put("/v1/leased/w", {"a": 1})
    second = client.post("/v1/leased/w", {"a": 1})
    third = client.post("/v1/leased/w", {"a": 2})
    assert first.json["lease_id"] == second.json["lease_id"]
    assert second.headers["X-Cache"] == "HIT"
    assert third.headers["X-Cache"] == "MISS"


def test_the_order_of_the_query_does_not_matter(counted, leases):
    client = counted.client()
    one = client.get(LEASED + "?a=1&b=2").json["lease_id"]
    assert client.get(LEASED + "?b=2&a=1").json["lease_id"] == one
    assert client.get(LEASED + "?b=1&a=2").json["lease_id"] != one
    assert len(leases.fetches()) == 2


@pytest.mark.parametrize("namespace", ["ns1", "/ns1/", "ns1/"])
def test_a_namespace_in_header_or_path_is_one(
        counted, upstream, tokens, leases, namespace):
    upstream.on("GET", "/v1/ns1/leased/a", tokens.guarded(leases.grant))
    client = counted.client()
    first = client.get("/v1/ns1/leased/a").json["lease_id"]
    second = client.get(
        LEASED, headers=[("X-Vault-Namespace", namespace)])
    assert second.json["lease_id"] == first
    assert second.headers["X-Cache"] == "HIT"
    assert client.get(LEASED).json["lease_id"] != first


def test_callers_with_other_tokens_never_share(
        counted, upstream, tokens, leases):
    """Their tokens are made through the proxy, so their leases are kept."""
    number = iter(range(10))

    def create(request):
        made = tokens.issue()
        assert tokens.find(request.token)
        return Answer(200, secret(auth=tokens.tell(made)))
    upstream.on_write("/v1/auth/token/create", create)
    client = counted.client()
    own = [client.post("/v1/auth/token/create", {"n": next(number)})
           .json["auth"]["client_token"] for _ in range(3)]
    seen = {None: client.get(LEASED).json["lease_id"]}
    for token in own:
        seen[token] = counted.client(token=token).get(LEASED).json["lease_id"]
    assert len(set(seen.values())) == 4
    for token, lease in seen.items():
        again = counted.client(token=token).get(LEASED)
        assert again.headers["X-Cache"] == "HIT"
        assert again.json["lease_id"] == lease
    assert len(leases.fetches()) == 4


def test_callers_with_other_tokens_do_not_wait_for_each_other(
        counted, upstream, tokens, leases):
    barrier = Barrier()
    other = tokens.issue().text
    upstream.on("GET", LEASED, held(tokens.guarded(leases.grant), barrier))
    mine = in_thread(lambda: counted.client().get(LEASED))
    barrier.wait_for()
    theirs = in_thread(lambda: counted.client(token=other).get(LEASED))
    barrier.wait_for()
    assert waiters(counted) == 0
    barrier.release()
    assert mine().json["lease_id"] != theirs().json["lease_id"]


@pytest.fixture
def descriptors():
    """Room for many connections in this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 16384:
        pytest.skip(f"at most {hard} descriptors")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.plain
def test_as_many_are_under_way_as_are_let_in(
        descriptors, leasehold, crowd, upstream):
    change = figures.Change(leasehold)
    barrier = Barrier()
    upstream.on("POST", "/v1/transit/encrypt/a", Answer(
        200, secret(data={"a": "b"}), barrier=barrier))
    here = crowd(LET_IN)
    here.send("POST", "/v1/transit/encrypt/a")
    until(lambda: change.of("upstream_calls_total") == LET_IN, 60,
          "all to go to Vault")
    barrier.wait_for(UPSTREAM_CONNECTIONS, 30)
    barrier.release()
    assert {reply.status for reply in here.replies()} == {200}
