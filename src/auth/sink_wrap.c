/*
 * sink_wrap - a token that is handed out under a wrapping.
 *
 * The token wraps itself: it is both the content and the authority of the
 * question. That goes through the scheduler like all that we ask of Vault, so
 * many wrapped sinks cannot make a storm.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "sink_wrap.h"

#include <stdlib.h>

#include <jansson.h>

#include "auth_body.h"
#include "base/bytes.h"
#include "base/xalloc.h"

#define MAX_WRAP_BYTES 8192
#define RETRY_AFTER_MAX_MS (60 * 60 * 1000)

struct sink_wrap {
	const struct sinks_env *env;
	span_ms ttl;
	sink_wrap_fn *fn;
	void *arg;
	struct scheduler_job job;
	struct vault_op *op;
	struct secret *token;		/* asked for; NULL: nothing */
};

static void on_due(void *arg, mono_ms now);
static enum lh_err send(struct sink_wrap *wrap, struct lh_cause *cause);
static void on_wrapped(void *arg, const struct vault_reply *reply);
static void hold(struct sink_wrap *wrap, span_ms quiet);
static struct secret *read_answer(const struct vault_reply *reply,
    struct lh_cause *cause);
static void finish(struct sink_wrap *wrap, struct secret *content,
    const struct lh_cause *cause);
static int on_piece(const char *piece, size_t len, void *arg);

struct sink_wrap *
sink_wrap_new(span_ms ttl, const struct sinks_env *env, sink_wrap_fn *fn,
    void *arg)
{
	struct sink_wrap *wrap = xcalloc(1, sizeof(*wrap));

	wrap->env = env;
	wrap->ttl = ttl;
	wrap->fn = fn;
	wrap->arg = arg;
	scheduler_job_init(&wrap->job, on_due, wrap);
	return wrap;
}

void
sink_wrap_free(struct sink_wrap *wrap)
{
	sink_wrap_cancel(wrap);
	free(wrap);
}

void
sink_wrap_ask(struct sink_wrap *wrap, struct secret *token)
{
	sink_wrap_cancel(wrap);
	wrap->token = secret_ref(token);
	scheduler_set(wrap->env->scheduler, &wrap->job,
	    loop_mono(wrap->env->loop));
}

void
sink_wrap_cancel(struct sink_wrap *wrap)
{
	if (wrap == NULL)
		return;
	vault_op_cancel(wrap->op);
	wrap->op = NULL;
	if (wrap->token != NULL)
		scheduler_cancel(wrap->env->scheduler, &wrap->job);
	secret_unref(&wrap->token);
}

struct secret *
sink_wrap_text(const struct vault_wrap_facts *wrap)
{
	struct span token = secret_lend(wrap->token);
	struct secret *made = NULL;
	struct bytes text;
	json_t *object;

	if (token.len == 0)
		return NULL;
	object = json_pack("{s:s%, s:s, s:I, s:s, s:s, s:s}",
	    "token", token.ptr, token.len,
	    "accessor", wrap->accessor == NULL ? "" : wrap->accessor,
	    "ttl", (json_int_t)wrap->ttl_s,
	    "creation_time",
	    wrap->creation_time == NULL ? "" : wrap->creation_time,
	    "creation_path",
	    wrap->creation_path == NULL ? "" : wrap->creation_path,
	    "wrapped_accessor",
	    wrap->wrapped_accessor == NULL ? "" : wrap->wrapped_accessor);
	bytes_init(&text, MAX_WRAP_BYTES);
	if (object != NULL && json_dump_callback(object, on_piece, &text,
	    JSON_COMPACT) == 0 && bytes_append(&text, "\n", 1) == LH_OK)
		made = secret_new(bytes_span(&text));
	bytes_release(&text);
	json_decref(object);
	return made;
}

static void
on_due(void *arg, mono_ms now)
{
	struct sink_wrap *wrap = arg;
	struct lh_cause cause;

	(void)now;
	if (send(wrap, &cause) != LH_OK)
		finish(wrap, NULL, &cause);
}

static enum lh_err
send(struct sink_wrap *wrap, struct lh_cause *cause)
{
	char ttl[AUTH_BODY_TTL_SIZE];
	struct secret *body = NULL;
	struct vault_ask ask = {
		.method = SPAN_LITERAL("PUT"),
		.path = SPAN_LITERAL("/v1/sys/wrapping/wrap"),
		.namespace = span_of(wrap->env->namespace),
		.token = wrap->token,
	};
	enum lh_err err;

	err = auth_body_set(&body, (const struct auth_member[]){
	    { "token", secret_lend(wrap->token) }, { NULL, SPAN_NONE } },
	    cause);
	if (err != LH_OK)
		return err;
	auth_body_ttl(wrap->ttl, ttl);
	ask.body = body;
	ask.wrap_ttl = span_of(ttl);
	err = vault_api_ask(wrap->env->api, &ask, on_wrapped, wrap,
	    &wrap->op);
	if (err != LH_OK)
		lh_cause_set(cause, "%s", lh_err_text(err));
	secret_unref(&body);
	return err;
}

static void
on_wrapped(void *arg, const struct vault_reply *reply)
{
	struct sink_wrap *wrap = arg;
	struct secret *content;
	struct lh_cause cause;

	wrap->op = NULL;
	if (reply->verdict == VAULT_VERDICT_BUSY && reply->retry_after > 0)
		hold(wrap, reply->retry_after);
	content = read_answer(reply, &cause);
	finish(wrap, content, &cause);
	secret_unref(&content);
}

static void
hold(struct sink_wrap *wrap, span_ms quiet)
{
	scheduler_hold(wrap->env->scheduler, loop_mono(wrap->env->loop) +
	    (quiet < RETRY_AFTER_MAX_MS ? quiet : RETRY_AFTER_MAX_MS));
}

static struct secret *
read_answer(const struct vault_reply *reply, struct lh_cause *cause)
{
	struct vault_envelope envelope;
	struct secret *content = NULL;
	struct lh_cause why;

	if (reply->verdict != VAULT_VERDICT_OK) {
		vault_reply_text(reply, &why);
		lh_cause_set(cause, "the token was not wrapped: %s", why.text);
		return NULL;
	}
	if (vault_envelope_parse(reply->body, &envelope) == LH_OK) {
		if (envelope.has_wrap)
			content = sink_wrap_text(&envelope.wrap);
		vault_envelope_release(&envelope);
	}
	if (content == NULL)
		lh_cause_set(cause, "the answer to the wrapping holds no "
		    "wrap_info");
	return content;
}

/* The called may ask again. */
static void
finish(struct sink_wrap *wrap, struct secret *content,
    const struct lh_cause *cause)
{
	secret_unref(&wrap->token);
	scheduler_job_done(wrap->env->scheduler, &wrap->job);
	wrap->fn(wrap->arg, content, cause);
}

static int
on_piece(const char *piece, size_t len, void *arg)
{
	struct bytes *text = arg;

	return bytes_append(text, piece, len) == LH_OK ? 0 : -1;
}
