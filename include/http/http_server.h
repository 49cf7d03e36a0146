/*
 * http_server - connections of callers: requests in, one reply each out.
 *
 * Owns:       connections, their buffers, the exchange of the request at hand
 *             (pipelined ones wait in the input, in order).
 * Invariant:  each exchange ends once: by a reply, http_exchange_end(),
 *             http_exchange_break(), or on_gone when the caller left.
 * Limits:     struct http_server_options; beyond them 400, 408, 413, 414, 417,
 *             431, 501, 503, 505 with a JSON errors body, then close.
 *             The process ignores SIGPIPE.
 * Source: RFC 9110, RFC 9112; behaviour section 2.1.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_HTTP_HTTP_SERVER_H
#define LH_HTTP_HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/lh_err.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/metrics.h"
#include "http/http_message.h"
#include "http/http_parser.h"

struct http_server_options {
	struct http_parser_limits head;
	size_t max_body_bytes;		/* of a request; default 32 MiB: 413 */
	size_t max_buffered_bytes;	/* bodies of all; default 256 MiB: 503 */
	size_t max_output_bytes;	/* a connection's, then FULL; 256 KiB */
	unsigned max_connections;	/* of all listeners; default 16384 */
	span_ms head_timeout;		/* first byte to whole head; 10 s */
	span_ms body_timeout;		/* head to whole body; 30 s */
	span_ms idle_timeout;		/* between requests; 5 min */
	span_ms write_timeout;		/* no progress of a reply; 60 s */
};

/* What the server borrows for its life; log and metrics may be NULL. */
struct http_server_env {
	struct loop *loop;
	struct log *log;
	struct metrics *metrics;
};

struct http_payload;
struct http_server;
struct http_exchange;
struct http_tls;

/* A request has come whole. Reply now or later. */
typedef void http_handler_fn(void *arg, struct http_exchange *exchange);
typedef void http_exchange_fn(void *arg);

struct http_handler {
	http_handler_fn *fn;
	void *arg;
};

/* Fills in the defaults named above. */
void http_server_options_init(struct http_server_options *options);

struct http_server *http_server_new(const struct http_server_options *options,
    const struct http_server_env *env);
/* Closes every connection; open exchanges hear on_gone. */
void http_server_free(struct http_server *server);

/* Takes over an accepted, non-blocking descriptor. tls: borrowed, or NULL. */
void http_server_adopt(struct http_server *server, int fd,
    const struct http_peer *peer, struct http_tls *tls,
    struct http_handler handler);

/* No further request on any connection: idle ones close now, the others
 * after their reply. drained is called once, when none is left. */
void http_server_drain(struct http_server *server, loop_fn *drained,
    void *arg);
size_t http_server_connections(const struct http_server *server);

/* Lent until the exchange ends. */
const struct http_request *http_exchange_request(
    const struct http_exchange *exchange);

/* What request.body lies in, to be held beyond the exchange; NULL: none. */
struct http_payload *http_exchange_payload(
    const struct http_exchange *exchange);

/* Called once if the caller goes away first; the exchange is then over and
 * must not be touched after fn returns. fn NULL takes it back. */
void http_exchange_on_gone(struct http_exchange *exchange,
    http_exchange_fn *fn, void *arg);

/* A whole reply; ends the exchange. */
void http_exchange_reply(struct http_exchange *exchange,
    const struct http_reply *reply);

/* The same with another body, which is taken when it is worth more than a copy:
 * sent from where it lies, wiped afterwards. */
void http_exchange_reply_taking(struct http_exchange *exchange,
    const struct http_reply *reply, struct bytes *body);

/* A reply from parts that were prepared before. */
#define HTTP_STORED_PIECES 5
struct http_stored {
	struct span head;	/* status line and fields, each with its CRLF */
	struct span more;	/* further fields, each with its CRLF; copied */
	struct span pieces[HTTP_STORED_PIECES];	/* the body; empty ones ok */
	/* Called with arg once head and pieces are no longer needed, which may
	 * be before http_exchange_reply_stored() returns. */
	void (*release)(void *arg);
	void *arg;
};
/* Date, Content-Length and Connection are added: not in head or more. Large
 * pieces are sent by reference. Ends the exchange. */
void http_exchange_reply_stored(struct http_exchange *exchange,
    const struct http_stored *stored);

/* A reply in a stream. fields: without hop-by-hop and Content-Length; Date is
 * added when missing. body_bytes: -1 when not known (chunked, or up to the
 * close for HTTP/1.0). */
void http_exchange_start(struct http_exchange *exchange, unsigned status,
    struct http_fields fields, int64_t body_bytes);
/* Copies. FULL: taken, but send no more until on_room. */
enum http_flow http_exchange_send(struct http_exchange *exchange,
    struct span bytes);
void http_exchange_on_room(struct http_exchange *exchange,
    http_exchange_fn *fn, void *arg);
void http_exchange_end(struct http_exchange *exchange);
/* The rest will not come: the connection is cut so that the caller knows. */
void http_exchange_break(struct http_exchange *exchange);

#endif
