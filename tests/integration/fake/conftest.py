"""Fixtures of the tests against the scripted upstream."""

import pytest

from support import clock, settings
from support.fake_kv import Secrets


@pytest.fixture
def leasehold(daemons, upstream, tokens, approle_files):
    """A ready daemon in front of the scripted upstream, with a cache."""
    tokens.kv("/v1/kv1/a", {"color": "blue"})
    return daemons.start(settings.proxy(
        upstream.address, settings.approle(*approle_files),
        cache={})).wait_ready()


@pytest.fixture
def moved(folder):
    """A clock that the test moves."""
    if clock.find_library() is None:
        pytest.skip("no libfaketime")
    return clock.Clock(folder)


@pytest.fixture
def secrets(upstream, tokens):
    """KV secrets on the scripted upstream."""
    return Secrets(upstream, tokens)


@pytest.fixture
def static(daemons, upstream, secrets, approle_files):
    """Starts a ready daemon that keeps KV answers by the rows given."""
    def make(rows=None, env=None, auto_auth=True, **cache):
        method = settings.approle(*approle_files) if auto_auth else None
        config = settings.proxy(upstream.address, method, cache={
            **cache, **{f'static "{path}"': row for path, row in
                        (rows or {"secret/*": {}}).items()}})
        config["vault"]["retry"] = {"num_retries": -1}
        daemon = daemons.start(config, env=env or {})
        return daemon.wait_ready() if auto_auth else daemon
    return make
