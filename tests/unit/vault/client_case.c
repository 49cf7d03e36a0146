/*
 * client_case - see client_case.h.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "client_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
hear_head(void *arg, const struct http_head *head)
{
	struct heard *heard = arg;
	struct span mark = http_fields_value(head->fields,
	    SPAN_LITERAL("X-Mark"));

	heard->heads++;
	heard->status = head->status;
	if (mark.len > 0)
		memcpy(heard->fields, mark.ptr, mark.len);
	if (heard->cancel_on_head)
		vault_call_cancel(heard->call);
}

static enum http_flow
hear_body(void *arg, struct span bytes)
{
	struct heard *heard = arg;

	heard->body_bytes += bytes.len;
	if (heard->body_bytes < sizeof(heard->body))
		memcpy(heard->body + heard->body_bytes - bytes.len, bytes.ptr,
		    bytes.len);
	return heard->flow;
}

static void
hear_done(void *arg, enum lh_err err, const struct lh_cause *cause)
{
	struct heard *heard = arg;

	assert_true(err == LH_OK || cause != NULL);
	heard->dones++;
	heard->err = err;
	vault_call_cancel(heard->call);		/* harmless by contract */
}

struct http_call_listener
client_case_listener(struct heard *heard)
{
	return (struct http_call_listener){
		hear_head, hear_body, hear_done, heard
	};
}

int
client_case_set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	bool locked;

	if (f == NULL || secret_start(&locked) != LH_OK)
		return -1;
	f->env.loop = fake_start();
	f->env.metrics = metrics_new();
	vault_client_options_init(&f->options);
	f->options.addresses[0] = "https://vault:8200";
	f->request.method = SPAN_LITERAL("GET");
	f->request.path = SPAN_LITERAL(CLIENT_CASE_PATH);
	f->request.retry = VAULT_RETRY_SAFE;
	*state = f;
	return 0;
}

int
client_case_tear_down(void **state)
{
	struct fixture *f = *state;

	vault_client_free(f->client);
	fake_stop();
	metrics_free(f->env.metrics);
	secret_stop();
	free(f);
	return 0;
}

void
client_case_make(struct fixture *f)
{
	struct lh_cause cause;

	vault_client_free(f->client);
	assert_int_equal(vault_client_new(&f->options, &f->env, &f->client,
	    &cause), LH_OK);
}

void
client_case_start(struct fixture *f)
{
	const struct http_call_listener listener =
	    client_case_listener(&f->heard);

	if (f->client == NULL)
		client_case_make(f);
	assert_int_equal(vault_client_start(f->client, &f->request,
	    &listener, &f->heard.call), LH_OK);
}
