/*
 * kv_watch - callers who wait for a static entry to change.
 *
 * Owns:       a bounded number of waiters.
 * Invariant:  one is told once, never from inside kv_watch_wake().
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_CACHE_KV_WATCH_H
#define LH_CACHE_KV_WATCH_H

#include "cache/cache.h"

struct kv_watchers;

struct kv_watchers *kv_watchers_new(struct loop *loop, unsigned max);
void kv_watchers_free(struct kv_watchers *watchers);	/* silent */

/* LH_ERR_LIMIT: too many wait. */
enum lh_err kv_watch_start(struct kv_watchers *watchers,
    const struct cache_key *entry, cache_changed_fn *fn, void *arg,
    struct cache_watch **out) LH_MUSTCHECK;
void kv_watch_wake(struct kv_watchers *watchers,
    const struct cache_key *entry);

size_t kv_watchers_count(const struct kv_watchers *watchers);

#endif
