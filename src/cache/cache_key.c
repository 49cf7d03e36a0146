/*
 * cache_key - a request as the digest under which its answer lies.
 *
 * Each part goes into the hash behind its length, so that parts cannot be
 * moved into one another; the parts whose number varies come last.
 *
 * The functions of the lower layers append to struct bytes, which would
 * allocate. Here it is laid over a room on the stack, as large as its ceiling:
 * it is full before it would grow. Such a one is never released.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "cache_key.h"

#include <string.h>

#include "http/http_path.h"
#include "vault/vault_path.h"

static void bytes_over(struct bytes *bytes, char *room, size_t size);
static void add_number(struct digest *digest, uint64_t number);
static void add_identity(struct digest *digest, const struct cache_ask *ask);
static void add_fields(const struct cache_keyer *keyer,
    struct http_fields fields);
static void add_header(struct digest *digest, struct span name,
    struct http_fields fields);
static void add_values(struct digest *digest, struct span name,
    struct http_fields fields);

enum lh_err
cache_key_path_set(struct cache_key_path *path, const struct cache_ask *ask)
{
	struct bytes text;
	enum lh_err err;

	bytes_over(&text, path->room, sizeof(path->room));
	err = vault_path_join(ask->namespace, ask->path, &text);
	if (err != LH_OK)
		return err;
	path->text = bytes_span(&text);
	return LH_OK;
}

enum lh_err
cache_key_set(struct cache_key *key, const struct cache_keyer *keyer,
    const struct cache_ask *ask, struct span path)
{
	char room[CACHE_KEY_MAX_QUERY + 1] LH_ROOM;
	struct digest *digest = keyer->digest;
	struct bytes query;
	enum lh_err err;

	bytes_over(&query, room, sizeof(room));
	if (ask->query.len > 0) {
		err = http_query_sort(ask->query, &query);
		if (err != LH_OK)
			return err;
	}
	digest_begin(digest);
	add_identity(digest, ask);
	digest_add_span(digest, path);
	digest_add_span(digest, cache_key_method(ask->method));
	digest_add_span(digest, bytes_span(&query));
	digest_add_span(digest, ask->body);
	add_fields(keyer, ask->fields);
	digest_end(digest, key->digest);
	return LH_OK;
}

void
cache_key_set_mark(struct cache_key *mark, struct digest *digest,
    const struct cache_ask *ask, struct span path)
{
	digest_begin(digest);
	add_number(digest, (uint64_t)ask->identity);
	digest_add_span(digest, cache_key_method(ask->method));
	digest_add_span(digest, path);
	digest_end(digest, mark->digest);
}

unsigned
cache_key_hash(const struct cache_key *key)
{
	unsigned hash;

	memcpy(&hash, key->digest, sizeof(hash));
	return hash;
}

struct span
cache_key_method(struct span method)
{
	if (span_equal(method, SPAN_LITERAL("PUT")))
		return SPAN_LITERAL("POST");
	return method;
}

size_t
cache_key_namespace_bytes(const struct cache_ask *ask)
{
	char room[CACHE_KEY_MAX_PATH + 1] LH_ROOM;
	struct vault_path path;
	struct bytes ns;

	vault_path_classify(ask->path, &path);
	bytes_over(&ns, room, sizeof(room));
	if (vault_namespace_canonical(ask->namespace, &ns) != LH_OK ||
	    vault_namespace_canonical(path.ns, &ns) != LH_OK)
		return 0;
	return ns.len;
}

static void
bytes_over(struct bytes *bytes, char *room, size_t size)
{
	*bytes = (struct bytes){
		.data = room, .cap = size - 1, .max = size - 1
	};
}

static void
add_number(struct digest *digest, uint64_t number)
{
	digest_add(digest, &number, sizeof(number));
}

/* A generation has one token; the number stands for it. */
static void
add_identity(struct digest *digest, const struct cache_ask *ask)
{
	add_number(digest, (uint64_t)ask->identity);
	switch (ask->identity) {
	case CACHE_IDENTITY_NONE:
		break;
	case CACHE_IDENTITY_OWN:
		digest_add_span(digest, secret_lend(ask->token));
		break;
	case CACHE_IDENTITY_AUTO:
		add_number(digest, ask->generation);
		break;
	}
}

static void
add_fields(const struct cache_keyer *keyer, struct http_fields fields)
{
	struct digest *digest = keyer->digest;

	digest_add_span(digest, http_fields_value(fields,
	    SPAN_LITERAL("X-Vault-Wrap-TTL")));
	digest_add_span(digest, http_fields_value(fields,
	    SPAN_LITERAL("Content-Type")));
	for (size_t i = 0; i < keyer->headers.count; i++)
		add_header(digest, span_of(keyer->headers.list[i]), fields);
	add_values(digest, SPAN_LITERAL("X-Vault-MFA"), fields);
}

/* With its name: answers of an earlier run may be kept, which had others. */
static void
add_header(struct digest *digest, struct span name, struct http_fields fields)
{
	uint64_t count = 0;

	for (size_t i = 0; i < fields.count; i++)
		count += span_equal_nocase(fields.list[i].name, name);
	digest_add_span(digest, name);
	add_number(digest, count);
	add_values(digest, name, fields);
}

static void
add_values(struct digest *digest, struct span name, struct http_fields fields)
{
	for (size_t i = 0; i < fields.count; i++)
		if (span_equal_nocase(fields.list[i].name, name))
			digest_add_span(digest, fields.list[i].value);
}
