/*
 * xalloc - small bounded allocations, which abort the process on failure.
 *
 * Never:      for sizes that a peer chooses: see bytes.h and secret.h.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_BASE_XALLOC_H
#define LH_BASE_XALLOC_H

#include <stddef.h>

/* The caller frees with free(). */
void *xmalloc(size_t size) __attribute__((malloc, returns_nonnull));
void *xcalloc(size_t count, size_t size)
    __attribute__((malloc, returns_nonnull));
void *xreallocarray(void *old, size_t count, size_t size)
    __attribute__((returns_nonnull));
/* NULL gives NULL. */
char *xstrdup(const char *text) __attribute__((malloc));
char *xasprintf(const char *format, ...)
    __attribute__((malloc, returns_nonnull, format(printf, 1, 2)));

#endif
