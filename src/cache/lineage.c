/*
 * lineage - tokens under management, and the entries that fall with them.
 *
 * Tokens are indexed by their SHA-256, so that a search compares no secret
 * byte by byte. The tree is not kept as such: an entry knows the token it was
 * got with and the token it holds, and that token the entries below it.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "lineage.h"

#include <stdlib.h>
#include <string.h>

/* For uthash: the process ends in our way when memory does. */
#define uthash_malloc(size) xmalloc(size)
#define uthash_free(memory, size) free(memory)
#include <uthash.h>
#include <utlist.h>

#include "base/digest.h"
#include "base/lh_assert.h"
#include "base/lh_need.h"
#include "base/secret_alloc.h"
#include "base/xalloc.h"
#include "cache_entry.h"

struct lineage_token {
	uint8_t digest[DIGEST_BYTES];
	struct secret *secret;
	char *accessor;
	struct cache_entry *holder;
	struct cache_entry *first;
	UT_hash_handle by_token;
	UT_hash_handle by_accessor;
};

struct lineage {
	struct digest *digest;
	struct lineage_token *by_token;
	struct lineage_token *by_accessor;
};

static void digest_token(const struct lineage *lineage, struct span token,
    uint8_t out[DIGEST_BYTES]);

struct lineage *
lineage_new(void)
{
	struct lineage *lineage = xcalloc(1, sizeof(*lineage));

	lineage->digest = digest_new();
	return lineage;
}

void
lineage_free(struct lineage *lineage)
{
	if (lineage == NULL)
		return;
	while (lineage->by_token != NULL)
		lineage_remove(lineage, lineage->by_token);
	digest_free(lineage->digest);
	free(lineage);
}

struct lineage_token *
lineage_add(struct lineage *lineage, struct secret *secret,
    const char *accessor, struct cache_entry *holder)
{
	struct lineage_token *token = xcalloc(1, sizeof(*token));

	lh_assert(lineage_find(lineage, secret_lend(secret)) == NULL);
	digest_token(lineage, secret_lend(secret), token->digest);
	token->secret = secret_ref(secret);
	token->holder = holder;
	HASH_ADD(by_token, lineage->by_token, digest, DIGEST_BYTES, token);
	if (accessor == NULL || *accessor == '\0' ||
	    lineage_find_accessor(lineage, span_of(accessor)) != NULL)
		return token;
	token->accessor = secret_strdup(accessor);
	lh_need(token->accessor != NULL, "keep an accessor");
	HASH_ADD_KEYPTR(by_accessor, lineage->by_accessor, token->accessor,
	    strlen(token->accessor), token);
	return token;
}

void
lineage_remove(struct lineage *lineage, struct lineage_token *token)
{
	lh_assert(token->first == NULL);
	HASH_DELETE(by_token, lineage->by_token, token);
	if (token->accessor != NULL)
		HASH_DELETE(by_accessor, lineage->by_accessor, token);
	secret_free(token->accessor);
	secret_unref(&token->secret);
	secret_free(token);
}

struct lineage_token *
lineage_find(const struct lineage *lineage, struct span token)
{
	uint8_t digest[DIGEST_BYTES];
	struct lineage_token *found;

	if (lineage->by_token == NULL || token.len == 0)
		return NULL;
	digest_token(lineage, token, digest);
	HASH_FIND(by_token, lineage->by_token, digest, DIGEST_BYTES, found);
	return found;
}

struct lineage_token *
lineage_find_accessor(const struct lineage *lineage, struct span accessor)
{
	struct lineage_token *found;

	if (accessor.len == 0)
		return NULL;
	HASH_FIND(by_accessor, lineage->by_accessor, accessor.ptr,
	    accessor.len, found);
	return found;
}

void
lineage_link(struct lineage_token *token, struct cache_entry *entry)
{
	lh_assert(entry->under == NULL);
	if (token == NULL)
		return;
	entry->under = token;
	DL_PREPEND2(token->first, entry, sibling_prev, sibling_next);
}

void
lineage_unlink(struct cache_entry *entry)
{
	if (entry->under == NULL)
		return;
	DL_DELETE2(entry->under->first, entry, sibling_prev, sibling_next);
	entry->under = NULL;
}

struct cache_entry *
lineage_first(const struct lineage_token *token)
{
	return token->first;
}

const struct secret *
lineage_secret(const struct lineage_token *token)
{
	return token->secret;
}

struct secret *
lineage_ref_secret(const struct lineage_token *token)
{
	return secret_ref(token->secret);
}

const char *
lineage_accessor(const struct lineage_token *token)
{
	return token->accessor;
}

struct cache_entry *
lineage_holder(const struct lineage_token *token)
{
	return token->holder;
}

static void
digest_token(const struct lineage *lineage, struct span token,
    uint8_t out[DIGEST_BYTES])
{
	digest_begin(lineage->digest);
	digest_add(lineage->digest, token.ptr, token.len);
	digest_end(lineage->digest, out);
}
