"""Looks into the memory of a process, as root may."""

import pathlib
import re

MAPPING = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+ *(.*)$")


def mappings(pid):
    """Start, end and whether a core would hold it, of what can be written."""
    found = []
    for line in pathlib.Path(f"/proc/{pid}/smaps").read_text().splitlines():
        match = MAPPING.match(line)
        if match:
            start, end = int(match[1], 16), int(match[2], 16)
            is_ours = "rw" in match[3] and match[4] not in ("[vvar]",)
        elif line.startswith("VmFlags:") and is_ours:
            found.append((start, end, " dd" not in line))
    return found


def pieces(pid):
    """What can be written, each with whether a core would hold it."""
    with open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for start, end, is_dumped in mappings(pid):
            memory.seek(start)
            try:
                yield memory.read(end - start), is_dumped
            except OSError:
                continue        # a guard page


def search(pid, text):
    """How often it is in memory: in what a core would hold, and elsewhere."""
    wanted = text if isinstance(text, bytes) else text.encode()
    counts = {True: 0, False: 0}
    for data, is_dumped in pieces(pid):
        counts[is_dumped] += data.count(wanted)
    return counts[True], counts[False]
