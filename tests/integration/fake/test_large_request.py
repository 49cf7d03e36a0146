"""A large body of a request arrives whole, and is known again."""

import pytest

from support.fake import Answer, Barrier, held
from support.httpc import render
from support.waiting import until

pytestmark = pytest.mark.fake

KIB = 1024
MIB = 1024 * KIB
WRITTEN = "/v1/leased/w"
ANNOUNCED = 32 * MIB
ZEROS = b"[" + b"0," * (4 * MIB) + b"0]"     # JSON is large as a tree
TREE_LIMIT = 64 * MIB
LIARS = 200
LIE = 70 * KIB          # what each sends of it
AHEAD = 20              # times what has come, as addresses without memory


def body_of(length):
    """So many bytes, none of which could stand elsewhere unseen."""
    return b"".join(b"%07d\n" % number
                    for number in range(length // 8 + 1))[:length]


@pytest.mark.parametrize("length", [
    4 * KIB - 1, 64 * KIB, 64 * KIB + 1, MIB, MIB + 1, 5 * MIB])
def test_a_body_arrives_whole_and_takes_nothing_of_the_next_request(
        leasehold, upstream, length):
    upstream.on("PUT", "/v1/kv1/large", Answer(204))
    upstream.on("PUT", "/v1/kv1/next", Answer(202))
    sent = render("PUT", "/v1/kv1/large", body=body_of(length)) + \
        render("PUT", "/v1/kv1/next", body=b"next")
    with leasehold.connection(timeout=30) as peer:
        for at in range(0, len(sent), 300 * KIB):
            peer.send(sent[at:at + 300 * KIB])
        assert peer.read_reply().status == 204
        assert peer.read_reply().status == 202
    assert upstream.requests("/v1/kv1/large")[0].body == body_of(length)
    assert upstream.requests("/v1/kv1/next")[0].body == b"next"


def test_a_body_is_sent_again_as_it_came(leasehold, upstream):
    upstream.on("PUT", "/v1/kv1/again", Answer(412), Answer(204))
    sent = body_of(2 * MIB)
    assert leasehold.client().put("/v1/kv1/again", sent).status == 204
    assert [each.body for each in upstream.requests("/v1/kv1/again")] == \
        [sent, sent]


@pytest.mark.parametrize("length", [100, 2 * MIB])
def test_a_write_is_known_by_its_whole_body(
        counted, upstream, tokens, leases, length):
    upstream.on_write(WRITTEN, tokens.guarded(leases.grant))
    client = counted.client()
    one, other = body_of(length), body_of(length - 1) + b"!"
    first = client.put(WRITTEN, one)
    second = client.put(WRITTEN, other)
    assert second.headers["X-Cache"] == "MISS"
    assert second.json["lease_id"] != first.json["lease_id"]
    for body, reply in (one, first), (other, second):
        again = client.post(WRITTEN, body)
        assert again.headers["X-Cache"] == "HIT"
        assert again.json["lease_id"] == reply.json["lease_id"]
    assert len(upstream.requests(WRITTEN)) == 2


def test_of_writes_that_were_alone_the_last_answer_stays(
        counted, upstream, tokens, leases):
    """Neither was known to the other, so each brings a lease."""
    barriers = [Barrier(), Barrier()]
    grant = tokens.guarded(leases.grant)
    upstream.on_write(WRITTEN, *(held(grant, each) for each in barriers))
    peers = [counted.connection(timeout=30) for _ in barriers]
    for peer, barrier in zip(peers, barriers):
        peer.send(render("PUT", WRITTEN, body=body_of(MIB)))
        barrier.wait_for(1, 30)
    got = []
    for peer, barrier in zip(peers, barriers):
        barrier.release()
        got.append(peer.read_reply().json["lease_id"])
        peer.close()
    assert got[0] != got[1]
    until(lambda: counted.cache_counts()["entries"] == 1, 30, "one entry")
    again = counted.client().put(WRITTEN, body_of(MIB))
    assert again.headers["X-Cache"] == "HIT"
    assert again.json["lease_id"] == got[1]


def test_a_leader_with_a_large_body_that_left_fills_the_cache(
        counted, upstream, tokens, leases):
    barrier = Barrier()
    upstream.on_write(WRITTEN, held(tokens.guarded(leases.grant), barrier))
    leader = counted.connection(timeout=30)
    leader.send(render("PUT", WRITTEN, body=body_of(2 * MIB)))
    barrier.wait_for(1, 30)
    leader.close()
    until(lambda: counted.status()["connections"] <= 1, 30, "it to go")
    barrier.release()
    until(lambda: counted.status()["cache"]["entries"] == 1, 30, "the entry")
    again = counted.client().put(WRITTEN, body_of(2 * MIB))
    assert again.headers["X-Cache"] == "HIT"
    assert len(upstream.requests(WRITTEN)) == 1


@pytest.mark.plain
def test_who_announces_much_gets_no_memory_for_it(leasehold):
    assert leasehold.client().get("/v1/kv1/a").status == 200
    before, mapped = leasehold.rss_bytes(), leasehold.mapped_bytes()
    start = (b"PUT /v1/kv1/a HTTP/1.1\r\nHost: localhost\r\n"
             b"Content-Length: %d\r\n\r\n" % ANNOUNCED)
    liars = [leasehold.connection() for _ in range(LIARS)]
    for liar in liars:
        liar.send(start + bytes(LIE))
    until(lambda: leasehold.rss_bytes() - before > 0.9 * LIARS * LIE, 30,
          "what they sent to be read")
    assert leasehold.client().get("/v1/kv1/a").status == 200
    assert leasehold.rss_bytes() - before < 4 * LIARS * LIE
    assert leasehold.mapped_bytes() - mapped < AHEAD * LIARS * LIE
    for liar in liars:
        liar.close()
    until(lambda: leasehold.status()["connections"] <= 2, 30, "them to go")
    assert leasehold.rss_bytes() - before < 4 * LIARS * LIE


def grown(daemon, act):
    """By how much its memory grew at most, while that was done."""
    before = daemon.peak_bytes()
    act(daemon.client())
    return daemon.peak_bytes() - before


@pytest.mark.plain
def test_a_large_clearing_is_refused_unread(leasehold):
    def act(client):
        body = b'{"type": "all", "x": ' + ZEROS + b"}"
        assert client.put("/agent/v1/cache-clear", body).status == 413
    assert grown(leasehold, act) < TREE_LIMIT


@pytest.mark.plain
def test_a_large_revocation_is_not_read_and_counts_for_all(
        leasehold, upstream, leases):
    upstream.on_write("/v1/sys/leases/revoke", Answer(204))
    client = leasehold.client()
    kept = client.get("/v1/leased/a").json["lease_id"]
    assert client.get("/v1/leased/a").headers["X-Cache"] == "HIT"

    def act(client):
        body = b'{"lease_id": "%b", "x": %b}' % (kept.encode(), ZEROS)
        assert client.put("/v1/sys/leases/revoke", body).status == 204
    assert grown(leasehold, act) < TREE_LIMIT
    assert client.get("/v1/leased/a").json["lease_id"] != kept


@pytest.mark.plain
def test_the_memory_of_large_bodies_is_given_back(leasehold, upstream):
    barrier = Barrier()
    upstream.on("PUT", "/v1/kv1/large", Answer(204), Answer(
        204, barrier=barrier))
    client = leasehold.client()
    assert client.put("/v1/kv1/large", b"small").status == 204
    before = leasehold.rss_bytes()
    peers = [leasehold.connection(timeout=30) for _ in range(8)]
    for peer in peers:
        peer.send(render("PUT", "/v1/kv1/large", body=body_of(MIB - KIB)))
    barrier.wait_for(len(peers), 30)
    assert leasehold.rss_bytes() - before > 6 * MIB, "they are in memory"
    barrier.release()
    for peer in peers:
        assert peer.read_reply().status == 204
        peer.close()
    until(lambda: leasehold.rss_bytes() - before < 2 * MIB, 30,
          "the memory to be given back")
