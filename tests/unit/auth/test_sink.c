/*
 * Unit tests of src/auth/sink.c and sink_file.c, on a loop whose time stands
 * still.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/sink.h"
#include "base/xalloc.h"
#include "fake_loop.h"

struct fixture {
	char dir[64];
	char *paths[2];
	struct sink_options options[2];
	struct loop *loop;
	struct sinks *sinks;
	unsigned settled;
};

static void
on_settled(void *arg)
{
	struct fixture *fixture = arg;

	fixture->settled++;
}

/* One sink in a directory of its own each: a/token, b/token. */
static int
setup(void **state)
{
	struct fixture *fixture = xcalloc(1, sizeof(*fixture));

	strncpy(fixture->dir, "/tmp/test_sink.XXXXXX",
	    sizeof(fixture->dir) - 1);
	assert_non_null(mkdtemp(fixture->dir));
	for (size_t i = 0; i < 2; i++) {
		char *sub = xasprintf("%s/%c", fixture->dir, "ab"[i]);

		assert_int_equal(mkdir(sub, 0700), 0);
		fixture->paths[i] = xasprintf("%s/token", sub);
		fixture->options[i] = (struct sink_options){
		    fixture->paths[i],
		    { 0640, FILE_IO_KEEP_ID, FILE_IO_KEEP_ID } };
		free(sub);
	}
	fixture->loop = fake_loop_new(1000);
	*state = fixture;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *fixture = *state;

	sinks_free(fixture->sinks);
	fake_loop_free(fixture->loop);
	for (size_t i = 0; i < 2; i++) {
		char *sub = xasprintf("%s/%c", fixture->dir, "ab"[i]);

		unlink(fixture->paths[i]);
		rmdir(fixture->paths[i]);
		assert_int_equal(rmdir(sub), 0);
		free(sub);
		free(fixture->paths[i]);
	}
	assert_int_equal(rmdir(fixture->dir), 0);
	free(fixture);
	return 0;
}

static void
start(struct fixture *fixture)
{
	struct lh_cause cause;

	assert_int_equal(sinks_new(fixture->options, 2, fixture->loop, NULL,
	    &fixture->sinks, &cause), LH_OK);
	sinks_on_settled(fixture->sinks, on_settled, fixture);
}

static void
put(struct fixture *fixture, const char *text)
{
	struct secret *secret = secret_new(span_of(text));
	struct auth_token *token;

	assert_non_null(secret);
	token = auth_token_new(&(struct auth_token_facts){ .secret = secret,
	    .expires = AUTH_TOKEN_NEVER });
	secret_unref(&secret);
	sinks_put(fixture->sinks, token);
	auth_token_unref(&token);
}

static void
assert_holds(const char *path, const char *text)
{
	char content[64] = "";
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	assert_int_equal(fread(content, 1, sizeof(content) - 1, file),
	    strlen(text));
	fclose(file);
	assert_string_equal(content, text);
}

/* A directory in its place keeps the file from being replaced. */
static void
block(const struct fixture *fixture, size_t i)
{
	assert_int_equal(mkdir(fixture->paths[i], 0700), 0);
}

static void
unblock(const struct fixture *fixture, size_t i)
{
	assert_int_equal(rmdir(fixture->paths[i]), 0);
}

static void
turn_at(struct fixture *fixture, mono_ms now)
{
	fake_loop_set_time(fixture->loop, now);
	fake_loop_turn(fixture->loop);
}

static void
the_check_leaves_nothing_behind(void **state)
{
	struct fixture *fixture = *state;

	start(fixture);
	assert_int_equal(access(fixture->paths[0], F_OK), -1);
	assert_int_equal(sinks_pending(fixture->sinks), 0);
}

static void
a_directory_that_is_missing_is_found_at_the_start(void **state)
{
	struct fixture *fixture = *state;
	struct sink_options options = { "/nonexistent/dir/token",
	    { 0640, FILE_IO_KEEP_ID, FILE_IO_KEEP_ID } };
	struct lh_cause cause;

	assert_int_equal(sinks_new(&options, 1, fixture->loop, NULL,
	    &fixture->sinks, &cause), LH_ERR_SYSTEM);
	assert_non_null(strstr(cause.text, "/nonexistent/dir/token"));
	assert_null(fixture->sinks);
}

static void
a_token_is_written_bare_with_the_mode_asked_for(void **state)
{
	struct fixture *fixture = *state;
	struct stat st;

	start(fixture);
	put(fixture, "token-1");
	assert_holds(fixture->paths[0], "token-1");
	assert_holds(fixture->paths[1], "token-1");
	assert_int_equal(stat(fixture->paths[0], &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(fixture->settled, 0);
	fake_loop_turn(fixture->loop);
	assert_int_equal(fixture->settled, 1);
}

static void
the_same_token_is_not_written_again(void **state)
{
	struct fixture *fixture = *state;

	start(fixture);
	put(fixture, "token-1");
	assert_int_equal(unlink(fixture->paths[0]), 0);
	put(fixture, "token-1");
	assert_int_equal(access(fixture->paths[0], F_OK), -1);
	put(fixture, "token-2");
	assert_holds(fixture->paths[0], "token-2");
}

static void
a_failed_write_is_tried_again_and_delays_no_other_sink(void **state)
{
	struct fixture *fixture = *state;

	start(fixture);
	block(fixture, 0);
	put(fixture, "token-1");
	assert_int_equal(sinks_pending(fixture->sinks), 1);
	assert_holds(fixture->paths[1], "token-1");
	unblock(fixture, 0);
	turn_at(fixture, 1999);
	assert_int_equal(sinks_pending(fixture->sinks), 1);
	turn_at(fixture, 4000);
	assert_int_equal(sinks_pending(fixture->sinks), 0);
	assert_holds(fixture->paths[0], "token-1");
	turn_at(fixture, 4001);
	assert_int_equal(fixture->settled, 1);
}

static void
a_failing_sink_is_tried_until_it_works(void **state)
{
	struct fixture *fixture = *state;

	start(fixture);
	block(fixture, 0);
	put(fixture, "token-1");
	for (mono_ms now = 4000; now < 40000; now += 3000)
		turn_at(fixture, now);
	assert_int_equal(sinks_pending(fixture->sinks), 1);
	assert_int_equal(fixture->settled, 0);
	unblock(fixture, 0);
	turn_at(fixture, 43000);
	assert_int_equal(sinks_pending(fixture->sinks), 0);
}

static void
a_newer_token_takes_the_place_of_one_not_written_yet(void **state)
{
	struct fixture *fixture = *state;

	start(fixture);
	block(fixture, 0);
	put(fixture, "token-1");
	unblock(fixture, 0);
	put(fixture, "token-2");
	assert_int_equal(sinks_pending(fixture->sinks), 0);
	assert_holds(fixture->paths[0], "token-2");
	turn_at(fixture, 9000);
	assert_holds(fixture->paths[0], "token-2");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    the_check_leaves_nothing_behind, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_directory_that_is_missing_is_found_at_the_start, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    a_token_is_written_bare_with_the_mode_asked_for, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    the_same_token_is_not_written_again, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_failed_write_is_tried_again_and_delays_no_other_sink,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_failing_sink_is_tried_until_it_works, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_newer_token_takes_the_place_of_one_not_written_yet,
		    setup, teardown),
	};

	return cmocka_run_group_tests_name("sink", tests, NULL, NULL);
}
