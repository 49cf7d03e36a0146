/*
 * log - lines made by log_line, gathered and written to one or two outputs.
 *
 * Every output has a buffer of its own. It is written when the turn of the
 * loop ends, when it is full, and at once for warnings and errors. Anything
 * but a regular file is asked first whether it takes bytes, and then given no
 * more than a pipe takes in one piece, so that a reader who has stopped
 * reading does not stop us: what he does not take stays in the buffer, and
 * lines which find no room there are dropped and counted. For a full buffer
 * we wait a little, once; not again until the output moves.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "base/log.h"

#include <sys/stat.h>

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "log_file.h"
#include "log_line.h"
#include "log_repeats.h"

#define OUTPUT_BUFFER_BYTES (64 * 1024)
#define OUTPUT_PATIENCE_MS 100
#define OUTPUTS_MAX 2

struct output {
	int fd;
	struct log_file *file;	/* that fd belongs to, or NULL */
	bool regular;		/* a write never waits for a reader */
	bool stuck;		/* took nothing since a line was dropped */
	int64_t dropped;	/* lines, ever */
	int64_t told;		/* of these, told in the output */
	size_t len;
	char buffer[OUTPUT_BUFFER_BYTES];
};

struct log {
	enum log_level level;
	enum log_format format;
	const struct timesource *source;
	struct log_repeats repeats;
	size_t output_count;
	struct output *outputs[OUTPUTS_MAX];
};

static struct output *output_new(int fd);
static struct output *output_of_file(struct log_file **file);
static void output_free(struct output *output);
static void output_append(struct output *output, struct span line);
static bool output_has_room(const struct output *output, struct span line);
static void output_flush(struct output *output, int patience_ms);
static bool output_takes(const struct output *output, int patience_ms);
static ssize_t write_quietly(int fd, const char *bytes, size_t len);
static void output_give_up(struct output *output, size_t written);
static void write_line(struct log *log, enum log_level level,
    const char *event, const struct log_field *fields);
static void tell_repeated(struct log *log, mono_ms now);
static void rotate(struct log *log, struct output *output, size_t more);
static void tell_dropped(struct log *log, struct output *output);

enum lh_err
log_new(const struct log_options *options, const struct timesource *source,
    struct log **log_out, struct lh_cause *cause)
{
	struct log_file *file = NULL;
	struct log *log;
	enum lh_err err;

	if (options->file != NULL) {
		err = log_file_new(options, timesource_mono(source), &file,
		    cause);
		if (err != LH_OK)
			return err;
	}
	log = xcalloc(1, sizeof(*log));
	log->level = options->level;
	log->format = options->format;
	log->source = source;
	log->outputs[log->output_count++] =
	    output_new(options->to_stdout ? STDOUT_FILENO : STDERR_FILENO);
	if (file != NULL)
		log->outputs[log->output_count++] = output_of_file(&file);
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
		output_flush(log->outputs[i], OUTPUT_PATIENCE_MS);
		output_free(log->outputs[i]);
	}
	free(log);
}

enum lh_err
log_reopen(struct log *log, struct lh_cause *cause)
{
	enum lh_err err = LH_OK;

	for (size_t i = 0; err == LH_OK && i < log->output_count; i++) {
		struct output *output = log->outputs[i];

		if (output->file == NULL)
			continue;
		output_flush(output, 0);
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
		const struct output *output = log->outputs[i];

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
		output_flush(log->outputs[i], 0);
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

static void
write_line(struct log *log, enum log_level level, const char *event,
    const struct log_field *fields)
{
	struct log_line line;

	log_line_make(&line, log->format,
	    &(struct log_event){ timesource_wall(log->source), level, event,
	    fields });
	for (size_t i = 0; i < log->output_count; i++) {
		struct span text = log_line_lend(&line);

		tell_dropped(log, log->outputs[i]);
		if (log->outputs[i]->file != NULL)
			rotate(log, log->outputs[i], text.len);
		output_append(log->outputs[i], text);
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
rotate(struct log *log, struct output *output, size_t more)
{
	mono_ms now = timesource_mono(log->source);
	struct log_line line;
	struct lh_cause cause;

	if (log_file_is_due(output->file, more, now)) {
		output_flush(output, 0);
		if (log_file_rotate(output->file, now,
		    timesource_wall(log->source), &cause) != LH_OK) {
			const struct log_field fields[] = {
				log_text("error", cause.text),
				{ NULL, SPAN_NONE, 0, false },
			};

			log_line_make(&line, log->format, &(struct log_event){
			    timesource_wall(log->source), LOG_LEVEL_ERROR,
			    "log.rotate_failed", fields });
			output_append(output, log_line_lend(&line));
		}
		output->fd = log_file_fd(output->file);
	}
	log_file_grow(output->file, more);
}

static struct output *
output_new(int fd)
{
	struct output *output = xcalloc(1, sizeof(*output));
	struct stat st;

	output->fd = fd;
	output->regular = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
	return output;
}

/* Takes *file. */
static struct output *
output_of_file(struct log_file **file)
{
	struct output *output = output_new(log_file_fd(*file));

	output->file = *file;
	*file = NULL;
	return output;
}

static void
output_free(struct output *output)
{
	log_file_free(output->file);
	free(output);
}

static void
output_append(struct output *output, struct span line)
{
	if (!output_has_room(output, line)) {
		if (!output->stuck)
			(void)output_takes(output, OUTPUT_PATIENCE_MS);
		output_flush(output, 0);
	}
	if (!output_has_room(output, line)) {
		output->stuck = true;
		output->dropped++;
		return;
	}
	memcpy(output->buffer + output->len, line.ptr, line.len);
	output->len += line.len;
}

static bool
output_has_room(const struct output *output, struct span line)
{
	return line.len <= sizeof(output->buffer) - output->len;
}

/* Has patience for every piece. */
static void
output_flush(struct output *output, int patience_ms)
{
	size_t done = 0;

	while (done < output->len) {
		size_t piece = output->len - done;
		ssize_t n;

		if (!output->regular && piece > PIPE_BUF)
			piece = PIPE_BUF;
		if (!output_takes(output, patience_ms))
			break;
		n = write_quietly(output->fd, output->buffer + done, piece);
		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0) {
			output_give_up(output, done);
			return;
		}
		done += (size_t)n;
	}
	output->len -= done;
	memmove(output->buffer, output->buffer + done, output->len);
	if (done > 0)
		output->stuck = false;
}

static bool
output_takes(const struct output *output, int patience_ms)
{
	struct pollfd pollfd = { output->fd, POLLOUT, 0 };

	if (output->regular)
		return true;
	return poll(&pollfd, 1, patience_ms) > 0;
}

/* A reader who has gone must not end us: SIGPIPE is kept from being
 * delivered, and taken back where it was not already pending. */
static ssize_t
write_quietly(int fd, const char *bytes, size_t len)
{
	const struct timespec no_wait = { 0, 0 };
	sigset_t pipe_only, before, pending;
	ssize_t n;
	int saved;

	sigemptyset(&pipe_only);
	sigaddset(&pipe_only, SIGPIPE);
	sigemptyset(&pending);
	sigpending(&pending);
	pthread_sigmask(SIG_BLOCK, &pipe_only, &before);
	do {
		n = write(fd, bytes, len);
	} while (n < 0 && errno == EINTR);
	saved = errno;
	if (n < 0 && saved == EPIPE && sigismember(&pending, SIGPIPE) == 0)
		(void)sigtimedwait(&pipe_only, NULL, &no_wait);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = saved;
	return n;
}

/* The output is broken or full for good: its lines are lost, and a line that
 * was written in part is ended before the next. */
static void
output_give_up(struct output *output, size_t written)
{
	const char *buffer = output->buffer;
	bool torn_before = written == 0 && buffer[0] == '\n';
	bool torn = torn_before ||
	    (written > 0 && buffer[written - 1] != '\n');

	for (size_t i = written + torn_before; i < output->len; i++)
		output->dropped += buffer[i] == '\n';
	output->len = 0;
	if (torn)
		output->buffer[output->len++] = '\n';
}

/* Once the output moves again. */
static void
tell_dropped(struct log *log, struct output *output)
{
	const struct log_field fields[] = {
		log_num("lines", output->dropped),
		{ NULL, SPAN_NONE, 0, false },
	};
	struct log_line line;

	if (output->dropped == output->told || output->stuck)
		return;
	log_line_make(&line, log->format,
	    &(struct log_event){ timesource_wall(log->source), LOG_LEVEL_WARN,
	    "log.dropped", fields });
	if (!output_has_room(output, log_line_lend(&line)))
		return;
	output->told = output->dropped;
	output_append(output, log_line_lend(&line));
}
