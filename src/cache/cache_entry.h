/*
 * cache_entry - one stored answer with all that is known of it.
 *
 * Owns:       a reference to the answer, the lease id.
 * Invariant:  who links an entry unlinks it: the store its place among the
 *             others, lineage its place under a token, lease_keeper its work.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_CACHE_CACHE_ENTRY_H
#define LH_CACHE_CACHE_ENTRY_H

#include <stdbool.h>

#include "base/backoff.h"
#include "base/deadline_heap.h"
#include "base/scheduler.h"
#include "cache/cache.h"

struct kv_entry;
struct persist_item;
struct lease_keeper;
struct lineage_token;

/* How it goes on. */
enum cache_course {
	CACHE_COURSE_RENEWED,
	CACHE_COURSE_REPLACED,	/* by a successor fetched ahead of the end */
	CACHE_COURSE_IN_TURN	/* by one that is there after the end only */
};

/* When it came and how long it lives. */
struct cache_life {
	mono_ms born;
	mono_ms expires;
	span_ms granted;	/* at first */
	span_ms latest;		/* by the last renewal */
	enum cache_course course;
};

enum lease_state {
	LEASE_FRESH,		/* not yet kept */
	LEASE_SCHEDULED,	/* its renewal has a date */
	LEASE_RENEWING,		/* Vault is being asked */
	LEASE_PARKED,		/* waits until Vault is well again */
	LEASE_ENDING,		/* renewing is of no use */
	LEASE_FIXED,		/* its life was told once, for good */
	LEASE_GONE,		/* leaves the cache */
	LEASE_STATES
};

/* What lease_keeper has to do with an entry; touched by it alone. Each hit
 * looks at the first two. */
struct lease_work {
	enum lease_state state;
	mono_ms successor_from;
	struct lease_keeper *keeper;
	struct scheduler_job job;
	struct deadline_item expiry;
	struct vault_op *op;
	mono_ms asked;			/* when it went out */
	struct cache_entry *parked_prev;
	struct cache_entry *parked_next;
	struct backoff successor;	/* of fetching what replaces it */
};

/* What a hit looks at stands first and together: among many entries each line
 * of memory is one that no cache of the processor has. */
struct cache_entry {
	struct cache_key key;
	struct cache_answer *answer;
	struct cache_life life;
	struct lineage_token *under;	/* the token it was got with, or NULL */
	mono_ms moved;			/* in the order of use, by the store */
	struct lease_work work;
	char *lease_id;			/* NULL: of a token, or no lease */
	struct span path;		/* canonical; interned by the store */
	size_t ns_len;			/* of path: its namespace */
	struct kv_entry *kv;		/* of a static one, which has no work */
	struct persist_item *persisted;	/* the journal's, or NULL */
	struct lineage_token *holds;	/* the token in it, or NULL */
	struct cache_entry *sibling_prev;
	struct cache_entry *sibling_next;
	struct cache_entry *lru_prev;
	struct cache_entry *lru_next;
	struct cache_entry *fall_next;	/* these two: cache_purge's */
	enum cache_cause fall_cause;
	size_t bytes;			/* all told */
	bool is_keyed;			/* look-ups find it */
	bool is_falling;
};

/* What an entry is made of. */
struct cache_record {
	struct cache_key key;
	struct cache_answer *answer;	/* a reference is taken */
	const char *lease_id;		/* copied; NULL: none */
	struct span path;
	size_t ns_len;			/* of the header's namespace in path */
	struct cache_life life;
};

/* All but path, which is the store's. */
void cache_entry_init(struct cache_entry *entry,
    const struct cache_record *record);
void cache_entry_release(struct cache_entry *entry);

struct span cache_entry_namespace(const struct cache_entry *entry);

/* Would a request in that namespace to revoke all under prefix reach it?
 * prefix: canonical, the namespace in front. */
bool cache_entry_is_under(const struct cache_entry *entry,
    struct span prefix);

span_ms cache_entry_left(const struct cache_entry *entry, mono_ms now);

#endif
