/*
 * test_log_file - when a log file is replaced, what the old ones are called,
 * and which of them stay.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "../../../src/base/log_file.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define WALL ((wall_ms)1769860800042)

struct place {
	char folder[64];
	char path[96];
};

static int
enter(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	snprintf(place->folder, sizeof(place->folder), "log_file.XXXXXX");
	assert_non_null(mkdtemp(place->folder));
	snprintf(place->path, sizeof(place->path), "%s/a.log",
	    place->folder);
	*state = place;
	return 0;
}

static int
leave(void **state)
{
	struct place *place = *state;
	char command[128];

	snprintf(command, sizeof(command), "rm -r %s", place->folder);
	assert_int_equal(system(command), 0);
	free(place);
	return 0;
}

static bool
has(const struct place *place, const char *name)
{
	char path[192];

	snprintf(path, sizeof(path), "%s/%s", place->folder, name);
	return access(path, F_OK) == 0;
}

static struct log_file *
open_file(const struct place *place, struct log_options options)
{
	struct log_file *file;
	struct lh_cause cause;

	options.file = place->path;
	assert_int_equal(log_file_new(&options, 0, &file, &cause), LH_OK);
	return file;
}

static void
it_is_due_before_it_is_too_large_or_too_old(void **state)
{
	struct log_file *file = open_file(*state, (struct log_options){
	    .rotate_bytes = 100, .rotate_after = 1000 });

	assert_false(log_file_is_due(file, 1000, 5000));	/* empty */
	log_file_grow(file, 60);
	assert_false(log_file_is_due(file, 40, 999));
	assert_true(log_file_is_due(file, 41, 0));
	assert_true(log_file_is_due(file, 1, 1000));
	log_file_free(file);
	file = open_file(*state, (struct log_options){ .rotate_bytes = 0 });
	log_file_grow(file, 1 << 20);
	assert_false(log_file_is_due(file, 1 << 20, INT64_C(1) << 40));
	log_file_free(file);
}

static void
old_ones_have_the_time_in_their_name_and_the_newest_stay(void **state)
{
	struct place *place = *state;
	struct log_file *file = open_file(place, (struct log_options){
	    .rotate_max_files = 2 });
	struct lh_cause cause;
	struct stat st;

	for (int i = 0; i < 4; i++)
		assert_int_equal(log_file_rotate(file, 0, WALL + i / 2,
		    &cause), LH_OK);
	assert_false(has(place, "a-1769860800042000000.log"));
	assert_false(has(place, "a-1769860800042000001.log"));
	assert_true(has(place, "a-1769860800043000000.log"));
	assert_true(has(place, "a-1769860800043000001.log"));
	assert_int_equal(stat(place->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	log_file_free(file);
}

static void
none_stays_when_none_is_to_be_kept(void **state)
{
	struct place *place = *state;
	struct log_file *file = open_file(place, (struct log_options){
	    .rotate_max_files = -1 });
	struct lh_cause cause;

	assert_int_equal(log_file_rotate(file, 0, WALL, &cause), LH_OK);
	assert_false(has(place, "a-1769860800042000000.log"));
	log_file_free(file);
}

static void
files_of_others_are_left_alone(void **state)
{
	static const char *const names[] = { "a-.log", "a-12x.log",
		"a-012.log", "b-12.log", "a-12.txt" };
	struct place *place = *state;
	struct log_file *file = open_file(place, (struct log_options){
	    .rotate_max_files = -1 });
	struct lh_cause cause;
	char path[192];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "%s/%s", place->folder,
		    names[i]);
		fclose(fopen(path, "w"));
	}
	assert_int_equal(log_file_rotate(file, 0, WALL, &cause), LH_OK);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		assert_true(has(place, names[i]));
	log_file_free(file);
}

static void
a_rotation_that_fails_leaves_the_file_and_waits(void **state)
{
	struct place *place = *state;
	struct log_file *file = open_file(place, (struct log_options){
	    .rotate_bytes = 10 });
	int fd = log_file_fd(file);
	struct lh_cause cause;

	unlink(place->path);
	rmdir(place->folder);
	log_file_grow(file, 20);
	assert_int_equal(log_file_rotate(file, 5, WALL, &cause),
	    LH_ERR_SYSTEM);
	assert_non_null(strstr(cause.text, place->path));
	assert_int_equal(log_file_fd(file), fd);
	assert_false(log_file_is_due(file, 1, 6));
	assert_true(log_file_is_due(file, 1, 60005));
	assert_int_equal(mkdir(place->folder, 0700), 0);
	assert_int_equal(log_file_reopen(file, 7, &cause), LH_OK);
	assert_true(has(place, "a.log"));
	log_file_free(file);
}

/* As between the two steps of a rotation that found no free descriptor. */
static void
a_file_that_was_moved_away_already_is_made_anew(void **state)
{
	struct place *place = *state;
	struct rlimit limit, none;
	struct log_file *file = open_file(place, (struct log_options){
	    .rotate_bytes = 10 });
	int fd = log_file_fd(file);
	struct lh_cause cause;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = limit;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	log_file_grow(file, 20);
	assert_int_equal(log_file_rotate(file, 5, WALL, &cause),
	    LH_ERR_SYSTEM);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(log_file_fd(file), fd);
	assert_false(has(place, "a.log"));
	assert_true(log_file_is_due(file, 1, 60005));
	assert_int_equal(log_file_rotate(file, 60005, WALL + 60000, &cause),
	    LH_OK);
	assert_true(has(place, "a.log"));
	assert_true(has(place, "a-1769860800042000000.log"));
	assert_false(log_file_is_due(file, 5, 120010));
	log_file_free(file);
}

int
main(void)
{
#define in_a_folder(test) cmocka_unit_test_setup_teardown(test, enter, leave)
	const struct CMUnitTest tests[] = {
		in_a_folder(it_is_due_before_it_is_too_large_or_too_old),
		in_a_folder(
		    old_ones_have_the_time_in_their_name_and_the_newest_stay),
		in_a_folder(none_stays_when_none_is_to_be_kept),
		in_a_folder(files_of_others_are_left_alone),
		in_a_folder(a_rotation_that_fails_leaves_the_file_and_waits),
		in_a_folder(a_file_that_was_moved_away_already_is_made_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
