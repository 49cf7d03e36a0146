/*
 * proxy_headers - which header fields pass, in both directions; pure.
 * Source: behaviour sections 2.4, 2.5 and 2.8; RFC 9110 section 7.6.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_PROXY_PROXY_HEADERS_H
#define LH_PROXY_PROXY_HEADERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/lh_err.h"
#include "http/http_header.h"
#include "http/http_message.h"

#define PROXY_HEADERS_MAX 256
#define PROXY_USER_AGENT_MAX 256

/* Fields that were chosen, lent from where they were found. */
struct proxy_headers {
	size_t count;
	struct http_field list[PROXY_HEADERS_MAX];
	char user_agent[PROXY_USER_AGENT_MAX];
};

struct http_fields proxy_headers_lend(const struct proxy_headers *headers);

/* What goes on to Vault of a caller's fields. product: our part of the
 * User-Agent. wrap_default: sys/wrapping/wrap wants X-Vault-Wrap-TTL: 5m where
 * the caller has none. by_bearer: their token goes on as a Bearer, not as
 * X-Vault-Token. LH_ERR_LIMIT: too many fields. */
struct proxy_upward {
	struct http_fields fields;
	const char *product;
	bool wrap_default;
	bool by_bearer;
};
enum lh_err proxy_headers_upward(const struct proxy_upward *from,
    struct proxy_headers *headers) LH_MUSTCHECK;

/* The token that a Bearer in Authorization names. Empty: there is none. */
struct span proxy_headers_bearer(struct http_fields fields);
/* Is there an Authorization of another kind? It passes on: a login by ticket
 * shows it, and an answer to it is for that caller alone. */
bool proxy_headers_has_credential(struct http_fields fields);

/* What goes back to the caller of an answer that is no hit: X-Cache: MISS is
 * added below 400. Fields beyond the limit are dropped. */
void proxy_headers_downward(const struct http_head *head,
    struct proxy_headers *headers);

/* The namespace to send: configured joined before the caller's. LH_ERR_LIMIT:
 * into is full. */
enum lh_err proxy_headers_namespace(const char *configured,
    struct http_fields fields, struct bytes *into) LH_MUSTCHECK;

#endif
