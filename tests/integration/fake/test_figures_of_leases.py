"""The states of leases, and the causes for which entries leave, are counted."""

import pytest

from support import settings
from support.fake import Answer, Barrier, Fake, errors
from support.figures import Change
from support.waiting import until

pytestmark = pytest.mark.fake
LEASED = "/v1/leased/x"
STATES = ("scheduled", "renewing", "parked", "ending", "fixed")


def of_leases(daemon):
    """The states that a lease is in, by the status and by the metrics."""
    told = daemon.status()["cache"]["leases"]
    assert set(told) == set(STATES)
    return {state: count for state, count in told.items() if count}


def test_a_renewal_under_way_is_told(world):
    here = world(ttl=1000)
    here.get(LEASED)
    change = Change(here.leasehold)
    barrier = Barrier()
    here.leases.trouble = lambda _: barrier.hold()
    here.clock.advance(760)
    until(lambda: of_leases(here.leasehold) == {"renewing": 1}, 30,
          "a renewal")
    barrier.wait_for()
    assert change.of("leases", state="renewing") == 1
    assert change.of("leases", state="scheduled") == -1
    assert change.of("background_running") == 1
    assert here.leasehold.status()["background"]["running"] == 1
    barrier.release()
    here.timeline.settle()
    assert of_leases(here.leasehold) == {"scheduled": 1}
    assert change.of("background_running") == 0
    assert change.of("lease_renewed_total") == 1
    assert here.leasehold.status()["background"]["waiting"] >= 1


def test_leases_wait_behind_one_while_vault_is_away(world):
    here = world(ttl=1000)
    here.fill(3)
    change = Change(here.leasehold)
    here.leases.trouble = lambda _: errors(503, "Vault is sealed")
    here.timeline.pass_time(760, 10)
    assert of_leases(here.leasehold)["parked"] == 2
    assert change.of("leases", state="parked") == 2
    assert change.of("lease_renew_failed_total") >= 1


def test_a_lease_near_its_end_is_told(world):
    here = world(ttl=1000, max_ttl=1000)
    here.get(LEASED)
    change = Change(here.leasehold)
    here.timeline.pass_time(760, 10)
    assert of_leases(here.leasehold) == {"ending": 1}
    assert change.of("leases", state="ending") == 1
    assert here.leasehold.status()["cache"]["ending"] == 1
    here.timeline.pass_time(300, 10)
    assert change.of("cache_evictions_total", cause="expired") == 1
    assert here.leasehold.cache_counts()["left"]["expired"] == 1


def test_what_cannot_be_renewed_is_fixed(
        daemons, upstream, tokens, approle_files):
    tokens.kv("/v1/custom/x", {"ttl": 3600})
    leasehold = daemons.start(settings.proxy(
        upstream.address, settings.approle(*approle_files),
        cache={'lifetime "custom/x"': {"kind": "ttl"}})).wait_ready()
    change = Change(leasehold)
    assert leasehold.client().get("/v1/custom/x").status == 200
    assert of_leases(leasehold) == {"fixed": 1}
    assert change.of("leases", state="fixed") == 1


def test_a_refused_renewal_and_a_replacement_are_causes(world):
    here = world(ttl=1000)
    here.get(LEASED)
    change = Change(here.leasehold)
    here.get(LEASED, Cache_Control="no-cache")
    assert change.of("cache_evictions_total", cause="replaced") == 1
    here.leases.trouble = lambda _: errors(400, "lease not found")
    here.timeline.pass_time(760, 10)
    assert change.of("cache_evictions_total", cause="refused") == 1
    left = here.leasehold.cache_counts()["left"]
    assert (left["replaced"], left["refused"]) == (1, 1)


def test_a_crowded_cache_and_an_outlived_token_are_causes(
        daemons, upstream, tokens, approle_files, leases):
    daemon = daemons.start(settings.proxy(
        upstream.address, settings.approle(*approle_files),
        cache={"max_entries": 1})).wait_ready()
    client = daemon.client()
    for name in ("x", "y"):
        assert client.get(f"/v1/leased/{name}").status == 200
    assert len(leases.fetches()) == 2
    assert daemon.cache_counts()["left"]["crowded"] == 1
    tokens.revoke_all()
    assert client.get("/v1/leased/z").status == 200
    until(lambda: daemon.cache_counts()["left"]["generation"] == 1, 30,
          "the entry of the dead token to go")
    lease = client.get("/v1/leased/z").json["lease_id"]
    client.put("/v1/sys/leases/revoke", {"lease_id": lease})
    assert daemon.cache_counts()["left"]["revoked"] == 1


def test_a_write_is_a_cause(static, secrets):
    secrets.set("a", "blue")
    leasehold = static()
    change = Change(leasehold)
    client = leasehold.client()
    assert client.get("/v1/secret/data/a").status == 200
    assert leasehold.status()["cache"]["static_entries"] == 1
    client.post("/v1/secret/data/a", {"data": {"value": "green"}})
    assert change.of("cache_evictions_total", cause="written") == 1
    assert leasehold.cache_counts()["left"]["written"] == 1
    assert leasehold.status()["cache"]["static_entries"] == 0


def test_old_answers_of_an_outage_are_counted(
        static, secrets, upstream, moved):
    secrets.set("a", "blue")
    leasehold = static({"secret/*": {}}, moved.environment())
    change = Change(leasehold)
    client = leasehold.client()
    assert client.get("/v1/secret/data/a").status == 200
    assert not leasehold.status()["cache"]["static_vault_away"]
    upstream.close_port()
    moved.advance(61)
    reply = client.get("/v1/secret/data/a")
    assert (reply.status, reply.headers["X-Cache"]) == (200, "STALE")
    assert change.of("answers_total", code="2xx", cache="stale") == 1
    status = leasehold.status()["cache"]
    assert status["static_stale"] == 1 and status["static_vault_away"]
    upstream.open_port()


def test_a_request_that_moves_on_to_another_server_is_counted(daemons):
    servers = [Fake(), Fake()]
    try:
        for server in servers:
            server.on("GET", "/v1/sys/health", Answer(200, {}))
            server.on("GET", "/v1/kv/a", Answer(200, {"data": {}}))
        leasehold = daemons.start(settings.proxy(
            [server.address for server in servers]))
        client = leasehold.client()
        assert client.get("/v1/kv/a").status == 200
        used = leasehold.status()["upstream"]["address"]
        change = Change(leasehold)
        for server in servers:
            if server.address == used:
                server.close_port()
        assert client.get("/v1/kv/a").status == 200
        assert change.of("upstream_failovers_total") == 1
        assert leasehold.status()["upstream"]["address"] != used
    finally:
        for server in servers:
            server.stop()
