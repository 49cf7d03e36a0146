/*
 * proxy - see proxy.h. Doors let requests in; proxy_request.c answers them.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "proxy/proxy.h"

#include <stdlib.h>

#include "base/lh_assert.h"
#include "base/xalloc.h"
#include "http/http_error.h"
#include "proxy_access.h"
#include "proxy_fetch.h"
#include "proxy_priv.h"
#include "proxy_request.h"

/* A guarded handler of somebody else's, behind a door's rules. */
struct door_guard {
	struct door_guard *next;
	struct proxy_door *door;
	struct http_handler inner;
};

struct proxy_door {
	struct proxy_door *next;
	struct proxy *proxy;
	struct proxy_access access;
	struct door_guard *guards;
};

static void door_free(struct proxy_door *door);
static bool admit(struct proxy_door *door, struct http_exchange *exchange);
static void on_request(void *arg, struct http_exchange *exchange);
static void on_guarded(void *arg, struct http_exchange *exchange);

void
proxy_options_init(struct proxy_options *options)
{
	options->auto_auth = PROXY_AUTO_AUTH_OFF;
	options->token_wait = 10 * 1000;
	options->join_wait = 60 * 1000;
	options->max_requests = 8192;
	options->max_held_bytes = 1024 * 1024;
	options->namespace = "";
}

struct proxy *
proxy_new(const struct proxy_options *options, const struct proxy_env *env)
{
	struct proxy *proxy = xcalloc(1, sizeof(*proxy));

	proxy->options = *options;
	proxy->env = *env;
	return proxy;
}

void
proxy_free(struct proxy *proxy)
{
	struct proxy_door *door;

	if (proxy == NULL)
		return;
	proxy_request_stop_all(proxy);
	proxy_fetch_free_all(proxy);
	while ((door = proxy->doors) != NULL) {
		proxy->doors = door->next;
		door_free(door);
	}
	free(proxy);
}

struct proxy_door *
proxy_door_new(struct proxy *proxy, const struct proxy_access *access)
{
	struct proxy_door *door = xcalloc(1, sizeof(*door));

	door->proxy = proxy;
	door->access = *access;
	door->next = proxy->doors;
	proxy->doors = door;
	return door;
}

struct http_handler
proxy_door_handler(struct proxy_door *door)
{
	return (struct http_handler){ on_request, door };
}

struct http_handler
proxy_door_guard(struct proxy_door *door, struct http_handler inner)
{
	struct door_guard *guard = xcalloc(1, sizeof(*guard));

	guard->door = door;
	guard->inner = inner;
	guard->next = door->guards;
	door->guards = guard;
	return (struct http_handler){ on_guarded, guard };
}

void
proxy_end_waits(struct proxy *proxy)
{
	proxy_request_end_waits(proxy);
}

size_t
proxy_under_way(const struct proxy *proxy)
{
	return proxy->request_count;
}

static void
door_free(struct proxy_door *door)
{
	struct door_guard *guard;

	while ((guard = door->guards) != NULL) {
		door->guards = guard->next;
		free(guard);
	}
	free(door);
}

/* False: it was answered. */
static bool
admit(struct proxy_door *door, struct http_exchange *exchange)
{
	const struct http_request *request = http_exchange_request(exchange);
	struct proxy_refusal refusal;

	if (proxy_access_allows(&door->access, request, &refusal))
		return true;
	metrics_add(door->proxy->env.metrics, METRIC_REQUESTS_REFUSED, 1);
	log_info(door->proxy->env.log, "proxy.refused",
	    log_text("peer", request->peer->address),
	    log_num("status", refusal.status),
	    log_text("reason", refusal.text));
	http_error_reply(exchange, refusal.status, refusal.text);
	return false;
}

static void
on_request(void *arg, struct http_exchange *exchange)
{
	struct proxy_door *door = arg;

	proxy_request_start(door->proxy, exchange);
}

static void
on_guarded(void *arg, struct http_exchange *exchange)
{
	struct door_guard *guard = arg;

	if (admit(guard->door, exchange))
		guard->inner.fn(guard->inner.arg, exchange);
}
