"""Rows: callers that are slow, many, or gone."""

import resource

from faults.place import Row
from support import httpc
from support.fake import Answer, Barrier
from support.waiting import until

SLOW = 300
MANY = 10_000
SPARE = 200             # descriptors of our own
HEAD = b"GET /v1/kv1/a HTTP/1.1\r\nHost: localhost\r\n"
MIB = 1024 * 1024


def slow_heads(place):
    """Callers that send a byte now and then are given up."""
    daemon = place.ready(place.config(limits={"head_timeout": "2s"}))
    slow = [daemon.connection(timeout=40) for _ in range(SLOW)]
    for number, peer in enumerate(slow):
        peer.send(HEAD[:1 + number % len(HEAD)])
    for _ in range(50):
        assert daemon.client().get("/v1/kv1/a").status == 200
    for peer in slow:
        assert peer.read_reply().status == 408
        assert peer.at_end()
        peer.close()
    heard = len(place.upstream.requests("/v1/kv1/a"))
    assert heard == 50
    return Row(f"of {SLOW} slow ones each 408; others are served meanwhile",
               "what the others asked", "nothing")


def slow_bodies(place):
    """A body that does not come is given up; Vault hears nothing of it."""
    daemon = place.ready(place.config(limits={"body_timeout": "2s"}))
    slow = [daemon.connection(timeout=40) for _ in range(SLOW)]
    for peer in slow:
        peer.send(b"PUT /v1/kv1/a HTTP/1.1\r\nHost: localhost\r\n"
                  b"Content-Length: 100\r\n\r\n{")
    assert daemon.client().get("/v1/kv1/a").status == 200
    for peer in slow:
        assert peer.read_reply("PUT").status == 408
        peer.close()
    assert not place.upstream.requests("/v1/kv1/a", "PUT")
    return Row(f"of {SLOW} slow ones each 408; others are served meanwhile",
               "nothing", "nothing")


def possible(count):
    """So many, or as many as this process may open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return min(count, hard - SPARE)


def many_connections(place):
    """All of them are answered; when they are gone, so are their costs."""
    count = possible(MANY)
    daemon = place.ready()
    assert daemon.client().get("/v1/leased/x").status == 200
    request = httpc.render("GET", "/v1/leased/x")
    before = daemon.rss_bytes()
    peers = [daemon.connection(timeout=60) for _ in range(count)]
    for peer in peers:
        peer.send(request)
    for peer in peers:
        assert peer.read_reply().headers["X-Cache"] == "HIT"
    each = (daemon.rss_bytes() - before) / count
    assert each < 16 * 1024, each
    for peer in peers:
        peer.close()
    until(lambda: daemon.status()["connections"] <= 1, 60, "their end")
    assert len(place.leases.fetches()) == 1
    return Row(f"{count} connections at once, each answered "
               f"({each / 1024:.1f} KiB each)", "one read", "nothing")


def callers_leave(place):
    """Nobody waits for the answer any more."""
    barrier = Barrier()
    grant = place.tokens.guarded(place.leases.grant)

    def held(request):
        answer = grant(request)
        answer.barrier = barrier
        return answer
    place.upstream.on("GET", "/v1/leased/*", held)
    daemon = place.ready()
    peers = [daemon.connection() for _ in range(100)]
    for number, peer in enumerate(peers):
        peer.send(httpc.render("GET", f"/v1/leased/x{number % 10}"))
    barrier.wait_for(10, 30)
    for peer in peers:
        peer.close()
    barrier.release()
    until(lambda: daemon.status()["cache"]["flights"] == 0, 30, "the end")
    counts = daemon.cache_counts()
    assert counts["waiters"] == 0
    until(lambda: daemon.status()["connections"] <= 1, 30, "their end")
    assert daemon.client().get("/v1/leased/x0").status == 200
    return Row("nothing: it has gone", "ten reads for a hundred callers",
               f"nothing ({counts['entries']} of the answers are kept)")


def caller_reads_nothing(place):
    """A large answer that nobody takes is not held in memory."""
    def endless():
        for _ in range(64 * 16):
            yield b"x" * 65536
    place.upstream.on("GET", "/v1/large", lambda _: Answer(
        200, parts=endless()))
    config = place.config(limits={"write_timeout": "2s"})
    daemon = place.ready(config)
    before = daemon.rss_bytes()
    with daemon.connection(timeout=30) as peer:
        peer.send(httpc.render("GET", "/v1/large"))
        until(lambda: place.upstream.requests("/v1/large"), 30, "the read")
        until(lambda: daemon.status()["connections"] <= 1, 40,
              "the end of it")
        assert daemon.rss_bytes() - before < 8 * MIB
        assert daemon.client().get("/v1/kv1/a").status == 200
    return Row("a cut answer, after the write timeout",
               "its answer is not taken: back-pressure", "that answer")


ROWS = {
    "slow-loris heads": slow_heads,
    "slow-loris bodies": slow_bodies,
    "10,000 connections": many_connections,
    "callers leave": callers_leave,
    "a caller reads nothing": caller_reads_nothing,
}
