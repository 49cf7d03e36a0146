/*
 * notify - datagrams to the service manager.
 *
 * The protocol is a line "NAME=value" in a datagram to a unix socket, and is
 * promised to stay so; libsystemd would bring a library with its own
 * dependencies into an address space that holds secrets, and would tie the
 * program to the distributions that have it, for sixty lines.
 *
 * Each datagram is sent to the address, not over a connection: a manager that
 * was started anew listens there again. The manager learns the sender from the
 * kernel.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "base/notify.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/parse.h"
#include "base/xalloc.h"

#define STATUS_HEAD "STATUS="

struct notify {
	int fd;
	struct sockaddr_un to;
	socklen_t to_len;
};

static bool send_span(struct notify *notify, struct span text);

enum lh_err
notify_new(const char *address, struct notify **notify_out,
    struct lh_cause *cause)
{
	size_t len = strlen(address);
	struct notify *notify;
	int fd;

	if ((address[0] != '/' && address[0] != '@') || len < 2 ||
	    len >= sizeof(notify->to.sun_path)) {
		lh_cause_set(cause, "NOTIFY_SOCKET is neither a path nor "
		    "\"@\" and a name");
		return LH_ERR_CONFIG;
	}
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		lh_cause_set(cause, "NOTIFY_SOCKET: %s", strerror(errno));
		return LH_ERR_SYSTEM;
	}
	notify = xcalloc(1, sizeof(*notify));
	notify->fd = fd;
	notify->to.sun_family = AF_UNIX;
	memcpy(notify->to.sun_path, address, len);
	if (address[0] == '@')
		notify->to.sun_path[0] = '\0';
	/* An abstract name ends where its length says. */
	notify->to_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
	    len + (address[0] == '/'));
	*notify_out = notify;
	return LH_OK;
}

void
notify_free(struct notify *notify)
{
	if (notify == NULL)
		return;
	close(notify->fd);
	free(notify);
}

bool
notify_ready(struct notify *notify)
{
	return send_span(notify, SPAN_LITERAL("READY=1"));
}

/* The manager compares the moment with its own clock, which stands still
 * while the machine is suspended: so it is not that of timesource. */
bool
notify_reloading(struct notify *notify)
{
	struct timespec now = { 0, 0 };
	char text[64];
	int len;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	len = snprintf(text, sizeof(text),
	    "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
	    (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	return send_span(notify, (struct span){ text, (size_t)len });
}

bool
notify_stopping(struct notify *notify)
{
	return send_span(notify, SPAN_LITERAL("STOPPING=1"));
}

bool
notify_alive(struct notify *notify)
{
	return send_span(notify, SPAN_LITERAL("WATCHDOG=1"));
}

/* A line end would begin another assignment, which the text, parts of which
 * others have written, must not be able to make. */
bool
notify_status(struct notify *notify, struct span text)
{
	char line[sizeof(STATUS_HEAD) - 1 + NOTIFY_STATUS_MAX] = STATUS_HEAD;
	size_t head = sizeof(STATUS_HEAD) - 1;

	if (text.len > NOTIFY_STATUS_MAX)
		text.len = NOTIFY_STATUS_MAX;
	for (size_t i = 0; i < text.len; i++)
		line[head + i] = text.ptr[i] < ' ' || text.ptr[i] > '~' ?
		    ' ' : text.ptr[i];
	return send_span(notify, (struct span){ line, head + text.len });
}

span_ms
notify_alive_every(const char *usec, const char *pid)
{
	uint64_t period, who;

	if (parse_uint(span_of(usec), INT64_MAX, &period) != LH_OK ||
	    period == 0)
		return 0;
	if (pid != NULL && (parse_uint(span_of(pid), INT32_MAX, &who) !=
	    LH_OK || (pid_t)who != getpid()))
		return 0;
	return period < 2000 ? 1 : (span_ms)(period / 2000);
}

static bool
send_span(struct notify *notify, struct span text)
{
	return sendto(notify->fd, text.ptr, text.len,
	    MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)&notify->to,
	    notify->to_len) == (ssize_t)text.len;
}
