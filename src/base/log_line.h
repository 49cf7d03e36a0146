/*
 * log_line - one log line as bytes, in either format; pure.
 *
 * Owns:       its bytes. Fields that find no room are left out, which the
 *             field "cut" tells.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_BASE_LOG_LINE_H
#define LH_BASE_LOG_LINE_H

#include <stddef.h>

#include "base/log.h"
#include "base/span.h"
#include "base/timesource.h"

#define LOG_LINE_MAX (16 * 1024)

struct log_event {
	wall_ms at;
	enum log_level level;
	const char *name;
	const struct log_field *fields;	/* ended by a NULL key */
};

struct log_line {
	size_t len;
	size_t time_len;	/* of the time before all else; 0: none is */
	bool full;		/* something did not fit */
	char bytes[LOG_LINE_MAX];
};

void log_line_make(struct log_line *line, enum log_format format,
    const struct log_event *event);

/* With its newline; lent for the life of line. */
struct span log_line_lend(const struct log_line *line);
/* The same without the time that a standard line begins with. */
struct span log_line_lend_untimed(const struct log_line *line);

#endif
