"""Programs on cores: started, waited for, measured, ended."""

import os
import pathlib
import re
import shutil
import socket
import subprocess
import time

PACKAGES = {
    "nginx": "nginx-light", "wrk": "wrk", "h2load": "nghttp2-client",
    "taskset": "util-linux", "openssl": "openssl", "cc": "gcc",
    "valgrind": "valgrind",
}
LIMITS = {"RLIMIT_NOFILE": 65536}


def missing(names):
    """What is not installed, as lines for a person."""
    return [f"{name}: Debian package {PACKAGES[name]}" for name in names
            if shutil.which(name) is None]


def free_port():
    """A port that nobody uses now."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return door.getsockname()[1]


def raise_limits():
    """As many descriptors as the largest scenario needs, if allowed."""
    import resource
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = LIMITS["RLIMIT_NOFILE"]
    if soft >= wanted:
        return soft
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(hard, wanted)))
    except (ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def on_core(core, command):
    """The command, bound to a core."""
    return ["taskset", "-c", str(core)] + [str(part) for part in command]


def clean_environment(folder):
    """Nothing of the caller's Vault or proxy settings."""
    env = {key: value for key, value in os.environ.items()
           if not key.startswith(("VAULT_", "BAO_", "LEASEHOLD_"))
           and not key.lower().endswith("_proxy")}
    env["HOME"] = str(folder)
    return env


class Program:
    """A process bound to a core, with its log in a folder."""

    def __init__(self, name, core, command, folder):
        self.name = name
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log_path = self.folder / f"{name}.log"
        self.started = time.monotonic()
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                on_core(core, command), stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, env=clean_environment(self.folder),
                cwd=self.folder)

    @property
    def pid(self):
        """The process id; taskset has become the program."""
        return self.process.pid

    def pids(self):
        """The process and its children."""
        path = f"/proc/{self.pid}/task/{self.pid}/children"
        try:
            children = pathlib.Path(path).read_text(encoding="ascii").split()
        except OSError:
            children = []
        return [self.pid] + [int(child) for child in children]

    def check(self):
        """Raise when it has ended."""
        if self.process.poll() is not None:
            log = self.log_path.read_text(errors="replace")[-2000:]
            raise RuntimeError(
                f"{self.name} ended with {self.process.returncode}:\n{log}")

    def stop(self):
        """Ask it to end; make it end."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def memory(self):
        """KiB of this process and its children: rss, anonymous, pss (None
        where the system does not let us read it)."""
        sums = {"rss": 0, "anonymous": 0, "pss": 0}
        for pid in self.pids():
            status = pathlib.Path(f"/proc/{pid}/status").read_text()
            sums["rss"] += field(status, "VmRSS")
            sums["anonymous"] += field(status, "RssAnon")
            try:
                rollup = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
                if sums["pss"] is not None:
                    sums["pss"] += field(rollup, "Pss")
            except OSError:
                sums["pss"] = None
        return sums

    def wakeups(self):
        """Voluntary context switches of all threads so far."""
        total = 0
        for pid in self.pids():
            for status in pathlib.Path(f"/proc/{pid}/task").glob("*/status"):
                total += field(status.read_text(), "voluntary_ctxt_switches")
        return total

    def cpu_seconds(self):
        """Time on a core so far, user and system."""
        ticks = 0
        for pid in self.pids():
            stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
            fields = stat.rsplit(")", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")


def field(text, name):
    """The number of a line "name: number" of a file in /proc; 0: none."""
    found = re.search(rf"^{name}:\s+(\d+)", text, re.M)
    return int(found.group(1)) if found else 0
