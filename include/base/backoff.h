/*
 * backoff - a growing, jittered wait; pure, the random value is passed in.
 *
 * Invariant:  min <= every wait <= max; the n-th wait is uniform between min
 *             and min(max, min * 2^n), so callers that failed together do not
 *             come back together.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_BASE_BACKOFF_H
#define LH_BASE_BACKOFF_H

#include "base/timesource.h"

struct backoff {
	span_ms min;
	span_ms max;
	span_ms ceiling;	/* of the next wait */
	unsigned failures;	/* since the last reset */
};

void backoff_init(struct backoff *backoff, span_ms min, span_ms max);
void backoff_reset(struct backoff *backoff);
/* unit: uniform in [0, 1), see random_unit(). */
span_ms backoff_next(struct backoff *backoff, double unit);

#endif
