/*
 * http_payload - the body of a request, whole and in one piece.
 *
 * Owns:       its bytes, which are wiped when the last who holds it lets go.
 * Invariant:  it does not change once the handler has the request; while it
 *             is held, it counts against what the server may buffer. Who holds
 *             one lets go before the server ends.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_HTTP_HTTP_PAYLOAD_H
#define LH_HTTP_HTTP_PAYLOAD_H

#include "base/span.h"

struct http_payload;

/* NULL: no body; all three take it. */
struct http_payload *http_payload_ref(struct http_payload *payload);
void http_payload_unref(struct http_payload **payload);
struct span http_payload_span(const struct http_payload *payload);	/* lent */

#endif
