/*
 * test_store - entries found, ordered by use, counted in and out.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "fixture.h"

#include <string.h>

#include "../../../src/cache/cache_store.h"

#define LEASE FIXTURE_LEASE("db/creds/app/1", 60)

static struct cache_store *
store_of(size_t max_entries, size_t max_bytes)
{
	struct cache_options options;

	cache_options_init(&options);
	options.max_entries = max_entries;
	options.max_bytes = max_bytes;
	return cache_store_new(&options, NULL);
}

static struct cache_entry *
add_record(struct cache_store *store, struct cache_record *record)
{
	struct http_head head = fixture_head();
	struct vault_marks marks;
	struct cache_entry *entry;

	assert_int_equal(vault_scan(span_of(LEASE), &marks), LH_OK);
	record->answer = cache_answer_new(&head, span_of(LEASE), &marks);
	entry = cache_store_add(store, record);
	cache_answer_unref(&record->answer);
	return entry;
}

static struct cache_entry *
add(struct cache_store *store, unsigned char number, const char *lease_id,
    const char *path)
{
	struct cache_record record = { .key = { { number } },
	    .lease_id = lease_id, .path = span_of(path) };

	return add_record(store, &record);
}

static struct cache_entry *
find(struct cache_store *store, unsigned char number)
{
	struct cache_key key = { { number } };

	return cache_store_find(store, &key);
}

static void
remove_all(struct cache_store *store)
{
	while (cache_store_first(store) != NULL)
		cache_store_remove(store, cache_store_first(store),
		    CACHE_LEFT_CLEARED);
}

static void
an_entry_is_found_by_key_and_by_lease(void **state)
{
	struct cache_store *store = store_of(10, 100000);
	struct cache_entry *one = add(store, 1, "db/creds/app/1", "db/x");
	struct cache_entry *two = add(store, 2, NULL, "db/x");

	assert_ptr_equal(find(store, 1), one);
	assert_ptr_equal(find(store, 2), two);
	assert_null(find(store, 3));
	assert_ptr_equal(cache_store_find_lease(store,
	    SPAN_LITERAL("db/creds/app/1")), one);
	assert_null(cache_store_find_lease(store, SPAN_LITERAL("db")));
	assert_null(cache_store_find_lease(store, SPAN_NONE));
	remove_all(store);
	cache_store_free(store);
}

static void
one_path_is_kept_once(void **state)
{
	struct cache_store *store = store_of(10, 100000);
	struct cache_entry *one = add(store, 1, "a/1", "db/x");
	struct cache_entry *two = add(store, 2, "a/2", "db/x");

	assert_ptr_equal(one->path.ptr, two->path.ptr);
	cache_store_remove(store, one, CACHE_LEFT_CLEARED);
	assert_true(span_equal(two->path, SPAN_LITERAL("db/x")));
	remove_all(store);
	cache_store_free(store);
}

static void
a_path_is_known_while_an_entry_lies_there(void **state)
{
	struct cache_store *store = store_of(10, 100000);
	struct cache_entry *one = add(store, 1, "a/1", "db/x");
	struct cache_entry *two = add(store, 2, "a/2", "db/x");

	assert_true(cache_store_has_path(store, SPAN_LITERAL("db/x")));
	assert_false(cache_store_has_path(store, SPAN_LITERAL("db")));
	cache_store_remove(store, one, CACHE_LEFT_CLEARED);
	assert_true(cache_store_has_path(store, SPAN_LITERAL("db/x")));
	cache_store_remove(store, two, CACHE_LEFT_CLEARED);
	assert_false(cache_store_has_path(store, SPAN_LITERAL("db/x")));
	cache_store_free(store);
}

static void
the_least_recently_used_is_named_when_there_are_too_many(void **state)
{
	struct cache_store *store = store_of(2, 100000);
	struct cache_entry *one = add(store, 1, "a/1", "a");
	struct cache_entry *two = add(store, 2, "a/2", "a");

	assert_null(cache_store_excess(store));
	cache_store_touch(store, one, CACHE_STORE_ORDER_MS);
	add(store, 3, "a/3", "a");
	assert_ptr_equal(cache_store_excess(store), two);
	cache_store_remove(store, two, CACHE_LEFT_CROWDED);
	assert_null(cache_store_excess(store));
	remove_all(store);
	cache_store_free(store);
}

static void
a_use_soon_after_a_move_moves_nothing(void **state)
{
	struct cache_store *store = store_of(10, 100000);
	struct cache_entry *one = add(store, 1, "a/1", "a");
	struct cache_entry *two = add(store, 2, "a/2", "a");

	cache_store_touch(store, one, CACHE_STORE_ORDER_MS - 1);
	assert_ptr_equal(cache_store_first(store), one);
	cache_store_touch(store, one, CACHE_STORE_ORDER_MS);
	assert_ptr_equal(cache_store_first(store), two);
	cache_store_touch(store, two, CACHE_STORE_ORDER_MS);
	cache_store_touch(store, one, 2 * CACHE_STORE_ORDER_MS - 1);
	assert_ptr_equal(cache_store_first(store), one);
	cache_store_touch(store, one, 2 * CACHE_STORE_ORDER_MS);
	assert_ptr_equal(cache_store_first(store), two);
	remove_all(store);
	cache_store_free(store);
}

/* Each of the others comes, is used by nobody, and takes a place. */
static void
outlive_a_crowd(struct cache_store *store)
{
	struct cache_entry *used = add(store, 0, NULL, "a"), *excess;

	for (unsigned char i = 1; i < 200; i++) {
		struct cache_record record = { .key = { { i } },
		    .path = SPAN_LITERAL("a"), .life = { .born = i } };

		(void)add_record(store, &record);
		cache_store_touch(store, used, i);
		while ((excess = cache_store_excess(store)) != NULL)
			cache_store_remove(store, excess,
			    CACHE_LEFT_CROWDED);
	}
	assert_ptr_equal(find(store, 0), used);
	remove_all(store);
	cache_store_free(store);
}

static void
what_is_in_use_outlives_a_crowd(void **state)
{
	outlive_a_crowd(store_of(10, 1000000));
	outlive_a_crowd(store_of(10000, 20000));
}

static void
bytes_are_a_budget_too(void **state)
{
	struct cache_store *store = store_of(10, 100);
	struct cache_entry *one = add(store, 1, "a/1", "a");

	assert_ptr_equal(cache_store_excess(store), one);
	remove_all(store);
	cache_store_free(store);
}

static void
a_hidden_entry_is_found_by_its_lease_only(void **state)
{
	struct cache_store *store = store_of(10, 100000);
	struct cache_entry *one = add(store, 1, "a/1", "a");

	cache_store_hide(store, one);
	cache_store_hide(store, one);
	assert_null(find(store, 1));
	assert_ptr_equal(cache_store_find_lease(store, SPAN_LITERAL("a/1")),
	    one);
	add(store, 1, "a/2", "a");
	remove_all(store);
	cache_store_free(store);
}

static void
entered_is_present_and_left_by_each_cause(void **state)
{
	struct cache_store *store = store_of(10, 100000);
	struct cache_counts counts = { 0 };

	add(store, 1, "a/1", "a");
	add(store, 2, "a/2", "a");
	add(store, 3, "a/3", "a");
	cache_store_remove(store, find(store, 2), CACHE_LEFT_EXPIRED);
	cache_store_remove(store, find(store, 3), CACHE_LEFT_REVOKED);
	cache_store_count(store, &counts);
	assert_int_equal(counts.entries, 1);
	assert_int_equal(counts.entered, 3);
	assert_int_equal(counts.left[CACHE_LEFT_EXPIRED], 1);
	assert_int_equal(counts.left[CACHE_LEFT_REVOKED], 1);
	remove_all(store);
	cache_store_count(store, &counts);
	assert_int_equal(counts.bytes, 0);
	cache_store_free(store);
}

static void
a_lease_of_500_bytes_takes_2_kb_at_most(void **state)
{
	struct cache_store *store = store_of(10, 100000);
	struct cache_entry *one = add(store, 1,
	    "database/creds/app/Zk3vQn4Xb6vUq0nYh1sVtDpA", "database/creds/app");

	/* LEASE is of 150 bytes; the rest is ours. */
	assert_true(one->bytes + 500 - strlen(LEASE) <= 2048);
	remove_all(store);
	cache_store_free(store);
}

static void
the_namespace_in_a_path_is_known_by_the_lease_id(void **state)
{
	struct cache_store *store = store_of(10, 100000);
	struct cache_entry *in_path = add(store, 1, "db/creds/app/1.xyz",
	    "ns1/db/creds/app");
	struct cache_entry *none = add(store, 2, "db/creds/app/2",
	    "db/creds/app");

	assert_true(span_equal(cache_entry_namespace(in_path),
	    SPAN_LITERAL("ns1/")));
	assert_int_equal(cache_entry_namespace(none).len, 0);
	assert_true(cache_entry_is_under(in_path, SPAN_LITERAL("ns1/db/")));
	assert_false(cache_entry_is_under(in_path, SPAN_LITERAL("db/")));
	assert_true(cache_entry_is_under(in_path, SPAN_LITERAL("ns1/")));
	assert_false(cache_entry_is_under(none, SPAN_LITERAL("ns1/db/")));
	assert_true(cache_entry_is_under(none, SPAN_LITERAL("db/creds/a")));
	remove_all(store);
	cache_store_free(store);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_entry_is_found_by_key_and_by_lease),
		cmocka_unit_test(one_path_is_kept_once),
		cmocka_unit_test(a_path_is_known_while_an_entry_lies_there),
		cmocka_unit_test(
		    the_least_recently_used_is_named_when_there_are_too_many),
		cmocka_unit_test(a_use_soon_after_a_move_moves_nothing),
		cmocka_unit_test(what_is_in_use_outlives_a_crowd),
		cmocka_unit_test(bytes_are_a_budget_too),
		cmocka_unit_test(a_hidden_entry_is_found_by_its_lease_only),
		cmocka_unit_test(entered_is_present_and_left_by_each_cause),
		cmocka_unit_test(a_lease_of_500_bytes_takes_2_kb_at_most),
		cmocka_unit_test(
		    the_namespace_in_a_path_is_known_by_the_lease_id)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
