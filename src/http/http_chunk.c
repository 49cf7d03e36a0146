/*
 * http_chunk - the chunked coding as a machine that eats one byte at a time,
 * but for the data, which it hands out in the pieces that came.
 *
 * Lines end with CRLF and nothing else; what RFC 9112 lets a lenient reader
 * accept (bare LF, blanks behind the size) is refused, since two readers who
 * differ about the end of a body are how requests are smuggled.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "http/http_chunk.h"

#include <stdbool.h>

#include "base/lh_assert.h"
#include "base/parse.h"

enum step {
	STEP_SIZE_FIRST,	/* at least one digit */
	STEP_SIZE,
	STEP_BLANK,		/* before the ';' of an extension */
	STEP_EXTENSION,
	STEP_SIZE_LF,
	STEP_DATA,
	STEP_DATA_CR,
	STEP_DATA_LF,
	STEP_TRAILER_FIRST,	/* first byte of a line */
	STEP_TRAILER,
	STEP_TRAILER_LF,
	STEP_LAST_LF,
	STEP_END,
	STEP_BAD
};

static struct span take_data(struct http_chunk *chunk, struct span *input);
static enum step next_step(struct http_chunk *chunk, char c);
static enum step size_step(struct http_chunk *chunk, char c);
static enum step extension_step(struct http_chunk *chunk, char c);
static enum step trailer_step(struct http_chunk *chunk, char c);
static enum step expect(char c, char wanted, enum step next);
static bool is_control(char c);

void
http_chunk_init(struct http_chunk *chunk)
{
	*chunk = (struct http_chunk){ .step = STEP_SIZE_FIRST };
}

enum http_chunk_state
http_chunk_decode(struct http_chunk *chunk, struct span *input,
    struct span *data_out)
{
	while (input->len > 0 && chunk->step < STEP_END) {
		if (chunk->step == STEP_DATA) {
			*data_out = take_data(chunk, input);
			return HTTP_CHUNK_DATA;
		}
		chunk->step = (int)next_step(chunk, input->ptr[0]);
		*input = span_skip(*input, 1);
	}
	if (chunk->step == STEP_BAD)
		return HTTP_CHUNK_BAD;
	return chunk->step == STEP_END ? HTTP_CHUNK_END : HTTP_CHUNK_MORE;
}

static struct span
take_data(struct http_chunk *chunk, struct span *input)
{
	struct span data = *input;

	if (data.len > chunk->left)
		data.len = (size_t)chunk->left;
	*input = span_skip(*input, data.len);
	chunk->left -= data.len;
	if (chunk->left == 0)
		chunk->step = STEP_DATA_CR;
	return data;
}

static enum step
next_step(struct http_chunk *chunk, char c)
{
	switch ((enum step)chunk->step) {
	case STEP_SIZE_FIRST:
	case STEP_SIZE:
		return size_step(chunk, c);
	case STEP_BLANK:
	case STEP_EXTENSION:
		return extension_step(chunk, c);
	case STEP_SIZE_LF:
		return expect(c, '\n', chunk->left > 0 ? STEP_DATA :
		    STEP_TRAILER_FIRST);
	case STEP_DATA_CR:
		return expect(c, '\r', STEP_DATA_LF);
	case STEP_DATA_LF:
		chunk->line_len = 0;
		return expect(c, '\n', STEP_SIZE_FIRST);
	case STEP_TRAILER_FIRST:
	case STEP_TRAILER:
		return trailer_step(chunk, c);
	case STEP_TRAILER_LF:
		return expect(c, '\n', STEP_TRAILER_FIRST);
	case STEP_LAST_LF:
		return expect(c, '\n', STEP_END);
	case STEP_DATA:
	case STEP_END:
	case STEP_BAD:
		break;
	}
	lh_unreachable();
}

static enum step
size_step(struct http_chunk *chunk, char c)
{
	int digit = parse_hex_digit(c);

	if (++chunk->line_len > HTTP_CHUNK_MAX_LINE)
		return STEP_BAD;
	if (digit >= 0) {
		if (chunk->left > (UINT64_MAX >> 8))
			return STEP_BAD;
		chunk->left = chunk->left << 4 | (uint64_t)digit;
		return STEP_SIZE;
	}
	if (chunk->step == STEP_SIZE_FIRST)
		return STEP_BAD;
	if (c == '\r')
		return STEP_SIZE_LF;
	if (c == ';')
		return STEP_EXTENSION;
	return c == ' ' || c == '\t' ? STEP_BLANK : STEP_BAD;
}

static enum step
extension_step(struct http_chunk *chunk, char c)
{
	if (++chunk->line_len > HTTP_CHUNK_MAX_LINE)
		return STEP_BAD;
	if (chunk->step == STEP_BLANK && c != ';')
		return c == ' ' || c == '\t' ? STEP_BLANK : STEP_BAD;
	if (c == '\r')
		return STEP_SIZE_LF;
	return is_control(c) ? STEP_BAD : STEP_EXTENSION;
}

static enum step
trailer_step(struct http_chunk *chunk, char c)
{
	if (++chunk->trailer_len > HTTP_CHUNK_MAX_TRAILER)
		return STEP_BAD;
	if (c == '\r')
		return chunk->step == STEP_TRAILER_FIRST ? STEP_LAST_LF :
		    STEP_TRAILER_LF;
	return is_control(c) ? STEP_BAD : STEP_TRAILER;
}

static enum step
expect(char c, char wanted, enum step next)
{
	return c == wanted ? next : STEP_BAD;
}

/* All but the tab. */
static bool
is_control(char c)
{
	return ((unsigned char)c < ' ' && c != '\t') || c == 0x7f;
}
