/*
 * log - lines made by log_line, given to one or two outputs.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "base/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "log_line.h"
#include "log_output.h"
#include "log_repeats.h"

#define OUTPUTS_MAX 2

struct log {
	enum log_level level;
	enum log_format format;
	const struct timesource *source;
	struct log_repeats repeats;
	size_t output_count;
	struct log_output *outputs[OUTPUTS_MAX];
};

static enum lh_err open_outputs(struct log *log,
    const struct log_options *options, struct lh_cause *cause);
static void write_line(struct log *log, enum log_level level,
    const char *event, const struct log_field *fields);
static void tell_repeated(struct log *log, mono_ms now);
static void rotate(struct log *log, struct log_output *output, size_t more);
static void tell_dropped(struct log *log, struct log_output *output);

enum lh_err
log_new(const struct log_options *options, const struct timesource *source,
    struct log **log_out, struct lh_cause *cause)
{
	struct log *log = xcalloc(1, sizeof(*log));
	enum lh_err err;

	log->level = options->level;
	log->format = options->format;
	log->source = source;
	err = open_outputs(log, options, cause);
	if (err != LH_OK) {
		log_free(log);
		return err;
	}
	*log_out = log;
	return LH_OK;
}

void
log_free(struct log *log)
{
	if (log == NULL)
		return;
	tell_repeated(log, INT64_MAX);
	for (size_t i = 0; i < log->output_count; i++) {
		log_output_flush(log->outputs[i], LOG_OUTPUT_PATIENCE_MS);
		log_output_free(log->outputs[i]);
	}
	free(log);
}

enum lh_err
log_reopen(struct log *log, struct lh_cause *cause)
{
	enum lh_err err = LH_OK;

	for (size_t i = 0; err == LH_OK && i < log->output_count; i++) {
		struct log_output *output = log->outputs[i];

		if (output->file == NULL)
			continue;
		log_output_flush(output, 0);
		err = log_file_reopen(output->file,
		    timesource_mono(log->source), cause);
		output->fd = log_file_fd(output->file);
	}
	return err;
}

enum lh_err
log_give(struct log *log, unsigned uid, unsigned gid, struct lh_cause *cause)
{
	for (size_t i = 0; i < log->output_count; i++) {
		const struct log_output *output = log->outputs[i];

		if (output->file != NULL && output->regular &&
		    fchown(output->fd, uid, gid) != 0) {
			lh_cause_set(cause, "cannot give away the log file: "
			    "%s", strerror(errno));
			return LH_ERR_SYSTEM;
		}
	}
	return LH_OK;
}

void
log_set_level(struct log *log, enum log_level level)
{
	if (log != NULL)
		log->level = level;
}

bool
log_is_on(const struct log *log, enum log_level level)
{
	return log != NULL && level <= log->level;
}

void
log_write(struct log *log, enum log_level level, const char *event,
    const struct log_field *fields)
{
	mono_ms now;

	if (!log_is_on(log, level))
		return;
	if (level > LOG_LEVEL_WARN) {
		write_line(log, level, event, fields);
		return;
	}
	now = timesource_mono(log->source);
	tell_repeated(log, now);
	if (!log_repeats_pass(&log->repeats, &(struct log_event){ 0, level,
	    event, fields }, now))
		return;
	write_line(log, level, event, fields);
	log_flush(log);
}

void
log_flush(struct log *log)
{
	if (log == NULL)
		return;
	if (log_repeats_left_out(&log->repeats))
		tell_repeated(log, timesource_mono(log->source));
	for (size_t i = 0; i < log->output_count; i++)
		log_output_flush(log->outputs[i], 0);
}

enum lh_err
log_level_parse(struct span text, enum log_level *level_out)
{
	static const struct {
		struct span name;
		enum log_level level;
	} levels[] = {
		{ { "trace", 5 }, LOG_LEVEL_TRACE },
		{ { "debug", 5 }, LOG_LEVEL_DEBUG },
		{ { "info", 4 }, LOG_LEVEL_INFO },
		{ { "", 0 }, LOG_LEVEL_INFO },
		{ { "notice", 6 }, LOG_LEVEL_INFO },
		{ { "warn", 4 }, LOG_LEVEL_WARN },
		{ { "warning", 7 }, LOG_LEVEL_WARN },
		{ { "err", 3 }, LOG_LEVEL_ERROR },
		{ { "error", 5 }, LOG_LEVEL_ERROR },
	};

	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		if (span_equal_nocase(text, levels[i].name)) {
			*level_out = levels[i].level;
			return LH_OK;
		}
	}
	return LH_ERR_FORMAT;
}

/* The flag that asks for standard output beats the file that asks for the
 * system's logger. */
static enum lh_err
open_outputs(struct log *log, const struct log_options *options,
    struct lh_cause *cause)
{
	struct log_file *file = NULL;
	struct log_syslog *syslog = NULL;
	enum lh_err err = LH_OK;

	if (options->target == LOG_TARGET_SYSLOG && !options->to_stdout)
		err = log_syslog_new(options->socket, options->facility,
		    &syslog, cause);
	if (err != LH_OK)
		return err;
	log->outputs[log->output_count++] = syslog != NULL ?
	    log_output_of_syslog(&syslog) : log_output_new(
	    options->to_stdout ? STDOUT_FILENO : STDERR_FILENO,
	    options->journal);
	if (options->file == NULL)
		return LH_OK;
	err = log_file_new(options, timesource_mono(log->source), &file,
	    cause);
	if (err == LH_OK)
		log->outputs[log->output_count++] = log_output_of_file(&file);
	return err;
}

static void
write_line(struct log *log, enum log_level level, const char *event,
    const struct log_field *fields)
{
	wall_ms at = timesource_wall(log->source);
	struct log_line line;

	log_line_make(&line, log->format,
	    &(struct log_event){ at, level, event, fields });
	for (size_t i = 0; i < log->output_count; i++) {
		tell_dropped(log, log->outputs[i]);
		if (log->outputs[i]->file != NULL)
			rotate(log, log->outputs[i],
			    log_line_lend(&line).len);
		log_output_append(log->outputs[i], &line, level, at);
	}
}

/* Of the windows that are over. */
static void
tell_repeated(struct log *log, mono_ms now)
{
	struct log_repeat repeat;

	while (log_repeats_take(&log->repeats, now, &repeat)) {
		const struct log_field fields[] = {
			log_text("event", repeat.event),
			log_num("left_out", (int64_t)repeat.left_out),
			log_num("window_s", LOG_REPEATS_WINDOW_MS / 1000),
			{ NULL, SPAN_NONE, 0, false },
		};

		write_line(log, repeat.level, "log.repeated", fields);
	}
}

/* A file that cannot be replaced is written on, and that is told in it. */
static void
rotate(struct log *log, struct log_output *output, size_t more)
{
	mono_ms now = timesource_mono(log->source);
	wall_ms at = timesource_wall(log->source);
	struct log_line line;
	struct lh_cause cause;

	if (log_file_is_due(output->file, more, now)) {
		log_output_flush(output, 0);
		if (log_file_rotate(output->file, now, at, &cause) != LH_OK) {
			const struct log_field fields[] = {
				log_text("error", cause.text),
				{ NULL, SPAN_NONE, 0, false },
			};

			log_line_make(&line, log->format, &(struct log_event){
			    at, LOG_LEVEL_ERROR, "log.rotate_failed",
			    fields });
			log_output_append(output, &line, LOG_LEVEL_ERROR, at);
		}
		output->fd = log_file_fd(output->file);
	}
	log_file_grow(output->file, more);
}

/* Once the output moves again. */
static void
tell_dropped(struct log *log, struct log_output *output)
{
	const struct log_field fields[] = {
		log_num("lines", output->dropped),
		{ NULL, SPAN_NONE, 0, false },
	};
	wall_ms at = timesource_wall(log->source);
	struct log_line line;

	if (output->dropped == output->told || output->stuck)
		return;
	log_line_make(&line, log->format,
	    &(struct log_event){ at, LOG_LEVEL_WARN, "log.dropped", fields });
	if (!log_output_has_room(output, &line))
		return;
	output->told = output->dropped;
	log_output_append(output, &line, LOG_LEVEL_WARN, at);
}
