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

/* Where an answer comes from, in the order of the metrics. */
enum proxy_source {
	PROXY_SOURCE_NONE,	/* ourselves */
	PROXY_SOURCE_HIT,
	PROXY_SOURCE_JOINED,	/* another request's */
	PROXY_SOURCE_MISS,	/* Vault, and it may be kept */
	PROXY_SOURCE_PASS,	/* Vault */
	PROXY_SOURCES
};

struct proxy_reply_facts {
	const struct http_request *request;
	unsigned status;
	enum proxy_source source;
	mono_us arrived;
	mono_ms asked;		/* 0: Vault was not */
};

/* Counts the answer, and writes the line of its request: without its query,
 * without what a path can hold of tokens. */
void proxy_reply_note(const struct proxy *proxy,
    const struct proxy_reply_facts *facts);

#endif
