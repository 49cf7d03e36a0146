"""Rows: the machine runs out of something, or its time moves."""

import errno
import os
import signal

from faults.place import Row
from faults.preload import Fault
from support import clock, httpc
from support.waiting import until

DESCRIPTORS = 40
DAY = 24 * 3600


def limited(place, count):
    """The program under a limit of descriptors."""
    path = place.folder / "limited"
    path.write_text(f'#!/bin/sh\nulimit -n {count}\n'
                    f'exec "{place.binary}" "$@"\n')
    path.chmod(0o755)
    return path


def out_of_descriptors(place):
    """Callers beyond the limit wait; those that are in are served."""
    daemon = place.ready(binary=limited(place, DESCRIPTORS))
    first = daemon.connection()
    lease = first.request("GET", "/v1/leased/x").json["lease_id"]
    crowd = []
    for _ in range(2 * DESCRIPTORS):
        crowd.append(daemon.connection())
    daemon.wait_for_log("accept_failed", 30)
    hit = first.request("GET", "/v1/leased/x")
    assert hit.headers["X-Cache"] == "HIT" and hit.json["lease_id"] == lease
    miss = first.request("GET", "/v1/leased/y").status
    assert miss in (200, 502, 503), miss
    for peer in crowd:
        peer.close()
    until(lambda: ask(daemon, "/v1/leased/z") == 200, 30, "room again")
    assert daemon.log().count("accept_failed") <= 3
    return Row("those connected: hits go on; others wait to be accepted, and "
               "are, when there is room", "nothing", "nothing")


def ask(daemon, path):
    """The status of a read, or None."""
    try:
        return daemon.client().get(path).status
    except (OSError, httpc.Closed):
        return None


def disk_is_full(place):
    """Sink and log cannot be written; both go on when there is room."""
    fault = Fault(place.folder, ("write", "writev", "fsync"),
                  code=errno.ENOSPC, every=1, only_files=True, switched=True)
    config = place.config()
    sink = place.folder / "sink"
    config["auto_auth"]['sink "file"'] = {"config": {"path": str(sink)}}
    fault.switch(True)
    daemon = place.daemons.create(config, env=fault.environment())
    config['listener "tcp"']["address"] = str(place.folder / "socket")
    config['listener "unix"'] = config.pop('listener "tcp"')
    daemon.write_config(config)
    daemon.launch()
    client = httpc.Client(str(place.folder / "socket"))
    until(lambda: ready(client), 30, "a token")
    assert client.get("/v1/leased/x").status == 200
    assert not sink.exists()
    fault.switch(False)
    until(sink.exists, 60, "the token in the sink")
    assert sink.read_text() in place.tokens.tokens
    assert not [n for n in os.listdir(place.folder) if ".tmp." in n]
    # The sink is there a moment before the log tells of it.
    daemon.wait_for_log(r"\blog\.dropped\b", 30)
    return Row("all its answers", "one login",
               "log lines, which are counted; the sink is late")


def ready(client):
    """Whether a daemon has a token, if it listens."""
    try:
        return client.get("/leasehold/v1/ready").status == 200
    except (OSError, httpc.Closed):
        return False


def wall_clock_jumps(place):
    """The date is wrong: lives are counted by the other clock."""
    moved = clock.Clock(place.folder)
    env = {**moved.environment(), "DONT_FAKE_MONOTONIC": "1",
           "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    daemon = place.ready(env=env)
    lease = daemon.client().get("/v1/leased/x").json["lease_id"]
    for jump in (-DAY, 400 * DAY):
        moved.advance(jump)
        again = daemon.client().get("/v1/leased/x")
        assert again.headers["X-Cache"] == "HIT"
        assert again.json["lease_id"] == lease
        assert 3500 < again.json["lease_duration"] <= 3600, again.json
    assert place.tokens.logins == 1 and not place.leases.renewals()
    return Row("the same lease with its true time", "nothing",
               "nothing; the date in answers and log is that of the machine")


def machine_sleeps(place):
    """All clocks jump over the end of a lease and of the token."""
    moved = place.moved()
    daemon = place.ready(env=moved.environment())
    timeline = clock.Timeline(moved, daemon)
    lease = daemon.client().get("/v1/leased/x").json["lease_id"]
    moved.advance(2 * DAY)
    timeline.pass_time(5)
    with daemon.connection(timeout=30) as peer:
        reply = peer.request("GET", "/v1/leased/x")
    assert reply.status == 200 and reply.json["lease_id"] != lease
    assert place.tokens.logins == 2
    return Row("a new lease", "a login, and a read",
               "the lease, which was dead")


def killed(place):
    """SIGKILL: what is left is whole."""
    config = place.config()
    sink = place.folder / "sink"
    config["auto_auth"]['sink "file"'] = {"config": {"path": str(sink)}}
    daemon = place.ready(config)
    lease = daemon.client().get("/v1/leased/x").json["lease_id"]
    until(sink.exists, 30, "the sink")
    daemon.signal(signal.SIGKILL)
    daemon.process.wait(30)
    daemon.options["exit_status"] = -signal.SIGKILL
    assert sink.read_text() in place.tokens.tokens
    after = place.ready(config)
    until(lambda: sink.read_text() == newest(place), 30, "the new token")
    reply = after.client().get("/v1/leased/x")
    assert reply.headers["X-Cache"] == "MISS"
    assert reply.json["lease_id"] != lease
    return Row("its connections closed; after the new start answers",
               "a second login; the first token and its leases live until "
               "their end", "the cache, the first token")


def newest(place):
    """The token that was given out last."""
    return list(place.tokens.tokens)[-1]


ROWS = {
    "no descriptors left": out_of_descriptors,
    "disk full": disk_is_full,
    "wall clock jumps": wall_clock_jumps,
    "machine sleeps two days": machine_sleeps,
    "killed by SIGKILL": killed,
}
