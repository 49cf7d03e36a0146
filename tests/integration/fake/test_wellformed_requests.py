"""What HTTP/1.1 allows is understood: the other side of the refusals."""

import json

import pytest

from support.fake import Answer

pytestmark = pytest.mark.fake


@pytest.fixture
def echo(upstream, leasehold):
    """A daemon whose upstream tells what it heard."""
    def answer(request):
        return Answer(200, {"data": {
            "method": request.method, "path": request.path,
            "query": request.query, "body": request.body.decode()}})
    for method in ("GET", "POST", "PUT", "DELETE", "LIST", "SCAN", "PATCH"):
        upstream.on(method, "/v1/echo*", answer)
    upstream.on("HEAD", "/v1/echo*", Answer(200, {"data": {}}))
    return leasehold


def data_of(reply):
    """What the upstream heard."""
    assert reply.status == 200, reply
    return json.loads(reply.body)["data"]


@pytest.mark.parametrize(
    "method", ["GET", "PUT", "DELETE", "LIST", "SCAN", "PATCH"])
def test_any_token_is_a_method(echo, method):
    with echo.connection() as peer:
        heard = data_of(peer.request(method, "/v1/echo"))
    assert heard["method"] == method


def test_head_gets_no_body(echo):
    with echo.connection() as peer:
        assert peer.request("HEAD", "/v1/echo").status == 200
        assert data_of(peer.request("GET", "/v1/echo"))["method"] == "GET"


@pytest.mark.parametrize("status", [200, 403, 404])
def test_head_tells_the_length_that_get_would_have(
        upstream, leasehold, status):
    upstream.on("HEAD", "/v1/sized", Answer(status, length=60))
    with leasehold.connection() as peer:
        reply = peer.request("HEAD", "/v1/sized")
        assert reply.status == status
        assert reply.headers.all("Content-Length") == ["60"]
        assert "Transfer-Encoding" not in reply.headers
        assert peer.request("HEAD", "/v1/sized").status == status


def test_head_of_what_has_no_length_tells_none(upstream, leasehold):
    upstream.on("HEAD", "/v1/parts", Answer(200, parts=[b"one"]))
    with leasehold.connection() as peer:
        for _ in range(2):
            reply = peer.request("HEAD", "/v1/parts")
            assert reply.status == 200
            assert "Content-Length" not in reply.headers
            assert "Transfer-Encoding" not in reply.headers


def test_pipelined_requests_are_answered_in_order(echo):
    with echo.connection() as peer:
        peer.send(b"".join(
            b"GET /v1/echo/%d HTTP/1.1\r\nHost: localhost\r\n\r\n" % number
            for number in range(50)))
        paths = [data_of(peer.read_reply())["path"] for _ in range(50)]
    assert paths == [f"/v1/echo/{number}" for number in range(50)]


def test_a_chunked_body_arrives_whole(echo):
    with echo.connection() as peer:
        peer.send(b"PUT /v1/echo HTTP/1.1\r\nHost: localhost\r\n"
                  b"Transfer-Encoding: chunked\r\n\r\n"
                  b"5;x=y\r\nhello\r\n6\r\n world\r\n0\r\nX-Trail: a\r\n\r\n")
        assert data_of(peer.read_reply())["body"] == "hello world"


def test_an_expectation_is_met(echo):
    with echo.connection() as peer:
        peer.send(b"PUT /v1/echo HTTP/1.1\r\nHost: localhost\r\n"
                  b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        assert peer.read_head()[0] == 100
        peer.send(b"hello")
        assert data_of(peer.read_reply())["body"] == "hello"


def test_a_request_may_come_byte_by_byte(echo):
    with echo.connection() as peer:
        for byte in b"GET /v1/echo/slow HTTP/1.1\r\nHost: localhost\r\n\r\n":
            peer.send(bytes([byte]))
        assert data_of(peer.read_reply())["path"] == "/v1/echo/slow"


def test_http_1_0_is_answered_and_closed(echo):
    with echo.connection() as peer:
        peer.send(b"GET /v1/echo HTTP/1.0\r\n\r\n")
        assert data_of(peer.read_reply())["path"] == "/v1/echo"
        assert peer.at_end()


@pytest.mark.parametrize("target, location", [
    ("//v1/echo", "/v1/echo"),
    ("///v1/echo/a%2Fb?x=1&y", "/v1/echo/a%2Fb?x=1&y")])
def test_an_address_that_ends_in_a_slash_leads_on(
        echo, upstream, target, location):
    before = len(upstream.requests())
    with echo.connection() as peer:
        for method in ("GET", "PUT"):
            reply = peer.request(method, target, body=b"{}")
            assert reply.status == 301
            assert reply.headers["Location"] == location
    assert len(upstream.requests()) == before


@pytest.mark.parametrize("target", [
    "//evil.example/v1/echo", "//\\evil.example/v1/", "//", "//v1"])
def test_no_other_path_leads_on(echo, target):
    with echo.connection() as peer:
        reply = peer.request("GET", target)
    assert reply.status != 301
    assert "Location" not in reply.headers


def test_path_and_query_arrive_as_they_were(echo):
    target = "/v1/echo/a%2Fb/?b=2&a=%20x&a="
    with echo.connection() as peer:
        heard = data_of(peer.request("GET", target))
    assert heard["path"] == "/v1/echo/a%2Fb/"
    assert heard["query"] == "b=2&a=%20x&a="
