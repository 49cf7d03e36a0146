/*
 * proxy_token - under whose rights a request goes out: the injector.
 * Source: behaviour section 2.3.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_PROXY_PROXY_TOKEN_H
#define LH_PROXY_PROXY_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "auth/auth_keeper.h"
#include "base/secret.h"
#include "cache/cache.h"
#include "http/http_header.h"
#include "http/http_message.h"
#include "proxy/proxy.h"

struct proxy_identity {
	enum cache_identity_kind kind;
	struct secret *token;		/* a reference; NULL for NONE */
	struct auth_token *ours;	/* AUTO: a reference */
	uint64_t generation;		/* AUTO */
};

enum proxy_token_choice {
	PROXY_TOKEN_CHOSEN,
	PROXY_TOKEN_MISSING,	/* ours is wanted and there is none */
	PROXY_TOKEN_BAD		/* the caller's is no header value */
};

/* keeper: NULL without auto-auth. The identity is filled in any case (NONE
 * for MISSING and BAD). */
enum proxy_token_choice proxy_token_choose(enum proxy_auto_auth mode,
    const struct auth_keeper *keeper, struct http_fields fields,
    struct proxy_identity *identity_out);

void proxy_identity_release(struct proxy_identity *identity);
void proxy_identity_copy(struct proxy_identity *to,
    const struct proxy_identity *from);

/* Would the answer tell our token where we cannot see it, in a wrapping? Then
 * the caller would have it for the unwrapping. */
bool proxy_token_would_be_wrapped(const struct http_request *request,
    const struct proxy_identity *identity);

/* Vault did what that asks for. Was it to our token, or may it have been? Then
 * the keeper looks. */
void proxy_token_passed(struct auth_keeper *keeper,
    const struct cache_ask *ask);

/* Does the token of a caller go on as the Bearer it came as, and not as
 * X-Vault-Token? */
bool proxy_token_stays_bearer(const struct cache_ask *ask);

/* Vault answers these without a token: nothing waits for one. */
bool proxy_token_is_optional(struct span path);

#endif
