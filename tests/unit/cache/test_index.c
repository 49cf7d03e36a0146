/*
 * test_index - entries found by their keys, also when these want one place.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "fixture.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "../../../src/cache/cache_index.h"
#include "base/xalloc.h"

#define MANY 1000
#define STEPS 20000
#define CROWD 40
#define HOMES 4			/* so that the crowd stands in one row */

/* The first bytes tell the place, the last ones make it another key. */
static struct cache_key
key_of(unsigned number, unsigned homes)
{
	struct cache_key key = { { 0 } };
	unsigned home = UINT_MAX - number % homes;

	memcpy(key.digest, &home, sizeof(home));
	memcpy(key.digest + DIGEST_BYTES - sizeof(number), &number,
	    sizeof(number));
	return key;
}

static struct cache_entry *
entries_new(unsigned homes)
{
	struct cache_entry *entries = xcalloc(MANY, sizeof(*entries));

	for (unsigned i = 0; i < MANY; i++)
		entries[i].key = key_of(i, homes);
	return entries;
}

static void
each_key_finds_its_entry_and_no_other_does(void **state)
{
	struct cache_entry *entries = entries_new(MANY);
	struct cache_index *index = cache_index_new();

	for (unsigned i = 0; i < MANY; i++) {
		assert_null(cache_index_find(index, &entries[i].key));
		cache_index_add(index, &entries[i]);
	}
	for (unsigned i = 0; i < MANY; i++)
		assert_ptr_equal(cache_index_find(index, &entries[i].key),
		    &entries[i]);
	cache_index_free(index);
	free(entries);
}

static void
keys_that_begin_alike_are_told_apart(void **state)
{
	struct cache_entry *entries = entries_new(1);
	struct cache_index *index = cache_index_new();

	cache_index_add(index, &entries[1]);
	cache_index_add(index, &entries[2]);
	assert_ptr_equal(cache_index_find(index, &entries[2].key),
	    &entries[2]);
	assert_null(cache_index_find(index, &entries[3].key));
	cache_index_remove(index, &entries[1]);
	assert_ptr_equal(cache_index_find(index, &entries[2].key),
	    &entries[2]);
	assert_null(cache_index_find(index, &entries[1].key));
	cache_index_free(index);
	free(entries);
}

/* Against a table of who is in. The row of those that crowd together goes
 * over the end of the table to its start. */
static void
whoever_comes_and_goes_the_others_are_found(void **state)
{
	struct cache_entry *entries = entries_new(HOMES);
	struct cache_index *index = cache_index_new();
	bool is_in[MANY] = { false };
	unsigned random = 1, at, step;

	for (step = 0; step < STEPS; step++) {
		random = random * 1103515245 + 12345;
		at = (random >> 16) % CROWD;
		if (is_in[at])
			cache_index_remove(index, &entries[at]);
		else
			cache_index_add(index, &entries[at]);
		is_in[at] = !is_in[at];
		at = step % CROWD;
		assert_ptr_equal(cache_index_find(index, &entries[at].key),
		    is_in[at] ? &entries[at] : NULL);
	}
	cache_index_free(index);
	free(entries);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_key_finds_its_entry_and_no_other_does),
		cmocka_unit_test(keys_that_begin_alike_are_told_apart),
		cmocka_unit_test(whoever_comes_and_goes_the_others_are_found)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
