/*
 * secret_alloc - malloc and friends that wipe what they free.
 *
 * The C library knows how large each block is, so nothing is kept beside it
 * and a block may also be passed to plain free() (unwiped). A resize always
 * moves: realloc(3) would leave the old bytes behind in freed memory.
 *
 * Small freed blocks, which the C library keeps at hand for malloc(3), are not
 * given out by calloc(3); so small blocks are zeroed here.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "base/secret_alloc.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "base/lh_need.h"

#define SMALL 1024

static void *needed(void *memory, size_t size);

void *
secret_malloc(size_t size)
{
	return malloc(size);
}

void *
secret_calloc(size_t count, size_t size)
{
	void *memory;

	if (count > SMALL || size > SMALL || count * size > SMALL)
		return calloc(count, size);
	memory = malloc(count * size);
	if (memory != NULL)
		memset(memory, 0, count * size);
	return memory;
}

void *
secret_realloc(void *old, size_t size)
{
	size_t old_size;
	void *fresh;

	if (old == NULL)
		return malloc(size);
	if (size == 0) {
		secret_free(old);
		return NULL;
	}
	fresh = malloc(size);
	if (fresh == NULL)
		return NULL;
	old_size = malloc_usable_size(old);
	memcpy(fresh, old, old_size < size ? old_size : size);
	secret_free(old);
	return fresh;
}

char *
secret_strdup(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = malloc(size);

	if (copy != NULL)
		memcpy(copy, text, size);
	return copy;
}

void
secret_free(void *memory)
{
	if (memory == NULL)
		return;
	explicit_bzero(memory, malloc_usable_size(memory));
	free(memory);
}

/* The rest holds nothing: who had that memory before has wiped it. To wipe it
 * again would be the first use of its pages. */
void
secret_free_used(void *memory, size_t used)
{
	if (memory == NULL)
		return;
	explicit_bzero(memory, used);
	free(memory);
}

void *
secret_need_malloc(size_t size)
{
	return needed(secret_malloc(size), size);
}

void *
secret_need_calloc(size_t count, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(count, size, &total))
		return NULL;
	return needed(secret_calloc(count, size), total);
}

void *
secret_need_realloc(void *old, size_t size)
{
	return needed(secret_realloc(old, size), size);
}

char *
secret_need_strdup(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = secret_need_malloc(size);

	if (copy != NULL)
		memcpy(copy, text, size);
	return copy;
}

static void *
needed(void *memory, size_t size)
{
	lh_need(memory != NULL || size == 0 || size > SECRET_ALLOC_NEED,
	    "get memory");
	return memory;
}
