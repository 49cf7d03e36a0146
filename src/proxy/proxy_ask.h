/*
 * proxy_ask - a request in our own keeping, for when its caller may leave.
 *
 * Owns:       copies of everything that the cache and the upstream need of a
 *             request, and a share in its body.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_PROXY_PROXY_ASK_H
#define LH_PROXY_PROXY_ASK_H

#include <stdbool.h>

#include "base/secret.h"
#include "cache/cache.h"
#include "http/http_message.h"
#include "http/http_payload.h"
#include "proxy_token.h"

struct proxy_ask {
	uint64_t id;			/* of the request */
	struct cache_ask cache;		/* spans into block */
	struct proxy_identity identity;
	struct http_payload *payload;	/* cache.body lies in it */
	bool has_fallback;		/* one short try will do */
	struct http_field *fields;
	char *block;
};

/* The view of a request that lives on elsewhere; no copies, nothing to free.
 * namespace: as it is sent; lent as well. */
void proxy_ask_view(const struct http_request *request,
    const struct proxy_identity *identity, struct span namespace,
    struct cache_ask *view);

/* Copies a view, but for its body: that lies in payload, which is held. */
struct proxy_ask *proxy_ask_new(uint64_t id, const struct cache_ask *view,
    const struct proxy_identity *identity, struct http_payload *payload);
void proxy_ask_free(struct proxy_ask *ask);
/* No try follows. */
void proxy_ask_drop_body(struct proxy_ask *ask);

#endif
