/*
 * cache_key - a request as the digest under which its answer lies.
 *
 * Invariant:  two requests have one key exactly when the same identity asks
 *             Vault for the same thing: namespace in the header or in the
 *             path, PUT or POST, the order of the query do not matter; of the
 *             header fields only X-Vault-Wrap-TTL, X-Vault-MFA, Content-Type,
 *             and those of key_headers.
 * Never:      allocates; what does not fit its room is not cached.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_CACHE_CACHE_KEY_H
#define LH_CACHE_CACHE_KEY_H

#include "base/digest.h"
#include "base/lh_err.h"
#include "cache/cache.h"

#define CACHE_KEY_MAX_PATH 4096
#define CACHE_KEY_MAX_QUERY 8192

/* The canonical "namespace/path" of a request. text is lent from room. */
struct cache_key_path {
	struct span text;
	char room[CACHE_KEY_MAX_PATH + 1];
};

/* LH_ERR_LIMIT: too long. */
enum lh_err cache_key_path_set(struct cache_key_path *path,
    const struct cache_ask *ask) LH_MUSTCHECK;

struct cache_keyer {			/* lent */
	struct digest *digest;
	struct text_list headers;	/* that count, beside the usual ones */
};

/* path: of the same ask. LH_ERR_LIMIT: the query is too large. */
enum lh_err cache_key_set(struct cache_key *key,
    const struct cache_keyer *keyer, const struct cache_ask *ask,
    struct span path) LH_MUSTCHECK;

/* What is remembered of a path without regard to who asks: method, path, and
 * whether the token is ours, the caller's or none. */
void cache_key_set_mark(struct cache_key *mark, struct digest *digest,
    const struct cache_ask *ask, struct span path);

/* How much of the canonical path is the namespace, as far as header and path
 * tell. */
size_t cache_key_namespace_bytes(const struct cache_ask *ask);

/* For tables of keys: any part of a digest is a hash. */
unsigned cache_key_hash(const struct cache_key *key);

/* GET stays; PUT and POST are one, "POST". */
struct span cache_key_method(struct span method);

#endif
