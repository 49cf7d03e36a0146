/*
 * test_writer - reply heads, numbers and dates as text.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../../../src/http/http_writer.h"

static void
numbers_are_written_without_padding(void **state)
{
	char text[64] = { 0 };
	struct http_writer writer = { text, text + sizeof(text) };

	http_writer_number(&writer, 0);
	http_writer_text(&writer, SPAN_LITERAL(" "));
	http_writer_number(&writer, UINT64_MAX);
	http_writer_text(&writer, SPAN_LITERAL(" "));
	http_writer_hex(&writer, 0x1f00);
	assert_string_equal(text, "0 18446744073709551615 1f00");
}

static void
dates_are_those_of_the_calendar(void **state)
{
	static const char *days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri",
	    "Sat" };
	static const char *months[] = { "Jan", "Feb", "Mar", "Apr", "May",
	    "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

	for (int64_t day = 0; day < 146097; day++) {
		time_t second = (time_t)(day * 86400 + day % 86400);
		char wanted[64], got[HTTP_WRITER_DATE_LEN + 1] = { 0 };
		struct tm tm;

		gmtime_r(&second, &tm);
		snprintf(wanted, sizeof(wanted),
		    "%s, %02d %s %04d %02d:%02d:%02d GMT", days[tm.tm_wday],
		    tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900,
		    tm.tm_hour, tm.tm_min, tm.tm_sec);
		http_writer_date(second, got);
		assert_string_equal(got, wanted);
	}
}

static void
a_field_that_would_end_its_line_is_left_out(void **state)
{
	static const struct http_field list[] = {
		{ SPAN_LITERAL("A"), SPAN_LITERAL("b") },
		{ SPAN_LITERAL("B"), SPAN_LITERAL("c\r\nSet-Cookie: d") },
		{ SPAN_LITERAL("C\r\n"), SPAN_LITERAL("e") },
	};
	struct http_reply_head head = {
		.status = 404,
		.fields = { list, 3 },
		.length = 7,
		.connection = SPAN_LITERAL("Connection: close\r\n"),
	};
	char text[1024] = { 0 };
	struct http_writer writer = { text, text + sizeof(text) };

	http_writer_head(&writer, &head);
	assert_string_equal(text, "HTTP/1.1 404 Not Found\r\nA: b\r\n"
	    "Content-Length: 7\r\nConnection: close\r\n\r\n");
	assert_true(strlen(text) <= http_writer_head_size(&head));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_written_without_padding),
		cmocka_unit_test(dates_are_those_of_the_calendar),
		cmocka_unit_test(a_field_that_would_end_its_line_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
