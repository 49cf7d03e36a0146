"""Rows: the calls of the C library fail, one after the other."""

import functools
import time

from faults import sweep
from faults.place import Row

MINUTES_EACH = 60
NAMES = {
    "memory": "each allocation fails",
    "reading": "each read fails",
    "writing": "each write fails",
    "sockets": "each socket call fails",
    "accepting": "bind, listen, accept fail",
    "waiting": "each wait fails",
    "files": "each file call fails",
    "random numbers": "no random numbers",
}


def fail_each(kind, place):
    """No call of that kind is without a way to go on, or an end by design."""
    jobs = sweep.Sweep(place.binary, kind)
    calls = jobs.record()
    chosen = jobs.numbers(place.effort)
    jobs.run(chosen, time.monotonic() + MINUTES_EACH * 60)
    assert not jobs.problems, "\n".join(jobs.problems)
    counts = jobs.outcomes
    tried = sum(counts.values())
    assert tried + jobs.spared == len(chosen), (
        f"{tried} of {len(chosen)} in time")
    frail = sum(jobs.messages[where] for where in sweep.FRAIL)
    end = "the end of the process"
    if frail:
        end += (f" ({frail} inside a frail library, where {jobs.spared} "
                "by the same ways were not tried)")
    return Row(
        app=f"of {tried} failures {counts['unharmed']} nothing, "
            f"{counts['told']} an error and then an answer, "
            f"{counts['ended']} {end}",
        vault="what it sees of a proxy that starts and ends",
        lost=f"at an end by design the cache and the token; no half file, no "
             f"descriptor ({calls} calls, {len(set(jobs.ways))} ways)")


ROWS = {name: functools.partial(fail_each, kind)
        for kind, name in NAMES.items()}
