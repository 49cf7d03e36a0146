/*
 * log_output - one place that log lines go to: standard error, a file, the
 * system's logger.
 *
 * Owns:       its buffer, and the file or the way to the logger.
 * Invariant:  what it does not take holds nobody up: such lines are dropped
 *             and counted.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_BASE_LOG_OUTPUT_H
#define LH_BASE_LOG_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "log_file.h"
#include "log_line.h"
#include "log_syslog.h"

#define LOG_OUTPUT_BUFFER (64 * 1024)
#define LOG_OUTPUT_PATIENCE_MS 100

/* How a line is dressed there. */
enum log_dress {
	LOG_DRESS_NONE,
	LOG_DRESS_JOURNAL,	/* "<6>", and no time: the journal has its own */
	LOG_DRESS_SYSLOG	/* a head; the time is in it */
};

struct log_output {
	enum log_dress dress;
	int fd;			/* of no use with syslog */
	struct log_file *file;	/* that fd belongs to, or NULL */
	struct log_syslog *syslog;	/* or NULL */
	bool regular;		/* a write never waits for a reader */
	bool stuck;		/* took nothing since a line was dropped */
	int64_t dropped;	/* lines, ever */
	int64_t told;		/* of these, told in the output */
	size_t len;
	char buffer[LOG_OUTPUT_BUFFER];
};

/* Borrows the descriptor. journal: what JOURNAL_STREAM says, or NULL: is the
 * descriptor the journal's? */
struct log_output *log_output_new(int fd, const char *journal);
/* Take what they are given. */
struct log_output *log_output_of_file(struct log_file **file);
struct log_output *log_output_of_syslog(struct log_syslog **syslog);
void log_output_free(struct log_output *output);

/* level, at: those of the line. Dropped, if there is no room even after a
 * little patience. */
void log_output_append(struct log_output *output, const struct log_line *line,
    enum log_level level, wall_ms at);
bool log_output_has_room(const struct log_output *output,
    const struct log_line *line);
/* Has patience for every piece. */
void log_output_flush(struct log_output *output, int patience_ms);

#endif
