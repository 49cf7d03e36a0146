/*
 * secret_alloc - malloc and friends that wipe what they free, for our buffers
 * and as the allocator of libevent, libcurl and jansson.
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
/* Of a block whose first bytes alone were ever written. */
void secret_free_used(void *memory, size_t used);

/* For libraries, which free with secret_free(): where as little as
 * SECRET_ALLOC_NEED cannot be had, the process ends. They do not survive that
 * everywhere themselves, nor do all of them say that they lack it: a body that
 * cannot be parsed must not pass for one that says nothing. More than that may
 * be what a peer has chosen: NULL then. */
#define SECRET_ALLOC_NEED (1024 * 1024)

void *secret_need_malloc(size_t size) __attribute__((malloc));
void *secret_need_calloc(size_t count, size_t size) __attribute__((malloc));
void *secret_need_realloc(void *old, size_t size);
char *secret_need_strdup(const char *text) __attribute__((malloc));

#endif
