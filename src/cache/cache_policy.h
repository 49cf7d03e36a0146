/*
 * cache_policy - what may be asked of the cache, what may be kept, until when;
 * pure.
 *
 * Source: DESIGN sections 3 and 4 of the house; behaviour section 3.3.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_CACHE_CACHE_POLICY_H
#define LH_CACHE_CACHE_POLICY_H

#include <stdbool.h>

#include "base/timesource.h"
#include "cache/cache.h"
#include "vault/vault_envelope.h"

enum cache_policy_access {
	CACHE_POLICY_PASS,	/* the cache has no part in it */
	CACHE_POLICY_READ,	/* shared with others unless known better */
	CACHE_POLICY_WRITE	/* shared only where that was seen to serve */
};

/* By the request alone. */
enum cache_policy_access cache_policy_access(const struct cache_ask *ask);
/* Of one in which the cache has a part. */
bool cache_policy_is_read(const struct cache_ask *ask);
/* Cache-Control: no-cache. */
bool cache_policy_must_refetch(const struct cache_ask *ask);

/* By the head of the answer: could the body be kept? */
bool cache_policy_wants(const struct http_head *head, size_t max_body);

enum cache_policy_verdict {
	CACHE_POLICY_DROP,
	CACHE_POLICY_KEEP_LEASE,
	CACHE_POLICY_KEEP_TOKEN,
	CACHE_POLICY_KEEP_LIFE,	/* of a path with a configured lifetime */
	CACHE_POLICY_SHARE	/* the same, for those who wait for it only */
};

/* By the whole answer. is_managed: the token of the request is one whose
 * end the cache would hear of. */
enum cache_policy_verdict cache_policy_judge(
    const struct vault_envelope *envelope, bool is_managed);

/* Of an answer that is dropped: may it be kept for a life that it tells in a
 * place of its own? */
bool cache_policy_may_live(const struct vault_envelope *envelope,
    bool is_managed);

/* Least that must be left of a life of that span for it to be served. */
span_ms cache_policy_floor(const struct cache_options *options, span_ms life);

/* How long after its grant a life of that span is renewed; unit: random. */
span_ms cache_policy_renew_after(span_ms life, double unit);

/* What a renewal gave, beside what was there before. */
struct cache_policy_renewal {
	bool renewable;		/* as the answer says */
	span_ms life;		/* new */
	span_ms left;		/* of the old, at that moment */
	span_ms granted;	/* at first */
};
/* Renewing it further is of no use: its end is in sight. */
bool cache_policy_is_ending(const struct cache_policy_renewal *renewal);

#endif
