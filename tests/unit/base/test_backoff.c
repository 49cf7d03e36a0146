/*
 * test_backoff - bounds and growth of the waits.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "base/backoff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define ALMOST_ONE 0.9999999999999999

static void
the_ceiling_doubles_until_the_maximum(void **state)
{
	static const span_ms ceilings[] = { 200, 400, 800, 1000, 1000 };
	struct backoff backoff;

	backoff_init(&backoff, 100, 1000);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(backoff_next(&backoff, ALMOST_ONE),
		    ceilings[i]);
	assert_int_equal(backoff.failures, 5);
}

static void
the_smallest_draw_is_the_minimum(void **state)
{
	struct backoff backoff;

	backoff_init(&backoff, 100, 1000);
	for (int i = 0; i < 20; i++)
		assert_int_equal(backoff_next(&backoff, 0), 100);
}

static void
draws_in_between_lie_in_between(void **state)
{
	struct backoff backoff;

	backoff_init(&backoff, 100, 1000);
	assert_int_equal(backoff_next(&backoff, 0.5), 150);
	assert_int_equal(backoff_next(&backoff, 0.5), 250);
}

static void
a_reset_begins_anew(void **state)
{
	struct backoff backoff;

	backoff_init(&backoff, 100, 1000);
	for (int i = 0; i < 4; i++)
		(void)backoff_next(&backoff, 0.3);
	backoff_reset(&backoff);
	assert_int_equal(backoff.failures, 0);
	assert_int_equal(backoff_next(&backoff, ALMOST_ONE), 200);
}

static void
limits_without_sense_are_mended(void **state)
{
	struct backoff backoff;

	backoff_init(&backoff, 0, 0);
	assert_int_equal(backoff_next(&backoff, ALMOST_ONE), 1);
	backoff_init(&backoff, 500, 20);
	assert_int_equal(backoff_next(&backoff, ALMOST_ONE), 500);
	backoff_init(&backoff, 500, 500);
	assert_int_equal(backoff_next(&backoff, ALMOST_ONE), 500);
}

static void
a_huge_maximum_does_not_overflow(void **state)
{
	struct backoff backoff;

	backoff_init(&backoff, 1, INT64_MAX);
	for (int i = 0; i < 200; i++)
		assert_true(backoff_next(&backoff, 0.25) >= 1);
	assert_true(backoff.ceiling == INT64_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_ceiling_doubles_until_the_maximum),
		cmocka_unit_test(the_smallest_draw_is_the_minimum),
		cmocka_unit_test(draws_in_between_lie_in_between),
		cmocka_unit_test(a_reset_begins_anew),
		cmocka_unit_test(limits_without_sense_are_mended),
		cmocka_unit_test(a_huge_maximum_does_not_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
