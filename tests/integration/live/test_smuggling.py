"""Shapes of request smuggling from published research: no desync.

Each shape is sent raw, with a request hidden in it that only a second reader
who counts differently would see (STOLEN). What we refuse must reach the server
in no part, and ends the connection; what we accept must reach it once, with
the body that was meant. A canary follows on the same connection, if it is
open, and on another one: each must get its own answer.

The server is once a recorder, which tells every request it was given, field by
field, and once a real one, whose audit log tells the paths.
"""

import dataclasses
import json

import pytest

from support import httpc, settings
from support.fake import Answer

REFUSALS = frozenset({400, 403, 413, 417, 421, 501, 505})
FOLDER = "/v1/kv1/smuggling"
HIDDEN = (b"GET /v1/kv1/smuggling/STOLEN HTTP/1.1\r\nHost: localhost\r\n"
          b"X-Swallow: ")
BODY = b'{"shape": "meant"}'
CHUNKED = b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)
TE = b"Transfer-Encoding: chunked\r\n"
LENGTH = b"Content-Length: %d\r\n" % len(BODY)


@dataclasses.dataclass
class Shape:
    """One shape: its fields, what follows them, what the server must see."""

    name: str
    fields: bytes
    rest: bytes = b""
    method: str = "POST"
    accepted: bool = False
    body: bytes = BODY          # as the server must see it, if accepted
    line: bytes = None          # instead of the usual request line
    then_refused: bool = False  # what follows the accepted one is none

    @property
    def path(self):
        """Where it is aimed at."""
        return f"{FOLDER}/{self.name.replace(' ', '-')}"

    def bytes(self):
        """As it is sent."""
        line = self.line or b"%b %b HTTP/1.1" % (
            self.method.encode(), self.path.encode())
        host = b"" if self.fields.startswith(b"Host:") else (
            b"Host: localhost\r\n")
        return line + b"\r\n" + host + self.fields + b"\r\n" + self.rest


def refused():
    """What nobody may pass on."""
    zero = b"0\r\n\r\n" + HIDDEN
    yield Shape("CL.TE", b"Content-Length: %d\r\n" % len(zero) + TE, zero)
    yield Shape("TE.CL", TE + b"Content-Length: 4\r\n",
                b"%x\r\n%b\r\n0\r\n\r\n" % (len(HIDDEN), HIDDEN))
    yield Shape("TE.TE unknown second", TE + b"Transfer-Encoding: x\r\n", zero)
    yield Shape("TE.TE repeated", TE + TE, CHUNKED + HIDDEN)
    yield Shape("TE with a prefix",
                b"Transfer-Encoding: xchunked\r\n" + LENGTH, zero)
    yield Shape("TE not last", b"Transfer-Encoding: chunked, identity\r\n",
                zero)
    yield Shape("TE with a vertical tab", b"Transfer-Encoding: \x0bchunked\r\n"
                + LENGTH, zero)
    yield Shape("TE with a NUL", b"Transfer-Encoding: chunked\x00\r\n", zero)
    yield Shape("TE with a blank before the colon",
                b"Transfer-Encoding : chunked\r\n" + LENGTH, zero)
    yield Shape("TE folded", b"Transfer-Encoding:\r\n chunked\r\n" + LENGTH,
                zero)
    yield Shape("TE behind a bare LF", b"X-A: b\nTransfer-Encoding: chunked"
                b"\r\n" + LENGTH, zero)
    yield Shape("TE behind a bare CR", b"X-A: b\rTransfer-Encoding: chunked"
                b"\r\n" + LENGTH, zero)
    yield Shape("TE in HTTP 1.0", TE, zero,
                line=b"POST %b/TE-in-HTTP-1.0 HTTP/1.0" % FOLDER.encode())
    yield Shape("CL.CL", LENGTH + b"Content-Length: 0\r\n", BODY + HIDDEN)
    yield Shape("CL.CL equal", LENGTH + LENGTH, BODY + HIDDEN)
    yield Shape("CL with a plus", b"Content-Length: +%d\r\n" % len(BODY),
                BODY + HIDDEN)
    yield Shape("CL as a list", b"Content-Length: 0, %d\r\n" % len(BODY),
                BODY + HIDDEN)
    yield Shape("CL with a blank inside", b"Content-Length: 1 8\r\n",
                BODY + HIDDEN)
    yield Shape("CL too large", b"Content-Length: 18446744073709551634\r\n",
                BODY + HIDDEN)
    yield Shape("chunk size overflow", TE, b"1000000000000000%x\r\n%b" % (
        len(BODY), BODY + b"\r\n0\r\n\r\n" + HIDDEN))
    yield Shape("chunk size in C", TE, b"0x12\r\n" + BODY
                + b"\r\n0\r\n\r\n" + HIDDEN)
    yield Shape("chunk extension with a bare LF", TE,
                b"2;\nxx\r\n%x\r\n" % len(HIDDEN) + HIDDEN + b"\r\n0\r\n\r\n")
    yield Shape("chunk without its end", TE, b"%x\r\n%b" % (
        len(BODY), BODY + b"xx0\r\n\r\n" + HIDDEN))
    yield Shape("chunk size ended by LF", TE, b"%x\n%b" % (
        len(BODY), BODY + b"\r\n0\r\n\r\n" + HIDDEN))
    yield Shape("HEAD with a body", b"Content-Length: %d\r\n" % len(HIDDEN),
                HIDDEN, method="HEAD")
    yield Shape("target with a blank", LENGTH, BODY,
                line=b"POST %b/x HTTP/1.1 HTTP/1.1" % FOLDER.encode())
    yield Shape("two hosts", b"Host: localhost\r\nHost: evil.example\r\n"
                + LENGTH, BODY)
    yield Shape("absolute form with another host", LENGTH, BODY,
                line=b"POST http://evil.example%b/abs HTTP/1.1"
                % FOLDER.encode())


def accepted():
    """What HTTP allows: one request, and what follows is the next."""
    yield Shape("TE with a tab", b"Transfer-Encoding:\tchunked\r\n", CHUNKED)
    yield Shape("TE in capitals", b"TRANSFER-ENCODING: ChUnKeD\r\n", CHUNKED)
    yield Shape("chunk extension", TE, b"%x;a=b;c=\"d\"\r\n%b\r\n0;e\r\n\r\n" % (
        len(BODY), BODY))
    yield Shape("CL in a trailer", TE, CHUNKED[:-2]
                + b"Content-Length: 40\r\n\r\n")
    yield Shape("CL hidden by Connection",
                b"Connection: keep-alive, Content-Length\r\n" + LENGTH, BODY)
    yield Shape("TE hidden by Connection",
                b"Connection: keep-alive, Transfer-Encoding\r\n" + TE, CHUNKED)
    yield Shape("upgrade to h2c", b"Connection: Upgrade, HTTP2-Settings\r\n"
                b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n"
                + LENGTH, BODY)
    yield Shape("GET with a body", b"Content-Length: %d\r\n" % len(HIDDEN),
                HIDDEN, method="GET", body=HIDDEN)
    yield Shape("line ends in the path", LENGTH, BODY,
                line=b"POST %b/%%0d%%0aX-Vault-Token:%%20a HTTP/1.1"
                % FOLDER.encode())
    yield Shape("bytes after the last chunk", TE, CHUNKED + b"evil\r\n\r\n",
                then_refused=True)


REFUSED = {shape.name: shape for shape in refused()}
ACCEPTED = {shape.name: shape for shape in accepted()}


def test_there_are_twenty_shapes_and_more():
    assert len(REFUSED) >= 20
    assert len(ACCEPTED) >= 8


def check_canary(leasehold, peer=None):
    """A request with an answer that nobody else has."""
    if peer is None:
        with leasehold.connection() as other:
            check_canary(leasehold, other)
        return
    reply = peer.request("GET", "/v1/kv1/canary")
    assert reply.status == 200
    assert json.loads(reply.body)["data"] == {"sings": "yes"}
    assert not peer.buffer


def check_refused(leasehold, shape):
    """One refusal, then the end, whatever else was sent."""
    with leasehold.connection() as peer:
        peer.send(shape.bytes())
        reply = peer.read_reply()
        assert reply.status in REFUSALS, reply
        assert ended(peer), "the connection is left open"
    check_canary(leasehold)


def ended(peer):
    """The end of the connection; another reply would be a desync."""
    try:
        return peer.at_end()
    except httpc.Closed:
        return True


def check_accepted(leasehold, shape):
    """One answer, then that of the canary."""
    with leasehold.connection() as peer:
        peer.send(shape.bytes())
        reply = peer.read_reply(shape.method)
        assert reply.status < 500 and reply.status != 101, reply
        if shape.then_refused:
            assert peer.read_reply().status in REFUSALS
            assert ended(peer)
        else:
            check_canary(leasehold, peer)
    check_canary(leasehold)


# The recorder

@pytest.fixture
def recorded(daemons, upstream):
    """A daemon in front of the recorder."""
    for method in ("GET", "HEAD", "POST", "PUT"):
        upstream.on(method, "*", Answer(200, {"data": {"shape": "any"}}))
    upstream.on("GET", "/v1/kv1/canary",
                Answer(200, {"data": {"sings": "yes"}}))
    return daemons.start(settings.proxy(upstream.address, cache={}))


def others(upstream):
    """What the recorder was given, but for canaries."""
    return [r for r in upstream.requests() if r.path != "/v1/kv1/canary"]


@pytest.mark.fake
def test_no_part_of_a_refused_shape_is_sent_on(recorded, upstream):
    for shape in REFUSED.values():
        check_refused(recorded, shape)
        assert not others(upstream), shape.name


@pytest.mark.fake
def test_an_accepted_shape_is_sent_on_once_as_meant(recorded, upstream):
    for number, shape in enumerate(ACCEPTED.values(), 1):
        check_accepted(recorded, shape)
        seen = others(upstream)
        assert len(seen) == number, shape.name
        # A POST may go out as PUT: Vault takes them as one.
        assert seen[-1].method.replace("PUT", "POST") == shape.method
        assert seen[-1].path.startswith(FOLDER + "/"), shape.name
        assert seen[-1].body == shape.body, shape.name
        assert "upgrade" not in seen[-1].headers
        assert "http2-settings" not in seen[-1].headers
        assert "content-length" in seen[-1].headers or (
            seen[-1].headers.get("transfer-encoding") == "chunked")


# The real server

@pytest.fixture(scope="module")
def canary(real_vault):
    """The canary's secret."""
    real_vault.call("POST", "kv1/canary", {"sings": "yes"})
    real_vault.call("POST", "kv1/smuggling/GET-with-a-body", {"shape": "old"})


def heard(server):
    """The paths that the real server was asked for, and how often."""
    server.heard("kv1/smuggling/STOLEN")
    return {path: count for path, count in server.counts.items()
            if path.startswith("kv1/smuggling")}


@pytest.mark.live
def test_the_server_sees_nothing_of_a_refused_shape(
        leasehold, real_vault, canary):
    before = heard(real_vault)
    for shape in REFUSED.values():
        check_refused(leasehold, shape)
        assert heard(real_vault) == before, shape.name


@pytest.mark.live
def test_the_server_sees_an_accepted_shape_once(
        leasehold, real_vault, canary):
    for shape in ACCEPTED.values():
        before = heard(real_vault)
        check_accepted(leasehold, shape)
        after = heard(real_vault)
        new = {path: after[path] - before.get(path, 0) for path in after
               if after[path] != before.get(path, 0)}
        assert sum(new.values()) <= 1, (shape.name, new)
        assert "kv1/smuggling/STOLEN" not in new
        if shape.method != "POST" or shape.line:
            continue
        path = shape.path.removeprefix("/v1/")
        assert new == {path: 1}, shape.name
        assert real_vault.call("GET", path)["data"] == {"shape": "meant"}
