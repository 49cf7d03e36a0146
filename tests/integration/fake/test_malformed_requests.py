"""Malformed requests are refused and cut; none reaches the upstream.

CASES names every one: a group, what it shows, the bytes, and the answers that
are right. A case without answers named takes any refusal.
"""

import pytest

from support import httpc
from support.fake import Answer

pytestmark = pytest.mark.fake

REFUSALS = frozenset({400, 408, 413, 414, 417, 431, 501, 505})
HEAD = b"GET /v1/kv1/evil HTTP/1.1\r\n"
POST = b"POST /v1/kv1/evil HTTP/1.1\r\nHost: localhost\r\n"
CONTROLS = [b for b in range(32) if b not in (9, 10, 13)] + [127]
NO_TOKEN = b"\x00\x01\x08\x0b\x0c\x1f\"(),/:;<=>?@[\\]{}\x7f\x80\xc3\xff"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


def get(*fields):
    """A GET with these raw field lines."""
    return HEAD + b"Host: localhost\r\n" + b"".join(
        field + b"\r\n" for field in fields) + b"\r\n"


def methods():
    """Methods that are no tokens, or none."""
    for byte in NO_TOKEN:
        yield f"byte {byte:#x} in the method", (
            b"GE%bT /v1/kv1/evil HTTP/1.1\r\nHost: localhost\r\n\r\n" % bytes([byte]))
    for line in (b" /v1/kv1/evil HTTP/1.1", b"/v1/kv1/evil HTTP/1.1",
                 b" GET /v1/kv1/evil HTTP/1.1", b"\tGET /v1/kv1/evil HTTP/1.1",
                 b"GET\t/v1/kv1/evil HTTP/1.1", b"GET", b"GET ", b"GET  ",
                 b"GET /v1/kv1/evil", b"GET /v1/kv1/evil ",
                 b"GET  /v1/kv1/evil HTTP/1.1", b"GET /v1/kv1/evil  HTTP/1.1",
                 b"GET /v1/kv1/evil HTTP/1.1 ", b"GET /v1/kv1/evil HTTP/1.1 x",
                 b"GET /v1/kv1 evil HTTP/1.1"):
        yield f"request line {line!r}", line + b"\r\nHost: localhost\r\n\r\n"


def versions():
    """Versions that are not spoken here, or none at all."""
    for version in (b"HTTP/0.9", b"HTTP/2.0", b"HTTP/2.1", b"HTTP/3.0",
                    b"HTTP/9.9", b"HTTP/1", b"HTTP/1.",
                    b"HTTP/.1", b"HTTP/1.1.1", b"HTTP/11", b"HTTP/1.10",
                    b"HTTP/01.1", b"HTTP/1,1", b"http/1.1", b"Http/1.1",
                    b"HTTPS/1.1", b"HTTP 1.1", b"HTTP/ 1.1", b"HTTP/-1.1",
                    b"HTTP/+1.1", b"HTTP/1.x", b"HTTP/x.1", b"HTTP/",
                    b"HTTP", b"H", b"ICAP/1.0", b"RTSP/1.0", b"SIP/2.0",
                    b"HTTP/1.1\x00", b"\x00HTTP/1.1", b"HTTP\\1.1"):
        yield f"version {version!r}", (
            b"GET /v1/kv1/evil " + version + b"\r\nHost: localhost\r\n\r\n")
    yield "the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def targets():
    """Targets with bytes or forms that have no place there."""
    for byte in CONTROLS + [0x80, 0x85, 0xa0, 0xc3, 0xe2, 0xf0, 0xff]:
        yield f"byte {byte:#x} in the target", (
            b"GET /v1/kv1/e%bvil HTTP/1.1\r\nHost: localhost\r\n\r\n" % bytes([byte]))
    for target in (b"v1/kv1/evil", b"?list=true", b"#", b"\\v1\\kv1\\evil",
                   b"/v1/kv1/evil#part", b"..", b"./v1/kv1/evil", b"http://",
                   b"http:/v1/kv1/evil", b"://a/v1/kv1/evil"):
        yield f"target {target!r}", (
            b"GET " + target + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")


def hosts():
    """None, several, or no host at all."""
    yield "no host", HEAD + b"\r\n"
    yield "no host among fields", HEAD + b"Accept: x\r\n\r\n"
    for second in (b"a", b"b", b""):
        yield f"second host {second!r}", get(b"Host: " + second)
    yield "second host in other letters", get(b"HOST: a")
    yield "three hosts", get(b"Host: a", b"Host: a")
    for host in (b"a b", b"a/b", b"a?b", b"a#b", b"a@b", b"<a>",
                 b"a\"b", b"a\\b", b"a{b", b"a|b", b"a^b", b"a`b",
                 b"a\x80"):
        yield f"host {host!r}", HEAD + b"Host: " + host + b"\r\n\r\n"


def names():
    """Field names that are no tokens."""
    for byte in NO_TOKEN:
        if byte != ord(":"):
            yield f"byte {byte:#x} in a name", get(
                b"X-%bName: value" % bytes([byte]))
    for line in (b": value", b" : value", b"X-Name : value",
                 b"X-Name\t: value", b"X Name: value", b"X-Name", b"=",
                 b"Transfer-Encoding : chunked", b"Content-Length : 0",
                 b"Content Length: 0", b"\xef\xbb\xbfX-Name: value"):
        yield f"field {line!r}", get(line)


def values():
    """Field values with control bytes."""
    for byte in CONTROLS:
        yield f"byte {byte:#x} in a value", get(
            b"X-Name: val%bue" % bytes([byte]))
    for byte in (0, 13, 127):
        yield f"byte {byte:#x} in a token", get(
            b"X-Vault-Token: s.%bx" % bytes([byte]))


def lines():
    """Line ends other than CRLF, and folded lines."""
    yield "LF after the request line", (
        b"GET /v1/kv1/evil HTTP/1.1\nHost: localhost\r\n\r\n")
    yield "LF only", b"GET /v1/kv1/evil HTTP/1.1\nHost: a\n\n"
    yield "LF after a field", HEAD + b"Host: a\nAccept: x\r\n\r\n"
    yield "LF for the empty line", HEAD + b"Host: localhost\r\n\n"
    yield "CR in the request line", (
        b"GET /v1/kv1/evil\r HTTP/1.1\r\nHost: localhost\r\n\r\n")
    yield "CR CR LF", HEAD + b"Host: localhost\r\r\n\r\n"
    yield "CR in a value", get(b"X-Name: a\rb")
    yield "CR before a name", get(b"\rX-Name: a")
    yield "CR in a name", get(b"X-\rName: a")
    yield "folded by a blank", get(b"X-Name: a", b" b")
    yield "folded by a tab", get(b"X-Name: a", b"\tb")
    yield "folded to nothing", get(b"X-Name: a", b" ")
    yield "first field folded", HEAD + b" Host: localhost\r\n\r\n"
    yield "first field folded by a tab", HEAD + b"\tHost: localhost\r\n\r\n"
    yield "folded length", POST + b"Content-Length:\r\n 4\r\n\r\nevil"
    yield "folded coding", POST + (
        b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n")
    yield "many empty lines first", b"\r\n" * 20 + get()
    yield "an LF first", b"\n" + get()
    yield "a CR first", b"\r" + get()
    yield "a NUL first", b"\0" + get()


def lengths():
    """Lengths that are none, or more than one."""
    for text in (b"", b"-1", b"+4", b"4 4", b"4,4", b"4, 4", b"4,5", b"0x4",
                 b"4x", b"x", b"four", b"4.0", b"4e0", b"1_0", b"4;", b"\"4\"",
                 b"99999999999999999999", b"18446744073709551616",
                 b"18446744073709551620", b"9223372036854775808",
                 b"4\x00", b"4\x0b", b"\xd9\xa4", b"4 ,", b",4", b"NaN"):
        yield f"length {text!r}", (
            POST + b"Content-Length: " + text + b"\r\n\r\nevil")
    for first, second in ((b"4", b"4"), (b"4", b"5"), (b"5", b"4"),
                          (b"4", b""), (b"0", b"4")):
        yield f"lengths {first!r} and {second!r}", (
            POST + b"Content-Length: " + first + b"\r\nContent-Length: "
            + second + b"\r\n\r\nevil")
    yield "lengths in other letters", (
        POST + b"Content-Length: 4\r\ncontent-length: 4\r\n\r\nevil")


def codings():
    """Codings that are not chunked, or not that alone."""
    for text in (b"", b"identity", b"gzip", b"gzip, chunked",
                 b"chunked, gzip", b"chunked, chunked", b"chunked,",
                 b",chunked", b"chunked;q=1", b"xchunked", b"chunkedx",
                 b"chunked\x0b", b"\x0bchunked", b"\"chunked\"", b"chu nked",
                 b"compress", b"deflate", b"chunked identity", b"none"):
        yield f"coding {text!r}", (
            POST + b"Transfer-Encoding: " + text + b"\r\n\r\n0\r\n\r\n")
    both = b"Content-Length: 4", b"Transfer-Encoding: chunked"
    for first, second in (both, both[::-1]):
        yield f"{first!r} and {second!r}", (
            POST + first + b"\r\n" + second + b"\r\n\r\n0\r\n\r\n")
    yield "two codings", (
        POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"
        b"\r\n\r\n0\r\n\r\n")
    yield "a coding and identity", (
        POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity"
        b"\r\n\r\n0\r\n\r\n")
    yield "a coding in HTTP/1.0", (
        b"POST /v1/kv1/evil HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"0\r\n\r\n")


def bodies():
    """Chunked bodies that are not. (Trailers are dropped, not judged.)"""
    for text in (b"\r\n", b"x\r\n", b"-1\r\n", b"+4\r\nevil\r\n0\r\n\r\n",
                 b"0x4\r\nevil\r\n0\r\n\r\n", b" 4\r\nevil\r\n0\r\n\r\n",
                 b"4 4\r\nevil\r\n0\r\n\r\n", b"4\nevil\r\n0\r\n\r\n",
                 b"4\revil\r\n0\r\n\r\n", b"4\r\nevil0\r\n\r\n",
                 b"4\r\nevilx\r\n0\r\n\r\n", b"4\r\nevil\n0\r\n\r\n",
                 b"4\r\nevil\r0\r\n\r\n", b"fffffffffffffffff\r\n",
                 b"ffffffffffffffff\r\n", b"8000000000000000\r\n",
                 b"4;\x00\r\nevil\r\n0\r\n\r\n", b";x\r\nevil\r\n0\r\n\r\n",
                 b"g\r\n", b"\x00\r\n", b"4\x00\r\nevil\r\n0\r\n\r\n",
                 b"0\r\nX-\x00Name: a\r\n\r\n", b"0\r\nX-Name: a\rb\r\n\r\n",
                 b"0\r\nX-Name: a\n\r\n", b"0\r\n" + b"X: a\r\n" * 2000):
        yield f"chunks {text[:40]!r}", CHUNKED + text


def sizes():
    """Heads, targets and bodies above the limits."""
    yield "a target of 10 KiB", (
        b"GET /v1/" + b"e" * 10240 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"), {414}
    yield "a target of 60 KiB", (
        b"GET /v1/" + b"e" * 61440 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"), {414}
    yield "a query of 10 KiB", (
        b"GET /v1/a?" + b"e" * 10240 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"), {414}
    yield "a request line without end", b"GET /" + b"e" * 20000, {414}
    yield "a method of 10 KiB", (
        b"G" * 10240 + b" /v1/kv1/evil HTTP/1.1\r\nHost: localhost\r\n\r\n"), {
            400, 414, 501}
    yield "a value of 40 KiB", get(b"X-Name: " + b"e" * 40960), {431}
    yield "a name of 40 KiB", get(b"X" * 40960 + b": a"), {431}
    yield "fields without end", (
        HEAD + b"Host: localhost\r\n" + b"X-Name: abcdefgh\r\n" * 2500), {431}
    yield "200 fields", get(*[b"X-Name: a"] * 200), {431}
    yield "a length of 33 MiB", POST + (
        b"Content-Length: 34603008\r\n\r\n"), {413}
    yield "a length of 1 TiB", POST + (
        b"Content-Length: 1099511627776\r\n\r\n"), {413}
    yield "a chunk of 33 MiB", CHUNKED + b"2100000\r\n", {413}
    yield "an unknown expectation", POST + (
        b"Expect: 200-ok\r\nContent-Length: 4\r\n\r\nevil"), {417}


GROUPS = (methods, versions, targets, hosts, names, values, lines, lengths,
          codings, bodies, sizes)
CASES = {group.__name__: [
    case if len(case) == 3 else (*case, REFUSALS) for case in group()]
    for group in GROUPS}


def test_there_are_300_cases():
    assert sum(len(cases) for cases in CASES.values()) >= 300


def problem_of(leasehold, data, wanted):
    """What is wrong with the answer to a case, or None."""
    try:
        with leasehold.connection(timeout=8) as peer:
            peer.send(data)
            reply = peer.read_reply()
            if reply.status not in wanted:
                return f"answered {reply.status}"
            if not peer.at_end():
                return "left open"
    except (OSError, ValueError, httpc.Closed) as problem:
        return repr(problem)
    return None


@pytest.mark.parametrize("group", sorted(CASES))
def test_malformed_requests_are_refused_and_cut(leasehold, upstream, group):
    for method in ("GET", "POST"):
        upstream.on(method, "*", Answer(200, {"data": {}}))
    problems = {}
    for name, data, wanted in CASES[group]:
        problem = problem_of(leasehold, data, wanted)
        if problem:
            problems[name] = problem
    assert not problems
    own = ("/v1/auth/", "/v1/sys/health")
    strays = [r.path for r in upstream.requests()
              if not r.path.startswith(own)]
    assert not strays
    assert leasehold.client().get("/leasehold/v1/health").status == 200
