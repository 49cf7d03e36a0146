/*
 * cache_lifetime - secrets that live without a lease that can be renewed: on
 * which paths they are found, and where in the answer their life stands.
 *
 * An operator names the paths; nothing is kept on any other.
 *
 * Never:      looks at a clock.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_CACHE_CACHE_LIFETIME_H
#define LH_CACHE_CACHE_LIFETIME_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"
#include "base/timesource.h"
#include "vault/vault_envelope.h"
#include "vault/vault_scan.h"

#define CACHE_LIFETIME_MAX 64		/* paths of a configuration */
#define CACHE_LIFETIME_MAX_TEXT 512	/* bytes of a path or member */

enum cache_lifetime_kind {
	CACHE_LIFETIME_MEMBER,		/* as member and unit say */
	CACHE_LIFETIME_CERTIFICATE,	/* data.expiration or the PEM */
	CACHE_LIFETIME_TTL,		/* data.ttl */
	CACHE_LIFETIME_STATIC_ROLE,	/* data.ttl, up to the rotation */
	CACHE_LIFETIME_SECURITY_TOKEN	/* data.ttl, the lease, or both */
};

enum cache_lifetime_unit {
	CACHE_LIFETIME_OF_KIND,
	CACHE_LIFETIME_SECONDS,		/* left; a number, or a duration */
	CACHE_LIFETIME_UNIX,		/* the end, in seconds */
	CACHE_LIFETIME_TIME		/* the end, as in RFC 3339 */
};

struct cache_lifetime {
	const char *path;		/* "pki/issue/+", "kv/app/" with a * */
	enum cache_lifetime_kind kind;
	const char *member;		/* "data.ttl"; MEMBER only */
	enum cache_lifetime_unit unit;	/* MEMBER only */
};

struct cache_lifetimes {		/* lent */
	const struct cache_lifetime *list;
	size_t count;
};

/* What is wrong with the text, to follow "must ..."; NULL: nothing. */
const char *cache_lifetime_path_fault(struct span path);
const char *cache_lifetime_member_fault(struct span member);

/* The longest pattern that fits the canonical path, of equal ones the first;
 * or NULL. "+" stands for one segment, "*" at the end for all the rest. */
const struct cache_lifetime *cache_lifetime_find(
    const struct cache_lifetimes *lifetimes, struct span path);

/* An answer, and when it was asked for and came. */
struct cache_lifetime_answer {
	struct span body;
	const struct vault_envelope *envelope;
	mono_ms asked;
	mono_ms now;
	wall_ms wall;			/* the same moment */
};

struct cache_lifetime_reading {
	mono_ms expires;
	struct vault_place place;	/* of seconds that count down */
};

enum cache_lifetime_verdict {
	CACHE_LIFETIME_UNTOLD,		/* or in a way that is not understood */
	CACHE_LIFETIME_OVER,		/* nothing of it is left to keep to */
	CACHE_LIFETIME_TOLD
};

/* What counts seconds is counted from the moment of asking, so that the way of
 * the answer does not lengthen it. UNTOLD leaves out of no use. */
enum cache_lifetime_verdict cache_lifetime_read(
    const struct cache_lifetime *lifetime,
    const struct cache_lifetime_answer *answer,
    struct cache_lifetime_reading *out);

/* Is its successor there only once it has ended? */
bool cache_lifetime_is_in_turn(const struct cache_lifetime *lifetime);

#endif
