"""Fixtures of the tests against the scripted upstream."""

import pytest

from support import clock, container, settings
from support.fake_kv import Secrets
from support.fake_leases import Leases
from support.fake_tokens import Tokens
from support.lives import Lives


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


@pytest.fixture
def leases(tokens):
    """Leases on the scripted upstream."""
    return Leases(tokens)


@pytest.fixture
def lives(daemons, tokens, approle_files, folder):
    """One daemon after another, with one persisted cache."""
    return Lives(daemons, tokens, approle_files, folder)


@pytest.fixture(scope="session")
def roots(binary):
    """The root file systems of the images."""
    if container.obstacle():
        pytest.skip(container.obstacle())
    made = container.Roots(binary)
    yield made
    made.remove()


class World:
    """A daemon and its upstream by a clock that the test moves."""

    def __init__(self, parts, lives, more):
        daemons, self.upstream, files, self.clock = parts
        self.upstream.now = self.clock.now
        self.tokens = Tokens(self.upstream, lives.pop("token_ttl", 10 ** 6),
                             now=self.clock.now)
        vault = {"address": self.upstream.address,
                 **lives.pop("retry", {})}
        self.leases = Leases(self.tokens, **lives)
        more = {"vault": vault, "cache": {},
                "limits": {"idle_timeout": "24h"}, **more}
        self.leasehold = daemons.start(
            settings.proxy(self.upstream.address,
                           settings.approle(*files), **more),
            env=self.clock.environment()).wait_ready()
        self.timeline = clock.Timeline(self.clock, self.leasehold)
        self.peer = None

    def get(self, path, **headers):
        """Read a path over a connection that is kept."""
        self.peer = self.peer or self.leasehold.connection()
        fields = [(name.replace("_", "-"), value)
                  for name, value in headers.items()]
        return self.peer.request("GET", path, fields)

    def fill(self, count):
        """Fetch so many leases."""
        for number in range(count):
            assert self.get(f"/v1/leased/x{number}").status == 200
        self.peer.close()
        self.peer = None


@pytest.fixture
def world(daemons, upstream, approle_files, folder):
    """Makes a World; named lives are those of Leases, and token_ttl."""
    if clock.find_library() is None:
        pytest.skip("no libfaketime")

    def make(more=None, **lives):
        parts = daemons, upstream, approle_files, clock.Clock(folder)
        return World(parts, lives, more or {})
    return make


@pytest.fixture
def counted(leasehold):
    """The daemon, whose counters must add up when the test is over."""
    yield leasehold
    leasehold.cache_counts()
