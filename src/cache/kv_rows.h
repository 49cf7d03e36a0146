/*
 * kv_rows - which row a path belongs to, and what its times mean; pure.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_CACHE_KV_ROWS_H
#define LH_CACHE_KV_ROWS_H

#include "cache/cache_static.h"

/* path: canonical, decoded, without a slash in front; of a list with one at
 * its end. NULL: none. */
const struct cache_static_row *kv_rows_match(
    const struct cache_static_options *options, struct span path);

enum kv_fresh {
	KV_FRESH,		/* a hit */
	KV_FRESH_AGING,		/* a hit, to be fetched anew behind it */
	KV_OLD,			/* fetched anew; given when Vault is away */
	KV_GONE
};

/* age: since the answer was asked for. */
enum kv_fresh kv_rows_fresh(const struct cache_static_row *row,
    bool is_negative, span_ms age);
/* How long an answer is of any use. */
span_ms kv_rows_life(const struct cache_static_row *row, bool is_negative);

#endif
