/*
 * test_deadline_heap - order, moves and removals against a plain model.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "base/deadline_heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define ITEMS 300

/* Always the same numbers: a failure can be repeated. */
static uint32_t
next_number(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

static void
items_init(struct deadline_item *items, size_t count)
{
	for (size_t i = 0; i < count; i++)
		deadline_item_init(&items[i]);
}

/* The soonest of all that are set, found the slow way. */
static const struct deadline_item *
soonest(const struct deadline_item *items)
{
	const struct deadline_item *best = NULL;

	for (size_t i = 0; i < ITEMS; i++)
		if (deadline_item_is_set(&items[i]) &&
		    (best == NULL || items[i].due < best->due))
			best = &items[i];
	return best;
}

static void
items_come_out_soonest_first(void **state)
{
	struct deadline_heap *heap = deadline_heap_new();
	struct deadline_item items[ITEMS];
	struct deadline_item *item;
	uint32_t seed = 1;
	mono_ms last = 0;
	int count = 0;

	items_init(items, ITEMS);
	for (size_t i = 0; i < ITEMS; i++)
		deadline_heap_set(heap, &items[i], next_number(&seed) % 100);
	assert_int_equal(deadline_heap_count(heap), ITEMS);
	while ((item = deadline_heap_pop(heap, 1000)) != NULL) {
		assert_true(item->due >= last);
		assert_false(deadline_item_is_set(item));
		last = item->due;
		count++;
	}
	assert_int_equal(count, ITEMS);
	deadline_heap_free(heap);
}

static void
only_what_is_due_comes_out(void **state)
{
	struct deadline_heap *heap = deadline_heap_new();
	struct deadline_item items[2];

	items_init(items, 2);
	assert_null(deadline_heap_first(heap));
	assert_null(deadline_heap_pop(heap, 100));
	deadline_heap_set(heap, &items[0], 20);
	deadline_heap_set(heap, &items[1], 10);
	assert_null(deadline_heap_pop(heap, 9));
	assert_ptr_equal(deadline_heap_first(heap), &items[1]);
	assert_ptr_equal(deadline_heap_pop(heap, 10), &items[1]);
	assert_null(deadline_heap_pop(heap, 10));
	assert_int_equal(deadline_heap_count(heap), 1);
	deadline_heap_free(heap);
}

static void
an_item_that_is_set_again_moves(void **state)
{
	struct deadline_heap *heap = deadline_heap_new();
	struct deadline_item items[2];

	items_init(items, 2);
	deadline_heap_set(heap, &items[0], 10);
	deadline_heap_set(heap, &items[1], 20);
	deadline_heap_set(heap, &items[0], 30);
	assert_ptr_equal(deadline_heap_first(heap), &items[1]);
	deadline_heap_set(heap, &items[0], 5);
	assert_ptr_equal(deadline_heap_first(heap), &items[0]);
	assert_int_equal(deadline_heap_count(heap), 2);
	deadline_heap_free(heap);
}

static void
removing_what_is_absent_does_nothing(void **state)
{
	struct deadline_heap *heap = deadline_heap_new();
	struct deadline_item items[2];

	items_init(items, 2);
	deadline_heap_set(heap, &items[0], 10);
	deadline_heap_remove(heap, &items[1]);
	assert_int_equal(deadline_heap_count(heap), 1);
	deadline_heap_remove(heap, &items[0]);
	deadline_heap_remove(heap, &items[0]);
	assert_int_equal(deadline_heap_count(heap), 0);
	deadline_heap_free(heap);
}

static void
a_freed_heap_lets_its_items_go(void **state)
{
	struct deadline_heap *heap = deadline_heap_new();
	struct deadline_item item;

	deadline_item_init(&item);
	deadline_heap_set(heap, &item, 10);
	deadline_heap_free(heap);
	assert_false(deadline_item_is_set(&item));
	deadline_heap_free(NULL);
}

static void
any_mix_of_moves_keeps_the_soonest_first(void **state)
{
	struct deadline_heap *heap = deadline_heap_new();
	struct deadline_item items[ITEMS];
	uint32_t seed = 7;

	items_init(items, ITEMS);
	for (int step = 0; step < 5000; step++) {
		struct deadline_item *item =
		    &items[next_number(&seed) % ITEMS];
		const struct deadline_item *best;

		if (next_number(&seed) % 3 == 0)
			deadline_heap_remove(heap, item);
		else
			deadline_heap_set(heap, item,
			    next_number(&seed) % 1000);
		best = soonest(items);
		if (best == NULL)
			assert_null(deadline_heap_first(heap));
		else
			assert_int_equal(deadline_heap_first(heap)->due,
			    best->due);
	}
	deadline_heap_free(heap);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(items_come_out_soonest_first),
		cmocka_unit_test(only_what_is_due_comes_out),
		cmocka_unit_test(an_item_that_is_set_again_moves),
		cmocka_unit_test(removing_what_is_absent_does_nothing),
		cmocka_unit_test(a_freed_heap_lets_its_items_go),
		cmocka_unit_test(any_mix_of_moves_keeps_the_soonest_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
