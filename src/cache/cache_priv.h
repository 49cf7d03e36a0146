/*
 * cache_priv - the cache as the files that make up its facade see it.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_SRC_CACHE_CACHE_PRIV_H
#define LH_SRC_CACHE_CACHE_PRIV_H

#include "cache/cache.h"
#include "cache_entry.h"
#include "cache_key.h"
#include "cache_purge.h"
#include "cache_store.h"
#include "flight.h"
#include "kv.h"
#include "lease_keeper.h"
#include "lease_revoker.h"
#include "lineage.h"
#include "unshareable.h"

struct cache {
	struct cache_options options;
	struct cache_env env;
	struct digest *digest;
	struct cache_keyer keyer;
	struct cache_store *store;
	struct lineage *lineage;
	struct flight_table *flights;
	struct lease_keeper *keeper;
	struct lease_revoker *revoker;
	struct cache_purge *purge;
	struct unshareable *paths;
	struct kv *kv;			/* NULL: no static answers */
	struct lineage_token *root;	/* our token, of that generation */
	uint64_t generation;
	struct secret *orphan;		/* that token, when it ran out */
};

/* The time, once what has expired by now is gone. */
mono_ms cache_enter(struct cache *cache);
bool cache_identity_is_live(const struct cache *cache,
    enum cache_identity_kind identity, uint64_t generation);
/* False: what it brings may be dead already. */
bool cache_flight_is_current(const struct cache *cache,
    const struct flight_facts *facts);
/* The token of the request, if it is under management. */
struct lineage_token *cache_parent_of(const struct cache *cache,
    const struct cache_ask *ask);
/* Only what differs from the rule for its method takes room. */
void cache_note_path(struct cache *cache, const struct flight_facts *facts,
    bool is_shared);
void cache_hit_of(const struct cache_entry *entry, mono_ms now,
    struct cache_hit *out);

#endif
