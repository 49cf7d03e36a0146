/*
 * log - one line an event: time, level, event.name, key=value ...
 *
 * Owns:       the outputs and a buffer that is written once a turn of the loop
 *             (log_flush()), at once for warnings and errors.
 * Invariant:  values are escaped and cut at LOG_VALUE_MAX; a line never spans
 *             two. An output that does not take its lines holds nobody up:
 *             they are dropped, and counted in a line "log.dropped".
 *             Of warnings and errors alike but for numbers ten a minute are
 *             written, the rest is counted in a line "log.repeated".
 * Never:      a secret, a body, a query string: callers give names, accessors,
 *             fingerprints.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_BASE_LOG_H
#define LH_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/lh_err.h"
#include "base/span.h"
#include "base/timesource.h"

#define LOG_VALUE_MAX 1024		/* bytes of a text value shown */

/* The levels of the incumbents; notice counts as info to them (1.14). */
enum log_level {
	LOG_LEVEL_ERROR,	/* someone must act */
	LOG_LEVEL_WARN,		/* degraded, going on */
	LOG_LEVEL_INFO,		/* life events, one line a request */
	LOG_LEVEL_DEBUG,	/* state changes and decisions */
	LOG_LEVEL_TRACE
};

enum log_format { LOG_FORMAT_STANDARD, LOG_FORMAT_JSON };

enum log_target { LOG_TARGET_STDERR, LOG_TARGET_SYSLOG };

struct log_options {
	enum log_level level;
	enum log_format format;
	const char *file;	/* also written there when not NULL */
	int64_t rotate_bytes;	/* the file ends before; 0: never */
	span_ms rotate_after;	/* or when it is so old; 0: never */
	int64_t rotate_max_files;	/* old ones kept; 0: all, -1: none */
	bool to_stdout;		/* instead of standard error */
	const char *journal;	/* JOURNAL_STREAM, or NULL: is that one the
				 * journal's? */
	enum log_target target;
	const char *socket;	/* of the logger: a path */
	unsigned facility;	/* for the logger, by its number */
};

struct log;

struct log_field {
	const char *key;	/* NULL ends the list */
	struct span text;
	int64_t number;
	bool is_number;		/* else text counts, also when it is none */
};

/* Log fields, none or more:
 * log_info(log, "token.renewed", log_num("ttl_s", ttl)). */
#define log_text(k, s) ((struct log_field){ (k), span_of(s), 0, false })
#define log_span(k, s) ((struct log_field){ (k), (s), 0, false })
#define log_num(k, n) \
	((struct log_field){ (k), { NULL, 0 }, (n), true })

#define log_at(log, level, event, ...)					\
	do {								\
		if (log_is_on((log), (level)))				\
			log_write((log), (level), (event),		\
			    (const struct log_field[]){ __VA_ARGS__	\
			    __VA_OPT__(,)				\
			    { NULL, { NULL, 0 }, 0, false } });		\
	} while (0)
#define log_error(log, event, ...) \
	log_at(log, LOG_LEVEL_ERROR, event, __VA_ARGS__)
#define log_warn(log, event, ...) \
	log_at(log, LOG_LEVEL_WARN, event, __VA_ARGS__)
#define log_info(log, event, ...) \
	log_at(log, LOG_LEVEL_INFO, event, __VA_ARGS__)
#define log_debug(log, event, ...) \
	log_at(log, LOG_LEVEL_DEBUG, event, __VA_ARGS__)

/* source: borrowed for the life of the log. */
enum lh_err log_new(const struct log_options *options,
    const struct timesource *source, struct log **log_out,
    struct lh_cause *cause) LH_MUSTCHECK;
void log_free(struct log *log);		/* flushes */

/* The file by its name, anew: it may have been moved away. On failure the old
 * one is written on. */
enum lh_err log_reopen(struct log *log, struct lh_cause *cause) LH_MUSTCHECK;

/* The file is that user's from now on, and he can replace it. */
enum lh_err log_give(struct log *log, unsigned uid, unsigned gid,
    struct lh_cause *cause) LH_MUSTCHECK;

void log_set_level(struct log *log, enum log_level level);
/* log may be NULL: nothing is on (unit tests). */
bool log_is_on(const struct log *log, enum log_level level);

/* fields: ended by a NULL key. Use the macros above. */
void log_write(struct log *log, enum log_level level, const char *event,
    const struct log_field *fields);
void log_flush(struct log *log);

/* trace debug info notice warn warning err error, any case, "" = info. */
enum lh_err log_level_parse(struct span text, enum log_level *level_out)
    LH_MUSTCHECK;

#endif
