/*
 * vault_api - our own calls: log in, look up, renew, revoke.
 *
 * Owns:       each operation and the answer's bytes until its callback
 *             returned or its cancel.
 * Invariant:  a started operation calls back once, later than its start.
 * Source: behaviour section 11.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_VAULT_VAULT_API_H
#define LH_VAULT_VAULT_API_H

#include "base/lh_err.h"
#include "base/secret.h"
#include "base/span.h"
#include "base/timesource.h"
#include "vault/vault_client.h"
#include "vault/vault_envelope.h"

#define VAULT_API_MAX_ANSWER (1024 * 1024)

/* What an answer means to whoever has to decide on what comes next. */
enum vault_verdict {
	VAULT_VERDICT_OK,		/* 2xx */
	VAULT_VERDICT_DENIED,		/* 403, or 400 "permission denied" */
	VAULT_VERDICT_DEAD_TOKEN,	/* 403 that says invalid or bad token */
	VAULT_VERDICT_GONE,		/* lease not found, 404 */
	VAULT_VERDICT_REFUSED,		/* any other 4xx: asking again is vain */
	VAULT_VERDICT_BUSY,		/* 429, or 503 with Retry-After */
	VAULT_VERDICT_DOWN		/* 5xx, 472, 473, no answer */
};

struct vault_reply {
	enum vault_verdict verdict;
	unsigned status;		/* 0: no answer */
	struct span body;		/* lent until the callback returns */
	span_ms retry_after;		/* -1: not told */
	char error[VAULT_ERRORS_MAX];	/* "" when OK; for a log, no secret */
};

typedef void vault_reply_fn(void *arg, const struct vault_reply *reply);

struct vault_api;
struct vault_op;

/* client: borrowed. loop_wall() is used for Retry-After dates. */
struct vault_api *vault_api_new(struct vault_client *client,
    struct loop *loop);
void vault_api_free(struct vault_api *api);	/* cancels what is under way */

/* Any call with a JSON body (may be empty) or none; PUT for writes. All are
 * one try: who called backs off by itself. X-Vault-Request: true is sent. */
struct vault_ask {
	struct span method;		/* "GET", "PUT" */
	struct span path;		/* "/v1/auth/approle/login" */
	struct span namespace;
	const struct secret *token;	/* NULL: none */
	const struct secret *body;	/* JSON; NULL: none; a reference is kept */
	struct span wrap_ttl;		/* X-Vault-Wrap-TTL; empty: none */
	span_ms timeout;		/* 0: the client's */
};
enum lh_err vault_api_ask(struct vault_api *api, const struct vault_ask *ask,
    vault_reply_fn *fn, void *arg, struct vault_op **op_out) LH_MUSTCHECK;

enum lh_err vault_api_lookup_self(struct vault_api *api,
    const struct secret *token, struct span namespace, vault_reply_fn *fn,
    void *arg, struct vault_op **op_out) LH_MUSTCHECK;
enum lh_err vault_api_renew_self(struct vault_api *api,
    const struct secret *token, struct span namespace, vault_reply_fn *fn,
    void *arg, struct vault_op **op_out) LH_MUSTCHECK;
enum lh_err vault_api_revoke_self(struct vault_api *api,
    const struct secret *token, struct span namespace, vault_reply_fn *fn,
    void *arg, struct vault_op **op_out) LH_MUSTCHECK;

struct vault_lease_ref {
	const char *lease_id;
	const struct secret *token;	/* of the request that got the lease */
	struct span namespace;
};
enum lh_err vault_api_renew_lease(struct vault_api *api,
    const struct vault_lease_ref *lease, vault_reply_fn *fn, void *arg,
    struct vault_op **op_out) LH_MUSTCHECK;
enum lh_err vault_api_revoke_lease(struct vault_api *api,
    const struct vault_lease_ref *lease, vault_reply_fn *fn, void *arg,
    struct vault_op **op_out) LH_MUSTCHECK;

void vault_op_cancel(struct vault_op *op);	/* silent; NULL ok */

/* Why it failed, for logs and status. */
void vault_reply_text(const struct vault_reply *reply, struct lh_cause *out);

/* Pure: what status and the text of errors mean. status 0: no answer. */
enum vault_verdict vault_verdict_of(unsigned status, const char *errors,
    bool has_retry_after);

#endif
