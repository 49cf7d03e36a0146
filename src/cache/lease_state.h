/*
 * lease_state - the states of a lease, and the one door between them.
 *
 *	FRESH --> SCHEDULED <--> RENEWING --> ENDING
 *	              |  ^          |           ^
 *	              v  |          v           |
 *	             PARKED <-------+-----------+     all --> GONE
 *
 * What nobody can renew goes from FRESH to FIXED and stays there: its successor
 * may be fetched from when a lease would have been renewed, or never.
 *
 * Owns:       nothing; private to lease_keeper, whose inside it shares.
 * Invariant:  who is parked stands in the keeper's list, who is ending is
 *             counted, and nobody who is either has work under way.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_CACHE_LEASE_STATE_H
#define LH_CACHE_LEASE_STATE_H

#include "lease_keeper.h"
#include "lease_quiet.h"

struct lease_keeper {
	struct cache_env env;
	lease_keeper_drop_fn *drop;
	void *drop_arg;
	struct deadline_heap *expiries;
	struct loop_timer *timer;
	mono_ms timer_at;
	size_t ending;
	struct lease_quiet quiet;
	struct cache_entry *probe;
	struct cache_entry *parked;
};

/* Into the state with all that belongs to it. The move must be one of the
 * picture. */
void lease_state_set(struct cache_entry *entry, enum lease_state state);

/* Neither a date nor a call of its own any more. */
void lease_state_stop_work(struct cache_entry *entry);

#endif
