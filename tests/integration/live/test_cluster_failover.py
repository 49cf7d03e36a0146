"""A real cluster loses its servers in turn, and no read fails."""

import pytest

from support import raft, settings, vault
from support.readers import Readers
from support.waiting import until

pytestmark = pytest.mark.live

REQUESTS = 1000


@pytest.fixture
def cluster():
    """Three real servers that share their storage."""
    program, reason = vault.find_server()
    if program is None:
        pytest.skip(reason)
    made = raft.Cluster(program)
    try:
        made.start()
        made.active().call("POST", "sys/mounts/kv1", {"type": "kv"},
                           made.root)
        made.active().call("PUT", "kv1/a", {"color": "blue"}, made.root)
        yield made
    finally:
        made.stop()


def states(leasehold):
    """What the status says of each server."""
    return [server["state"]
            for server in leasehold.status()["upstream"]["servers"]]


def test_no_read_fails_with_one_killed_and_one_sealed(daemons, cluster):
    config = settings.proxy([node.address for node in cluster.nodes])
    config["vault"]["health_interval"] = "500ms"
    leasehold = daemons.start(config)
    until(lambda: sorted(states(leasehold))
          == ["active", "standby", "standby"], 30, "the roles to be known")
    readers = Readers(leasehold, "/v1/kv1/a", 3,
                      [("X-Vault-Token", cluster.root)])
    readers.wait_for(100)

    killed = cluster.active()       # the one in use dies
    killed.kill()
    readers.wait_for(200)
    killed.start()                  # and comes back sealed
    until(lambda: "sealed" in states(leasehold), 30, "it to be seen sealed")
    readers.wait_for(100)
    cluster.unseal(killed)
    cluster.wait_whole()

    sealed = cluster.active()       # the next one is sealed while in use
    cluster.seal(sealed)
    readers.wait_for(200)
    cluster.unseal(sealed)
    cluster.wait_whole()

    standby = next(n for n in cluster.nodes if n.health() == 429)
    standby.kill()
    readers.wait_for(100)
    until(lambda: "down" in states(leasehold), 30, "it to be seen down")
    readers.wait_for(max(REQUESTS - readers.done, 100))
    assert readers.stop() == []
