/*
 * test_span - comparing, searching and cutting lent text.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "base/span.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define S(text) SPAN_LITERAL(text)

static void
assert_span(struct span actual, struct span expected)
{
	assert_int_equal(actual.len, expected.len);
	assert_true(span_equal(actual, expected));
}

static void
no_text_is_an_empty_span(void **state)
{
	assert_null(span_of(NULL).ptr);
	assert_int_equal(span_of(NULL).len, 0);
	assert_true(span_equal(SPAN_NONE, S("")));
	assert_span(span_trim(SPAN_NONE), SPAN_NONE);
	assert_span(span_skip(SPAN_NONE, 3), SPAN_NONE);
	assert_int_equal(span_find(SPAN_NONE, 'a'), 0);
}

static void
equality_looks_at_every_byte(void **state)
{
	assert_true(span_equal(span_of("token"), S("token")));
	assert_false(span_equal(S("token"), S("tokem")));
	assert_false(span_equal(S("token"), S("toke")));
	assert_false(span_equal(S("a\0b"), S("a\0c")));
	assert_false(span_equal(S("a"), S("A")));
}

static void
case_is_folded_in_ascii_only(void **state)
{
	assert_true(span_equal_nocase(S("X-Vault-Token"), S("x-vAULT-tOKEN")));
	assert_false(span_equal_nocase(S("@[`{"), S("`{@[")));
	assert_false(span_equal_nocase(S("\xc3\x84"), S("\xc3\xa4")));
	assert_false(span_equal_nocase(S("ab"), S("abc")));
}

static void
starts_and_ends_are_found(void **state)
{
	assert_true(span_starts(S("/v1/sys"), S("/v1/")));
	assert_true(span_starts(S("/v1"), S("/v1")));
	assert_true(span_starts(S("/v1"), SPAN_NONE));
	assert_false(span_starts(S("/v"), S("/v1")));
	assert_true(span_ends(S("a.json"), S(".json")));
	assert_true(span_ends(S("a"), S("")));
	assert_false(span_ends(S("json"), S(".json")));
}

static void
skipping_stops_at_the_end(void **state)
{
	assert_span(span_skip(S("abc"), 0), S("abc"));
	assert_span(span_skip(S("abc"), 2), S("c"));
	assert_span(span_skip(S("abc"), 3), S(""));
	assert_span(span_skip(S("abc"), 99), S(""));
}

static void
trimming_takes_blanks_from_both_ends(void **state)
{
	assert_span(span_trim(S(" \t a b\r\n")), S("a b"));
	assert_span(span_trim(S(" \r\n ")), S(""));
	assert_span(span_trim(S("a")), S("a"));
}

static void
cutting_walks_through_a_list(void **state)
{
	struct span text = S("a,,b");

	assert_span(span_cut(&text, ','), S("a"));
	assert_span(span_cut(&text, ','), S(""));
	assert_non_null(text.ptr);
	assert_span(span_cut(&text, ','), S("b"));
	assert_null(text.ptr);
	assert_span(span_cut(&text, ','), SPAN_NONE);
}

static void
a_separator_at_the_end_leaves_an_empty_rest(void **state)
{
	struct span text = S("a,");

	assert_span(span_cut(&text, ','), S("a"));
	assert_non_null(text.ptr);
	assert_int_equal(text.len, 0);
}

static void
a_copy_ends_with_nul(void **state)
{
	char *copy = span_dup((struct span){ "token", 3 });

	assert_string_equal(copy, "tok");
	free(copy);
	copy = span_dup(SPAN_NONE);
	assert_string_equal(copy, "");
	free(copy);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_text_is_an_empty_span),
		cmocka_unit_test(equality_looks_at_every_byte),
		cmocka_unit_test(case_is_folded_in_ascii_only),
		cmocka_unit_test(starts_and_ends_are_found),
		cmocka_unit_test(skipping_stops_at_the_end),
		cmocka_unit_test(trimming_takes_blanks_from_both_ends),
		cmocka_unit_test(cutting_walks_through_a_list),
		cmocka_unit_test(a_separator_at_the_end_leaves_an_empty_rest),
		cmocka_unit_test(a_copy_ends_with_nul),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
