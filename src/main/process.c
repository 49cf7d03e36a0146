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
#include "base/bytes.h"
#include "base/file_io.h"

#define PID_SIZE 24
/* Descriptors that callers leave: for files and the loop, and for the
 * connections to a server, callers' and our own, each of which takes two while
 * a name is looked up. */
#define KEPT_DESCRIPTORS 64
#define KEPT_FOR_SERVER 288

static struct span own_pid(char text[PID_SIZE]);
static enum lh_err fill_standard_descriptors(struct lh_cause *cause);
static bool may_lock_any(enum process_future future);

enum lh_err
process_harden(struct lh_cause *cause)
{
	const struct rlimit no_core = { 0, 0 };
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct rlimit files;

	umask(0077);
	if (fill_standard_descriptors(cause) != LH_OK)
		return LH_ERR_SYSTEM;
	/* Nothing that we might start could gain rights that we have not. */
	if (process_forbid_tracing(cause) != LH_OK)
		return LH_ERR_SYSTEM;
	if (setrlimit(RLIMIT_CORE, &no_core) != 0 ||
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

enum lh_err
process_forbid_tracing(struct lh_cause *cause)
{
#ifndef LH_SANITIZERS	/* the search for leaks traces us */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
		lh_cause_set(cause, "cannot forbid tracing: %s",
		    strerror(errno));
		return LH_ERR_SYSTEM;
	}
#endif
	return LH_OK;
}

unsigned
process_fit_connections(unsigned wanted, size_t servers)
{
	rlim_t kept = KEPT_DESCRIPTORS + KEPT_FOR_SERVER * (rlim_t)servers;
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return wanted;
	if (kept > files.rlim_cur / 2)
		kept = files.rlim_cur / 2;
	return wanted < files.rlim_cur - kept ? wanted :
	    (unsigned)(files.rlim_cur - kept);
}

bool
process_lock_memory(enum process_future future)
{
	return may_lock_any(future) &&
	    mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0;
}

enum lh_err
process_write_pid(const char *path, const struct file_owner *owner,
    struct lh_cause *cause)
{
	const struct file_owner private = { 0600, owner->uid, owner->gid };
	char text[PID_SIZE];

	return file_replace(path, own_pid(text), &private, cause);
}

void
process_remove_pid(const char *path)
{
	struct bytes found;
	char text[PID_SIZE];

	bytes_init(&found, PID_SIZE);
	if (path != NULL && file_read(path, &found, NULL) == LH_OK &&
	    span_equal(bytes_span(&found), own_pid(text)))
		(void)unlink(path);	/* gone already is as good */
	bytes_release(&found);
}

static struct span
own_pid(char text[PID_SIZE])
{
	int len = snprintf(text, PID_SIZE, "%ld", (long)getpid());

	return (struct span){ text, (size_t)len };
}

/* Where one is closed, a connection would get its number, and our log lines. */
static enum lh_err
fill_standard_descriptors(struct lh_cause *cause)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		if (open("/dev/null", O_RDWR | O_NOCTTY) != fd) {
			lh_cause_set(cause, "descriptor %d is closed, and "
			    "/dev/null cannot take its place: %s", fd,
			    strerror(errno));
			return LH_ERR_SYSTEM;
		}
	}
	return LH_OK;
}

/* Who may raise the limit for himself raises it for the user to come. */
static bool
may_lock_any(enum process_future future)
{
	const struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };
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
	if (future == PROCESS_CHANGES_USER)
		return setrlimit(RLIMIT_MEMLOCK, &none) == 0;
	return syscall(SYS_capget, &header, data) == 0 &&
	    (data[0].effective & 1u << CAP_IPC_LOCK) != 0;
}
