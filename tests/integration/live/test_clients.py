"""Released clients of Vault, unchanged and without a token."""

import pytest

from support import clients, settings

pytestmark = pytest.mark.live

# Over what each can speak, and whether sanitizers have a look, too.
CLIENTS = (
    ("curl", ("tcp", "unix"), True),
    ("wget", ("tcp",), False),
    ("cli-vault", ("tcp", "unix"), False),
    ("cli-bao", ("tcp", "unix"), False),
    ("python-hvac", ("tcp", "unix"), True),
    ("python-httpx", ("tcp", "unix"), False),
    ("node-vault", ("tcp", "unix"), False),
    ("rust-vaultrs", ("tcp",), False),
    ("java-driver", ("tcp",), False),
    ("java-spring", ("tcp",), False),
    ("go-vault", ("tcp", "unix"), False),
    ("go-openbao", ("tcp", "unix"), False),
)


def cases():
    """A test for each client and way."""
    for name, ways, everywhere in CLIENTS:
        for way in ways:
            yield pytest.param(name, way, id=f"{name}-{way}",
                               marks=() if everywhere else pytest.mark.plain)


@pytest.fixture
def addresses(real_vault, real_postgres, daemons, folder, login):
    """VAULT_ADDR of a daemon, by the way to it."""
    real_vault.database(real_postgres)
    real_vault.call("POST", "transit/keys/signer", {"type": "ed25519"})
    config = settings.proxy(
        real_vault.address, login(token_ttl="1h"), cache={})
    config['listener "unix"'] = {
        "address": str(folder / "socket"), "tls_disable": True}
    daemon = daemons.start(config, listeners=2).wait_ready()
    return {"tcp": f"http://{daemon.addresses()[0]}",
            "unix": f"unix://{folder / 'socket'}"}


@pytest.mark.parametrize("name, way", cases())
def test_a_client_needs_no_token(name, way, addresses, real_postgres):
    missing = clients.prepare(name)
    if missing:
        pytest.skip(missing)
    done = clients.run(name, addresses[way])
    assert done.steps == list(clients.STEPS)
    user, password = done.credentials["living"]
    assert real_postgres.query("SELECT current_user", user, password) == [
        [user]]
    user, password = done.credentials["revoked"]
    assert not real_postgres.knows_role(user)
    assert real_postgres.try_query(
        "SELECT 1", user, password).returncode != 0
