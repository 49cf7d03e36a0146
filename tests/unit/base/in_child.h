/*
 * in_child - runs a part of a test in a process of its own: what it gives up
 * is not given up by the tests that follow.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_TESTS_UNIT_BASE_IN_CHILD_H
#define LH_TESTS_UNIT_BASE_IN_CHILD_H

typedef int in_child_fn(void *arg);	/* gives the exit status */

/* The status of waitpid(2). The child has no_new_privs and writes no core. */
int in_child(in_child_fn *part, void *arg);

#endif
