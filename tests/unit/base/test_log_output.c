/*
 * test_log_output - lines for the journal and for the system's logger, which
 * is a socket of the test's.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* 2026-01-31T12:00:00.042Z */
#define WALL ((wall_ms)1769860800042)
#define MANY 4000

struct world {
	struct timesource *source;
	struct log *log;
	struct log_options options;
	struct lh_cause cause;
	int logger;
	int pipe_end;
	int real_stderr;
	char folder[32];
	char path[64];
	char stream[64];
	char head[64];
	char text[4096];
};

static int
setup(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	setenv("TZ", "UTC", 1);
	world->source = timesource_new_manual(0, WALL);
	snprintf(world->folder, sizeof(world->folder), "%s",
	    "/tmp/test_log_output.XXXXXX");
	assert_non_null(mkdtemp(world->folder));
	snprintf(world->path, sizeof(world->path), "%s/log", world->folder);
	snprintf(world->head, sizeof(world->head),
	    "<30>Jan 31 12:00:00 leasehold[%ld]: ", (long)getpid());
	world->options = (struct log_options){ .level = LOG_LEVEL_INFO,
		.target = LOG_TARGET_SYSLOG, .socket = world->path,
		.facility = 3 };
	world->logger = world->pipe_end = world->real_stderr = -1;
	*state = world;
	return 0;
}

static void
close_logger(struct world *world)
{
	if (world->logger >= 0)
		close(world->logger);
	world->logger = -1;
	unlink(world->path);
}

static int
teardown(void **state)
{
	struct world *world = *state;

	log_free(world->log);
	close_logger(world);
	if (world->real_stderr >= 0) {
		dup2(world->real_stderr, STDERR_FILENO);
		close(world->real_stderr);
		close(world->pipe_end);
	}
	timesource_free(world->source);
	rmdir(world->folder);
	free(world);
	return 0;
}

static void
open_logger(struct world *world)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };

	snprintf(name.sun_path, sizeof(name.sun_path), "%s", world->path);
	world->logger = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(world->logger, (struct sockaddr *)&name,
	    sizeof(name)), 0);
}

static void
open_log(struct world *world)
{
	assert_int_equal(log_new(&world->options, world->source, &world->log,
	    &world->cause), LH_OK);
}

/* The next datagram, "" when there is none. */
static const char *
heard(struct world *world)
{
	ssize_t n = recv(world->logger, world->text,
	    sizeof(world->text) - 1, 0);

	world->text[n > 0 ? n : 0] = '\0';
	return world->text;
}

static void
assert_heard(struct world *world, const char *line)
{
	char wanted[512];

	snprintf(wanted, sizeof(wanted), "%s%s", world->head, line);
	assert_string_equal(heard(world), wanted);
}

static void
a_line_is_a_datagram_with_its_priority(void **state)
{
	struct world *world = *state;

	open_logger(world);
	open_log(world);
	log_info(world->log, "a.b", log_text("c", "two\nlines"));
	log_info(world->log, "a.c");
	assert_string_equal(heard(world), "");
	log_flush(world->log);
	assert_heard(world, "[INFO]  a.b c=\"two\\x0alines\"");
	assert_heard(world, "[INFO]  a.c");
	log_error(world->log, "a.d");		/* at once */
	world->head[1] = '2';
	world->head[2] = '7';
	assert_heard(world, "[ERROR] a.d");
	assert_string_equal(heard(world), "");
}

static void
the_facility_and_the_format_are_as_told(void **state)
{
	struct world *world = *state;
	const char *head = "<132>", *body = "]: {\"@level\":\"warn\"";

	open_logger(world);
	world->options.facility = 16;
	world->options.format = LOG_FORMAT_JSON;
	open_log(world);
	log_warn(world->log, "a.b");
	assert_memory_equal(heard(world), head, strlen(head));
	assert_non_null(strstr(world->text, body));
}

static void
lines_wait_for_a_logger_that_is_started_anew(void **state)
{
	struct world *world = *state;

	open_logger(world);
	open_log(world);
	close_logger(world);
	log_info(world->log, "while.away");
	log_flush(world->log);
	log_warn(world->log, "while.away");
	open_logger(world);
	log_flush(world->log);
	assert_heard(world, "[INFO]  while.away");
	world->head[1] = '2';
	world->head[2] = '8';
	assert_heard(world, "[WARN]  while.away");
	assert_string_equal(heard(world), "");
}

static void
a_logger_that_does_not_read_loses_lines_and_is_told(void **state)
{
	struct world *world = *state;
	long lost = -1;
	int came = 0;

	open_logger(world);
	open_log(world);
	for (int i = 0; i < MANY; i++) {
		log_info(world->log, "a.b", log_num("n", i));
		log_flush(world->log);
	}
	for (int i = 0; i < MANY && lost < 0; i++) {
		while (lost < 0 && heard(world)[0] != '\0') {
			const char *told = strstr(world->text, "lines=");

			came += strstr(world->text, " a.b ") != NULL;
			if (told != NULL)
				lost = strtol(told + 6, NULL, 10);
		}
		log_info(world->log, "a.c");
		log_flush(world->log);
	}
	assert_true(lost > 0);
	assert_int_equal(came + lost, MANY);
}

static void
a_logger_must_be_there_at_the_start(void **state)
{
	struct world *world = *state;
	char path[200];

	assert_int_equal(log_new(&world->options, world->source, &world->log,
	    &world->cause), LH_ERR_SYSTEM);
	assert_non_null(strstr(world->cause.text, world->path));
	memset(path, 'a', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	world->options.socket = path;
	assert_int_equal(log_new(&world->options, world->source, &world->log,
	    &world->cause), LH_ERR_CONFIG);
	assert_null(world->log);
}

/* Standard error becomes a pipe; stream is what the journal would say. */
static void
open_stderr(struct world *world)
{
	struct stat st;
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(fstat(ends[1], &st), 0);
	snprintf(world->stream, sizeof(world->stream), "%llu:%llu",
	    (unsigned long long)st.st_dev, (unsigned long long)st.st_ino);
	world->real_stderr = dup(STDERR_FILENO);
	dup2(ends[1], STDERR_FILENO);
	close(ends[1]);
	world->pipe_end = ends[0];
	world->options.target = LOG_TARGET_STDERR;
	world->options.journal = world->stream;
}

static const char *
written(struct world *world)
{
	ssize_t n = read(world->pipe_end, world->text,
	    sizeof(world->text) - 1);

	world->text[n > 0 ? n : 0] = '\0';
	return world->text;
}

static void
lines_for_the_journal_have_a_priority_and_no_time(void **state)
{
	struct world *world = *state;

	open_stderr(world);
	world->options.level = LOG_LEVEL_DEBUG;
	open_log(world);
	log_debug(world->log, "a.b", log_num("n", 1));
	log_info(world->log, "a.b");
	log_warn(world->log, "a.b");
	log_error(world->log, "a.b");
	assert_string_equal(written(world), "<7>[DEBUG] a.b n=1\n"
	    "<6>[INFO]  a.b\n<4>[WARN]  a.b\n<3>[ERROR] a.b\n");
}

static void
json_for_the_journal_stays_whole(void **state)
{
	struct world *world = *state;

	open_stderr(world);
	world->options.format = LOG_FORMAT_JSON;
	open_log(world);
	log_info(world->log, "a.b");
	log_flush(world->log);
	assert_string_equal(written(world), "<6>{\"@level\":\"info\","
	    "\"@message\":\"a.b\","
	    "\"@timestamp\":\"2026-01-31T12:00:00.042Z\"}\n");
}

static void
another_stream_is_not_the_journal(void **state)
{
	static const char *const others[] = { "", ":", "1", "1:2:3", "1:2",
		"x:y", NULL };
	struct world *world = *state;

	open_stderr(world);
	for (size_t i = 0; others[i] != NULL; i++) {
		world->options.journal = others[i];
		open_log(world);
		log_error(world->log, "a.b");
		assert_string_equal(written(world),
		    "2026-01-31T12:00:00.042Z [ERROR] a.b\n");
		log_free(world->log);
		world->log = NULL;
	}
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_line_is_a_datagram_with_its_priority),
		CASE(the_facility_and_the_format_are_as_told),
		CASE(lines_wait_for_a_logger_that_is_started_anew),
		CASE(a_logger_that_does_not_read_loses_lines_and_is_told),
		CASE(a_logger_must_be_there_at_the_start),
		CASE(lines_for_the_journal_have_a_priority_and_no_time),
		CASE(json_for_the_journal_stays_whole),
		CASE(another_stream_is_not_the_journal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
