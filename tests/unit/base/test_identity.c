/*
 * test_identity - another user, for good.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <grp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file_io.h"
#include "base/identity.h"
#include "in_child.h"

#define STRANGER 54321		/* in no table */
#define GROUP 54322

/* 0, or the number of the first step that went wrong. */
static int
become_stranger(void *arg)
{
	struct identity identity;
	struct lh_cause cause;
	uid_t uid[3];
	gid_t groups[2];

	if (identity_find(STRANGER, GROUP, &identity, &cause) != LH_OK)
		return 1;
	if (identity_take(&identity, &cause) != LH_OK)
		return 2;
	if (getresuid(&uid[0], &uid[1], &uid[2]) != 0 || uid[0] != STRANGER ||
	    uid[1] != STRANGER || uid[2] != STRANGER)
		return 3;
	if (getgid() != GROUP || getgroups(2, groups) != 1 ||
	    groups[0] != GROUP)
		return 4;
	if (setuid(0) == 0 || setgid(0) == 0 || setgroups(0, NULL) == 0)
		return 5;
	if (identity_is_root())
		return 6;
	/* Again is no trouble. */
	return identity_take(&identity, &cause) == LH_OK ? 0 : 7;
}

/* With this a change of the user keeps what root may do. */
static int
keep_capabilities(void *arg)
{
	struct identity identity;
	struct lh_cause cause;

	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0 ||
	    identity_find(STRANGER, GROUP, &identity, &cause) != LH_OK)
		return 1;
	return identity_take(&identity, &cause) == LH_ERR_SYSTEM ? 0 : 2;
}

static int
become_root_again(void *arg)
{
	struct identity identity;
	struct lh_cause cause;

	if (become_stranger(NULL) != 0 ||
	    identity_find(0, 0, &identity, &cause) != LH_OK)
		return 1;
	return identity_take(&identity, &cause) == LH_ERR_DENIED ? 0 : 2;
}

static void
need_root(void)
{
	if (geteuid() != 0) {
		print_message("needs root\n");
		skip();
	}
}

static void
the_change_is_for_good(void **state)
{
	need_root();
	assert_int_equal(in_child(become_stranger, NULL), 0);
}

static void
capabilities_that_stay_are_a_failure(void **state)
{
	need_root();
	assert_int_equal(in_child(keep_capabilities, NULL), 0);
}

static void
nobody_else_can_change(void **state)
{
	need_root();
	assert_int_equal(in_child(become_root_again, NULL), 0);
}

static void
a_user_in_no_table_needs_a_group(void **state)
{
	struct identity identity = { .uid = 7 };
	struct lh_cause cause;

	assert_int_equal(identity_find(STRANGER, FILE_IO_KEEP_ID, &identity,
	    &cause), LH_ERR_NOT_FOUND);
	assert_int_equal(identity.uid, 7);
	assert_non_null(strstr(cause.text, "54321"));
}

static void
the_table_gives_the_group(void **state)
{
	struct identity identity;
	struct lh_cause cause;

	assert_int_equal(identity_find(0, FILE_IO_KEEP_ID, &identity, &cause),
	    LH_OK);
	assert_int_equal(identity.gid, 0);
	assert_true(identity.group_count >= 1);
}

static void
to_stay_who_we_are_takes_no_rights(void **state)
{
	struct identity identity;
	struct lh_cause cause;

	assert_int_equal(identity_find(geteuid(), getegid(), &identity,
	    &cause), LH_OK);
	assert_int_equal(identity_take(&identity, &cause), LH_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_change_is_for_good),
		cmocka_unit_test(capabilities_that_stay_are_a_failure),
		cmocka_unit_test(nobody_else_can_change),
		cmocka_unit_test(a_user_in_no_table_needs_a_group),
		cmocka_unit_test(the_table_gives_the_group),
		cmocka_unit_test(to_stay_who_we_are_takes_no_rights),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
