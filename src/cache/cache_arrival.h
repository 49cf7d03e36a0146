/*
 * cache_arrival - an answer on its way in: read, and judged.
 *
 * Owns:       the facts found in the body, until cache_arrival_release().
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_CACHE_CACHE_ARRIVAL_H
#define LH_CACHE_CACHE_ARRIVAL_H

#include "cache_entry.h"
#include "cache_policy.h"
#include "flight.h"
#include "vault/vault_envelope.h"
#include "vault/vault_scan.h"

struct cache_arrival {
	/* Given: */
	const struct cache_ask *ask;
	const struct flight_facts *facts;
	const struct http_head *head;
	struct span body;
	mono_ms now;
	wall_ms wall;		/* the same moment */
	bool is_managed;	/* the token of the request */
	/* Found: */
	struct vault_marks marks;	/* all seconds that count down */
	struct vault_envelope envelope;
	enum cache_policy_verdict verdict;
	struct cache_life life;		/* of one that may be kept */
	struct cache_key key;		/* where it is to lie */
};

/* May it be kept, or shared at least? Release it in either case. */
bool cache_arrival_read(struct cache_arrival *arrival,
    const struct cache_options *options);
void cache_arrival_release(struct cache_arrival *arrival);

#endif
