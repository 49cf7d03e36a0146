/*
 * fuzz_http_chunk - any bytes as a chunked body.
 *
 * Holds: the data, the verdict and the place of the end are the same whether
 * the bytes come in pieces (of the size that the first byte says) or at once.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <stdint.h>

#include "base/lh_assert.h"
#include "http/http_chunk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct result {
	enum http_chunk_state state;
	uint64_t sum;		/* of the data, order counts */
	size_t body_len;
	size_t used;
};

static void
add_data(struct result *result, struct span data, struct span text)
{
	lh_assert(data.len > 0 && data.ptr >= text.ptr &&
	    data.ptr + data.len <= text.ptr + text.len);
	for (size_t i = 0; i < data.len; i++)
		result->sum = result->sum * 31 + (uint8_t)data.ptr[i];
	result->body_len += data.len;
}

static struct result
decode(struct span text, size_t piece)
{
	struct result result = { .state = HTTP_CHUNK_MORE };
	struct http_chunk chunk;
	struct span data = SPAN_NONE;

	http_chunk_init(&chunk);
	for (size_t at = 0; at < text.len &&
	    result.state == HTTP_CHUNK_MORE; ) {
		struct span input = span_skip(text, at);

		if (input.len > piece)
			input.len = piece;
		at += input.len;
		while ((result.state = http_chunk_decode(&chunk, &input,
		    &data)) == HTTP_CHUNK_DATA)
			add_data(&result, data, text);
		result.used = at - input.len;
	}
	return result;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct span text = { (const char *)data, len };
	struct result whole, pieces;
	size_t piece;

	if (len < 2)
		return 0;
	piece = (size_t)data[0] % 16 + 1;
	text = span_skip(text, 1);
	whole = decode(text, text.len);
	pieces = decode(text, piece);
	lh_assert(whole.state == pieces.state);
	lh_assert(whole.sum == pieces.sum);
	lh_assert(whole.body_len == pieces.body_len);
	lh_assert(whole.used == pieces.used);
	lh_assert(whole.body_len <= text.len);
	return 0;
}
