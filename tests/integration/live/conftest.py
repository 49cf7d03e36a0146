"""Fixtures of the tests against a real server."""

import itertools

import pytest

from support import settings

NUMBERS = itertools.count(1)


@pytest.fixture
def login(real_vault, folder):
    """Makes an AppRole; gives the auto_auth block that logs in with it."""
    def make(**role):
        files = real_vault.approle(f"app{next(NUMBERS)}", folder, **role)
        return settings.approle(*files, min_backoff="100ms")
    return make


@pytest.fixture
def leasehold(real_vault, daemons, login, record_property):
    """A ready daemon in front of the real server, with a cache."""
    record_property("server", real_vault.version)
    return daemons.start(settings.proxy(
        real_vault.address, login(token_ttl="1h"), cache={})).wait_ready()
