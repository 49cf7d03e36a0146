/*
 * cache_ended - what a request ends among the lives that no lease tells: the
 * password of a static role, certificates; pure.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_CACHE_CACHE_ENDED_H
#define LH_CACHE_CACHE_ENDED_H

#include <stdbool.h>

#include "base/span.h"
#include "cache_entry.h"

/* Of that course, below that engine, of that name. */
struct cache_ended {
	struct span engine;	/* in the path, with its slash behind */
	struct span name;	/* in the path; empty: all */
	enum cache_course course;
};

/* By the path of a write. False: it ends none. */
bool cache_ended_find(struct span path, struct cache_ended *out);

#endif
