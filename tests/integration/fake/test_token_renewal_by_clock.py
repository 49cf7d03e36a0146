"""An hour passes in a moment: renewal comes at two thirds of a token."""

import pytest

from support import settings
from support.waiting import until

pytestmark = [pytest.mark.fake, pytest.mark.plain]

MINUTE = 60


def test_a_token_of_an_hour_renews_at_two_thirds(
        daemons, upstream, tokens, approle_files, moved):
    leasehold = daemons.start(
        settings.proxy(upstream.address, settings.approle(*approle_files)),
        env=moved.environment()).wait_ready()
    moved.advance(20 * MINUTE)
    assert leasehold.client().get("/leasehold/v1/health").status == 200
    early = tokens.renewals
    moved.advance(35 * MINUTE)

    def renewed():
        # Each request turns the loop, which then sees the moved clock.
        leasehold.client().get("/leasehold/v1/health")
        return tokens.renewals > early
    until(renewed, 30, "the renewal")
    assert early == 0
    assert tokens.logins == 1
