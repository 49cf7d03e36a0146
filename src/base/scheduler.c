/*
 * scheduler - two queues of jobs, urgent and not, behind one budget.
 *
 * The budget of starts is kept exactly: a ring holds the moments of the last
 * per_second starts, and another start must be a second later than the oldest
 * of them. So no window of a second, wherever it begins, sees more.
 *
 * A job that is set while under way waits outside of the queues until it is
 * done; in a queue it would stand at the head, due and not startable.
 *
 * The next moment at which something could start follows from the queues, the
 * ring and the hold; it is worked out after each change and told to the owner
 * of the timer when it is another than before. A run always tells it: a timer
 * that has fired is spent, even when it fired too early for anything to start.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "base/scheduler.h"

#include <stdlib.h>

#include "base/lh_assert.h"
#include "base/xalloc.h"

#define PER_SECOND_DEFAULT 5
#define MAX_RUNNING_DEFAULT 4
#define BUDGET_MS 1000
#define NEVER ((mono_ms)-1)

struct scheduler {
	struct deadline_heap *urgent;
	struct deadline_heap *normal;
	size_t again;		/* jobs under way and set */
	size_t running;
	size_t max_running;
	mono_ms *starts;	/* a ring, the oldest at next_start when full */
	size_t starts_room;
	size_t starts_count;
	size_t next_start;
	mono_ms hold_until;
	scheduler_wake_fn *wake;
	void *wake_arg;
	mono_ms told;		/* what the owner of the timer knows */
	bool in_run;
};

static struct scheduler_job *take_startable(struct scheduler *scheduler,
    mono_ms now);
static void start(struct scheduler *scheduler, struct scheduler_job *job,
    mono_ms now);
static void take_back(struct scheduler *scheduler, struct scheduler_job *job);
static void enqueue(struct scheduler *scheduler, struct scheduler_job *job);
static mono_ms allowed_from(const struct scheduler *scheduler);
static mono_ms next_moment(const struct scheduler *scheduler);
static void tell_change(struct scheduler *scheduler);
static void tell(struct scheduler *scheduler, mono_ms at);

struct scheduler *
scheduler_new(const struct scheduler_options *options,
    scheduler_wake_fn *wake, void *wake_arg)
{
	struct scheduler *scheduler = xcalloc(1, sizeof(*scheduler));

	scheduler->starts_room = options->per_second == 0 ?
	    PER_SECOND_DEFAULT : options->per_second;
	scheduler->max_running = options->max_running == 0 ?
	    MAX_RUNNING_DEFAULT : options->max_running;
	scheduler->starts = xcalloc(scheduler->starts_room,
	    sizeof(scheduler->starts[0]));
	scheduler->urgent = deadline_heap_new();
	scheduler->normal = deadline_heap_new();
	scheduler->wake = wake;
	scheduler->wake_arg = wake_arg;
	scheduler->told = NEVER;
	return scheduler;
}

void
scheduler_free(struct scheduler *scheduler)
{
	if (scheduler == NULL)
		return;
	lh_assert(!scheduler->in_run);
	deadline_heap_free(scheduler->urgent);
	deadline_heap_free(scheduler->normal);
	free(scheduler->starts);
	free(scheduler);
}

void
scheduler_job_init(struct scheduler_job *job, scheduler_fn *fn, void *arg)
{
	*job = (struct scheduler_job){ .fn = fn, .arg = arg };
	deadline_item_init(&job->item);
}

void
scheduler_set(struct scheduler *scheduler, struct scheduler_job *job,
    mono_ms due)
{
	take_back(scheduler, job);
	job->item.due = due;
	if (job->running) {
		job->again = true;
		scheduler->again++;
		return;
	}
	enqueue(scheduler, job);
	tell_change(scheduler);
}

void
scheduler_cancel(struct scheduler *scheduler, struct scheduler_job *job)
{
	take_back(scheduler, job);
	scheduler_job_done(scheduler, job);
	tell_change(scheduler);
}

void
scheduler_job_done(struct scheduler *scheduler, struct scheduler_job *job)
{
	if (!job->running)
		return;
	lh_assert(scheduler->running > 0);
	scheduler->running--;
	job->running = false;
	if (job->again) {
		take_back(scheduler, job);
		enqueue(scheduler, job);
	}
	tell_change(scheduler);
}

void
scheduler_hold(struct scheduler *scheduler, mono_ms until)
{
	if (until <= scheduler->hold_until)
		return;
	scheduler->hold_until = until;
	tell_change(scheduler);
}

void
scheduler_run(struct scheduler *scheduler, mono_ms now)
{
	struct scheduler_job *job;

	/* The run that is under way sees to it. */
	if (scheduler->in_run)
		return;
	scheduler->in_run = true;
	while ((job = take_startable(scheduler, now)) != NULL)
		start(scheduler, job, now);
	scheduler->in_run = false;
	tell(scheduler, next_moment(scheduler));
}

size_t
scheduler_waiting(const struct scheduler *scheduler)
{
	return deadline_heap_count(scheduler->urgent) +
	    deadline_heap_count(scheduler->normal) + scheduler->again;
}

size_t
scheduler_running(const struct scheduler *scheduler)
{
	return scheduler->running;
}

static struct scheduler_job *
take_startable(struct scheduler *scheduler, mono_ms now)
{
	struct deadline_item *item;

	if (scheduler->running >= scheduler->max_running ||
	    now < allowed_from(scheduler))
		return NULL;
	item = deadline_heap_pop(scheduler->urgent, now);
	if (item == NULL)
		item = deadline_heap_pop(scheduler->normal, now);
	if (item == NULL)
		return NULL;
	return lh_container_of(item, struct scheduler_job, item);
}

/* The job may be gone when its fn returns. */
static void
start(struct scheduler *scheduler, struct scheduler_job *job, mono_ms now)
{
	scheduler->starts[scheduler->next_start] = now;
	scheduler->next_start =
	    (scheduler->next_start + 1) % scheduler->starts_room;
	if (scheduler->starts_count < scheduler->starts_room)
		scheduler->starts_count++;
	scheduler->running++;
	job->queue = NULL;
	job->running = true;
	job->fn(job->arg, now);
}

static void
take_back(struct scheduler *scheduler, struct scheduler_job *job)
{
	if (job->queue != NULL)
		deadline_heap_remove(job->queue, &job->item);
	job->queue = NULL;
	if (job->again)
		scheduler->again--;
	job->again = false;
}

static void
enqueue(struct scheduler *scheduler, struct scheduler_job *job)
{
	job->queue = job->urgent ? scheduler->urgent : scheduler->normal;
	deadline_heap_set(job->queue, &job->item, job->item.due);
}

/* The soonest moment that hold and budget leave. */
static mono_ms
allowed_from(const struct scheduler *scheduler)
{
	mono_ms from = scheduler->hold_until;

	if (scheduler->starts_count == scheduler->starts_room) {
		mono_ms oldest = scheduler->starts[scheduler->next_start];

		if (oldest + BUDGET_MS > from)
			from = oldest + BUDGET_MS;
	}
	return from;
}

static mono_ms
next_moment(const struct scheduler *scheduler)
{
	struct deadline_item *urgent = deadline_heap_first(scheduler->urgent);
	struct deadline_item *normal = deadline_heap_first(scheduler->normal);
	struct deadline_item *first = urgent == NULL ? normal : urgent;
	mono_ms from = allowed_from(scheduler);

	if (first == NULL || scheduler->running >= scheduler->max_running)
		return NEVER;
	if (normal != NULL && normal->due < first->due)
		first = normal;
	return first->due > from ? first->due : from;
}

static void
tell_change(struct scheduler *scheduler)
{
	mono_ms at = next_moment(scheduler);

	if (!scheduler->in_run && at != scheduler->told)
		tell(scheduler, at);
}

static void
tell(struct scheduler *scheduler, mono_ms at)
{
	scheduler->told = at;
	scheduler->wake(scheduler->wake_arg, at);
}
