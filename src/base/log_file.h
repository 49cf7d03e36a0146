/*
 * log_file - the file that log lines go to, and those it was before.
 *
 * Owns:       the descriptor.
 * Invariant:  there is always a file open; when it cannot be replaced the old
 *             one stays, and the next try comes a minute later.
 * Source: behaviour section 1.14: old files are called name-<unix
 * nanoseconds>.log.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_SRC_BASE_LOG_FILE_H
#define LH_SRC_BASE_LOG_FILE_H

#include "base/log.h"

struct log_file;

/* options->file is copied. */
enum lh_err log_file_new(const struct log_options *options, mono_ms now,
    struct log_file **file_out, struct lh_cause *cause) LH_MUSTCHECK;
void log_file_free(struct log_file *file);

/* Another one after each rotation and reopening. */
int log_file_fd(const struct log_file *file);

/* So many bytes are on their way to it. */
void log_file_grow(struct log_file *file, size_t more);
/* Is it to be replaced before so many more? */
bool log_file_is_due(const struct log_file *file, size_t more, mono_ms now);
enum lh_err log_file_rotate(struct log_file *file, mono_ms now, wall_ms wall,
    struct lh_cause *cause) LH_MUSTCHECK;
enum lh_err log_file_reopen(struct log_file *file, mono_ms now,
    struct lh_cause *cause) LH_MUSTCHECK;

#endif
