/*
 * take - eats from the front of a span what it is asked to find there.
 *
 * Invariant:  on false the text and the outputs are as they were.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_SRC_BASE_TAKE_H
#define LH_SRC_BASE_TAKE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

bool take_char(struct span *text, char c);
bool take_text(struct span *text, struct span expected);
/* Exactly so many digits, at most nine. */
bool take_number(struct span *text, size_t digits, unsigned *out);
/* The first of words that text starts with; index_out counts from 1, as
 * months do. */
bool take_word(struct span *text, const struct span *words, size_t count,
    unsigned *index_out);
/* All digits at the front, perhaps none. */
struct span take_digits(struct span *text);

bool take_is_digit(char c);

#endif
