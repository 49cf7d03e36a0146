/*
 * timesource - monotonic and wall time, the only door to the machine's clocks.
 *
 * Owns:       for tests, the two values that the test moves.
 * Invariant:  monotonic time never goes back; it counts while the machine is
 *             suspended, since leases die then too (CLOCK_BOOTTIME).
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_BASE_TIMESOURCE_H
#define LH_BASE_TIMESOURCE_H

#include <stdint.h>

typedef int64_t mono_ms;	/* a moment on the monotonic clock */
typedef int64_t mono_us;	/* the same clock, for spans below a ms */
typedef int64_t wall_ms;	/* a moment since the epoch */
typedef int64_t span_ms;	/* a span of time */
typedef int64_t span_us;

struct timesource;

struct timesource *timesource_new(void);
/* A clock that stands still until timesource_advance(). */
struct timesource *timesource_new_manual(mono_ms mono, wall_ms wall);
void timesource_free(struct timesource *source);

/* Manual clocks only: moves both. */
void timesource_advance(struct timesource *source, span_ms by);

mono_ms timesource_mono(const struct timesource *source);
mono_us timesource_mono_us(const struct timesource *source);
wall_ms timesource_wall(const struct timesource *source);

#endif
