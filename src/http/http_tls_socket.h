/*
 * http_tls_socket - what the connections of the server ask of their TLS side;
 * implemented in http_tls.c, the file that knows OpenSSL.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_SRC_HTTP_HTTP_TLS_SOCKET_H
#define LH_SRC_HTTP_HTTP_TLS_SOCKET_H

#include <stddef.h>

struct bufferevent;
struct event_base;
struct http_tls;

/* A bufferevent that owns fd and begins the handshake; its callbacks are
 * deferred. NULL: no memory; fd stays the caller's. */
struct bufferevent *http_tls_socket_new(struct http_tls *tls,
    struct event_base *base, int fd);
/* Tells the peer that no more will come. */
void http_tls_socket_goodbye(struct bufferevent *bev);
/* Why it failed, in OpenSSL's words. */
void http_tls_socket_error(struct bufferevent *bev, char *text, size_t size);

#endif
