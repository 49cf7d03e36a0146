/*
 * Unit test of the door in src/auth/auth_machine.c: all moves from state to
 * state, the allowed and the forbidden.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "../../../src/auth/auth_machine.h"
#include "base/lh_assert.h"
#include "fake_loop.h"

#define STATES 6

/* A row for each state, a column for where it may go. */
static const bool allowed[STATES][STATES] = {
	/*                     none   login  valid  renew  back   passed */
	[AUTH_NONE] =        { false, true,  false, false, false, false },
	[AUTH_LOGGING_IN] =  { true,  false, true,  false, true,  true },
	[AUTH_VALID] =       { true,  true,  false, true,  true,  false },
	[AUTH_RENEWING] =    { true,  true,  true,  false, true,  false },
	[AUTH_BACKING_OFF] = { true,  true,  true,  true,  false, false },
	[AUTH_PASSED_ON] =   { true,  true,  false, false, true,  false },
};

/* In place of the one that ends the process. */
void
lh_assert_fail(const char *what, const char *file, int line, const char *func)
{
	mock_assert(0, what, file, line);
	/* cmocka has jumped away by now. */
	for (;;)
		;
}

static bool
judge_nobody(void *arg, uint64_t generation, struct auth_token **token_out)
{
	return false;
}

static void
the_door_lets_pass_what_the_table_allows(void **state)
{
	struct loop *loop = fake_loop_new(0);
	struct auth_keeper keeper = { .env.loop = loop };

	keeper.waiters = auth_waiters_new(&(struct auth_waiters_options){
	    loop, 1, judge_nobody, NULL });
	for (int from = 0; from < STATES; from++) {
		for (int to = 0; to < STATES; to++) {
			keeper.state = from;
			if (allowed[from][to]) {
				auth_machine_enter(&keeper, to);
				assert_int_equal(keeper.state, to);
			} else {
				expect_assert_failure(
				    auth_machine_enter(&keeper, to));
				assert_int_equal(keeper.state, from);
			}
		}
	}
	auth_waiters_free(keeper.waiters);
	fake_loop_free(loop);
}

static void
every_state_has_a_name_of_its_own(void **state)
{
	for (int a = 0; a < STATES; a++) {
		for (int b = 0; b < a; b++)
			assert_string_not_equal(auth_state_name(a),
			    auth_state_name(b));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_door_lets_pass_what_the_table_allows),
		cmocka_unit_test(every_state_has_a_name_of_its_own),
	};

	return cmocka_run_group_tests_name("auth_machine", tests, NULL, NULL);
}
