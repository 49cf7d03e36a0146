/*
 * Unit tests of src/auth/sink.c and the sinks it is made of, on a loop whose
 * time stands still. That a reader can decrypt what sink_dh writes is shown by
 * tests/integration/fake/test_sinks.py.
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
#include "base/scheduler.h"
#include "base/xalloc.h"
#include "fake_loop.h"
#include "fake_vault.h"

struct fixture {
	char dir[64];
	char *paths[2];
	struct sink_options options[2];
	struct loop *loop;
	struct scheduler *scheduler;
	struct vault_api vault;
	char *reader_file;	/* the public key of a reader */
	struct sinks *sinks;
	unsigned settled;
};

/* Of RFC 7748, section 6.1: Bob's. */
#define READER_KEY "{\"curve25519_public_key\":" \
    "\"3p7bfXt9wbTTW2HC7OQ1Nz+DQ8hbeGdNrfx+FG+IK08=\"}"

static void
on_settled(void *arg)
{
	struct fixture *fixture = arg;

	fixture->settled++;
}

static void
on_wake(void *arg, mono_ms at)
{
	(void)arg;
	(void)at;
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
		    .path = fixture->paths[i], .owner =
		    { 0640, FILE_IO_KEEP_ID, FILE_IO_KEEP_ID } };
		free(sub);
	}
	fixture->loop = fake_loop_new(1000);
	fixture->scheduler = scheduler_new(&(struct scheduler_options){ 0 },
	    on_wake, NULL);
	fake_vault_init(&fixture->vault, fixture->loop);
	fixture->reader_file = xasprintf("%s/reader", fixture->dir);
	*state = fixture;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *fixture = *state;

	sinks_free(fixture->sinks);
	assert_null(fixture->vault.pending);
	assert_int_equal(scheduler_running(fixture->scheduler), 0);
	scheduler_free(fixture->scheduler);
	fake_loop_free(fixture->loop);
	unlink(fixture->reader_file);
	free(fixture->reader_file);
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

	assert_int_equal(sinks_new(fixture->options, 2,
	    &(struct sinks_env){ .loop = fixture->loop,
	    .scheduler = fixture->scheduler, .api = &fixture->vault,
	    .namespace = "" },
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
	do {
		fake_loop_turn(fixture->loop);
		scheduler_run(fixture->scheduler, now);
	} while (fake_vault_turn(&fixture->vault));
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
	struct sink_options options = { .path = "/nonexistent/dir/token",
	    .owner = { 0640, FILE_IO_KEEP_ID, FILE_IO_KEEP_ID } };
	struct lh_cause cause;

	assert_int_equal(sinks_new(&options, 1,
	    &(struct sinks_env){ .loop = fixture->loop,
	    .scheduler = fixture->scheduler, .api = &fixture->vault,
	    .namespace = "" },
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

static void
write_reader(const struct fixture *fixture, const char *text)
{
	FILE *file = fopen(fixture->reader_file, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static bool
begins_with(const char *path, const char *text)
{
	char content[256] = "";
	FILE *file = fopen(path, "r");

	if (file == NULL)
		return false;
	assert_true(fread(content, 1, sizeof(content) - 1, file) > 0);
	fclose(file);
	return strncmp(content, text, strlen(text)) == 0;
}

static void
a_wrapped_sink_holds_what_wraps_the_token(void **state)
{
	struct fixture *fixture = *state;

	fixture->options[0].wrap_ttl = 60000;
	start(fixture);
	put(fixture, "token-1");
	assert_holds(fixture->paths[1], "token-1");
	assert_int_equal(sinks_pending(fixture->sinks), 1);
	turn_at(fixture, 1000);
	assert_int_equal(fixture->vault.wrappings, 1);
	assert_int_equal(sinks_pending(fixture->sinks), 0);
	assert_true(begins_with(fixture->paths[0],
	    "{\"token\":\"wrapping-1\",\"accessor\":\"a\",\"ttl\":60,"
	    "\"creation_time\":\"then\",\"creation_path\":\"there\","
	    "\"wrapped_accessor\":\"\"}\n"));
}

static void
a_wrapping_that_fails_is_asked_for_again_at_growing_distance(void **state)
{
	struct fixture *fixture = *state;

	fixture->options[0].wrap_ttl = 60000;
	fixture->vault.wrapping = (struct fake_manner){ VAULT_VERDICT_DOWN, 0,
	    "connection refused", -1 };
	start(fixture);
	put(fixture, "token-1");
	for (mono_ms now = 1000; now < 600000; now += 500)
		turn_at(fixture, now);
	assert_in_range(fixture->vault.wrappings, 10, 40);
	assert_int_equal(sinks_pending(fixture->sinks), 1);
	fixture->vault.wrapping.verdict = VAULT_VERDICT_OK;
	for (mono_ms now = 600000; now < 661000; now += 500)
		turn_at(fixture, now);
	assert_int_equal(sinks_pending(fixture->sinks), 0);
}

static void
a_full_disk_does_not_fill_vault_with_wrappings(void **state)
{
	struct fixture *fixture = *state;

	fixture->options[0].wrap_ttl = 60000;
	start(fixture);
	block(fixture, 0);
	put(fixture, "token-1");
	for (mono_ms now = 1000; now < 30000; now += 500)
		turn_at(fixture, now);
	assert_int_equal(fixture->vault.wrappings, 1);
	for (mono_ms now = 30000; now < 40000; now += 500)
		turn_at(fixture, now);
	assert_int_equal(fixture->vault.wrappings, 2);
	unblock(fixture, 0);
	turn_at(fixture, 43000);
	assert_int_equal(sinks_pending(fixture->sinks), 0);
}

static void
a_newer_token_cancels_the_wrapping_of_the_older(void **state)
{
	struct fixture *fixture = *state;

	fixture->options[0].wrap_ttl = 60000;
	fixture->vault.mute = true;
	start(fixture);
	put(fixture, "token-1");
	turn_at(fixture, 1000);
	assert_non_null(fixture->vault.pending);
	put(fixture, "token-2");
	assert_null(fixture->vault.pending);
	fixture->vault.mute = false;
	turn_at(fixture, 2000);
	assert_int_equal(fixture->vault.wrappings, 2);
	assert_true(begins_with(fixture->paths[0],
	    "{\"token\":\"wrapping-2\""));
}

static void
an_encrypted_sink_waits_for_the_key_of_its_reader(void **state)
{
	struct fixture *fixture = *state;

	fixture->options[0].dh.path = fixture->reader_file;
	fixture->options[0].dh.derive_key = true;
	start(fixture);
	put(fixture, "token-1");
	turn_at(fixture, 9000);
	assert_int_equal(sinks_pending(fixture->sinks), 1);
	write_reader(fixture, "{\"curve25519_public_key\":\"AAAA\"}");
	turn_at(fixture, 12000);
	assert_int_equal(sinks_pending(fixture->sinks), 1);
	write_reader(fixture, "curve25519_public_key="
	    "3p7bfXt9wbTTW2HC7OQ1Nz%2BDQ8hbeGdNrfx%2BFG%2BIK08%3D");
	turn_at(fixture, 15000);
	assert_int_equal(sinks_pending(fixture->sinks), 1);
	write_reader(fixture, READER_KEY);
	turn_at(fixture, 20000);
	assert_int_equal(sinks_pending(fixture->sinks), 0);
	assert_true(begins_with(fixture->paths[0],
	    "{\"curve25519_public_key\":\""));
}

static void
a_key_of_small_order_is_not_written_for(void **state)
{
	struct fixture *fixture = *state;

	fixture->options[0].dh.path = fixture->reader_file;
	write_reader(fixture, "{\"curve25519_public_key\":"
	    "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"}");
	start(fixture);
	put(fixture, "token-1");
	assert_int_equal(sinks_pending(fixture->sinks), 1);
	assert_int_equal(access(fixture->paths[0], F_OK), -1);
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
		cmocka_unit_test_setup_teardown(
		    a_wrapped_sink_holds_what_wraps_the_token, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    a_wrapping_that_fails_is_asked_for_again_at_growing_distance,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_full_disk_does_not_fill_vault_with_wrappings, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    a_newer_token_cancels_the_wrapping_of_the_older, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    an_encrypted_sink_waits_for_the_key_of_its_reader, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    a_key_of_small_order_is_not_written_for, setup, teardown),
	};

	return cmocka_run_group_tests_name("sink", tests, NULL, NULL);
}
