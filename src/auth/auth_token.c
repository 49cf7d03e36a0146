/*
 * auth_token - one token of ours, counted.
 *
 * The accessor is no secret: it names the token and cannot be used as one.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "auth/auth_token.h"

#include <limits.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/lh_assert.h"
#include "base/xalloc.h"

struct auth_token {
	unsigned refs;
	struct secret *secret;
	char *accessor;
	uint64_t generation;
	mono_ms issued;
	mono_ms expires;
	bool renewable;
};

struct auth_token *
auth_token_new(const struct auth_token_facts *facts)
{
	struct auth_token *token = xcalloc(1, sizeof(*token));

	lh_assert(facts->secret != NULL);
	lh_assert(facts->expires >= facts->issued);
	token->refs = 1;
	token->secret = secret_ref(facts->secret);
	token->accessor = xstrdup(facts->accessor);
	token->generation = facts->generation;
	token->issued = facts->issued;
	token->expires = facts->expires;
	token->renewable = facts->renewable;
	return token;
}

struct auth_token *
auth_token_ref(struct auth_token *token)
{
	if (token == NULL)
		return NULL;
	lh_assert(token->refs > 0 && token->refs < UINT_MAX);
	token->refs++;
	return token;
}

void
auth_token_unref(struct auth_token **token)
{
	struct auth_token *left = *token;

	*token = NULL;
	if (left == NULL)
		return;
	lh_assert(left->refs > 0);
	if (--left->refs > 0)
		return;
	secret_unref(&left->secret);
	free(left->accessor);
	free(left);
}

struct secret *
auth_token_secret(const struct auth_token *token)
{
	return token->secret;
}

const char *
auth_token_accessor(const struct auth_token *token)
{
	return token->accessor;
}

uint64_t
auth_token_generation(const struct auth_token *token)
{
	return token->generation;
}

mono_ms
auth_token_expires(const struct auth_token *token)
{
	return token->expires;
}

bool
auth_token_renewable(const struct auth_token *token)
{
	return token->renewable;
}

void
auth_token_extend(struct auth_token *token, mono_ms expires)
{
	lh_assert(expires >= token->issued);
	token->expires = expires;
}
