/*
 * http_chunk - decoder of the chunked transfer coding, incremental; pure.
 *
 * Invariant:  every byte is looked at once; what it hands out points into the
 *             input. Extensions and trailers are dropped, under limits.
 * Source: RFC 9112 section 7.1.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_HTTP_HTTP_CHUNK_H
#define LH_HTTP_HTTP_CHUNK_H

#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

#define HTTP_CHUNK_MAX_LINE 256		/* size and extensions of a chunk */
#define HTTP_CHUNK_MAX_TRAILER 8192	/* all trailer fields together */

enum http_chunk_state {
	HTTP_CHUNK_MORE,	/* input used up */
	HTTP_CHUNK_DATA,	/* *data_out holds decoded bytes; go on */
	HTTP_CHUNK_END,		/* the body is whole; rest is not ours */
	HTTP_CHUNK_BAD		/* 400 */
};

struct http_chunk {
	int step;		/* private */
	uint64_t left;
	size_t line_len;
	size_t trailer_len;
};

void http_chunk_init(struct http_chunk *chunk);
/* Takes from the front of *input. */
enum http_chunk_state http_chunk_decode(struct http_chunk *chunk,
    struct span *input, struct span *data_out);

#endif
