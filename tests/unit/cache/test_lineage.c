/*
 * test_lineage - tokens under management and what hangs under them.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "fixture.h"

#include "../../../src/cache/cache_entry.h"
#include "../../../src/cache/lineage.h"

static void
a_token_is_found_exactly_and_by_accessor(void **state)
{
	struct lineage *lineage = lineage_new();
	struct secret *secret = secret_new(SPAN_LITERAL("s.one"));
	struct lineage_token *token;

	assert_null(lineage_find(lineage, SPAN_LITERAL("s.one")));
	token = lineage_add(lineage, secret, "acc", NULL);
	assert_ptr_equal(lineage_find(lineage, SPAN_LITERAL("s.one")), token);
	assert_null(lineage_find(lineage, SPAN_LITERAL("s.on")));
	assert_null(lineage_find(lineage, SPAN_NONE));
	assert_ptr_equal(lineage_find_accessor(lineage, SPAN_LITERAL("acc")),
	    token);
	assert_null(lineage_find_accessor(lineage, SPAN_NONE));
	assert_null(lineage_holder(token));
	lineage_remove(lineage, token);
	assert_null(lineage_find_accessor(lineage, SPAN_LITERAL("acc")));
	secret_unref(&secret);
	lineage_free(lineage);
}

static void
entries_hang_under_their_token(void **state)
{
	struct lineage *lineage = lineage_new();
	struct secret *secret = secret_new(SPAN_LITERAL("s.one"));
	struct cache_entry one = { 0 }, two = { 0 };
	struct lineage_token *token;

	token = lineage_add(lineage, secret, NULL, NULL);
	secret_unref(&secret);
	lineage_link(token, &one);
	lineage_link(token, &two);
	lineage_link(NULL, &(struct cache_entry){ 0 });
	assert_ptr_equal(one.under, token);
	assert_ptr_equal(lineage_first(token), &two);
	assert_ptr_equal(two.sibling_next, &one);
	lineage_unlink(&two);
	assert_ptr_equal(lineage_first(token), &one);
	lineage_unlink(&one);
	lineage_unlink(&one);
	assert_null(lineage_first(token));
	lineage_free(lineage);
}

static void
an_accessor_told_twice_stays_with_the_first(void **state)
{
	struct lineage *lineage = lineage_new();
	struct secret *one = secret_new(SPAN_LITERAL("s.one"));
	struct secret *two = secret_new(SPAN_LITERAL("s.two"));
	struct lineage_token *first = lineage_add(lineage, one, "acc", NULL);
	struct lineage_token *second = lineage_add(lineage, two, "acc", NULL);

	assert_ptr_equal(lineage_find_accessor(lineage, SPAN_LITERAL("acc")),
	    first);
	lineage_remove(lineage, second);
	assert_ptr_equal(lineage_find_accessor(lineage, SPAN_LITERAL("acc")),
	    first);
	secret_unref(&one);
	secret_unref(&two);
	lineage_free(lineage);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_token_is_found_exactly_and_by_accessor),
		cmocka_unit_test(entries_hang_under_their_token),
		cmocka_unit_test(an_accessor_told_twice_stays_with_the_first)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
