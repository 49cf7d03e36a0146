/*
 * cache_store - all entries: found by key and by lease id, in the order of
 * their use, inside a budget.
 *
 * Owns:       the entries and their paths, which are kept once each.
 * Invariant:  entered = present + left by each cause. One door in,
 *             cache_store_add(), and one out, cache_store_remove(): what is to
 *             survive a restart would be written and deleted there.
 * Never:      decides what leaves: it names who would be next.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_CACHE_CACHE_STORE_H
#define LH_CACHE_CACHE_STORE_H

#include "cache_entry.h"

struct cache_store;

/* metrics: borrowed, may be NULL. */
struct cache_store *cache_store_new(const struct cache_options *options,
    struct metrics *metrics);
void cache_store_free(struct cache_store *store);	/* must be empty */

/* Most recently used from now on. Nothing may lie there under that key or
 * lease id. */
struct cache_entry *cache_store_add(struct cache_store *store,
    const struct cache_record *record);
/* Frees the entry. */
void cache_store_remove(struct cache_store *store, struct cache_entry *entry,
    enum cache_cause cause);
/* Look-ups by key no longer find it; the rest stays. */
void cache_store_hide(struct cache_store *store, struct cache_entry *entry);

/* NULL: not there. */
struct cache_entry *cache_store_find(const struct cache_store *store,
    const struct cache_key *key);
struct cache_entry *cache_store_find_lease(const struct cache_store *store,
    struct span lease_id);

/* Does any entry lie at that path? */
bool cache_store_has_path(const struct cache_store *store, struct span path);

/* It is used now. While the budget lasts, the order of use is kept to
 * CACHE_STORE_ORDER_MS: an entry whose move is not so long ago stays where it
 * is. Once three quarters of it are taken, each use counts. */
#define CACHE_STORE_ORDER_MS 10000
void cache_store_touch(struct cache_store *store, struct cache_entry *entry,
    mono_ms now);
/* Who has to leave for the budget to be kept: the least recently used, or
 * NULL while it is kept. */
struct cache_entry *cache_store_excess(const struct cache_store *store);

/* The least recently used; go on with lru_next, up to NULL. */
struct cache_entry *cache_store_first(const struct cache_store *store);

size_t cache_store_entries(const struct cache_store *store);
/* Fills entries, bytes, entered and left. */
void cache_store_count(const struct cache_store *store,
    struct cache_counts *out);

#endif
