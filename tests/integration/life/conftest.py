"""Fixtures of the tests of the process itself."""

import pytest

from support import settings


@pytest.fixture
def config(upstream, tokens, approle_files):
    """A usual configuration in front of the scripted upstream."""
    tokens.kv("/v1/kv1/a", {"color": "blue"})
    return settings.proxy(
        upstream.address, settings.approle(*approle_files), cache={})


@pytest.fixture
def leasehold(daemons, config):
    """A ready daemon."""
    return daemons.start(config).wait_ready()
