"""A client loop across three max TTLs never sees a dead credential."""

import json
import time

import pytest

pytestmark = pytest.mark.live

CREDS = "/v1/database/creds/db-app"
PATH = CREDS.removeprefix("/v1/")
DEFAULT_TTL = 4
MAX_TTL = 10
ROUNDS = 3


def fetches(server):
    """Begin and end of each request for a credential, from the audit."""
    begun, pairs = {}, []
    with open(server.folder / "audit", "rb") as file:
        for line in file:
            if not line.endswith(b"\n"):
                break       # being written
            entry = json.loads(line)
            request = entry["request"]
            if request.get("path") != PATH:
                continue
            if entry["type"] == "request":
                begun[request["id"]] = entry["time"]
            else:
                pairs.append((begun.pop(request["id"]), entry["time"]))
    return sorted(pairs)


def test_a_loop_sees_no_error_and_no_dead_credential(
        leasehold, real_vault, real_postgres):
    real_vault.database(real_postgres, f"{DEFAULT_TTL}s", f"{MAX_TTL}s")
    before = len(fetches(real_vault))
    seen, reads = [], 0
    end = time.monotonic() + ROUNDS * MAX_TTL + 1
    with leasehold.connection() as peer:
        while time.monotonic() < end:
            asked = time.monotonic()
            reply = peer.request("GET", CREDS)
            assert reply.status == 200, reply
            user = reply.json["data"]["username"]
            login = real_postgres.try_query(
                "SELECT current_user", user, reply.json["data"]["password"])
            left = reply.json["lease_duration"]
            assert 1 <= left <= MAX_TTL
            # No better than we are: a login may last longer than its lease.
            assert (login.stdout.strip() == user
                    or time.monotonic() - asked > left), (
                f"read {reads}: {login.stderr} {reply}")
            reads += 1
            if user not in seen:
                seen.append(user)
    assert reads >= 10 * ROUNDS
    assert len(seen) >= ROUNDS + 1
    pairs = fetches(real_vault)[before:]
    assert len(pairs) == len(seen)
    for (_, ended), (begun, _) in zip(pairs, pairs[1:]):
        assert ended <= begun
    # Each was renewed while it could be, not fetched anew every time.
    assert len(seen) <= ROUNDS * MAX_TTL / DEFAULT_TTL
    assert real_vault.heard("sys/leases/renew") >= ROUNDS
    counts = leasehold.cache_counts()
    assert counts["left"]["expired"] == 0
    assert counts["left"]["refused"] == 0
