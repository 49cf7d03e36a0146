"""Vault is away: what was read once is still given, and says that it is old.
"""

import concurrent.futures
import threading

import pytest

from support.fake import Answer, Barrier, errors
from support.fake_tokens import secret
from support.waiting import until

pytestmark = [pytest.mark.fake, pytest.mark.plain]

CLIENTS = 50
PATHS = 200
MINUTES = 10
STEP_SECONDS = 5


def paths():
    """The paths that are read."""
    return [f"/v1/secret/data/app{number}" for number in range(PATHS)]


@pytest.fixture
def client(static, secrets, moved):
    """A client of a daemon that has read one secret."""
    secrets.set("a", "blue")
    made = static({"secret/*": {"ttl": "60s", "stale_if_error": "15m"}},
                  moved.environment()).client()
    made.get("/v1/secret/data/a")
    return made


@pytest.mark.parametrize("how", ["closed", "sealed"])
def test_an_old_answer_says_so(client, upstream, secrets, moved, how):
    moved.advance(90)
    if how == "closed":
        upstream.close_port()
    else:
        secrets.sealed = True
    reply = client.get("/v1/secret/data/a")
    assert reply.status == 200
    assert reply.headers["X-Cache"] == "STALE"
    assert int(reply.headers["Age"]) >= 90
    assert reply.headers["Warning"].startswith("110 ")
    assert reply.json["data"]["data"]["value"] == "blue"


def test_an_old_answer_is_a_success_to_who_counts(client, upstream, moved):
    moved.advance(90)
    upstream.close_port()
    assert client.get("/v1/secret/data/a").headers["X-Cache"] == "STALE"
    # Who asks first is told of all; later ones of an interval, which may end.
    told = client.get("/proxy/v1/metrics").json["Counters"]
    counts = {each["Name"]: each["Count"] for each in told}
    assert counts["vault.agent.proxy.success"] == 2


def test_after_stale_if_error_the_outage_is_told(client, upstream, moved):
    upstream.close_port()
    moved.advance(60 + 15 * 60 + 1)
    assert client.get("/v1/secret/data/a").status == 502


def test_a_slow_server_is_not_waited_for(static, secrets, upstream, moved):
    secrets.set("a", "blue")
    leasehold = static({"secret/*": {}}, moved.environment(),
                       static_try_timeout="200ms")
    client = leasehold.client()
    client.get("/v1/secret/data/a")
    barrier = Barrier()
    upstream.on("GET", "/v1/secret/data/a", Answer(barrier=barrier))
    moved.advance(61)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        reply = pool.submit(client.get, "/v1/secret/data/a")
        barrier.wait_for()
        moved.advance(0.25)
        until(lambda: leasehold.client().get(
            "/leasehold/v1/health") and reply.done(), 30, "the old answer")
    assert reply.result().headers["X-Cache"] == "STALE"
    barrier.release()


def test_ten_minutes_without_vault(
        static, secrets, upstream, moved):
    for number in range(PATHS):
        secrets.set(f"app{number}", f"value{number}")
    leasehold = static(
        {"secret/*": {"ttl": "60s", "stale_if_error": "1h"}},
        moved.environment())
    local = threading.local()

    def read(number):
        if not hasattr(local, "peer"):
            local.peer = leasehold.connection()
        reply = local.peer.request("GET", paths()[number % PATHS])
        return reply.status, reply.headers.get("X-Cache")

    def calls():
        status = leasehold.client().get("/leasehold/v1/metrics").body.decode()
        return int(next(line.split()[1] for line in status.splitlines()
                        if line.startswith("leasehold_upstream_calls")))

    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        def round_of(count):
            return list(pool.map(read, range(count)))
        assert {s for s, _ in round_of(PATHS)} == {200}
        upstream.close_port()
        moved.advance(61)
        # Those that find out are in front, with somebody waiting.
        assert {s for s, _ in round_of(PATHS)} == {200}
        before = calls()
        for step in range(MINUTES * 60 // STEP_SECONDS):
            moved.advance(STEP_SECONDS)
            replies = round_of(PATHS if step % 10 == 0 else CLIENTS)
            assert set(replies) == {(200, "STALE")}
        attempts = calls() - before
        upstream.open_port()
        moved.advance(61)       # no wait between attempts is longer

        def is_back():
            return ("MISS" in {source for _, source in round_of(CLIENTS)})
        until(is_back, 30, "a fresh answer")
        assert {s for s, _ in round_of(PATHS)} == {200}
    assert attempts <= 40
    assert attempts > 5


def test_a_token_that_runs_out_meanwhile_ends_nothing(
        static, secrets, upstream, tokens, moved):
    tokens.ttl = 300
    secrets.set("a", "blue")
    leasehold = static({"secret/*": {"ttl": "60s"}}, moved.environment())
    client = leasehold.client()
    client.get("/v1/secret/data/a")
    upstream.close_port()
    moved.advance(400)

    def is_lost():
        return not leasehold.status()["token"]["valid"]
    until(is_lost, 30, "the token to be lost")
    reply = client.get("/v1/secret/data/a")
    assert reply.headers["X-Cache"] == "STALE"
    upstream.open_port()
    moved.advance(300)
    leasehold.wait_ready()
    assert client.get("/v1/secret/data/a").headers["X-Cache"] == "MISS"


def test_a_write_that_no_server_had_takes_nothing(client, upstream, moved):
    """Who may write nothing could else take what there is from all."""
    moved.advance(90)
    upstream.close_port()
    assert client.get("/v1/secret/data/a").headers["X-Cache"] == "STALE"
    reply = client.put("/v1/secret/data/a", {"data": {"value": "red"}})
    assert reply.status == 502
    assert client.get("/v1/secret/data/a").headers["X-Cache"] == "STALE"


@pytest.mark.parametrize("path, cached", [
    ("data/a", "STALE"), ("data/a" + 70 * "/b", "HIT")],
    ids=["its own", "long"])
def test_a_write_to_a_sealed_server_takes_nothing(
        client, upstream, secrets, path, cached):
    """It was turned away before anybody looked at who writes."""
    secrets.sealed = True
    upstream.on_write(f"/v1/secret/{path}", errors(503, "Vault is sealed"))
    reply = client.put(f"/v1/secret/{path}", {"data": {"value": "red"}})
    assert reply.status == 503
    assert client.get("/v1/secret/data/a").headers["X-Cache"] == cached


@pytest.mark.parametrize("since", [0, 7, 13])
def test_who_reads_rarely_is_given_it_all_the_same(
        client, upstream, moved, since):
    """What was read once counts, whenever the outage has begun."""
    upstream.on_write("/v1/sys/capabilities-self", Answer(
        200, secret(data={"secret/data/a": ["read"]})))
    for minute in range(14):
        if minute == since:
            upstream.close_port()
        moved.advance(60)
        client.get("/leasehold/v1/health")
    assert client.get("/v1/secret/data/a").headers["X-Cache"] == "STALE"
    moved.advance(120)
    client.get("/leasehold/v1/health")
    assert client.get("/v1/secret/data/a").status == 502
