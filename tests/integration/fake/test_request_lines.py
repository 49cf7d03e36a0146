"""A request is one line at its end, which holds no secret of its path."""

import json
import re

import pytest

from support import httpc, settings
from support.fake import Answer, errors
from support.waiting import until

pytestmark = pytest.mark.fake
LEASE = "/v1/database/creds/app"
FIELDS = ["id", "from", "method", "path", "status", "cache", "ms",
          "upstream_ms"]
TOKEN = "hvs.canary0token0of0a0caller"
PATHS = [f"/v1/auth/token/{verb}/{TOKEN}" for verb in (
    "lookup", "renew", "revoke", "revoke-orphan")] + [
    f"/v1/sys/{verb}/database/creds/app/{TOKEN[4:]}" for verb in (
        "leases/revoke", "leases/renew", "revoke", "renew")] + [
    f"/v1/ns1/auth/token/lookup/{TOKEN}", f"/v1/auth/token//lookup/{TOKEN}",
    f"/v1/sys/wrapping/unwrap/{TOKEN}", f"/v1/cubbyhole/{TOKEN}", f"/{TOKEN}",
    f"/v1/kv1/a?token={TOKEN}", f"/v1/kv1/a?{TOKEN}", "/v1/kv1/a#" + TOKEN]


def lines(daemon):
    """The fields of each request's line, in their order."""
    found = re.findall(r" request\.done (.*)", daemon.log())
    return [dict(pair.split("=", 1) for pair in line.split())
            for line in found]


def seen(daemon, count):
    """Those lines, once there are so many."""
    until(lambda: len(lines(daemon)) >= count, 30, "the lines of requests")
    return lines(daemon)


def listening(daemons, upstream, folder, **more):
    """A daemon on a socket that is known though its log may not tell."""
    config = settings.proxy(upstream.address)
    del config['listener "tcp"']
    config['listener "unix"'] = {"address": str(folder / "socket"),
                                 "tls_disable": True}
    daemon = daemons.create({**more, **config}).launch()
    until(lambda: answers(folder), 30, "the socket")
    return daemon


def answers(folder):
    """Whether somebody listens already."""
    try:
        return ask(folder, "/leasehold/v1/health").status == 200
    except OSError:
        return False


def ask(folder, path):
    """One request over that socket."""
    return httpc.Client(str(folder / "socket")).get(path)


def test_a_line_has_what_one_asks_of_it(leasehold, upstream):
    upstream.on("GET", "/v1/sys/mounts", Answer(200, {"data": {}}))
    client = leasehold.client()
    for path in (LEASE, LEASE, "/v1/sys/mounts", "/v1/none?a=b"):
        client.get(path)
    miss, hit, passed, none = seen(leasehold, 4)
    assert list(miss) == FIELDS
    assert [line["cache"] for line in (miss, hit, passed)] == [
        "miss", "hit", "pass"]
    assert [line["path"] for line in (miss, none)] == [LEASE, "/v1/none"]
    assert [line["status"] for line in (miss, none)] == ["200", "404"]
    assert miss["method"] == "GET" and miss["from"].startswith("127.0.0.1")
    assert int(hit["id"]) > int(miss["id"])
    assert hit["upstream_ms"] == "0" and int(miss["upstream_ms"]) >= 0


def test_the_same_in_json(daemons, upstream, folder):
    upstream.on("GET", "/v1/a", Answer(200, {"data": {}}, delay=0.05))
    daemon = listening(daemons, upstream, folder, log_format="json")
    ask(folder, "/v1/a?b=c")
    until(lambda: "request.done" in daemon.log(), 30, "the line")
    line, = [json.loads(text) for text in daemon.log().splitlines()
             if "request.done" in text]
    assert line["@message"] == "request.done" and line["@level"] == "info"
    assert [key for key in line if key[0] != "@"] == FIELDS
    assert line["path"] == "/v1/a" and line["status"] == 200
    assert line["upstream_ms"] >= 40


@pytest.mark.parametrize("level", ["info", "trace"])
def test_no_path_brings_a_secret_into_the_log(daemons, upstream, level):
    upstream.on("GET", "/v1/auth/token/lookup/*",
                errors(429, "once"), errors(404))
    config = settings.proxy(upstream.address, cache={})
    config["vault"]["retry"] = {"num_retries": 1}
    daemon = daemons.start({"log_level": level, **config})
    sent = 0
    for path in PATHS:
        for method in ("GET", "PUT"):
            with daemon.connection() as peer:
                peer.send(f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n"
                          "Content-Length: 0\r\n\r\n".encode())
                sent += peer.read_reply().status != 400
    assert len(seen(daemon, sent)) == sent >= 30
    if level == "trace":
        assert "upstream.retry" in daemon.log()
    assert TOKEN[4:] not in daemon.log()


def test_levels_leave_out_what_is_below(daemons, upstream, folder):
    daemon = listening(daemons, upstream, folder, log_level="warn")
    ask(folder, "/v1/a")
    daemon.stop()
    assert "request.done" not in daemon.log()
    assert "[INFO]" not in daemon.log()
