/*
 * auth_token - one token of ours: secret, accessor, life; counted, immutable
 * but for its expiry, which only the keeper moves.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_AUTH_AUTH_TOKEN_H
#define LH_AUTH_AUTH_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/secret.h"
#include "base/timesource.h"

#define AUTH_TOKEN_NEVER INT64_MAX	/* expiry of a token without one */

struct auth_token;

struct auth_token_facts {
	struct secret *secret;		/* a reference is taken */
	const char *accessor;		/* copied; may be NULL */
	uint64_t generation;		/* counts up with every new token */
	mono_ms issued;
	mono_ms expires;		/* or AUTH_TOKEN_NEVER */
	bool renewable;
};

struct auth_token *auth_token_new(const struct auth_token_facts *facts);
struct auth_token *auth_token_ref(struct auth_token *token);
void auth_token_unref(struct auth_token **token);

struct secret *auth_token_secret(const struct auth_token *token); /* lent */
const char *auth_token_accessor(const struct auth_token *token); /* or NULL */
uint64_t auth_token_generation(const struct auth_token *token);
mono_ms auth_token_expires(const struct auth_token *token);
bool auth_token_renewable(const struct auth_token *token);
void auth_token_extend(struct auth_token *token, mono_ms expires);

#endif
