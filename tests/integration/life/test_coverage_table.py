"""The table of coverage: sums, the worst files, the status."""

import json
import pathlib
import subprocess
import sys

import pytest

pytestmark = [pytest.mark.fake, pytest.mark.plain]

TABLE = pathlib.Path(__file__).resolve().parents[2] / "coverage/table.py"


def tell(folder, *files):
    """Status and text of a table of files: name, lines, branches."""
    path = folder / "summary.json"
    path.write_text(json.dumps({"files": [{
        "filename": name, "line_covered": lines[0], "line_total": lines[1],
        "branch_covered": branches[0], "branch_total": branches[1]}
        for name, lines, branches in files]}))
    done = subprocess.run([sys.executable, TABLE, path], text=True,
                          capture_output=True, check=False)
    return done.returncode, done.stdout


def test_enough_is_enough(folder):
    status, text = tell(folder, ("src/base/a.c", (95, 100), (8, 10)),
                        ("src/http/b.c", (90, 100), (7, 10)))
    assert status == 0
    assert "all                            92.5%     75.0%" in text
    assert "    10 src/http/b.c" in text


def test_too_little_fails(folder):
    status, text = tell(folder, ("src/base/a.c", (95, 100), (7, 10)))
    assert status == 1
    assert "below 75 %: branches" in text


def test_nothing_counted_fails(folder):
    assert tell(folder)[0] == 1
