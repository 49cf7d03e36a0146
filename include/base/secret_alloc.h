/*
 * secret_alloc - malloc and friends that wipe what they free, for our buffers
 * and as the allocator of libevent, libcurl, jansson and OpenSSL.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_BASE_SECRET_ALLOC_H
#define LH_BASE_SECRET_ALLOC_H

#include <stddef.h>

/* As in <stdlib.h>; realloc wipes what it leaves behind. */
void *secret_malloc(size_t size) __attribute__((malloc));
void *secret_calloc(size_t count, size_t size) __attribute__((malloc));
void *secret_realloc(void *old, size_t size);
char *secret_strdup(const char *text) __attribute__((malloc));
void secret_free(void *memory);

#endif
