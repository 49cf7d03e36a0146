"""Fixtures of the tests against the scripted upstream."""

import pytest

from support import settings


@pytest.fixture
def leasehold(daemons, upstream, tokens, approle_files):
    """A ready daemon in front of the scripted upstream, with a cache."""
    tokens.kv("/v1/kv1/a", {"color": "blue"})
    return daemons.start(settings.proxy(
        upstream.address, settings.approle(*approle_files),
        cache={})).wait_ready()
