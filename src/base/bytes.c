/*
 * bytes - a growable buffer with a ceiling fixed at birth.
 *
 * Capacity doubles up to the ceiling. One byte more than cap is allocated, so
 * that vsnprintf() has room for its NUL even in a full buffer.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "base/bytes.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/lh_assert.h"
#include "base/secret_alloc.h"

#define FIRST_CAP 256

static void wipe(struct bytes *bytes);
static size_t next_cap(const struct bytes *bytes, size_t needed);

void
bytes_init(struct bytes *bytes, size_t max)
{
	lh_assert(max < SIZE_MAX);
	*bytes = (struct bytes){ .max = max };
}

void
bytes_release(struct bytes *bytes)
{
	wipe(bytes);
	*bytes = (struct bytes){ 0 };
}

void
bytes_clear(struct bytes *bytes)
{
	size_t max = bytes->max;

	bytes_release(bytes);
	bytes->max = max;
}

/* With the NUL that may stand behind. */
void
bytes_cut(struct bytes *bytes, size_t len)
{
	lh_assert(len <= bytes->len);
	if (bytes->data != NULL)
		explicit_bzero(bytes->data + len, bytes->len - len + 1);
	bytes->len = len;
}

/* A NUL behind them has room too. */
enum lh_err
bytes_reserve(struct bytes *bytes, size_t more)
{
	size_t cap;
	char *data;

	if (more > bytes->max - bytes->len)
		return LH_ERR_LIMIT;
	if (bytes->data != NULL && more <= bytes->cap - bytes->len)
		return LH_OK;
	cap = next_cap(bytes, bytes->len + more);
	data = secret_malloc(cap + 1);
	if (data == NULL)
		return LH_ERR_LIMIT;
	if (bytes->data != NULL)
		memcpy(data, bytes->data, bytes->len);
	wipe(bytes);
	bytes->data = data;
	bytes->cap = cap;
	return LH_OK;
}

enum lh_err
bytes_append(struct bytes *bytes, const void *data, size_t len)
{
	enum lh_err err;

	if (len == 0)
		return LH_OK;
	err = bytes_reserve(bytes, len);
	if (err != LH_OK)
		return err;
	memcpy(bytes->data + bytes->len, data, len);
	bytes->len += len;
	return LH_OK;
}

enum lh_err
bytes_append_span(struct bytes *bytes, struct span text)
{
	return bytes_append(bytes, text.ptr, text.len);
}

enum lh_err
bytes_printf(struct bytes *bytes, const char *format, ...)
{
	enum lh_err err;
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	lh_assert(len >= 0);
	err = bytes_reserve(bytes, (size_t)len);
	if (err != LH_OK)
		return err;
	va_start(args, format);
	vsnprintf(bytes->data + bytes->len, (size_t)len + 1, format, args);
	va_end(args);
	bytes->len += (size_t)len;
	return LH_OK;
}

struct span
bytes_span(const struct bytes *bytes)
{
	return (struct span){ bytes->data, bytes->len };
}

/* The NUL too. */
static void
wipe(struct bytes *bytes)
{
	secret_free_used(bytes->data, bytes->len + 1);
}

static size_t
next_cap(const struct bytes *bytes, size_t needed)
{
	size_t cap = bytes->cap < FIRST_CAP ? FIRST_CAP : bytes->cap;

	while (cap < needed && cap <= bytes->max / 2)
		cap *= 2;
	if (cap < needed || cap > bytes->max)
		cap = bytes->max;
	return cap;
}
