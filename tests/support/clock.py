"""Starts a daemon under a clock that the test moves (libfaketime)."""

import glob
import os

LIBRARIES = "/usr/lib/*/faketime/libfaketime.so.1"


def find_library():
    """The path of libfaketime, or None."""
    found = sorted(glob.glob(LIBRARIES))
    return found[0] if found else None


class Clock:
    """An offset to the true time, kept in a file that the library reads."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "clock")
        self.ahead = 0
        self.advance(0)

    def advance(self, seconds):
        """Move the clock forward."""
        self.ahead += seconds
        draft = self.path + ".new"
        with open(draft, "w", encoding="ascii") as file:
            file.write(f"+{self.ahead}\n")
        os.replace(draft, self.path)

    def environment(self):
        """For the daemon that is to live by this clock."""
        return {
            "LD_PRELOAD": find_library(),
            "FAKETIME_TIMESTAMP_FILE": self.path,
            "FAKETIME_NO_CACHE": "1",
        }
