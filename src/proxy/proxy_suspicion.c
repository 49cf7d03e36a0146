/*
 * proxy_suspicion - see proxy_suspicion.h. The keeper looks the token up once
 * for all who suspect it; the timer is for when it cannot find out.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "proxy_suspicion.h"

#include <stdlib.h>

#include "base/xalloc.h"
#include "http/http_head.h"

struct proxy_suspicion {
	struct http_kept_head *head;
	struct bytes body;
	struct auth_waiter *waiter;
	struct loop_timer *timer;
	proxy_suspicion_fn *fn;
	void *arg;
};

static void on_known(void *arg, struct auth_token *token);
static void on_late(void *arg);

struct proxy_suspicion *
proxy_suspicion_new(struct proxy *proxy, uint64_t generation,
    const struct http_head *head, struct span body)
{
	struct auth_keeper *keeper = proxy->env.keeper;
	struct proxy_suspicion *suspicion;

	if (!auth_keeper_suspect(keeper, generation))
		return NULL;
	suspicion = xcalloc(1, sizeof(*suspicion));
	bytes_init(&suspicion->body, proxy->options.max_held_bytes);
	suspicion->timer = loop_timer_new(proxy->env.loop, on_late,
	    suspicion);
	suspicion->head = http_head_keep(head);
	if (suspicion->head == NULL ||
	    bytes_append_span(&suspicion->body, body) != LH_OK ||
	    auth_keeper_wait(keeper, generation, on_known, suspicion,
	    &suspicion->waiter) != LH_OK) {
		proxy_suspicion_free(suspicion);
		return NULL;
	}
	loop_timer_set(suspicion->timer, proxy->options.token_wait);
	return suspicion;
}

void
proxy_suspicion_ask(struct proxy_suspicion *suspicion,
    proxy_suspicion_fn *fn, void *arg)
{
	suspicion->fn = fn;
	suspicion->arg = arg;
}

void
proxy_suspicion_free(struct proxy_suspicion *suspicion)
{
	if (suspicion == NULL)
		return;
	auth_waiter_cancel(suspicion->waiter);
	loop_timer_free(suspicion->timer);
	http_head_free(suspicion->head);
	bytes_release(&suspicion->body);
	free(suspicion);
}

const struct http_head *
proxy_suspicion_head(const struct proxy_suspicion *suspicion)
{
	return http_head_lend(suspicion->head);
}

struct bytes *
proxy_suspicion_body(struct proxy_suspicion *suspicion)
{
	return &suspicion->body;
}

static void
on_known(void *arg, struct auth_token *token)
{
	struct proxy_suspicion *suspicion = arg;

	suspicion->waiter = NULL;
	loop_timer_stop(suspicion->timer);
	suspicion->fn(suspicion->arg, token != NULL);
}

static void
on_late(void *arg)
{
	struct proxy_suspicion *suspicion = arg;

	auth_waiter_cancel(suspicion->waiter);
	suspicion->waiter = NULL;
	suspicion->fn(suspicion->arg, false);
}
