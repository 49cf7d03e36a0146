/*
 * test_path - comparing forms of paths and queries.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "http/http_path.h"

typedef enum lh_err convert_fn(struct span text, struct bytes *into);

static void
assert_converts(convert_fn *convert, const char *from, const char *to)
{
	struct bytes into;

	bytes_init(&into, 1024);
	assert_int_equal(convert(span_of(from), &into), LH_OK);
	assert_true(span_equal(bytes_span(&into), span_of(to)));
	bytes_release(&into);
}

static void
assert_fails(convert_fn *convert, const char *from, size_t max,
    enum lh_err wanted)
{
	struct bytes into;

	bytes_init(&into, max);
	assert_int_equal(convert(span_of(from), &into), wanted);
	bytes_release(&into);
}

static void
ambiguous_paths_are_recognised(void **state)
{
	static const char *bad[] = {
		"", "a", "//", "/a//b", "/./a", "/a/.", "/..", "/a/../b",
		"/a%2fb", "/a%2Fb", "/%2e%2e/a", "/a%2eb", "/a%00", "/a%5cb",
		"/a%", "/a%2", "/a%2g", "/%zz",
	};
	static const char *good[] = {
		"/", "/a", "/a/", "/v1/secret/data/a.b", "/.../a", "/a%20b",
		"/..a", "/%C3%A4",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (!http_path_is_ambiguous(span_of(bad[i])))
			fail_msg("%s", bad[i]);
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		if (http_path_is_ambiguous(span_of(good[i])))
			fail_msg("%s", good[i]);
}

static void
escapes_take_one_form(void **state)
{
	assert_converts(http_path_normalise, "/a%7e%41%2d/%2f%c3%A4/",
	    "/a~A-/%2F%C3%A4/");
	assert_fails(http_path_normalise, "/%4", 64, LH_ERR_FORMAT);
	assert_fails(http_path_normalise, "/%4x", 64, LH_ERR_FORMAT);
	assert_fails(http_path_normalise, "/abcdef", 4, LH_ERR_LIMIT);
}

static void
queries_sort_by_name_and_keep_the_order_of_equal_names(void **state)
{
	assert_converts(http_query_sort, "b=2&a=2&b=1&a=1", "a=2&a=1&b=2&b=1");
	assert_converts(http_query_sort, "ab&a=z&a", "a=z&a&ab");
	assert_converts(http_query_sort, "", "");
	assert_fails(http_query_sort, "b=2&a=1", 3, LH_ERR_LIMIT);
}

static void
a_query_of_too_many_pairs_is_not_sorted(void **state)
{
	char text[HTTP_QUERY_MAX_PAIRS + 1];

	memset(text, '&', sizeof(text));
	text[HTTP_QUERY_MAX_PAIRS - 1] = '\0';
	assert_converts(http_query_sort, text, text);
	text[HTTP_QUERY_MAX_PAIRS - 1] = '&';
	text[HTTP_QUERY_MAX_PAIRS] = '\0';
	assert_fails(http_query_sort, text, 1024, LH_ERR_LIMIT);
}

static void
values_are_found_by_exact_name(void **state)
{
	struct span query = SPAN_LITERAL("list=true&lis=1&x&list=false&y=");

	assert_true(span_equal(http_query_value(query, SPAN_LITERAL("list")),
	    SPAN_LITERAL("true")));
	assert_non_null(http_query_value(query, SPAN_LITERAL("x")).ptr);
	assert_int_equal(http_query_value(query, SPAN_LITERAL("y")).len, 0);
	assert_null(http_query_value(query, SPAN_LITERAL("li")).ptr);
	assert_null(http_query_value(SPAN_NONE, SPAN_LITERAL("a")).ptr);
}

static void
percent_signs_are_decoded(void **state)
{
	assert_converts(http_percent_decode, "a%20b%2F+", "a b/+");
	assert_fails(http_percent_decode, "%", 64, LH_ERR_FORMAT);
	assert_fails(http_percent_decode, "%0", 64, LH_ERR_FORMAT);
	assert_fails(http_percent_decode, "%-1", 64, LH_ERR_FORMAT);
	assert_fails(http_percent_decode, "abc", 2, LH_ERR_LIMIT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ambiguous_paths_are_recognised),
		cmocka_unit_test(escapes_take_one_form),
		cmocka_unit_test(
		    queries_sort_by_name_and_keep_the_order_of_equal_names),
		cmocka_unit_test(a_query_of_too_many_pairs_is_not_sorted),
		cmocka_unit_test(values_are_found_by_exact_name),
		cmocka_unit_test(percent_signs_are_decoded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
