/*
 * auth_waiters - callers who wait for a token.
 *
 * What a caller hears is decided when it is called, not when something
 * happened: so it never gets a token that was replaced or lost meanwhile.
 * A round covers those who waited when it began, in the order they came. The
 * called may add and cancel as they like; the cursor is moved on when the
 * waiter under it leaves.
 *
 * Work for later cannot be taken back from the loop. When waiters are freed
 * while a round is queued, the round frees what is left of them.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "auth_waiters.h"

#include <stdlib.h>

#include "base/lh_assert.h"
#include "base/xalloc.h"

struct auth_waiter {
	struct auth_waiters *waiters;
	struct auth_waiter *previous;
	struct auth_waiter *next;
	uint64_t number;
	struct auth_wait wait;
};

struct auth_waiters {
	struct auth_waiters_options options;
	struct auth_waiter *first;
	struct auth_waiter *last;
	struct auth_waiter *cursor;	/* to be judged next in this round */
	uint64_t number;		/* of the newest */
	unsigned count;
	bool queued;			/* a round */
	bool freed;			/* before its round came */
};

static void on_round(void *arg);
static void judge(struct auth_waiters *waiters, struct auth_waiter *waiter);

struct auth_waiters *
auth_waiters_new(const struct auth_waiters_options *options)
{
	struct auth_waiters *waiters = xcalloc(1, sizeof(*waiters));

	waiters->options = *options;
	return waiters;
}

void
auth_waiters_free(struct auth_waiters *waiters)
{
	if (waiters == NULL)
		return;
	while (waiters->first != NULL)
		auth_waiter_cancel(waiters->first);
	if (waiters->queued)
		waiters->freed = true;
	else
		free(waiters);
}

enum lh_err
auth_waiters_add(struct auth_waiters *waiters, const struct auth_wait *wait,
    struct auth_waiter **waiter_out)
{
	struct auth_waiter *waiter;

	if (waiters->count >= waiters->options.max)
		return LH_ERR_LIMIT;
	waiter = xcalloc(1, sizeof(*waiter));
	waiter->waiters = waiters;
	waiter->wait = *wait;
	waiter->number = ++waiters->number;
	waiter->previous = waiters->last;
	if (waiters->last == NULL)
		waiters->first = waiter;
	else
		waiters->last->next = waiter;
	waiters->last = waiter;
	waiters->count++;
	auth_waiters_wake(waiters);
	*waiter_out = waiter;
	return LH_OK;
}

void
auth_waiter_cancel(struct auth_waiter *waiter)
{
	struct auth_waiters *waiters;

	if (waiter == NULL)
		return;
	waiters = waiter->waiters;
	if (waiters->cursor == waiter)
		waiters->cursor = waiter->next;
	if (waiter->previous == NULL)
		waiters->first = waiter->next;
	else
		waiter->previous->next = waiter->next;
	if (waiter->next == NULL)
		waiters->last = waiter->previous;
	else
		waiter->next->previous = waiter->previous;
	lh_assert(waiters->count > 0);
	waiters->count--;
	free(waiter);
}

void
auth_waiters_wake(struct auth_waiters *waiters)
{
	if (waiters->queued || waiters->first == NULL)
		return;
	waiters->queued = true;
	loop_later(waiters->options.loop, on_round, waiters);
}

static void
on_round(void *arg)
{
	struct auth_waiters *waiters = arg;
	uint64_t last = waiters->number;

	waiters->queued = false;
	if (waiters->freed) {
		free(waiters);
		return;
	}
	waiters->cursor = waiters->first;
	while (waiters->cursor != NULL && waiters->cursor->number <= last) {
		struct auth_waiter *waiter = waiters->cursor;

		waiters->cursor = waiter->next;
		judge(waiters, waiter);
	}
	waiters->cursor = NULL;
}

static void
judge(struct auth_waiters *waiters, struct auth_waiter *waiter)
{
	struct auth_wait wait = waiter->wait;
	struct auth_token *token = NULL;

	if (!waiters->options.judge(waiters->options.arg, wait.generation,
	    &token))
		return;
	auth_waiter_cancel(waiter);
	wait.fn(wait.arg, token);
}
