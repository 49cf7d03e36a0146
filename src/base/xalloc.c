/*
 * xalloc - allocations whose failure ends the process.
 *
 * An allocation of no bytes asks for one, so that the result is never NULL.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "base/xalloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret_alloc.h"

static void fail(const char *what) __attribute__((noreturn, cold));

void *
xmalloc(size_t size)
{
	void *memory = malloc(size == 0 ? 1 : size);

	if (memory == NULL)
		fail("out of memory");
	return memory;
}

void *
xcalloc(size_t count, size_t size)
{
	void *memory;

	if (count == 0 || size == 0)
		count = size = 1;
	memory = secret_calloc(count, size);
	if (memory == NULL)
		fail("out of memory");
	return memory;
}

void *
xreallocarray(void *old, size_t count, size_t size)
{
	void *memory;

	if (count == 0 || size == 0)
		count = size = 1;
	memory = reallocarray(old, count, size);
	if (memory == NULL)
		fail("out of memory");
	return memory;
}

char *
xstrdup(const char *text)
{
	size_t size;

	if (text == NULL)
		return NULL;
	size = strlen(text) + 1;
	return memcpy(xmalloc(size), text, size);
}

char *
xasprintf(const char *format, ...)
{
	va_list ap, again;
	char *text;
	int len;

	va_start(ap, format);
	va_copy(again, ap);
	len = vsnprintf(NULL, 0, format, ap);
	if (len < 0)
		fail("a text could not be formatted");
	text = xmalloc((size_t)len + 1);
	vsnprintf(text, (size_t)len + 1, format, again);
	va_end(again);
	va_end(ap);
	return text;
}

static void
fail(const char *what)
{
	fprintf(stderr, "leasehold: %s\n", what);
	abort();
}
