/*
 * fake_loop - timers and work for later in two lists.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "fake_loop.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/lh_assert.h"
#include "base/xalloc.h"

struct later {
	struct later *next;
	loop_fn *fn;
	void *arg;
};

struct loop_timer {
	struct loop *loop;
	struct loop_timer *next;
	loop_fn *fn;
	void *arg;
	bool set;
	mono_ms due;
};

struct loop {
	mono_ms now;
	struct loop_timer *timers;
	struct later *later;
	struct later **later_end;
};

static struct loop_timer *due_timer(struct loop *loop);
static void run_later(struct loop *loop);

struct loop *
fake_loop_new(mono_ms now)
{
	struct loop *loop = xcalloc(1, sizeof(*loop));

	loop->now = now;
	loop->later_end = &loop->later;
	return loop;
}

void
fake_loop_free(struct loop *loop)
{
	while (loop->later != NULL)
		run_later(loop);
	lh_assert(loop->timers == NULL);
	free(loop);
}

mono_ms
fake_loop_soonest(const struct loop *loop)
{
	mono_ms soonest = INT64_MAX;

	for (const struct loop_timer *timer = loop->timers; timer != NULL;
	    timer = timer->next) {
		if (timer->set && timer->due < soonest)
			soonest = timer->due;
	}
	return soonest;
}

void
fake_loop_set_time(struct loop *loop, mono_ms now)
{
	lh_assert(now >= loop->now);
	loop->now = now;
}

void
fake_loop_turn(struct loop *loop)
{
	struct loop_timer *timer;

	while ((timer = due_timer(loop)) != NULL) {
		timer->set = false;
		timer->fn(timer->arg);
	}
	run_later(loop);
}

mono_ms
loop_mono(const struct loop *loop)
{
	return loop->now;
}

wall_ms
loop_wall(const struct loop *loop)
{
	return loop->now;
}

void
loop_later(struct loop *loop, loop_fn *fn, void *arg)
{
	struct later *later = xcalloc(1, sizeof(*later));

	later->fn = fn;
	later->arg = arg;
	*loop->later_end = later;
	loop->later_end = &later->next;
}

struct loop_timer *
loop_timer_new(struct loop *loop, loop_fn *fn, void *arg)
{
	struct loop_timer *timer = xcalloc(1, sizeof(*timer));

	timer->loop = loop;
	timer->fn = fn;
	timer->arg = arg;
	timer->next = loop->timers;
	loop->timers = timer;
	return timer;
}

void
loop_timer_set(struct loop_timer *timer, span_ms after)
{
	timer->set = true;
	timer->due = timer->loop->now + (after < 0 ? 0 : after);
}

void
loop_timer_stop(struct loop_timer *timer)
{
	timer->set = false;
}

void
loop_timer_free(struct loop_timer *timer)
{
	struct loop_timer **place;

	if (timer == NULL)
		return;
	place = &timer->loop->timers;
	while (*place != timer)
		place = &(*place)->next;
	*place = timer->next;
	free(timer);
}

static struct loop_timer *
due_timer(struct loop *loop)
{
	for (struct loop_timer *timer = loop->timers; timer != NULL;
	    timer = timer->next) {
		if (timer->set && timer->due <= loop->now)
			return timer;
	}
	return NULL;
}

static void
run_later(struct loop *loop)
{
	struct later *later = loop->later;
	struct later *next;

	loop->later = NULL;
	loop->later_end = &loop->later;
	for (; later != NULL; later = next) {
		next = later->next;
		later->fn(later->arg);
		free(later);
	}
}
