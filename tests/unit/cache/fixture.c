/*
 * fixture - what tests of the cache stand on.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "base/xalloc.h"

struct vault_op {
	struct vault_api *api;
	vault_reply_fn *fn;
	void *arg;
	struct vault_op *prev;
	struct vault_op *next;
};

static const struct http_field answer_fields[] = {
	{ { "Cache-Control", 13 }, { "no-store", 8 } },
	{ { "Content-Type", 12 }, { "application/json", 16 } },
	{ { "Date", 4 }, { "Sun, 06 Nov 1994 08:49:37 GMT", 29 } },
	{ { "Content-Length", 14 }, { "123", 3 } },
	{ { "Connection", 10 }, { "close", 5 } }
};

static void on_wake(void *arg, mono_ms at);
static void on_stop(void *arg);
static enum lh_err start_call(struct vault_api *api, enum fixture_call call,
    const struct secret *token, struct span namespace, vault_reply_fn *fn,
    void *arg, struct vault_op **op_out);
static void reply_to_oldest(struct fixture *fixture,
    const struct vault_reply *reply);
static void copy_text(char *into, size_t size, struct span text);

void
fixture_init(struct fixture *fixture)
{
	struct scheduler_options options = { 0 };

	memset(fixture, 0, sizeof(*fixture));
	fixture->clock = timesource_new_manual(1000000, 1700000000000);
	assert_int_equal(loop_new(fixture->clock, &fixture->loop), LH_OK);
	fixture->scheduler = scheduler_new(&options, on_wake, NULL);
	fixture->env = (struct cache_env){
		.loop = fixture->loop,
		.scheduler = fixture->scheduler,
		.api = &fixture->api
	};
	fixture->token = secret_new(SPAN_LITERAL("s.ours"));
	fixture->other = secret_new(SPAN_LITERAL("s.callers"));
}

void
fixture_release(struct fixture *fixture)
{
	assert_null(fixture->api.open);
	assert_int_equal(scheduler_waiting(fixture->scheduler), 0);
	assert_int_equal(scheduler_running(fixture->scheduler), 0);
	secret_unref(&fixture->token);
	secret_unref(&fixture->other);
	scheduler_free(fixture->scheduler);
	loop_free(fixture->loop);
	timesource_free(fixture->clock);
}

mono_ms
fixture_now(const struct fixture *fixture)
{
	return timesource_mono(fixture->clock);
}

void
fixture_advance(struct fixture *fixture, span_ms by)
{
	timesource_advance(fixture->clock, by);
	scheduler_run(fixture->scheduler, fixture_now(fixture));
}

void
fixture_turn(struct fixture *fixture)
{
	loop_later(fixture->loop, on_stop, fixture->loop);
	loop_run(fixture->loop);
}

void
fixture_answer(struct fixture *fixture, enum vault_verdict verdict,
    const char *body)
{
	struct vault_reply reply = {
		.verdict = verdict, .status = 200, .body = span_of(body),
		.retry_after = -1
	};

	reply_to_oldest(fixture, &reply);
}

void
fixture_stay_silent(struct fixture *fixture)
{
	struct vault_reply reply = {
		.verdict = VAULT_VERDICT_DOWN, .retry_after = -1
	};

	reply_to_oldest(fixture, &reply);
}

void
fixture_answer_later(struct fixture *fixture, enum vault_verdict verdict,
    span_ms retry_after)
{
	struct vault_reply reply = {
		.verdict = verdict, .status = 429, .retry_after = retry_after
	};

	reply_to_oldest(fixture, &reply);
}

struct cache_ask
fixture_read(const struct fixture *fixture, const char *path)
{
	return (struct cache_ask){
		.method = SPAN_LITERAL("GET"),
		.path = span_of(path),
		.identity = CACHE_IDENTITY_AUTO,
		.token = fixture->token,
		.generation = 1
	};
}

struct cache_ask
fixture_write(const struct fixture *fixture, const char *path,
    const char *body)
{
	struct cache_ask ask = fixture_read(fixture, path);

	ask.method = SPAN_LITERAL("POST");
	ask.body = span_of(body);
	return ask;
}

struct http_head
fixture_head(void)
{
	return (struct http_head){
		.status = 200,
		.fields = { answer_fields,
		    sizeof(answer_fields) / sizeof(answer_fields[0]) },
		.content_length = -1
	};
}

bool
fixture_fetch(struct cache *cache, const struct cache_ask *ask,
    const char *body)
{
	struct http_head head = fixture_head();
	struct cache_result result;

	assert_int_equal(cache_lookup(cache, ask, &result), CACHE_LEAD);
	assert_true(cache_wants(cache, result.flight, &head));
	return cache_fill(cache, &result.flight, ask, &head, span_of(body));
}

bool
fixture_hits(struct cache *cache, const struct cache_ask *ask)
{
	struct cache_result result;
	enum cache_verdict verdict = cache_lookup(cache, ask, &result);

	cache_answer_unref(&result.hit.answer);
	if (result.flight != NULL)
		cache_fail(cache, &result.flight);
	return verdict == CACHE_HIT;
}

enum lh_err
vault_api_renew_lease(struct vault_api *api,
    const struct vault_lease_ref *lease, vault_reply_fn *fn, void *arg,
    struct vault_op **op_out)
{
	copy_text(api->lease_id, sizeof(api->lease_id),
	    span_of(lease->lease_id));
	return start_call(api, FIXTURE_RENEW_LEASE, lease->token,
	    lease->namespace, fn, arg, op_out);
}

enum lh_err
vault_api_renew_self(struct vault_api *api, const struct secret *token,
    struct span namespace, vault_reply_fn *fn, void *arg,
    struct vault_op **op_out)
{
	return start_call(api, FIXTURE_RENEW_SELF, token, namespace, fn, arg,
	    op_out);
}

enum lh_err
vault_api_revoke_lease(struct vault_api *api,
    const struct vault_lease_ref *lease, vault_reply_fn *fn, void *arg,
    struct vault_op **op_out)
{
	copy_text(api->lease_id, sizeof(api->lease_id),
	    span_of(lease->lease_id));
	return start_call(api, FIXTURE_REVOKE, lease->token,
	    lease->namespace, fn, arg, op_out);
}

enum lh_err
vault_api_ask(struct vault_api *api, const struct vault_ask *ask,
    vault_reply_fn *fn, void *arg, struct vault_op **op_out)
{
	copy_text(api->body, sizeof(api->body), secret_lend(ask->body));
	return start_call(api, FIXTURE_ASK, ask->token, ask->namespace, fn,
	    arg, op_out);
}

void
vault_op_cancel(struct vault_op *op)
{
	if (op == NULL)
		return;
	op->api->cancelled++;
	DL_DELETE(op->api->open, op);
	free(op);
}

static void
on_wake(void *arg, mono_ms at)
{
}

static void
on_stop(void *arg)
{
	loop_stop(arg);
}

static enum lh_err
start_call(struct vault_api *api, enum fixture_call call,
    const struct secret *token, struct span namespace, vault_reply_fn *fn,
    void *arg, struct vault_op **op_out)
{
	struct vault_op *op;

	api->started++;
	api->call = call;
	copy_text(api->token, sizeof(api->token), secret_lend(token));
	copy_text(api->namespace, sizeof(api->namespace), namespace);
	if (api->is_refusing)
		return LH_ERR_UNREACHABLE;
	op = xcalloc(1, sizeof(*op));
	op->api = api;
	op->fn = fn;
	op->arg = arg;
	DL_APPEND(api->open, op);
	*op_out = op;
	return LH_OK;
}

static void
reply_to_oldest(struct fixture *fixture, const struct vault_reply *reply)
{
	struct vault_op *op = fixture->api.open;
	struct vault_op answered;

	assert_non_null(op);
	answered = *op;
	DL_DELETE(fixture->api.open, op);
	free(op);
	answered.fn(answered.arg, reply);
	scheduler_run(fixture->scheduler, fixture_now(fixture));
}

static void
copy_text(char *into, size_t size, struct span text)
{
	snprintf(into, size, "%.*s", (int)text.len,
	    text.ptr == NULL ? "" : text.ptr);
}
