/*
 * cache_arrival - an answer on its way in: read, and judged.
 *
 * Most answers hold no lease. So the cheap questions come first: the head,
 * then a search for the marks of a lease, then where they stand; only what
 * passes all of these is parsed.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "cache_arrival.h"

#define MS 1000

bool
cache_arrival_read(struct cache_arrival *arrival, size_t max_body)
{
	if (!cache_policy_wants(arrival->head, max_body) ||
	    arrival->body.len > max_body ||
	    !vault_scan_may_lease(arrival->body) ||
	    vault_scan(arrival->body, &arrival->marks) != LH_OK ||
	    (!arrival->marks.lease && !arrival->marks.auth) ||
	    vault_envelope_parse(arrival->body, &arrival->envelope) != LH_OK)
		return false;
	arrival->verdict = cache_policy_judge(&arrival->envelope,
	    arrival->is_managed);
	return arrival->verdict != CACHE_POLICY_DROP;
}

void
cache_arrival_release(struct cache_arrival *arrival)
{
	vault_envelope_release(&arrival->envelope);
}

span_ms
cache_arrival_life(const struct cache_arrival *arrival)
{
	return MS * (arrival->verdict == CACHE_POLICY_KEEP_TOKEN ?
	    arrival->envelope.auth.ttl_s :
	    arrival->envelope.lease_duration_s);
}
