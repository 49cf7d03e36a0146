"""A short soak: load while all faults switch at random. Runs with sanitizers,
too; ten minutes of it are tests/faults/soak."""

import pytest

from faults import soaking

pytestmark = pytest.mark.fake

SECONDS = 20


def test_promises_hold_under_load_while_all_faults_switch(binary):
    figures = soaking.soak(binary, SECONDS, seed=1)
    assert figures["switches"] > 5
    assert figures["statuses"].get(200), figures
