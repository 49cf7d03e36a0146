"""A name of a server that nobody finds until the test says so."""

import pathlib
import subprocess

from support.waiting import until

NAME = "slow.test"
SOURCE = pathlib.Path(__file__).with_name("slow_names.c")


class SlowName:
    """The name, and what a daemon needs in its environment to wait for it."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.asked = self.folder / "asked"
        self.found = self.folder / "found"
        self.library = self.folder / "slow_names.so"
        subprocess.run(["cc", "-std=gnu11", "-D_GNU_SOURCE", "-O1", "-fPIC",
                        "-shared", "-o", str(self.library), str(SOURCE)],
                       check=True)

    @property
    def env(self):
        """For the daemon."""
        return {"LD_PRELOAD": str(self.library), "SLOW_NAME": NAME,
                "SLOW_NAME_ASKED": str(self.asked),
                "SLOW_NAME_FOUND": str(self.found)}

    def wait_until_asked(self, seconds=30):
        """Somebody looks it up, and waits."""
        until(self.asked.exists, seconds, "a look-up of the name")

    def let_find(self):
        """All who wait find it, and all who come."""
        self.found.touch()
