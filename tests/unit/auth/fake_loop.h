/*
 * fake_loop - include/base/loop.h without an event base: time moves when the
 * test says so, and everything due then runs, in order.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_TESTS_FAKE_LOOP_H
#define LH_TESTS_FAKE_LOOP_H

#include "base/loop.h"

struct loop *fake_loop_new(mono_ms now);
void fake_loop_free(struct loop *loop);

/* The soonest timer; INT64_MAX: none. */
mono_ms fake_loop_soonest(const struct loop *loop);
/* Time becomes now, no timer fires yet. */
void fake_loop_set_time(struct loop *loop, mono_ms now);
/* Fires the timers that are due, then does what was put off. */
void fake_loop_turn(struct loop *loop);

#endif
