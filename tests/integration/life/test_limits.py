"""Limits of a listener: times, sizes, numbers, client certificates."""

import contextlib
import ssl
import threading

import pytest

from support import certs
from support.fake import Answer, Barrier
from support.httpc import Closed, render
from support.waiting import until

pytestmark = pytest.mark.fake

LINES = 128     # to the server at once, for callers
FLOOD = 400     # requests: more than it reads ahead, with little to reply


def is_served(leasehold):
    """Whether a new connection gets an answer."""
    try:
        with leasehold.connection() as connection:
            return connection.request(
                "GET", "/leasehold/v1/health").status == 200
    except (ConnectionError, Closed):
        return False


def test_a_slow_head_is_given_up(daemons, config):
    config["limits"] = {"head_timeout": "1s"}
    leasehold = daemons.start(config)
    with leasehold.connection() as slow:
        slow.send(b"GET /v1/kv1/a HTTP/1.1\r\nHost: localhost\r\n")
        assert slow.read_reply().status == 408
        assert slow.at_end()


def test_a_slow_body_is_given_up(daemons, config):
    config["limits"] = {"body_timeout": "1s"}
    leasehold = daemons.start(config)
    with leasehold.connection() as slow:
        slow.send(b"PUT /v1/kv1/a HTTP/1.1\r\nHost: localhost\r\n"
                  b"Content-Length: 10\r\n\r\n{")
        assert slow.read_reply("PUT").status == 408
        assert slow.at_end()


def test_an_idle_connection_is_closed(daemons, config):
    config["limits"] = {"idle_timeout": "3s"}
    leasehold = daemons.start(config).wait_ready()
    with leasehold.connection() as idle:
        assert idle.request("GET", "/v1/kv1/a").status == 200
        assert idle.at_end()


def test_a_body_above_the_limit_is_refused_unread(daemons, config, upstream):
    config["limits"] = {"max_body_bytes": "1KiB"}
    leasehold = daemons.start(config).wait_ready()
    reply = leasehold.client().put("/v1/kv1/a", {"a": "x" * 2000})
    assert reply.status == 413
    assert upstream.requests("/v1/kv1/a", "PUT") == []


def test_connections_above_the_limit_are_closed(daemons, config):
    config["limits"] = {"max_connections": 5}
    leasehold = daemons.start(config)
    opened = [leasehold.connection() for _ in range(5)]
    for connection in opened:
        connection.request("GET", "/leasehold/v1/health")
    assert not is_served(leasehold)
    for connection in opened:
        connection.close()
    until(lambda: is_served(leasehold), 30, "room again")


def test_callers_leave_descriptors_for_the_server(daemons, config):
    leasehold = daemons.start(
        config, wrapper=("prlimit", "--nofile=128:128")).wait_ready()
    with contextlib.ExitStack() as stack:
        peer = stack.enter_context(leasehold.connection(timeout=30))
        assert peer.request("GET", "/leasehold/v1/health").status == 200
        idle = [stack.enter_context(leasehold.connection())
                for _ in range(200)]
        assert idle[-1].sock.recv(1) == b""     # there is no room for it
        assert peer.request("GET", "/v1/kv1/a").status == 200
    leasehold.wait_for_log(r"\bprocess\.few_descriptors\b")


def test_a_client_certificate_is_demanded(daemons, config, folder):
    cert, key = certs.self_signed(folder, "listener")
    mine, my_key = certs.self_signed(folder, "app")
    config['listener "tcp"'] = {
        "address": "127.0.0.1:0", "tls_cert_file": str(cert),
        "tls_key_file": str(key), "tls_client_ca_file": str(mine),
        "tls_require_and_verify_client_cert": True}
    leasehold = daemons.start(config)
    bare = certs.client_context(cert)
    with pytest.raises((ssl.SSLError, ConnectionError, OSError)):
        leasehold.client(context=bare).get("/leasehold/v1/health")
    known = certs.client_context(cert)
    known.load_cert_chain(mine, my_key)
    assert leasehold.client(context=known).get(
        "/leasehold/v1/health").status == 200


@pytest.mark.parametrize("way", ["bare", "tls"])
def test_a_flood_behind_an_open_request_holds_up_nobody(
        daemons, config, folder, upstream, way):
    context = None
    if way == "tls":
        cert, key = certs.self_signed(folder, "listener")
        config['listener "tcp"'] = {
            "address": "127.0.0.1:0", "tls_cert_file": str(cert),
            "tls_key_file": str(key)}
        context = certs.client_context(cert)
    leasehold = daemons.start(config)
    client = leasehold.client(context=context)
    until(lambda: client.get("/leasehold/v1/ready").status == 200, 30,
          "the token")
    barrier = Barrier()
    upstream.on("GET", "/v1/slow", Answer(200, {"a": 1}, barrier=barrier))
    flood = render("GET", "/v1/slow") + FLOOD * render(
        "GET", "/leasehold/v1/health", [("X-Pad", "x" * 600)])
    with leasehold.connection(context=context, timeout=30) as flooder:
        sender = threading.Thread(target=flooder.send, args=(flood,))
        sender.start()
        barrier.wait_for(1, 30)
        for _ in range(20):
            assert client.get("/v1/kv1/a").status == 200
        barrier.release()
        # Two threads must not use a connection with TLS at once.
        sender.join(30)
        assert not sender.is_alive()
        for _ in range(1 + FLOOD):
            assert flooder.read_reply().status == 200


def test_callers_who_wait_hold_back_no_renewal_of_the_token(
        daemons, config, upstream, tokens):
    barrier = Barrier()
    upstream.on("GET", "/v1/slow/*", Answer(200, {"a": 1}, barrier=barrier))
    tokens.ttl = 6
    leasehold = daemons.start(config).wait_ready()
    with contextlib.ExitStack() as stack:
        stack.callback(barrier.release)
        for number in range(LINES + 8):
            peer = stack.enter_context(leasehold.connection(timeout=30))
            peer.send(render("GET", f"/v1/slow/{number}"))
        barrier.wait_for(LINES, 30)
        before = tokens.renewals
        until(lambda: tokens.renewals > before, 30, "a renewal")


def test_a_metrics_listener_serves_nothing_else(daemons, config):
    config['listener "tcp"']["role"] = "metrics_only"
    client = daemons.start(config).client()
    assert client.get("/leasehold/v1/health").status == 200
    assert b"leasehold_requests_total" in client.get(
        "/leasehold/v1/metrics").body
    for path in ("/v1/kv1/a", "/leasehold/v1/status",
                 "/agent/v1/cache-clear"):
        assert client.get(path).status == 404


@pytest.mark.parametrize("program", ["agent", "proxy"])
def test_quit_ends_the_process_where_it_is_allowed(daemons, config, program):
    path = f"/{program}/v1/quit"
    refused = daemons.start(config)
    assert refused.client().post(path).status == 404
    config['listener "tcp"'][f"{program}_api"] = {"enable_quit": True}
    allowed = daemons.start(config)
    assert allowed.client().get(path).status == 405
    assert allowed.client().post(path).status == 200
    assert allowed.process.wait(30) == 0
