"""Fails each call of a kind in turn, each in a life of its own."""

import collections
import concurrent.futures
import errno
import math
import random
import shutil
import tempfile
import time

from faults import preload, standard

KINDS = {
    "memory": (preload.MEMORY, errno.ENOMEM),
    "reading": (("read", "__read_chk", "readv", "recv", "__recv_chk"),
                errno.EIO),
    "writing": (("write", "writev", "send"), errno.EIO),
    "sockets": (("socket", "connect", "getsockopt", "getsockname",
                 "setsockopt", "shutdown", "socketpair"), errno.ENOBUFS),
    "accepting": (("bind", "listen", "accept4"), errno.ENFILE),
    "waiting": (("epoll_create1", "epoll_ctl", "epoll_wait", "eventfd",
                 "pipe2", "pthread_create"), errno.ENOMEM),
    "files": (("open", "fstat", "fsync", "fdatasync", "fchmod", "fchown",
               "renameat", "rename", "unlink", "unlinkat", "mkstemp"),
              errno.EIO),
    "random numbers": (("getrandom",), errno.EPERM),
}
# Libraries that do not survive that an allocation of theirs fails, and why it
# is borne. How they then end, or what they then do, is not judged; one call of
# each way into them is enough.
FRAIL = {
    "malloc libseccomp.so.2":
        "crashes, spins, or makes a filter that is cut short, in about every "
        "second of its 3661 allocations (2.5.4). It takes no allocator; so "
        "call_filter.c has its memory before it begins, and only the sweep, "
        "which fails calls rather than the machine, can deny it any",
}
EVERY = math.inf    # calls to fail
LEAK_SLACK = 2      # sockets: a connection may be spare at the moment


class Sweep:
    """All calls of one kind."""

    def __init__(self, binary, kind, jobs=2):
        self.binary = binary
        self.kind = kind
        self.calls, self.code = KINDS[kind]
        self.jobs = jobs
        self.baseline = None
        self.ways = []
        self.frail = set()      # ways that lead into a frail library
        self.spared = 0         # calls by these
        self.outcomes = collections.Counter()
        self.messages = collections.Counter()
        self.problems = []

    def record(self):
        """One life in which nothing fails; how many calls there are."""
        self.baseline, fault = self._run({})
        self.ways = fault
        return len(self.ways)

    def numbers(self, limit=None, seed=0):
        """Which calls to fail: of each way the first and the last, or some
        of these; EVERY: these, and then all others."""
        chosen = {}
        for number, way in enumerate(self.ways, 1):
            first, _ = chosen.get(way, (number, number))
            chosen[way] = (first, number)
        found = sorted({n for pair in chosen.values() for n in pair})
        if limit == EVERY:
            others = set(range(1, len(self.ways) + 1)).difference(found)
            found += sorted(others)
        elif limit is not None and limit < len(found):
            found = sorted(random.Random(seed).sample(found, limit))
        return found

    def run(self, numbers, until=None):
        """Fail each of them; ends early when the time is over."""
        def one(number):
            if until is not None and time.monotonic() > until:
                return None
            if self.ways[number - 1] in self.frail:
                self.spared += 1
                return None
            return self._judged(number)
        with concurrent.futures.ThreadPoolExecutor(self.jobs) as pool:
            for outcome in pool.map(one, numbers):
                if outcome is not None:
                    self.outcomes[outcome.kind] += 1
                    self.messages[outcome.message] += 1
        return self

    def _judged(self, number):
        try:
            outcome, counts = self._run({"at": number})
        except standard.Wrong as problem:
            where = str(problem).split(":", 1)[0]
            if where in FRAIL:
                self.frail.add(self.ways[number - 1])
                return standard.Outcome(ended=True, message=where)
            self.problems.append(f"{self.kind} {number}: {problem}")
            return standard.Outcome(ended=True, message="wrong")
        leaked = self._leaked(outcome)
        if leaked:
            self.problems.append(
                f"{self.kind} {number} ({counts[2]}): {leaked}")
        return outcome

    def _leaked(self, outcome):
        if outcome.ended or not outcome.files or not self.baseline.files:
            return ""
        more = [have - had for have, had in
                zip(outcome.files, self.baseline.files)]
        if more[0] > 0 or more[1] > LEAK_SLACK:
            return f"{more} descriptors more than without it"
        return ""

    def _run(self, how):
        folder = tempfile.mkdtemp(prefix="leasehold-fault.")
        try:
            fault = preload.Fault(folder, self.calls, code=self.code, **how)
            try:
                outcome = standard.Run(self.binary, folder, fault).go()
            except standard.Wrong as problem:
                raise standard.Wrong(
                    f"{fault.counts()[2]}: {problem}") from problem
            return outcome, fault.counts() if how else fault.ways()
        finally:
            shutil.rmtree(folder, ignore_errors=True)
