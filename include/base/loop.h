/*
 * loop - the one event loop: timers, signals, work for later.
 *
 * Owns:       the event base and every timer and signal made from it.
 * Invariant:  time is read once a turn; a callback runs in no other callback.
 * Never:      frees an object inside that object's own callback: the callback
 *             asks for loop_later().
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_BASE_LOOP_H
#define LH_BASE_LOOP_H

#include "base/lh_err.h"
#include "base/timesource.h"

struct event_base;		/* libevent's, for the files of http/ */
struct loop;
struct loop_timer;
struct loop_signal;

typedef void loop_fn(void *arg);

/* source: borrowed. Installs the wiping allocator in libevent first. */
enum lh_err loop_new(struct timesource *source, struct loop **loop_out)
    LH_MUSTCHECK;
void loop_free(struct loop *loop);	/* runs what is left of loop_later() */

/* Returns after loop_stop(). */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);

/* The time of this turn. */
mono_ms loop_mono(const struct loop *loop);
wall_ms loop_wall(const struct loop *loop);
mono_us loop_mono_us(const struct loop *loop);
/* By the clock itself, for what begins and ends in one turn. */
span_us loop_elapsed_us(const struct loop *loop, mono_us since);

/* Called at the end of every turn: one function only (the log's flush). */
void loop_on_turn(struct loop *loop, loop_fn *fn, void *arg);

/* Runs fn(arg) once, after the callback that is running now has returned. */
void loop_later(struct loop *loop, loop_fn *fn, void *arg);

/* A timer does nothing until set; it fires once a set. */
struct loop_timer *loop_timer_new(struct loop *loop, loop_fn *fn, void *arg);
void loop_timer_set(struct loop_timer *timer, span_ms after);
void loop_timer_stop(struct loop_timer *timer);
void loop_timer_free(struct loop_timer *timer);

struct loop_signal *loop_signal_new(struct loop *loop, int signal_number,
    loop_fn *fn, void *arg);
void loop_signal_free(struct loop_signal *sig);

/* Lent, for as long as the loop lives. */
struct event_base *loop_event_base(const struct loop *loop);

#endif
