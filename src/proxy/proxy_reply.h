/*
 * proxy_reply - what a caller, and the log, are told at the end of a request.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_PROXY_PROXY_REPLY_H
#define LH_PROXY_PROXY_REPLY_H

#include "base/lh_err.h"
#include "http/http_message.h"
#include "proxy_priv.h"

/* No answer was had: the status that says so. Source: behaviour section 2.8,
 * with 502, 503 and 504 in place of one 500 for all. */
unsigned proxy_reply_status_of(enum lh_err err);

struct proxy_reply_facts {
	const struct http_request *request;
	unsigned status;
	const char *source;	/* hit, joined, miss, pass, none */
	mono_ms arrived;
	mono_ms asked;		/* 0: Vault was not */
};

/* The line of a request: without its query, without what a path can hold of
 * tokens. */
void proxy_reply_log(const struct proxy *proxy,
    const struct proxy_reply_facts *facts);

#endif
