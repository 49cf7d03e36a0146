/*
 * undo_hardening - loaded before the C library, makes a core possible where the
 * program forbids one. Nothing else of it is changed.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

int
prctl(int option, ...)
{
	unsigned long arguments[4];
	va_list ap;

	va_start(ap, option);
	for (int i = 0; i < 4; i++)
		arguments[i] = va_arg(ap, unsigned long);
	va_end(ap);
	if (option == PR_SET_DUMPABLE)
		return 0;
	return (int)syscall(SYS_prctl, option, arguments[0], arguments[1],
	    arguments[2], arguments[3]);
}

int
setrlimit(__rlimit_resource_t resource, const struct rlimit *limit)
{
	static const struct rlimit endless = { RLIM_INFINITY, RLIM_INFINITY };

	return prlimit(0, resource,
	    resource == RLIMIT_CORE ? &endless : limit, NULL);
}
