/*
 * test_file_io - files read under a limit and replaced in one step.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file_io.h"

/* Each test runs inside a fresh directory of its own. */
struct place {
	char dir[64];
};

static const struct file_owner plain = {
	0644, FILE_IO_KEEP_ID, FILE_IO_KEEP_ID
};

static int
enter(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	if (place == NULL)
		return -1;
	strncpy(place->dir, "/tmp/test_file_io.XXXXXX",
	    sizeof(place->dir) - 1);
	*state = place;
	if (mkdtemp(place->dir) == NULL)
		return -1;
	return chdir(place->dir);
}

static int
leave(void **state)
{
	struct place *place = *state;
	struct dirent *entry;
	DIR *dir = opendir(".");

	if (dir == NULL)
		return -1;
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] != '.' && remove(entry->d_name) != 0)
			return -1;
	}
	closedir(dir);
	if (chdir("/") != 0 || rmdir(place->dir) != 0)
		return -1;
	free(place);
	return 0;
}

static void
make_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void
assert_holds(const char *path, struct span expected)
{
	struct bytes bytes;

	bytes_init(&bytes, 1 << 20);
	assert_int_equal(file_read(path, &bytes, NULL), LH_OK);
	assert_true(span_equal(bytes_span(&bytes), expected));
	bytes_release(&bytes);
}

static int
count_files(void)
{
	struct dirent *entry;
	DIR *dir = opendir(".");
	int count = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL)
		count += entry->d_name[0] != '.';
	closedir(dir);
	return count;
}

static void
a_file_is_appended_to_what_was_there(void **state)
{
	struct bytes bytes;

	make_file("file", "content\n");
	bytes_init(&bytes, 100);
	assert_int_equal(bytes_append(&bytes, "old ", 4), LH_OK);
	assert_int_equal(file_read("file", &bytes, NULL), LH_OK);
	assert_true(span_equal(bytes_span(&bytes),
	    SPAN_LITERAL("old content\n")));
	bytes_release(&bytes);
}

static void
a_file_longer_than_the_limit_leaves_the_buffer_as_it_was(void **state)
{
	struct lh_cause cause;
	struct span big;
	struct bytes bytes;
	char *text = malloc(20000);

	assert_non_null(text);
	memset(text, 'x', 20000);
	big = (struct span){ text, 20000 };
	assert_int_equal(file_replace("file", big, &plain, NULL), LH_OK);
	bytes_init(&bytes, 19999);
	assert_int_equal(file_read("file", &bytes, &cause), LH_ERR_LIMIT);
	assert_int_equal(bytes.len, 0);
	assert_string_equal(cause.text,
	    "file is longer than the limit of 19999 bytes");
	bytes_release(&bytes);
	assert_holds("file", big);
	free(text);
}

static void
only_regular_files_are_read(void **state)
{
	struct lh_cause cause;
	struct bytes bytes;

	bytes_init(&bytes, 100);
	assert_int_equal(file_read("absent", &bytes, &cause),
	    LH_ERR_NOT_FOUND);
	assert_string_equal(cause.text,
	    "cannot open absent: No such file or directory");
	assert_int_equal(mkdir("folder", 0700), 0);
	assert_int_equal(file_read("folder", &bytes, &cause), LH_ERR_CONFIG);
	assert_string_equal(cause.text, "folder is not a regular file");
	assert_int_equal(file_read("/dev/null", &bytes, NULL), LH_ERR_CONFIG);
	bytes_release(&bytes);
}

static void
a_fifo_without_a_writer_does_not_block(void **state)
{
	struct bytes bytes;

	bytes_init(&bytes, 100);
	assert_int_equal(mkfifo("fifo", 0600), 0);
	assert_int_equal(file_read("fifo", &bytes, NULL), LH_ERR_CONFIG);
	bytes_release(&bytes);
}

static void
a_pipe_is_read_to_its_end_where_a_stream_will_do(void **state)
{
	struct bytes bytes;
	char path[32];
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "content", 7), 7);
	close(ends[1]);
	snprintf(path, sizeof(path), "/dev/fd/%d", ends[0]);
	bytes_init(&bytes, 100);
	assert_int_equal(file_read(path, &bytes, NULL), LH_ERR_CONFIG);
	assert_int_equal(file_read_stream(path, &bytes, NULL), LH_OK);
	assert_true(span_equal(bytes_span(&bytes), SPAN_LITERAL("content")));
	bytes_release(&bytes);
	close(ends[0]);
}

static void
a_symbolic_link_is_followed_when_reading(void **state)
{
	make_file("file", "content");
	assert_int_equal(symlink("file", "link"), 0);
	assert_holds("link", SPAN_LITERAL("content"));
}

static void
a_secret_is_trimmed(void **state)
{
	struct secret *secret = NULL;

	make_file("token", " \thvs.token\r\n\n");
	assert_int_equal(file_read_secret("token", &secret, NULL), LH_OK);
	assert_true(span_equal(secret_lend(secret),
	    SPAN_LITERAL("hvs.token")));
	secret_unref(&secret);
}

static void
an_empty_secret_is_refused(void **state)
{
	struct secret *secret = NULL;
	struct lh_cause cause;

	make_file("token", " \n");
	assert_int_equal(file_read_secret("token", &secret, &cause),
	    LH_ERR_FORMAT);
	assert_string_equal(cause.text, "token is empty");
	assert_int_equal(file_read_secret("absent", &secret, NULL),
	    LH_ERR_NOT_FOUND);
	assert_null(secret);
}

static void
a_replaced_file_has_the_exact_mode(void **state)
{
	static const unsigned modes[] = { 0600, 0640, 0666, 0400 };
	struct file_owner owner = plain;
	mode_t mask = umask(077);
	struct stat facts;
	size_t i;

	make_file("file", "old");
	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		owner.mode = modes[i];
		assert_int_equal(file_replace("file", SPAN_LITERAL("new"),
		    &owner, NULL), LH_OK);
		assert_int_equal(stat("file", &facts), 0);
		assert_int_equal(facts.st_mode & 07777, modes[i]);
		assert_holds("file", SPAN_LITERAL("new"));
	}
	assert_int_equal(count_files(), 1);
	umask(mask);
}

static void
the_owner_can_be_named(void **state)
{
	struct file_owner owner = { 0600, getuid(), getgid() };
	struct stat facts;

	assert_int_equal(file_replace("file", SPAN_NONE, &owner, NULL),
	    LH_OK);
	assert_int_equal(stat("file", &facts), 0);
	assert_int_equal(facts.st_uid, getuid());
	assert_int_equal(facts.st_gid, getgid());
	assert_int_equal(facts.st_size, 0);
}

static void
a_full_path_is_replaced_too(void **state)
{
	struct place *place = *state;
	char path[128];

	snprintf(path, sizeof(path), "%s/file", place->dir);
	assert_int_equal(file_replace(path, SPAN_LITERAL("new"), &plain,
	    NULL), LH_OK);
	assert_holds("file", SPAN_LITERAL("new"));
}

static void
a_reader_of_the_old_file_keeps_it(void **state)
{
	char text[8] = "";
	FILE *reader;

	make_file("file", "old");
	reader = fopen("file", "r");
	assert_non_null(reader);
	assert_int_equal(file_replace("file", SPAN_LITERAL("new"), &plain,
	    NULL), LH_OK);
	assert_non_null(fgets(text, sizeof(text), reader));
	assert_string_equal(text, "old");
	fclose(reader);
}

static void
a_symbolic_link_is_replaced_not_followed(void **state)
{
	struct stat facts;

	make_file("target", "untouched");
	assert_int_equal(symlink("target", "link"), 0);
	assert_int_equal(file_replace("link", SPAN_LITERAL("new"), &plain,
	    NULL), LH_OK);
	assert_int_equal(lstat("link", &facts), 0);
	assert_true(S_ISREG(facts.st_mode));
	assert_holds("target", SPAN_LITERAL("untouched"));
}

static void
a_failure_leaves_no_temporary_file(void **state)
{
	struct lh_cause cause;

	assert_int_equal(mkdir("folder", 0700), 0);
	assert_int_equal(file_replace("folder", SPAN_LITERAL("new"), &plain,
	    &cause), LH_ERR_SYSTEM);
	assert_string_equal(cause.text,
	    "cannot replace folder: Is a directory");
	assert_int_equal(count_files(), 1);
}

static void
a_path_without_a_name_or_a_directory_is_refused(void **state)
{
	struct lh_cause cause;

	assert_int_equal(file_replace("", SPAN_NONE, &plain, NULL),
	    LH_ERR_CONFIG);
	assert_int_equal(file_replace("./", SPAN_NONE, &plain, &cause),
	    LH_ERR_CONFIG);
	assert_string_equal(cause.text, "\"./\" is no file name");
	assert_int_equal(file_replace("absent/file", SPAN_NONE, &plain,
	    &cause), LH_ERR_NOT_FOUND);
	assert_string_equal(cause.text,
	    "cannot open directory absent: No such file or directory");
}

#define in_a_directory(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		in_a_directory(a_file_is_appended_to_what_was_there),
		in_a_directory(
		    a_file_longer_than_the_limit_leaves_the_buffer_as_it_was),
		in_a_directory(only_regular_files_are_read),
		in_a_directory(a_fifo_without_a_writer_does_not_block),
		in_a_directory(
		    a_pipe_is_read_to_its_end_where_a_stream_will_do),
		in_a_directory(a_symbolic_link_is_followed_when_reading),
		in_a_directory(a_secret_is_trimmed),
		in_a_directory(an_empty_secret_is_refused),
		in_a_directory(a_replaced_file_has_the_exact_mode),
		in_a_directory(the_owner_can_be_named),
		in_a_directory(a_full_path_is_replaced_too),
		in_a_directory(a_reader_of_the_old_file_keeps_it),
		in_a_directory(a_symbolic_link_is_replaced_not_followed),
		in_a_directory(a_failure_leaves_no_temporary_file),
		in_a_directory(a_path_without_a_name_or_a_directory_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
