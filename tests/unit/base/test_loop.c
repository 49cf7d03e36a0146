/*
 * test_loop - order of work in a turn, timers, signals, the time of a turn.
 * Timers are set to no delay, so that nothing waits for a clock.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "base/loop.h"

#include <event2/event.h>

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct world {
	struct timesource *source;
	struct loop *loop;
	struct loop_timer *timer;
	char trace[64];		/* one letter an event */
	int turns;
	int turns_wanted;
	int left;
	mono_ms first;
	mono_ms second;
};

static void
world_open(struct world *world)
{
	*world = (struct world){ .left = 0 };
	world->source = timesource_new_manual(1000, 5000);
	assert_int_equal(loop_new(world->source, &world->loop), LH_OK);
}

static void
world_close(struct world *world)
{
	loop_timer_free(world->timer);
	loop_free(world->loop);
	timesource_free(world->source);
}

static void
note(struct world *world, char letter)
{
	size_t len = strlen(world->trace);

	assert_true(len + 1 < sizeof(world->trace));
	world->trace[len] = letter;
}

static void
on_later(void *arg)
{
	note(arg, 'l');
}

static void
on_later_stop(void *arg)
{
	struct world *world = arg;

	note(world, 's');
	loop_stop(world->loop);
}

static void
on_turn(void *arg)
{
	struct world *world = arg;

	note(world, '.');
	if (++world->turns == world->turns_wanted)
		loop_stop(world->loop);
}

static void
work_queued_before_the_run_wakes_the_loop(void **state)
{
	struct world world;

	world_open(&world);
	loop_later(world.loop, on_later, &world);
	loop_later(world.loop, on_later_stop, &world);
	loop_run(world.loop);
	assert_string_equal(world.trace, "ls");
	world_close(&world);
}

static void
on_later_again(void *arg)
{
	struct world *world = arg;

	note(world, 'a');
	if (--world->left > 0)
		loop_later(world->loop, on_later_again, world);
	else
		loop_stop(world->loop);
}

static void
work_queued_by_work_runs_in_the_next_turn(void **state)
{
	struct world world;

	world_open(&world);
	loop_on_turn(world.loop, on_turn, &world);
	world.left = 3;
	loop_later(world.loop, on_later_again, &world);
	loop_run(world.loop);
	assert_string_equal(world.trace, "a.a.a.");
	world_close(&world);
}

static void
on_timer_queue(void *arg)
{
	struct world *world = arg;

	note(world, 't');
	loop_later(world->loop, on_later_stop, world);
	note(world, 'u');
}

static void
work_for_later_waits_until_the_callback_has_returned(void **state)
{
	struct world world;

	world_open(&world);
	loop_on_turn(world.loop, on_turn, &world);
	world.timer = loop_timer_new(world.loop, on_timer_queue, &world);
	loop_timer_set(world.timer, 0);
	loop_run(world.loop);
	assert_string_equal(world.trace, "tus.");
	world_close(&world);
}

static void
on_turn_queue(void *arg)
{
	struct world *world = arg;

	note(world, '.');
	if (++world->turns == 1)
		loop_later(world->loop, on_later_stop, world);
}

static void
work_queued_at_the_end_of_a_turn_wakes_the_loop(void **state)
{
	struct world world;

	world_open(&world);
	loop_on_turn(world.loop, on_turn_queue, &world);
	loop_later(world.loop, on_later, &world);
	loop_run(world.loop);
	assert_string_equal(world.trace, "l.s.");
	world_close(&world);
}

static void
on_timer(void *arg)
{
	struct world *world = arg;

	note(world, 't');
	if (world->left-- > 0)
		loop_timer_set(world->timer, -5);
	else
		loop_stop(world->loop);
}

static void
a_timer_fires_once_a_set_and_a_negative_delay_is_none(void **state)
{
	struct world world;

	world_open(&world);
	world.timer = loop_timer_new(world.loop, on_timer, &world);
	world.left = 2;
	loop_timer_set(world.timer, -1);
	loop_run(world.loop);
	assert_string_equal(world.trace, "ttt");
	world_close(&world);
}

static void
a_stopped_timer_does_not_fire(void **state)
{
	struct world world;

	world_open(&world);
	loop_on_turn(world.loop, on_turn, &world);
	world.turns_wanted = 3;
	world.left = 3;
	world.timer = loop_timer_new(world.loop, on_timer, &world);
	loop_timer_set(world.timer, 0);
	loop_timer_stop(world.timer);
	loop_timer_stop(world.timer);
	loop_later(world.loop, on_later_again, &world);
	loop_run(world.loop);
	assert_string_equal(world.trace, "a.a.a.");
	world_close(&world);
}

static void
on_timer_free(void *arg)
{
	struct world *world = arg;

	loop_timer_free(world->timer);
	world->timer = NULL;
	loop_stop(world->loop);
}

static void
a_timer_may_be_freed_while_it_fires(void **state)
{
	struct world world;

	world_open(&world);
	world.timer = loop_timer_new(world.loop, on_timer_free, &world);
	loop_timer_set(world.timer, 0);
	loop_run(world.loop);
	assert_null(world.timer);
	world_close(&world);
}

static void
on_signal(void *arg)
{
	struct world *world = arg;

	note(world, 'g');
	loop_stop(world->loop);
}

static void
a_signal_calls_back_from_the_loop(void **state)
{
	struct world world;
	struct loop_signal *sig;

	world_open(&world);
	sig = loop_signal_new(world.loop, SIGUSR1, on_signal, &world);
	assert_int_equal(raise(SIGUSR1), 0);
	assert_string_equal(world.trace, "");
	loop_run(world.loop);
	assert_string_equal(world.trace, "g");
	loop_signal_free(sig);
	world_close(&world);
}

static void
on_later_look_twice(void *arg)
{
	struct world *world = arg;

	world->first = loop_mono(world->loop);
	timesource_advance(world->source, 50);
	world->second = loop_mono(world->loop);
	assert_int_equal(loop_wall(world->loop), world->first + 4000);
	if (--world->left > 0)
		loop_later(world->loop, on_later_look_twice, world);
	else
		loop_stop(world->loop);
}

static void
time_stands_still_within_a_turn_only(void **state)
{
	struct world world;

	world_open(&world);
	assert_int_equal(loop_mono(world.loop), 1000);
	timesource_advance(world.source, 10);
	assert_int_equal(loop_mono(world.loop), 1010);
	world.left = 2;
	loop_later(world.loop, on_later_look_twice, &world);
	loop_run(world.loop);
	assert_int_equal(world.first, 1060);
	assert_int_equal(world.second, 1060);
	assert_int_equal(loop_mono(world.loop), 1110);
	world_close(&world);
}

static void
a_stop_before_the_run_counts_and_a_stopped_loop_runs_again(void **state)
{
	struct world world;

	world_open(&world);
	loop_stop(world.loop);
	loop_run(world.loop);
	assert_string_equal(world.trace, "");
	loop_later(world.loop, on_later_stop, &world);
	loop_run(world.loop);
	assert_string_equal(world.trace, "s");
	world_close(&world);
}

static void
work_that_is_left_runs_when_the_loop_is_freed(void **state)
{
	struct world world;

	world_open(&world);
	world.left = 2;
	loop_later(world.loop, on_later_again, &world);
	loop_free(world.loop);
	assert_string_equal(world.trace, "aa");
	timesource_free(world.source);
	loop_free(NULL);
}

static void
on_event(evutil_socket_t fd, short what, void *arg)
{
	note(arg, 'e');
	loop_later(((struct world *)arg)->loop, on_later_stop, arg);
}

static void
events_made_by_others_end_a_turn_too(void **state)
{
	const struct timeval at_once = { 0, 0 };
	struct world world;

	world_open(&world);
	loop_on_turn(world.loop, on_turn, &world);
	assert_int_equal(event_base_once(loop_event_base(world.loop), -1,
	    EV_TIMEOUT, on_event, &world, &at_once), 0);
	loop_run(world.loop);
	assert_string_equal(world.trace, "es.");
	world_close(&world);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(work_queued_before_the_run_wakes_the_loop),
		cmocka_unit_test(work_queued_by_work_runs_in_the_next_turn),
		cmocka_unit_test(
		    work_for_later_waits_until_the_callback_has_returned),
		cmocka_unit_test(
		    work_queued_at_the_end_of_a_turn_wakes_the_loop),
		cmocka_unit_test(
		    a_timer_fires_once_a_set_and_a_negative_delay_is_none),
		cmocka_unit_test(a_stopped_timer_does_not_fire),
		cmocka_unit_test(a_timer_may_be_freed_while_it_fires),
		cmocka_unit_test(a_signal_calls_back_from_the_loop),
		cmocka_unit_test(time_stands_still_within_a_turn_only),
		cmocka_unit_test(
		    a_stop_before_the_run_counts_and_a_stopped_loop_runs_again),
		cmocka_unit_test(work_that_is_left_runs_when_the_loop_is_freed),
		cmocka_unit_test(events_made_by_others_end_a_turn_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
