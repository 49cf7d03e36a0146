/*
 * vault_call - one request to the server, in as many tries as it takes.
 *
 *	TRYING ---> STREAMING ----------------------------------> OVER
 *	  ^  |----> KEEPING (may be retried over, -> STREAMING
 *	  |  |         |     or not be whole)        (whole, or too large)
 *	  |  |----> LEAVING (a redirect to follow)
 *	  |  v         v
 *	  WAITING <-----        any but OVER -> OVER (cancel, deadline)
 *
 * Which server a try goes to is chosen when it begins, by what is known of them
 * by then; what follows a failed one is vault_round.c's to say.
 *
 * The listener hears of one answer only. One that will be retried over is
 * kept meanwhile: when tries or time run out it is still the truth about the
 * server and handed on. A wait that would outlast the deadline is not begun.
 *
 * Next tries always start from the timer, also those that need no wait, so
 * nothing starts inside a callback of another try. A call that ended stays in
 * memory until the turn is over: callers up the stack may still look at it.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "vault_client_parts.h"

#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "base/lh_assert.h"
#include "base/secret_alloc.h"
#include "base/xalloc.h"
#include "vault/vault_path.h"

#define CHUNK_MAX (512 * 1024)	/* what libcurl hands out at once, at most */

#define CAN(state) (1U << VAULT_CALL_##state)

static const unsigned allowed_next[VAULT_CALL_STATES] = {
	[VAULT_CALL_TRYING] = CAN(KEEPING) | CAN(LEAVING) | CAN(WAITING) |
	    CAN(STREAMING) | CAN(OVER),
	[VAULT_CALL_KEEPING] = CAN(WAITING) | CAN(STREAMING) | CAN(OVER),
	[VAULT_CALL_LEAVING] = CAN(WAITING) | CAN(STREAMING) | CAN(OVER),
	[VAULT_CALL_WAITING] = CAN(TRYING) | CAN(STREAMING) | CAN(OVER),
	[VAULT_CALL_STREAMING] = CAN(OVER),
	[VAULT_CALL_OVER] = 0
};

static void start_clock(struct vault_call *call, span_ms timeout);
static enum lh_err start_try(struct vault_call *call);
static void on_wait_over(void *arg);
static void on_deadline(void *arg);
static void on_head(void *arg, const struct http_head *head);
static void note_answer(struct vault_call *call,
    const struct http_head *head);
static void note_failure(struct vault_call *call, enum lh_err err,
    const struct lh_cause *cause);
static void note_silence(struct vault_call *call,
    const struct lh_cause *cause);
static enum http_flow on_body(void *arg, struct span bytes);
static void on_done(void *arg, enum lh_err err, const struct lh_cause *cause);
static bool follow_redirect(struct vault_call *call,
    const struct http_head *head);
static bool keep_answer(struct vault_call *call,
    const struct http_head *head);
static bool hold_answer(struct vault_call *call,
    const struct http_head *head);
static bool is_small(const struct vault_call *call,
    const struct http_head *head);
static enum http_flow keep_bytes(struct vault_call *call, struct span bytes);
static void leave_bytes(struct vault_call *call, size_t len);
static void try_next(struct vault_call *call, enum lh_err err);
static void await_next_try(struct vault_call *call, span_ms wait);
static void log_retry(const struct vault_call *call, enum lh_err err);
static void end_tries(struct vault_call *call, enum lh_err err,
    const struct lh_cause *cause);
static void pass_on(struct vault_call *call,
    const struct vault_kept *answer);
static enum http_flow hand_over(struct vault_call *call,
    const struct vault_kept *answer);
static void finish(struct vault_call *call, enum lh_err err,
    const struct lh_cause *cause);
static void detach(struct vault_call *call);
static void drop_try(struct vault_call *call);
static void free_call(void *arg);
static void set_state(struct vault_call *call, enum vault_call_state state);

enum lh_err
vault_client_start(struct vault_client *client,
    const struct vault_request *request,
    const struct http_call_listener *listener, struct vault_call **call_out)
{
	struct vault_call *call = xcalloc(1, sizeof(*call));
	enum lh_err err;

	call->client = client;
	call->listener = *listener;
	call->deadline = loop_timer_new(client->env.loop, on_deadline, call);
	err = vault_call_copy_request(call, request);
	if (err == LH_OK)
		err = start_try(call);
	if (err != LH_OK) {
		free_call(call);
		return err;
	}
	start_clock(call, request->timeout);
	DL_APPEND(client->calls, call);
	*call_out = call;
	return LH_OK;
}

void
vault_call_cancel(struct vault_call *call)
{
	if (call != NULL && call->state != VAULT_CALL_OVER)
		detach(call);
}

void
vault_call_leave(struct vault_client *client,
    const struct vault_upstream *upstream)
{
	struct vault_call *call;

	DL_FOREACH(client->calls, call) {
		if (call->state != VAULT_CALL_TRYING || call->http == NULL ||
		    call->upstream != upstream || call->redirect_url != NULL)
			continue;
		if (vault_round_after_error(call, LH_ERR_TIMEOUT) !=
		    VAULT_NEXT_MOVE)
			continue;
		drop_try(call);
		try_next(call, LH_ERR_TIMEOUT);
	}
}

void
vault_call_resume(struct vault_call *call)
{
	if (call->state == VAULT_CALL_STREAMING && call->http != NULL)
		http_call_resume(call->http);
}

static void
start_clock(struct vault_call *call, span_ms timeout)
{
	if (timeout <= 0)
		timeout = call->client->options.timeout;
	call->ends = loop_mono(call->client->env.loop) + timeout;
	loop_timer_set(call->deadline, timeout);
}

static enum lh_err
start_try(struct vault_call *call)
{
	const struct http_call_listener listener = {
		on_head, on_body, on_done, call
	};
	const struct http_call_request request = {
		.method = span_of(call->method),
		.url = call->redirect_url != NULL ?
		    call->redirect_url : call->url,
		.fields = call->fields,
		.body = call->body,
		.has_body = call->has_body
	};
	enum lh_err err;

	call->is_held = false;
	call->began = loop_mono_us(call->client->env.loop);
	call->link = vault_client_link_ref(
	    call->upstream->links[call->line]);
	err = http_client_start(call->link->http, &request, &listener,
	    &call->http);
	if (err != LH_OK)
		vault_client_link_unref(&call->link);
	else
		metrics_add(call->client->env.metrics,
		    METRIC_UPSTREAM_CALLS, 1);
	return err;
}

static void
on_wait_over(void *arg)
{
	struct vault_call *call = arg;
	struct vault_upstream *upstream;
	enum lh_err err = LH_OK;

	set_state(call, VAULT_CALL_TRYING);
	if (call->redirect_url == NULL) {
		upstream = vault_client_choose(call->client,
		    call->round.tried);
		if (upstream != call->upstream)
			err = vault_call_aim(call, upstream, &call->target);
	}
	if (err == LH_OK)
		err = start_try(call);
	if (err != LH_OK)
		end_tries(call, err, NULL);
}

static void
on_deadline(void *arg)
{
	struct vault_call *call = arg;
	struct lh_cause cause;

	lh_cause_set(&cause, "the server gave no whole answer in time");
	note_silence(call, &cause);
	drop_try(call);
	if (call->state == VAULT_CALL_STREAMING)
		finish(call, LH_ERR_TIMEOUT, &cause);
	else
		end_tries(call, LH_ERR_TIMEOUT, &cause);
}

static void
on_head(void *arg, const struct http_head *head)
{
	struct vault_call *call = arg;

	metrics_observe(call->client->env.metrics,
	    METRICS_HISTOGRAM_UPSTREAM,
	    loop_mono_us(call->client->env.loop) - call->began);
	note_answer(call, head);
	if (follow_redirect(call, head) || keep_answer(call, head) ||
	    hold_answer(call, head))
		return;
	set_state(call, VAULT_CALL_STREAMING);
	call->listener.on_head(call->listener.arg, head);
}

/* What comes after a redirect tells of the leader, which has no place in the
 * list, or has another one. */
static void
note_answer(struct vault_call *call, const struct http_head *head)
{
	struct vault_upstream *upstream = call->upstream;
	enum vault_upstream_state role = upstream->seen.role;

	vault_client_saw_answer(upstream, head->status);
	if (call->redirect_url != NULL)
		return;
	if (call->is_health && call->target.query.ptr == NULL)
		role = vault_upstream_by_health(head->status);
	else if (!call->is_health && http_fields_find(head->fields,
	    SPAN_LITERAL("Retry-After")) == NULL)
		role = vault_upstream_by_answer(role, head->status);
	vault_client_saw_role(upstream, role);
	if (head->status >= 500 || !vault_upstream_is_usable(role))
		return;
	upstream->last_use = upstream->seen.last_answer;
	if (!call->is_health)
		call->client->current = (size_t)(upstream -
		    call->client->upstreams);
}

static enum http_flow
on_body(void *arg, struct span bytes)
{
	struct vault_call *call = arg;

	switch (call->state) {
	case VAULT_CALL_KEEPING:
		return keep_bytes(call, bytes);
	case VAULT_CALL_LEAVING:
		leave_bytes(call, bytes.len);
		return HTTP_FLOW_GO;
	case VAULT_CALL_STREAMING:
		return call->listener.on_body(call->listener.arg, bytes);
	default:
		lh_unreachable();
	}
}

static void
on_done(void *arg, enum lh_err err, const struct lh_cause *cause)
{
	struct vault_call *call = arg;

	call->http = NULL;
	vault_client_link_unref(&call->link);
	if (call->state == VAULT_CALL_STREAMING) {
		finish(call, err, cause);
		return;
	}
	if (call->state == VAULT_CALL_LEAVING) {
		await_next_try(call, 0);
		return;
	}
	if (call->state == VAULT_CALL_TRYING)
		note_failure(call, err, cause);
	if (call->state == VAULT_CALL_KEEPING && err == LH_OK &&
	    call->is_held) {
		pass_on(call, &call->coming);
		return;
	}
	if (call->state == VAULT_CALL_KEEPING && err == LH_OK) {
		vault_kept_release(&call->kept);
		call->kept = call->coming;
		memset(&call->coming, 0, sizeof(call->coming));
		try_next(call, LH_OK);
		return;
	}
	vault_kept_release(&call->coming);
	if (vault_round_after_error(call, err) != VAULT_NEXT_END)
		try_next(call, err);
	else
		end_tries(call, err, cause);
}

static void
note_failure(struct vault_call *call, enum lh_err err,
    const struct lh_cause *cause)
{
	struct vault_upstream *upstream = call->upstream;

	vault_client_saw_failure(upstream, err, cause);
	if (call->redirect_url == NULL &&
	    (err == LH_ERR_UNREACHABLE || err == LH_ERR_TLS))
		vault_client_saw_role(upstream, VAULT_UPSTREAM_DOWN);
}

/* That one request is slow says nothing of a server that answers others. */
static void
note_silence(struct vault_call *call, const struct lh_cause *cause)
{
	if (call->state == VAULT_CALL_TRYING && call->http != NULL &&
	    call->upstream->seen.last_answer <= call->began / 1000)
		note_failure(call, LH_ERR_TIMEOUT, cause);
}

/* Once a try: the next answer counts, whatever it is. */
static bool
follow_redirect(struct vault_call *call, const struct http_head *head)
{
	struct span location;

	if (call->redirect_url != NULL || (head->status != 301 &&
	    head->status != 302 && head->status != 307))
		return false;
	location = http_fields_value(head->fields, SPAN_LITERAL("Location"));
	if (location.ptr == NULL)
		return false;
	call->redirect_url = vault_address_redirect(&call->upstream->address,
	    &call->target, location);
	if (call->redirect_url == NULL)
		return false;
	if (!span_starts(location, SPAN_LITERAL("/")))
		vault_client_saw_role(call->upstream, VAULT_UPSTREAM_STANDBY);
	call->left_bytes = 0;
	set_state(call, VAULT_CALL_LEAVING);
	return true;
}

static bool
keep_answer(struct vault_call *call, const struct http_head *head)
{
	if (head->content_length > VAULT_CLIENT_KEPT_BYTES ||
	    vault_round_after_head(call, head) == VAULT_NEXT_END ||
	    vault_kept_init(&call->coming, head,
	    VAULT_CLIENT_KEPT_BYTES + CHUNK_MAX) != LH_OK)
		return false;
	set_state(call, VAULT_CALL_KEEPING);
	return true;
}

/* A small answer is passed on when it is whole, so that another server can give
 * it when this one dies over it. */
static bool
hold_answer(struct vault_call *call, const struct http_head *head)
{
	if (call->client->upstream_count < 2 || !call->is_safe ||
	    !is_small(call, head) || vault_kept_init(&call->coming, head,
	    VAULT_CLIENT_KEPT_BYTES + CHUNK_MAX) != LH_OK)
		return false;
	call->is_held = true;
	set_state(call, VAULT_CALL_KEEPING);
	return true;
}

/* Of one without a length it is hoped, unless it may take its time. */
static bool
is_small(const struct vault_call *call, const struct http_head *head)
{
	if (head->content_length >= 0)
		return head->content_length <= VAULT_CLIENT_KEPT_BYTES;
	return !call->may_stream && span_starts(http_fields_value(head->fields,
	    SPAN_LITERAL("Content-Type")), SPAN_LITERAL("application/json"));
}

static enum http_flow
keep_bytes(struct vault_call *call, struct span bytes)
{
	struct bytes *body = &call->coming.body;
	struct lh_cause cause;

	if (bytes_append_span(body, bytes) != LH_OK) {
		lh_cause_set(&cause, "no room to keep an answer of the server");
		drop_try(call);
		end_tries(call, LH_ERR_LIMIT, &cause);
		return HTTP_FLOW_GO;
	}
	if (body->len <= VAULT_CLIENT_KEPT_BYTES)
		return HTTP_FLOW_GO;
	return hand_over(call, &call->coming);
}

static void
leave_bytes(struct vault_call *call, size_t len)
{
	call->left_bytes += len;
	if (call->left_bytes <= VAULT_CLIENT_KEPT_BYTES)
		return;
	drop_try(call);
	await_next_try(call, 0);
}

/* err: what the try ended with; LH_OK: with an answer, which is kept. */
static void
try_next(struct vault_call *call, enum lh_err err)
{
	secret_free(call->redirect_url);
	call->redirect_url = NULL;
	vault_round_advance(call);
	metrics_add(call->client->env.metrics, METRIC_UPSTREAM_RETRIES, 1);
	log_retry(call, err);
	await_next_try(call, call->round.wait);
}

/* Few calls ever wait, so the timer is made for those. */
static void
await_next_try(struct vault_call *call, span_ms wait)
{
	set_state(call, VAULT_CALL_WAITING);
	if (call->wait_timer == NULL)
		call->wait_timer = loop_timer_new(call->client->env.loop,
		    on_wait_over, call);
	loop_timer_set(call->wait_timer, wait);
}

static void
log_retry(const struct vault_call *call, enum lh_err err)
{
	struct span path = vault_path_shown(call->target.path);

	log_debug(call->client->env.log, "upstream.retry",
	    log_text("address", call->upstream->address.text),
	    log_span("path", path), log_num("waits", call->round.waits),
	    log_num("status", err == LH_OK ? call->kept.head.status : 0),
	    log_text("error", err == LH_OK ? "" : lh_err_text(err)),
	    log_num("wait_ms", call->round.wait));
}

/* With the last answer there was, or with the error. */
static void
end_tries(struct vault_call *call, enum lh_err err,
    const struct lh_cause *cause)
{
	if (call->kept.head.status == 0) {
		finish(call, err, cause);
		return;
	}
	pass_on(call, &call->kept);
}

/* The whole of it. */
static void
pass_on(struct vault_call *call, const struct vault_kept *answer)
{
	(void)hand_over(call, answer);
	if (call->state != VAULT_CALL_OVER)
		finish(call, LH_OK, NULL);
}

static enum http_flow
hand_over(struct vault_call *call, const struct vault_kept *answer)
{
	const struct http_call_listener *listener = &call->listener;

	set_state(call, VAULT_CALL_STREAMING);
	listener->on_head(listener->arg, &answer->head);
	if (call->state == VAULT_CALL_OVER || answer->body.len == 0)
		return HTTP_FLOW_GO;
	return listener->on_body(listener->arg, bytes_span(&answer->body));
}

static void
finish(struct vault_call *call, enum lh_err err, const struct lh_cause *cause)
{
	struct lh_cause own;

	if (err != LH_OK && cause == NULL) {
		lh_cause_set(&own, "%s", lh_err_text(err));
		cause = &own;
	}
	detach(call);
	call->listener.on_done(call->listener.arg, err, cause);
}

static void
detach(struct vault_call *call)
{
	set_state(call, VAULT_CALL_OVER);
	drop_try(call);
	if (call->wait_timer != NULL)
		loop_timer_stop(call->wait_timer);
	loop_timer_stop(call->deadline);
	DL_DELETE(call->client->calls, call);
	loop_later(call->client->env.loop, free_call, call);
}

static void
drop_try(struct vault_call *call)
{
	http_call_cancel(call->http);
	call->http = NULL;
	vault_client_link_unref(&call->link);
}

static void
free_call(void *arg)
{
	struct vault_call *call = arg;

	loop_timer_free(call->wait_timer);
	loop_timer_free(call->deadline);
	secret_free(call->url);
	secret_free(call->redirect_url);
	secret_free(call->fields_block);
	secret_unref(&call->token);
	vault_kept_release(&call->kept);
	vault_kept_release(&call->coming);
	free(call->method);
	free(call);
}

static void
set_state(struct vault_call *call, enum vault_call_state state)
{
	lh_assert((allowed_next[call->state] & 1U << state) != 0);
	call->state = state;
}
