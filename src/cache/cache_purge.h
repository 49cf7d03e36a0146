/*
 * cache_purge - what leaves, with all that falls with it: cleared by an
 * operator, revoked by a request seen passing.
 *
 * Owns:       nothing but the count of wide revocations; borrows the store
 *             and lineage.
 * Invariant:  what is under a token is gone when its entry is.
 * Source: behaviour sections 3.5, 3.8, 4.1.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_CACHE_CACHE_PURGE_H
#define LH_CACHE_CACHE_PURGE_H

#include "cache_store.h"
#include "lineage.h"

struct cache_purge;

struct cache_purge *cache_purge_new(struct cache_store *store,
    struct lineage *lineage, struct cache_journal journal);
void cache_purge_free(struct cache_purge *purge);

/* All return how many entries left. */
size_t cache_purge_entry(struct cache_purge *purge, struct cache_entry *entry,
    enum cache_cause cause);
size_t cache_purge_all(struct cache_purge *purge, enum cache_cause cause);
/* All under the token, and the entry it came in if there is one. */
size_t cache_purge_token(struct cache_purge *purge,
    struct lineage_token *token, enum cache_cause cause);
size_t cache_purge_clear(struct cache_purge *purge,
    enum cache_clear_type type, struct span value, struct span namespace);

enum cache_interest cache_purge_interest(const struct cache_ask *ask);
void cache_purge_observe(struct cache_purge *purge,
    const struct cache_ask *ask, struct span body);

/* Grows with each revocation that may reach leases which are on their way to
 * us: what was asked for before it is not to be stored. */
uint64_t cache_purge_epoch(const struct cache_purge *purge);

#endif
