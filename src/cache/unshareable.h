/*
 * unshareable - what answers of a path were seen to be: shared, or not.
 *
 * Owns:       a bounded number of remembered verdicts; the oldest gives way.
 * Invariant:  a verdict is forgotten after the time it was made with.
 * Never:      looks at the clock.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_CACHE_UNSHAREABLE_H
#define LH_CACHE_UNSHAREABLE_H

#include "base/timesource.h"
#include "cache/cache.h"

enum unshareable_verdict {
	UNSHAREABLE_UNKNOWN,
	UNSHAREABLE_YES,	/* everybody fetches alone */
	UNSHAREABLE_NO		/* an answer was stored and shared */
};

struct unshareable;

struct unshareable *unshareable_new(unsigned max, span_ms keep);
void unshareable_free(struct unshareable *memory);

/* mark: see cache_key_set_mark(). */
void unshareable_note(struct unshareable *memory,
    const struct cache_key *mark, enum unshareable_verdict verdict,
    mono_ms now);
enum unshareable_verdict unshareable_recall(struct unshareable *memory,
    const struct cache_key *mark, mono_ms now);

void unshareable_forget(struct unshareable *memory,
    const struct cache_key *mark);

size_t unshareable_count(const struct unshareable *memory);

#endif
