/*
 * auth_waiters - callers who wait for a token.
 *
 * Owns:       one record a caller, until it was called or has left.
 * Invariant:  a caller hears once, or has left and never hears; never from
 *             inside auth_waiters_add() or auth_waiters_wake().
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_AUTH_AUTH_WAITERS_H
#define LH_AUTH_AUTH_WAITERS_H

#include <stdbool.h>
#include <stdint.h>

#include "auth/auth_keeper.h"
#include "base/loop.h"

struct auth_waiters;

/* May who waits for a token younger than generation hear now, and what?
 * token_out: lent, or NULL. */
typedef bool auth_waiters_judge_fn(void *arg, uint64_t generation,
    struct auth_token **token_out);

struct auth_waiters_options {
	struct loop *loop;
	unsigned max;
	auth_waiters_judge_fn *judge;
	void *arg;
};

struct auth_waiters *auth_waiters_new(
    const struct auth_waiters_options *options);
/* Who still waits never hears. */
void auth_waiters_free(struct auth_waiters *waiters);

struct auth_wait {
	uint64_t generation;
	auth_waiter_fn *fn;
	void *arg;
};
/* waiter_out: lent until its fn is called or auth_waiter_cancel(). */
enum lh_err auth_waiters_add(struct auth_waiters *waiters,
    const struct auth_wait *wait, struct auth_waiter **waiter_out)
    LH_MUSTCHECK;

/* Something has changed: all are judged anew, later in this turn. */
void auth_waiters_wake(struct auth_waiters *waiters);

#endif
