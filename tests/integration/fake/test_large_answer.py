"""A large answer streams: memory stays, other clients go on."""

import contextlib
import hashlib
import threading

import pytest

from support import certs, settings
from support.fake import Answer
from support.fake_tokens import secret
from support.h2 import Http2Server

pytestmark = pytest.mark.fake

MIB = 1024 * 1024
PART = bytes(range(256)) * 256      # 64 KiB
PARTS = 1024                        # 64 MiB in all
GROWTH_LIMIT = 4 * MIB


def parts():
    """The body, a piece at a time."""
    for _ in range(PARTS):
        yield PART


def digest():
    """What the whole body hashes to."""
    whole = hashlib.sha256()
    for part in parts():
        whole.update(part)
    return whole.hexdigest()


@pytest.fixture(params=["sized", "chunked"])
def large(request, upstream):
    """The path of a large answer, with and without a length."""
    length = len(PART) * PARTS if request.param == "sized" else None
    upstream.on("GET", "/v1/large", lambda _: Answer(
        parts=parts(), length=length,
        headers=(("Content-Type", "application/octet-stream"),)))
    return "/v1/large"


def body_pieces(peer, headers):
    """The pieces of a body as they arrive."""
    if "Content-Length" not in headers:
        yield from peer.chunks()
        return
    left = int(headers["Content-Length"])
    while left > 0:
        piece = peer.read_some()
        assert piece, f"{left} bytes are missing"
        left -= len(piece)
        yield piece


def read_hashed(peer, watch=lambda: None):
    """Read a reply, calling watch at every piece; the hash of its body."""
    status, headers = peer.read_head()
    assert status == 200
    whole = hashlib.sha256()
    for piece in body_pieces(peer, headers):
        whole.update(piece)
        watch()
    return whole.hexdigest()


@pytest.mark.plain
def test_64_mib_stream_in_little_memory(leasehold, large):
    assert leasehold.client().get("/v1/kv1/a").status == 200
    before = leasehold.rss_bytes()
    seen = [before]
    with leasehold.connection(timeout=60) as peer:
        peer.send(b"GET %b HTTP/1.1\r\nHost: localhost\r\n\r\n" % large.encode())
        got = read_hashed(peer, lambda: seen.append(leasehold.rss_bytes()))
    assert got == digest()
    assert max(seen) - before < GROWTH_LIMIT


def test_a_slow_reader_does_not_stop_others(leasehold, large):
    client = leasehold.client(timeout=30)
    assert client.get("/v1/kv1/a").status == 200
    before = leasehold.rss_bytes()
    with leasehold.connection(timeout=60) as slow:
        slow.send(b"GET %b HTTP/1.1\r\nHost: localhost\r\n\r\n" % large.encode())
        for _ in range(200):
            assert client.get("/v1/kv1/a").status == 200
        grown = leasehold.rss_bytes() - before
        assert read_hashed(slow) == digest()
    assert grown < 4 * GROWTH_LIMIT


@pytest.fixture
def server(folder):
    """A server that speaks HTTP/2."""
    cert, key = certs.self_signed(folder, "server")
    made = Http2Server(cert, key)
    made.certificate = cert
    yield made
    made.stop()


@pytest.fixture
def beside_slow(daemons, server):
    """A daemon, and how it grows by answers beside slow readers."""
    leasehold = daemons.start({
        "vault": {"address": server.address,
                  "ca_cert": str(server.certificate)},
        'listener "tcp"': {"address": "127.0.0.1:0", "tls_disable": True}})
    client = leasehold.client(timeout=30)
    assert client.get("/v1/warm").body == b"small"
    before = leasehold.rss_bytes()

    def growth(readers, answers):
        server.large = True
        with contextlib.ExitStack() as slow:
            for _ in range(readers):
                peer = slow.enter_context(leasehold.connection())
                peer.send(b"GET /v1/large HTTP/1.1\r\n"
                          b"Host: localhost\r\n\r\n")
                assert peer.read_head()[0] == 200
            server.large = False
            for _ in range(answers):
                assert client.get("/v1/small").body == b"small"
            return leasehold.peak_bytes() - before
    return growth


def test_with_http2_a_slow_reader_does_not_stop_others(beside_slow):
    beside_slow(readers=1, answers=50)


@pytest.mark.plain
def test_with_http2_slow_readers_take_little_memory(beside_slow):
    assert beside_slow(readers=4, answers=50) < 4 * GROWTH_LIMIT


def test_a_client_that_leaves_ends_the_fetch(leasehold, upstream):
    ended = threading.Event()

    def endless():
        try:
            while True:
                yield PART
        finally:
            ended.set()

    upstream.on("GET", "/v1/endless", lambda _: Answer(parts=endless()))
    with leasehold.connection() as peer:
        peer.send(b"GET /v1/endless HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert peer.read_head()[0] == 200
    assert ended.wait(30), "the fetch goes on without a client"


def test_an_answer_cut_short_is_cut_for_the_client(leasehold, upstream):
    upstream.on("GET", "/v1/cut", lambda _: Answer(
        parts=parts(), length=len(PART) * PARTS, reset_at=3 * MIB))
    with leasehold.connection() as peer:
        peer.send(b"GET /v1/cut HTTP/1.1\r\nHost: localhost\r\n\r\n")
        with pytest.raises((AssertionError, ConnectionResetError)):
            read_hashed(peer)


def test_an_answer_is_kept_up_to_the_limit_of_entries(
        daemons, upstream, tokens, approle_files):
    path = "/v1/engine/creds"
    upstream.on("GET", path, lambda _: Answer(200, secret(
        lease_id="engine/creds/1", lease_duration=3600, renewable=True,
        data={"pad": "x" * 2 * MIB})))
    client = daemons.start(settings.proxy(
        upstream.address, settings.approle(*approle_files),
        cache={"max_entry_bytes": "4MiB"})).wait_ready().client()
    assert client.get(path).headers["X-Cache"] == "MISS"
    assert client.get(path).headers["X-Cache"] == "HIT"
