/*
 * proxy_request - see proxy_request.h.
 *
 *   RECEIVED -> AWAITING_TOKEN -> RECEIVED
 *      |  \---> JOINED -> RECEIVED (the flight was not shareable)
 *      |  \       |
 *      v   v      v
 *     DONE  FETCHING -> STREAMING -> DONE
 *              |
 *              +-----> SUSPECTING -> RECEIVED (once, with a new token)
 *                          \-------> DONE
 *   RECEIVED, JOINED, FETCHING -> WATCHING -> RECEIVED (to look again)
 *
 * A refusal of a request that carried our token may tell of the token's end:
 * the keeper looks, and a safe request is tried once more with its successor.
 *
 * A caller who waits for a static answer to change is parked when what there
 * is has the index it knows. It looks again, as if it had come anew, when the
 * cache tells of a change, when the answer is no longer fresh, and at the end
 * of its wait: so one of those who wait fetches for all.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "proxy_request.h"

#include <stdio.h>
#include <stdlib.h>
#include <utlist.h>

#include "base/lh_assert.h"
#include "base/xalloc.h"
#include "http/http_error.h"
#include "proxy_headers.h"
#include "proxy_redirect.h"
#include "proxy_request_priv.h"

#define NAMESPACE_MAX_BYTES 1024
#define QUERY_MAX_BYTES 65536
#define TARGET_MAX_BYTES 65536

#define TO(name) (1u << REQUEST_##name)
static const struct state_row {
	const char *name;
	unsigned allowed;
} states[] = {
	[REQUEST_RECEIVED] = { "received", TO(AWAITING_TOKEN) | TO(JOINED) |
	    TO(FETCHING) | TO(WATCHING) | TO(DONE) },
	[REQUEST_AWAITING_TOKEN] = { "awaiting_token", TO(RECEIVED) |
	    TO(DONE) },
	[REQUEST_JOINED] = { "joined", TO(RECEIVED) | TO(FETCHING) |
	    TO(WATCHING) | TO(DONE) },
	[REQUEST_FETCHING] = { "fetching", TO(STREAMING) | TO(SUSPECTING) |
	    TO(WATCHING) | TO(DONE) },
	[REQUEST_STREAMING] = { "streaming", TO(DONE) },
	[REQUEST_SUSPECTING] = { "suspecting", TO(RECEIVED) | TO(DONE) },
	[REQUEST_WATCHING] = { "watching", TO(RECEIVED) | TO(DONE) },
	[REQUEST_DONE] = { "done", 0 },
};
#undef TO

static void request_free(void *arg);
static void on_gone(void *arg);
static bool redirect(struct proxy_request *request);
static void choose_token(struct proxy_request *request);
static void await_token(struct proxy_request *request);
static void on_token(void *arg, struct auth_token *token);
static void on_token_late(void *arg);
static bool read_query(struct proxy_request *request);

void
proxy_request_start(struct proxy *proxy, struct http_exchange *exchange)
{
	struct proxy_request *request;

	if (proxy->request_count >= proxy->options.max_requests) {
		http_error_reply(exchange, 503, "too many requests under way");
		return;
	}
	request = xcalloc(1, sizeof(*request));
	request->proxy = proxy;
	request->exchange = exchange;
	request->http = http_exchange_request(exchange);
	request->id = request->http->id;
	request->arrived = loop_mono_us(proxy->env.loop);
	request->source = PROXY_SOURCE_NONE;
	bytes_init(&request->namespace, NAMESPACE_MAX_BYTES);
	bytes_init(&request->query_room, QUERY_MAX_BYTES);
	DL_APPEND(proxy->requests, request);
	proxy->request_count++;
	http_exchange_on_gone(exchange, on_gone, request);
	if (proxy_headers_namespace(proxy->options.namespace,
	    request->http->fields, &request->namespace) != LH_OK)
		proxy_request_refuse(request, 400, "X-Vault-Namespace is too long");
	else if (!read_query(request))
		proxy_request_refuse(request, 400, "leasehold_wait is no duration, or the "
		    "query is too long");
	else if (!redirect(request))
		choose_token(request);
}

void
proxy_request_stop_all(struct proxy *proxy)
{
	struct proxy_request *request, *next;

	DL_FOREACH_SAFE(proxy->requests, request, next) {
		if (request->state == REQUEST_STREAMING) {
			http_exchange_break(request->exchange);
			request->exchange = NULL;
			proxy_request_end(request);
		} else
			proxy_request_refuse(request, 503, "leasehold is stopping");
	}
}

void
proxy_request_end_waits(struct proxy *proxy)
{
	struct proxy_request *request, *next;

	DL_FOREACH_SAFE(proxy->requests, request, next) {
		request->watch_end = loop_mono(proxy->env.loop);
		if (request->state == REQUEST_WATCHING)
			loop_timer_set(request->watch_timer, 0);
	}
}

void
proxy_request_set_state(struct proxy_request *request, enum request_state state)
{
	const struct state_row *from = &states[request->state];

	lh_assert(from->allowed & 1u << state);
	log_debug(request->proxy->env.log, "request.state",
	    log_num("id", (int64_t)request->id), log_text("from", from->name),
	    log_text("to", states[state].name));
	request->state = state;
}

/* The exchange is answered or gone. */
void
proxy_request_end(struct proxy_request *request)
{
	struct proxy *proxy = request->proxy;

	proxy_request_set_state(request, REQUEST_DONE);
	proxy_request_stop_waiting(request);
	proxy_fetch_leave(&request->fetch);
	DL_DELETE(proxy->requests, request);
	proxy->request_count--;
	loop_later(proxy->env.loop, request_free, request);
}

static void
request_free(void *arg)
{
	struct proxy_request *request = arg;

	loop_timer_free(request->timer);
	loop_timer_free(request->watch_timer);
	proxy_identity_release(&request->identity);
	bytes_release(&request->namespace);
	bytes_release(&request->query_room);
	free(request);
}

void
proxy_request_stop_waiting(struct proxy_request *request)
{
	if (request->timer != NULL)
		loop_timer_stop(request->timer);
	auth_waiter_cancel(request->token_waiter);
	request->token_waiter = NULL;
	cache_waiter_leave(request->joined);
	request->joined = NULL;
	proxy_suspicion_free(request->suspicion);
	request->suspicion = NULL;
	if (request->watch_timer != NULL)
		loop_timer_stop(request->watch_timer);
	cache_watch_leave(request->watching);
	request->watching = NULL;
}

static void
on_gone(void *arg)
{
	struct proxy_request *request = arg;

	log_debug(request->proxy->env.log, "request.gone",
	    log_num("id", (int64_t)request->id));
	request->exchange = NULL;
	proxy_request_end(request);
}

/* Before the reply: what it is made of may be lent by the exchange. */
struct http_exchange *
proxy_request_take_exchange(struct proxy_request *request, unsigned status)
{
	struct http_exchange *exchange = request->exchange;

	request->status = status;
	proxy_reply_note(request->proxy, &(struct proxy_reply_facts){
		.request = request->http, .status = status,
		.source = request->source, .arrived = request->arrived,
		.asked = request->asked });
	http_exchange_on_gone(exchange, NULL, NULL);
	request->exchange = NULL;
	return exchange;
}

void
proxy_request_refuse(struct proxy_request *request, unsigned status,
    const char *text)
{
	struct http_exchange *exchange;

	request->source = PROXY_SOURCE_NONE;
	exchange = proxy_request_take_exchange(request, status);
	http_error_reply(exchange, status, text);
	proxy_request_end(request);
}

static bool
redirect(struct proxy_request *request)
{
	struct bytes target;
	bool is_one;

	bytes_init(&target, TARGET_MAX_BYTES);
	is_one = proxy_redirect_target(request->http, &target);
	if (is_one) {
		proxy_redirect_reply(proxy_request_take_exchange(request, 301),
		    bytes_span(&target));
		proxy_request_end(request);
	}
	bytes_release(&target);
	return is_one;
}

static void
choose_token(struct proxy_request *request)
{
	struct proxy *proxy = request->proxy;

	switch (proxy_token_choose(proxy->options.auto_auth,
	    proxy->env.keeper, request->http->fields, &request->identity)) {
	case PROXY_TOKEN_BAD:
		proxy_request_refuse(request, 400, "the token of the request is too long "
		    "or holds characters that no token has");
		return;
	case PROXY_TOKEN_MISSING:
		if (proxy_token_is_optional(request->http->path))
			break;
		if (!proxy_lookup_orphan(request))
			await_token(request);
		return;
	case PROXY_TOKEN_CHOSEN:
		break;
	}
	if (proxy_token_would_be_wrapped(request->http, &request->identity))
		proxy_request_refuse(request, 400, "what is told of the "
		    "token of this proxy is not wrapped");
	else
		proxy_lookup_begin(request);
}

void
proxy_request_set_timer(struct proxy_request *request, span_ms wait,
    loop_fn *fn)
{
	loop_timer_free(request->timer);
	request->timer = loop_timer_new(request->proxy->env.loop, fn,
	    request);
	loop_timer_set(request->timer, wait);
}

static void
await_token(struct proxy_request *request)
{
	if (auth_keeper_wait(request->proxy->env.keeper, 0, on_token, request,
	    &request->token_waiter) != LH_OK) {
		proxy_request_refuse(request, 503, "too many requests wait for a token");
		return;
	}
	proxy_request_set_state(request, REQUEST_AWAITING_TOKEN);
	proxy_request_set_timer(request, request->proxy->options.token_wait,
	    on_token_late);
}

static void
on_token(void *arg, struct auth_token *token)
{
	struct proxy_request *request = arg;

	request->token_waiter = NULL;
	if (token == NULL) {
		proxy_request_refuse(request, 503, "leasehold is stopping");
		return;
	}
	proxy_request_stop_waiting(request);
	proxy_request_set_state(request, REQUEST_RECEIVED);
	choose_token(request);
}

static void
on_token_late(void *arg)
{
	struct proxy_request *request = arg;
	struct auth_status auth;
	char text[sizeof(auth.last_error) + 64];

	auth_keeper_status(request->proxy->env.keeper, &auth);
	snprintf(text, sizeof(text), "no token yet: %s",
	    auth.last_error[0] != '\0' ? auth.last_error :
	    auth_state_name(auth.state));
	proxy_request_refuse(request, 503, text);
}

/* What of the query is for us is not sent on. */
static bool
read_query(struct proxy_request *request)
{
	struct span query = request->http->query;

	request->query = query;
	if (query.len == 0)
		return true;
	if (proxy_watch_read(query, &request->watch) != LH_OK ||
	    proxy_watch_strip(query, &request->query_room, &request->query) !=
	    LH_OK)
		return false;
	request->watch_end = loop_mono(request->proxy->env.loop) +
	    request->watch.wait;
	return true;
}

void
proxy_request_start_over(struct proxy_request *request)
{
	proxy_identity_release(&request->identity);
	proxy_request_set_state(request, REQUEST_RECEIVED);
	choose_token(request);
}
