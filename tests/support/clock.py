"""Starts a daemon under a clock that the test moves (libfaketime)."""

import glob
import os
import time

from support import httpc

QUIET_LOOKS = 3
LIBRARIES = "/usr/lib/*/faketime/libfaketime.so.1"


def find_library():
    """The path of libfaketime, or None."""
    found = sorted(glob.glob(LIBRARIES))
    return found[0] if found else None


def clean_up(pid):
    """Remove what a killed process left: the next of its number would fail."""
    for path in glob.glob(f"/dev/shm/*faketime_*_{pid}"):
        os.unlink(path)


class Clock:
    """A moment kept in a file that the library reads.

    It stands still until the test moves it, so nothing falls due between two
    moves, and both ends agree on the time to the millisecond.
    """

    def __init__(self, folder):
        self.path = os.path.join(folder, "clock")
        self.moment = float(int(time.time()))
        self.advance(0)

    def advance(self, seconds):
        """Move the clock forward."""
        self.moment = round(self.moment + seconds, 3)
        draft = self.path + ".new"
        day = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(self.moment))
        with open(draft, "w", encoding="ascii") as file:
            file.write(f"{day}.{round(self.moment % 1 * 1000):03}\n")
        os.replace(draft, self.path)

    def now(self):
        """The moment, in seconds."""
        return self.moment

    def environment(self):
        """For the daemon that is to live by this clock."""
        return {
            "LD_PRELOAD": find_library(),
            "FAKETIME_TIMESTAMP_FILE": self.path,
            "FAKETIME_NO_CACHE": "1",
        }


class Timeline:
    """Lets time pass for a daemon, which does all that falls due meanwhile."""

    def __init__(self, clock, daemon):
        self.clock = clock
        self.daemon = daemon
        self.peer = None

    def look(self):
        """What its status says; each look turns its loop."""
        for _ in range(3):
            try:
                if self.peer is None:
                    self.peer = self.daemon.connection()
                return self.peer.request("GET", "/leasehold/v1/status").json
            except (OSError, httpc.Closed):
                self.peer = None    # idle for too long, by the moved clock
        raise AssertionError("the daemon closes every connection")

    def settle(self):
        """Let it do what is due; returns its status afterwards.

        The end of one piece of work may start the next a turn later, and a
        look is answered before the timers of its turn.
        """
        self.look()
        quiet = 0
        while quiet < QUIET_LOOKS:
            status = self.look()
            quiet = 0 if status["background"]["running"] else quiet + 1
        return status

    def advance(self, seconds):
        """One step, in which the loop sees the end only."""
        self.clock.advance(seconds)
        return self.settle()

    def pass_time(self, seconds, step=1):
        """So many seconds, step by step."""
        for _ in range(int(seconds / step)):
            status = self.advance(step)
        return status
