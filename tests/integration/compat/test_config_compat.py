"""The configuration files of the incumbents mean here what they mean there.

The corpus and what is said to each file of it are told by verdicts.tsv; see
support/compat.py for its columns. "table" beside this file prints it.
"""

import pytest

from support import compat

ROWS = compat.rows()


def test_the_table_tells_of_each_file_and_of_nothing_else():
    names = [row.file for row in ROWS]
    assert len(names) == len(set(names))
    assert set(names) == {path.name for path in compat.CORPUS.iterdir()}
    assert len(names) >= 60


def test_each_difference_has_its_reason_and_nothing_else_has():
    for row in ROWS:
        assert row.reason, row.file
        assert bool(row.why) != compat.agrees(row), row.file
        assert bool(row.words) == (row.leasehold != "accepts"), row.file


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.file)
def test_leasehold_says_what_the_table_tells(binary, row):
    said = compat.check(binary, row)
    assert said.word == row.leasehold, said.text
    assert row.words in said.text


@pytest.mark.plain
@pytest.mark.live
def test_the_incumbent_says_what_the_table_tells(pytestconfig):
    program, _ = pytestconfig.lh_server
    if not compat.is_known(program):
        pytest.skip(f"the table is of Vault 1.13, not of {program}")
    incumbent = compat.Incumbent(program)
    try:
        verdicts = incumbent.run_all(ROWS)
    finally:
        incumbent.close()
    for row, said in zip(ROWS, verdicts):
        assert said.word == row.agent, f"{row.file}: {said.text}"
        if row.agent == "refuses":
            assert row.reason in said.text, f"{row.file}: {said.text}"
