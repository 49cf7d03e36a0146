"""Starts the real binary, watches it, and stops it.

Every daemon has a folder of its own, listens on ports that the system picks
and tells them in its log. Reports of the sanitizers count as failures.
"""

import functools
import os
import pathlib
import re
import signal
import subprocess
import time

from support import canaries, clock, httpc, settings
from support.waiting import until

OPENED = re.compile(r"\blistener\.opened\b.*?\baddress=(\S+)\s")
STOP_SECONDS = 40
SHOWN_LINES = 100
ROOT = pathlib.Path(__file__).resolve().parents[2]


def find_binary():
    """The binary under test: $LEASEHOLD_BIN, or one built in the tree."""
    named = os.environ.get("LEASEHOLD_BIN")
    if named:
        return pathlib.Path(named).resolve()
    for folder in ("build/plain", "build", "."):
        path = ROOT / folder / "leasehold"
        if path.is_file():
            return path
    return None


@functools.lru_cache
def has_sanitizers(binary):
    """Whether the binary was built with the address sanitizer."""
    return b"__asan_init" in pathlib.Path(binary).read_bytes()


def clean_environment(folder):
    """The environment of a daemon: nothing of the caller's Vault settings."""
    env = {key: value for key, value in os.environ.items()
           if not key.startswith(("VAULT_", "BAO_", "LEASEHOLD_", "PYTEST_"))
           and not key.lower().endswith("_proxy")}
    env["HOME"] = str(folder)
    env["ASAN_OPTIONS"] = (
        f"log_path={folder}/sanitizer:detect_leaks=1:exitcode=99"
        ":verify_asan_link_order=0")    # the library of the clock comes first
    env["UBSAN_OPTIONS"] = (
        f"log_path={folder}/sanitizer:print_stacktrace=1")
    return env


class Daemon:
    """One process of leasehold."""

    def __init__(self, binary, folder, config, **options):
        """options: args, env, user (number), listeners (how many), wrapper
        (a command before ours), pass_fds."""
        self.binary = pathlib.Path(binary)
        self.folder = pathlib.Path(folder)
        self.options = options
        self.config_path = self.folder / "leasehold.hcl"
        self.log_path = self.folder / "log"
        self.process = None
        self.config = ""
        self.final_log = None
        self.born = 0.0
        self.write_config(config)

    def write_config(self, config):
        """Replace the configuration; a dict is rendered as HCL."""
        text = config if isinstance(config, str) else settings.render(config)
        self.config = text
        self.config_path.write_text(text)
        self.config_path.chmod(0o644)

    def launch(self):
        """Start the process; wait for nothing."""
        self.born = self.born or time.time()
        env = clean_environment(self.folder)
        env.update(self.options.get("env") or {})
        command = [*self.options.get("wrapper", ()), str(self.binary),
                   "-config", str(self.config_path)]
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                command + list(self.options.get("args", ())),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env,
                cwd=self.folder, start_new_session=True,
                pass_fds=self.options.get("pass_fds", ()),
                **self._identity())
        return self

    def start(self):
        """Start the process and wait until it listens."""
        self.launch()
        wanted = self.options.get("listeners", 1)
        until(lambda: self._listens(wanted), 60, "listeners to open")
        return self

    def _identity(self):
        user = self.options.get("user")
        if user is None:
            return {}
        return {"user": user, "group": user, "extra_groups": []}

    def _listens(self, wanted):
        if self.process.poll() is not None:
            raise AssertionError(
                f"leasehold ended with {self.process.returncode}\n"
                + self.log())
        return len(self.addresses()) >= wanted

    @property
    def pid(self):
        """The process id."""
        return self.process.pid

    def log(self):
        """All log lines so far; none that is being written."""
        if self.final_log is not None:
            return self.final_log
        is_alive = self.process and self.process.poll() is None
        try:
            text = self.log_path.read_text(errors="replace")
        except FileNotFoundError:
            return ""
        return text[:text.rfind("\n") + 1] if is_alive else text

    def wait_for_log(self, pattern, seconds=30.0):
        """Wait until a log line matches."""
        return until(lambda: re.search(pattern, self.log(), re.M), seconds,
                     f"the log line {pattern!r}")

    def addresses(self):
        """Where it listens, in the order of the configuration."""
        return [value.strip('"') for value in OPENED.findall(self.log())]

    def client(self, index=0, **options):
        """A client of one of its listeners."""
        return httpc.Client(self.addresses()[index], **options)

    def get(self, path, status=200):
        """Read a path; the status is what is expected."""
        reply = self.client().get(path)
        assert reply.status == status, reply.body
        return reply

    def connection(self, index=0, **options):
        """A connection to one of its listeners."""
        return httpc.Connection(self.addresses()[index], **options)

    def status(self):
        """What /leasehold/v1/status says."""
        return self.client().get("/leasehold/v1/status").json

    def cache_counts(self):
        """What its cache counts; what entered must be there or have left."""
        counts = self.status()["cache"]
        assert counts["entered"] == (
            counts["entries"] + sum(counts["left"].values())), counts
        return counts

    def wait_ready(self, seconds=30.0):
        """Wait until it has a living token."""
        until(lambda: self.client().get("/leasehold/v1/ready").status == 200,
              seconds, "leasehold to be ready")
        return self

    def rss_bytes(self):
        """Resident memory now."""
        return self._status_bytes("VmRSS")

    def peak_bytes(self):
        """The most memory that was resident at any time."""
        return self._status_bytes("VmHWM")

    def mapped_bytes(self):
        """Its addresses now, whether there is memory behind them or not."""
        return self._status_bytes("VmSize")

    def _status_bytes(self, name):
        text = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(rf"^{name}:\s+(\d+) kB", text, re.M)[1]) * 1024

    def signal(self, number):
        """Send a signal."""
        self.process.send_signal(number)

    def wait(self, seconds=STOP_SECONDS):
        """Wait for its end; returns the exit status."""
        try:
            return self.process.wait(seconds)
        finally:
            self.final_log = self.final_log or self.log()

    def stop(self):
        """End it by SIGTERM; fail when it does not end well."""
        if self.process is None:
            return
        if self.process.poll() is None:
            leaks = self.secrets_told() + self.secrets_inside()
            self.signal(signal.SIGTERM)
        else:
            leaks = []
        try:
            status = self.wait()
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            clock.clean_up(self.pid)
            raise AssertionError("leasehold did not end on SIGTERM") from None
        finally:
            reports = self.sanitizer_reports()
        assert not reports, reports
        leaks += canaries.search(self._ground(), self.config, self.born)
        assert not leaks, f"secrets where none may be: {leaks}"
        assert status == self.options.get("exit_status", 0), (
            f"leasehold ended with {status}")

    def _ground(self):
        """The folder of the test, where there is one of its own."""
        above = self.folder.parent
        return above if above.name.startswith("leasehold-") else self.folder

    def secrets_told(self):
        """Secrets in what it tells of itself, where it can be asked."""
        addresses = self.addresses()
        if not addresses or not self.options.get("is_scraped", True):
            return []
        return canaries.scrape(httpc.Client(addresses[0], timeout=2))

    def secrets_inside(self):
        """Secrets in memory that a core would hold, once all is at rest."""
        if os.geteuid() != 0 or has_sanitizers(self.binary):
            return []
        found = []

        def is_wiped():
            found[:] = self._found_inside()
            return not found
        try:
            until(is_wiped, 30, "memory to be wiped")
        except AssertionError:
            return [f"memory: {', '.join(found[:5])}"]
        except OSError:
            pass            # gone meanwhile
        return []

    def _found_inside(self):
        found = canaries.in_memory(self.pid, False)
        return found and canaries.in_memory(self.pid, self._keeps_answers())

    def _keeps_answers(self):
        """Whether its cache holds something; who may not ask has to think so."""
        try:
            return self.status()["cache"]["entries"] > 0
        except Exception:   # TLS, rules, limits: what the test is about
            return True

    def sanitizer_reports(self):
        """What the sanitizers have found."""
        found = sorted(self.folder.glob("sanitizer.*"))
        return "\n".join(path.read_text(errors="replace") for path in found)

    def describe(self):
        """For the report of a failed test: a long log without its middle."""
        lines = self.log().splitlines()
        if len(lines) > 2 * SHOWN_LINES:
            cut = f"... {len(lines) - 2 * SHOWN_LINES} lines ..."
            lines[SHOWN_LINES:-SHOWN_LINES] = [cut]
        return "\n".join([self.config, *lines])


class Daemons:
    """Starts daemons for one test and stops them after it."""

    def __init__(self, binary, folder):
        self.binary = binary
        self.folder = pathlib.Path(folder)
        self.all = []

    def create(self, config, **options):
        """A daemon that is not yet started."""
        folder = self.folder / f"daemon{len(self.all)}"
        folder.mkdir()
        binary = options.pop("binary", self.binary)
        self.all.append(Daemon(binary, folder, config, **options))
        if options.get("user") is not None:
            os.chown(folder, options["user"], options["user"])
        return self.all[-1]

    def start(self, config, **options):
        """A daemon that listens."""
        return self.create(config, **options).start()

    def stop(self):
        """Stop all, then tell of the first that did not end well."""
        problems = []
        for daemon in self.all:
            try:
                daemon.stop()
            except AssertionError as problem:
                problems.append(problem)
        if problems:
            raise problems[0]

    def describe(self):
        """For the report of a failed test."""
        return "\n----\n".join(daemon.describe() for daemon in self.all)
