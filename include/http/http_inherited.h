/*
 * http_inherited - listening sockets that a service manager has opened for
 * us, by the protocol of sd_listen_fds(3).
 *
 * Owns:       each descriptor until it is taken.
 * Invariant:  a descriptor is taken once.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_HTTP_HTTP_INHERITED_H
#define LH_HTTP_HTTP_INHERITED_H

#include "base/lh_err.h"
#include "http/http_listener.h"

#define HTTP_INHERITED_MAX 64
#define HTTP_INHERITED_FIRST 3	/* the number of the first, by protocol */

struct http_inherited;

struct http_inherited_options {	/* lent; each may be NULL */
	const char *pid;	/* LISTEN_PID: whom they are meant for */
	const char *count;	/* LISTEN_FDS */
	const char *names;	/* LISTEN_FDNAMES, for messages only */
	int first;		/* HTTP_INHERITED_FIRST */
};

/* None meant for us is fine. LH_ERR_CONFIG: a count that cannot be. */
enum lh_err http_inherited_new(const struct http_inherited_options *options,
    struct http_inherited **inherited_out, struct lh_cause *cause)
    LH_MUSTCHECK;
void http_inherited_free(struct http_inherited *inherited);

/* The socket bound to that address, which is the caller's now; or
 * HTTP_LISTENER_NO_FD. */
int http_inherited_take(struct http_inherited *inherited,
    const struct http_listener_options *options);
/* LH_ERR_CONFIG: one was not taken; cause names it. */
enum lh_err http_inherited_check_taken(const struct http_inherited *inherited,
    struct lh_cause *cause) LH_MUSTCHECK;

#endif
