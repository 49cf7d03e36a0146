/*
 * proxy_request - a caller's request from its arrival to its reply.
 *
 * Owns:       the exchange until it is answered, every wait of the request.
 * Invariant:  one reply; after the caller left nothing calls back.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_PROXY_PROXY_REQUEST_H
#define LH_PROXY_PROXY_REQUEST_H

#include "http/http_server.h"
#include "proxy_priv.h"

/* Takes the exchange over and answers it, perhaps at once. */
void proxy_request_start(struct proxy *proxy, struct http_exchange *exchange);

/* Nobody waits for a change any longer. */
void proxy_request_end_waits(struct proxy *proxy);

/* Each open request is answered 503: we stop. */
void proxy_request_stop_all(struct proxy *proxy);

#endif
