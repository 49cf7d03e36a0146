/*
 * http_message - requests and replies as values of lent text.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_HTTP_HTTP_MESSAGE_H
#define LH_HTTP_HTTP_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/span.h"
#include "http/http_header.h"

/* Who is at the other end of a connection. */
struct http_peer {
	char address[64];	/* "127.0.0.1:40332", "unix" */
	bool is_unix;		/* then uid, gid, pid are the kernel's word */
	uid_t uid;
	gid_t gid;
	pid_t pid;
	bool is_refused;		/* 403 for whatever it asks */
};

/* A complete request; lent for the life of its exchange. */
struct http_request {
	uint64_t id;			/* unique in this process */
	struct span method;		/* any token, case kept */
	struct span path;		/* raw bytes; begins with '/' */
	struct span query;		/* raw, without '?'; ptr NULL if none */
	struct http_fields fields;
	struct span body;		/* whole, chunks joined */
	const struct http_peer *peer;
};

/* The head of an answer from upstream; lent during the callback. */
struct http_head {
	unsigned status;
	struct http_fields fields;
	int64_t content_length;		/* -1 when not told */
};

/* A small whole reply of our own; Content-Length and Date are added. */
struct http_reply {
	unsigned status;
	struct http_fields fields;
	struct span body;		/* copied */
};

/* May the sender of a body go on? */
enum http_flow { HTTP_FLOW_GO, HTTP_FLOW_FULL };

const char *http_status_text(unsigned status);	/* "Not Found"; never NULL */

#endif
