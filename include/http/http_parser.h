/*
 * http_parser - the head of an HTTP/1.1 request from bytes, strictly; pure
 * and allocation-free.
 *
 * The caller shows the bytes it has, again and more of them until the head is
 * whole; http_parser_scan() remembers how far it has looked, so that every
 * byte is looked at once. The whole head is then parsed in one pass.
 *
 * Refuses (behaviour of RFC 9112 where it lets a server choose): bare CR, NUL
 * and other control bytes, obs-fold, blanks before the colon, Content-Length
 * with Transfer-Encoding, repeated or signed lengths, Transfer-Encoding other
 * than one "chunked" (501), HTTP/0.9 and 2.x, no or repeated Host in 1.1,
 * fragments and raw bytes above 126 in the target.
 * Source: RFC 9110, RFC 9112 sections 2 to 7, 11.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_HTTP_HTTP_PARSER_H
#define LH_HTTP_HTTP_PARSER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/http_header.h"

#define HTTP_PARSER_MAX_FIELDS 128

struct http_parser_limits {
	size_t max_head_bytes;		/* 431 above; default 32 KiB */
	size_t max_target_bytes;	/* 414 above; default 8 KiB */
	size_t max_fields;		/* 431 above; <= HTTP_PARSER_MAX_FIELDS */
};

struct http_scan {
	size_t looked;			/* bytes already looked at */
	size_t line_start;		/* of the line that looked is in */
};

enum http_scan_state { HTTP_SCAN_MORE, HTTP_SCAN_WHOLE, HTTP_SCAN_REFUSED };

enum http_body { HTTP_BODY_NONE, HTTP_BODY_LENGTH, HTTP_BODY_CHUNKED };

struct http_request_head {
	struct span method;
	struct span path;		/* of origin-form or absolute-form */
	struct span query;		/* ptr NULL if there is no '?' */
	unsigned minor_version;		/* 0 or 1 */
	bool keep_alive;
	bool expects_continue;
	enum http_body body;
	uint64_t content_length;
	size_t field_count;
	struct http_field fields[HTTP_PARSER_MAX_FIELDS];
};

/* Looks for the end of the head in data, which begins at the first byte of
 * the request (empty lines before a request line are skipped by the caller
 * with http_parser_skip_blank()).
 * WHOLE: *head_len_out is the head's length with its empty line.
 * REFUSED: *status_out is 414 or 431. */
enum http_scan_state http_parser_scan(struct http_scan *scan,
    struct span data, const struct http_parser_limits *limits,
    size_t *head_len_out, unsigned *status_out);

/* How many of the first bytes are CRLF pairs to drop; at most one pair is
 * allowed between requests (RFC 9112 2.2). */
size_t http_parser_skip_blank(struct span data);

/* Parses a whole head. Spans point into head. Returns 0, or the status to
 * refuse with: 400, 414, 417, 431, 501, 505. */
unsigned http_parser_parse(struct span head,
    const struct http_parser_limits *limits, struct http_request_head *out);

#endif
