/*
 * test_chunk - chunked bodies, whole and in pieces, good and bad.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "http/http_chunk.h"

struct result {
	enum http_chunk_state state;
	char body[512];
	size_t body_len;
	size_t used;
};

/* Feeds text in pieces of so many bytes. */
static struct result
decode(struct span text, size_t piece)
{
	struct result result = { .state = HTTP_CHUNK_MORE };
	struct http_chunk chunk;
	struct span data;

	http_chunk_init(&chunk);
	for (size_t at = 0; at < text.len; ) {
		struct span input = span_skip(text, at);

		if (input.len > piece)
			input.len = piece;
		at += input.len;
		while ((result.state = http_chunk_decode(&chunk, &input,
		    &data)) == HTTP_CHUNK_DATA) {
			memcpy(result.body + result.body_len, data.ptr,
			    data.len);
			result.body_len += data.len;
		}
		result.used = at - input.len;
		if (result.state != HTTP_CHUNK_MORE)
			break;
	}
	return result;
}

static void
a_body_is_the_same_however_it_comes(void **state)
{
	struct span text = SPAN_LITERAL("5\r\nhello\r\n0A ; a=\"b\"\r\n"
	    " chunked w\r\n1;x\r\n!\r\n000\r\nT: 1\r\nU: 2\r\n\r\nGET /");

	for (size_t piece = 1; piece <= text.len; piece++) {
		struct result result = decode(text, piece);

		assert_int_equal(result.state, HTTP_CHUNK_END);
		assert_int_equal(result.used, text.len - 5);
		assert_int_equal(result.body_len, 16);
		assert_memory_equal(result.body, "hello chunked w!", 16);
	}
}

static void
a_part_of_a_body_wants_more(void **state)
{
	struct span text = SPAN_LITERAL("3;a\r\nabc\r\n0\r\nT: x\r\n\r\n");

	for (size_t len = 1; len < text.len; len++)
		assert_int_equal(decode((struct span){ text.ptr, len },
		    len).state, HTTP_CHUNK_MORE);
}

static void
bad_bodies_are_refused(void **state)
{
	static const char *cases[] = {
		"\r\n", "g\r\n", "-1\r\n", "+1\r\n", "0x1\r\n", " 1\r\n",
		"1 \r\n", "1\n", "1\ra", "1;a\n", "1;a\001\r\n", "1 a\r\n",
		"1\r\nab", "1\r\na\n", "1\r\na\ra", "0\r\n\n", "0\r\nA\n",
		"0\r\nA\r\r", "0\r\n\r1", "0\n\n",
		"fffffffffffffffff\r\n", "10000000000000000\r\n",
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		if (decode(span_of(cases[i]), 1).state != HTTP_CHUNK_BAD)
			fail_msg("case %zu: %s", i, cases[i]);
}

static void
endless_lines_are_refused(void **state)
{
	static char text[HTTP_CHUNK_MAX_TRAILER + 16];

	memset(text, '0', sizeof(text));
	assert_int_equal(decode((struct span){ text, 300 }, 7).state,
	    HTTP_CHUNK_BAD);
	memset(text, 'a', sizeof(text));
	memcpy(text, "1;", 2);
	assert_int_equal(decode((struct span){ text, 300 }, 7).state,
	    HTTP_CHUNK_BAD);
	memcpy(text, "0\r\n", 3);
	assert_int_equal(decode((struct span){ text, sizeof(text) }, 7).state,
	    HTTP_CHUNK_BAD);
}

static void
the_end_stays_the_end(void **state)
{
	struct http_chunk chunk;
	struct span input = SPAN_LITERAL("0\r\n\r\n"), data;
	struct span next = SPAN_LITERAL("5\r\n");

	http_chunk_init(&chunk);
	assert_int_equal(http_chunk_decode(&chunk, &input, &data),
	    HTTP_CHUNK_END);
	assert_int_equal(http_chunk_decode(&chunk, &next, &data),
	    HTTP_CHUNK_END);
	assert_int_equal(next.len, 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_body_is_the_same_however_it_comes),
		cmocka_unit_test(a_part_of_a_body_wants_more),
		cmocka_unit_test(bad_bodies_are_refused),
		cmocka_unit_test(endless_lines_are_refused),
		cmocka_unit_test(the_end_stays_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
