/*
 * span - lent text: comparing, trimming, cutting, copying.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "base/span.h"

#include <string.h>

#include "base/xalloc.h"

static char fold(char c);
static bool is_blank(char c);

struct span
span_of(const char *text)
{
	if (text == NULL)
		return SPAN_NONE;
	return (struct span){ text, strlen(text) };
}

bool
span_fold_equal(struct span a, struct span b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (a.ptr[i] != b.ptr[i] && fold(a.ptr[i]) != fold(b.ptr[i]))
			return false;
	return true;
}

bool
span_ends(struct span text, struct span suffix)
{
	if (text.len < suffix.len)
		return false;
	return span_equal(span_skip(text, text.len - suffix.len), suffix);
}

struct span
span_trim(struct span text)
{
	size_t start = 0;

	while (start < text.len && is_blank(text.ptr[start]))
		start++;
	text = span_skip(text, start);
	while (text.len > 0 && is_blank(text.ptr[text.len - 1]))
		text.len--;
	return text;
}

struct span
span_cut(struct span *text, char separator)
{
	struct span before = *text;
	size_t at = span_find(*text, separator);

	if (at == text->len) {
		*text = SPAN_NONE;
		return before;
	}
	before.len = at;
	*text = span_skip(*text, at + 1);
	return before;
}

char *
span_dup(struct span text)
{
	char *copy = xmalloc(text.len + 1);

	if (text.len > 0)
		memcpy(copy, text.ptr, text.len);
	copy[text.len] = '\0';
	return copy;
}

static char
fold(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}
