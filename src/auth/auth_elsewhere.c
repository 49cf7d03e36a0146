/*
 * auth_elsewhere - one question at a time, over a connection of its own.
 *
 * The answer may hold credentials: it is gathered in memory that is wiped, and
 * what is told of a failure names the host alone: a path or a query may be a
 * secret of its own.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "auth_elsewhere.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/lh_assert.h"
#include "base/xalloc.h"
#include "http/http_client.h"

#define TIMEOUT_MS (10 * 1000)
#define MAX_ANSWER (1024 * 1024)
#define MAX_TARGET 200

struct auth_elsewhere {
	struct loop *loop;
	struct http_client *http;
	struct http_call *call;		/* NULL: nothing is under way */
	struct secret *body;		/* lent to the call */
	char target[MAX_TARGET];	/* for people */
	unsigned status;
	struct bytes answer;
	vault_reply_fn *fn;
	void *arg;
};

static enum lh_err make_client(struct auth_elsewhere *elsewhere);
static void name_target(struct auth_elsewhere *elsewhere,
    const struct auth_request *request);
static void on_head(void *arg, const struct http_head *head);
static enum http_flow on_body(void *arg, struct span bytes);
static void on_done(void *arg, enum lh_err err, const struct lh_cause *cause);
static enum vault_verdict verdict_of(unsigned status);
static void reply(struct auth_elsewhere *elsewhere,
    struct vault_reply *answer);
static void clear(struct auth_elsewhere *elsewhere);

struct auth_elsewhere *
auth_elsewhere_new(struct loop *loop)
{
	struct auth_elsewhere *elsewhere = xcalloc(1, sizeof(*elsewhere));

	elsewhere->loop = loop;
	bytes_init(&elsewhere->answer, MAX_ANSWER);
	return elsewhere;
}

void
auth_elsewhere_free(struct auth_elsewhere *elsewhere)
{
	if (elsewhere == NULL)
		return;
	auth_elsewhere_cancel(elsewhere);
	http_client_free(elsewhere->http);
	free(elsewhere);
}

enum lh_err
auth_elsewhere_ask(struct auth_elsewhere *elsewhere,
    const struct auth_request *request, vault_reply_fn *fn, void *arg)
{
	const struct http_call_listener listener = {
		on_head, on_body, on_done, elsewhere
	};
	struct http_call_request call = {
		.method = request->verb,
		.url = request->url,
		.fields = request->fields,
		.body = secret_lend(request->body),
		.has_body = request->body != NULL,
		.timeout = TIMEOUT_MS
	};
	enum lh_err err;

	lh_assert(elsewhere->call == NULL);
	err = make_client(elsewhere);
	if (err != LH_OK)
		return err;
	elsewhere->body = secret_ref(request->body);
	elsewhere->status = 0;
	elsewhere->fn = fn;
	elsewhere->arg = arg;
	name_target(elsewhere, request);
	err = http_client_start(elsewhere->http, &call, &listener,
	    &elsewhere->call);
	if (err != LH_OK)
		clear(elsewhere);
	return err;
}

void
auth_elsewhere_cancel(struct auth_elsewhere *elsewhere)
{
	http_call_cancel(elsewhere->call);
	clear(elsewhere);
}

static enum lh_err
make_client(struct auth_elsewhere *elsewhere)
{
	struct http_client_options options;

	if (elsewhere->http != NULL)
		return LH_OK;
	http_client_options_init(&options);
	options.no_keep_alive = true;
	options.connect_timeout = TIMEOUT_MS;
	return http_client_new(&options, elsewhere->loop, &elsewhere->http,
	    NULL);
}

static void
name_target(struct auth_elsewhere *elsewhere,
    const struct auth_request *request)
{
	const char *host = strstr(request->url, "://");
	size_t len;

	lh_assert(host != NULL);
	len = (size_t)(host - request->url) + 3;
	len += strcspn(request->url + len, "/?#");
	snprintf(elsewhere->target, sizeof(elsewhere->target),
	    "asking %.*s for %s", (int)len, request->url, request->what);
}

static void
on_head(void *arg, const struct http_head *head)
{
	struct auth_elsewhere *elsewhere = arg;

	elsewhere->status = head->status;
}

static enum http_flow
on_body(void *arg, struct span bytes)
{
	struct auth_elsewhere *elsewhere = arg;
	struct vault_reply answer = { .verdict = VAULT_VERDICT_REFUSED };

	if (bytes_append_span(&elsewhere->answer, bytes) == LH_OK)
		return HTTP_FLOW_GO;
	http_call_cancel(elsewhere->call);
	snprintf(answer.error, sizeof(answer.error),
	    "%s: the answer is larger than we accept", elsewhere->target);
	reply(elsewhere, &answer);
	return HTTP_FLOW_GO;
}

static void
on_done(void *arg, enum lh_err err, const struct lh_cause *cause)
{
	struct auth_elsewhere *elsewhere = arg;
	struct vault_reply answer = { .verdict = VAULT_VERDICT_DOWN };

	if (err != LH_OK) {
		snprintf(answer.error, sizeof(answer.error), "%s: %.250s",
		    elsewhere->target, cause->text);
	} else {
		answer.verdict = verdict_of(elsewhere->status);
		answer.body = bytes_span(&elsewhere->answer);
		if (answer.verdict != VAULT_VERDICT_OK)
			snprintf(answer.error, sizeof(answer.error),
			    "%s: status %u", elsewhere->target,
			    elsewhere->status);
	}
	reply(elsewhere, &answer);
}

static enum vault_verdict
verdict_of(unsigned status)
{
	if (status >= 200 && status < 300)
		return VAULT_VERDICT_OK;
	return status == 429 || status >= 500 ? VAULT_VERDICT_DOWN :
	    VAULT_VERDICT_REFUSED;
}

/* fn may ask the next question, so the answer it reads is not ours any more. */
static void
reply(struct auth_elsewhere *elsewhere, struct vault_reply *answer)
{
	struct bytes text = elsewhere->answer;

	bytes_init(&elsewhere->answer, MAX_ANSWER);
	clear(elsewhere);
	answer->retry_after = -1;
	elsewhere->fn(elsewhere->arg, answer);
	bytes_release(&text);
}

static void
clear(struct auth_elsewhere *elsewhere)
{
	elsewhere->call = NULL;
	secret_unref(&elsewhere->body);
	bytes_clear(&elsewhere->answer);
}
