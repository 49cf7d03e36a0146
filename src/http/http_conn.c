/*
 * http_conn - a connection from accept to close.
 *
 *   SHAKING --> IDLE <--> HEAD --> BODY --> OPEN --> IDLE
 *                 \________\________\________\_____> FLUSHING --> LINGERING
 *
 * and from everywhere to DEAD. http_conn_advance() walks as far as the bytes
 * at hand allow, http_conn_settle() then does what the walk has left: output
 * is written, an end that the caller has sent is acted on, a connection that
 * is over is closed. The order is what lets "printf ... | nc -N" have its
 * answer: input is used up first, then output is flushed, then we close.
 *
 * Replies are written straight to the socket when that is possible; the
 * bufferevent's own writing is switched on for what the socket did not take
 * and for streams. That saves two epoll_ctl(2) and a wake-up a request.
 *
 * A connection has one timer. Its alarm is moved only when a new due time is
 * sooner; an alarm that comes too early is set again. So a busy connection
 * touches the timer every few seconds, not twice a request.
 *
 * Input has no high watermark: libevent would call on_read() again, in the same
 * turn and without end, for as long as what lies above the mark stays there,
 * which it does until the reply to the request before it. We switch reading off
 * and on by ourselves.
 *
 * Lingering (RFC 9112 9.6): closing a socket that has unread input makes the
 * kernel send a reset, which may overtake the reply. We say that we are done,
 * then drain for a while.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "http_conn.h"

#include <event2/event.h>

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/lh_assert.h"
#include "base/xalloc.h"
#include "http_tls_socket.h"

#define NEVER INT64_MAX
/* Input that may wait behind a head of full size; then no more is read. */
#define INPUT_SLACK (16 * 1024)

#define TO(state) (1u << HTTP_CONN_##state)

typedef enum http_step step_fn(struct http_conn *conn);

static step_fn drop_input;
static step_fn wait_for_reply;

static const struct {
	const char *name;
	unsigned allowed;
	step_fn *step;
} states[] = {
	[HTTP_CONN_SHAKING] = { "shaking", TO(IDLE) | TO(DEAD),
	    wait_for_reply },
	[HTTP_CONN_IDLE] = { "idle", TO(HEAD) | TO(BODY) | TO(OPEN) |
	    TO(FLUSHING) | TO(DEAD), http_intake_head },
	[HTTP_CONN_HEAD] = { "head", TO(BODY) | TO(OPEN) | TO(FLUSHING) |
	    TO(DEAD), http_intake_head },
	[HTTP_CONN_BODY] = { "body", TO(OPEN) | TO(FLUSHING) | TO(DEAD),
	    http_intake_body },
	[HTTP_CONN_OPEN] = { "open", TO(IDLE) | TO(FLUSHING) | TO(DEAD),
	    wait_for_reply },
	[HTTP_CONN_FLUSHING] = { "flushing", TO(LINGERING) | TO(DEAD),
	    wait_for_reply },
	[HTTP_CONN_LINGERING] = { "lingering", TO(DEAD), drop_input },
	[HTTP_CONN_DEAD] = { "dead", 0, wait_for_reply },
};

static struct bufferevent *socket_new(struct http_server *server, int fd,
    struct http_tls *tls);
static void set_limits(struct http_conn *conn);
static void free_later(void *arg);
static span_ms time_of_state(const struct http_conn *conn);
static void set_due(struct http_conn *conn, span_ms after);
static void on_timer(void *arg);
static void on_read(struct bufferevent *bev, void *arg);
static void on_write(struct bufferevent *bev, void *arg);
static void on_event(struct bufferevent *bev, short what, void *arg);
static void turn_away(struct http_conn *conn);
static void log_handshake_failure(struct http_conn *conn);
static void flush(struct http_conn *conn);
static void push(struct http_conn *conn);
static void pace_input(struct http_conn *conn);
static void act_on_end(struct http_conn *conn);
static void finish(struct http_conn *conn);
static void go_on_with_room(struct http_conn *conn);
static void go_on_soon(struct http_conn *conn);
static void go_on(void *arg);
static size_t input_len(const struct http_conn *conn);

struct http_conn *
http_conn_new(struct http_server *server, int fd,
    const struct http_peer *peer, struct http_tls *tls)
{
	struct bufferevent *bev = socket_new(server, fd, tls);
	struct http_conn *conn;

	if (bev == NULL) {
		close(fd);
		return NULL;
	}
	conn = xcalloc(1, sizeof(*conn));
	conn->server = server;
	conn->bev = bev;
	conn->peer = *peer;
	conn->is_tls = tls != NULL;
	conn->state = conn->is_tls ? HTTP_CONN_SHAKING : HTTP_CONN_IDLE;
	conn->step = HTTP_STEP_INPUT;
	conn->due = conn->armed = NEVER;
	conn->timer = loop_timer_new(server->env.loop, on_timer, conn);
	return conn;
}

void
http_conn_start(struct http_conn *conn)
{
	bufferevent_setcb(conn->bev, on_read, on_write, on_event, conn);
	set_limits(conn);
	set_due(conn, time_of_state(conn));
	if (bufferevent_enable(conn->bev, EV_READ) != 0) {
		http_conn_die(conn);
		return;
	}
	if (conn->is_tls)
		return;
	bufferevent_disable(conn->bev, EV_WRITE);
	if (conn->peer.is_refused)
		turn_away(conn);
}

void
http_conn_set_state(struct http_conn *conn, enum http_conn_state to)
{
	enum http_conn_state from = conn->state;

	lh_assert((states[from].allowed & 1u << to) != 0);
	log_at(conn->server->env.log, LOG_LEVEL_TRACE, "http.state",
	    log_text("peer", conn->peer.address),
	    log_text("from", states[from].name),
	    log_text("to", states[to].name));
	conn->state = to;
	set_due(conn, time_of_state(conn));
}

void
http_conn_advance(struct http_conn *conn)
{
	unsigned begun = conn->begun;

	lh_assert(!conn->advancing);
	conn->advancing = true;
	do
		conn->step = states[conn->state].step(conn);
	while (conn->step == HTTP_STEP_NEXT &&
	    conn->begun - begun < HTTP_CONN_TURN_REQUESTS);
	conn->advancing = false;
	if (conn->state == HTTP_CONN_DEAD)
		return;		/* and freed when this turn ends */
	if (conn->step == HTTP_STEP_NEXT)
		go_on_soon(conn);
	http_conn_settle(conn);
}

void
http_conn_settle(struct http_conn *conn)
{
	if (conn->state == HTTP_CONN_DEAD)
		return;
	flush(conn);
	go_on_with_room(conn);
	if (conn->eof && conn->step == HTTP_STEP_INPUT)
		act_on_end(conn);
	if (conn->state == HTTP_CONN_FLUSHING &&
	    http_conn_output_len(conn) == 0)
		finish(conn);
	pace_input(conn);
}

void
http_conn_die(struct http_conn *conn)
{
	struct http_exchange *exchange = conn->exchange;

	if (conn->state == HTTP_CONN_DEAD)
		return;
	http_conn_set_state(conn, HTTP_CONN_DEAD);
	conn->exchange = NULL;
	loop_timer_stop(conn->timer);
	bufferevent_setcb(conn->bev, NULL, NULL, NULL, NULL);
	bufferevent_disable(conn->bev, EV_READ | EV_WRITE);
	http_server_forget(conn->server, conn);
	loop_later(conn->server->env.loop, free_later, conn);
	if (exchange != NULL)
		http_exchange_detach(exchange);
}

void
http_conn_cut(struct http_conn *conn)
{
	struct linger reset = { .l_onoff = 1, .l_linger = 0 };

	if (conn->state == HTTP_CONN_DEAD)
		return;
	/* A socket that cannot be reset is closed; nobody can be told. */
	(void)setsockopt(bufferevent_getfd(conn->bev), SOL_SOCKET, SO_LINGER,
	    &reset, sizeof(reset));
	http_conn_die(conn);
}

void
http_conn_give_up(struct http_conn *conn)
{
	(void)shutdown(bufferevent_getfd(conn->bev), SHUT_RDWR);
}

void
http_conn_want_write(struct http_conn *conn)
{
	if (bufferevent_enable(conn->bev, EV_WRITE) != 0)
		http_conn_give_up(conn);
}

size_t
http_conn_send(struct http_conn *conn, const struct span *parts, size_t count)
{
	struct iovec pieces[HTTP_CONN_PARTS];
	struct msghdr message = { .msg_iov = pieces, .msg_iovlen = count };
	ssize_t sent;

	lh_assert(count <= HTTP_CONN_PARTS);
	if (conn->is_tls)
		return 0;
	if (http_conn_output_len(conn) > 0)
		push(conn);
	if (http_conn_output_len(conn) > 0)
		return 0;
	for (size_t i = 0; i < count; i++)
		pieces[i] = (struct iovec){
			.iov_base = (char *)(uintptr_t)parts[i].ptr,
			.iov_len = parts[i].len };
	sent = sendmsg(bufferevent_getfd(conn->bev), &message, MSG_NOSIGNAL);
	return sent > 0 ? (size_t)sent : 0;
}

void
http_conn_reply_ended(struct http_conn *conn)
{
	struct http_exchange *exchange = conn->exchange;
	bool keep = exchange->keep_alive && !conn->server->draining;

	conn->exchange = NULL;
	http_exchange_detach(exchange);
	http_conn_set_state(conn, keep ? HTTP_CONN_IDLE : HTTP_CONN_FLUSHING);
	if (conn->advancing)
		return;
	if (keep && input_len(conn) > 0)
		go_on_soon(conn);
	http_conn_settle(conn);
}

void
http_conn_close_idle(struct http_conn *conn)
{
	if (conn->state == HTTP_CONN_SHAKING) {
		http_conn_die(conn);
	} else if (conn->state == HTTP_CONN_IDLE && input_len(conn) == 0) {
		http_conn_set_state(conn, HTTP_CONN_FLUSHING);
		http_conn_settle(conn);
	}
}

struct evbuffer *
http_conn_output(const struct http_conn *conn)
{
	return bufferevent_get_output(conn->bev);
}

size_t
http_conn_output_len(const struct http_conn *conn)
{
	return evbuffer_get_length(bufferevent_get_output(conn->bev));
}

static struct bufferevent *
socket_new(struct http_server *server, int fd, struct http_tls *tls)
{
	struct event_base *base = loop_event_base(server->env.loop);

	if (tls != NULL)
		return http_tls_socket_new(tls, base, fd);
	return bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
}

static void
set_limits(struct http_conn *conn)
{
	const struct http_server_options *options = &conn->server->options;
	struct timeval write_time = {
		.tv_sec = options->write_timeout / 1000,
		.tv_usec = options->write_timeout % 1000 * 1000,
	};

	bufferevent_setwatermark(conn->bev, EV_WRITE,
	    options->max_output_bytes / 2, 0);
	if (bufferevent_set_timeouts(conn->bev, NULL, &write_time) != 0)
		log_warn(conn->server->env.log, "http.no_write_timeout",
		    log_text("peer", conn->peer.address));
}

static void
free_later(void *arg)
{
	struct http_conn *conn = arg;

	bufferevent_free(conn->bev);
	loop_timer_free(conn->timer);
	free(conn);
}

static span_ms
time_of_state(const struct http_conn *conn)
{
	const struct http_server_options *options = &conn->server->options;

	switch (conn->state) {
	case HTTP_CONN_SHAKING:
	case HTTP_CONN_HEAD:
		return options->head_timeout;
	case HTTP_CONN_IDLE:
		return options->idle_timeout;
	case HTTP_CONN_BODY:
		return options->body_timeout;
	case HTTP_CONN_LINGERING:
		return HTTP_CONN_LINGER_MS;
	case HTTP_CONN_OPEN:
	case HTTP_CONN_FLUSHING:	/* see set_limits() */
	case HTTP_CONN_DEAD:
		return NEVER;
	}
	lh_unreachable();
}

static void
set_due(struct http_conn *conn, span_ms after)
{
	mono_ms now;

	if (after == NEVER) {
		conn->due = NEVER;
		return;
	}
	now = loop_mono(conn->server->env.loop);
	conn->due = now + after;
	if (conn->armed <= conn->due)
		return;
	conn->armed = conn->due;
	loop_timer_set(conn->timer, after);
}

static void
on_timer(void *arg)
{
	struct http_conn *conn = arg;
	mono_ms now = loop_mono(conn->server->env.loop);

	conn->armed = NEVER;
	if (conn->due == NEVER)
		return;
	if (conn->due > now) {
		set_due(conn, conn->due - now);
		return;
	}
	if (conn->state == HTTP_CONN_HEAD || conn->state == HTTP_CONN_BODY) {
		http_intake_refuse(conn, 408);
		http_conn_settle(conn);
	} else if (conn->state == HTTP_CONN_IDLE &&
	    http_conn_output_len(conn) > 0) {
		set_due(conn, time_of_state(conn));	/* still reading */
	} else {
		http_conn_die(conn);
	}
}

static void
on_read(struct bufferevent *bev, void *arg)
{
	http_conn_advance(arg);
}

static void
on_write(struct bufferevent *bev, void *arg)
{
	struct http_conn *conn = arg;

	if (!conn->is_tls && http_conn_output_len(conn) == 0)
		bufferevent_disable(bev, EV_WRITE);
	if (conn->exchange != NULL)
		http_exchange_tell_room(conn->exchange);
	http_conn_advance(conn);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct http_conn *conn = arg;

	if ((what & BEV_EVENT_CONNECTED) != 0) {
		http_conn_set_state(conn, HTTP_CONN_IDLE);
		if (conn->peer.is_refused)
			turn_away(conn);
		else
			http_conn_advance(conn);
		return;
	}
	if (conn->state == HTTP_CONN_SHAKING)
		log_handshake_failure(conn);
	if ((what & BEV_EVENT_EOF) != 0 && !conn->eof &&
	    conn->state != HTTP_CONN_SHAKING) {
		conn->eof = true;
		/* In TLS the end of input has stopped the output too. A
		 * failure of the output is there a second EOF. */
		if (conn->is_tls)
			http_conn_want_write(conn);
		http_conn_advance(conn);
		return;
	}
	if ((what & BEV_EVENT_TIMEOUT) != 0)
		http_conn_cut(conn);
	else
		http_conn_die(conn);
}

static void
turn_away(struct http_conn *conn)
{
	http_intake_turn_away(conn);
	http_conn_settle(conn);
}

static void
log_handshake_failure(struct http_conn *conn)
{
	char reason[256];

	http_tls_socket_error(conn->bev, reason, sizeof(reason));
	log_debug(conn->server->env.log, "http.handshake_failed",
	    log_text("peer", conn->peer.address),
	    log_text("reason", reason));
}

/* With EV_WRITE on, the bufferevent is at it already. */
static void
flush(struct http_conn *conn)
{
	if (conn->is_tls || http_conn_output_len(conn) == 0 ||
	    (bufferevent_get_enabled(conn->bev) & EV_WRITE) != 0)
		return;
	push(conn);
	if (http_conn_output_len(conn) > 0)
		http_conn_want_write(conn);
}

static void
push(struct http_conn *conn)
{
	struct evbuffer *output = http_conn_output(conn);

	evbuffer_unfreeze(output, 1);
	/* What went wrong, the bufferevent will meet again and report. */
	(void)evbuffer_write(output, bufferevent_getfd(conn->bev));
	evbuffer_freeze(output, 1);
}

/* The step that took from it, or will, settles the connection. */
static void
pace_input(struct http_conn *conn)
{
	size_t max = conn->server->options.head.max_head_bytes + INPUT_SLACK;
	bool is_full = input_len(conn) >= max;

	if (conn->state == HTTP_CONN_DEAD || is_full == conn->is_full)
		return;
	conn->is_full = is_full;
	if (is_full)
		bufferevent_disable(conn->bev, EV_READ);
	else if (bufferevent_enable(conn->bev, EV_READ) != 0)
		http_conn_give_up(conn);
}

/* The caller sends no more, and all that it sent is used up. One that waits
 * for a reply has gone away: callers that only half-close and then wait are
 * not told from those that left. */
static void
act_on_end(struct http_conn *conn)
{
	switch (conn->state) {
	case HTTP_CONN_BODY:
		http_exchange_detach(conn->exchange);
		conn->exchange = NULL;
		http_conn_set_state(conn, HTTP_CONN_FLUSHING);
		break;
	case HTTP_CONN_IDLE:
	case HTTP_CONN_HEAD:
		http_conn_set_state(conn, HTTP_CONN_FLUSHING);
		break;
	case HTTP_CONN_FLUSHING:
		break;
	case HTTP_CONN_SHAKING:
	case HTTP_CONN_OPEN:
	case HTTP_CONN_LINGERING:
	case HTTP_CONN_DEAD:
		http_conn_die(conn);
		break;
	}
}

static void
finish(struct http_conn *conn)
{
	if (conn->is_tls)
		http_tls_socket_goodbye(conn->bev);
	if (conn->eof || (!conn->lingers && input_len(conn) == 0)) {
		http_conn_die(conn);
		return;
	}
	http_conn_set_state(conn, HTTP_CONN_LINGERING);
	if (shutdown(bufferevent_getfd(conn->bev), SHUT_WR) != 0)
		http_conn_die(conn);
	else
		drop_input(conn);
}

static enum http_step
drop_input(struct http_conn *conn)
{
	struct evbuffer *input = bufferevent_get_input(conn->bev);

	conn->lingered += evbuffer_get_length(input);
	if (conn->lingered > HTTP_CONN_LINGER_BYTES)
		http_conn_die(conn);
	else
		evbuffer_drain(input, evbuffer_get_length(input));
	return HTTP_STEP_INPUT;
}

static enum http_step
wait_for_reply(struct http_conn *conn)
{
	return HTTP_STEP_INPUT;
}

/* The socket took all at once: no event will tell that there is room. */
static void
go_on_with_room(struct http_conn *conn)
{
	if (conn->step == HTTP_STEP_OUTPUT && http_conn_output_len(conn) == 0)
		go_on_soon(conn);
}

/* In the next turn; a callback deferred by libevent would run in this one,
 * and could keep it from ending. */
static void
go_on_soon(struct http_conn *conn)
{
	conn->step = HTTP_STEP_NEXT;
	if (!conn->goes_on)
		loop_later(conn->server->env.loop, go_on, conn);
	conn->goes_on = true;
}

/* Was queued before free_later(), if both are. */
static void
go_on(void *arg)
{
	struct http_conn *conn = arg;

	conn->goes_on = false;
	http_conn_advance(conn);
}

static size_t
input_len(const struct http_conn *conn)
{
	return evbuffer_get_length(bufferevent_get_input(conn->bev));
}
