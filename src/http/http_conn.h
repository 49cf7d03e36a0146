/*
 * http_conn - one connection of a caller and the exchange at hand; shared by
 * the files of the server side and nobody else.
 *
 *   http_server.c    who is connected, what all may use together, the drain
 *   http_conn.c      life of a connection: states, events, time, the close
 *   http_intake.c    bytes to requests: head, body, refusals
 *   http_payload.c   bodies of requests
 *   http_spare.c     memory for them
 *   http_exchange.c  replies
 *   http_writer.c    text of reply heads
 *
 * Invariant:  state is written by http_conn_set_state() only; a connection in
 *             DEAD is unknown to the server and freed at the end of the turn.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_SRC_HTTP_HTTP_CONN_H
#define LH_SRC_HTTP_HTTP_CONN_H

#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "base/bytes.h"
#include "http/http_payload.h"
#include "http/http_chunk.h"
#include "http/http_server.h"
#include "http_spare.h"
#include "http_writer.h"

#define HTTP_CONN_TURN_REQUESTS 16	/* then others have their turn */
#define HTTP_CONN_LINGER_BYTES (256 * 1024)
#define HTTP_CONN_LINGER_MS 2000
#define HTTP_CONN_PARTS 3	/* of one http_conn_send() */

enum http_conn_state {
	HTTP_CONN_SHAKING,	/* hands, in TLS */
	HTTP_CONN_IDLE,		/* between requests */
	HTTP_CONN_HEAD,		/* a part of a head is here */
	HTTP_CONN_BODY,		/* the head is whole, the body is not */
	HTTP_CONN_OPEN,		/* the handler has the exchange */
	HTTP_CONN_FLUSHING,	/* no further request; output goes out */
	HTTP_CONN_LINGERING,	/* output is out; input is thrown away */
	HTTP_CONN_DEAD
};

/* Why a connection does not go on by itself. */
enum http_step {
	HTTP_STEP_NEXT,		/* it does */
	HTTP_STEP_INPUT,	/* for lack of bytes, or of a reply */
	HTTP_STEP_OUTPUT	/* until the caller has read more */
};

struct http_conn {
	struct http_server *server;
	struct http_conn *prev;
	struct http_conn *next;
	struct bufferevent *bev;
	struct loop_timer *timer;
	struct http_exchange *exchange;	/* BODY, OPEN; else NULL */
	struct http_handler handler;
	struct http_peer peer;
	enum http_conn_state state;
	enum http_step step;		/* result of the last */
	mono_ms due;			/* end of the state, or NEVER */
	mono_ms armed;			/* when the timer fires, or NEVER */
	struct http_scan scan;
	struct http_chunk chunk;
	uint64_t body_left;		/* of a Content-Length */
	size_t lingered;		/* bytes thrown away */
	unsigned begun;			/* requests; wraps */
	bool is_tls;
	bool eof;			/* the caller sends no more */
	bool is_full;			/* the input: nothing is read */
	bool advancing;			/* inside http_conn_advance() */
	bool goes_on;			/* go_on_soon() is queued */
	bool blank_skipped;		/* before the next request */
	bool lingers;			/* bytes may be under way to us */
};

/* What becomes of an exchange whose connection has gone. */
enum http_exchange_life {
	HTTP_EXCHANGE_LIVE,
	HTTP_EXCHANGE_LEAVING,	/* on_gone is running */
	HTTP_EXCHANGE_ORPHAN	/* nobody listened; ends with its reply */
};

struct http_exchange {
	struct http_conn *conn;		/* NULL unless LIVE */
	struct http_request request;
	struct http_peer last_peer;	/* request.peer of orphans */
	enum http_exchange_life life;
	enum http_coding coding;	/* of the reply, once started */
	struct http_payload *payload;	/* of the request, or NULL */
	http_exchange_fn *on_gone;
	void *gone_arg;
	http_exchange_fn *on_room;
	void *room_arg;
	uint64_t to_send;		/* what a Content-Length still owes */
	unsigned minor_version;
	bool keep_alive;
	bool is_head;
	bool is_chunked;		/* the request's body */
	bool given;			/* to the handler */
	bool started;			/* the reply */
	bool full;			/* the sender waits for on_room */
	bool was_cut;
	struct http_field fields[];	/* then the text of the head */
};

struct http_server {
	struct http_server_options options;
	struct http_server_env env;
	struct http_conn *first;
	size_t count;
	size_t buffered;		/* bytes of request bodies */
	struct http_spares *spares;
	uint64_t last_id;
	int64_t date_s;			/* second of date */
	char date[HTTP_WRITER_DATE_LEN];
	bool draining;
	loop_fn *drained;
	void *drained_arg;
	struct loop_timer *drain_timer;
};

/* http_server.c */
void http_server_forget(struct http_server *server, struct http_conn *conn);
struct span http_server_date(struct http_server *server);
/* false: bodies of all would pass max_buffered_bytes. */
bool http_server_take_bytes(struct http_server *server, size_t len);
void http_server_give_bytes(struct http_server *server, size_t len);
size_t http_server_free_bytes(const struct http_server *server);

/* http_conn.c */
/* Takes fd. NULL: it could not be had; fd is closed. */
struct http_conn *http_conn_new(struct http_server *server, int fd,
    const struct http_peer *peer, struct http_tls *tls);
void http_conn_start(struct http_conn *conn);
void http_conn_set_state(struct http_conn *conn, enum http_conn_state to);
/* Handles what has come, sends what there is, closes what is over. */
void http_conn_advance(struct http_conn *conn);
void http_conn_settle(struct http_conn *conn);
void http_conn_die(struct http_conn *conn);
void http_conn_cut(struct http_conn *conn);	/* the caller sees a reset */
/* No more of the output can be had: the caller must not take what it got for
 * whole. The end of the socket is met in the next turn, as if it had left. */
void http_conn_give_up(struct http_conn *conn);
void http_conn_want_write(struct http_conn *conn);
/* How many bytes of these parts the socket took at once, behind all that was
 * to go out before: none if it did not take that, or in TLS. */
size_t http_conn_send(struct http_conn *conn, const struct span *parts,
    size_t count);
/* The reply is complete; keep: the connection is good for another. */
void http_conn_reply_ended(struct http_conn *conn);
void http_conn_close_idle(struct http_conn *conn);
struct evbuffer *http_conn_output(const struct http_conn *conn);
size_t http_conn_output_len(const struct http_conn *conn);

/* http_payload.c; LH_ERR_LIMIT: of the server, or no memory. */
struct http_payload *http_payload_new(struct http_server *server);
/* left: how much is still to come, data with it. */
enum lh_err http_payload_add(struct http_payload *payload, struct span data,
    uint64_t left) LH_MUSTCHECK;
/* What the socket has of it, as far as it is this one's turn. */
enum lh_err http_payload_receive(struct http_payload *payload, int fd,
    uint64_t *left) LH_MUSTCHECK;
/* It counts no longer; the server may end before it. */
void http_payload_discount(struct http_payload *payload);

/* http_intake.c: one function a state. */
enum http_step http_intake_head(struct http_conn *conn);
enum http_step http_intake_body(struct http_conn *conn);
void http_intake_refuse(struct http_conn *conn, unsigned status);
/* The peer may not be here: 403 and the end, whatever it would have asked. */
void http_intake_turn_away(struct http_conn *conn);

/* http_exchange.c */
/* Copies head and text. NULL: no memory. */
struct http_exchange *http_exchange_new(struct http_conn *conn,
    const struct http_request_head *head, struct span text);
/* Parts exchange and connection: on_gone, if the handler has it. */
void http_exchange_detach(struct http_exchange *exchange);
void http_exchange_tell_room(struct http_exchange *exchange);

#endif
