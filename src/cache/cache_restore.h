/*
 * cache_restore - what an earlier run had: its token, its entries.
 *
 * Our token comes first; who has it from us lets nobody use it before it is
 * known to live, and says so with cache_begin_generation() or
 * cache_end_generation().
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_SRC_CACHE_CACHE_RESTORE_H
#define LH_SRC_CACHE_CACHE_RESTORE_H

#include "cache_entry.h"

struct cache_restored {
	struct cache_record record;	/* its life is one of this run */
	bool is_static;
	bool is_hidden;
	bool is_granted;		/* static: our token may have it */
	bool is_under_root;		/* else under parent */
	struct cache_entry *parent;	/* holds the token; NULL: under none */
	struct span token;		/* in the answer; empty: none */
	const char *accessor;
};

/* NULL: it has no place here, something else has it, or there is no memory. */
struct cache_entry *cache_restore_entry(struct cache *cache,
    const struct cache_restored *restored);
/* All are there: keep to the budget. */
void cache_restore_end(struct cache *cache);

#endif
