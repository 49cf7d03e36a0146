/*
 * test_header - looking into lists of fields.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/http_header.h"

#define FIELD(name, value) { SPAN_LITERAL(name), SPAN_LITERAL(value) }

static const struct http_field list[] = {
	FIELD("Connection", "close, X-Mine"),
	FIELD("Cache-Control", "max-age=3, private=\"a, no-store\""),
	FIELD("cache-control", "No-Cache ,"),
	FIELD("X-Empty", ""),
};
static const struct http_fields fields = { list, 4 };

static void
the_first_of_a_name_is_found_whatever_its_case(void **state)
{
	assert_ptr_equal(http_fields_find(fields,
	    SPAN_LITERAL("CACHE-control")), &list[1]);
	assert_null(http_fields_find(fields, SPAN_LITERAL("Cache")));
	assert_int_equal(http_fields_count(fields,
	    SPAN_LITERAL("cache-CONTROL")), 2);
}

static void
an_empty_value_differs_from_none(void **state)
{
	assert_non_null(http_fields_value(fields,
	    SPAN_LITERAL("x-empty")).ptr);
	assert_null(http_fields_value(fields, SPAN_LITERAL("x-none")).ptr);
	assert_null(http_fields_find(HTTP_FIELDS_NONE, SPAN_LITERAL("a")));
}

static void
lists_are_searched_by_element(void **state)
{
	struct span name = SPAN_LITERAL("Cache-Control");

	assert_true(http_fields_list_has(fields, name,
	    SPAN_LITERAL("no-cache")));
	assert_true(http_fields_list_has(fields, name,
	    SPAN_LITERAL("max-age")));
	assert_true(http_fields_list_has(fields, name,
	    SPAN_LITERAL("private")));
	assert_false(http_fields_list_has(fields, name,
	    SPAN_LITERAL("no-store")));
	assert_false(http_fields_list_has(fields, name,
	    SPAN_LITERAL("max")));
}

static void
a_quote_without_end_ends_the_list(void **state)
{
	static const struct http_field open[] = {
		FIELD("A", "b, \"c, d"), FIELD("A", "\"e\\"),
	};
	struct http_fields odd = { open, 2 };

	assert_true(http_fields_list_has(odd, SPAN_LITERAL("a"),
	    SPAN_LITERAL("b")));
	assert_false(http_fields_list_has(odd, SPAN_LITERAL("a"),
	    SPAN_LITERAL("d")));
}

static void
fields_of_the_connection_are_known_and_named(void **state)
{
	assert_true(http_field_is_hop_by_hop(fields,
	    SPAN_LITERAL("transfer-encoding")));
	assert_true(http_field_is_hop_by_hop(fields, SPAN_LITERAL("TE")));
	assert_true(http_field_is_hop_by_hop(fields, SPAN_LITERAL("x-mine")));
	assert_false(http_field_is_hop_by_hop(fields,
	    SPAN_LITERAL("X-Vault-Token")));
}

static void
tokens_and_values_are_told_from_other_text(void **state)
{
	assert_true(http_is_token(SPAN_LITERAL("X-a_1!#$%&'*+.^`|~")));
	assert_false(http_is_token(SPAN_LITERAL("")));
	assert_false(http_is_token(SPAN_LITERAL("a b")));
	assert_false(http_is_token(SPAN_LITERAL("a:")));
	assert_false(http_is_token(SPAN_LITERAL("\xc3\xa4")));
	assert_true(http_is_field_value(SPAN_LITERAL("a b\t(\"\xc3\xa4\")")));
	assert_true(http_is_field_value(SPAN_LITERAL("")));
	assert_false(http_is_field_value(SPAN_LITERAL("a\r\nb")));
	assert_false(http_is_field_value(SPAN_LITERAL("a\0b")));
	assert_false(http_is_field_value(SPAN_LITERAL("\x7f")));
}

static void
every_byte_has_the_class_of_the_standard(void **state)
{
	for (int i = 0; i < 256; i++) {
		char c = (char)i;
		struct span one = { &c, 1 };
		bool is_letter = (i | 32) >= 'a' && (i | 32) <= 'z';
		bool is_digit = i >= '0' && i <= '9';
		bool is_mark = span_find(SPAN_LITERAL("!#$%&'*+-.^_`|~"),
		    c) < 15;

		assert_int_equal(http_is_token(one),
		    is_letter || is_digit || is_mark);
		assert_int_equal(http_is_field_value(one),
		    i == '\t' || (i >= ' ' && i != 0x7f));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    the_first_of_a_name_is_found_whatever_its_case),
		cmocka_unit_test(an_empty_value_differs_from_none),
		cmocka_unit_test(lists_are_searched_by_element),
		cmocka_unit_test(a_quote_without_end_ends_the_list),
		cmocka_unit_test(fields_of_the_connection_are_known_and_named),
		cmocka_unit_test(tokens_and_values_are_told_from_other_text),
		cmocka_unit_test(every_byte_has_the_class_of_the_standard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
