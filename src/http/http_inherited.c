/*
 * http_inherited - sockets from the service manager, found by their address.
 *
 * A listener takes the socket that is bound to what its "address" says, so one
 * configuration serves with and without socket activation, and every rule that
 * goes by the address (how far it reaches, which hosts it answers to) holds
 * for both. A form such as "systemd:name" would hide the address from these
 * rules; hence names are told in messages only.
 *
 * A socket which nobody takes would accept connections in the kernel and never
 * answer them: that ends the start.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "http/http_inherited.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/parse.h"
#include "base/span.h"
#include "base/xalloc.h"
#include "http_address.h"

struct inherited_socket {
	int fd;			/* -1: taken */
	char *name;
	struct http_address at;
};

struct http_inherited {
	size_t count;
	struct inherited_socket sockets[HTTP_INHERITED_MAX];
};

static bool are_ours(const char *pid);
static bool is_at(const struct inherited_socket *candidate,
    const struct http_listener_options *options,
    const struct http_address *wanted);
static struct span path_of(const struct http_address *at);
static void format(const struct http_address *at, char *text, size_t size);

enum lh_err
http_inherited_new(const struct http_inherited_options *options,
    struct http_inherited **inherited_out, struct lh_cause *cause)
{
	struct span names = span_of(options->names);
	struct http_inherited *inherited;
	uint64_t count = 0;

	if (options->count != NULL && are_ours(options->pid) &&
	    parse_uint(span_of(options->count), HTTP_INHERITED_MAX, &count) !=
	    LH_OK) {
		lh_cause_set(cause, "LISTEN_FDS: at most %d sockets are "
		    "taken over, not \"%s\"", HTTP_INHERITED_MAX,
		    options->count);
		return LH_ERR_CONFIG;
	}
	inherited = xcalloc(1, sizeof(*inherited));
	for (; inherited->count < count; inherited->count++) {
		struct inherited_socket *one =
		    &inherited->sockets[inherited->count];

		one->fd = options->first + (int)inherited->count;
		one->name = span_dup(span_cut(&names, ':'));
		one->at.len = sizeof(one->at.bytes);
		(void)fcntl(one->fd, F_SETFD, FD_CLOEXEC);
		/* What is no socket is at no address: nobody takes it. */
		if (getsockname(one->fd, (struct sockaddr *)&one->at.bytes,
		    &one->at.len) != 0)
			one->at = (struct http_address){ .len = 0 };
	}
	*inherited_out = inherited;
	return LH_OK;
}

void
http_inherited_free(struct http_inherited *inherited)
{
	if (inherited == NULL)
		return;
	for (size_t i = 0; i < inherited->count; i++) {
		if (inherited->sockets[i].fd >= 0)
			close(inherited->sockets[i].fd);
		free(inherited->sockets[i].name);
	}
	free(inherited);
}

int
http_inherited_take(struct http_inherited *inherited,
    const struct http_listener_options *options)
{
	struct http_address wanted = { .len = 0 };
	struct lh_cause cause;

	if (inherited->count == 0 || (options->kind == HTTP_LISTENER_TCP &&
	    http_address_resolve(options->address, &wanted, &cause) != LH_OK))
		return HTTP_LISTENER_NO_FD;	/* the listener says why */
	for (size_t i = 0; i < inherited->count; i++) {
		struct inherited_socket *one = &inherited->sockets[i];
		int fd = one->fd;

		if (fd < 0 || !is_at(one, options, &wanted))
			continue;
		one->fd = -1;
		return fd;
	}
	return HTTP_LISTENER_NO_FD;
}

enum lh_err
http_inherited_check_taken(const struct http_inherited *inherited,
    struct lh_cause *cause)
{
	char address[sizeof(struct sockaddr_un)];

	for (size_t i = 0; i < inherited->count; i++) {
		const struct inherited_socket *one = &inherited->sockets[i];

		if (one->fd < 0)
			continue;
		format(&one->at, address, sizeof(address));
		lh_cause_set(cause, "the service manager passes the socket "
		    "\"%s\" at %s, which is the address of no listener",
		    one->name, address);
		return LH_ERR_CONFIG;
	}
	return LH_OK;
}

static bool
are_ours(const char *pid)
{
	uint64_t who;

	return parse_uint(span_of(pid), INT32_MAX, &who) == LH_OK &&
	    (pid_t)who == getpid();
}

static bool
is_at(const struct inherited_socket *candidate,
    const struct http_listener_options *options,
    const struct http_address *wanted)
{
	struct span path = path_of(&candidate->at);

	if (options->kind == HTTP_LISTENER_UNIX)
		return path.len > 0 &&
		    span_equal(path, span_of(options->address));
	return http_address_equal(
	    (const struct sockaddr *)&candidate->at.bytes,
	    (const struct sockaddr *)&wanted->bytes);
}

/* Empty: it is no unix socket, or has no path. */
static struct span
path_of(const struct http_address *at)
{
	const struct sockaddr_un *name = (const struct sockaddr_un *)&at->bytes;
	size_t head = offsetof(struct sockaddr_un, sun_path);

	if (at->bytes.ss_family != AF_UNIX || at->len <= head ||
	    name->sun_path[0] == '\0')
		return SPAN_NONE;
	return (struct span){ name->sun_path,
		strnlen(name->sun_path, at->len - head) };
}

static void
format(const struct http_address *at, char *text, size_t size)
{
	struct span path = path_of(at);

	if (path.len > 0)
		snprintf(text, size, "%.*s", (int)path.len, path.ptr);
	else if (at->bytes.ss_family == AF_INET ||
	    at->bytes.ss_family == AF_INET6)
		http_address_format((const struct sockaddr *)&at->bytes, text,
		    size);
	else
		snprintf(text, size, "no address of ours");
}
