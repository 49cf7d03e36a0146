/*
 * take - eats from the front of a span what it is asked to find there.
 *
 * What is not found is not eaten, so that another form may be tried.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "take.h"

bool
take_char(struct span *text, char c)
{
	return take_text(text, (struct span){ &c, 1 });
}

bool
take_text(struct span *text, struct span expected)
{
	if (!span_starts(*text, expected))
		return false;
	*text = span_skip(*text, expected.len);
	return true;
}

bool
take_number(struct span *text, size_t digits, unsigned *out)
{
	unsigned value = 0;
	size_t i;

	if (text->len < digits)
		return false;
	for (i = 0; i < digits; i++) {
		if (!take_is_digit(text->ptr[i]))
			return false;
		value = value * 10 + (unsigned)(text->ptr[i] - '0');
	}
	*text = span_skip(*text, digits);
	*out = value;
	return true;
}

bool
take_word(struct span *text, const struct span *words, size_t count,
    unsigned *index_out)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (take_text(text, words[i])) {
			*index_out = (unsigned)i + 1;
			return true;
		}
	}
	return false;
}

struct span
take_digits(struct span *text)
{
	struct span digits = { text->ptr, 0 };

	while (digits.len < text->len && take_is_digit(text->ptr[digits.len]))
		digits.len++;
	*text = span_skip(*text, digits.len);
	return digits;
}

bool
take_is_digit(char c)
{
	return c >= '0' && c <= '9';
}
