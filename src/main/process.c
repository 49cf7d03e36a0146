/*
 * process - see process.h.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "config.h"
#include "base/file_io.h"

static bool forbid_tracing(void);
static bool may_lock_any(void);

enum lh_err
process_harden(struct lh_cause *cause)
{
	const struct rlimit no_core = { 0, 0 };
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct rlimit files;

	umask(0077);
	/* Nothing that we might start could gain rights that we have not. */
	if (setrlimit(RLIMIT_CORE, &no_core) != 0 || !forbid_tracing() ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    sigaction(SIGPIPE, &ignore, NULL) != 0 ||
	    sigaction(SIGXFSZ, &ignore, NULL) != 0) {
		lh_cause_set(cause, "cannot harden the process: %s",
		    strerror(errno));
		return LH_ERR_SYSTEM;
	}
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);	/* as many as we may */
	}
	return LH_OK;
}

bool
process_lock_memory(void)
{
	return may_lock_any() &&
	    mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0;
}

enum lh_err
process_write_pid(const char *path, struct lh_cause *cause)
{
	const struct file_owner owner = { .mode = 0600,
		.uid = FILE_IO_KEEP_ID, .gid = FILE_IO_KEEP_ID };
	char text[24];
	int len = snprintf(text, sizeof(text), "%ld", (long)getpid());

	return file_replace(path, (struct span){ text, (size_t)len }, &owner,
	    cause);
}

void
process_remove_pid(const char *path)
{
	if (path != NULL)
		(void)unlink(path);	/* gone already is as good */
}

static bool
forbid_tracing(void)
{
#ifdef LH_SANITIZERS
	return true;		/* the search for leaks traces us */
#else
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
#endif
}

static bool
may_lock_any(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	struct rlimit limit;

#ifdef LH_SANITIZERS
	return false;	/* their shadow is as large as the address space */
#endif
	if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0 &&
	    limit.rlim_cur == RLIM_INFINITY)
		return true;
	return syscall(SYS_capget, &header, data) == 0 &&
	    (data[0].effective & 1u << CAP_IPC_LOCK) != 0;
}
