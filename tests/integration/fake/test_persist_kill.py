"""Killed at any point while it writes, the next one starts, and truthfully."""

import random
import signal
import threading
import time

import pytest

from support.daemon import has_sanitizers
from support.httpc import Closed
from support.lives import Lives
from support.waiting import until

pytestmark = pytest.mark.fake

ROUNDS = 200
ROUNDS_SANITIZED = 30       # a start takes ten times as long there
ROLES = 8
SEED = 20


class Model:
    """What callers were told, and so what they may rely on."""

    def __init__(self, lives, rng):
        self.lives = lives
        self.rng = rng
        self.revoked = set()    # the caller has heard
        self.doubted = set()    # somebody asked; no answer was heard
        self.settled = {}       # role: lease that an earlier start had
        self.written = 0        # value of the last write that was heard
        self.asked = 0          # of the last one sent

    def check(self, client):
        """What a start serves; settles what it had."""
        for role in range(ROLES):
            reply = client.get(f"/v1/database/creds/r{role}")
            assert reply.status == 200, reply.body
            lease = reply.json["lease_id"]
            assert lease not in self.revoked
            known = self.settled.get(role)
            if known and known not in self.revoked | self.doubted:
                assert lease == known, "a lease that was settled is lost"
            if reply.headers.get("X-Cache") == "HIT":
                self.settled[role] = lease
            else:
                self.settled.pop(role, None)
        reply = client.get("/v1/secret/data/a")
        value = int(reply.json["data"]["data"]["value"])
        assert self.written <= value <= self.asked

    def change(self, client):
        """One request of a caller, at random."""
        role = self.rng.randrange(ROLES)
        path = f"/v1/database/creds/r{role}"
        if self.rng.random() < 0.3:
            self.asked += 1
            reply = client.put("/v1/secret/data/a",
                               {"data": {"value": str(self.asked)}})
            if reply.status == 204:
                self.written = self.asked
            return
        lease = client.get(path).json["lease_id"]
        assert lease not in self.revoked
        if self.rng.random() < 0.5:
            self.doubted.add(lease)
            reply = client.put("/v1/sys/leases/revoke", {"lease_id": lease})
            if reply.status == 204:
                self.revoked.add(lease)


def kill_later(daemon, delay):
    """Kill it from another thread; returns that."""
    def kill():
        # The random point: nothing waits for it.
        time.sleep(delay)
        daemon.signal(signal.SIGKILL)
    thread = threading.Thread(target=kill)
    thread.start()
    return thread


def test_killed_at_random_points_it_never_lies(
        daemons, tokens, approle_files, folder, binary):
    rng = random.Random(SEED)
    lives = Lives(daemons, tokens, approle_files, folder)
    lives.secrets.set("a", "0")
    model = Model(lives, rng)
    daemon = daemons.create(lives.config())
    rounds = ROUNDS_SANITIZED if has_sanitizers(binary) else ROUNDS
    for number in range(rounds):
        if number % 5 == 4:     # before, and while, it makes the new file
            daemon.launch()
            kill_later(daemon, rng.uniform(0, 0.03)).join()
            daemon.process.wait(30)
            continue
        daemon.start()
        client = daemon.client()
        model.check(client)
        if number % 40 == 0:    # what came is written, and not for a write
            size = lives.size()
            client.get(f"/v1/database/creds/extra{number}")
            until(lambda: lives.size() > size, 30, "the file to grow")
        killer = kill_later(daemon, rng.uniform(0, 0.04))
        try:
            while True:
                model.change(client)
        except (OSError, Closed):
            pass            # the connection, with the process
        killer.join()
        assert daemon.process.wait(30) == -signal.SIGKILL
    daemon.start()
    model.check(daemon.client())
    assert model.revoked and model.written > 0
    assert tokens.logins <= 2
