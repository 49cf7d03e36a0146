/*
 * proxy_token - see proxy_token.h.
 *
 * A Bearer token counts as the caller's token, as the server itself takes it;
 * the incumbents overlook it and let such a caller act with their identity.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "proxy_token.h"

#include <string.h>

#include "proxy_headers.h"
#include "vault/vault_path.h"

static struct span
token_of_caller(struct http_fields fields)
{
	struct span token = http_fields_value(fields,
	    SPAN_LITERAL("X-Vault-Token"));

	return token.len > 0 ? token : proxy_headers_bearer(fields);
}

static bool
is_printable(struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] <= ' ' || text.ptr[i] > '~')
			return false;
	return true;
}

static enum proxy_token_choice
choose_own(struct span token, struct proxy_identity *out)
{
	if (!is_printable(token))
		return PROXY_TOKEN_BAD;
	out->token = secret_new(token);
	if (out->token == NULL)
		return PROXY_TOKEN_BAD;
	out->kind = CACHE_IDENTITY_OWN;
	return PROXY_TOKEN_CHOSEN;
}

static enum proxy_token_choice
choose_auto(const struct auth_keeper *keeper, struct proxy_identity *out)
{
	struct auth_token *token = auth_keeper_token(keeper);

	if (token == NULL)
		return PROXY_TOKEN_MISSING;
	out->kind = CACHE_IDENTITY_AUTO;
	out->ours = auth_token_ref(token);
	out->token = secret_ref(auth_token_secret(token));
	out->generation = auth_token_generation(token);
	return PROXY_TOKEN_CHOSEN;
}

enum proxy_token_choice
proxy_token_choose(enum proxy_auto_auth mode,
    const struct auth_keeper *keeper, struct http_fields fields,
    struct proxy_identity *identity_out)
{
	struct span own = SPAN_NONE;

	memset(identity_out, 0, sizeof(*identity_out));
	identity_out->kind = CACHE_IDENTITY_NONE;
	if (mode != PROXY_AUTO_AUTH_FORCE)
		own = token_of_caller(fields);
	if (own.len > 0)
		return choose_own(own, identity_out);
	if (mode == PROXY_AUTO_AUTH_OFF || keeper == NULL)
		return PROXY_TOKEN_CHOSEN;
	return choose_auto(keeper, identity_out);
}

void
proxy_identity_release(struct proxy_identity *identity)
{
	secret_unref(&identity->token);
	auth_token_unref(&identity->ours);
	identity->kind = CACHE_IDENTITY_NONE;
}

void
proxy_identity_copy(struct proxy_identity *to,
    const struct proxy_identity *from)
{
	*to = *from;
	to->token = secret_ref(from->token);
	to->ours = auth_token_ref(from->ours);
}

bool
proxy_token_would_be_wrapped(const struct http_request *request,
    const struct proxy_identity *identity)
{
	struct vault_path meaning;

	if (identity->kind != CACHE_IDENTITY_AUTO ||
	    http_fields_find(request->fields,
	    SPAN_LITERAL("X-Vault-Wrap-TTL")) == NULL)
		return false;
	vault_path_classify(request->path, &meaning);
	/* A revocation has no answer to wrap; help on it has. */
	if (meaning.kind == VAULT_PATH_TOKEN_REVOKE_SELF)
		return vault_method_is_safe(request->method);
	return vault_path_tells_token(meaning.kind);
}

/* A renewal may have shortened its life. Who revokes a lease names it. */
void
proxy_token_passed(struct auth_keeper *keeper, const struct cache_ask *ask)
{
	struct auth_token *ours = keeper == NULL ? NULL :
	    auth_keeper_token(keeper);
	struct vault_path meaning;

	if (ours == NULL)
		return;
	vault_path_classify(ask->path, &meaning);
	switch (meaning.kind) {
	case VAULT_PATH_TOKEN_RENEW_SELF:
	case VAULT_PATH_TOKEN_REVOKE_SELF:
		if (secret_equal(ask->token, auth_token_secret(ours)))
			auth_keeper_doubt(keeper);
		break;
	case VAULT_PATH_TOKEN_RENEW:
	case VAULT_PATH_TOKEN_RENEW_ACCESSOR:
	case VAULT_PATH_TOKEN_REVOKE:
	case VAULT_PATH_TOKEN_REVOKE_ACCESSOR:
	case VAULT_PATH_TOKEN_REVOKE_ORPHAN:
	case VAULT_PATH_LEASE_REVOKE_PREFIX:
	case VAULT_PATH_MOUNT:
		auth_keeper_doubt(keeper);
		break;
	default:
		break;
	}
}

bool
proxy_token_stays_bearer(const struct cache_ask *ask)
{
	return ask->identity == CACHE_IDENTITY_OWN &&
	    http_fields_value(ask->fields,
	    SPAN_LITERAL("X-Vault-Token")).len == 0 &&
	    vault_path_wants_bearer(ask->path);
}

/* Where a token makes no other answer; below /v1/. */
static bool
is_open(struct span path)
{
	static const struct span paths[] = {
		SPAN_LITERAL("sys/seal-status"), SPAN_LITERAL("sys/init"),
		SPAN_LITERAL("sys/unseal"), SPAN_LITERAL("sys/leader"),
		SPAN_LITERAL("sys/mfa/validate"),
		SPAN_LITERAL("sys/wrapping/lookup"),
		SPAN_LITERAL("sys/wrapping/unwrap"),
		SPAN_LITERAL("sys/replication/status"),
	};
	static const struct span folders[] = {
		SPAN_LITERAL("sys/generate-root/"),
		SPAN_LITERAL("sys/rekey/"),
		SPAN_LITERAL("identity/oidc/.well-known/"),
	};

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		if (span_equal(path, paths[i]))
			return true;
	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
		if (span_starts(path, folders[i]))
			return true;
	return false;
}

bool
proxy_token_is_optional(struct span path)
{
	struct vault_path meaning;

	/* The user interface, and what leads there. */
	if (!span_starts(path, SPAN_LITERAL("/v1/")))
		return true;
	/* What looks like a namespace may be a folder of a secret engine. */
	vault_path_classify(path, &meaning);
	if (meaning.ns.len == 0 && (meaning.kind == VAULT_PATH_HEALTH ||
	    meaning.kind == VAULT_PATH_LOGIN))
		return true;
	return is_open(span_skip(path, 4));
}
