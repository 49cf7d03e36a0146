"""Ten thousand leases take little memory."""

import pytest

pytestmark = [pytest.mark.fake, pytest.mark.plain]

COUNT = 10000
BODY = 1024
MEBI = 1024 * 1024


def test_ten_thousand_leases_take_thirty_megabytes(
        leasehold, leases, record_property):
    with leasehold.connection() as peer:
        first = peer.request("GET", "/v1/leased/first")
        leases.pad = "x" * (BODY - len(first.body) - 8)
        idle = leasehold.rss_bytes()
        for number in range(COUNT):
            reply = peer.request("GET", f"/v1/leased/x{number}")
            assert reply.status == 200
    assert abs(len(reply.body) - BODY) <= 16
    counts = leasehold.cache_counts()
    assert counts["entries"] == COUNT + 1
    grown = leasehold.rss_bytes() - idle
    record_property("resident_bytes_per_lease", grown / COUNT)
    assert grown <= 30 * MEBI, f"{grown / MEBI:.1f} MiB"
    # What the cache says of itself is near the truth.
    assert counts["bytes"] <= grown * 1.1
    assert leasehold.client().put(
        "/agent/v1/cache-clear", {"type": "all"}).status == 200
    assert leasehold.cache_counts()["bytes"] == 0
