"""Several servers: no safe request fails while one of them serves."""

import pytest

from support import figures, settings
from support.fake import Answer, Fake, errors
from support.readers import Readers
from support.waiting import until

pytestmark = pytest.mark.fake

SEALED = errors(503, "Vault is sealed")
HEALTH = "/v1/sys/health"
REQUESTS = 1000


class Server(Fake):
    """A scripted server that says what Vault says of its health."""

    def __init__(self, health=200):
        super().__init__()
        self.on("GET", "/v1/kv/*", Answer(200, {"data": {"open": True}}))
        self.on_write("/v1/kv/a", Answer(204))
        self.be(health)

    def be(self, health):
        """Answer for one's health with a status."""
        self.on("GET", HEALTH, Answer(health, {"status": health}))

    def seal(self):
        """Serve nothing."""
        self.on("GET", "/v1/kv/*", SEALED)
        self.on_write("/v1/kv/a", SEALED)
        self.be(503)

    def unseal(self, health=200):
        """Serve again."""
        self.on("GET", "/v1/kv/*", Answer(200, {"data": {"open": True}}))
        self.on_write("/v1/kv/a", Answer(204))
        self.be(health)

    def served(self):
        """How many requests came that were not about its health."""
        return len(self.requests()) - len(self.requests(HEALTH))


@pytest.fixture
def servers():
    """Three of them, the second one active."""
    some = [Server(429), Server(200), Server(473)]
    yield some
    for server in some:
        server.stop()


def several(servers, **vault):
    """A configuration without login in front of servers."""
    config = settings.proxy([server.address for server in servers])
    config["vault"].update(vault)
    return config


@pytest.fixture
def start_moved(daemons, moved):
    """Starts a daemon by the clock that the test moves."""
    def make(config):
        # It has no file beside that of the clock, so none would be let in.
        return daemons.start({**config, "process": {"landlock": False}},
                             env=moved.environment())
    return make


def states(leasehold):
    """What the status says of each server."""
    upstream = leasehold.status()["upstream"]
    return [server["state"] for server in upstream["servers"]]


def wait_for_states(leasehold, *wanted):
    """Wait until the status says so."""
    until(lambda: states(leasehold) == list(wanted), 30,
          f"the states {wanted}")


def test_no_read_fails_with_one_killed_and_one_sealed_in_turn(
        daemons, servers):
    leasehold = daemons.start(several(servers, health_interval="300ms"))
    wait_for_states(leasehold, "standby", "active", "perf_standby")
    readers = Readers(leasehold, "/v1/kv/a")
    turns = 0
    while readers.done < REQUESTS or turns < 3:
        killed = servers[turns % 3]
        sealed = servers[(turns + 1) % 3]
        readers.wait_for(100)
        killed.close_port()
        readers.wait_for(100)
        sealed.seal()
        readers.wait_for(100)
        killed.open_port()
        sealed.unseal()
        until(lambda: not {"down", "sealed"} & set(states(leasehold)), 30,
              "all to be back")
        turns += 1
    assert readers.stop() == []
    assert all(server.served() for server in servers)


def test_each_state_is_told_apart(daemons, servers):
    more = [Server(code) for code in (503, 501, 472, 500)]
    try:
        leasehold = daemons.start(
            several(servers + more, health_interval="200ms"))
        wait_for_states(leasehold, "standby", "active", "perf_standby",
                        "sealed", "uninitialised", "dr_secondary", "down")
        client = leasehold.client()
        assert client.get("/v1/kv/a").status == 200
        assert leasehold.status()["upstream"]["address"] == servers[1].address
        text = client.get("/leasehold/v1/metrics").body.decode()
        for server, state in ((servers[1], "active"), (more[0], "sealed")):
            assert ('leasehold_upstream_state{server="%s",state="%s"} 1\n'
                    % (server.address, state)) in text
        assert all(server.served() == 0 for server in more)
    finally:
        for server in more:
            server.stop()


def test_the_active_server_is_used_when_it_is_known(daemons, servers):
    leasehold = daemons.start(several(servers, health_interval="300ms"))
    client = leasehold.client()
    assert client.get("/v1/kv/first").status == 200
    wait_for_states(leasehold, "standby", "active", "perf_standby")
    assert client.get("/v1/kv/second").status == 200
    assert len(servers[1].requests("/v1/kv/second")) == 1
    servers[1].be(429)
    servers[2].be(200)
    wait_for_states(leasehold, "standby", "standby", "active")
    assert client.get("/v1/kv/third").status == 200
    assert len(servers[2].requests("/v1/kv/third")) == 1


def test_a_write_moves_only_when_it_was_not_done(daemons, servers):
    leasehold = daemons.start(several(servers[:2], health_interval="1h"))
    client = leasehold.client()
    servers[0].seal()
    assert client.post("/v1/kv/a", {}).status == 204
    assert len(servers[1].requests("/v1/kv/a")) == 1
    servers[1].on_write("/v1/kv/a", Answer(204, reset_at=1))
    assert client.post("/v1/kv/a", {}).status == 502
    assert len(servers[1].requests("/v1/kv/a")) == 2
    assert len(servers[0].requests("/v1/kv/a")) == 1


def test_an_answer_that_breaks_is_given_by_another(daemons, servers):
    servers[0].on("GET", "/v1/kv/a", Answer(
        200, {"a": "x" * 500}, reset_at=300))
    leasehold = daemons.start(several(servers[:2], health_interval="1h"))
    reply = leasehold.client().get("/v1/kv/a")
    assert reply.json == {"data": {"open": True}}
    assert len(servers[0].requests("/v1/kv/a")) == 1


@pytest.mark.plain
def test_moving_needs_no_retries_and_no_wait(start_moved, servers):
    """By a clock that stands still: a wait would have no end."""
    servers[0].close_port()
    servers[1].seal()
    leasehold = start_moved(several(
        servers, retry={"num_retries": -1}, health_interval="1h"))
    assert leasehold.client().get("/v1/kv/a").status == 200
    assert states(leasehold) == ["down", "sealed", "unknown"]


def test_a_server_that_hangs_loses_its_reads(daemons, servers):
    leasehold = daemons.start(several(servers[:2], health_interval="300ms"))
    wait_for_states(leasehold, "standby", "active")
    hanging = Answer(200, {}, delay=60)
    servers[1].on("GET", "/v1/kv/*", hanging)
    servers[1].on("GET", HEALTH, hanging)
    reply = leasehold.client(timeout=30).get("/v1/kv/a")
    assert reply.status == 200
    assert len(servers[0].requests("/v1/kv/a")) == 1


def pass_time(leasehold, servers, moved, seconds):
    """In small steps; what is sent in each is heard in it."""
    def is_heard():
        return figures.read(leasehold)["leasehold_upstream_calls_total"] == (
            sum(len(server.requests()) for server in servers))
    for _ in range(round(seconds / 0.05)):
        moved.advance(0.05)
        figures.read(leasehold)     # the turn that sees what is due
        until(is_heard, 30, "all to be heard")


@pytest.mark.plain
def test_health_is_asked_of_the_idle_and_not_too_often(
        start_moved, servers, moved):
    for server in servers:
        server.now = moved.now
    leasehold = start_moved(several(servers, health_interval="500ms"))
    pass_time(leasehold, servers, moved, 1)
    wait_for_states(leasehold, "standby", "active", "perf_standby")
    before = [len(server.requests(HEALTH)) for server in servers]
    client = leasehold.client()
    for _ in range(10):
        assert client.get("/v1/kv/a").status == 200
        pass_time(leasehold, servers, moved, 0.2)
    after = [len(server.requests(HEALTH)) for server in servers]
    idle, used, other = (b - a for a, b in zip(before, after))
    assert used == 0
    assert 2 <= idle <= 5
    assert 2 <= other <= 5
    for server in servers:
        times = [request.at for request in server.requests(HEALTH)]
        gaps = [b - a for a, b in zip(times, times[1:])]
        assert all(gap >= 0.5 for gap in gaps), gaps


@pytest.mark.plain
def test_one_server_is_not_asked(start_moved, servers, moved):
    leasehold = start_moved(several(servers[:1], health_interval="100ms"))
    assert leasehold.client().get("/v1/kv/a").status == 200
    pass_time(leasehold, servers, moved, 0.5)
    assert servers[0].requests(HEALTH) == []


def test_a_list_in_the_environment(daemons, servers):
    servers[0].close_port()
    config = several(servers)
    del config["vault"]
    env = {"VAULT_ADDR": ",".join(server.address for server in servers)}
    leasehold = daemons.start(config, env=env)
    assert leasehold.client().get("/v1/kv/a").status == 200
    assert len(states(leasehold)) == 3


def test_the_login_moves_too(daemons, servers, upstream, tokens,
                             approle_files):
    tokens.kv("/v1/kv1/a", {"color": "blue"})
    servers[0].on_write("/v1/auth/approle/login", SEALED)
    servers[0].on("GET", "/v1/kv1/a", SEALED)
    config = settings.proxy(
        [servers[0].address, upstream.address],
        settings.approle(*approle_files, min_backoff="60s",
                         max_backoff="90s"))
    leasehold = daemons.start(config).wait_ready(30)
    reply = leasehold.client().get("/v1/kv1/a")
    assert reply.json["data"] == {"color": "blue"}


def test_read_your_writes_holds_across_servers(daemons, servers):
    """The index of a write goes with the read, wherever that is sent; a server
    that has not got so far is left for another one."""
    servers[1].on_write("/v1/kv/a", Answer(204, headers=(
        ("X-Vault-Index", "index-of-the-write"),)))
    servers[1].on("GET", "/v1/kv/a", errors(412, "required index"))
    leasehold = daemons.start(several(servers[1:], health_interval="1h"))
    client = leasehold.client()
    index = client.put("/v1/kv/a", {"a": 1}).headers["X-Vault-Index"]
    assert index == "index-of-the-write"
    reply = client.get("/v1/kv/a", headers=[("X-Vault-Index", index)])
    assert reply.status == 200
    for server in servers[1:]:
        heard = server.requests("/v1/kv/a", "GET")
        assert [r.headers["x-vault-index"] for r in heard] == [index]
