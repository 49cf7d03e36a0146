/*
 * Unit tests of src/auth/auth_life.c.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../../src/auth/auth_life.h"

static void
a_renewal_is_due_at_two_thirds_or_a_tenth_of_that_earlier(void **state)
{
	assert_int_equal(auth_life_renew_at(1000, 91000, 0), 61000);
	assert_int_equal(auth_life_renew_at(1000, 91000, 0.5), 58000);
	assert_int_equal(auth_life_renew_at(1000, 91000, 1), 55000);
	assert_int_equal(auth_life_renew_at(1000, 1000, 0.5), 1000);
	assert_int_equal(auth_life_renew_at(5000, 1000, 0.5), 5000);
}

static void
a_successor_is_due_ahead_of_the_end(void **state)
{
	/* a third */
	assert_int_equal(auth_life_replace_at(0, 90000, 0), 60000);
	/* at least 2 s */
	assert_int_equal(auth_life_replace_at(0, 5000, 0), 3000);
	/* but not more than half */
	assert_int_equal(auth_life_replace_at(0, 3000, 0), 1500);
	assert_int_equal(auth_life_replace_at(0, 90000, 1), 54000);
}

static void
a_renewal_that_gives_less_than_half_means_the_end(void **state)
{
	struct auth_renewal_facts facts = { .grant = 60000, .before = 60000,
	    .after = 100000, .now = 40000 };

	assert_false(auth_life_is_ending(&facts));
	facts.after = 70000;
	assert_false(auth_life_is_ending(&facts));
	facts.after = 69999;
	assert_true(auth_life_is_ending(&facts));
}

static void
a_renewal_that_does_not_move_the_end_means_the_end(void **state)
{
	struct auth_renewal_facts facts = { .grant = 60000, .before = 61000,
	    .after = 62000, .now = 20000 };

	assert_true(auth_life_is_ending(&facts));
	facts.after = 62001;
	assert_false(auth_life_is_ending(&facts));
}

static void
a_period_of_a_second_is_not_taken_for_an_end(void **state)
{
	struct auth_renewal_facts facts = { .grant = 1000, .before = 1000,
	    .after = 1600, .now = 600 };

	assert_false(auth_life_is_ending(&facts));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_renewal_is_due_at_two_thirds_or_a_tenth_of_that_earlier),
		cmocka_unit_test(a_successor_is_due_ahead_of_the_end),
		cmocka_unit_test(
		    a_renewal_that_gives_less_than_half_means_the_end),
		cmocka_unit_test(
		    a_renewal_that_does_not_move_the_end_means_the_end),
		cmocka_unit_test(a_period_of_a_second_is_not_taken_for_an_end),
	};

	return cmocka_run_group_tests_name("auth_life", tests, NULL, NULL);
}
