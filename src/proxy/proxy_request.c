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
 *
 * A refusal of a request that carried our token may tell of the token's end:
 * the keeper looks, and a safe request is tried once more with its successor.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "proxy_request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/lh_assert.h"
#include "base/xalloc.h"
#include "http/http_error.h"
#include "proxy_ask.h"
#include "proxy_fetch.h"
#include "proxy_headers.h"
#include "proxy_reply.h"
#include "proxy_suspicion.h"
#include "proxy_token.h"
#include "vault/vault_path.h"

#define NAMESPACE_MAX_BYTES 1024

enum request_state {
	REQUEST_RECEIVED,
	REQUEST_AWAITING_TOKEN,
	REQUEST_JOINED,
	REQUEST_FETCHING,
	REQUEST_STREAMING,
	REQUEST_SUSPECTING,
	REQUEST_DONE
};

#define TO(name) (1u << REQUEST_##name)
static const struct state_row {
	const char *name;
	unsigned allowed;
} states[] = {
	[REQUEST_RECEIVED] = { "received", TO(AWAITING_TOKEN) | TO(JOINED) |
	    TO(FETCHING) | TO(DONE) },
	[REQUEST_AWAITING_TOKEN] = { "awaiting_token", TO(RECEIVED) |
	    TO(DONE) },
	[REQUEST_JOINED] = { "joined", TO(RECEIVED) | TO(FETCHING) |
	    TO(DONE) },
	[REQUEST_FETCHING] = { "fetching", TO(STREAMING) | TO(SUSPECTING) |
	    TO(DONE) },
	[REQUEST_STREAMING] = { "streaming", TO(DONE) },
	[REQUEST_SUSPECTING] = { "suspecting", TO(RECEIVED) | TO(DONE) },
	[REQUEST_DONE] = { "done", 0 },
};
#undef TO

struct proxy_request {
	struct proxy_request *prev, *next;
	struct proxy *proxy;
	uint64_t id;
	enum request_state state;
	struct http_exchange *exchange;		/* NULL once answered */
	const struct http_request *http;	/* lent by the exchange */
	mono_us arrived;
	mono_ms asked;				/* Vault, last */
	unsigned status;			/* of the reply */
	enum proxy_source source;

	struct proxy_identity identity;
	struct bytes namespace;
	bool replayed;

	struct loop_timer *timer;		/* of the wait for a token */
	struct auth_waiter *token_waiter;
	struct cache_waiter *joined;
	struct proxy_fetch *fetch;
	struct proxy_suspicion *suspicion;
};

static void set_state(struct proxy_request *request,
    enum request_state state);
static void request_end(struct proxy_request *request);
static void request_free(void *arg);
static void stop_waiting(struct proxy_request *request);
static void on_gone(void *arg);
static void refuse(struct proxy_request *request, unsigned status,
    const char *text);
static void choose_token(struct proxy_request *request);
static void set_timer(struct proxy_request *request, span_ms wait,
    loop_fn *fn);
static void await_token(struct proxy_request *request);
static void on_token(void *arg, struct auth_token *token);
static void on_token_late(void *arg);
static void look_up(struct proxy_request *request);
static void reply_hit(struct proxy_request *request,
    const struct cache_hit *hit);
static void fetch_successor(struct proxy_request *request,
    const struct cache_ask *view, struct cache_result *found);
static void join(struct proxy_request *request, const struct cache_key *key);
static void on_landed(void *arg, enum cache_landing landing,
    const struct cache_hit *hit, struct cache_flight *flight);
static void on_join_late(void *arg);
static bool has_new_token(const struct proxy_request *request);
static void start_over(struct proxy_request *request);
static void fetch(struct proxy_request *request, struct cache_flight *flight);
static void on_answer(void *arg, const struct http_head *head,
    struct span body);
static void on_start(void *arg, const struct http_head *head);
static enum http_flow on_bytes(void *arg, struct span bytes);
static void on_end(void *arg);
static void on_broken(void *arg, enum lh_err err,
    const struct lh_cause *cause);
static void on_room(void *arg);
static bool suspect(struct proxy_request *request,
    const struct http_head *head, struct span body);
static void on_suspicion(void *arg, bool has_successor);
static void reply_answer(struct proxy_request *request,
    const struct http_head *head, struct span body);

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
	DL_APPEND(proxy->requests, request);
	proxy->request_count++;
	http_exchange_on_gone(exchange, on_gone, request);
	if (proxy_headers_namespace(proxy->options.namespace,
	    request->http->fields, &request->namespace) != LH_OK)
		refuse(request, 400, "X-Vault-Namespace is too long");
	else
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
			request_end(request);
		} else
			refuse(request, 503, "leasehold is stopping");
	}
}

static void
set_state(struct proxy_request *request, enum request_state state)
{
	const struct state_row *from = &states[request->state];

	lh_assert(from->allowed & 1u << state);
	log_debug(request->proxy->env.log, "request.state",
	    log_num("id", (int64_t)request->id), log_text("from", from->name),
	    log_text("to", states[state].name));
	request->state = state;
}

/* The exchange is answered or gone. */
static void
request_end(struct proxy_request *request)
{
	struct proxy *proxy = request->proxy;

	set_state(request, REQUEST_DONE);
	stop_waiting(request);
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
	proxy_identity_release(&request->identity);
	bytes_release(&request->namespace);
	free(request);
}

static void
stop_waiting(struct proxy_request *request)
{
	if (request->timer != NULL)
		loop_timer_stop(request->timer);
	auth_waiter_cancel(request->token_waiter);
	request->token_waiter = NULL;
	cache_waiter_leave(request->joined);
	request->joined = NULL;
	proxy_suspicion_free(request->suspicion);
	request->suspicion = NULL;
}

static void
on_gone(void *arg)
{
	struct proxy_request *request = arg;

	log_debug(request->proxy->env.log, "request.gone",
	    log_num("id", (int64_t)request->id));
	request->exchange = NULL;
	request_end(request);
}

/* Before the reply: what it is made of may be lent by the exchange. */
static struct http_exchange *
take_exchange(struct proxy_request *request, unsigned status)
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

static void
refuse(struct proxy_request *request, unsigned status, const char *text)
{
	struct http_exchange *exchange;

	request->source = PROXY_SOURCE_NONE;
	exchange = take_exchange(request, status);
	http_error_reply(exchange, status, text);
	request_end(request);
}

static void
choose_token(struct proxy_request *request)
{
	struct proxy *proxy = request->proxy;

	switch (proxy_token_choose(proxy->options.auto_auth,
	    proxy->env.keeper, request->http->fields, &request->identity)) {
	case PROXY_TOKEN_BAD:
		refuse(request, 400, "the token of the request is too long "
		    "or holds characters that no token has");
		return;
	case PROXY_TOKEN_MISSING:
		if (!proxy_token_is_optional(request->http->path)) {
			await_token(request);
			return;
		}
		break;
	case PROXY_TOKEN_CHOSEN:
		break;
	}
	look_up(request);
}

static void
set_timer(struct proxy_request *request, span_ms wait, loop_fn *fn)
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
		refuse(request, 503, "too many requests wait for a token");
		return;
	}
	set_state(request, REQUEST_AWAITING_TOKEN);
	set_timer(request, request->proxy->options.token_wait, on_token_late);
}

static void
on_token(void *arg, struct auth_token *token)
{
	struct proxy_request *request = arg;

	request->token_waiter = NULL;
	if (token == NULL) {
		refuse(request, 503, "leasehold is stopping");
		return;
	}
	stop_waiting(request);
	set_state(request, REQUEST_RECEIVED);
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
	refuse(request, 503, text);
}

static void
look_up(struct proxy_request *request)
{
	struct cache *cache = request->proxy->env.cache;
	struct cache_ask view;
	struct cache_result found;

	if (cache == NULL) {
		fetch(request, NULL);
		return;
	}
	proxy_ask_view(request->http, &request->identity,
	    bytes_span(&request->namespace), &view);
	switch (cache_lookup(cache, &view, &found)) {
	case CACHE_HIT:
		if (found.flight != NULL)
			fetch_successor(request, &view, &found);
		reply_hit(request, &found.hit);
		break;
	case CACHE_LEAD:
		fetch(request, found.flight);
		break;
	case CACHE_JOIN:
		join(request, &found.key);
		break;
	case CACHE_BYPASS:
		fetch(request, NULL);
		break;
	}
}

static void
reply_hit(struct proxy_request *request, const struct cache_hit *hit)
{
	unsigned status = cache_answer_status(hit->answer);
	struct cache_answer_room room;
	struct http_stored stored;

	metrics_add(request->proxy->env.metrics, METRIC_CACHE_HIT, 1);
	request->source = request->state == REQUEST_JOINED ?
	    PROXY_SOURCE_JOINED : PROXY_SOURCE_HIT;
	cache_answer_send(hit->answer, hit->remaining_s, hit->age_s, &room,
	    &stored);
	http_exchange_reply_stored(take_exchange(request, status), &stored);
	request_end(request);
}

/* The entry is ending: this caller has it still, somebody fetches the next. */
static void
fetch_successor(struct proxy_request *request, const struct cache_ask *view,
    struct cache_result *found)
{
	struct proxy *proxy = request->proxy;
	struct proxy_ask *ask;

	ask = proxy_ask_new(request->id, view, &request->identity);
	if (ask == NULL)
		cache_fail(proxy->env.cache, &found->flight);
	else
		proxy_fetch_behind(proxy, &ask, found->flight, &found->key);
}

static void
join(struct proxy_request *request, const struct cache_key *key)
{
	struct proxy *proxy = request->proxy;

	if (cache_join(proxy->env.cache, key, on_landed, request,
	    &request->joined) != LH_OK) {
		fetch(request, NULL);
		return;
	}
	metrics_add(proxy->env.metrics, METRIC_CACHE_JOINED, 1);
	set_state(request, REQUEST_JOINED);
	set_timer(request, proxy->options.join_wait, on_join_late);
	proxy_fetch_hurry(proxy, key);
}

static void
on_landed(void *arg, enum cache_landing landing, const struct cache_hit *hit,
    struct cache_flight *flight)
{
	struct proxy_request *request = arg;

	request->joined = NULL;
	loop_timer_stop(request->timer);
	switch (landing) {
	case CACHE_LANDED_HIT:
		reply_hit(request, hit);
		return;
	case CACHE_LANDED_LEAD:
		fetch(request, flight);
		return;
	case CACHE_LANDED_ALONE:
		if (has_new_token(request))
			start_over(request);
		else
			fetch(request, NULL);
		return;
	}
	lh_unreachable();
}

/* One leader after the other has failed. */
static void
on_join_late(void *arg)
{
	refuse(arg, 504, "waited in vain for the answer to the same request");
}

/* Is the token that the request was to carry replaced by now? */
static bool
has_new_token(const struct proxy_request *request)
{
	const struct auth_token *token;

	if (request->identity.kind != CACHE_IDENTITY_AUTO)
		return false;
	token = auth_keeper_token(request->proxy->env.keeper);
	return token != NULL && auth_token_generation(token) !=
	    request->identity.generation;
}

static void
start_over(struct proxy_request *request)
{
	proxy_identity_release(&request->identity);
	set_state(request, REQUEST_RECEIVED);
	choose_token(request);
}

static void
fetch(struct proxy_request *request, struct cache_flight *flight)
{
	const struct fetch_listener listener = { .on_answer = on_answer,
		.on_start = on_start, .on_bytes = on_bytes, .on_end = on_end,
		.on_broken = on_broken, .arg = request };
	struct proxy *proxy = request->proxy;
	struct cache_ask view;
	struct proxy_ask *ask;

	proxy_ask_view(request->http, &request->identity,
	    bytes_span(&request->namespace), &view);
	ask = proxy_ask_new(request->id, &view, &request->identity);
	if (ask == NULL && flight != NULL)
		cache_fail(proxy->env.cache, &flight);
	request->source = flight != NULL ? PROXY_SOURCE_MISS :
	    PROXY_SOURCE_PASS;
	request->asked = loop_mono(proxy->env.loop);
	if (ask == NULL || proxy_fetch_start(proxy, &ask, flight, &listener,
	    &request->fetch) != LH_OK) {
		refuse(request, 503, "too many requests to Vault under way");
		return;
	}
	set_state(request, REQUEST_FETCHING);
}

static void
on_answer(void *arg, const struct http_head *head, struct span body)
{
	struct proxy_request *request = arg;

	request->fetch = NULL;
	if (!suspect(request, head, body))
		reply_answer(request, head, body);
}

static void
on_start(void *arg, const struct http_head *head)
{
	struct proxy_request *request = arg;
	struct proxy_headers headers;

	set_state(request, REQUEST_STREAMING);
	request->status = head->status;
	proxy_headers_downward(head, &headers);
	http_exchange_start(request->exchange, head->status,
	    proxy_headers_lend(&headers), head->content_length);
}

static enum http_flow
on_bytes(void *arg, struct span bytes)
{
	struct proxy_request *request = arg;
	enum http_flow flow;

	flow = http_exchange_send(request->exchange, bytes);
	if (flow == HTTP_FLOW_FULL)
		http_exchange_on_room(request->exchange, on_room, request);
	return flow;
}

static void
on_end(void *arg)
{
	struct proxy_request *request = arg;

	request->fetch = NULL;
	metrics_add(request->proxy->env.metrics, METRIC_CACHE_MISS, 1);
	http_exchange_end(take_exchange(request, request->status));
	request_end(request);
}

static void
on_broken(void *arg, enum lh_err err, const struct lh_cause *cause)
{
	struct proxy_request *request = arg;
	char text[LH_CAUSE_MAX + 64];

	request->fetch = NULL;
	log_warn(request->proxy->env.log, "upstream.failed",
	    log_num("id", (int64_t)request->id),
	    log_text("error", cause->text));
	if (request->state == REQUEST_STREAMING) {
		http_exchange_break(take_exchange(request, request->status));
		request_end(request);
		return;
	}
	snprintf(text, sizeof(text), "failed to get the response: %s",
	    cause->text);
	refuse(request, proxy_reply_status_of(err), text);
}

static void
on_room(void *arg)
{
	struct proxy_request *request = arg;

	if (request->fetch != NULL)
		proxy_fetch_resume(request->fetch);
}

/* True: the answer is kept until the keeper knows of its token. */
static bool
suspect(struct proxy_request *request, const struct http_head *head,
    struct span body)
{
	struct proxy_suspicion *suspicion;

	if (head->status != 403 || request->replayed ||
	    request->identity.kind != CACHE_IDENTITY_AUTO)
		return false;
	suspicion = proxy_suspicion_new(request->proxy,
	    request->identity.generation, head, body);
	if (suspicion == NULL)
		return false;
	if (!vault_method_is_safe(request->http->method)) {
		proxy_suspicion_free(suspicion);
		return false;
	}
	request->suspicion = suspicion;
	set_state(request, REQUEST_SUSPECTING);
	proxy_suspicion_ask(suspicion, on_suspicion, request);
	return true;
}

static void
on_suspicion(void *arg, bool has_successor)
{
	struct proxy_request *request = arg;

	if (has_successor) {
		request->replayed = true;
		stop_waiting(request);
		start_over(request);
	} else
		reply_answer(request, proxy_suspicion_head(request->suspicion),
		    proxy_suspicion_body(request->suspicion));
}

static void
reply_answer(struct proxy_request *request, const struct http_head *head,
    struct span body)
{
	struct proxy_headers headers;
	struct http_reply reply = { .status = head->status, .body = body };

	metrics_add(request->proxy->env.metrics, METRIC_CACHE_MISS, 1);
	proxy_headers_downward(head, &headers);
	reply.fields = proxy_headers_lend(&headers);
	http_exchange_reply(take_exchange(request, head->status), &reply);
	request_end(request);
}
