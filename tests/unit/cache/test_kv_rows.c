/*
 * test_kv_rows - which row a path belongs to, and what is fresh.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "fixture.h"

#include <string.h>

#include "../../../src/cache/kv_rows.h"

static const struct cache_static_row rows[] = {
	{ .pattern = "secret/*" },
	{ .pattern = "secret/data/app/*" },
	{ .pattern = "secret/data/app/exact" },
	{ .pattern = "kv/+/public/*" },
	{ .pattern = "team/+/one" },
	{ .pattern = "pre*" }
};

static const char *
match(const char *path)
{
	const struct cache_static_options options = {
		.rows = rows, .row_count = sizeof(rows) / sizeof(rows[0])
	};
	const struct cache_static_row *row = kv_rows_match(&options,
	    span_of(path));

	return row == NULL ? "" : row->pattern;
}

static void
the_row_with_the_most_literal_bytes_wins(void **state)
{
	assert_string_equal(match("secret/data/x"), "secret/*");
	assert_string_equal(match("secret/data/app/x"), "secret/data/app/*");
	assert_string_equal(match("secret/data/app/exact"),
	    "secret/data/app/exact");
	assert_string_equal(match("secret/metadata/"), "secret/*");
}

static void
a_star_stands_for_any_rest(void **state)
{
	assert_string_equal(match("secret/"), "secret/*");
	assert_string_equal(match("prefix"), "pre*");
	assert_string_equal(match("pre/a/b"), "pre*");
	assert_string_equal(match("pr"), "");
	assert_string_equal(match("secret"), "");
	assert_string_equal(match("xsecret/a"), "");
}

static void
a_plus_stands_for_one_segment(void **state)
{
	assert_string_equal(match("kv/data/public/x/y"), "kv/+/public/*");
	assert_string_equal(match("kv/data/private/x"), "");
	assert_string_equal(match("kv/a/b/public/x"), "");
	assert_string_equal(match("kv//public/x"), "");
	assert_string_equal(match("team/a/one"), "team/+/one");
	assert_string_equal(match("team/a/b/one"), "");
	assert_string_equal(match("team//one"), "");
}

static void
a_star_alone_takes_all(void **state)
{
	const struct cache_static_row all = { .pattern = "*" };
	const struct cache_static_options options = { .rows = &all,
	    .row_count = 1 };

	assert_ptr_equal(kv_rows_match(&options, span_of("a/b")), &all);
}

static void
an_answer_is_fresh_then_old_then_gone(void **state)
{
	const struct cache_static_row row = { .ttl = 100,
	    .stale_if_error = 50 };

	assert_int_equal(kv_rows_fresh(&row, false, 0), KV_FRESH);
	assert_int_equal(kv_rows_fresh(&row, false, 99), KV_FRESH);
	assert_int_equal(kv_rows_fresh(&row, false, 100), KV_OLD);
	assert_int_equal(kv_rows_fresh(&row, false, 149), KV_OLD);
	assert_int_equal(kv_rows_fresh(&row, false, 150), KV_GONE);
	assert_int_equal(kv_rows_life(&row, false), 150);
}

static void
one_that_is_revalidated_ages_before(void **state)
{
	const struct cache_static_row row = { .ttl = 100, .revalidate = 30 };

	assert_int_equal(kv_rows_fresh(&row, false, 29), KV_FRESH);
	assert_int_equal(kv_rows_fresh(&row, false, 30), KV_FRESH_AGING);
	assert_int_equal(kv_rows_fresh(&row, false, 100), KV_GONE);
}

static void
a_404_has_a_time_of_its_own_and_is_never_old(void **state)
{
	const struct cache_static_row row = { .ttl = 100,
	    .stale_if_error = 50, .negative_ttl = 5 };

	assert_int_equal(kv_rows_fresh(&row, true, 4), KV_FRESH);
	assert_int_equal(kv_rows_fresh(&row, true, 5), KV_GONE);
	assert_int_equal(kv_rows_life(&row, true), 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_row_with_the_most_literal_bytes_wins),
		cmocka_unit_test(a_star_stands_for_any_rest),
		cmocka_unit_test(a_plus_stands_for_one_segment),
		cmocka_unit_test(a_star_alone_takes_all),
		cmocka_unit_test(an_answer_is_fresh_then_old_then_gone),
		cmocka_unit_test(one_that_is_revalidated_ages_before),
		cmocka_unit_test(a_404_has_a_time_of_its_own_and_is_never_old)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
