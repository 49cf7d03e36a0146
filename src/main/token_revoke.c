/*
 * token_revoke - see token_revoke.h.
 *
 * The token is that of BAO_TOKEN or VAULT_TOKEN, else that of the file
 * .vault-token in the home of the user, where a sink leaves it. A server that
 * does not answer is asked again for a while: the pod is about to end, and
 * nobody else will.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "token_revoke.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/file_io.h"
#include "base/xalloc.h"
#include "errand.h"

#define RETRY_FOR_MS 5000
#define STATUS_MISUSED 1
#define STATUS_FAILED 2

struct revocation {
	struct errand *errand;
	struct secret *token;
	struct vault_op *op;
};

static enum lh_err find_token(struct secret **token_out,
    struct lh_cause *cause);
static const char *environment(const char *name);
static void attempt(void *arg);
static void on_answer(void *arg, const struct vault_reply *reply);
static void complain(const struct lh_cause *cause);

int
token_revoke(const struct options *options)
{
	struct revocation revocation = { NULL, NULL, NULL };
	const struct errand_options errand = { &options->flags, environment,
		RETRY_FOR_MS, attempt, &revocation };
	int status = STATUS_FAILED;
	struct lh_cause cause;

	if (!options->self) {
		fprintf(stderr, "leasehold: token revoke revokes the token in "
		    "hand and no other: give -self\n");
		return STATUS_MISUSED;
	}
	if (find_token(&revocation.token, &cause) != LH_OK ||
	    errand_new(&errand, &revocation.errand, &cause) != LH_OK)
		complain(&cause);
	else
		status = errand_run(revocation.errand, STATUS_FAILED);
	errand_free(revocation.errand);
	secret_unref(&revocation.token);
	return status;
}

static const char *
environment(const char *name)
{
	return getenv(name);
}

static enum lh_err
find_token(struct secret **token_out, struct lh_cause *cause)
{
	const char *bao = getenv("BAO_TOKEN");
	struct span told = span_trim(span_of(bao != NULL ? bao :
	    getenv("VAULT_TOKEN")));
	const char *home = getenv("HOME");
	enum lh_err err;
	char *path;

	if (told.len > 0) {
		*token_out = secret_new(told);
		if (*token_out == NULL)
			lh_cause_set(cause, "the token is too long");
		return *token_out != NULL ? LH_OK : LH_ERR_LIMIT;
	}
	path = xasprintf("%s/.vault-token", home != NULL ? home : "");
	err = file_read_secret(path, token_out, cause);
	free(path);
	return err;
}

static void
attempt(void *arg)
{
	struct revocation *revocation = arg;
	struct errand *errand = revocation->errand;
	enum lh_err err = vault_api_revoke_self(errand_api(errand),
	    revocation->token, errand_namespace(errand), on_answer,
	    revocation, &revocation->op);
	struct lh_cause cause;

	if (err == LH_OK)
		return;
	lh_cause_set(&cause, "%s", lh_err_text(err));
	complain(&cause);
	errand_give_up(errand);
}

static void
on_answer(void *arg, const struct vault_reply *reply)
{
	struct revocation *revocation = arg;
	struct lh_cause cause;

	revocation->op = NULL;
	if (reply->verdict == VAULT_VERDICT_OK) {
		puts("Success! Revoked token (if it existed)");
		errand_done(revocation->errand);
		return;
	}
	vault_reply_text(reply, &cause);
	complain(&cause);
	if (reply->verdict == VAULT_VERDICT_DOWN ||
	    reply->verdict == VAULT_VERDICT_BUSY)
		errand_try_again(revocation->errand);
	else
		errand_give_up(revocation->errand);
}

static void
complain(const struct lh_cause *cause)
{
	fprintf(stderr, "Error revoking token: %s\n", cause->text);
}
