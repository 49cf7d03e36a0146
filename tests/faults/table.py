"""The table: a row a fault, each a function that may fail."""

import importlib
import json
import textwrap
import time
import traceback

from faults.place import Place

PARTS = ("calls", "machine", "callers", "upstream", "names")
WIDTHS = (24, 38, 38, 34)
HEAD = ("fault", "what the app saw", "what Vault saw", "what was lost")


def rows():
    """Name and function of each row, in order."""
    found = {}
    for part in PARTS:
        found.update(importlib.import_module(f"faults.{part}").ROWS)
    return found


def happen(name, binary, effort=None):
    """One row; raises what was not as it must be."""
    with Place(binary, effort) as place:
        return rows()[name](place)


def tell(name, binary, effort=None):
    """One row as a dict, also of one that failed."""
    began = time.monotonic()
    told = {"fault": name, "problem": None}
    try:
        told.update(vars(happen(name, binary, effort)))
    except Exception as problem:    # the table goes on and says so
        told["problem"] = f"{problem}\n{traceback.format_exc()}"
    told["seconds"] = round(time.monotonic() - began, 1)
    return told


def render(found):
    """The table as text."""
    lines = [*columns(HEAD), rule()]
    for told in found:
        if told["problem"]:
            cells = (told["fault"], "FAILED", "", told["problem"][:300])
        else:
            cells = (told["fault"], told["app"], told["vault"], told["lost"])
        lines += [*columns(cells), rule()]
    return "\n".join(lines) + "\n"


def columns(cells):
    """Lines of one row."""
    wrapped = [textwrap.wrap(cell, width) or [""]
               for cell, width in zip(cells, WIDTHS)]
    for number in range(max(map(len, wrapped))):
        parts = [(cell[number:] or [""])[0].ljust(width)
                 for cell, width in zip(wrapped, WIDTHS)]
        yield "  ".join(parts).rstrip()


def rule():
    """Between two rows."""
    return "  ".join("-" * width for width in WIDTHS)


def save(found, path):
    """The same for programs."""
    with open(path, "w", encoding="utf-8") as file:
        json.dump(found, file, indent=1)
        file.write("\n")
