"""Rows of the table of faults, and some of the calls that may fail."""

import pytest

from faults import table
from support import clock

pytestmark = [pytest.mark.fake, pytest.mark.plain]

CALLS = 8
ELSEWHERE = {           # rows whose ground other tests cover, and that wait
    "Vault away at the start": "test_upstream_away",
    "slow-loris bodies": "test_limits",
}
NAMES = [name for name in table.rows() if name not in ELSEWHERE]


@pytest.mark.parametrize("name", NAMES)
def test_a_fault_does_what_the_table_says(binary, name):
    if clock.find_library() is None:
        pytest.skip("no libfaketime")
    row = table.happen(name, binary, CALLS)
    assert row.app and row.vault and row.lost


def test_the_table_has_its_rows():
    assert len(table.rows()) >= 20


def test_a_row_that_fails_is_told(binary, monkeypatch):
    def broken(_):
        raise AssertionError("it went wrong")
    monkeypatch.setattr(table, "rows", lambda: {"broken": broken})
    told = table.tell("broken", binary)
    assert told["problem"].startswith("it went wrong")
    assert "FAILED" in table.render([told])
