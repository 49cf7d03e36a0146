/*
 * fake_elsewhere - one question at a time, answered by hand.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "fake_elsewhere.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/lh_assert.h"
#include "base/xalloc.h"

struct auth_elsewhere *
auth_elsewhere_new(struct loop *loop)
{
	return xcalloc(1, sizeof(struct auth_elsewhere));
}

void
auth_elsewhere_free(struct auth_elsewhere *elsewhere)
{
	if (elsewhere == NULL)
		return;
	free(elsewhere->url);
	free(elsewhere);
}

enum lh_err
auth_elsewhere_ask(struct auth_elsewhere *elsewhere,
    const struct auth_request *request, vault_reply_fn *fn, void *arg)
{
	lh_assert(elsewhere->fn == NULL);
	free(elsewhere->url);
	elsewhere->url = xstrdup(request->url);
	elsewhere->fn = fn;
	elsewhere->arg = arg;
	elsewhere->asked++;
	return LH_OK;
}

void
auth_elsewhere_cancel(struct auth_elsewhere *elsewhere)
{
	if (elsewhere != NULL)
		elsewhere->fn = NULL;
}

void
fake_elsewhere_answer(struct auth_elsewhere *elsewhere,
    enum vault_verdict verdict, const char *text)
{
	struct vault_reply reply = { .verdict = verdict, .retry_after = -1 };
	vault_reply_fn *fn = elsewhere->fn;

	lh_assert(fn != NULL);
	elsewhere->fn = NULL;
	if (verdict == VAULT_VERDICT_OK)
		reply.body = span_of(text);
	else
		snprintf(reply.error, sizeof(reply.error), "%s", text);
	fn(elsewhere->arg, &reply);
}
