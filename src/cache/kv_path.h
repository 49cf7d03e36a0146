/*
 * kv_path - what a request asks of a KV engine, and what a write touches;
 * pure, without allocations.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_CACHE_KV_PATH_H
#define LH_CACHE_KV_PATH_H

#include <stdbool.h>
#include <stdint.h>

#include "cache/cache.h"
#include "cache_key.h"

/* A read: the path as Vault sees it, escapes decoded, the namespace in front;
 * of a list with a slash at its end. text is lent from room. */
struct kv_path {
	struct span text;
	uint64_t version;		/* 0: the current one */
	bool is_list;
	char room[CACHE_KEY_MAX_PATH + 2];
};

/* False: not a read that could be kept. */
bool kv_path_set(struct kv_path *path, const struct cache_ask *ask);

/* Each path whose answers a write changes, in the form above: the secret, its
 * data, metadata and subkeys, and the lists it shows in. False: it cannot be
 * told, which may be anything. */
typedef void kv_path_fn(void *arg, struct span text);
bool kv_path_family(const struct cache_ask *ask, kv_path_fn *fn, void *arg);

#endif
