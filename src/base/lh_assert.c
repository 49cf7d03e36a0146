/*
 * lh_assert - the end of a process that broke its own promise.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "base/lh_assert.h"

#include <stdio.h>
#include <stdlib.h>

void
lh_assert_fail(const char *what, const char *file, int line, const char *func)
{
	fprintf(stderr, "leasehold: broken promise: %s in %s() at %s:%d\n",
	    what, func, file, line);
	abort();
}
