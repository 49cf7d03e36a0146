/*
 * test_lh_err - texts of errors and causes; the end for want of what is
 * needed.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/lh_err.h"
#include "base/lh_need.h"

static void
each_error_has_a_text_of_its_own(void **state)
{
	for (int a = LH_OK; a <= LH_ERR_UNSUPPORTED; a++) {
		assert_string_not_equal(lh_err_text(a), "unknown error");
		for (int b = LH_OK; b < a; b++)
			assert_string_not_equal(lh_err_text(a),
			    lh_err_text(b));
	}
	assert_string_equal(lh_err_text(LH_ERR_UNSUPPORTED + 1),
	    "unknown error");
}

static void
a_cause_may_wrap_itself(void **state)
{
	struct lh_cause cause;

	lh_cause_set(&cause, "%s", "no such file");
	lh_cause_set(&cause, "%s: %s", "/etc/x", cause.text);
	assert_string_equal(cause.text, "/etc/x: no such file");
	lh_cause_set(NULL, "nobody asks");
}

static void
a_long_cause_is_cut(void **state)
{
	struct lh_cause cause;

	lh_cause_set(&cause, "%*s", 2 * LH_CAUSE_MAX, "x");
	assert_int_equal(strlen(cause.text), LH_CAUSE_MAX - 1);
}

/* In a child of its own: the process ends. What it says goes into text. */
static int
need(bool is_met, char *text, size_t size)
{
	const struct rlimit no_core = { 0, 0 };
	int pipes[2], status;
	ssize_t len;
	pid_t child;

	assert_int_equal(pipe(pipes), 0);
	child = fork();
	if (child == 0) {
		(void)dup2(pipes[1], STDERR_FILENO);
		(void)setrlimit(RLIMIT_CORE, &no_core);
		(void)signal(SIGABRT, SIG_DFL);
		errno = ENOMEM;
		lh_need(is_met, "wait for events");
		_exit(0);
	}
	close(pipes[1]);
	len = read(pipes[0], text, size - 1);
	text[len < 0 ? 0 : len] = '\0';
	close(pipes[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static void
what_is_needed_and_not_had_ends_the_process_with_the_reason(void **state)
{
	char text[200];
	int status = need(false, text, sizeof(text));

	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	assert_string_equal(text,
	    "leasehold: cannot wait for events: Cannot allocate memory\n");
}

static void
what_is_had_ends_nothing(void **state)
{
	char text[200];

	assert_int_equal(need(true, text, sizeof(text)), 0);
	assert_string_equal(text, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_error_has_a_text_of_its_own),
		cmocka_unit_test(a_cause_may_wrap_itself),
		cmocka_unit_test(a_long_cause_is_cut),
		cmocka_unit_test(
		    what_is_needed_and_not_had_ends_the_process_with_the_reason),
		cmocka_unit_test(what_is_had_ends_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
