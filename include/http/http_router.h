/*
 * http_router - path to handler, for one kind of listener.
 *
 * Owns:       its rows. The longest matching row wins; ambiguous paths (see
 *             http_path_is_ambiguous()) match prefix rows of "/" only.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_HTTP_HTTP_ROUTER_H
#define LH_HTTP_HTTP_ROUTER_H

#include "http/http_server.h"

#define HTTP_ROUTER_MAX_ROWS 32

struct http_router;

struct http_router *http_router_new(void);
void http_router_free(struct http_router *router);

/* path: static text; exact, or every path below it when it ends with '/'. */
void http_router_add(struct http_router *router, const char *path,
    struct http_handler handler);

/* The handler to give to a listener: replies 404 where no row matches, with
 * the incumbents' text (behaviour section 2.1). */
struct http_handler http_router_handler(struct http_router *router);

#endif
