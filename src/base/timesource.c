/*
 * timesource - the machine's two clocks, or two values moved by a test.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "base/timesource.h"

#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "base/lh_assert.h"
#include "base/xalloc.h"

struct timesource {
	bool manual;
	mono_ms mono;		/* both of manual clocks only */
	wall_ms wall;
};

static int64_t read_us(clockid_t clock);

struct timesource *
timesource_new(void)
{
	return xcalloc(1, sizeof(struct timesource));
}

struct timesource *
timesource_new_manual(mono_ms mono, wall_ms wall)
{
	struct timesource *source = xcalloc(1, sizeof(*source));

	source->manual = true;
	source->mono = mono;
	source->wall = wall;
	return source;
}

void
timesource_free(struct timesource *source)
{
	free(source);
}

void
timesource_advance(struct timesource *source, span_ms by)
{
	lh_assert(source->manual);
	lh_assert(by >= 0);
	source->mono += by;
	source->wall += by;
}

mono_ms
timesource_mono(const struct timesource *source)
{
	return source->manual ? source->mono :
	    read_us(CLOCK_BOOTTIME) / 1000;
}

mono_us
timesource_mono_us(const struct timesource *source)
{
	return source->manual ? source->mono * 1000 :
	    read_us(CLOCK_BOOTTIME);
}

wall_ms
timesource_wall(const struct timesource *source)
{
	return source->manual ? source->wall :
	    read_us(CLOCK_REALTIME) / 1000;
}

static int64_t
read_us(clockid_t clock)
{
	struct timespec now = { 0, 0 };

	lh_assert(clock_gettime(clock, &now) == 0);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}
