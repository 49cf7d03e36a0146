/*
 * backoff - the ceiling doubles with each failure until it meets the maximum;
 * the wait is drawn between the minimum and it.
 *
 * Limits that make no sense are mended: a minimum below 1 ms would never
 * grow, a maximum below the minimum is taken to be the minimum.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "base/backoff.h"

#include <limits.h>

static span_ms doubled(const struct backoff *backoff, span_ms wait);

void
backoff_init(struct backoff *backoff, span_ms min, span_ms max)
{
	backoff->min = min < 1 ? 1 : min;
	backoff->max = max < backoff->min ? backoff->min : max;
	backoff_reset(backoff);
}

void
backoff_reset(struct backoff *backoff)
{
	backoff->ceiling = doubled(backoff, backoff->min);
	backoff->failures = 0;
}

span_ms
backoff_next(struct backoff *backoff, double unit)
{
	span_ms width = backoff->ceiling - backoff->min;
	span_ms extra = (span_ms)(((double)width + 1) * unit);

	if (extra < 0)
		extra = 0;
	if (extra > width)
		extra = width;
	backoff->ceiling = doubled(backoff, backoff->ceiling);
	if (backoff->failures < UINT_MAX)
		backoff->failures++;
	return backoff->min + extra;
}

static span_ms
doubled(const struct backoff *backoff, span_ms wait)
{
	return wait > backoff->max / 2 ? backoff->max : wait * 2;
}
