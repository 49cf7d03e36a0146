/*
 * loop - libevent's event base, turned by hand.
 *
 * libevent is asked for one turn at a time: it waits until something happens,
 * calls every callback that is due and returns. Then the work for later runs,
 * and the function of the turn. Work that was queued meanwhile belongs to the
 * next turn, which does not wait then; so nothing that queues itself again
 * and again keeps the descriptors from being served.
 *
 * The clock is read at the first question of a turn and the answer kept until
 * the turn ends. libevent's own idea of now, from which its timers count, is
 * brought up to date at the same moment: hence a timer never fires before
 * loop_mono() has reached its time.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "base/loop.h"

#include <event2/event.h>
#include <event2/event_struct.h>

#include <stdbool.h>
#include <stdlib.h>

#include "base/lh_assert.h"
#include "base/lh_need.h"
#include "base/secret_alloc.h"
#include "base/xalloc.h"

#define LATER_AT_FIRST 64

struct later {
	loop_fn *fn;
	void *arg;
};

/* The memory stays from turn to turn, for as much as was ever queued. */
struct later_list {
	struct later *items;
	size_t count;
	size_t room;
};

/* Filled by those who ask, whose loop is const; therefore apart. */
struct turn_clock {
	bool known;		/* in this turn */
	bool in_turn;		/* else nothing is kept */
	mono_us mono;
	wall_ms wall;
};

struct loop {
	struct event_base *base;
	struct timesource *source;
	struct turn_clock *clock;
	struct later_list later;
	struct later_list spare;	/* empty; takes turns with later */
	loop_fn *on_turn;
	void *on_turn_arg;
	size_t events;		/* timers and signals alive */
	bool stopping;
};

struct loop_timer {
	struct loop *loop;
	struct event event;
	bool is_set;
	loop_fn *fn;
	void *arg;
};

struct loop_signal {
	struct loop *loop;
	struct event *event;
	loop_fn *fn;
	void *arg;
};

static struct event_base *base_new(void);
static void run_turn(struct loop *loop);
static void run_later(struct loop *loop);
static const struct turn_clock *read_clock(const struct loop *loop);
static void on_timer(evutil_socket_t fd, short what, void *arg);
static void on_signal(evutil_socket_t fd, short what, void *arg);

enum lh_err
loop_new(struct timesource *source, struct loop **loop_out)
{
	struct event_base *base;
	struct loop *loop;

	event_set_mem_functions(secret_need_malloc, secret_need_realloc,
	    secret_free);
	base = base_new();
	if (base == NULL)
		return LH_ERR_SYSTEM;
	loop = xcalloc(1, sizeof(*loop));
	loop->base = base;
	loop->source = source;
	loop->clock = xcalloc(1, sizeof(*loop->clock));
	*loop_out = loop;
	return LH_OK;
}

void
loop_free(struct loop *loop)
{
	if (loop == NULL)
		return;
	while (loop->later.count > 0)
		run_later(loop);
	lh_assert(loop->events == 0);
	event_base_free(loop->base);
	free(loop->later.items);
	free(loop->spare.items);
	free(loop->clock);
	free(loop);
}

void
loop_run(struct loop *loop)
{
	while (!loop->stopping)
		run_turn(loop);
	loop->stopping = false;
}

void
loop_stop(struct loop *loop)
{
	loop->stopping = true;
}

mono_ms
loop_mono(const struct loop *loop)
{
	return read_clock(loop)->mono / 1000;
}

mono_us
loop_mono_us(const struct loop *loop)
{
	return read_clock(loop)->mono;
}

span_us
loop_elapsed_us(const struct loop *loop, mono_us since)
{
	return timesource_mono_us(loop->source) - since;
}

wall_ms
loop_wall(const struct loop *loop)
{
	return read_clock(loop)->wall;
}

void
loop_on_turn(struct loop *loop, loop_fn *fn, void *arg)
{
	loop->on_turn = fn;
	loop->on_turn_arg = arg;
}

void
loop_later(struct loop *loop, loop_fn *fn, void *arg)
{
	struct later_list *list = &loop->later;

	if (list->count == list->room) {
		list->room = list->room == 0 ? LATER_AT_FIRST : 2 * list->room;
		list->items = xreallocarray(list->items, list->room,
		    sizeof(*list->items));
	}
	list->items[list->count++] = (struct later){ fn, arg };
}

struct loop_timer *
loop_timer_new(struct loop *loop, loop_fn *fn, void *arg)
{
	struct loop_timer *timer = xmalloc(sizeof(*timer));

	timer->loop = loop;
	timer->is_set = false;
	timer->fn = fn;
	timer->arg = arg;
	lh_need(evtimer_assign(&timer->event, loop->base, on_timer,
	    timer) == 0, "make a timer");
	loop->events++;
	return timer;
}

void
loop_timer_set(struct loop_timer *timer, span_ms after)
{
	struct timeval tv;

	if (after < 0)
		after = 0;
	tv.tv_sec = after / 1000;
	tv.tv_usec = after % 1000 * 1000;
	(void)read_clock(timer->loop);
	lh_need(evtimer_add(&timer->event, &tv) == 0, "start a timer");
	timer->is_set = true;
}

void
loop_timer_stop(struct loop_timer *timer)
{
	if (timer->is_set)
		evtimer_del(&timer->event);
	timer->is_set = false;
}

void
loop_timer_free(struct loop_timer *timer)
{
	if (timer == NULL)
		return;
	timer->loop->events--;
	loop_timer_stop(timer);
	free(timer);
}

struct loop_signal *
loop_signal_new(struct loop *loop, int signal_number, loop_fn *fn, void *arg)
{
	struct loop_signal *sig = xmalloc(sizeof(*sig));

	sig->loop = loop;
	sig->fn = fn;
	sig->arg = arg;
	sig->event = evsignal_new(loop->base, signal_number, on_signal, sig);
	lh_need(sig->event != NULL && evsignal_add(sig->event, NULL) == 0,
	    "wait for a signal");
	loop->events++;
	return sig;
}

void
loop_signal_free(struct loop_signal *sig)
{
	if (sig == NULL)
		return;
	sig->loop->events--;
	event_free(sig->event);
	free(sig);
}

struct event_base *
loop_event_base(const struct loop *loop)
{
	return loop->base;
}

static struct event_base *
base_new(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base = NULL;

	if (config == NULL)
		return NULL;
	/* Without it the time of timers comes in steps of some ms. */
	if (event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER) == 0)
		base = event_base_new_with_config(config);
	event_config_free(config);
	return base;
}

static void
run_turn(struct loop *loop)
{
	int flags = EVLOOP_ONCE | EVLOOP_NO_EXIT_ON_EMPTY;

	if (loop->later.count > 0)
		flags |= EVLOOP_NONBLOCK;
	loop->clock->known = false;
	loop->clock->in_turn = true;
	lh_need(event_base_loop(loop->base, flags) >= 0, "wait for events");
	run_later(loop);
	if (loop->on_turn != NULL)
		loop->on_turn(loop->on_turn_arg);
	loop->clock->in_turn = false;
}

/* Runs what is queued now; what that queues stays. */
static void
run_later(struct loop *loop)
{
	struct later_list due = loop->later;

	loop->later = loop->spare;
	for (size_t i = 0; i < due.count; i++)
		due.items[i].fn(due.items[i].arg);
	due.count = 0;
	loop->spare = due;
}

static const struct turn_clock *
read_clock(const struct loop *loop)
{
	struct turn_clock *clock = loop->clock;

	if (clock->known && clock->in_turn)
		return clock;
	clock->mono = timesource_mono_us(loop->source);
	clock->wall = timesource_wall(loop->source);
	clock->known = true;
	event_base_update_cache_time(loop->base);
	return clock;
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct loop_timer *timer = arg;

	timer->is_set = false;
	timer->fn(timer->arg);
}

static void
on_signal(evutil_socket_t fd, short what, void *arg)
{
	struct loop_signal *sig = arg;

	sig->fn(sig->arg);
}
