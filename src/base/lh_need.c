/*
 * lh_need - the end of a process that the system leaves without what it needs.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "base/lh_need.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
lh_need_fail(const char *what)
{
	int code = errno;

	fprintf(stderr, "leasehold: cannot %s: %s\n", what,
	    code == 0 ? "no reason is known" : strerror(code));
	abort();
}
