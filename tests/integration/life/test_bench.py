"""The bench itself: it starts, measures and writes what it measured."""

import json
import os
import pathlib
import shutil
import subprocess

import pytest

RUN = pathlib.Path(__file__).resolve().parents[2] / "bench" / "run"


@pytest.mark.plain
def test_the_bench_measures_the_start(binary, tmp_path):
    """One round of the shortest scenario."""
    lacking = [name for name in ("nginx", "wrk", "taskset", "openssl", "cc")
               if shutil.which(name) is None]
    if lacking:
        pytest.skip("not installed: " + ", ".join(lacking))
    done = subprocess.run(
        [str(RUN), "--only", "start", "--rounds", "1", "--out",
         str(tmp_path / "result")], text=True, capture_output=True,
        env={**os.environ, "LEASEHOLD_BIN": str(binary)}, timeout=120,
        check=False)
    assert done.returncode == 0, done.stderr
    result = json.loads((tmp_path / "result.json").read_text())
    assert all(seconds > 0 for seconds in result["start"]["leasehold"])
    assert "start to first answer" in done.stdout
