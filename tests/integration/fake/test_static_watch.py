"""A caller waits for a secret to change."""

import signal
import threading

import pytest

from support import clock
from support.waiting import until

pytestmark = pytest.mark.fake

A = "/v1/secret/data/a"


class Watcher:
    """A request that waits in a thread of its own."""

    def __init__(self, client, index, wait="60s", **more):
        self.reply = None
        target = f"{A}?leasehold_wait={wait}&leasehold_index={index}"
        self.thread = threading.Thread(
            target=lambda: setattr(self, "reply", client.get(target, **more)))
        self.thread.start()

    def end(self):
        """Its reply."""
        self.thread.join(90)
        assert self.reply is not None
        return self.reply


def patient(leasehold):
    """A client that waits as long as the daemon may."""
    return leasehold.client(timeout=90)


def watchers(leasehold):
    """How many wait."""
    return leasehold.status()["cache"]["watchers"]


@pytest.fixture
def leasehold(static, secrets):
    """A daemon that keeps secrets for two seconds."""
    secrets.set("a", "blue")
    return static({"secret/*": {"ttl": "2s"}})


def index_of(reply):
    """What to wait with."""
    return reply.headers["X-Leasehold-Index"]


def test_another_index_is_answered_at_once(leasehold, upstream):
    client = leasehold.client(timeout=30)   # half of the wait
    first = client.get(f"{A}?leasehold_wait=60s")
    reply = client.get(f"{A}?leasehold_index=1&leasehold_wait=60s")
    assert index_of(reply) == index_of(first)
    assert {r.query for r in upstream.requests(A)} == {""}


def test_a_write_wakes_all_who_wait(leasehold):
    client = patient(leasehold)
    index = index_of(client.get(A))
    waiting = [Watcher(client, index) for _ in range(5)]
    until(lambda: watchers(leasehold) == 5, 30, "all to wait")
    client.put(A, {"data": {"value": "red"}})
    for watcher in waiting:
        reply = watcher.end()
        assert reply.json["data"]["data"]["value"] == "red"
        assert index_of(reply) != index
    assert watchers(leasehold) == 0


@pytest.mark.plain
def test_a_change_elsewhere_is_seen_within_the_ttl(static, secrets, moved):
    secrets.set("a", "blue")
    leasehold = static({"secret/*": {"ttl": "2s"}}, moved.environment())
    client = patient(leasehold)
    waiting = [Watcher(client, index_of(client.get(A))) for _ in range(5)]
    until(lambda: watchers(leasehold) == 5, 30, "all to wait")
    secrets.set("a", "red")
    clock.Timeline(moved, leasehold).pass_time(2.1, 0.1)
    for watcher in waiting:
        assert watcher.end().json["data"]["data"]["value"] == "red"
    assert secrets.reads("a") == 2      # one of them read for all


def test_the_wait_ends(leasehold):
    client = leasehold.client()
    first = client.get(A)
    reply = Watcher(client, index_of(first), wait="500ms").end()
    assert (reply.status, index_of(reply)) == (200, index_of(first))
    known = Watcher(client, index_of(first), wait="500ms", headers=[
        ("If-None-Match", first.headers["ETag"])]).end()
    assert known.status == 304


def test_who_leaves_is_forgotten(leasehold):
    client = leasehold.client()
    index = index_of(client.get(A))
    peer = leasehold.connection()
    peer.send(f"GET {A}?leasehold_wait=60s&leasehold_index={index} HTTP/1.1\r\n"
              "Host: localhost\r\n\r\n".encode())
    until(lambda: watchers(leasehold) == 1, 30, "it to wait")
    peer.close()
    until(lambda: watchers(leasehold) == 0, 30, "it to be forgotten")


def test_only_so_many_wait(static, secrets):
    secrets.set("a", "blue")
    leasehold = static(static_max_watchers=1)
    client = patient(leasehold)
    index = index_of(client.get(A))
    first = Watcher(client, index)
    until(lambda: watchers(leasehold) == 1, 30, "it to wait")
    assert Watcher(client, index).end().status == 503
    client.put(A, {"data": {"value": "red"}})
    assert first.end().status == 200


def test_a_wait_that_is_no_duration_is_refused(leasehold):
    assert leasehold.client().get(f"{A}?leasehold_wait=soon").status == 400


def test_a_stop_does_not_wait_for_those_who_wait(leasehold):
    client = patient(leasehold)
    first = client.get(A)
    waiting = Watcher(client, index_of(first))
    until(lambda: watchers(leasehold) == 1, 30, "it to wait")
    leasehold.signal(signal.SIGTERM)
    assert leasehold.wait() == 0
    assert "leasehold.cut" not in leasehold.log()    # at the last moment
    assert waiting.end().status == 200
