/*
 * proxy_access - may this caller ask this of this listener; pure.
 *
 * Asked in this order: is it for the machines on the way (501), is it sent by a
 * browser (403), does it think to talk to us (421), has it the field that is
 * demanded (412), do the rules let it (400 when they cannot tell, 403).
 * Source: behaviour section 2.6.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_PROXY_PROXY_ACCESS_H
#define LH_PROXY_PROXY_ACCESS_H

#include <stdbool.h>

#include "http/http_message.h"
#include "proxy/proxy.h"

struct proxy_refusal {
	unsigned status;
	const char *text;	/* static */
};

/* False: refusal_out says why not. */
bool proxy_access_allows(const struct proxy_access *access,
    const struct http_request *request, struct proxy_refusal *refusal_out);

#endif
