/*
 * lease_quiet - see lease_quiet.h.
 *
 * When Vault was silent, the answer to a caller tells that it is back, and the
 * next renewal waits no longer than after a first failure. When it answered
 * that it is ill or busy, other answers prove nothing.
 *
 * The quiet is no hold of the scheduler, since the jobs of the token must not
 * wait for those of leases; only what Vault itself asked for holds everybody.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "lease_quiet.h"

#include "base/digest.h"

static bool is_well(unsigned status);

void
lease_quiet_init(struct lease_quiet *quiet)
{
	*quiet = (struct lease_quiet){ .is_on = false };
	backoff_init(&quiet->backoff, LEASE_QUIET_MIN_MS, LEASE_QUIET_MAX_MS);
}

span_ms
lease_quiet_fail(struct lease_quiet *quiet, mono_ms now, unsigned status)
{
	span_ms wait = backoff_next(&quiet->backoff, random_unit());

	quiet->is_on = true;
	quiet->is_silent = status == 0;
	quiet->failed_at = now;
	if (now + wait > quiet->until)
		quiet->until = now + wait;
	return wait;
}

void
lease_quiet_obey(struct lease_quiet *quiet, mono_ms now, span_ms retry_after)
{
	if (retry_after > LEASE_QUIET_TOLD_MAX_MS)
		retry_after = LEASE_QUIET_TOLD_MAX_MS;
	if (now + retry_after > quiet->told_until)
		quiet->told_until = now + retry_after;
	if (quiet->told_until > quiet->until)
		quiet->until = quiet->told_until;
}

bool
lease_quiet_heard(struct lease_quiet *quiet, unsigned status)
{
	mono_ms soon = quiet->failed_at + LEASE_QUIET_MIN_MS;

	if (!quiet->is_on || !quiet->is_silent || !is_well(status))
		return false;
	quiet->is_silent = false;
	if (soon < quiet->told_until)
		soon = quiet->told_until;
	if (soon >= quiet->until)
		return false;
	quiet->until = soon;
	return true;
}

bool
lease_quiet_end(struct lease_quiet *quiet, mono_ms now)
{
	if (now < quiet->told_until)
		return false;
	quiet->is_on = false;
	quiet->until = 0;
	backoff_reset(&quiet->backoff);
	return true;
}

/* 472 and 473 are those of a standby. */
static bool
is_well(unsigned status)
{
	return status < 500 && status != 429 && status != 472 &&
	    status != 473;
}
