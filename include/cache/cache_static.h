/*
 * cache_static - answers without a lease that a row says may be kept: KV
 * secrets, of both versions.
 *
 * A static entry is the answer of a GET or LIST on a path that a configured
 * row matches; the row with the most literal bytes wins. It lies in the one
 * store, inside the one budget, under a key that names path and version, and
 * who asked only for a list, of which the server may leave out what the caller
 * must not know. Who may have it is a question of its own: a token that has
 * read the path itself, until the refresh interval is over or the server,
 * asked for the token's capabilities, says no. What is not used is not asked
 * about, and counts while Vault is away. So a new token of ours has to read
 * each path once before it is given what its predecessor left. What lies in a
 * cubbyhole is its owner's: none of it is kept.
 *
 *	fetched --ttl--> old --stale_if_error--> gone
 *
 * A secret of KV version 2 that tells when it will be deleted is gone by then.
 *
 * Up to the ttl an entry is a hit; beyond it the next reader fetches. When
 * Vault does not answer or fails, an old entry is given as STALE, and until
 * Vault is back one probe at a time is sent, after waits that grow. A definite
 * 403 or 404 ends an entry; the 404 is itself kept for negative_ttl.
 *
 * A write that passes drops all of that secret, and the lists it shows in,
 * before its caller has the answer, unless it was turned away (3xx, 4xx but for
 * 400 and 404) or reached no server; a read that was on its way when a write
 * passed is not stored and nobody joins it any more. A write whose path tells
 * no secret drops all, unless it was refused (any 4xx, 503) or reached no
 * server. After one that failed (5xx, no answer) what it would drop is old
 * instead: anybody can have that of a server that is sealed.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_CACHE_CACHE_STATIC_H
#define LH_CACHE_CACHE_STATIC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/digest.h"
#include "base/span.h"
#include "base/timesource.h"

#define CACHE_STATIC_MAX_ROWS 64
#define CACHE_STATIC_MAX_PATTERN 512

struct cache_static_row {
	/* The namespace in front. A + stands for a segment, a star at the end
	 * for any rest. */
	const char *pattern;
	span_ms ttl;
	span_ms stale_if_error;		/* beyond ttl; 0: never */
	span_ms revalidate;		/* fetched anew behind a hit; 0: not */
	span_ms negative_ttl;		/* of a 404; 0: not kept */
	bool only_kv;			/* answers whose mount_type is kv */
};

/* A token of which the server could not be asked: it may, it may not. */
enum cache_static_doubt { CACHE_STATIC_OPTIMISTIC, CACHE_STATIC_PESSIMISTIC };

struct cache_static_options {
	const struct cache_static_row *rows;	/* lent for the cache's life */
	size_t row_count;
	span_ms refresh_interval;	/* of what a token may read; 5 min */
	enum cache_static_doubt behavior;
	span_ms try_timeout;		/* of a fetch with a fallback; 2 s */
	unsigned max_tokens;		/* that may share; default 1024 */
	unsigned max_watchers;		/* default 1024 */
};

/* What tells one answer from another. */
#define CACHE_ETAG_SIZE 35		/* quotes, 32 hex digits, NUL */
#define CACHE_INDEX_SIZE 17		/* 16 hex digits, NUL */
struct cache_tags {
	char etag[CACHE_ETAG_SIZE];	/* of the body, byte for byte */
	char index[CACHE_INDEX_SIZE];	/* of the value: less request_id */
};

void cache_tags_set(struct cache_tags *tags, struct digest *digest,
    unsigned status, struct span body);
/* The value of If-None-Match: does it name this answer? */
bool cache_tags_match(const struct cache_tags *tags, struct span value);

#endif
