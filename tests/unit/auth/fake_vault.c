/*
 * fake_vault - a Vault of one token at a time.
 *
 * The token is "token-<n>" after the n-th login. A renewal gives ttl_s again,
 * but never beyond max_ttl_s after the birth of the token.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "fake_vault.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/lh_assert.h"
#include "base/xalloc.h"

enum kind { LOGIN, WRAPPED_LOGIN, RENEWAL, LOOKUP, WRAPPING, REVOCATION };

struct vault_op {
	struct vault_api *api;
	enum kind kind;
	vault_reply_fn *fn;
	void *arg;
};

static enum lh_err begin(struct vault_api *api, const struct vault_op *op,
    struct vault_op **op_out);
static void write_body(struct vault_api *api, enum kind kind, char *out,
    size_t size);
static const struct fake_manner *manner_of(const struct vault_api *api,
    enum kind kind);
static void write_wrapping(const struct vault_api *api, char *out,
    size_t size);
static void write_lookup(const struct vault_api *api, char *out, size_t size);

void
fake_vault_init(struct vault_api *api, struct loop *loop)
{
	const struct fake_manner fine = { VAULT_VERDICT_OK, 200, "", -1 };

	*api = (struct vault_api){
		.loop = loop, .login = fine, .renewal = fine, .lookup = fine,
		.wrapping = fine, .revocation = fine, .ttl_s = 60, .renewable = true
	};
}

bool
fake_vault_turn(struct vault_api *api)
{
	struct vault_op *op = api->pending;
	const struct fake_manner *manner;
	struct vault_reply reply;
	char body[512];

	if (op == NULL || api->mute ||
	    (api->mute_renewal && op->kind == RENEWAL))
		return false;
	api->pending = NULL;
	manner = manner_of(api, op->kind);
	reply = (struct vault_reply){ .verdict = manner->verdict,
	    .status = manner->status, .retry_after = manner->retry_after };
	snprintf(reply.error, sizeof(reply.error), "%s", manner->error);
	if (manner->verdict == VAULT_VERDICT_OK) {
		write_body(api, op->kind, body, sizeof(body));
		reply.body = span_of(body);
	}
	op->fn(op->arg, &reply);
	free(op);
	return true;
}

enum lh_err
vault_api_ask(struct vault_api *api, const struct vault_ask *ask,
    vault_reply_fn *fn, void *arg, struct vault_op **op_out)
{
	struct vault_op op = { api, LOGIN, fn, arg };

	if (span_equal(ask->path, SPAN_LITERAL("/v1/sys/wrapping/wrap"))) {
		lh_assert(ask->wrap_ttl.len > 0 && ask->token != NULL);
		api->wrappings++;
		op.kind = WRAPPING;
	} else if (span_equal(ask->path,
	    SPAN_LITERAL("/v1/auth/token/lookup-self"))) {
		api->lookups++;
		op.kind = LOOKUP;
	} else {
		api->logins++;
		if (ask->wrap_ttl.len > 0 && api->wraps)
			op.kind = WRAPPED_LOGIN;
	}
	return begin(api, &op, op_out);
}

enum lh_err
vault_api_renew_self(struct vault_api *api, const struct secret *token,
    struct span namespace, vault_reply_fn *fn, void *arg,
    struct vault_op **op_out)
{
	api->renewals++;
	return begin(api, &(struct vault_op){ api, RENEWAL, fn, arg }, op_out);
}

enum lh_err
vault_api_lookup_self(struct vault_api *api, const struct secret *token,
    struct span namespace, vault_reply_fn *fn, void *arg,
    struct vault_op **op_out)
{
	api->lookups++;
	return begin(api, &(struct vault_op){ api, LOOKUP, fn, arg }, op_out);
}

enum lh_err
vault_api_revoke_self(struct vault_api *api, const struct secret *token,
    struct span namespace, vault_reply_fn *fn, void *arg,
    struct vault_op **op_out)
{
	api->revocations++;
	return begin(api, &(struct vault_op){ api, REVOCATION, fn, arg },
	    op_out);
}

void
vault_op_cancel(struct vault_op *op)
{
	if (op == NULL)
		return;
	lh_assert(op->api->pending == op);
	op->api->pending = NULL;
	free(op);
}

static const struct fake_manner *
manner_of(const struct vault_api *api, enum kind kind)
{
	switch (kind) {
	case RENEWAL:
		return &api->renewal;
	case LOOKUP:
		return &api->lookup;
	case WRAPPING:
		return &api->wrapping;
	case REVOCATION:
		return &api->revocation;
	default:
		return &api->login;
	}
}

static enum lh_err
begin(struct vault_api *api, const struct vault_op *op,
    struct vault_op **op_out)
{
	/* The keeper asks one thing at a time. */
	lh_assert(api->pending == NULL);
	api->pending = xmalloc(sizeof(*op));
	*api->pending = *op;
	api->last_asked = loop_mono(api->loop);
	*op_out = api->pending;
	return LH_OK;
}

static void
write_body(struct vault_api *api, enum kind kind, char *out, size_t size)
{
	mono_ms now = loop_mono(api->loop);
	int ttl_s = api->ttl_s;

	*out = '\0';
	if (kind == REVOCATION) {
		api->dies = now;
		return;
	}
	if (kind == LOOKUP) {
		write_lookup(api, out, size);
		return;
	}
	if (kind == WRAPPING || kind == WRAPPED_LOGIN) {
		write_wrapping(api, out, size);
		return;
	}
	if (kind == LOGIN)
		api->born = now;
	if (api->max_ttl_s > 0 &&
	    now + ttl_s * 1000 > api->born + api->max_ttl_s * 1000)
		ttl_s = (int)((api->born - now) / 1000) + api->max_ttl_s;
	api->dies = now + ttl_s * 1000;
	snprintf(out, size, "{\"auth\":{\"client_token\":\"token-%u\","
	    "\"accessor\":\"accessor-%u\",\"lease_duration\":%d,"
	    "\"renewable\":%s,\"num_uses\":%d}}", api->logins, api->logins,
	    ttl_s, api->renewable ? "true" : "false", api->num_uses);
}

static void
write_wrapping(const struct vault_api *api, char *out, size_t size)
{
	snprintf(out, size, "{\"wrap_info\":{\"token\":\"wrapping-%u\","
	    "\"accessor\":\"a\",\"ttl\":60,\"creation_time\":\"then\","
	    "\"creation_path\":\"there\"}}", api->wrappings + api->logins);
}

static void
write_lookup(const struct vault_api *api, char *out, size_t size)
{
	int ttl_s = api->ttl_s;

	if (api->counts_down)
		ttl_s = (int)((api->dies - loop_mono(api->loop)) / 1000);
	snprintf(out, size, "{\"data\":{\"accessor\":\"accessor-of-file\","
	    "\"ttl\":%d,\"renewable\":%s,\"num_uses\":%d,\"type\":\"service\","
	    "\"policies\":[\"%s\"]}}", api->root ? 0 : ttl_s,
	    api->renewable ? "true" : "false", api->num_uses,
	    api->root ? "root" : "app");
}
