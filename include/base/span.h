/*
 * span - lent text: a pointer and a length, nothing owned, no NUL needed.
 *
 * Never:      outlives the memory it points into; see the lender's header.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_BASE_SPAN_H
#define LH_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct span {
	const char *ptr;
	size_t len;
};

#define SPAN_LITERAL(text) ((struct span){ text, sizeof(text) - 1 })
#define SPAN_NONE ((struct span){ NULL, 0 })

/* NULL gives SPAN_NONE. */
struct span span_of(const char *text);

/* A span without bytes may have a NULL pointer, which no libc function is
 * given. */
static inline bool
span_equal(struct span a, struct span b)
{
	return a.len == b.len &&
	    (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* ASCII case folded. */
bool span_fold_equal(struct span a, struct span b);
/* The same; most of what is compared differs in its length already. */
static inline bool
span_equal_nocase(struct span a, struct span b)
{
	return a.len == b.len && span_fold_equal(a, b);
}

static inline bool
span_starts(struct span text, struct span prefix)
{
	if (text.len < prefix.len)
		return false;
	text.len = prefix.len;
	return span_equal(text, prefix);
}

bool span_ends(struct span text, struct span suffix);

/* Text without its first n bytes; n beyond the end gives an empty span. */
static inline struct span
span_skip(struct span text, size_t n)
{
	if (n > text.len)
		n = text.len;
	if (n == 0)
		return text;
	return (struct span){ text.ptr + n, text.len - n };
}
/* Text without blanks (space, tab, CR, LF) at both ends. */
struct span span_trim(struct span text);

/* Cuts at the first separator: the part before it is returned, text becomes
 * what follows. Without one, all of text is returned and text is SPAN_NONE. */
struct span span_cut(struct span *text, char separator);

/* Position of the first c, or text.len. */
static inline size_t
span_find(struct span text, char c)
{
	const char *found = NULL;

	if (text.len > 0)
		found = memchr(text.ptr, c, text.len);
	return found == NULL ? text.len : (size_t)(found - text.ptr);
}

/* A NUL-terminated copy; the caller frees. */
char *span_dup(struct span text) __attribute__((malloc));

#endif
