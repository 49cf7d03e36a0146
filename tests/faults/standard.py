"""The standard scenario: what a daemon does in its life, and how it went.

Start, login, a read, a leased read, a hit, a renewal, a revocation, the end.
Something in it may fail. Then the caller must be told, or the process end
with a message; and nothing that was said before may turn out to be wrong.
"""

import contextlib
import dataclasses
import json
import os
import pathlib
import re
import signal
import subprocess

from support import clock, httpc, settings
from support.daemon import Daemon
from support.fake import Fake
from support.fake_leases import Leases
from support.fake_tokens import Tokens
from support.waiting import until

CANARY = "hvs.CANARY-of-the-sweep-"
SECRETS = (CANARY, "canary-secret-id", "canary-value", "canary-pad")
TRIES = 4
PATIENCE = 2.0              # seconds without progress before the clock moves
HANG_SECONDS = 60
LEASE_TTL = 3600
ABORTED = re.compile(       # what a process may say before it aborts
    r"^leasehold: out of memory$|^leasehold: cannot .*|OpenSSL internal error",
    re.M)
NO_REASON = re.compile(r"^$|^\S+Z \[|^ |^==>")
BROKEN = re.compile(r"broken promise.*")


class Ended(Exception):
    """The process is gone."""


class Wrong(AssertionError):
    """A promise was broken."""


@dataclasses.dataclass
class Outcome:
    """How a run went."""

    ended: bool = False         # before it was asked to
    status: int = 0
    message: str = ""
    errors: list = dataclasses.field(default_factory=list)
    files: tuple = ()           # open at the end: files, sockets

    @property
    def kind(self):
        """In a word."""
        if self.ended:
            return "ended"
        return "told" if self.errors else "unharmed"


class Run:
    """One life of one daemon."""

    def __init__(self, binary, folder, fault=None):
        self.folder = pathlib.Path(folder)
        self.clock = clock.Clock(folder)
        self.fault = fault
        self.fake = Fake()
        self.fake.now = self.clock.now
        self.tokens = Tokens(self.fake, LEASE_TTL * 10, now=self.clock.now)
        self.tokens.prefix = CANARY
        self.tokens.kv("/v1/kv1/a", {"color": "canary-value"})
        self.leases = Leases(self.tokens, LEASE_TTL)
        self.leases.pad = "canary-pad"
        self.outcome = Outcome()
        self.sink = self.folder / "sink"
        self.daemon = Daemon(binary, folder, self._config(), env=self._env())

    def _config(self):
        files = self.folder / "role_id", self.folder / "secret_id"
        for path, text in zip(files, ("a-role", "canary-secret-id")):
            path.write_text(text)
        auth = settings.approle(*files, min_backoff="1s", max_backoff="5s")
        auth.update(settings.sink(self.sink))
        config = settings.proxy(self.fake.address, auth, cache={},
                                limits={"idle_timeout": "24h"})
        config['listener "unix"'] = {
            "address": str(self.folder / "socket"), "tls_disable": True}
        return {"log_file": str(self.folder / "own.log"), **config}

    def _address(self):
        """Where it listens; the socket when the log could not tell."""
        named = [name for name in self.daemon.addresses()
                 if not name.endswith((":0", "socket"))]
        return (named or [str(self.folder / "socket")])[0]

    def _listens(self):
        """The unix socket is the last to be opened."""
        try:
            httpc.connect(str(self.folder / "socket"), PATIENCE).close()
        except OSError:
            return False
        return True

    def _env(self):
        env = self.clock.environment()
        return self.fault.environment(env) if self.fault else env

    def go(self):
        """All of it; the outcome. Raises Wrong."""
        try:
            self._live()
            self._stop()
        except Ended:
            self._note_end()
        except Exception as problem:
            raise Wrong(f"{problem}\n{self.daemon.log()[-2000:]}"
                        ) from problem
        finally:
            self._clean_up()
        self._judge()
        return self.outcome

    def _live(self):
        self.daemon.launch()
        self._until(self._listens, "listeners")
        self._become_ready()
        reply = self._ask("GET", "/v1/kv1/a")
        self._demand(reply.json["data"] == {"color": "canary-value"}, reply)
        first = self._ask("GET", "/v1/leased/x").json["lease_id"]
        again = self._ask("GET", "/v1/leased/x").json["lease_id"]
        self._demand(again in self.leases.by_id, again)
        self._renew(first)
        self._ask("PUT", "/v1/sys/leases/revoke", {"lease_id": again}, 204)
        after = self._ask("GET", "/v1/leased/x").json["lease_id"]
        self._demand(after != again, "a revoked lease is served")
        self._count_files()

    def _renew(self, lease):
        """The clock moves to where a renewal must have been tried."""
        if self.leases.renewals():
            return
        for _ in range(30):
            self.clock.advance(LEASE_TTL / 36)
            self._settle()
            if self.leases.renewals():
                return
        self._demand(False, f"no renewal of {lease}")

    def _become_ready(self):
        for _ in range(40):
            if self._look("/leasehold/v1/ready") == 200:
                return
            self.clock.advance(2)
        self._demand(False, "never ready")

    def _look(self, path="/leasehold/v1/health"):
        """A few turns of the loop; the last status."""
        status = None
        for _ in range(3):
            try:
                status = self._try("GET", path, None).status
            except (OSError, httpc.Closed, ValueError) as problem:
                self.outcome.errors.append(repr(problem))
        return status

    def _settle(self):
        """Until no work is under way, or none that makes progress."""
        quiet = 0
        for _ in range(100):
            try:
                reply = self._try("GET", "/leasehold/v1/status", None)
                if reply.status != 200:
                    raise httpc.Closed(f"status {reply.status}")
                running = reply.json["background"]["running"]
            except (OSError, httpc.Closed, ValueError) as problem:
                self.outcome.errors.append(repr(problem))
                continue
            quiet = 0 if running else quiet + 1
            if quiet == 3:
                return

    def _ask(self, method, path, body=None, wanted=200):
        """Until it is answered well; each error is noted."""
        for _ in range(TRIES):
            try:
                reply = self._try(method, path, body)
            except (OSError, httpc.Closed, ValueError) as problem:
                self.outcome.errors.append(repr(problem))
                continue
            if reply.status == wanted:
                return reply
            self._demand(reply.status >= 500 or reply.status == 429, reply)
            self.outcome.errors.append(str(reply.status))
            self.clock.advance(61)      # whatever was broken is left alone
        self._demand(False, f"{path}: {self.outcome.errors[-TRIES:]}")
        return None

    def _try(self, method, path, body):
        data = json.dumps(body).encode() if body else b""
        self._check_alive()
        try:
            with httpc.Connection(self._address(),
                                  PATIENCE) as peer:
                peer.send(httpc.render(method, path, (), data))
                return self._read(peer, method)
        except (OSError, httpc.Closed):
            self._check_alive()
            raise

    def _read(self, peer, method):
        """A reply; when there is none, that of the time limits."""
        kept = peer.buffer
        try:
            return peer.read_reply(method)
        except TimeoutError:
            self._demand(peer.buffer == kept, "half a reply")
            self.outcome.errors.append("late")
        peer.sock.settimeout(HANG_SECONDS)
        for _ in range(4):
            self.clock.advance(40)
            self._wake()
        try:
            return peer.read_reply(method)
        except TimeoutError:
            raise Wrong(f"{method} hangs") from None

    def _wake(self):
        """Turns the loop, so that it sees the time."""
        try:
            with httpc.Connection(self._address(), 1) as peer:
                peer.request("GET", "/leasehold/v1/health")
        except (OSError, httpc.Closed):
            self._check_alive()

    def _check_alive(self):
        """Raises when it has ended: a crash takes a moment to be seen."""
        try:
            self.daemon.process.wait(0.05 if self.outcome.errors else 0)
        except subprocess.TimeoutExpired:
            return
        raise Ended

    def _until(self, condition, what):
        def either():
            if self.daemon.process.poll() is not None:
                raise Ended
            return condition()
        return until(either, HANG_SECONDS, what)

    def _count_files(self):
        """Descriptors that are no sockets, and those that are."""
        seen = [self._see_files() for _ in range(3)]
        if all(seen):       # what is open for a moment only does not count
            self.outcome.files = tuple(map(min, zip(*seen)))

    def _see_files(self):
        folder = pathlib.Path(f"/proc/{self.daemon.pid}/fd")
        kinds = []
        try:
            for entry in os.listdir(folder):
                with contextlib.suppress(FileNotFoundError):    # closed now
                    kinds.append(os.readlink(folder / entry))
        except OSError:
            return None     # not ours to see, or it has just ended
        self._settle()
        sockets = sum(kind.startswith("socket:") for kind in kinds)
        moved = sum("/faketime_shm_" in kind for kind in kinds)
        return len(kinds) - sockets - moved, sockets

    def _stop(self):
        self.daemon.signal(signal.SIGTERM)
        try:
            status = self.daemon.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            # It may be the handler of the signal that could not write: who
            # stops a process asks it again.
            self.outcome.errors.append("asked to end again")
            self.daemon.signal(signal.SIGTERM)
            self.clock.advance(120)
            status = self.daemon.process.wait(HANG_SECONDS)
        if status != 0:
            raise Ended

    def _note_end(self):
        self.outcome.ended = True
        self.outcome.status = self.daemon.process.wait(HANG_SECONDS)
        log = self.daemon.log()
        self._demand(not BROKEN.search(log), log[-1500:])
        self.outcome.message = self._last_words(log)
        self._demand(self.outcome.message or self._lost_its_voice(),
                     f"ended with {self.outcome.status}: {log[-1500:]}")

    def _last_words(self, log):
        """What it said of its end; "" when it owes the reason."""
        if self.outcome.status == -signal.SIGABRT:
            found = ABORTED.search(log)
            return found[0] if found else ""
        if self.outcome.status != 1:
            return ""
        last = log.rstrip().rsplit("\n", 1)[-1]
        return "" if NO_REASON.match(last) else last.split(": ", 1)[-1]

    def _lost_its_voice(self):
        """Whether what failed was the writing of the message."""
        return self.fault and self.fault.counts()[2].startswith("write")

    def _judge(self):
        texts = [self.daemon.log()]
        own_log = self.folder / "own.log"
        if own_log.exists():
            texts.append(own_log.read_text(errors="replace"))
        for secret in SECRETS:
            self._demand(not any(secret in text for text in texts),
                         f"{secret} in a log")
        if self.sink.exists():
            self._demand(self.sink.read_text() in self.tokens.tokens,
                         "half a token in the sink")

    def _demand(self, condition, what):
        if not condition:
            raise Wrong(str(what))

    def _clean_up(self):
        if self.daemon.process and self.daemon.process.poll() is None:
            self.daemon.process.kill()
            self.daemon.process.wait()
        if self.daemon.process:
            clock.clean_up(self.daemon.pid)
        self.fake.stop()
