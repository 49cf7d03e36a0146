/*
 * test_upstream - states by status codes, and the choice among servers.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "vault/vault_upstream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define UNKNOWN VAULT_UPSTREAM_UNKNOWN
#define ACTIVE VAULT_UPSTREAM_ACTIVE
#define PERF VAULT_UPSTREAM_PERF_STANDBY
#define STANDBY VAULT_UPSTREAM_STANDBY
#define SEALED VAULT_UPSTREAM_SEALED
#define UNINIT VAULT_UPSTREAM_UNINITIALISED
#define DR VAULT_UPSTREAM_DR_SECONDARY
#define DOWN VAULT_UPSTREAM_DOWN

static void
the_status_of_health_tells_the_state(void **state)
{
	static const struct {
		unsigned status;
		enum vault_upstream_state told;
	} cases[] = {
		{ 200, ACTIVE }, { 429, STANDBY }, { 473, PERF },
		{ 472, DR }, { 501, UNINIT }, { 503, SEALED }, { 474, DOWN },
		{ 500, DOWN }, { 530, DOWN }, { 404, UNKNOWN },
		{ 204, UNKNOWN }
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(vault_upstream_by_health(cases[i].status),
		    cases[i].told);
}

static void
an_answer_tells_who_cannot_serve_and_who_can_again(void **state)
{
	static const struct {
		enum vault_upstream_state was;
		unsigned status;
		enum vault_upstream_state told;
	} cases[] = {
		{ ACTIVE, 200, ACTIVE }, { STANDBY, 403, STANDBY },
		{ ACTIVE, 500, ACTIVE }, { DOWN, 500, DOWN },
		{ ACTIVE, 503, SEALED }, { STANDBY, 472, DR },
		{ UNKNOWN, 501, UNINIT }, { SEALED, 200, UNKNOWN },
		{ DOWN, 404, UNKNOWN }, { DR, 204, UNKNOWN },
		{ UNKNOWN, 200, UNKNOWN }
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(vault_upstream_by_answer(cases[i].was,
		    cases[i].status), cases[i].told);
}

struct choice {
	enum vault_upstream_state states[3];
	size_t current;
	unsigned tried;
	size_t chosen;
};

static const struct choice choices[] = {
	/* By state. */
	{ { STANDBY, ACTIVE, STANDBY }, 0, 0, 1 },
	{ { STANDBY, SEALED, PERF }, 0, 0, 2 },
	{ { SEALED, DOWN, STANDBY }, 0, 0, 2 },
	{ { DOWN, SEALED, DOWN }, 0, 0, 1 },
	{ { DOWN, DR, UNKNOWN }, 0, 0, 2 },
	{ { DOWN, UNINIT, STANDBY }, 1, 0, 2 },
	/* Then the one in use, then the first. */
	{ { UNKNOWN, UNKNOWN, UNKNOWN }, 0, 0, 0 },
	{ { ACTIVE, ACTIVE, ACTIVE }, 2, 0, 2 },
	{ { STANDBY, UNKNOWN, STANDBY }, 1, 0, 1 },
	{ { DOWN, DOWN, DOWN }, 1, 0, 1 },
	{ { DOWN, STANDBY, UNKNOWN }, 0, 0, 1 },
	/* Never one that was tried. */
	{ { ACTIVE, STANDBY, STANDBY }, 0, 1, 1 },
	{ { ACTIVE, STANDBY, DOWN }, 0, 3, 2 },
	{ { ACTIVE, ACTIVE, ACTIVE }, 0, 7, 3 }
};

static void
the_best_server_is_chosen(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(choices) / sizeof(choices[0]); i++) {
		const struct vault_upstream_field field = {
			choices[i].states, 3, choices[i].current,
			choices[i].tried
		};
		size_t chosen = vault_upstream_choose(&field);

		if (chosen != choices[i].chosen)
			fail_msg("case %zu: %zu", i, chosen);
	}
}

static void
each_state_has_a_name(void **state)
{
	assert_string_equal(vault_upstream_state_name(PERF), "perf_standby");
	for (int i = 0; i < VAULT_UPSTREAM_STATES; i++)
		assert_non_null(vault_upstream_state_name(i));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_status_of_health_tells_the_state),
		cmocka_unit_test(
		    an_answer_tells_who_cannot_serve_and_who_can_again),
		cmocka_unit_test(the_best_server_is_chosen),
		cmocka_unit_test(each_state_has_a_name)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
