/*
 * lh_assert - checks of our own promises, always compiled in.
 *
 * Never:      about input from a socket, a file or the upstream.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_BASE_LH_ASSERT_H
#define LH_BASE_LH_ASSERT_H

#include <stddef.h>

#define lh_assert(cond)							\
	((cond) ? (void)0 : lh_assert_fail(#cond, __FILE__, __LINE__, __func__))
#define lh_unreachable()						\
	lh_assert_fail("unreachable", __FILE__, __LINE__, __func__)

/* The struct that embeds member, from a pointer to that member. */
#define lh_container_of(ptr, type, member)				\
	((type *)(void *)((char *)(ptr) - offsetof(type, member)))

/* Says where on standard error and aborts. */
void lh_assert_fail(const char *what, const char *file, int line,
    const char *func) __attribute__((noreturn, cold));

#endif
