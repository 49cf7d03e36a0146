/*
 * http_listener - a listening socket: TCP, unix, or inherited.
 *
 * Owns:       the descriptor and, for unix, the file at the path, which is
 *             removed at the end.
 * Source: behaviour section 1.11.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_HTTP_HTTP_LISTENER_H
#define LH_HTTP_HTTP_LISTENER_H

#include <stdbool.h>

#include "base/lh_err.h"
#include "http/http_server.h"

enum http_listener_kind { HTTP_LISTENER_TCP, HTTP_LISTENER_UNIX };

#define HTTP_LISTENER_NO_FD (-1)
#define HTTP_LISTENER_MAX_IDS 64

struct http_ids {			/* lent */
	const unsigned *list;
	size_t count;
};

struct http_listener_options {
	enum http_listener_kind kind;
	const char *address;	/* "127.0.0.1:8200", "[::1]:0"; a path */
	/* Used instead of a bind, and the listener's once that went well; or
	 * HTTP_LISTENER_NO_FD. Its unix file is another's: it stays, and a mode
	 * wider than that of set_mode is LH_ERR_CONFIG. */
	int inherited_fd;
	/* unix only; each is applied by itself. */
	bool set_mode;
	unsigned mode;
	unsigned uid;		/* FILE_IO_KEEP_ID: leave */
	unsigned gid;
	/* Who may connect, by the kernel's word: one of these users, or a member
	 * of one of these groups. Both empty: everybody who can open it. Others
	 * are answered 403 before they are read. */
	struct http_ids allow_uids;
	struct http_ids allow_gids;
	int backlog;		/* 0: 1024 */
};

struct http_listener;

/* Binds, listens, accepts. A stale unix socket (nobody answers) is replaced;
 * a live one, or a file that is no socket, is LH_ERR_SYSTEM. tls: borrowed,
 * NULL for none. Causes name the address. */
enum lh_err http_listener_new(struct http_server *server,
    const struct http_server_env *env,
    const struct http_listener_options *options, struct http_tls *tls,
    struct http_handler handler, struct http_listener **listener_out,
    struct lh_cause *cause) LH_MUSTCHECK;
/* No more accepts; the socket is closed, the unix file removed. */
void http_listener_free(struct http_listener *listener);

/* "127.0.0.1:8200" as it was really bound, or the path; lent. */
const char *http_listener_address(const struct http_listener *listener);

#endif
