/*
 * bytes - a growable buffer with a ceiling fixed at birth.
 *
 * Owns:       its memory, which is wiped when it grows, is cut, cleared or
 *             released (it may hold a body for a moment); room that was never
 *             written is not touched.
 * Invariant:  len <= cap <= max; data[len] is not part of it.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_BASE_BYTES_H
#define LH_BASE_BYTES_H

#include <stddef.h>

#include "base/lh_err.h"
#include "base/span.h"

struct bytes {
	char *data;
	size_t len;
	size_t cap;
	size_t max;
};

void bytes_init(struct bytes *bytes, size_t max);
void bytes_release(struct bytes *bytes);
void bytes_clear(struct bytes *bytes);	/* keeps the ceiling, frees memory */

/* Takes back what was added since it had len, and wipes it. len: at most what
 * it has now. */
void bytes_cut(struct bytes *bytes, size_t len);

/* Room for so many more bytes: no copy is made while they come. */
enum lh_err bytes_reserve(struct bytes *bytes, size_t more) LH_MUSTCHECK;
/* LH_ERR_LIMIT: would pass the ceiling, or no memory; nothing was added. */
enum lh_err bytes_append(struct bytes *bytes, const void *data, size_t len)
    LH_MUSTCHECK;
enum lh_err bytes_append_span(struct bytes *bytes, struct span text)
    LH_MUSTCHECK;
enum lh_err bytes_printf(struct bytes *bytes, const char *format, ...)
    LH_PRINTF(2, 3) LH_MUSTCHECK;

struct span bytes_span(const struct bytes *bytes);	/* lent until changed */

#endif
