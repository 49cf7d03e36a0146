"""Prints what gcovr has counted: folder by folder, the worst files, the sum.

usage: table.py SUMMARY

The status is 1 when lines or branches are below what they must be.
"""

import collections
import json
import sys

WANTED = {"line": 90.0, "branch": 75.0}
WORST = 12


def percent(covered, total):
    """A part of a whole; nothing of nothing is all."""
    return 100.0 * covered / total if total else 100.0


def read(path):
    """The counts of each file: name, lines, branches, each as a pair."""
    with open(path, encoding="utf-8") as file:
        summary = json.load(file)
    return [(entry["filename"],) + tuple(
        (entry[f"{kind}_covered"], entry[f"{kind}_total"])
        for kind in WANTED) for entry in summary["files"]]


def sums(files):
    """By folder, and of all."""
    found = collections.defaultdict(lambda: [[0, 0], [0, 0]])
    for name, *pairs in files:
        for place in (name.rsplit("/", 1)[0], "all"):
            for total, pair in zip(found[place], pairs):
                total[0] += pair[0]
                total[1] += pair[1]
    return found


def render(files):
    """The table as lines."""
    found = sums(files)
    yield f"{'folder':<28} {'lines':>7} {'branches':>9}"
    for place in [*sorted(set(found) - {"all"}), "all"]:
        shares = [percent(*pair) for pair in found[place]]
        yield f"{place:<28} {shares[0]:6.1f}% {shares[1]:8.1f}%"
    yield ""
    yield "lines without a test, the files with the most of them:"
    missing = sorted(((total - covered, name)
                      for name, (covered, total), _ in files), reverse=True)
    for count, name in missing[:WORST]:
        if count:
            yield f"{count:6} {name}"


def main(path):
    """The exit status."""
    files = read(path)
    print("\n".join(render(files)))
    total = sums(files)["all"]
    missed = [kind for kind, pair in zip(WANTED, total)
              if percent(*pair) < WANTED[kind]]
    for kind in missed:
        print(f"below {WANTED[kind]:.0f} %: {kind}es" if kind == "branch"
              else f"below {WANTED[kind]:.0f} %: {kind}s")
    return 1 if missed or not files else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
