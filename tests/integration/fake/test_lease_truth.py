"""A caller is told how long a secret lives, and never gets a dying one."""

import pytest

from support.fake import Answer, Barrier, errors
from support.fake_tokens import secret

pytestmark = pytest.mark.fake

PATH = "/v1/leased/x0"
HOUR = 3600
SLACK = 0       # the clock stands still between two moves


def auth_life(reply):
    """The life that an answer tells of its token."""
    return reply.json["auth"]["lease_duration"]


def kept_calm(_):
    """A server that cannot renew just now."""
    return errors(500, "busy with something else")


def test_each_hit_tells_what_is_left(world):
    here = world(ttl=HOUR)
    first = here.get(PATH)
    assert first.json["lease_duration"] == HOUR
    for passed in range(200, 2001, 200):
        here.timeline.advance(200)
        reply = here.get(PATH)
        assert reply.headers["X-Cache"] == "HIT"
        assert 0 <= HOUR - passed - reply.json["lease_duration"] <= SLACK
        assert 0 <= int(reply.headers["Age"]) - passed <= SLACK
        assert len(reply.body) == len(first.body)
    assert len(here.leases.fetches()) == 1
    here.leasehold.cache_counts()


def test_each_hit_tells_what_is_left_of_a_token(world):
    here = world()
    own = here.tokens.issue()
    own.ends = here.clock.now() + HOUR
    here.upstream.on_write("/v1/auth/userpass/login/me", lambda _: Answer(
        200, secret(auth=here.tokens.tell(own))))
    client = here.leasehold.client()
    body = {"password": "x"}
    assert auth_life(client.put("/v1/auth/userpass/login/me", body)) == HOUR
    for passed in (500, 1000, 1500):
        here.timeline.advance(500)
        reply = client.put("/v1/auth/userpass/login/me", body)
        assert reply.headers["X-Cache"] == "HIT"
        assert 0 <= HOUR - passed - auth_life(reply) <= SLACK
        assert reply.json["lease_duration"] == 0
        assert 0 <= int(reply.headers["Age"]) - passed <= SLACK


def test_a_renewal_sets_the_life_anew(world):
    here = world(ttl=HOUR)
    here.get(PATH)
    here.timeline.pass_time(2700, 60)
    assert len(here.leases.renewals()) == 1
    at = here.leases.renewals()[0].at
    reply = here.get(PATH)
    left = at + HOUR - here.clock.now()
    assert 0 <= left - reply.json["lease_duration"] <= SLACK
    assert int(reply.headers["Age"]) >= 2700


def test_after_a_shorter_renewal_the_shorter_life_counts(world):
    here = world(ttl=HOUR)
    here.get(PATH)
    here.leases.ttl = 300
    here.timeline.pass_time(2720, 10)
    assert len(here.leases.renewals()) == 1
    at = here.leases.renewals()[0].at
    assert at < here.clock.now() - 60
    # The life of 300 s may have ended by now; then it is not served.
    reply = here.get(PATH)
    left = at + 300 - here.clock.now()
    if left < 30:
        assert reply.headers["X-Cache"] == "MISS"
    else:
        assert 0 <= left - reply.json["lease_duration"] <= SLACK


@pytest.mark.parametrize("life, floor", [(1000, 100), (5, 1)])
def test_nothing_is_served_below_the_floor(world, life, floor):
    here = world(ttl=life)
    here.leases.trouble = kept_calm
    start = here.clock.now()
    first = here.get(PATH).json["lease_id"]
    here.timeline.advance(start + life - floor - 1 - here.clock.now())
    reply = here.get(PATH)
    assert reply.headers["X-Cache"] == "HIT"
    assert reply.json["lease_id"] == first
    assert reply.json["lease_duration"] >= 1
    here.timeline.advance(1.1)
    reply = here.get(PATH)
    assert reply.headers["X-Cache"] == "MISS"
    assert reply.json["lease_id"] != first
    counts = here.leasehold.cache_counts()
    assert (counts["entries"], counts["left"]["replaced"]) == (1, 1)


def test_a_floor_can_be_configured(world):
    here = world({"cache": {"floor_percent": 50}}, ttl=1000)
    here.leases.trouble = kept_calm
    here.get(PATH)
    here.timeline.advance(490)
    assert here.get(PATH).headers["X-Cache"] == "HIT"
    here.timeline.advance(20)
    assert here.get(PATH).headers["X-Cache"] == "MISS"


def test_what_has_expired_leaves_though_nobody_asks(world):
    here = world(ttl=1000)
    here.leases.trouble = kept_calm
    here.fill(10)
    here.timeline.advance(1001)
    counts = here.leasehold.cache_counts()
    assert (counts["entries"], counts["left"]["expired"]) == (0, 10)


def test_a_client_that_renews_moves_the_life_of_the_entry(world):
    here = world(ttl=HOUR)
    lease_id = here.get(PATH).json["lease_id"]
    here.timeline.advance(1000)
    client = here.leasehold.client()
    for _ in range(2):      # a renewal is never answered from the cache
        reply = client.put("/v1/sys/leases/renew", {"lease_id": lease_id})
        assert reply.headers["X-Cache"] == "MISS"
    assert HOUR - here.get(PATH).json["lease_duration"] <= SLACK
    assert here.leasehold.cache_counts()["ending"] == 0
    # Our own renewal follows the new life, not the first.
    here.timeline.pass_time(1800, 60)
    assert len(here.leases.renewals()) == 2
    here.timeline.pass_time(900, 60)
    assert len(here.leases.renewals()) == 3
    assert len(here.leases.fetches()) == 1


def near_max_ttl(here):
    """A lease of 1000 s whose renewal gave no more than what was left."""
    first = here.get(PATH).json["lease_id"]
    here.timeline.pass_time(760, 10)
    assert len(here.leases.renewals()) == 1
    assert here.leasehold.cache_counts()["ending"] == 1
    return first


def test_an_ending_lease_is_served_while_its_successor_is_fetched(world):
    here = world(ttl=1000, max_ttl=1000)
    first = near_max_ttl(here)
    barrier = Barrier()
    grant = here.leases.grant

    def slow(request):
        barrier.hold()
        return grant(request)
    here.upstream.on("GET", PATH, slow)
    for _ in range(20):
        reply = here.get(PATH)
        assert reply.json["lease_id"] == first
        assert reply.headers["X-Cache"] == "HIT"
    barrier.wait_for()
    assert here.leasehold.status()["cache"]["flights"] == 1
    barrier.release()
    here.timeline.settle()
    reply = here.get(PATH)
    assert reply.headers["X-Cache"] == "HIT"
    assert reply.json["lease_id"] != first
    assert reply.json["lease_duration"] > 990
    assert len(here.upstream.requests(PATH)) == 2
    counts = here.leasehold.cache_counts()
    assert (counts["ending"], counts["left"]["replaced"]) == (0, 1)


def test_who_comes_after_the_end_hurries_the_fetch_that_waits(world):
    here = world({"background": {"per_second": 1}}, ttl=1000, max_ttl=1000)
    for number in range(5):
        here.get(f"/v1/leased/x{number}")
    here.timeline.pass_time(760, 1)
    assert here.leasehold.cache_counts()["ending"] == 5
    for number in range(5):
        reply = here.get(f"/v1/leased/x{number}")
        assert reply.headers["X-Cache"] == "HIT"
    # One fetch a second: most wait for their turn while the leases end.
    here.timeline.settle()
    here.clock.advance(245)
    for number in range(5):
        reply = here.get(f"/v1/leased/x{number}")
        assert reply.status == 200
        lease = here.leases.by_id[reply.json["lease_id"]]
        assert lease.ends > here.clock.now() + 500
    here.timeline.pass_time(10)
    assert len(here.leases.fetches()) == 10


def test_a_failed_fetch_of_a_successor_is_not_tried_at_once(world):
    here = world(ttl=1000, max_ttl=1000)
    first = near_max_ttl(here)
    here.upstream.on("GET", PATH, errors(500, "broken"))
    for _ in range(50):
        reply = here.get(PATH)
        assert (reply.status, reply.json["lease_id"]) == (200, first)
        here.timeline.settle()
    assert len(here.upstream.requests(PATH)) == 2
    here.timeline.pass_time(60)
    assert here.get(PATH).json["lease_id"] == first
    here.timeline.settle()
    assert len(here.upstream.requests(PATH)) == 3


def test_a_lease_that_nobody_reads_is_not_replaced(world):
    here = world(ttl=1000, max_ttl=1000)
    near_max_ttl(here)
    here.timeline.pass_time(300, 10)
    assert len(here.leases.fetches()) == 1
    counts = here.leasehold.cache_counts()
    assert (counts["entries"], counts["left"]["expired"]) == (0, 1)
