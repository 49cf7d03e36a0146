/*
 * scheduler - all background work that ends in a request to Vault: when it is
 * due, and whether we may.
 *
 * Owns:       the heap of jobs, a budget of starts per second, the number of
 *             jobs under way. Borrows jobs, which live in their owners.
 * Invariant:  at most per_second starts in any second, at most max_running
 *             under way; nothing starts before scheduler_hold() allows it; a
 *             job is under way once at most.
 * Never:      runs a job twice for one scheduler_set(); looks at the clock:
 *             time is passed in (scheduler_run()).
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_BASE_SCHEDULER_H
#define LH_BASE_SCHEDULER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/deadline_heap.h"
#include "base/timesource.h"

struct scheduler_options {
	unsigned per_second;	/* starts in any second; 0 = default 5 */
	unsigned max_running;	/* under way at once; 0 = default 4 */
};

struct scheduler;
struct scheduler_job;

/* Starts the work; it is under way until scheduler_job_done(). */
typedef void scheduler_fn(void *arg, mono_ms now);
/* Told whenever the next wake-up changes, and after every scheduler_run():
 * set one timer to it. Below 0: stop the timer, there is nothing to wait for.
 * Does not call back into the scheduler. */
typedef void scheduler_wake_fn(void *arg, mono_ms at);

struct scheduler_job {
	struct deadline_item item;
	struct deadline_heap *queue;	/* the scheduler's, where item is */
	scheduler_fn *fn;
	void *arg;
	bool running;		/* to be read only */
	bool again;		/* set while running, item.due says to when */
	bool urgent;		/* the token's jobs: before all others */
};

struct scheduler *scheduler_new(const struct scheduler_options *options,
    scheduler_wake_fn *wake, void *wake_arg);
void scheduler_free(struct scheduler *scheduler);	/* wakes nobody */

void scheduler_job_init(struct scheduler_job *job, scheduler_fn *fn,
    void *arg);
/* Due at a moment; moves it when it was set. A job under way starts again
 * after scheduler_job_done() at the soonest. */
void scheduler_set(struct scheduler *scheduler, struct scheduler_job *job,
    mono_ms due);
/* Takes it back and, when under way, gives its place to others; its fn is
 * not called again until set. */
void scheduler_cancel(struct scheduler *scheduler, struct scheduler_job *job);
/* The work of a started job has ended, whatever its result; also from within
 * its fn. After scheduler_cancel(): nothing. */
void scheduler_job_done(struct scheduler *scheduler,
    struct scheduler_job *job);

/* Vault asked for quiet (Retry-After): nothing starts before until. A hold that
 * lasts longer already stays. What was asked of a request or a renewal holds
 * the jobs of our token too, and so for SCHEDULER_HOLD_MAX_MS at most. */
#define SCHEDULER_HOLD_MAX_MS 600000
void scheduler_hold(struct scheduler *scheduler, mono_ms until);

/* Starts all that is due and allowed. */
void scheduler_run(struct scheduler *scheduler, mono_ms now);

/* Jobs that are set; jobs under way. */
size_t scheduler_waiting(const struct scheduler *scheduler);
size_t scheduler_running(const struct scheduler *scheduler);

#endif
