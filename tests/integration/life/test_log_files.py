"""The log file: rotated by size, opened anew on SIGHUP, and not flooded."""

import re
import signal

import pytest

from support import settings
from support.waiting import until

pytestmark = pytest.mark.fake


def start(daemons, upstream, folder, **more):
    """A daemon that logs into a folder."""
    return daemons.start({"log_file": str(folder) + "/", **more,
                          **settings.proxy(upstream.address)})


def fill(daemon, count):
    """So many lines of requests."""
    with daemon.connection() as peer:
        for _ in range(count):
            peer.request("GET", "/v1/a")


def test_it_is_rotated_by_size(daemons, upstream, folder):
    daemon = start(daemons, upstream, folder, log_rotate_bytes=4096,
                   log_rotate_max_files=2)
    fill(daemon, 200)
    daemon.stop()
    current = folder / "leasehold.log"
    old = sorted(folder.glob("leasehold-*.log"))
    assert len(old) == 2
    for path in (current, *old):
        assert path.stat().st_size <= 4096
        assert path.stat().st_mode & 0o777 == 0o640
        assert path.read_text().endswith("\n")
    assert all(re.fullmatch(r"leasehold-\d{19}\.log", p.name) for p in old)
    text = "".join(path.read_text() for path in (*old, current))
    assert text in daemon.log()


def test_it_is_opened_anew_on_a_hangup(daemons, upstream, folder):
    daemon = start(daemons, upstream, folder)
    fill(daemon, 1)
    path, moved = folder / "leasehold.log", folder / "moved"
    path.rename(moved)
    daemon.signal(signal.SIGHUP)
    until(path.exists, 30, "the new file")
    daemon.wait_for_log("reload.done")
    fill(daemon, 1)
    until(lambda: "request.done" in path.read_text(), 30, "a line in it")
    assert moved.read_text().count("request.done") == 1


def test_repeats_are_counted_and_requests_are_not_left_out(
        daemons, upstream):
    upstream.close_port()
    daemon = daemons.start(settings.proxy(
        upstream.address,
        vault={"address": upstream.address, "retry": {"num_retries": -1}}))
    fill(daemon, 50)
    daemon.stop()
    log = daemon.log()
    assert log.count("upstream.failed id=") == 10
    assert log.count(" request.done ") == 50
    assert "log.repeated event=upstream.failed left_out=40" in log
    upstream.open_port()
