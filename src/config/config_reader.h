/*
 * config_reader - where the reader of a configuration file stands, and the
 * literals it meets; private to config_syntax.c and config_literal.c.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_CONFIG_CONFIG_READER_H
#define LH_CONFIG_CONFIG_READER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/lh_err.h"

enum config_syntax { CONFIG_SYNTAX_HCL, CONFIG_SYNTAX_JSON };

struct config_reader {
	const char *at;
	const char *end;
	unsigned line;
	enum config_syntax syntax;
	unsigned depth;
	size_t nodes;
	unsigned bad_line;		/* set with cause */
	struct lh_cause *cause;
};

/* The byte so far ahead, or '\0' at the end: no text holds a NUL. */
char config_reader_peek(const struct config_reader *reader, size_t ahead);

/* Fills the cause in; gives LH_ERR_FORMAT to be returned. */
enum lh_err config_reader_fail(struct config_reader *reader,
    const char *format, ...) LH_PRINTF(2, 3);

/* Each stands at the first byte of the literal and goes past it; what it means
 * is appended to into. */
enum lh_err config_literal_quoted(struct config_reader *reader,
    struct bytes *into) LH_MUSTCHECK;
enum lh_err config_literal_heredoc(struct config_reader *reader,
    struct bytes *into) LH_MUSTCHECK;
enum lh_err config_literal_number(struct config_reader *reader,
    struct bytes *into) LH_MUSTCHECK;

#endif
