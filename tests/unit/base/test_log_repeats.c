/*
 * test_log_repeats - what counts as a repetition, and that none is lost.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "../../../src/base/log_repeats.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static bool
pass(struct log_repeats *repeats, const char *text, mono_ms now)
{
	const struct log_field fields[] = {
		log_text("error", text), log_num("id", now),
		{ NULL, SPAN_NONE, 0, false },
	};

	return log_repeats_pass(repeats, &(struct log_event){ 0,
	    LOG_LEVEL_WARN, "a.thing", fields }, now);
}

static void
lines_that_differ_in_numbers_are_repeats(void **state)
{
	struct log_repeats repeats = { .open = 0 };
	struct log_repeat told;
	char text[32];

	for (int i = 0; i < LOG_REPEATS_SHOWN; i++) {
		snprintf(text, sizeof(text), "port %d is closed", i * 1000);
		assert_true(pass(&repeats, text, i));
	}
	assert_false(log_repeats_left_out(&repeats));
	assert_false(pass(&repeats, "port 9 is closed", 50));
	assert_false(pass(&repeats, "port 8 is closed", 59999));
	assert_true(pass(&repeats, "port 8 is open", 59999));
	assert_true(log_repeats_left_out(&repeats));
	assert_false(log_repeats_take(&repeats, 59999, &told));
	assert_true(log_repeats_take(&repeats, 60000, &told));
	assert_string_equal(told.event, "a.thing");
	assert_int_equal(told.left_out, 2);
	assert_false(log_repeats_left_out(&repeats));
	assert_false(log_repeats_take(&repeats, 60000, &told));
	assert_true(pass(&repeats, "port 9 is closed", 60000));
}

static void
what_comes_seldom_is_never_left_out(void **state)
{
	struct log_repeats repeats = { .open = 0 };

	for (int i = 0; i < 1000; i++)
		assert_true(pass(&repeats, "x",
		    i * (LOG_REPEATS_WINDOW_MS / LOG_REPEATS_SHOWN)));
}

static void
more_kinds_than_are_told_apart_pass(void **state)
{
	struct log_repeats repeats = { .open = 0 };
	struct log_repeat told;
	uint64_t left_out = 0;
	char text[32];
	int passed = 0;

	for (int round = 0; round < 20; round++) {
		for (int i = 0; i < LOG_REPEATS_KINDS + 6; i++) {
			snprintf(text, sizeof(text), "%c%c", 'a' + i / 26,
			    'a' + i % 26);
			passed += pass(&repeats, text, 0);
		}
	}
	assert_int_equal(passed,
	    LOG_REPEATS_KINDS * LOG_REPEATS_SHOWN + 6 * 20);
	while (log_repeats_take(&repeats, INT64_MAX, &told))
		left_out += told.left_out;
	assert_int_equal(left_out, LOG_REPEATS_KINDS * 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_that_differ_in_numbers_are_repeats),
		cmocka_unit_test(what_comes_seldom_is_never_left_out),
		cmocka_unit_test(more_kinds_than_are_told_apart_pass),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
