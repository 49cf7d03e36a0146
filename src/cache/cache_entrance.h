/*
 * cache_entrance - the one door in: an answer that came becomes an entry, or
 * is shared, or passes.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_SRC_CACHE_CACHE_ENTRANCE_H
#define LH_SRC_CACHE_CACHE_ENTRANCE_H

#include "cache_arrival.h"
#include "cache_priv.h"

/* False: it is nobody's but its caller's. */
bool cache_entrance_let_in(struct cache *cache, struct cache_arrival *arrival,
    struct cache_hit *out);
/* Least recently used ones leave until the rest fits the limits. */
void cache_entrance_make_room(struct cache *cache);

#endif
