/*
 * persist_record - what a frame of the persistent cache is made of; pure.
 *
 * What is read was sealed by us. It is checked all the same, so that a mistake
 * of ours is a file that is of no use, and nothing worse.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "persist_record.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

#define MAX_TIME ((int64_t)1 << 52)	/* ms; far beyond any life */

static bool read_flag(struct span *rest, uint64_t *out);
static bool read_time(struct span *rest, int64_t *out);

void
persist_record_life(const struct persist_life *life, struct pack *pack)
{
	pack_number(pack, (uint64_t)life->born);
	pack_number(pack, (uint64_t)life->expires);
	pack_number(pack, (uint64_t)life->granted);
	pack_number(pack, (uint64_t)life->latest);
	pack_number(pack, life->course);
}

bool
persist_record_read_life(struct span *rest, struct persist_life *out)
{
	return read_time(rest, &out->born) &&
	    read_time(rest, &out->expires) &&
	    read_time(rest, &out->granted) &&
	    read_time(rest, &out->latest) &&
	    unpack_number(rest, &out->course) &&
	    out->course <= CACHE_COURSE_IN_TURN;
}

void
persist_record_entry(const struct persist_written *written,
    const struct cache_answer *answer, struct pack *pack)
{
	pack_number(pack, written->id);
	pack_number(pack, written->under);
	pack_number(pack, written->is_static);
	pack_number(pack, written->is_hidden);
	pack_text(pack, (struct span){ (const char *)written->key.digest,
	    DIGEST_BYTES });
	persist_record_life(&written->life, pack);
	pack_number(pack, written->ns_len);
	pack_text(pack, written->path);
	pack_text(pack, written->lease_id);
	pack_text(pack, written->token);
	pack_text(pack, written->accessor);
	cache_answer_pack(answer, pack);
}

bool
persist_record_read_entry(struct span record, struct persist_written *out)
{
	struct span key;

	if (!unpack_number(&record, &out->id) ||
	    !unpack_number(&record, &out->under) ||
	    !read_flag(&record, &out->is_static) ||
	    !read_flag(&record, &out->is_hidden) ||
	    !unpack_text(&record, &key) || key.len != DIGEST_BYTES ||
	    !persist_record_read_life(&record, &out->life) ||
	    !unpack_number(&record, &out->ns_len) ||
	    !unpack_text(&record, &out->path) ||
	    !unpack_text(&record, &out->lease_id) ||
	    !unpack_text(&record, &out->token) ||
	    !unpack_text(&record, &out->accessor))
		return false;
	memcpy(out->key.digest, key.ptr, DIGEST_BYTES);
	out->answer = record;
	return out->id >= PERSIST_FIRST_ID && out->ns_len <= out->path.len;
}

void
persist_record_token(const struct persist_token *token, struct pack *pack)
{
	pack_text(pack, secret_lend(token->secret));
	pack_text(pack, span_of(token->accessor));
	pack_text(pack, span_of(token->namespace));
	pack_number(pack, token->generation);
	pack_number(pack, token->expires == PERSIST_NEVER);
	pack_number(pack, token->expires == PERSIST_NEVER ? 0 :
	    (uint64_t)token->expires);
	pack_number(pack, (uint64_t)token->grant);
	pack_number(pack, token->renewable);
}

bool
persist_record_read_token(struct span record, struct persist_token *out)
{
	struct span secret, accessor, namespace;
	uint64_t is_endless, renewable;
	struct persist_token token;

	if (!unpack_text(&record, &secret) || secret.len == 0 ||
	    !unpack_text(&record, &accessor) ||
	    !unpack_text(&record, &namespace) ||
	    !unpack_number(&record, &token.generation) ||
	    !read_flag(&record, &is_endless) ||
	    !read_time(&record, &token.expires) ||
	    !read_time(&record, &token.grant) ||
	    !read_flag(&record, &renewable) || record.len > 0)
		return false;
	token.secret = secret_new(secret);
	if (token.secret == NULL)
		return false;
	token.accessor = span_dup(accessor);
	token.namespace = span_dup(namespace);
	token.renewable = renewable == 1;
	if (is_endless == 1)
		token.expires = PERSIST_NEVER;
	*out = token;
	return true;
}

void
persist_record_copy_token(struct persist_token *to,
    const struct persist_token *from)
{
	*to = *from;
	to->secret = secret_ref(from->secret);
	to->accessor = xstrdup(from->accessor);
	to->namespace = xstrdup(from->namespace);
}

void
persist_record_release_token(struct persist_token *token)
{
	secret_unref(&token->secret);
	free(token->accessor);
	free(token->namespace);
	*token = (struct persist_token){ .secret = NULL };
}

static bool
read_flag(struct span *rest, uint64_t *out)
{
	return unpack_number(rest, out) && *out <= 1;
}

static bool
read_time(struct span *rest, int64_t *out)
{
	uint64_t number;

	if (!unpack_number(rest, &number))
		return false;
	*out = (int64_t)number;
	return *out >= -MAX_TIME && *out <= MAX_TIME;
}
