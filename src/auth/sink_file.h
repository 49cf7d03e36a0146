/*
 * sink_file - a token in a file.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_AUTH_SINK_FILE_H
#define LH_AUTH_SINK_FILE_H

#include "auth/sink.h"

/* Makes and removes a file beside path, which itself is not touched. */
enum lh_err sink_file_check(const char *path, struct lh_cause *cause)
    LH_MUSTCHECK;
/* The bytes of the token, no line end. */
enum lh_err sink_file_write(const struct sink_options *options,
    const struct secret *token, struct lh_cause *cause) LH_MUSTCHECK;

#endif
