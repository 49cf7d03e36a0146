"""Whatever fails: what we ask of the server by ourselves stays little."""

import re

import pytest

from support.fake import Answer, errors

pytestmark = pytest.mark.fake

LEASES = 100
MINUTE = 60
BUDGET = 5              # starts in any second
WITHIN = 0.999           # of a second


def most_in_a_second(requests):
    """The most requests that arrived within a second."""
    times = sorted(r.at for r in requests)
    most, first = 0, 0
    for last, at in enumerate(times):
        while at - times[first] > WITHIN:
            first += 1
        most = max(most, last - first + 1)
    return most


def calls(daemon):
    """How many requests it has sent to the server, by its own counter."""
    text = daemon.client().get("/leasehold/v1/metrics").body.decode()
    return int(re.search(r"^leasehold_upstream_calls\w* (\d+)", text, re.M)[1])


def by_lease(requests):
    """How many renewals each lease had."""
    counts = {}
    for request in requests:
        lease = request.json["lease_id"]
        counts[lease] = counts.get(lease, 0) + 1
    return counts


def test_ten_minutes_of_refused_renewals(world):
    here = world(ttl=5 * MINUTE)
    here.fill(LEASES)
    here.leases.trouble = lambda _: errors(403, "permission denied")
    callers = len(here.upstream.requests())
    here.timeline.pass_time(10 * MINUTE)
    renewals = here.leases.renewals()
    assert len(by_lease(renewals)) == LEASES
    assert max(by_lease(renewals).values()) <= 2
    assert most_in_a_second(here.upstream.requests()[callers:]) <= BUDGET
    counts = here.leasehold.cache_counts()
    assert (counts["entries"], counts["left"]["expired"]) == (0, LEASES)


def test_ten_minutes_of_refused_renewals_while_all_are_read(world):
    here = world(ttl=5 * MINUTE)
    here.fill(LEASES)
    here.leases.trouble = lambda _: errors(403, "permission denied")
    first = len(here.upstream.requests())
    for _ in range(60):
        here.timeline.pass_time(10)
        for number in range(LEASES):
            reply = here.get(f"/v1/leased/x{number}")
            lease = here.leases.by_id[reply.json["lease_id"]]
            assert lease.ends > here.clock.now()
    assert max(by_lease(here.leases.renewals()).values()) <= 2
    ours = here.upstream.requests()[first:]
    assert most_in_a_second(ours) <= BUDGET
    here.leasehold.cache_counts()


def test_ten_minutes_of_refused_connections(world):
    here = world(ttl=5 * MINUTE, token_ttl=8 * MINUTE)
    here.fill(LEASES)
    before = calls(here.leasehold)
    here.upstream.close_port()
    here.timeline.pass_time(10 * MINUTE)
    attempts = calls(here.leasehold) - before
    assert 2 <= attempts <= 40
    assert here.leasehold.cache_counts()["left"]["expired"] == LEASES


@pytest.mark.parametrize("answer", [
    errors(500, "broken"), errors(503, "Vault is sealed"),
    errors(412, "required index state not present"),
    Answer(200, b"not JSON"), Answer(200, reset_at=0)])
def test_ten_minutes_of_a_server_that_fails(world, answer):
    here = world(ttl=5 * MINUTE)
    here.fill(LEASES)
    here.leases.trouble = lambda _: answer
    here.timeline.pass_time(10 * MINUTE)
    assert 2 <= len(here.leases.renewals()) <= 40
    assert here.leasehold.cache_counts()["left"]["expired"] == LEASES


def test_a_server_that_is_back_has_all_leases_renewed(world):
    here = world(ttl=30 * MINUTE)
    here.fill(LEASES)
    here.timeline.advance(15 * MINUTE)
    here.upstream.close_port()
    here.timeline.pass_time(8 * MINUTE)
    here.upstream.open_port()
    # The longest pause between two tries, and what the return is spread over.
    here.timeline.pass_time(5 * MINUTE + 30)
    renewals = here.leases.renewals()
    assert set(by_lease(renewals).values()) == {1}
    assert len(renewals) == LEASES
    assert most_in_a_second(renewals) <= BUDGET
    here.timeline.pass_time(5 * MINUTE)
    assert here.leasehold.cache_counts()["entries"] == LEASES


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_obeyed(world, status):
    here = world(ttl=10 * MINUTE, token_ttl=9 * MINUTE)
    here.fill(LEASES)
    asked = []

    def busy(request):
        asked.append(request.at)
        return Answer(status, {"errors": ["slow down"]},
                      (("Retry-After", "120"),))
    here.leases.trouble = busy
    here.upstream.on_write("/v1/auth/token/renew-self", busy)
    here.timeline.pass_time(9 * MINUTE)
    assert len(asked) >= 2
    # Those that were under way together were asked before they heard.
    for at in asked:
        later = [other for other in asked if other > at + 1]
        assert not later or min(later) >= at + 119, asked
    assert len(asked) <= 4 * 4


def test_retry_after_as_a_caller_hears_it_is_obeyed_too(world):
    here = world(ttl=10 * MINUTE)
    here.fill(LEASES)
    here.timeline.pass_time(5 * MINUTE)
    here.upstream.on("POST", "/v1/transit/encrypt/a", Answer(
        503, {"errors": ["slow down"]}, (("Retry-After", "200"),)))
    before = len(here.leases.renewals())
    client = here.leasehold.client()
    assert before == 0
    assert client.request("POST", "/v1/transit/encrypt/a").status == 503
    heard = here.clock.now()
    here.timeline.pass_time(5 * MINUTE)
    assert min(r.at for r in here.leases.renewals()) >= heard + 199


@pytest.mark.parametrize("told", ["86400", "9223372036854775"])
def test_an_absurd_retry_after_does_not_cost_us_the_token(world, told):
    here = world(token_ttl=40 * MINUTE)
    here.upstream.on("POST", "/v1/transit/encrypt/a", Answer(
        503, {"errors": ["slow down"]}, (("Retry-After", told),)))
    client = here.leasehold.client()
    assert client.request("POST", "/v1/transit/encrypt/a").status == 503
    here.timeline.pass_time(39 * MINUTE, 15)
    assert here.tokens.renewals >= 1


def test_an_absurd_retry_after_does_not_cost_us_the_leases(world):
    here = world(ttl=5 * 60 * MINUTE)
    here.fill(3)
    here.leases.trouble = lambda _: Answer(
        503, {"errors": ["slow down"]}, (("Retry-After", "86400"),))
    here.timeline.pass_time(230 * MINUTE, MINUTE)
    assert here.leases.renewals()
    here.leases.trouble = None
    here.timeline.pass_time(2 * 60 * MINUTE, MINUTE)
    assert here.leasehold.cache_counts()["entries"] == 3


def test_a_wave_of_renewals_is_spread(world):
    count, ttl = 1000, 60 * MINUTE
    here = world(ttl=ttl)
    here.fill(count)
    start = here.clock.now()
    here.timeline.advance(ttl * 0.58)
    assert not here.leases.renewals()
    here.timeline.pass_time(ttl * 0.17, 2)
    times = sorted(r.at - start for r in here.leases.renewals())
    assert len(times) == count
    assert times[-1] - times[0] > ttl / 10
    buckets = [0] * 10
    for at in times:
        buckets[min(9, int((at / ttl - 0.6) / 0.0134))] += 1
    assert max(buckets) <= 2 * count / len(buckets), buckets
    assert most_in_a_second(here.leases.renewals()) <= BUDGET
    assert here.leasehold.cache_counts()["entries"] == count


def live_through(here, generations, count):
    """As many generations of the token, each with so many leases."""
    here.upstream.on("GET", "/v1/kv1/a", here.tokens.guarded(
        lambda _: Answer(200, {"data": {}})))
    for generation in range(2, generations + 1):
        here.tokens.revoke_all()
        here.timeline.advance(61)       # logins keep a distance
        assert here.get("/v1/kv1/a").status == 200
        status = here.leasehold.status()
        assert status["token"]["generation"] == generation
        counts = here.leasehold.cache_counts()
        assert counts["entries"] == 0
        assert counts["left"]["generation"] == (generation - 1) * count
        here.fill(count)


def test_sixteen_generations_leave_no_work_behind(world):
    count = 100
    here = world(ttl=20 * MINUTE)
    here.fill(count)
    live_through(here, 16, count)
    status = here.timeline.settle()
    assert status["background"]["waiting"] == count + 1
    alive = here.tokens.tokens
    here.timeline.pass_time(15 * MINUTE)
    renewals = here.leases.renewals()
    assert len(by_lease(renewals)) == count
    assert {r.token for r in renewals} == set(alive)


@pytest.mark.plain
def test_sixteen_generations_leave_no_memory_behind(world):
    count = 500
    here = world(ttl=20 * MINUTE, pad=1000)
    here.fill(count)
    kept = here.leasehold.cache_counts()["bytes"]
    here.fill(count)
    resident = here.leasehold.rss_bytes()
    live_through(here, 16, count)
    assert here.leasehold.cache_counts()["bytes"] <= kept * 1.05
    assert here.leasehold.rss_bytes() <= resident * 1.05
