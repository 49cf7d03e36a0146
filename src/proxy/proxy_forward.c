/*
 * proxy_forward - Vault's side of a request: its answer whole, in a stream, or
 * none.
 *
 * A refusal of a request that carried our token may tell of the token's end:
 * the keeper looks, and a safe request is tried once more with its successor.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "proxy_request_priv.h"

#include <stdio.h>

#include "proxy_headers.h"
#include "vault/vault_path.h"

static void on_answer(void *arg, const struct http_head *head,
    struct bytes *body);
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
    const struct http_head *head, struct bytes *body);
static void reply_head(struct http_exchange *exchange,
    const struct http_reply *reply, int64_t body_bytes);

void
proxy_forward_begin(struct proxy_request *request, struct cache_flight *flight)
{
	const struct fetch_listener listener = { .on_answer = on_answer,
		.on_start = on_start, .on_bytes = on_bytes, .on_end = on_end,
		.on_broken = on_broken, .arg = request };
	struct proxy *proxy = request->proxy;
	struct cache_ask view;
	struct proxy_ask *ask;

	proxy_lookup_view(request, &view);
	ask = proxy_ask_new(request->id, &view, &request->identity,
	    http_exchange_payload(request->exchange));
	if (ask != NULL)
		ask->has_fallback = request->has_fallback;
	else if (flight != NULL)
		cache_fail(proxy->env.cache, &flight);
	request->source = flight != NULL ? PROXY_SOURCE_MISS :
	    PROXY_SOURCE_PASS;
	request->asked = loop_mono(proxy->env.loop);
	if (ask == NULL || proxy_fetch_start(proxy, &ask, flight, &listener,
	    &request->fetch) != LH_OK) {
		proxy_request_refuse(request, 503, "too many requests to Vault under way");
		return;
	}
	proxy_request_set_state(request, REQUEST_FETCHING);
}

static void
on_answer(void *arg, const struct http_head *head, struct bytes *body)
{
	struct proxy_request *request = arg;

	request->fetch = NULL;
	if ((head->status == 200 || head->status == 404 ||
	    head->status == 412 || head->status == 429 ||
	    head->status >= 472) &&
	    proxy_lookup_static(request, head->status != 200 &&
	    head->status != 404))
		return;
	if (!suspect(request, head, bytes_span(body)))
		reply_answer(request, head, body);
}

static void
on_start(void *arg, const struct http_head *head)
{
	struct proxy_request *request = arg;
	struct proxy_headers headers LH_ROOM;

	proxy_request_set_state(request, REQUEST_STREAMING);
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
	http_exchange_end(proxy_request_take_exchange(request, request->status));
	proxy_request_end(request);
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
		http_exchange_break(proxy_request_take_exchange(request, request->status));
		proxy_request_end(request);
		return;
	}
	if (proxy_lookup_static(request, true))
		return;
	snprintf(text, sizeof(text), "failed to get the response: %s",
	    cause->text);
	proxy_request_refuse(request, proxy_reply_status_of(err), text);
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
	proxy_request_set_state(request, REQUEST_SUSPECTING);
	proxy_suspicion_ask(suspicion, on_suspicion, request);
	return true;
}

static void
on_suspicion(void *arg, bool has_successor)
{
	struct proxy_request *request = arg;

	if (has_successor) {
		request->replayed = true;
		proxy_request_stop_waiting(request);
		proxy_request_start_over(request);
	} else
		reply_answer(request, proxy_suspicion_head(request->suspicion),
		    proxy_suspicion_body(request->suspicion));
}

static void
reply_answer(struct proxy_request *request, const struct http_head *head,
    struct bytes *body)
{
	struct proxy_headers headers LH_ROOM;
	struct http_reply reply = { .status = head->status };
	bool is_head = span_equal(request->http->method,
	    SPAN_LITERAL("HEAD"));
	struct http_exchange *exchange = proxy_request_take_exchange(request,
	    head->status);

	metrics_add(request->proxy->env.metrics, METRIC_CACHE_MISS, 1);
	proxy_headers_downward(head, &headers);
	reply.fields = proxy_headers_lend(&headers);
	if (is_head)
		reply_head(exchange, &reply, head->content_length);
	else
		http_exchange_reply_taking(exchange, &reply, body);
	proxy_request_end(request);
}

/* The length is that of the body that GET would have. */
static void
reply_head(struct http_exchange *exchange, const struct http_reply *reply,
    int64_t body_bytes)
{
	http_exchange_start(exchange, reply->status, reply->fields,
	    body_bytes);
	http_exchange_end(exchange);
}
