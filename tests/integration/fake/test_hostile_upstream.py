"""A server that lies, floods or breaks rules harms nobody but its answer."""

import gzip
import itertools
import json
import threading

import pytest

from support import settings
from support.door import Door
from support.fake import Answer
from support.fake_tokens import secret
from support.waiting import until

pytestmark = pytest.mark.fake

MIB = 1024 * 1024
GROWTH_LIMIT = 4 * MIB
JSON = (("Content-Type", "application/json"),)
PATH = "/v1/database/creds/x"
GOOD = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood"


class RawServer(Door):
    """Answers each request with bytes that need not make sense."""

    def __init__(self):
        self.pieces = lambda target: [GOOD]
        super().__init__()
        self.address = f"http://127.0.0.1:{self.port}"

    def serve(self, sock):
        """Until the other side has had enough."""
        with sock.makefile("rb") as stream:
            while line := stream.readline():
                while stream.readline() not in (b"\r\n", b""):
                    pass
                for piece in self.pieces(line.split()[1].decode()):
                    if piece is None:
                        return
                    sock.sendall(piece)


@pytest.fixture
def raw():
    """A server of raw bytes."""
    server = RawServer()
    yield server
    server.stop()


@pytest.fixture
def wary(daemons, raw):
    """A daemon in front of it that asks once and waits two seconds."""
    return daemons.start({
        "vault": {"address": raw.address, "client_timeout": "2s",
                  "retry": {"num_retries": -1}},
        "cache": {}, 'listener "tcp"': {
            "address": "127.0.0.1:0", "tls_disable": True}})


def still_good(leasehold, raw):
    """Does the next caller get the right answer."""
    raw.pieces = lambda target: [GOOD]
    return leasehold.client().get("/v1/after").body == b"good"


def head(*fields):
    """The head of an answer."""
    return b"\r\n".join((b"HTTP/1.1 200 OK", *fields, b"", b""))


def fields_without_end():
    """A head that goes on and on."""
    yield b"HTTP/1.1 200 OK\r\n"
    for number in itertools.count():
        yield b"X-%d: %s\r\n" % (number, b"a" * 1000)


def interims_without_end():
    """The promise of an answer, for ever."""
    while True:
        yield b"HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n" * 100


@pytest.mark.plain
@pytest.mark.parametrize("pieces", [
    lambda: [head(b"X: " + b"a" * MIB), b"body"],
    lambda: [head(*[b"X-%d: y" % n for n in range(1000)]), b"body"],
    fields_without_end, interims_without_end,
    lambda: itertools.repeat(b"HTTP/1.1 200 " + b"O" * 1000)],
    ids=["one field", "many fields", "fields", "interims", "status line"])
def test_an_oversized_head_is_given_up(wary, raw, pieces):
    wary.client().get("/v1/warm")
    before = wary.rss_bytes()
    raw.pieces = lambda target: pieces()
    assert wary.client(timeout=30).get("/v1/x").status in (502, 504)
    assert wary.rss_bytes() - before < GROWTH_LIMIT
    assert still_good(wary, raw)


def trailers_without_end():
    """An answer that has said all and does not stop."""
    yield head(b"Transfer-Encoding: chunked") + b"4\r\ngood\r\n0\r\n"
    for number in itertools.count():
        yield b"X-%d: %s\r\n" % (number, b"a" * 1000)


@pytest.mark.plain
def test_trailers_without_end_are_given_up(wary, raw):
    wary.client().get("/v1/warm")
    before = wary.rss_bytes()
    raw.pieces = lambda target: trailers_without_end()
    with wary.connection() as peer:
        peer.send(b"GET /v1/x HTTP/1.1\r\nHost: localhost\r\n\r\n")
        wary.wait_for_log(r"upstream.*around its head", 30)
    assert wary.peak_bytes() - before < 2 * GROWTH_LIMIT
    assert still_good(wary, raw)


@pytest.mark.parametrize("answer", [
    b"hello\r\n", b"HTTP/1.1 2000 OK\r\n\r\n", b"HTTP/1.1 abc OK\r\n\r\n",
    b"HTTP/9.9 200 OK\r\n\r\n", b"\0" * 100 + b"\r\n\r\n",
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
    head(b"No-Colon"), head(b"Bad Name: x"), head(b" folded: x"),
    head(b"X: a\0b"), head(b"Content-Length: -1"),
    head(b"Content-Length: 4", b"Content-Length: 5") + b"good",
    head(b"Content-Length: 99999999999999999999999") + b"good",
    head(b"Content-Length: 0x4") + b"good",
    head(b"Transfer-Encoding: chunked") + b"zz\r\n",
    head(b"Transfer-Encoding: chunked") + b"-4\r\ngood\r\n0\r\n\r\n",
    head(b"Transfer-Encoding: chunked") + b"f" * 40 + b"\r\n",
], ids=range(17))
def test_a_broken_answer_is_told_as_an_error_or_cut(wary, raw, answer):
    raw.pieces = lambda target: [answer, None]
    with wary.connection() as peer:
        peer.send(b"GET /v1/x HTTP/1.1\r\nHost: localhost\r\n\r\n")
        try:
            reply = peer.read_reply()
            assert reply.status == 502, reply
        except (ConnectionError, EOFError, ValueError, OSError) as error:
            assert not isinstance(error, TimeoutError), error
        except Exception as error:  # httpc.Closed
            assert type(error).__name__ == "Closed"
    assert still_good(wary, raw)


def test_more_than_was_announced_reaches_nobody(wary, raw):
    forged = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged"
    raw.pieces = lambda target: [
        head(b"Content-Length: 4"), b"good" + forged]
    for _ in range(20):
        assert wary.client().get("/v1/x").body == b"good"


def test_a_body_where_none_may_be_reaches_nobody(wary, raw):
    forged = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged"
    raw.pieces = lambda target: [
        b"HTTP/1.1 204 No Content\r\n\r\n" + forged]
    for _ in range(20):
        assert wary.client().get("/v1/x").body == b""
    assert still_good(wary, raw)


def test_less_than_was_announced_is_cut(wary, raw):
    raw.pieces = lambda target: [
        head(b"Content-Length: 400"), b"too little", None]
    with wary.connection() as peer, pytest.raises(Exception) as caught:
        reply = peer.request("GET", "/v1/x")
        assert reply.status == 502
        raise EOFError
    assert type(caught.value).__name__ in (
        "Closed", "EOFError", "ConnectionResetError")
    assert still_good(wary, raw)


@pytest.mark.plain
def test_an_answer_without_end_is_held_nowhere(wary, raw):
    lease = b'{"lease_id":"a/b","lease_duration":60,"data":"'

    def endless(_):
        yield head(b"Content-Type: application/json") + lease
        while True:
            yield b"a" * 65536
    raw.pieces = endless
    before = wary.rss_bytes()
    with wary.connection() as peer:
        peer.send(b"GET /v1/x HTTP/1.1\r\nHost: localhost\r\n\r\n")
        taken = 0
        while taken < 32 * MIB:
            piece = peer.read_some()
            assert piece, f"ended after {taken} bytes"
            taken += len(piece)
        assert wary.rss_bytes() - before < 2 * GROWTH_LIMIT
    assert still_good(wary, raw)


@pytest.mark.plain
def test_a_login_answer_without_end_is_given_up(daemons, raw, approle_files):
    def endless(_):
        yield head(b"Content-Type: application/json") + b'{"auth":{"x":"'
        while True:
            yield b"a" * 65536
    raw.pieces = endless
    leasehold = daemons.start(settings.proxy(
        raw.address, settings.approle(*approle_files, min_backoff="1h",
                                      max_backoff="1h")))
    leasehold.wait_for_log("answer is larger than we accept", 30)
    assert leasehold.rss_bytes() < 64 * MIB
    assert leasehold.client().get("/leasehold/v1/health").status == 200


@pytest.mark.plain
def test_a_bomb_is_passed_on_undecoded(leasehold, upstream):
    bomb = gzip.compress(b'{"lease_id":"' + b"0" * (256 * MIB), 9)
    upstream.on("GET", "/v1/bomb", Answer(200, bomb, (
        *JSON, ("Content-Encoding", "gzip"))))
    before = leasehold.rss_bytes()
    for _ in range(3):
        reply = leasehold.client().get("/v1/bomb")
        assert reply.headers["Content-Encoding"] == "gzip"
        assert reply.body == bomb
        assert reply.headers.get("X-Cache") != "HIT"
    assert leasehold.rss_bytes() - before < GROWTH_LIMIT


DEEP = 200_000
LEASE = b'{"lease_id":"a/b/c","lease_duration":600,"renewable":true,"data":%b}'


@pytest.mark.parametrize("body", [
    LEASE % (b"[" * DEEP + b"]" * DEEP), LEASE % (b'{"a":' * DEEP),
    b"[" * DEEP, b'{"auth":' * DEEP,
    b'{"lease_id":"a","lease_id":"b/c","lease_duration":600,'
    b'"renewable":true,"data":{}}',
    b'{"lease_id":"a/b","lease_duration":600,"lease_duration":6000,'
    b'"renewable":true,"data":{}}',
    b'{"lease_id":"a/b","lease_duration":600,"lease_dur\\u0061tion":6000,'
    b'"renewable":true,"data":{}}',
    b'{"lease_id":"a/b","lease_duration":600,"renewable":true,"data":{}',
    LEASE % b"{}" + b"{}", LEASE % b'"\xff\xfe"', LEASE % b'"\\ud800"',
    b'\xef\xbb\xbf' + LEASE % b"{}",
], ids=["lists", "objects", "no object", "auths", "two ids", "two lives",
        "escaped life", "unclosed", "more behind", "no utf-8", "half a pair",
        "byte order mark"])
def test_json_that_readers_see_differently_is_not_kept(
        leasehold, upstream, body):
    upstream.on("GET", PATH, Answer(200, body, JSON))
    for _ in range(2):
        reply = leasehold.client().get(PATH)
        assert (reply.status, reply.body) == (200, body)
        assert reply.headers.get("X-Cache") != "HIT"
    assert len(upstream.requests(PATH)) == 2
    assert leasehold.cache_counts()["entries"] == 0


@pytest.mark.parametrize("life", [
    "-1", "-9223372036854775809", "0", "0.5", "1e400", "1e308", "-1e308",
    "9223372036854775807", "9223372036854775808", "99999999999999999999999",
    '"600"', '"0x10"', "null", "true", "[]", "{}", "600.0", "6e2", "1",
    "9" * 400])
def test_an_absurd_life_does_no_harm(leasehold, upstream, life):
    body = (b'{"lease_id":"database/creds/x/1","lease_duration":%b,'
            b'"renewable":true,"data":{}}' % life.encode())
    upstream.on("GET", PATH, Answer(200, body, JSON))
    upstream.on_write("/v1/sys/leases/renew", Answer(200, body, JSON))
    first = leasehold.client().get(PATH)
    assert (first.status, first.body) == (200, body)
    again = leasehold.client().get(PATH)
    assert again.status == 200
    if again.headers.get("X-Cache") == "HIT":
        left = json.loads(again.body)["lease_duration"]
        assert 0 < left <= float(life)
        assert len(again.body) == len(body)
    leasehold.cache_counts()
    assert len(upstream.requests("/v1/sys/leases/renew")) <= 3


@pytest.mark.parametrize(
    "life", [-1, 0, 10 ** 30, 0.5, "600", None, [], 1e300])
def test_an_absurd_life_of_our_token_starts_no_storm(
        daemons, upstream, approle_files, life):
    upstream.on_write("/v1/auth/approle/login", Answer(200, secret(auth={
        "client_token": "hvs.x", "accessor": "a", "policies": ["default"],
        "renewable": True, "token_type": "service", "orphan": True,
        "lease_duration": life})))
    upstream.on("GET", "/v1/kv1/a", Answer(200, secret(data={"a": "b"})))
    leasehold = daemons.start(settings.proxy(
        upstream.address, settings.approle(*approle_files)))
    until(lambda: upstream.requests("/v1/auth/approle/login"), 30, "a login")
    quiet = threading.Event()
    quiet.wait(1.5)     # the time in which a storm would show
    assert len(upstream.requests("/v1/auth/approle/login")) <= 3
    assert len(upstream.requests("/v1/auth/token/renew-self")) <= 3
    assert leasehold.client().get("/leasehold/v1/health").status == 200


def test_cookies_are_not_kept(leasehold, upstream):
    cookie = ("Set-Cookie", "session=evil; Path=/")
    upstream.on("GET", "/v1/kv1/a", Answer(
        200, secret(data={"a": "b"}), (cookie,)))
    for _ in range(3):
        assert leasehold.client().get("/v1/kv1/a").status == 200
    assert not [r for r in upstream.requests() if "cookie" in r.headers]
