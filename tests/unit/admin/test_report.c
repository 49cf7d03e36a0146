/*
 * test_report - a status as a table: what is there is told, what is not is
 * left out, and nothing reaches the terminal as a command.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "admin/admin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *
report(const char *status, bool *ready)
{
	struct bytes text;
	char *copy;

	bytes_init(&text, 64 * 1024);
	assert_int_equal(admin_report(span_of(status), &text, ready), LH_OK);
	copy = span_dup(bytes_span(&text));
	bytes_release(&text);
	return copy;
}

static void
a_whole_status_is_told(void **state)
{
	bool ready;
	char *text = report("{\"ready\":true,\"why_not\":[],"
	    "\"version\":\"1.2\",\"uptime_s\":3700,"
	    "\"process\":{\"uid\":65534,\"gid\":65534,\"seccomp\":true,"
	    "\"landlock\":0},\"token\":{"
	    "\"method\":\"jwt\",\"state\":\"valid\",\"valid\":true,"
	    "\"accessor\":\"ab12\",\"expires_in_s\":90061,"
	    "\"renewable\":true,\"logins\":2,\"renewals\":3,\"failures\":0,"
	    "\"next_step_in_ms\":61000,\"last_error\":\"\"},"
	    "\"sinks\":{\"count\":2,\"pending\":1},"
	    "\"upstream\":{\"servers\":[{\"address\":\"http://a\","
	    "\"state\":\"active\",\"reachable\":true,\"last_status\":200,"
	    "\"last_error\":\"\"},{\"address\":\"http://b\",\"state\":"
	    "\"down\",\"reachable\":false,\"last_status\":0,"
	    "\"last_error\":\"refused\"}]},\"cache\":{\"entries\":5,"
	    "\"bytes\":6,\"hits\":7,\"misses\":8,\"leases\":{\"ending\":1,"
	    "\"parked\":0},\"left\":{}},\"background\":{\"waiting\":4,"
	    "\"running\":1},\"connections\":9}", &ready);

	assert_true(ready);
	assert_string_equal(text,
	    "leasehold   1.2, up 1h1m, ready\n"
	    "process     user 65534, seccomp on, landlock off\n"
	    "token       valid by jwt, 1d1h left, renewable, accessor ab12\n"
	    "            2 logins, 3 renewals, 0 failures in a row\n"
	    "next step   in 1m1s\n"
	    "sinks       2, 1 waiting\n"
	    "upstream    http://a active, answered 200\n"
	    "            http://b down, NOT REACHED\n"
	    "last error  refused\n"
	    "cache       5 entries, 6 bytes, 7 hits, 8 misses\n"
	    "leases      ending 1\n"
	    "background  4 planned, 1 under way\n"
	    "callers     9 connections\n");
	free(text);
}

static void
what_is_not_ready_says_why(void **state)
{
	bool ready;
	char *text = report("{\"ready\":false,\"why_not\":[\"no token\"],"
	    "\"token\":{\"valid\":false,\"state\":\"backing_off\","
	    "\"method\":\"jwt\",\"next_step_in_ms\":-1,"
	    "\"last_error\":\"no file\"}}", &ready);

	assert_false(ready);
	assert_non_null(strstr(text, "NOT READY\n            no token\n"));
	assert_non_null(strstr(text, "token       none, backing_off by jwt\n"));
	assert_non_null(strstr(text, "last error  no file\n"));
	assert_null(strstr(text, "next step"));
	free(text);
}

static void
texts_cannot_command_a_terminal(void **state)
{
	bool ready;
	char *text = report("{\"ready\":false,\"why_not\":"
	    "[\"\\u001b[2J\\u0007\\n\\u009b\"]}", &ready);

	assert_non_null(strstr(text, "?[2J????\n"));
	assert_null(strchr(text, '\033'));
	free(text);
}

static void
what_is_no_status_is_refused(void **state)
{
	static const char *const bad[] = { "", "{", "[]", "{}",
		"{\"ready\":1}", "404 page not found\n" };
	struct bytes text;
	bool ready;

	bytes_init(&text, 1024);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(admin_report(span_of(bad[i]), &text, &ready),
		    LH_ERR_FORMAT);
	assert_int_equal(text.len, 0);
	bytes_release(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_status_is_told),
		cmocka_unit_test(what_is_not_ready_says_why),
		cmocka_unit_test(texts_cannot_command_a_terminal),
		cmocka_unit_test(what_is_no_status_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
