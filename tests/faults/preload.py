"""The library that makes calls fail: its settings and what it has counted."""

import errno
import functools
import os
import pathlib
import struct
import subprocess
import tempfile

from support import clock, daemon

HEAD = struct.Struct("=QQ112s")
WAYS_MAX = 1 << 20
MEMORY = ("malloc",)


@functools.lru_cache
def find_library():
    """Beside the program under test, or else compiled now."""
    built = daemon.find_binary().parent / "tests/faults/fault.so"
    if built.is_file():
        return str(built)
    path = os.path.join(tempfile.mkdtemp(prefix="leasehold-fault."),
                        "fault.so")
    source = pathlib.Path(__file__).with_name("fault.c")
    subprocess.run(
        ["cc", "-std=gnu11", "-D_GNU_SOURCE", "-O1", "-fPIC", "-shared",
         "-o", path, str(source)], check=True)
    return path


class Fault:
    """What is to fail in one daemon."""

    def __init__(self, folder, calls, **how):
        """how: code (errno), at, every, library, only_files, switched."""
        self.state_path = os.path.join(folder, "fault.state")
        self.switch_path = os.path.join(folder, "fault.on")
        self.calls = calls
        self.how = how

    def environment(self, env=()):
        """For the daemon; env is what it needs besides."""
        env = dict(env)
        loaded = [find_library(), env.get("LD_PRELOAD", "")]
        env["LD_PRELOAD"] = ":".join(filter(None, loaded))
        env["FAULT_CALLS"] = f",{','.join(self.calls)},"
        env["FAULT_STATE"] = self.state_path
        env["FAULT_ERRNO"] = str(self.how.get("code", errno.EIO))
        for key in ("at", "every"):
            if key in self.how:
                env[f"FAULT_{key.upper()}"] = str(self.how[key])
        if "library" in self.how:
            env["FAULT_FROM"] = self.how["library"]
        if self.how.get("only_files"):
            env["FAULT_FILES"] = "1"
        if self.how.get("switched"):
            env["FAULT_SWITCH"] = self.switch_path
        return env

    def switch(self, is_on):
        """From now on they fail, or they do not."""
        if is_on:
            pathlib.Path(self.switch_path).touch()
        else:
            os.unlink(self.switch_path)

    def counts(self):
        """Calls, failures, and where the first failure was."""
        with open(self.state_path, "rb") as file:
            calls, failed, first = HEAD.unpack(file.read(HEAD.size))
        return calls, failed, first.split(b"\0")[0].decode()

    def ways(self):
        """For each call, in order, the way by which the program came there."""
        calls = min(self.counts()[0], WAYS_MAX)
        with open(self.state_path, "rb") as file:
            file.seek(HEAD.size)
            return struct.unpack(f"={calls}Q", file.read(8 * calls))


def with_clock(moved):
    """The environment of a daemon by the clock of the test."""
    return moved.environment() if clock.find_library() else {}
