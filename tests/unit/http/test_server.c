/*
 * test_server - connections on a socketpair, turned by hand: what a caller
 * sends, what it gets, what the handler hears.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/loop.h"
#include "base/timesource.h"
#include "http/http_server.h"

#define TURNS 40
#define TURN_REQUESTS 16	/* of one connection */
#define GOT_MAX (4 * 1024 * 1024)
#define PIECE_BYTES 100000
#define FEW_BYTES 4096

struct fixture {
	struct timesource *source;
	struct loop *loop;
	struct http_server_options options;
	struct http_server *server;
	int fd;				/* the caller's end; -1: closed */
	struct http_exchange *waiting;	/* kept by keep_it() */
	unsigned handled;
	unsigned gone;
	unsigned room;
	unsigned released;
	unsigned drained;
	size_t left;			/* of bodies given away */
	int takes;			/* the server's socket at once, or 0 */
	char body[256];			/* of the last request */
	char *got;
	size_t got_len;
};

static void
stop(void *arg)
{
	loop_stop(arg);
}

static void
turn(struct fixture *f)
{
	for (int i = 0; i < TURNS; i++) {
		loop_later(f->loop, stop, f->loop);
		loop_run(f->loop);
	}
}

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	signal(SIGPIPE, SIG_IGN);
	f->source = timesource_new_manual(1000000, 784111777000);
	assert_int_equal(loop_new(f->source, &f->loop), LH_OK);
	http_server_options_init(&f->options);
	f->fd = -1;
	f->got = malloc(GOT_MAX + 1);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	if (f->fd >= 0)
		close(f->fd);
	http_server_free(f->server);
	loop_free(f->loop);
	timesource_free(f->source);
	free(f->got);
	free(f);
	return 0;
}

static void
connect_with(struct fixture *f, http_handler_fn *fn)
{
	struct http_server_env env = { .loop = f->loop };
	struct http_peer peer = { .address = "test" };
	int pair[2];

	if (f->server == NULL)
		f->server = http_server_new(&f->options, &env);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
	    pair), 0);
	if (f->takes > 0)
		assert_int_equal(setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF,
		    &f->takes, sizeof(f->takes)), 0);
	f->fd = pair[0];
	http_server_adopt(f->server, pair[1], &peer, NULL,
	    (struct http_handler){ fn, f });
}

static void
send_span(struct fixture *f, const char *text, size_t len)
{
	assert_int_equal(send(f->fd, text, len, MSG_NOSIGNAL), len);
}

static void
send_text(struct fixture *f, const char *text)
{
	send_span(f, text, strlen(text));
	turn(f);
}

static void
leave(struct fixture *f)
{
	close(f->fd);
	f->fd = -1;
	turn(f);
}

/* Reads what there is; true at the end. */
static bool
receive(struct fixture *f)
{
	for (int i = 0; i < 200; i++) {
		ssize_t n = recv(f->fd, f->got + f->got_len,
		    GOT_MAX - f->got_len, 0);

		if (n == 0 || (n < 0 && errno != EAGAIN))
			return true;
		if (n > 0)
			f->got_len += (size_t)n;
		f->got[f->got_len] = '\0';
		loop_later(f->loop, stop, f->loop);
		loop_run(f->loop);
	}
	return false;
}

static unsigned
count(const char *text, const char *what)
{
	unsigned n = 0;

	while ((text = strstr(text, what)) != NULL) {
		text += strlen(what);
		n++;
	}
	return n;
}

static void
forget_got(struct fixture *f)
{
	f->got_len = 0;
	f->got[0] = '\0';
}

/* Replies with the path. */
static void
echo(void *arg, struct http_exchange *exchange)
{
	struct fixture *f = arg;
	const struct http_request *request = http_exchange_request(exchange);
	struct http_reply reply = { .status = 200, .body = request->path };

	f->handled++;
	snprintf(f->body, sizeof(f->body), "%.*s", (int)request->body.len,
	    request->body.len > 0 ? request->body.ptr : "");
	http_exchange_reply(exchange, &reply);
}

static void
on_gone(void *arg)
{
	struct fixture *f = arg;

	f->gone++;
	f->waiting = NULL;
}

static void
keep_it(void *arg, struct http_exchange *exchange)
{
	struct fixture *f = arg;

	f->handled++;
	f->waiting = exchange;
	http_exchange_on_gone(exchange, on_gone, f);
}

static void
keep_it_deaf(void *arg, struct http_exchange *exchange)
{
	struct fixture *f = arg;

	f->handled++;
	f->waiting = exchange;
}

static void
on_release(void *arg)
{
	((struct fixture *)arg)->released++;
}

static void
a_request_is_answered(void **state)
{
	struct fixture *f = *state;

	connect_with(f, echo);
	send_text(f, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_false(receive(f));
	assert_string_equal(f->got, "HTTP/1.1 200 OK\r\n"
	    "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
	    "Content-Length: 2\r\n\r\n/a");
	assert_int_equal(http_server_connections(f->server), 1);
}

static void
bytes_that_come_one_by_one_make_requests(void **state)
{
	struct fixture *f = *state;
	const char *text = "\r\nPOST /b HTTP/1.1\r\nHost: x\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n"
	    "2\r\nde\r\n0\r\nT: x\r\n\r\n"
	    "PUT /c HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nxyz";

	connect_with(f, echo);
	for (size_t i = 0; text[i] != '\0'; i++) {
		send_span(f, text + i, 1);
		turn(f);
		if (f->handled == 1)
			assert_string_equal(f->body, "abcde");
	}
	assert_int_equal(f->handled, 2);
	assert_string_equal(f->body, "xyz");
}

static void
pipelined_requests_are_answered_in_order(void **state)
{
	struct fixture *f = *state;
	char text[8192], *at = text;

	connect_with(f, echo);
	for (int i = 0; i < 100; i++)
		at += snprintf(at, 64, "GET /%03d HTTP/1.1\r\nHost: x\r\n\r\n",
		    i);
	send_text(f, text);
	receive(f);
	assert_int_equal(count(f->got, "HTTP/1.1 200 OK"), 100);
	assert_true(strstr(f->got, "/007") < strstr(f->got, "/008"));
	assert_string_equal(f->got + f->got_len - 4, "/099");
}

static void
a_long_pipeline_shares_the_loop(void **state)
{
	struct fixture *f = *state;

	connect_with(f, echo);
	for (int i = 0; i < 100; i++)
		send_span(f, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 27);
	for (unsigned turns = 1; turns <= 3; turns++) {
		loop_later(f->loop, stop, f->loop);
		loop_run(f->loop);
		assert_in_range(f->handled, 1, 32 * turns);
	}
	turn(f);
	assert_int_equal(f->handled, 100);
}

/* Breaks off the last request of a turn. */
static void
break_the_last(void *arg, struct http_exchange *exchange)
{
	struct fixture *f = arg;

	if (f->handled + 1 < TURN_REQUESTS) {
		echo(f, exchange);
		return;
	}
	f->handled++;
	http_exchange_start(exchange, 200, (struct http_fields){ NULL, 0 },
	    10);
	http_exchange_break(exchange);
}

static void
a_connection_cut_by_the_last_request_of_its_turn_stays_dead(void **state)
{
	struct fixture *f = *state;

	connect_with(f, break_the_last);
	for (unsigned i = 0; i < 2 * TURN_REQUESTS; i++)
		send_span(f, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 27);
	turn(f);
	assert_int_equal(f->handled, TURN_REQUESTS);
	assert_int_equal(http_server_connections(f->server), 0);
}

static void
keep_the_first(void *arg, struct http_exchange *exchange)
{
	struct fixture *f = arg;

	if (f->handled == 0)
		keep_it(f, exchange);
	else
		echo(f, exchange);
}

/* A turn that did not end would be the end of all other callers. */
static void
more_than_fits_behind_an_open_request_waits_for_its_reply(void **state)
{
	const struct http_reply reply = { .status = 200 };
	struct fixture *f = *state;
	char text[8192], *at = text;

	alarm(60);
	connect_with(f, keep_the_first);
	for (int i = 0; i < 100; i++)
		at += snprintf(at, 64, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	for (int i = 0; i < 40; i++)
		send_span(f, text, (size_t)(at - text));
	turn(f);
	assert_int_equal(f->handled, 1);
	http_exchange_reply(f->waiting, &reply);
	for (int i = 0; i < 100 && f->handled < 4000; i++) {
		turn(f);
		assert_false(receive(f));
	}
	assert_int_equal(f->handled, 4000);
	alarm(0);
}

static void
replies_that_fill_the_output_hold_back_the_next_request(void **state)
{
	struct fixture *f = *state;
	char text[8192], *at = text;

	f->options.max_output_bytes = 1000;
	connect_with(f, echo);
	for (int i = 0; i < 100; i++)
		at += snprintf(at, 64, "GET /%03d HTTP/1.1\r\nHost: x\r\n\r\n",
		    i);
	send_text(f, text);
	receive(f);
	assert_int_equal(count(f->got, "HTTP/1.1 200 OK"), 100);
}

static void
a_half_close_behind_a_request_leaves_it_its_answer(void **state)
{
	struct fixture *f = *state;

	connect_with(f, echo);
	send_span(f, "GET /z HTTP/1.0\r\n\r\n", 19);
	shutdown(f->fd, SHUT_WR);
	turn(f);
	assert_true(receive(f));
	assert_non_null(strstr(f->got, "Connection: close\r\n\r\n/z"));
	assert_int_equal(http_server_connections(f->server), 0);
}

static void
a_half_close_behind_many_requests_leaves_all_their_answers(void **state)
{
	struct fixture *f = *state;

	connect_with(f, echo);
	for (int i = 0; i < 50; i++)
		send_span(f, "GET /z HTTP/1.1\r\nHost: x\r\n\r\n", 28);
	shutdown(f->fd, SHUT_WR);
	turn(f);
	assert_true(receive(f));
	assert_int_equal(count(f->got, "200 OK"), 50);
}

static void
an_open_exchange_hears_that_its_caller_left(void **state)
{
	struct fixture *f = *state;

	connect_with(f, keep_it);
	send_text(f, "GET /1 HTTP/1.1\r\nHost: x\r\n\r\n"
	    "GET /2 HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_int_equal(f->handled, 1);
	assert_int_equal(f->gone, 0);
	leave(f);
	assert_int_equal(f->gone, 1);
	assert_int_equal(f->handled, 1);
	assert_int_equal(http_server_connections(f->server), 0);
}

static void
a_reply_after_the_caller_left_unheard_goes_nowhere(void **state)
{
	struct fixture *f = *state;
	struct http_stored stored = {
		.head = SPAN_LITERAL("HTTP/1.1 200 OK\r\n"),
		.release = on_release,
		.arg = f,
	};

	connect_with(f, keep_it_deaf);
	send_text(f, "GET /1 HTTP/1.1\r\nHost: x\r\n\r\n");
	leave(f);
	assert_string_equal(http_exchange_request(f->waiting)->peer->address,
	    "test");
	http_exchange_reply_stored(f->waiting, &stored);
	assert_int_equal(f->released, 1);
}

static void
a_late_reply_lets_the_next_request_in(void **state)
{
	struct fixture *f = *state;
	struct http_reply reply = { .status = 204 };

	connect_with(f, keep_it);
	send_text(f, "GET /1 HTTP/1.1\r\nHost: x\r\n\r\n"
	    "GET /2 HTTP/1.1\r\nHost: x\r\n\r\n");
	http_exchange_reply(f->waiting, &reply);
	assert_int_equal(f->handled, 1);
	turn(f);
	assert_int_equal(f->handled, 2);
	http_exchange_reply(f->waiting, &reply);
	receive(f);
	assert_int_equal(count(f->got, "204 No Content"), 2);
	assert_null(strstr(f->got, "Content-Length"));
}

static void
a_wanted_body_is_asked_for(void **state)
{
	struct fixture *f = *state;

	connect_with(f, echo);
	send_text(f, "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
	    "Expect: 100-continue\r\n\r\n");
	receive(f);
	assert_string_equal(f->got, "HTTP/1.1 100 Continue\r\n\r\n");
	send_text(f, "ok");
	assert_string_equal(f->body, "ok");
}

static void
a_body_that_came_along_is_not_asked_for(void **state)
{
	struct fixture *f = *state;

	connect_with(f, echo);
	send_text(f, "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
	    "Expect: 100-continue\r\n\r\no");
	send_text(f, "k");
	receive(f);
	assert_null(strstr(f->got, "100 Continue"));
	assert_string_equal(f->body, "ok");
}

static void
refusals_tell_why_and_close(void **state)
{
	static const struct {
		const char *request;
		const char *status;
	} cases[] = {
		{ "GET / HTTP/1.1\r\n\r\n", "400 Bad Request" },
		{ "GET / HTTP/1.1\nHost: x\n\n", "400 Bad Request" },
		{ "GET / HTTP/2.0\r\n\r\n", "505 " },
		{ "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 101\r\n\r\n",
		    "413 " },
		{ "PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked"
		    "\r\n\r\n65\r\n", "413 " },
		{ "PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked"
		    "\r\n\r\nx", "400 " },
		{ "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 90\r\n\r\n"
		    "12345678901234567890123456789012345678901234567890x",
		    "503 " },
		{ "PUT / HTTP/1.1\r\nHost: x\r\nExpect: magic\r\n\r\n",
		    "417 " },
		{ "PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n"
		    "\r\n", "501 " },
	};
	struct fixture *f = *state;

	f->options.max_body_bytes = 100;
	f->options.max_buffered_bytes = 50;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		forget_got(f);
		connect_with(f, echo);
		send_text(f, cases[i].request);
		assert_true(receive(f));
		assert_non_null(strstr(f->got, cases[i].status));
		assert_non_null(strstr(f->got, "{\"errors\":[\""));
		leave(f);
		assert_int_equal(http_server_connections(f->server), 0);
	}
	assert_int_equal(f->handled, 0);
}

static void
a_head_that_does_not_come_in_time_is_refused(void **state)
{
	struct fixture *f = *state;
	bool ended = false;

	f->options.head_timeout = 1;
	connect_with(f, echo);
	send_text(f, "GET / HT");
	timesource_advance(f->source, 1);
	for (int i = 0; i < 1000 && !ended; i++)
		ended = receive(f);
	assert_true(ended);
	assert_non_null(strstr(f->got, "408 Request Timeout"));
}

static void
callers_that_leave_in_the_middle_leave_nothing(void **state)
{
	static const char *parts[] = {
		"", "\r", "GET", "GET / HTTP/1.1\r\nHost: x\r\n",
		"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc",
		"PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
		    "\r\n9\r\nabc",
		"BAD\r\n\r\n",
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		connect_with(f, echo);
		send_text(f, parts[i]);
		assert_int_equal(http_server_connections(f->server), 1);
		leave(f);
		assert_int_equal(http_server_connections(f->server), 0);
	}
}

static void
head_has_the_head_of_get_and_no_body(void **state)
{
	struct fixture *f = *state;

	connect_with(f, echo);
	send_text(f, "HEAD /abc HTTP/1.1\r\nHost: x\r\n\r\n");
	receive(f);
	assert_non_null(strstr(f->got, "Content-Length: 4\r\n\r\n"));
	assert_null(strstr(f->got, "/abc"));
}

static void
head_of_a_stream_tells_no_length_and_goes_on(void **state)
{
	struct fixture *f = *state;

	connect_with(f, keep_it);
	send_text(f, "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
	http_exchange_start(f->waiting, 200, HTTP_FIELDS_NONE, -1);
	http_exchange_send(f->waiting, SPAN_LITERAL("hello"));
	http_exchange_end(f->waiting);
	assert_false(receive(f));
	assert_null(strstr(f->got, "Transfer-Encoding"));
	assert_null(strstr(f->got, "Content-Length"));
	assert_null(strstr(f->got, "hello"));
	assert_null(strstr(f->got, "close"));
}

static void
an_old_client_keeps_the_connection_when_it_asks(void **state)
{
	struct fixture *f = *state;

	connect_with(f, echo);
	send_text(f, "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n");
	assert_false(receive(f));
	assert_non_null(strstr(f->got, "Connection: keep-alive\r\n"));
}

static void
a_stream_of_unknown_length_is_chunked(void **state)
{
	struct fixture *f = *state;

	connect_with(f, keep_it);
	send_text(f, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	http_exchange_start(f->waiting, 200, HTTP_FIELDS_NONE, -1);
	http_exchange_send(f->waiting, SPAN_LITERAL("hello "));
	http_exchange_send(f->waiting, SPAN_LITERAL(""));
	http_exchange_send(f->waiting, SPAN_LITERAL("chunked world"));
	http_exchange_end(f->waiting);
	assert_false(receive(f));
	assert_non_null(strstr(f->got, "Transfer-Encoding: chunked\r\n\r\n"
	    "6\r\nhello \r\nd\r\nchunked world\r\n0\r\n\r\n"));
}

static void
a_stream_to_an_old_client_ends_with_the_connection(void **state)
{
	struct fixture *f = *state;

	connect_with(f, keep_it);
	send_text(f, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
	http_exchange_start(f->waiting, 200, HTTP_FIELDS_NONE, -1);
	http_exchange_send(f->waiting, SPAN_LITERAL("hello"));
	http_exchange_end(f->waiting);
	assert_true(receive(f));
	assert_non_null(strstr(f->got, "Connection: close\r\n\r\nhello"));
	assert_null(strstr(f->got, "chunked"));
}

static void
a_stream_longer_than_announced_is_cut(void **state)
{
	struct fixture *f = *state;

	connect_with(f, keep_it);
	send_text(f, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	http_exchange_start(f->waiting, 200, HTTP_FIELDS_NONE, 5);
	http_exchange_send(f->waiting, SPAN_LITERAL("1234567"));
	http_exchange_send(f->waiting, SPAN_LITERAL("89"));
	http_exchange_end(f->waiting);
	assert_false(receive(f));
	assert_string_equal(f->got + f->got_len - 6, "\n12345");
}

static void
a_stream_shorter_than_announced_breaks(void **state)
{
	struct fixture *f = *state;

	connect_with(f, keep_it);
	send_text(f, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	http_exchange_start(f->waiting, 200, HTTP_FIELDS_NONE, 5);
	http_exchange_send(f->waiting, SPAN_LITERAL("123"));
	http_exchange_end(f->waiting);
	turn(f);
	assert_true(receive(f));
	assert_int_equal(f->gone, 0);
}

static void
on_room(void *arg)
{
	((struct fixture *)arg)->room++;
}

/* Sends pieces of letters, of a length that is not told if it is -1, to a
 * caller who reads now and then. */
static void
stream_letters(struct fixture *f, int64_t length, size_t pieces)
{
	static char block[PIECE_BYTES];

	f->takes = FEW_BYTES;
	connect_with(f, keep_it);
	send_text(f, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	http_exchange_start(f->waiting, 200, HTTP_FIELDS_NONE, length);
	for (size_t i = 0; i < pieces; i++) {
		memset(block, 'a' + (int)i, sizeof(block));
		if (http_exchange_send(f->waiting, (struct span){ block,
		    sizeof(block) - i * 1000 }) == HTTP_FLOW_FULL)
			receive(f);
	}
	http_exchange_end(f->waiting);
	receive(f);
}

static void
a_stream_is_whole_whatever_the_socket_takes_at_once(void **state)
{
	struct fixture *f = *state;
	int64_t length = 0;
	char *at;

	for (int i = 0; i < 20; i++)
		length += PIECE_BYTES - i * 1000;
	stream_letters(f, length, 20);
	at = strstr(f->got, "\r\n\r\n") + 4;
	assert_int_equal(strlen(at), length);
	for (int i = 0; i < 20; i++)
		for (int j = 0; j < PIECE_BYTES - i * 1000; j++)
			assert_int_equal(*at++, 'a' + i);
}

static void
chunks_are_whole_whatever_the_socket_takes_at_once(void **state)
{
	struct fixture *f = *state;
	char line[32];
	char *at;

	stream_letters(f, -1, 20);
	at = strstr(f->got, "\r\n\r\n") + 4;
	for (int i = 0; i < 20; i++) {
		int len = PIECE_BYTES - i * 1000;
		int head = snprintf(line, sizeof(line), "%x\r\n", len);

		assert_memory_equal(at, line, head);
		for (int j = 0; j < len; j++)
			assert_int_equal(at[head + j], 'a' + i);
		at += head + len;
		assert_memory_equal(at, "\r\n", 2);
		at += 2;
	}
	assert_string_equal(at, "0\r\n\r\n");
}

static void
a_full_sender_hears_of_room(void **state)
{
	static char block[PIECE_BYTES];
	struct fixture *f = *state;
	unsigned sent = 1;

	f->takes = FEW_BYTES;
	connect_with(f, keep_it);
	send_text(f, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	http_exchange_on_room(f->waiting, on_room, f);
	http_exchange_start(f->waiting, 200, HTTP_FIELDS_NONE, -1);
	memset(block, 'b', sizeof(block));
	while (http_exchange_send(f->waiting,
	    (struct span){ block, sizeof(block) }) == HTTP_FLOW_GO)
		sent++;
	assert_int_equal(sent, 3);
	turn(f);
	receive(f);
	assert_int_equal(f->room, 1);
	http_exchange_break(f->waiting);
	assert_int_equal(f->gone, 0);
}

/* Of a handler that replies with 100,000 bytes or more: the first reply fills
 * the socket. */
static void
ask_for_much(struct fixture *f, http_handler_fn *fn)
{
	f->takes = FEW_BYTES;
	connect_with(f, fn);
	for (int i = 0; i < 8; i++)
		send_text(f, "GET /300000 HTTP/1.1\r\nHost: x\r\n\r\n");
}

static void
reply_stored(void *arg, struct http_exchange *exchange)
{
	static char block[PIECE_BYTES];
	struct fixture *f = arg;
	bool large = http_exchange_request(exchange)->path.len > 1;
	struct http_stored stored = {
		.head = SPAN_LITERAL("HTTP/1.1 200 OK\r\nX-A: b\r\n"),
		.more = SPAN_LITERAL("Age: 3\r\n"),
		.pieces = { SPAN_LITERAL("<"),
		    { block, large ? sizeof(block) : 10 },
		    SPAN_LITERAL("|"), SPAN_NONE, SPAN_LITERAL(">") },
		.release = on_release,
		.arg = f,
	};

	memset(block, 's', sizeof(block));
	http_exchange_reply_stored(exchange, &stored);
}

static void
small_stored_replies_are_released_at_once(void **state)
{
	struct fixture *f = *state;

	connect_with(f, reply_stored);
	send_text(f, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_int_equal(f->released, 1);
	receive(f);
	assert_string_equal(f->got, "HTTP/1.1 200 OK\r\nX-A: b\r\nAge: 3\r\n"
	    "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
	    "Content-Length: 13\r\n\r\n<ssssssssss|>");
}

static void
large_stored_replies_are_released_when_sent(void **state)
{
	struct fixture *f = *state;

	ask_for_much(f, reply_stored);
	assert_true(f->released < 8);
	for (int i = 0; i < 20; i++)
		receive(f);
	assert_int_equal(f->released, 8);
	assert_int_equal(count(f->got, "Content-Length: 100003"), 8);
	assert_string_equal(f->got + f->got_len - 3, "s|>");
}

static void
stored_replies_are_released_when_the_caller_leaves(void **state)
{
	struct fixture *f = *state;

	ask_for_much(f, reply_stored);
	assert_int_equal(f->released, 0);
	leave(f);
	assert_int_equal(http_server_connections(f->server), 0);
	assert_true(f->released > 0);
}

/* Replies with as many bytes as the path says; what is left of them is told. */
static void
reply_taking(void *arg, struct http_exchange *exchange)
{
	struct fixture *f = arg;
	const struct http_request *request = http_exchange_request(exchange);
	struct http_reply reply = { .status = 200 };
	size_t len = strtoul(request->path.ptr + 1, NULL, 10);
	struct bytes body;

	bytes_init(&body, len);
	for (size_t i = 0; i < len; i++)
		assert_int_equal(bytes_append(&body, i + 1 < len ? "s" : ">",
		    1), LH_OK);
	http_exchange_reply_taking(exchange, &reply, &body);
	f->handled++;
	f->left += body.len;
	bytes_release(&body);
}

static void
a_body_given_away_is_sent_and_not_kept(void **state)
{
	struct fixture *f = *state;

	connect_with(f, reply_taking);
	send_text(f, "GET /300000 HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_int_equal(f->left, 0);
	receive(f);
	assert_non_null(strstr(f->got, "Content-Length: 300000\r\n\r\nss"));
	assert_int_equal(f->got_len, 300000 +
	    (size_t)(strstr(f->got, "\r\n\r\n") + 4 - f->got));
	assert_int_equal(f->got[f->got_len - 1], '>');
	forget_got(f);
	send_text(f, "GET /5 HTTP/1.1\r\nHost: x\r\n\r\n");
	receive(f);
	assert_non_null(strstr(f->got, "Content-Length: 5\r\n\r\nssss>"));
	forget_got(f);
	send_text(f, "HEAD /300000 HTTP/1.1\r\nHost: x\r\n\r\n");
	receive(f);
	assert_string_equal(strstr(f->got, "Content-Length: "),
	    "Content-Length: 300000\r\n\r\n");
}

static void
a_body_given_away_to_one_who_leaves_is_released(void **state)
{
	struct fixture *f = *state;

	ask_for_much(f, reply_taking);
	assert_true(f->handled > 0);
	leave(f);
	assert_int_equal(http_server_connections(f->server), 0);
}

static void
on_drained(void *arg)
{
	((struct fixture *)arg)->drained++;
}

static void
a_drain_waits_for_open_exchanges(void **state)
{
	struct fixture *f = *state;
	struct http_reply reply = { .status = 200 };
	int idle;

	connect_with(f, keep_it);
	idle = f->fd;
	connect_with(f, keep_it);
	send_text(f, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	http_server_drain(f->server, on_drained, f);
	turn(f);
	assert_int_equal(http_server_connections(f->server), 1);
	assert_int_equal(f->drained, 0);
	http_exchange_reply(f->waiting, &reply);
	turn(f);
	assert_true(receive(f));
	assert_non_null(strstr(f->got, "Connection: close"));
	assert_int_equal(f->drained, 1);
	close(idle);
}

static void
connections_above_the_limit_are_closed_at_once(void **state)
{
	struct fixture *f = *state;
	int first;

	f->options.max_connections = 1;
	connect_with(f, echo);
	first = f->fd;
	connect_with(f, echo);
	assert_true(receive(f));
	assert_int_equal(http_server_connections(f->server), 1);
	close(first);
}

static void
the_end_of_the_server_is_the_end_of_all(void **state)
{
	struct fixture *f = *state;

	connect_with(f, keep_it);
	send_text(f, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	http_server_free(f->server);
	f->server = NULL;
	assert_int_equal(f->gone, 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_request_is_answered),
		CASE(bytes_that_come_one_by_one_make_requests),
		CASE(pipelined_requests_are_answered_in_order),
		CASE(a_long_pipeline_shares_the_loop),
		CASE(more_than_fits_behind_an_open_request_waits_for_its_reply),
		CASE(a_connection_cut_by_the_last_request_of_its_turn_stays_dead),
		CASE(replies_that_fill_the_output_hold_back_the_next_request),
		CASE(a_half_close_behind_a_request_leaves_it_its_answer),
		CASE(a_half_close_behind_many_requests_leaves_all_their_answers),
		CASE(an_open_exchange_hears_that_its_caller_left),
		CASE(a_reply_after_the_caller_left_unheard_goes_nowhere),
		CASE(a_late_reply_lets_the_next_request_in),
		CASE(a_wanted_body_is_asked_for),
		CASE(a_body_that_came_along_is_not_asked_for),
		CASE(refusals_tell_why_and_close),
		CASE(a_head_that_does_not_come_in_time_is_refused),
		CASE(callers_that_leave_in_the_middle_leave_nothing),
		CASE(head_has_the_head_of_get_and_no_body),
		CASE(head_of_a_stream_tells_no_length_and_goes_on),
		CASE(an_old_client_keeps_the_connection_when_it_asks),
		CASE(a_stream_of_unknown_length_is_chunked),
		CASE(a_stream_to_an_old_client_ends_with_the_connection),
		CASE(a_stream_longer_than_announced_is_cut),
		CASE(a_stream_shorter_than_announced_breaks),
		CASE(a_stream_is_whole_whatever_the_socket_takes_at_once),
		CASE(chunks_are_whole_whatever_the_socket_takes_at_once),
		CASE(a_full_sender_hears_of_room),
		CASE(small_stored_replies_are_released_at_once),
		CASE(large_stored_replies_are_released_when_sent),
		CASE(stored_replies_are_released_when_the_caller_leaves),
		CASE(a_body_given_away_is_sent_and_not_kept),
		CASE(a_body_given_away_to_one_who_leaves_is_released),
		CASE(a_drain_waits_for_open_exchanges),
		CASE(connections_above_the_limit_are_closed_at_once),
		CASE(the_end_of_the_server_is_the_end_of_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
