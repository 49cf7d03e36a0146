/*
 * test_parser - heads that are taken, heads that are refused, and the search
 * for their end.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "http/http_parser.h"

#define HOST "Host: x\r\n"

static const struct http_parser_limits limits = {
	.max_head_bytes = 4096,
	.max_target_bytes = 100,
	.max_fields = 8,
};

static unsigned
parse(const char *text, struct http_request_head *head)
{
	return http_parser_parse(span_of(text), &limits, head);
}

static void
assert_span(struct span span, const char *text)
{
	assert_true(span_equal(span, span_of(text)));
}

static void
a_plain_request_is_taken_apart(void **state)
{
	struct http_request_head head;

	assert_int_equal(parse("LIST /v1/a%2fb?x=1&y HTTP/1.1\r\n"
	    "Host: vault:8200\r\nX-A: \t b c \t\r\nX-Empty:\r\n\r\n", &head),
	    0);
	assert_span(head.method, "LIST");
	assert_span(head.path, "/v1/a%2fb");
	assert_span(head.query, "x=1&y");
	assert_int_equal(head.minor_version, 1);
	assert_int_equal(head.field_count, 3);
	assert_span(head.fields[1].name, "X-A");
	assert_span(head.fields[1].value, "b c");
	assert_span(head.fields[2].value, "");
	assert_true(head.keep_alive);
	assert_false(head.expects_continue);
	assert_int_equal(head.body, HTTP_BODY_NONE);
}

static void
a_query_may_be_empty_or_absent(void **state)
{
	struct http_request_head head;

	assert_int_equal(parse("GET /a? HTTP/1.1\r\n" HOST "\r\n", &head), 0);
	assert_non_null(head.query.ptr);
	assert_int_equal(head.query.len, 0);
	assert_int_equal(parse("GET /a HTTP/1.1\r\n" HOST "\r\n", &head), 0);
	assert_null(head.query.ptr);
}

static void
the_absolute_form_gives_its_path(void **state)
{
	struct http_request_head head;

	assert_int_equal(parse("GET http://x:1/p?q HTTP/1.1\r\nHost: X:1\r\n\r\n",
	    &head), 0);
	assert_span(head.path, "/p");
	assert_span(head.query, "q");
	assert_int_equal(parse("GET HTTPS://x?q HTTP/1.1\r\n" HOST "\r\n",
	    &head), 0);
	assert_span(head.path, "/");
	assert_span(head.query, "q");
}

static void
bodies_are_announced_by_length_or_chunks(void **state)
{
	struct http_request_head head;

	assert_int_equal(parse("PUT / HTTP/1.1\r\n" HOST
	    "content-length: 12\r\nExpect: 100-Continue\r\n\r\n", &head), 0);
	assert_int_equal(head.body, HTTP_BODY_LENGTH);
	assert_int_equal(head.content_length, 12);
	assert_true(head.expects_continue);
	assert_int_equal(parse("PUT / HTTP/1.1\r\n" HOST
	    "Transfer-Encoding: Chunked\r\n\r\n", &head), 0);
	assert_int_equal(head.body, HTTP_BODY_CHUNKED);
	assert_int_equal(parse("PUT / HTTP/1.1\r\n" HOST
	    "Content-Length: 0\r\n\r\n", &head), 0);
	assert_int_equal(head.body, HTTP_BODY_NONE);
}

static void
connections_persist_as_version_and_options_say(void **state)
{
	static const struct {
		const char *text;
		bool keep_alive;
	} cases[] = {
		{ "GET / HTTP/1.0\r\n\r\n", false },
		{ "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true },
		{ "GET / HTTP/1.1\r\n" HOST "Connection: x, Close\r\n\r\n",
		    false },
		{ "GET / HTTP/1.1\r\n" HOST "Connection: close\r\n"
		    "Connection: keep-alive\r\n\r\n", false },
		{ "GET / HTTP/1.9\r\n" HOST "\r\n", true },
	};
	struct http_request_head head;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_int_equal(parse(cases[i].text, &head), 0);
		assert_int_equal(head.keep_alive, cases[i].keep_alive);
	}
}

static void
malformed_and_smuggling_shapes_are_refused(void **state)
{
	static const struct {
		const char *text;
		unsigned status;
	} cases[] = {
		{ "", 400 },
		{ "\r\n", 400 },
		{ "GET / HTTP/1.1\r\n" HOST, 400 },
		{ "GET / HTTP/1.1\n" HOST "\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost: x\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\n" HOST "\n", 400 },
		{ "GET / HTTP/1.1\r\n" HOST "\r\nrest", 400 },
		{ "GET  / HTTP/1.1\r\n" HOST "\r\n", 400 },
		{ "GET /  HTTP/1.1\r\n" HOST "\r\n", 400 },
		{ " GET / HTTP/1.1\r\n" HOST "\r\n", 400 },
		{ "GET /\r\n\r\n", 400 },
		{ "GET / HTTP/1.1 \r\n" HOST "\r\n", 400 },
		{ "GET / http/1.1\r\n" HOST "\r\n", 400 },
		{ "GET / HTTP/1.10\r\n" HOST "\r\n", 400 },
		{ "G(T / HTTP/1.1\r\n" HOST "\r\n", 400 },
		{ "GET a HTTP/1.1\r\n" HOST "\r\n", 400 },
		{ "OPTIONS * HTTP/1.1\r\n" HOST "\r\n", 400 },
		{ "CONNECT h:443 HTTP/1.1\r\n" HOST "\r\n", 400 },
		{ "GET http:///a HTTP/1.1\r\n" HOST "\r\n", 400 },
		{ "GET http://u@h/a HTTP/1.1\r\n" HOST "\r\n", 400 },
		{ "GET ftp://h/a HTTP/1.1\r\n" HOST "\r\n", 400 },
		{ "GET http://h/a HTTP/1.1\r\n" HOST "\r\n", 400 },
		{ "GET http://x:80/a HTTP/1.1\r\n" HOST "\r\n", 400 },
		{ "GET http://h/a HTTP/1.0\r\n\r\n", 400 },
		{ "HEAD / HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\n",
		    400 },
		{ "HEAD / HTTP/1.1\r\n" HOST
		    "Transfer-Encoding: chunked\r\n\r\n", 400 },
		{ "GET /a#b HTTP/1.1\r\n" HOST "\r\n", 400 },
		{ "GET /\x7f HTTP/1.1\r\n" HOST "\r\n", 400 },
		{ "GET /\xc3\xa4 HTTP/1.1\r\n" HOST "\r\n", 400 },
		{ "GET /\t HTTP/1.1\r\n" HOST "\r\n", 400 },
		{ "GET / HTTP/1.1\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\n" HOST HOST "\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\n" HOST "A : b\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\n" HOST "A\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\n" HOST ": b\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\n" HOST "A: b\r\n c\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\n A: b\r\n" HOST "\r\n", 400 },
		{ "GET / HTTP/1.1\r\n" HOST "A: b\rc\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\n" HOST "A: b\001\r\n\r\n", 400 },
		{ "PUT / HTTP/1.1\r\n" HOST "Content-Length: 1\r\n"
		    "Content-Length: 1\r\n\r\n", 400 },
		{ "PUT / HTTP/1.1\r\n" HOST "Content-Length: 1, 1\r\n\r\n",
		    400 },
		{ "PUT / HTTP/1.1\r\n" HOST "Content-Length: +1\r\n\r\n",
		    400 },
		{ "PUT / HTTP/1.1\r\n" HOST "Content-Length: -1\r\n\r\n",
		    400 },
		{ "PUT / HTTP/1.1\r\n" HOST "Content-Length: 0x1\r\n\r\n",
		    400 },
		{ "PUT / HTTP/1.1\r\n" HOST "Content-Length:\r\n\r\n", 400 },
		{ "PUT / HTTP/1.1\r\n" HOST
		    "Content-Length: 18446744073709551617\r\n\r\n", 400 },
		{ "PUT / HTTP/1.1\r\n" HOST "Content-Length: 1\r\n"
		    "Transfer-Encoding: chunked\r\n\r\n", 400 },
		{ "PUT / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
		    400 },
		{ "PUT / HTTP/1.1\r\n" HOST
		    "Transfer-Encoding: gzip, chunked\r\n\r\n", 501 },
		{ "PUT / HTTP/1.1\r\n" HOST
		    "Transfer-Encoding: chunked;q=1\r\n\r\n", 501 },
		{ "PUT / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n"
		    "Transfer-Encoding: chunked\r\n\r\n", 501 },
		{ "PUT / HTTP/1.1\r\n" HOST "Expect: else\r\n\r\n", 417 },
		{ "GET / HTTP/2.0\r\n" HOST "\r\n", 505 },
		{ "PRI * HTTP/2.0\r\n\r\n", 505 },
		{ "GET / HTTP/0.9\r\n" HOST "\r\n", 505 },
		{ "GET / HTTP/1.1\r\n" HOST "a:\r\nb:\r\nc:\r\nd:\r\ne:\r\n"
		    "f:\r\ng:\r\nh:\r\n\r\n", 431 },
	};
	struct http_request_head head;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		if (parse(cases[i].text, &head) != cases[i].status)
			fail_msg("case %zu: %s", i, cases[i].text);
}

static void
a_nul_byte_is_refused_wherever_it_is(void **state)
{
	static const char text[] = "GET /a HTTP/1.1\r\nHost: x\r\nA: b\r\n\r\n";
	struct http_request_head head;

	for (size_t i = 0; i < sizeof(text) - 1; i++) {
		char copy[sizeof(text)];

		memcpy(copy, text, sizeof(text));
		copy[i] = '\0';
		assert_int_not_equal(http_parser_parse((struct span){ copy,
		    sizeof(copy) - 1 }, &limits, &head), 0);
	}
}

static void
a_long_target_is_refused(void **state)
{
	char text[400] = "GET /";
	struct http_request_head head;

	memset(text + 5, 'a', 100);
	strncat(text, " HTTP/1.1\r\nHost: x\r\n\r\n", 64);
	assert_int_equal(parse(text, &head), 414);
}

static void
the_end_is_found_however_the_bytes_come(void **state)
{
	struct span text = SPAN_LITERAL("GET / HTTP/1.1\r\n" HOST "\r\nmore");
	struct http_scan scan = { 0, 0 };
	size_t head_len = 0;
	unsigned status = 0;

	for (size_t len = 1; len <= text.len; len++) {
		struct span part = { text.ptr, len };
		enum http_scan_state found = http_parser_scan(&scan, part,
		    &limits, &head_len, &status);

		if (found == HTTP_SCAN_WHOLE) {
			assert_int_equal(len, text.len - 4);
			assert_int_equal(head_len, len);
			return;
		}
		assert_int_equal(found, HTTP_SCAN_MORE);
		assert_int_equal(scan.looked, len);
	}
	fail();
}

static void
heads_and_first_lines_without_end_are_refused(void **state)
{
	static char text[8192];
	struct http_scan scan = { 0, 0 };
	size_t head_len;
	unsigned status = 0;

	memset(text, 'a', sizeof(text));
	assert_int_equal(http_parser_scan(&scan, (struct span){ text, 150 },
	    &limits, &head_len, &status), HTTP_SCAN_MORE);
	assert_int_equal(http_parser_scan(&scan, (struct span){ text, 170 },
	    &limits, &head_len, &status), HTTP_SCAN_REFUSED);
	assert_int_equal(status, 414);
	for (size_t i = 9; i < sizeof(text); i += 10)
		text[i] = '\n';
	scan = (struct http_scan){ 0, 0 };
	assert_int_equal(http_parser_scan(&scan, (struct span){ text, 4096 },
	    &limits, &head_len, &status), HTTP_SCAN_REFUSED);
	assert_int_equal(status, 431);
}

static void
one_empty_line_before_a_request_is_dropped(void **state)
{
	assert_int_equal(http_parser_skip_blank(SPAN_LITERAL("\r\n\r\nG")),
	    2);
	assert_int_equal(http_parser_skip_blank(SPAN_LITERAL("\r")), 0);
	assert_int_equal(http_parser_skip_blank(SPAN_LITERAL("GE")), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_request_is_taken_apart),
		cmocka_unit_test(a_query_may_be_empty_or_absent),
		cmocka_unit_test(the_absolute_form_gives_its_path),
		cmocka_unit_test(bodies_are_announced_by_length_or_chunks),
		cmocka_unit_test(
		    connections_persist_as_version_and_options_say),
		cmocka_unit_test(malformed_and_smuggling_shapes_are_refused),
		cmocka_unit_test(a_nul_byte_is_refused_wherever_it_is),
		cmocka_unit_test(a_long_target_is_refused),
		cmocka_unit_test(the_end_is_found_however_the_bytes_come),
		cmocka_unit_test(
		    heads_and_first_lines_without_end_are_refused),
		cmocka_unit_test(one_empty_line_before_a_request_is_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
