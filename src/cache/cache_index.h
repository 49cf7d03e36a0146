/*
 * cache_index - entries by their keys.
 *
 * Owns:       its table; the entries are the store's.
 * Invariant:  while an entry is in, its key and its answer stay what they are.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_CACHE_CACHE_INDEX_H
#define LH_CACHE_CACHE_INDEX_H

#include "cache_entry.h"

struct cache_index;

struct cache_index *cache_index_new(void);
void cache_index_free(struct cache_index *index);

/* NULL: not there. What a hit will look at is asked for from memory. */
struct cache_entry *cache_index_find(const struct cache_index *index,
    const struct cache_key *key);
/* Nothing may be there under its key. */
void cache_index_add(struct cache_index *index, struct cache_entry *entry);
/* It must be there. */
void cache_index_remove(struct cache_index *index,
    const struct cache_entry *entry);

#endif
