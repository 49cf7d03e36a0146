/*
 * test_scheduler - budget, places, order, hold, and jobs that touch the
 * scheduler while it runs them.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "base/scheduler.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define JOBS_MAX 100
#define NONE ((mono_ms)-1)

struct world;

struct job {
	struct scheduler_job job;
	struct world *world;
	int starts;
	mono_ms started;
	/* What to do from within, when not NULL. */
	void (*within)(struct job *job, mono_ms now);
};

struct world {
	struct scheduler *scheduler;
	mono_ms wake;		/* the timer */
	int wakes;
	int order_count;
	struct job *order[JOBS_MAX * 4];
	struct job jobs[JOBS_MAX];
};

static void
on_wake(void *arg, mono_ms at)
{
	struct world *world = arg;

	world->wake = at;
	world->wakes++;
}

static void
on_start(void *arg, mono_ms now)
{
	struct job *job = arg;
	struct world *world = job->world;

	job->starts++;
	job->started = now;
	assert_in_range(world->order_count, 0, JOBS_MAX * 4 - 1);
	world->order[world->order_count++] = job;
	if (job->within != NULL)
		job->within(job, now);
}

static void
world_open(struct world *world, unsigned per_second, unsigned max_running)
{
	const struct scheduler_options options = {
		.per_second = per_second,
		.max_running = max_running,
	};

	*world = (struct world){ .wake = NONE };
	world->scheduler = scheduler_new(&options, on_wake, world);
	for (int i = 0; i < JOBS_MAX; i++) {
		struct job *job = &world->jobs[i];

		job->world = world;
		scheduler_job_init(&job->job, on_start, job);
	}
}

static void
set(struct world *world, int i, mono_ms due)
{
	scheduler_set(world->scheduler, &world->jobs[i].job, due);
}

static void
done(struct world *world, int i)
{
	scheduler_job_done(world->scheduler, &world->jobs[i].job);
}

static void
finish_at_once(struct job *job, mono_ms now)
{
	scheduler_job_done(job->world->scheduler, &job->job);
}

static void
finish_all(struct world *world)
{
	for (int i = 0; i < JOBS_MAX; i++)
		done(world, i);
}

/* Starts of all jobs in the half-open second that ends at now. */
static int
starts_in_second(const struct world *world, mono_ms now)
{
	int n = 0;

	for (int i = 0; i < JOBS_MAX; i++)
		n += world->jobs[i].starts > 0 &&
		    world->jobs[i].started > now - 1000;
	return n;
}

static void
a_hundred_jobs_due_at_once_start_five_in_any_second(void **state)
{
	struct world world;
	mono_ms now;

	world_open(&world, 0, JOBS_MAX);
	for (int i = 0; i < JOBS_MAX; i++)
		set(&world, i, 1000);
	for (now = 1000; world.order_count < JOBS_MAX; now += 7) {
		scheduler_run(world.scheduler, now);
		assert_in_range(starts_in_second(&world, now), 0, 5);
		assert_true(now < 1000 + 30 * 1000);
	}
	assert_true(now > 1000 + 19 * 1000);
	for (int i = 0; i < JOBS_MAX; i++)
		assert_int_equal(world.jobs[i].starts, 1);
	assert_int_equal(scheduler_running(world.scheduler), JOBS_MAX);
	scheduler_free(world.scheduler);
}

static void
following_the_wake_ups_alone_starts_every_job_at_full_rate(void **state)
{
	struct world world;
	int turns = 0;

	world_open(&world, 5, 4);
	for (int i = 0; i < JOBS_MAX; i++) {
		world.jobs[i].within = finish_at_once;
		set(&world, i, 500);
	}
	while (world.wake != NONE) {
		mono_ms now = world.wake;

		scheduler_run(world.scheduler, now);
		assert_in_range(starts_in_second(&world, now), 0, 5);
		assert_in_range(turns++, 0, JOBS_MAX);
	}
	assert_int_equal(world.order_count, JOBS_MAX);
	assert_int_equal(world.order[JOBS_MAX - 1]->started, 500 + 19 * 1000);
	scheduler_free(world.scheduler);
}

static void
spread_starts_free_the_budget_one_by_one(void **state)
{
	struct world world;

	world_open(&world, 2, 100);
	set(&world, 0, 0);
	scheduler_run(world.scheduler, 0);
	set(&world, 1, 600);
	scheduler_run(world.scheduler, 600);
	set(&world, 2, 600);
	set(&world, 3, 600);
	assert_int_equal(world.wake, 1000);
	scheduler_run(world.scheduler, 999);
	assert_int_equal(world.order_count, 2);
	scheduler_run(world.scheduler, 1000);
	assert_int_equal(world.order_count, 3);
	assert_int_equal(world.wake, 1600);
	scheduler_free(world.scheduler);
}

static void
no_more_than_max_running_are_under_way(void **state)
{
	struct world world;

	world_open(&world, 100, 0);
	for (int i = 0; i < 10; i++)
		set(&world, i, i);
	scheduler_run(world.scheduler, 50);
	assert_int_equal(scheduler_running(world.scheduler), 4);
	assert_int_equal(scheduler_waiting(world.scheduler), 6);
	assert_int_equal(world.wake, NONE);

	done(&world, 2);
	done(&world, 2);
	assert_int_equal(scheduler_running(world.scheduler), 3);
	assert_int_equal(world.wake, 4);
	scheduler_run(world.scheduler, 51);
	assert_int_equal(world.jobs[4].starts, 1);
	assert_int_equal(scheduler_running(world.scheduler), 4);
	scheduler_free(world.scheduler);
}

static void
urgent_jobs_go_first_within_the_same_budget(void **state)
{
	struct world world;

	world_open(&world, 3, 10);
	for (int i = 0; i < 10; i++) {
		world.jobs[i].job.urgent = i >= 5;
		set(&world, i, i);
	}
	scheduler_run(world.scheduler, 20);
	assert_int_equal(world.order_count, 3);
	scheduler_run(world.scheduler, 1020);
	assert_int_equal(world.order_count, 6);
	for (int i = 0; i < 5; i++)
		assert_ptr_equal(world.order[i], &world.jobs[5 + i]);
	assert_ptr_equal(world.order[5], &world.jobs[0]);
	scheduler_free(world.scheduler);
}

static void
an_urgent_job_that_is_not_due_holds_nobody_up(void **state)
{
	struct world world;

	world_open(&world, 5, 4);
	world.jobs[0].job.urgent = true;
	set(&world, 0, 9000);
	set(&world, 1, 10);
	assert_int_equal(world.wake, 10);
	scheduler_run(world.scheduler, 10);
	assert_int_equal(world.jobs[0].starts, 0);
	assert_int_equal(world.jobs[1].starts, 1);
	assert_int_equal(world.wake, 9000);
	scheduler_free(world.scheduler);
}

static void
nothing_starts_while_held_and_the_longest_hold_counts(void **state)
{
	struct world world;

	world_open(&world, 5, 4);
	world.jobs[1].job.urgent = true;
	set(&world, 0, 100);
	set(&world, 1, 100);
	scheduler_hold(world.scheduler, 5000);
	assert_int_equal(world.wake, 5000);
	scheduler_hold(world.scheduler, 3000);
	assert_int_equal(world.wake, 5000);
	scheduler_run(world.scheduler, 4999);
	assert_int_equal(world.order_count, 0);
	scheduler_run(world.scheduler, 5000);
	assert_int_equal(world.order_count, 2);
	scheduler_free(world.scheduler);
}

static void
hold_everything(struct job *job, mono_ms now)
{
	scheduler_hold(job->world->scheduler, now + 700);
}

static void
a_hold_from_within_stops_the_run(void **state)
{
	struct world world;

	world_open(&world, 5, 4);
	world.jobs[0].within = hold_everything;
	set(&world, 0, 1);
	set(&world, 1, 2);
	scheduler_run(world.scheduler, 10);
	assert_int_equal(world.order_count, 1);
	assert_int_equal(world.wake, 710);
	scheduler_run(world.scheduler, 710);
	assert_int_equal(world.order_count, 2);
	scheduler_free(world.scheduler);
}

static void
a_cancelled_job_never_starts(void **state)
{
	struct world world;

	world_open(&world, 5, 4);
	set(&world, 0, 100);
	scheduler_cancel(world.scheduler, &world.jobs[0].job);
	scheduler_cancel(world.scheduler, &world.jobs[0].job);
	assert_int_equal(world.wake, NONE);
	assert_int_equal(scheduler_waiting(world.scheduler), 0);
	scheduler_run(world.scheduler, 1000);
	assert_int_equal(world.order_count, 0);
	scheduler_free(world.scheduler);
}

static void
cancelling_a_job_under_way_gives_its_place_to_the_next(void **state)
{
	struct world world;

	world_open(&world, 5, 1);
	set(&world, 0, 0);
	set(&world, 1, 0);
	world.jobs[0].job.urgent = true;
	set(&world, 0, 0);
	scheduler_run(world.scheduler, 0);
	assert_int_equal(world.jobs[0].starts, 1);
	set(&world, 0, 0);	/* again, to be forgotten */
	scheduler_cancel(world.scheduler, &world.jobs[0].job);
	assert_int_equal(scheduler_running(world.scheduler), 0);
	assert_int_equal(scheduler_waiting(world.scheduler), 1);
	assert_int_equal(world.wake, 0);
	scheduler_run(world.scheduler, 1);
	assert_int_equal(world.jobs[1].starts, 1);
	done(&world, 0);	/* too late, nobody listens */
	assert_int_equal(scheduler_running(world.scheduler), 1);
	scheduler_free(world.scheduler);
}

static void
cancel_the_others(struct job *job, mono_ms now)
{
	struct world *world = job->world;

	for (int i = 0; i < JOBS_MAX; i++)
		if (&world->jobs[i] != job)
			scheduler_cancel(world->scheduler,
			    &world->jobs[i].job);
}

static void
a_job_may_cancel_others_that_are_due_in_the_same_run(void **state)
{
	struct world world;

	world_open(&world, 50, 50);
	for (int i = 0; i < 10; i++)
		set(&world, i, i);
	world.jobs[3].within = cancel_the_others;
	scheduler_run(world.scheduler, 100);
	assert_int_equal(world.order_count, 4);
	assert_int_equal(scheduler_running(world.scheduler), 1);
	assert_int_equal(scheduler_waiting(world.scheduler), 0);
	scheduler_free(world.scheduler);
}

static void
set_myself_again(struct job *job, mono_ms now)
{
	scheduler_set(job->world->scheduler, &job->job, now);
}

static void
a_job_set_from_within_starts_again_only_when_done(void **state)
{
	struct world world;

	world_open(&world, 5, 4);
	world.jobs[0].within = set_myself_again;
	set(&world, 0, 10);
	set(&world, 1, 20);
	scheduler_run(world.scheduler, 10);
	assert_int_equal(world.jobs[0].starts, 1);
	assert_int_equal(scheduler_waiting(world.scheduler), 2);
	assert_int_equal(world.wake, 20);
	scheduler_run(world.scheduler, 30);
	assert_int_equal(world.jobs[0].starts, 1);
	assert_int_equal(world.jobs[1].starts, 1);

	done(&world, 0);
	assert_int_equal(world.wake, 10);
	scheduler_run(world.scheduler, 31);
	assert_int_equal(world.jobs[0].starts, 2);
	scheduler_free(world.scheduler);
}

static void
set_and_finish(struct job *job, mono_ms now)
{
	scheduler_set(job->world->scheduler, &job->job, now);
	scheduler_job_done(job->world->scheduler, &job->job);
}

static void
a_job_that_comes_back_at_once_is_bound_by_the_budget(void **state)
{
	struct world world;

	world_open(&world, 5, 4);
	world.jobs[0].within = set_and_finish;
	set(&world, 0, 10);
	scheduler_run(world.scheduler, 10);
	assert_int_equal(world.jobs[0].starts, 5);
	assert_int_equal(world.wake, 1010);
	scheduler_free(world.scheduler);
}

static void
run_inside(struct job *job, mono_ms now)
{
	scheduler_run(job->world->scheduler, now);
}

static void
a_run_within_a_run_is_left_to_the_outer_one(void **state)
{
	struct world world;

	world_open(&world, 5, 4);
	for (int i = 0; i < 3; i++) {
		world.jobs[i].within = run_inside;
		set(&world, i, i);
	}
	world.wakes = 0;
	scheduler_run(world.scheduler, 10);
	assert_int_equal(world.order_count, 3);
	assert_int_equal(world.wakes, 1);
	scheduler_free(world.scheduler);
}

static void
wake_ups_are_told_when_they_change_and_after_a_run(void **state)
{
	struct world world;

	world_open(&world, 5, 4);
	set(&world, 0, 500);
	assert_int_equal(world.wakes, 1);
	set(&world, 1, 600);
	assert_int_equal(world.wakes, 1);
	set(&world, 1, 400);
	assert_int_equal(world.wakes, 2);
	assert_int_equal(world.wake, 400);
	scheduler_run(world.scheduler, 399);	/* a timer that came early */
	assert_int_equal(world.wakes, 3);
	assert_int_equal(world.wake, 400);
	finish_all(&world);
	assert_int_equal(world.wakes, 3);
	scheduler_free(world.scheduler);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_hundred_jobs_due_at_once_start_five_in_any_second),
		cmocka_unit_test(
		    following_the_wake_ups_alone_starts_every_job_at_full_rate),
		cmocka_unit_test(spread_starts_free_the_budget_one_by_one),
		cmocka_unit_test(no_more_than_max_running_are_under_way),
		cmocka_unit_test(urgent_jobs_go_first_within_the_same_budget),
		cmocka_unit_test(an_urgent_job_that_is_not_due_holds_nobody_up),
		cmocka_unit_test(
		    nothing_starts_while_held_and_the_longest_hold_counts),
		cmocka_unit_test(a_hold_from_within_stops_the_run),
		cmocka_unit_test(a_cancelled_job_never_starts),
		cmocka_unit_test(
		    cancelling_a_job_under_way_gives_its_place_to_the_next),
		cmocka_unit_test(
		    a_job_may_cancel_others_that_are_due_in_the_same_run),
		cmocka_unit_test(
		    a_job_set_from_within_starts_again_only_when_done),
		cmocka_unit_test(
		    a_job_that_comes_back_at_once_is_bound_by_the_budget),
		cmocka_unit_test(a_run_within_a_run_is_left_to_the_outer_one),
		cmocka_unit_test(
		    wake_ups_are_told_when_they_change_and_after_a_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
