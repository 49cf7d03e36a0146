"""A PostgreSQL credential and our token outlive a restart."""

import signal

import pytest

from support import settings

pytestmark = pytest.mark.live

CREDS = "/v1/database/creds/db-app"


@pytest.fixture
def config(real_vault, real_postgres, login, folder):
    """A daemon that keeps its cache in a file."""
    real_vault.database(real_postgres)
    (folder / "key").write_text("a key for the cache of the test")
    return settings.proxy(
        real_vault.address, login(token_ttl="1h"),
        cache={'persist "file"': {"path": str(folder / "cache"),
                                  "key_file": str(folder / "key")}})


def test_a_credential_outlives_a_restart_and_is_renewed_and_revoked(
        daemons, config, real_vault, real_postgres):
    first = daemons.start(config).wait_ready()
    creds = first.client().get(CREDS).json
    first.stop()
    second = daemons.start(config).wait_ready()
    again = second.client().get(CREDS)
    assert again.headers["X-Cache"] == "HIT"
    assert again.json["data"] == creds["data"]
    assert again.json["lease_duration"] <= creds["lease_duration"]
    assert second.status()["token"]["logins"] == 0
    given = again.json["data"]
    assert real_postgres.query(
        "SELECT current_user", given["username"], given["password"]) == [
            [given["username"]]]
    reply = second.client().put(
        "/v1/sys/leases/revoke", {"lease_id": creds["lease_id"]})
    assert reply.status == 204
    assert not real_postgres.knows_role(given["username"])
    second.signal(signal.SIGKILL)
    second.options["exit_status"] = -signal.SIGKILL
    second.wait()
    third = daemons.start(config).wait_ready()
    assert third.client().get(CREDS).json["lease_id"] != creds["lease_id"]


def test_a_token_revoked_meanwhile_is_replaced(daemons, config, real_vault):
    first = daemons.start(config).wait_ready()
    creds = first.client().get(CREDS).json
    shown = first.status()["token"]["accessor"]
    accessor = next(key for key in real_vault.call(
        "LIST", "auth/token/accessors")["data"]["keys"]
        if key.startswith(shown))
    first.stop()
    real_vault.call("POST", "auth/token/revoke-accessor",
                    {"accessor": accessor})
    second = daemons.start(config).wait_ready()
    assert second.status()["token"]["logins"] == 1
    assert second.client().get(CREDS).json["lease_id"] != creds["lease_id"]
