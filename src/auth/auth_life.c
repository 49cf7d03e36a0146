/*
 * auth_life - when to do what in the life of a token.
 *
 * A token nears its max TTL when a renewal gives less than half of what was
 * given once, or, where the two lie close together, when it does not move the
 * end by more than the second that an answer is rounded to.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "auth_life.h"

#define ROUNDING_MS 1000
#define REPLACE_MARGIN_MS 2000

static span_ms left_of(mono_ms now, mono_ms expires);
static span_ms jittered(span_ms wait, double unit);

mono_ms
auth_life_renew_at(mono_ms now, mono_ms expires, double unit)
{
	return now + jittered(left_of(now, expires) / 3 * 2, unit);
}

mono_ms
auth_life_replace_at(mono_ms now, mono_ms expires, double unit)
{
	span_ms left = left_of(now, expires);
	span_ms margin = left / 2 < REPLACE_MARGIN_MS ?
	    left / 2 : REPLACE_MARGIN_MS;

	if (margin < left / 3)
		margin = left / 3;
	return now + jittered(left - margin, unit);
}

bool
auth_life_is_ending(const struct auth_renewal_facts *facts)
{
	span_ms left = left_of(facts->now, facts->after);

	if (left < facts->grant / 2)
		return true;
	return facts->after <= facts->before + ROUNDING_MS &&
	    left < facts->grant / 10 * 9;
}

static span_ms
left_of(mono_ms now, mono_ms expires)
{
	return expires > now ? expires - now : 0;
}

static span_ms
jittered(span_ms wait, double unit)
{
	return wait - (span_ms)((double)wait * unit / 10);
}
