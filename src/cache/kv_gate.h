/*
 * kv_gate - is Vault away, and when may somebody look; pure.
 *
 * Invariant:  while it is away one probe at a time is let through, after
 *             waits that grow and are jittered.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_CACHE_KV_GATE_H
#define LH_CACHE_KV_GATE_H

#include <stdbool.h>

#include "base/backoff.h"

#define KV_GATE_MIN_MS 2000
#define KV_GATE_MAX_MS 60000

struct kv_gate {
	struct backoff backoff;
	bool is_away;
	mono_ms next;		/* the probe after this moment */
};

void kv_gate_init(struct kv_gate *gate);

/* No answer, or one that tells of a failing server. Those that failed together
 * with the first count once. unit: random. True: it was well until now. */
bool kv_gate_failed(struct kv_gate *gate, mono_ms now, double unit);
/* True: it was away until now. */
bool kv_gate_answered(struct kv_gate *gate);

/* Is it time for a probe? Then the caller is to send it. */
bool kv_gate_take_probe(struct kv_gate *gate, mono_ms now, double unit);

#endif
