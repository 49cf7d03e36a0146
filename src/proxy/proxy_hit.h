/*
 * proxy_hit - a stored answer on its way to a caller.
 *
 * A static one says where it is from (X-Cache: HIT, MISS or STALE), and is
 * 304 when the caller has it.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_PROXY_PROXY_HIT_H
#define LH_PROXY_PROXY_HIT_H

#include <stdbool.h>

#include "cache/cache.h"
#include "http/http_server.h"

/* Has the caller that very answer? */
bool proxy_hit_is_known(const struct cache_hit *hit,
    struct http_fields fields);

/* Ends the exchange and takes the reference of hit. is_fetched: this request
 * made Vault give it. */
struct proxy_hit {
	const struct cache_hit *hit;
	bool is_known;
	bool is_fetched;
};
void proxy_hit_reply(const struct proxy_hit *given,
    struct http_exchange *exchange);

#endif
