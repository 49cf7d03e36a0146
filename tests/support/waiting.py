"""Waiting for a condition, never for a time."""

import time

STEP_SECONDS = 0.02


def until(condition, seconds=30.0, what="the condition"):
    """Return the first true value of condition(), or fail after seconds."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds} s in vain for {what}")
        # The pause between two looks; nothing depends on its length.
        time.sleep(STEP_SECONDS)
