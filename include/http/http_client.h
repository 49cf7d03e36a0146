/*
 * http_client - requests to one upstream, on libcurl's multi interface.
 *
 * Owns:       the pool of connections, idle handles, and each call until its
 *             on_done or its cancel.
 * Invariant:  a call that started ends by exactly one on_done, never before
 *             http_client_start() returned, or by a silent cancel.
 * Never:      follows redirects, decompresses, keeps cookies, reads .netrc,
 *             takes proxies from the environment by itself, or writes down keys
 *             of TLS (SSLKEYLOGFILE).
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_HTTP_HTTP_CLIENT_H
#define LH_HTTP_HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/lh_err.h"
#include "base/loop.h"
#include "http/http_message.h"

struct http_client_options {
	const char *ca_file;		/* PEM; NULL and no path: the system's */
	const char *ca_path;		/* directory of PEM files */
	struct span ca_pem;		/* beats both; len 0: none */
	const char *client_cert;	/* PEM files */
	const char *client_key;
	const char *tls_server_name;	/* NULL: host of the URL */
	bool tls_skip_verify;
	const char *unix_socket;	/* connect there; NULL: by the URL */
	const char *proxy;		/* URL of a forward proxy, or NULL */
	bool no_keep_alive;		/* a connection for each call */
	unsigned max_connections;	/* default 128; further calls wait */
	unsigned max_calls;		/* waiting and running; default 4096 */
	span_ms connect_timeout;	/* with the TLS handshake; 10 s */
	/* Of the head of an answer; as much again of interim answers and
	 * trailers. Default 64 KiB. */
	size_t max_head_bytes;
};

struct http_call_request {
	struct span method;
	/* Sent as it is, no normalising; lent until the call ends. */
	const char *url;
	struct http_fields fields;	/* all that is sent but Host, lengths */
	struct span body;		/* lent until the call ends */
	/* Else a Content-Length, of 0, is sent with methods alone that come
	 * with a body as a rule: PATCH, POST, PUT (RFC 9110 8.6). */
	bool has_body;
	span_ms timeout;		/* of the whole call; 0: none */
};

/* Any may call http_call_cancel() on its own call. */
struct http_call_listener {
	void (*on_head)(void *arg, const struct http_head *head);
	/* FULL: the bytes were taken; no more until http_call_resume(). */
	enum http_flow (*on_body)(void *arg, struct span bytes);
	/* LH_OK: the answer is whole. Else cause says what happened; bytes may
	 * have come before. The call is over. */
	void (*on_done)(void *arg, enum lh_err err,
	    const struct lh_cause *cause);
	void *arg;
};

struct http_client;
struct http_call;

void http_client_options_init(struct http_client_options *options);

/* Once, before the first client: libcurl with the wiping allocator. SIGPIPE
 * has to be ignored by then: OpenSSL writes to closed sockets. */
enum lh_err http_client_start_library(void) LH_MUSTCHECK;
void http_client_stop_library(void);

/* Files of options are checked now (LH_ERR_TLS, cause names the file). */
enum lh_err http_client_new(const struct http_client_options *options,
    struct loop *loop, struct http_client **client_out,
    struct lh_cause *cause) LH_MUSTCHECK;
void http_client_free(struct http_client *client);	/* cancels all calls */

/* LH_ERR_LIMIT: max_calls. The call is named by *call_out until it ends. */
enum lh_err http_client_start(struct http_client *client,
    const struct http_call_request *request,
    const struct http_call_listener *listener,
    struct http_call **call_out) LH_MUSTCHECK;
void http_call_cancel(struct http_call *call);	/* silent; NULL ok */
void http_call_resume(struct http_call *call);

#endif
