/*
 * log_repeats - which lines are repetitions of one another, and how many of
 * them were left out.
 *
 * Invariant:  a line is left out only when LOG_REPEATS_SHOWN like it were
 *             written in its window; every one left out is told by
 *             log_repeats_take().
 * Never:      looks at a clock.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_SRC_BASE_LOG_REPEATS_H
#define LH_SRC_BASE_LOG_REPEATS_H

#include "log_line.h"

#define LOG_REPEATS_SHOWN 10
#define LOG_REPEATS_WINDOW_MS 60000
#define LOG_REPEATS_KINDS 64	/* told apart at a time; further ones pass */

struct log_repeat {
	uint64_t likeness;
	const char *event;		/* static */
	enum log_level level;
	mono_ms ends;
	uint64_t seen;			/* 0: a free place */
	uint64_t left_out;
};

struct log_repeats {
	struct log_repeat kinds[LOG_REPEATS_KINDS];
	size_t open;			/* kinds with something left out */
};

/* Is the event to be written? */
bool log_repeats_pass(struct log_repeats *repeats,
    const struct log_event *event, mono_ms now);
bool log_repeats_left_out(const struct log_repeats *repeats);
/* A kind whose window is over and that has left lines out. */
bool log_repeats_take(struct log_repeats *repeats, mono_ms now,
    struct log_repeat *out);

#endif
