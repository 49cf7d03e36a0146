/*
 * vault_api - one try a call, the answer gathered, its meaning told.
 *
 * An operation that ended stays in memory until the turn is over, so that it
 * may be cancelled from inside its own callback.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include "vault/vault_api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "base/bytes.h"
#include "base/moment.h"
#include "base/xalloc.h"

struct vault_api {
	struct vault_client *client;
	struct loop *loop;
	struct vault_op *ops;
};

struct vault_op {
	struct vault_op *prev, *next;	/* in api->ops */
	struct vault_api *api;		/* NULL: over */
	struct vault_call *call;
	vault_reply_fn *fn;
	void *arg;
	struct secret *body;
	unsigned status;
	span_ms retry_after;
	struct bytes answer;
};

/* Who asks, and where the answer and the operation's name go. */
struct asker {
	struct vault_api *api;
	vault_reply_fn *fn;
	void *arg;
	struct vault_op **op_out;
};

static enum lh_err ask_with_body(const struct asker *asker,
    const struct vault_ask *ask, struct span body);
static enum lh_err ask_about_lease(const struct asker *asker,
    const struct vault_ask *ask, const char *lease_id, struct span before);
static enum lh_err start_call(struct vault_op *op,
    const struct vault_ask *ask);
static enum lh_err append_json_text(struct bytes *into, const char *text);
static void on_head(void *arg, const struct http_head *head);
static enum http_flow on_body(void *arg, struct span bytes);
static void on_done(void *arg, enum lh_err err, const struct lh_cause *cause);
static void reply(struct vault_op *op, struct vault_reply *answer);
static void detach(struct vault_op *op);
static void free_op(void *arg);
static bool says(const char *errors, const char *what);
static enum vault_verdict verdict_of_400(const char *errors);

struct vault_api *
vault_api_new(struct vault_client *client, struct loop *loop)
{
	struct vault_api *api = xcalloc(1, sizeof(*api));

	api->client = client;
	api->loop = loop;
	return api;
}

void
vault_api_free(struct vault_api *api)
{
	if (api == NULL)
		return;
	while (api->ops != NULL)
		vault_op_cancel(api->ops);
	free(api);
}

enum lh_err
vault_api_ask(struct vault_api *api, const struct vault_ask *ask,
    vault_reply_fn *fn, void *arg, struct vault_op **op_out)
{
	struct vault_op *op = xcalloc(1, sizeof(*op));
	enum lh_err err;

	op->api = api;
	op->fn = fn;
	op->arg = arg;
	op->body = secret_ref((struct secret *)ask->body);
	op->retry_after = -1;
	bytes_init(&op->answer, VAULT_API_MAX_ANSWER);
	err = start_call(op, ask);
	if (err != LH_OK) {
		free_op(op);
		return err;
	}
	DL_APPEND(api->ops, op);
	*op_out = op;
	return LH_OK;
}

enum lh_err
vault_api_lookup_self(struct vault_api *api, const struct secret *token,
    struct span namespace, vault_reply_fn *fn, void *arg,
    struct vault_op **op_out)
{
	const struct vault_ask ask = {
		.method = SPAN_LITERAL("GET"),
		.path = SPAN_LITERAL("/v1/auth/token/lookup-self"),
		.token = token,
		.namespace = namespace
	};

	return vault_api_ask(api, &ask, fn, arg, op_out);
}

enum lh_err
vault_api_renew_self(struct vault_api *api, const struct secret *token,
    struct span namespace, vault_reply_fn *fn, void *arg,
    struct vault_op **op_out)
{
	const struct vault_ask ask = {
		.method = SPAN_LITERAL("PUT"),
		.path = SPAN_LITERAL("/v1/auth/token/renew-self"),
		.token = token,
		.namespace = namespace
	};

	return ask_with_body(&(struct asker){ api, fn, arg, op_out }, &ask,
	    SPAN_LITERAL("{\"increment\":0}"));
}

enum lh_err
vault_api_revoke_self(struct vault_api *api, const struct secret *token,
    struct span namespace, vault_reply_fn *fn, void *arg,
    struct vault_op **op_out)
{
	const struct vault_ask ask = {
		.method = SPAN_LITERAL("PUT"),
		.path = SPAN_LITERAL("/v1/auth/token/revoke-self"),
		.token = token,
		.namespace = namespace
	};

	return vault_api_ask(api, &ask, fn, arg, op_out);
}

enum lh_err
vault_api_renew_lease(struct vault_api *api,
    const struct vault_lease_ref *lease, vault_reply_fn *fn, void *arg,
    struct vault_op **op_out)
{
	const struct vault_ask ask = {
		.method = SPAN_LITERAL("PUT"),
		.path = SPAN_LITERAL("/v1/sys/leases/renew"),
		.token = lease->token,
		.namespace = lease->namespace
	};

	return ask_about_lease(&(struct asker){ api, fn, arg, op_out }, &ask,
	    lease->lease_id, SPAN_LITERAL("{\"increment\":0,\"lease_id\":"));
}

enum lh_err
vault_api_revoke_lease(struct vault_api *api,
    const struct vault_lease_ref *lease, vault_reply_fn *fn, void *arg,
    struct vault_op **op_out)
{
	const struct vault_ask ask = {
		.method = SPAN_LITERAL("PUT"),
		.path = SPAN_LITERAL("/v1/sys/leases/revoke"),
		.token = lease->token,
		.namespace = lease->namespace
	};

	return ask_about_lease(&(struct asker){ api, fn, arg, op_out }, &ask,
	    lease->lease_id, SPAN_LITERAL("{\"lease_id\":"));
}

void
vault_op_cancel(struct vault_op *op)
{
	if (op == NULL || op->api == NULL)
		return;
	vault_call_cancel(op->call);
	detach(op);
}

enum vault_verdict
vault_verdict_of(unsigned status, const char *errors, bool has_retry_after)
{
	if (status >= 200 && status < 300)
		return VAULT_VERDICT_OK;
	switch (status) {
	case 400:
		return verdict_of_400(errors);
	case 403:
		return says(errors, "invalid token") ||
		    says(errors, "bad token") ?
		    VAULT_VERDICT_DEAD_TOKEN : VAULT_VERDICT_DENIED;
	case 404:
		return VAULT_VERDICT_GONE;
	case 429:
		return VAULT_VERDICT_BUSY;
	case 503:
		return has_retry_after ? VAULT_VERDICT_BUSY :
		    VAULT_VERDICT_DOWN;
	case 412:	/* this node has not caught up yet */
	case 472:	/* health of standby nodes */
	case 473:
		return VAULT_VERDICT_DOWN;
	default:
		return status >= 400 && status < 500 ?
		    VAULT_VERDICT_REFUSED : VAULT_VERDICT_DOWN;
	}
}

static enum lh_err
ask_with_body(const struct asker *asker, const struct vault_ask *ask,
    struct span body)
{
	struct secret *secret = secret_new(body);
	struct vault_ask whole = *ask;
	enum lh_err err;

	if (secret == NULL)
		return LH_ERR_LIMIT;
	whole.body = secret;
	err = vault_api_ask(asker->api, &whole, asker->fn, asker->arg,
	    asker->op_out);
	secret_unref(&secret);
	return err;
}

/* before: the body up to the value of lease_id, which comes last. */
static enum lh_err
ask_about_lease(const struct asker *asker, const struct vault_ask *ask,
    const char *lease_id, struct span before)
{
	struct bytes body;
	enum lh_err err;

	bytes_init(&body, SECRET_MAX_BYTES);
	err = bytes_append_span(&body, before);
	if (err == LH_OK)
		err = append_json_text(&body, lease_id);
	if (err == LH_OK)
		err = bytes_append(&body, "}", 1);
	if (err == LH_OK)
		err = ask_with_body(asker, ask, bytes_span(&body));
	bytes_release(&body);
	return err;
}

static enum lh_err
start_call(struct vault_op *op, const struct vault_ask *ask)
{
	const struct http_call_listener listener = {
		on_head, on_body, on_done, op
	};
	struct http_field fields[3] = {
		{ SPAN_LITERAL("X-Vault-Request"), SPAN_LITERAL("true") }
	};
	struct vault_request request = {
		.method = ask->method,
		.path = ask->path,
		.token = ask->token,
		.namespace = ask->namespace,
		.body = secret_lend(op->body),
		.has_body = op->body != NULL,
		.is_own = true,
		.retry = VAULT_RETRY_NEVER,
		.timeout = ask->timeout
	};
	size_t count = 1;

	if (op->body != NULL)
		fields[count++] = (struct http_field){
		    SPAN_LITERAL("Content-Type"),
		    SPAN_LITERAL("application/json") };
	if (ask->wrap_ttl.len > 0)
		fields[count++] = (struct http_field){
		    SPAN_LITERAL("X-Vault-Wrap-TTL"), ask->wrap_ttl };
	request.fields = (struct http_fields){ fields, count };
	return vault_client_start(op->api->client, &request, &listener,
	    &op->call);
}

static enum lh_err
append_json_text(struct bytes *into, const char *text)
{
	enum lh_err err = bytes_append(into, "\"", 1);

	for (; err == LH_OK && *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x20)
			err = bytes_printf(into, "\\u%04x", c);
		else if (c == '"' || c == '\\')
			err = bytes_printf(into, "\\%c", c);
		else
			err = bytes_append(into, text, 1);
	}
	return err == LH_OK ? bytes_append(into, "\"", 1) : err;
}

static void
on_head(void *arg, const struct http_head *head)
{
	struct vault_op *op = arg;
	struct span value = http_fields_value(head->fields,
	    SPAN_LITERAL("Retry-After"));

	op->status = head->status;
	if (value.ptr != NULL && moment_of_retry_after(value,
	    loop_wall(op->api->loop), &op->retry_after) != LH_OK)
		op->retry_after = -1;
}

static enum http_flow
on_body(void *arg, struct span bytes)
{
	struct vault_op *op = arg;
	struct vault_reply answer = {
		.verdict = VAULT_VERDICT_REFUSED,
		.error = "the answer is larger than we accept"
	};

	if (bytes_append_span(&op->answer, bytes) != LH_OK) {
		vault_call_cancel(op->call);
		answer.status = op->status;
		reply(op, &answer);
	}
	return HTTP_FLOW_GO;
}

static void
on_done(void *arg, enum lh_err err, const struct lh_cause *cause)
{
	struct vault_op *op = arg;
	struct vault_reply answer = { .verdict = VAULT_VERDICT_DOWN };

	if (err != LH_OK) {
		snprintf(answer.error, sizeof(answer.error), "%s",
		    cause != NULL ? cause->text : lh_err_text(err));
		reply(op, &answer);
		return;
	}
	answer.status = op->status;
	answer.body = bytes_span(&op->answer);
	if (op->status < 200 || op->status >= 300) {
		vault_errors_text(answer.body, answer.error);
		if (answer.error[0] == '\0')
			snprintf(answer.error, sizeof(answer.error),
			    "status %u", op->status);
	}
	answer.verdict = vault_verdict_of(op->status, answer.error,
	    op->retry_after >= 0);
	reply(op, &answer);
}

static void
reply(struct vault_op *op, struct vault_reply *answer)
{
	answer->retry_after = op->retry_after;
	detach(op);
	op->fn(op->arg, answer);
}

static void
detach(struct vault_op *op)
{
	struct vault_api *api = op->api;

	op->call = NULL;
	op->api = NULL;
	DL_DELETE(api->ops, op);
	loop_later(api->loop, free_op, op);
}

static void
free_op(void *arg)
{
	struct vault_op *op = arg;

	secret_unref(&op->body);
	bytes_release(&op->answer);
	free(op);
}

static bool
says(const char *errors, const char *what)
{
	return strcasestr(errors, what) != NULL;
}

static enum vault_verdict
verdict_of_400(const char *errors)
{
	if (says(errors, "lease not found") || says(errors, "invalid lease"))
		return VAULT_VERDICT_GONE;
	if (says(errors, "permission denied"))
		return VAULT_VERDICT_DENIED;
	return VAULT_VERDICT_REFUSED;
}
