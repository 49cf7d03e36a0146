#!/usr/bin/python3
"""Adds up what the test programs of automake and pytest have reported.

usage: tally.py [--need-live] [--log FOLDER]... [--junit FILE]...
                [--problem TEXT]...

A cmocka program counts test by test, any other program as one. A problem, a
folder without results, a JUnit file that is not there: each counts as failed.
The last line is "N passed, N failed, N skipped"; the status is 1 when one
failed, or, with --need-live, when no live test passed.
"""

import argparse
import collections
import pathlib
import re
import sys
import xml.etree.ElementTree

CMOCKA = re.compile(
    r"^\[\s+(PASSED|FAILED|SKIPPED)\s+\] (\d+) test\(s\)", re.M)
RESULT = re.compile(r"^:test-result: (\S+)", re.M)
KINDS = {"PASSED": "passed", "FAILED": "failed", "SKIPPED": "skipped",
         "PASS": "passed", "XFAIL": "passed", "SKIP": "skipped"}


def count_program(trs):
    """The results of one program, by its .trs and .log files."""
    counts = collections.Counter()
    log = trs.with_suffix(".log").read_text(errors="replace")
    for kind, number in CMOCKA.findall(log):
        counts[KINDS[kind]] += int(number)
    verdict = KINDS.get(RESULT.search(trs.read_text())[1], "failed")
    if not counts or (verdict == "failed" and not counts["failed"]):
        counts[verdict] += 1
    return counts


def count_folder(folder):
    """The results of all programs that left a .trs file in a folder."""
    counts = collections.Counter()
    for trs in sorted(pathlib.Path(folder).rglob("*.trs")):
        counts += count_program(trs)
    return counts


def verdict_of(case):
    """What became of a test case."""
    kinds = {child.tag for child in case}
    if kinds & {"failure", "error"}:
        return "failed"
    return "skipped" if "skipped" in kinds else "passed"


def count_junit(path):
    """The results in a JUnit file; live tests that passed as "live", too."""
    counts = collections.Counter()
    try:
        cases = list(xml.etree.ElementTree.parse(path).iter("testcase"))
    except FileNotFoundError:
        return counts
    for case in cases:
        verdict = verdict_of(case)
        counts[verdict] += 1
        if verdict == "passed" and ".live." in case.get("classname", ""):
            counts["live"] += 1
    return counts


def count_all(sources, problems):
    """The sum over (how to count, what); empty ones become problems."""
    total = collections.Counter()
    for count, source in sources:
        counts = count(source)
        total += counts
        if not counts:
            problems.append(f"no results in {source}")
    return total


def parse_arguments():
    """The command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--log", action="append", default=[])
    parser.add_argument("--junit", action="append", default=[])
    parser.add_argument("--problem", action="append", default=[])
    parser.add_argument("--need-live", action="store_true")
    return parser.parse_args()


def main():
    """Count, tell, judge."""
    options = parse_arguments()
    problems = list(options.problem)
    counts = count_all(
        [(count_folder, path) for path in options.log]
        + [(count_junit, path) for path in options.junit], problems)
    if options.need_live and not counts["live"]:
        problems.append("no live test ran, though a server can be had")
    for problem in problems:
        print(f"failed: {problem}")
    counts["failed"] += len(problems)
    print(f"{counts['passed']} passed, {counts['failed']} failed, "
          f"{counts['skipped']} skipped")
    sys.exit(counts["failed"] > 0)


if __name__ == "__main__":
    main()
