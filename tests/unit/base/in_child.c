/*
 * in_child - see in_child.h. The child ends by _exit(): nothing of cmocka's or
 * of a sanitizer's runs in it.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "in_child.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOT_STARTED 120

int
in_child(in_child_fn *part, void *arg)
{
	const struct rlimit no_core = { 0, 0 };
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		if (setrlimit(RLIMIT_CORE, &no_core) != 0 ||
		    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
			_exit(NOT_STARTED);
		_exit(part(arg));
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return status;
}
