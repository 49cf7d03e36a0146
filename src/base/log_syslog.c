/*
 * log_syslog - lines for the system's logger.
 *
 * In the form that every local logger reads, RFC 3164 without a host name:
 * "<30>Nov 21 19:24:18 leasehold[154]: line". Not by syslog(3), which waits
 * when the logger does not read, and loses what it cannot send.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "log_syslog.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/xalloc.h"

#define IDENT "leasehold"

struct log_syslog {
	int fd;			/* -1: the logger is away */
	unsigned facility;
	struct sockaddr_un to;
};

static bool attach(struct log_syslog *syslog);
static void detach(struct log_syslog *syslog);
static bool is_gone(int problem);

unsigned
log_syslog_severity(enum log_level level)
{
	switch (level) {
	case LOG_LEVEL_ERROR:
		return 3;
	case LOG_LEVEL_WARN:
		return 4;
	case LOG_LEVEL_INFO:
		return 6;
	case LOG_LEVEL_DEBUG:
	case LOG_LEVEL_TRACE:
		break;
	}
	return 7;
}

enum lh_err
log_syslog_new(const char *path, unsigned facility,
    struct log_syslog **syslog_out, struct lh_cause *cause)
{
	struct log_syslog *syslog;
	size_t len = strlen(path);

	if (len >= sizeof(syslog->to.sun_path)) {
		lh_cause_set(cause, "%.200s is too long for a socket", path);
		return LH_ERR_CONFIG;
	}
	syslog = xcalloc(1, sizeof(*syslog));
	syslog->fd = -1;
	syslog->facility = facility;
	syslog->to.sun_family = AF_UNIX;
	memcpy(syslog->to.sun_path, path, len + 1);
	if (!attach(syslog)) {
		lh_cause_set(cause, "cannot log to %s: %s", path,
		    strerror(errno));
		log_syslog_free(syslog);
		return LH_ERR_SYSTEM;
	}
	tzset();	/* reads a file, which may be out of reach later */
	*syslog_out = syslog;
	return LH_OK;
}

void
log_syslog_free(struct log_syslog *syslog)
{
	if (syslog == NULL)
		return;
	detach(syslog);
	free(syslog);
}

size_t
log_syslog_head(const struct log_syslog *syslog, enum log_level level,
    wall_ms at, char head[LOG_SYSLOG_HEAD_MAX])
{
	time_t seconds = (time_t)(at / 1000);
	char when[32] = "";
	struct tm tm;
	int len;

	if (localtime_r(&seconds, &tm) != NULL)
		(void)strftime(when, sizeof(when), "%b %e %H:%M:%S ", &tm);
	len = snprintf(head, LOG_SYSLOG_HEAD_MAX, "<%u>%s" IDENT "[%ld]: ",
	    syslog->facility << 3 | log_syslog_severity(level), when,
	    (long)getpid());
	return (size_t)len;
}

int
log_syslog_fd(struct log_syslog *syslog)
{
	if (syslog->fd < 0)
		(void)attach(syslog);
	return syslog->fd;
}

enum lh_err
log_syslog_send(struct log_syslog *syslog, struct span line)
{
	/* The second time: to one that has come meanwhile. */
	for (int tries = 0; tries < 2 && log_syslog_fd(syslog) >= 0; tries++) {
		if (send(syslog->fd, line.ptr, line.len,
		    MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
			return LH_OK;
		if (errno == EMSGSIZE)
			return LH_ERR_LIMIT;
		if (!is_gone(errno))
			return LH_ERR_SYSTEM;
		detach(syslog);
	}
	return LH_ERR_UNREACHABLE;
}

static bool
attach(struct log_syslog *syslog)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && connect(fd, (const struct sockaddr *)&syslog->to,
	    sizeof(syslog->to)) == 0) {
		syslog->fd = fd;
		return true;
	}
	if (fd >= 0) {
		int problem = errno;

		close(fd);
		errno = problem;
	}
	return false;
}

static void
detach(struct log_syslog *syslog)
{
	if (syslog->fd >= 0)
		close(syslog->fd);
	syslog->fd = -1;
}

static bool
is_gone(int problem)
{
	return problem == ECONNREFUSED || problem == ENOTCONN ||
	    problem == ECONNRESET || problem == EPIPE;
}
