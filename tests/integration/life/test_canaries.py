"""The search for secrets after each test finds what it must find."""

import os

import pytest

from support import canaries

pytestmark = [pytest.mark.fake, pytest.mark.plain]


@pytest.mark.parametrize("text", [
    "token=hvs.fake12", "hvb.AAAAAQ", "s.abcdefghijklmnopqrstuvwx",
    "secret_id-of-the-test", '"password":"canary-5x"'])
def test_a_secret_is_found_in_a_file(folder, text):
    (folder / "some.log").write_text(f"a {text}\n")
    assert len(canaries.search(folder, "", 0)) == 1


@pytest.mark.parametrize("text", [
    "accessor=abcdef", "s.short", "hmac-sha256:1a2b", "hvs.", "devs.net"])
def test_what_is_no_secret_is_not_found(folder, text):
    (folder / "some.log").write_text(f"a {text}\n")
    assert not canaries.search(folder, "", 0)


def test_a_sink_may_hold_one_and_a_log_may_not(folder):
    for name in ("sink", "own.log"):
        (folder / name).write_text("hvs.fake1")
    config = f'path = "{folder}/sink"\nlog_file = "{folder}/own.log"\n'
    problems = canaries.search(folder, config, 0)
    assert len(problems) == 1 and "own.log" in problems[0]


def test_a_daemon_that_leaves_one_behind_fails_the_test(leasehold):
    left = leasehold.folder / "left.tmp.1234"
    left.write_text("hvs.fake1")
    with pytest.raises(AssertionError, match="secrets where none may be"):
        leasehold.stop()
    left.unlink()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to read memory")
def test_what_lies_in_memory_is_found():
    held = [f"{kind}-of-the-test" for kind in ("secret_id", "hvs.CANARY")]
    assert set(held) <= set(canaries.in_memory(os.getpid(), False))
    kept = canaries.in_memory(os.getpid(), True)
    assert held[0] in kept and held[1] not in kept
