/*
 * test_log - lines in both formats, levels, and outputs that fail.
 * Standard error is a pipe while a log is open; what arrives there is read
 * after the log was flushed.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "base/log.h"

#include <sys/stat.h>

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#define OUTPUT_MAX (512 * 1024)
/* 2026-01-31T12:00:00.042Z */
#define WALL ((wall_ms)1769860800042)
#define HEAD "2026-01-31T12:00:00.042Z "

struct world {
	struct timesource *source;
	struct log *log;
	int real_stderr;
	int reader;
	size_t len;
	char *output;
};

static void
world_open(struct world *world, const struct log_options *options)
{
	struct lh_cause cause;
	int ends[2];

	world->output = calloc(1, OUTPUT_MAX);
	assert_non_null(world->output);
	world->len = 0;
	world->source = timesource_new_manual(0, WALL);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	world->reader = ends[0];
	world->real_stderr = dup(STDERR_FILENO);
	assert_true(world->real_stderr >= 0);
	assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
	close(ends[1]);
	assert_int_equal(log_new(options, world->source, &world->log, &cause),
	    LH_OK);
}

static const char *
collect(struct world *world)
{
	ssize_t n;

	while ((n = read(world->reader, world->output + world->len,
	    OUTPUT_MAX - 1 - world->len)) > 0)
		world->len += (size_t)n;
	world->output[world->len] = '\0';
	return world->output;
}

static void
world_close(struct world *world)
{
	log_free(world->log);
	dup2(world->real_stderr, STDERR_FILENO);
	close(world->real_stderr);
	if (world->reader >= 0)
		close(world->reader);
	timesource_free(world->source);
	free(world->output);
}

static const struct log_options standard = { .level = LOG_LEVEL_INFO };
static const struct log_options json = {
	.level = LOG_LEVEL_TRACE, .format = LOG_FORMAT_JSON,
};

static void
a_line_has_time_level_event_and_fields(void **state)
{
	struct world world;

	world_open(&world, &standard);
	log_info(world.log, "token.renewed", log_num("ttl_s", 3600),
	    log_text("mount", "auth/app role"), log_text("via", "approle"));
	log_info(world.log, "proxy.ready");
	log_flush(world.log);
	assert_string_equal(collect(&world),
	    HEAD "[INFO]  token.renewed ttl_s=3600 mount=\"auth/app role\" "
	    "via=approle\n" HEAD "[INFO]  proxy.ready\n");
	world_close(&world);
}

static void
levels_are_padded_to_one_width(void **state)
{
	const struct log_options all = { .level = LOG_LEVEL_TRACE };
	struct world world;

	world_open(&world, &all);
	for (int i = LOG_LEVEL_ERROR; i <= LOG_LEVEL_TRACE; i++)
		log_at(world.log, (enum log_level)i, "e");
	log_flush(world.log);
	assert_string_equal(collect(&world),
	    HEAD "[ERROR] e\n" HEAD "[WARN]  e\n" HEAD "[INFO]  e\n"
	    HEAD "[DEBUG] e\n" HEAD "[TRACE] e\n");
	world_close(&world);
}

static void
lines_below_the_level_are_silent(void **state)
{
	struct world world;

	world_open(&world, &standard);
	assert_false(log_is_on(world.log, LOG_LEVEL_DEBUG));
	log_debug(world.log, "hidden");
	log_set_level(world.log, LOG_LEVEL_DEBUG);
	log_debug(world.log, "shown");
	log_set_level(world.log, LOG_LEVEL_ERROR);
	log_warn(world.log, "hidden");
	log_flush(world.log);
	assert_string_equal(collect(&world), HEAD "[DEBUG] shown\n");
	world_close(&world);
}

static void
no_log_is_silent(void **state)
{
	assert_false(log_is_on(NULL, LOG_LEVEL_ERROR));
	log_error(NULL, "event", log_num("n", 1));
	log_set_level(NULL, LOG_LEVEL_TRACE);
	log_flush(NULL);
	log_free(NULL);
}

static void
info_waits_for_the_flush_and_warnings_do_not(void **state)
{
	struct world world;

	world_open(&world, &standard);
	log_info(world.log, "one");
	assert_string_equal(collect(&world), "");
	log_warn(world.log, "two");
	assert_string_equal(collect(&world),
	    HEAD "[INFO]  one\n" HEAD "[WARN]  two\n");
	world_close(&world);
}

static void
values_are_escaped_so_that_a_line_stays_one(void **state)
{
	static const struct {
		const char *value;
		const char *shown;
	} cases[] = {
		{ "plain/path-1.2:3", "plain/path-1.2:3" },
		{ "", "\"\"" },
		{ NULL, "\"\"" },
		{ "a b", "\"a b\"" },
		{ "a=b", "\"a=b\"" },
		{ "a\"b", "\"a\\\"b\"" },
		{ "a\\b", "\"a\\\\b\"" },
		{ "a\nb\t\x7f", "\"a\\x0ab\\x09\\x7f\"" },
		{ "caf\xc3\xa9", "caf\xc3\xa9" },
		{ "\xc3", "\"\\xc3\"" },
		{ "\xc0\xaf", "\"\\xc0\\xaf\"" },
		{ "\xed\xa0\x80", "\"\\xed\\xa0\\x80\"" },
		{ "\xc2\x85", "\"\\xc2\\x85\"" },	/* a newline, C1 */
		{ "\xf0\x9f\x94\x91", "\xf0\x9f\x94\x91" },
	};
	char expected[128];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct world world;

		world_open(&world, &standard);
		log_info(world.log, "e", log_text("v", cases[i].value));
		log_flush(world.log);
		snprintf(expected, sizeof(expected), HEAD "[INFO]  e v=%s\n",
		    cases[i].shown);
		assert_string_equal(collect(&world), expected);
		world_close(&world);
	}
}

static void
long_values_are_cut_between_characters(void **state)
{
	char value[LOG_VALUE_MAX + 20];
	struct world world;

	memset(value, 'x', sizeof(value));
	memcpy(value + LOG_VALUE_MAX - 1, "\xc3\xa9", 2);
	world_open(&world, &standard);
	log_info(world.log, "e", log_span("v",
	    ((struct span){ value, sizeof(value) })));
	log_flush(world.log);
	assert_int_equal(strlen(collect(&world)),
	    strlen(HEAD "[INFO]  e v=") + LOG_VALUE_MAX - 1 + 1);
	world_close(&world);
}

static json_t *
parse_line(struct world *world)
{
	json_t *line;

	log_flush(world->log);
	line = json_loads(collect(world), JSON_REJECT_DUPLICATES |
	    JSON_ALLOW_NUL, NULL);
	assert_non_null(line);
	return line;
}

static const char *
json_text(const json_t *line, const char *key)
{
	return json_string_value(json_object_get(line, key));
}

static void
a_json_line_is_one_object(void **state)
{
	struct world world;
	json_t *line;

	world_open(&world, &json);
	log_info(world.log, "token.renewed", log_num("ttl_s", -36),
	    log_text("mount", "auth/\"app\"\\\n"));
	assert_string_equal(collect(&world), "");
	line = parse_line(&world);
	assert_int_equal(json_object_size(line), 5);
	assert_string_equal(json_text(line, "@level"), "info");
	assert_string_equal(json_text(line, "@message"), "token.renewed");
	assert_string_equal(json_text(line, "@timestamp"),
	    "2026-01-31T12:00:00.042Z");
	assert_string_equal(json_text(line, "mount"), "auth/\"app\"\\\n");
	assert_int_equal(json_integer_value(json_object_get(line, "ttl_s")),
	    -36);
	assert_int_equal(world.output[world.len - 1], '\n');
	json_decref(line);
	world_close(&world);
}

static void
any_bytes_make_valid_json(void **state)
{
	char bytes[256];
	struct world world;
	json_t *line;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)i;
	world_open(&world, &json);
	log_info(world.log, "e", log_span("v",
	    ((struct span){ bytes, sizeof(bytes) })));
	line = parse_line(&world);
	assert_int_equal(json_string_length(json_object_get(line, "v")),
	    128 + 128 * strlen("\xef\xbf\xbd"));
	assert_ptr_equal(strchr(world.output, '\n'),
	    world.output + world.len - 1);
	json_decref(line);
	world_close(&world);
}

static void
fields_beyond_the_line_are_left_out_whole(void **state)
{
	char bytes[LOG_VALUE_MAX];
	struct span value = { bytes, sizeof(bytes) };
	struct world world;
	json_t *line;

	memset(bytes, 1, sizeof(bytes));	/* six bytes each when shown */
	world_open(&world, &json);
	log_info(world.log, "e", log_span("a", value), log_span("b", value),
	    log_span("c", value), log_num("d", 1));
	line = parse_line(&world);
	assert_non_null(json_object_get(line, "b"));
	assert_null(json_object_get(line, "c"));
	assert_int_equal(json_integer_value(json_object_get(line, "cut")), 1);
	json_decref(line);
	world_close(&world);
}

static void
a_reader_who_does_not_read_costs_lines_not_us(void **state)
{
	char value[1000];
	struct world world;
	const char *told;

	memset(value, 'x', sizeof(value));
	world_open(&world, &standard);
	for (int i = 0; i < 300; i++)
		log_info(world.log, "e", log_span("v",
		    ((struct span){ value, sizeof(value) })));
	for (int i = 0; i < 2; i++) {
		(void)collect(&world);
		log_flush(world.log);
	}
	(void)collect(&world);
	log_info(world.log, "after");
	log_flush(world.log);
	told = strstr(collect(&world), "[WARN]  log.dropped lines=");
	assert_non_null(told);
	assert_non_null(strstr(told, "[INFO]  after\n"));
	assert_null(strstr(strstr(told, "after"), "log.dropped"));
	world_close(&world);
}

static void
a_reader_who_has_gone_does_not_end_us(void **state)
{
	struct world world;

	world_open(&world, &standard);
	close(world.reader);
	world.reader = -1;
	log_error(world.log, "one");
	log_error(world.log, "two");
	world_close(&world);
}

static size_t
read_file(const char *file, char *text, size_t size)
{
	int fd = open(file, O_RDONLY);
	ssize_t n;

	assert_true(fd >= 0);
	n = read(fd, text, size - 1);
	assert_true(n >= 0);
	text[n] = '\0';
	close(fd);
	return (size_t)n;
}

static void
a_file_is_appended_to_and_not_for_everybody(void **state)
{
	char dir[] = "/tmp/test_log.XXXXXX";
	char file[64], text[256];
	struct log_options options = { .level = LOG_LEVEL_INFO };
	struct world world;
	struct stat st;

	assert_non_null(mkdtemp(dir));
	snprintf(file, sizeof(file), "%s/log", dir);
	options.file = file;
	for (int i = 0; i < 2; i++) {
		world_open(&world, &options);
		log_info(world.log, "e", log_num("i", i));
		world_close(&world);
	}
	read_file(file, text, sizeof(text));
	assert_string_equal(text,
	    HEAD "[INFO]  e i=0\n" HEAD "[INFO]  e i=1\n");
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 0137, 0);
	unlink(file);
	rmdir(dir);
}

static void
a_file_that_cannot_be_opened_is_an_error_with_a_cause(void **state)
{
	const struct log_options options = { .file = "/nonexistent/log" };
	struct timesource *source = timesource_new_manual(0, WALL);
	struct lh_cause cause;
	struct log *log = NULL;

	assert_int_equal(log_new(&options, source, &log, &cause),
	    LH_ERR_SYSTEM);
	assert_null(log);
	assert_non_null(strstr(cause.text, "/nonexistent/log"));
	timesource_free(source);
}

static void
levels_are_known_by_all_their_names(void **state)
{
	static const struct {
		const char *name;
		enum log_level level;
	} cases[] = {
		{ "trace", LOG_LEVEL_TRACE }, { "DEBUG", LOG_LEVEL_DEBUG },
		{ "Info", LOG_LEVEL_INFO }, { "", LOG_LEVEL_INFO },
		{ "notice", LOG_LEVEL_INFO }, { "warn", LOG_LEVEL_WARN },
		{ "warning", LOG_LEVEL_WARN }, { "err", LOG_LEVEL_ERROR },
		{ "error", LOG_LEVEL_ERROR },
	};
	enum log_level level;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(log_level_parse(span_of(cases[i].name),
		    &level), LH_OK);
		assert_int_equal(level, cases[i].level);
	}
	assert_int_equal(log_level_parse(SPAN_LITERAL("loud"), &level),
	    LH_ERR_FORMAT);
	assert_int_equal(level, LOG_LEVEL_ERROR);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_has_time_level_event_and_fields),
		cmocka_unit_test(levels_are_padded_to_one_width),
		cmocka_unit_test(lines_below_the_level_are_silent),
		cmocka_unit_test(no_log_is_silent),
		cmocka_unit_test(info_waits_for_the_flush_and_warnings_do_not),
		cmocka_unit_test(values_are_escaped_so_that_a_line_stays_one),
		cmocka_unit_test(long_values_are_cut_between_characters),
		cmocka_unit_test(a_json_line_is_one_object),
		cmocka_unit_test(any_bytes_make_valid_json),
		cmocka_unit_test(fields_beyond_the_line_are_left_out_whole),
		cmocka_unit_test(a_reader_who_does_not_read_costs_lines_not_us),
		cmocka_unit_test(a_reader_who_has_gone_does_not_end_us),
		cmocka_unit_test(a_file_is_appended_to_and_not_for_everybody),
		cmocka_unit_test(
		    a_file_that_cannot_be_opened_is_an_error_with_a_cause),
		cmocka_unit_test(levels_are_known_by_all_their_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
