/*
 * lease_quiet - how long no lease is renewed after Vault did not answer, failed
 * or asked for quiet; pure.
 *
 * Invariant:  until never moves nearer than what Vault itself asked for; each
 *             failure lengthens the wait, up to LEASE_QUIET_MAX_MS.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_CACHE_LEASE_QUIET_H
#define LH_CACHE_LEASE_QUIET_H

#include <stdbool.h>

#include "base/backoff.h"

#define LEASE_QUIET_MIN_MS 10000
#define LEASE_QUIET_MAX_MS 300000
#define LEASE_QUIET_TOLD_MAX_MS 3600000	/* as our own token bears */

struct lease_quiet {
	bool is_on;		/* Vault is unwell */
	mono_ms until;
	/* private */
	bool is_silent;		/* the last failure was no answer at all */
	struct backoff backoff;
	mono_ms failed_at;
	mono_ms told_until;
};

void lease_quiet_init(struct lease_quiet *quiet);
/* A renewal failed; status of its answer, 0: none came. The wait in ms. */
span_ms lease_quiet_fail(struct lease_quiet *quiet, mono_ms now,
    unsigned status);
/* Vault asked for so many ms; more than TOLD_MAX are not given. */
void lease_quiet_obey(struct lease_quiet *quiet, mono_ms now,
    span_ms retry_after);
/* A caller's request had an answer of that status. True: until is nearer now,
 * since it was silence that began the quiet. */
bool lease_quiet_heard(struct lease_quiet *quiet, unsigned status);
/* A renewal was answered well. False: what Vault asked for is not over. */
bool lease_quiet_end(struct lease_quiet *quiet, mono_ms now);

#endif
