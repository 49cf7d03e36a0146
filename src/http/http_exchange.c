/*
 * http_exchange - one request and the reply to it.
 *
 * An exchange is one block: the struct, its fields, the text of the head that
 * they point into. It holds tokens, therefore it is wiped when it is freed.
 *
 * A whole reply is put together in memory that the output buffer has set
 * aside: one look at the sizes, one pass of writing, no copy afterwards.
 * Pieces of a stored reply above LEND_BYTES are lent to the output buffer,
 * with one count for all of them; below that a copy is cheaper. So is a body
 * that its owner gives away.
 *
 * A stream goes to the socket as it comes, without a copy, as long as the socket
 * takes it.
 *
 * Whoever replies after the caller has left without having asked to be told
 * replies into nothing: the exchange waits for that as an orphan.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "http_conn.h"

#include <event2/event.h>

#include <stdlib.h>
#include <string.h>

#include "base/lh_assert.h"
#include "base/secret_alloc.h"
#include "base/xalloc.h"

#define LEND_BYTES 2048		/* pieces above are lent */
#define STRAIGHT_BYTES 4096	/* of a stream; below that they are gathered */
#define CHUNK_LINE 24		/* a size in hex and its CRLF */

/* Counts what the output buffer still holds of a stored reply. */
struct loan {
	size_t pieces;
	void (*release)(void *arg);
	void *arg;
};

static void copy_request(struct http_exchange *exchange,
    const struct http_request_head *head, struct span text);
static struct span moved(struct span part, struct span from, const char *to);
static void free_exchange(struct http_exchange *exchange);
static bool is_over(struct http_exchange *exchange);
static void reply_whole(struct http_exchange *exchange,
    const struct http_reply *reply, struct span body, struct bytes *lent);
static void plan_reply(struct http_exchange *exchange,
    struct http_reply_head *head, int64_t body_bytes);
static void plan_date(struct http_exchange *exchange,
    struct http_reply_head *head);
static void write_reply(struct http_conn *conn,
    const struct http_reply_head *head, const struct span *parts,
    size_t count);
static unsigned stored_status(const struct http_stored *stored);
static size_t count_small(const struct http_stored *stored);
static void lend_pieces(struct http_conn *conn,
    const struct http_stored *stored, size_t from);
static void lend_piece(struct http_conn *conn, struct loan *loan,
    struct span piece);
static void on_piece_gone(const void *data, size_t len, void *arg);
static void lend_bytes(struct http_conn *conn, struct bytes *bytes);
static void on_bytes_gone(const void *data, size_t len, void *arg);
static struct span cut_to_length(struct http_exchange *exchange,
    struct span bytes);
static void write_chunk(struct http_conn *conn, struct span bytes);
static void write_stream(struct http_conn *conn, const struct span *parts,
    size_t count);
static void write_copy(struct http_conn *conn, struct span bytes);
static void wake_writer(struct http_conn *conn);

struct http_exchange *
http_exchange_new(struct http_conn *conn, const struct http_request_head *head,
    struct span text)
{
	size_t size = sizeof(struct http_exchange) +
	    head->field_count * sizeof(struct http_field) + text.len;
	struct http_exchange *exchange = secret_malloc(size);

	if (exchange == NULL)
		return NULL;
	memset(exchange, 0, sizeof(*exchange));
	exchange->conn = conn;
	exchange->minor_version = head->minor_version;
	exchange->keep_alive = head->keep_alive;
	exchange->is_chunked = head->body == HTTP_BODY_CHUNKED;
	exchange->is_head = span_equal(head->method, SPAN_LITERAL("HEAD"));
	copy_request(exchange, head, text);
	exchange->request.id = ++conn->server->last_id;
	exchange->request.peer = &conn->peer;
	return exchange;
}

void
http_exchange_detach(struct http_exchange *exchange)
{
	struct http_conn *conn = exchange->conn;
	bool was_left = exchange->given && conn->state == HTTP_CONN_DEAD;

	if (was_left && exchange->on_gone == NULL) {
		http_payload_discount(exchange->payload);
		exchange->life = HTTP_EXCHANGE_ORPHAN;
		exchange->last_peer = conn->peer;
		exchange->request.peer = &exchange->last_peer;
		exchange->conn = NULL;
		return;
	}
	if (was_left) {
		exchange->life = HTTP_EXCHANGE_LEAVING;
		exchange->conn = NULL;
		exchange->on_gone(exchange->gone_arg);
	}
	free_exchange(exchange);
}

const struct http_request *
http_exchange_request(const struct http_exchange *exchange)
{
	return &exchange->request;
}

struct http_payload *
http_exchange_payload(const struct http_exchange *exchange)
{
	return exchange->payload;
}

void
http_exchange_on_gone(struct http_exchange *exchange, http_exchange_fn *fn,
    void *arg)
{
	exchange->on_gone = fn;
	exchange->gone_arg = arg;
}

void
http_exchange_on_room(struct http_exchange *exchange, http_exchange_fn *fn,
    void *arg)
{
	exchange->on_room = fn;
	exchange->room_arg = arg;
}

void
http_exchange_tell_room(struct http_exchange *exchange)
{
	if (!exchange->full)
		return;
	exchange->full = false;
	if (exchange->on_room != NULL)
		exchange->on_room(exchange->room_arg);
}

void
http_exchange_reply(struct http_exchange *exchange,
    const struct http_reply *reply)
{
	reply_whole(exchange, reply, reply->body, NULL);
}

void
http_exchange_reply_taking(struct http_exchange *exchange,
    const struct http_reply *reply, struct bytes *body)
{
	reply_whole(exchange, reply, bytes_span(body), body);
}

void
http_exchange_reply_stored(struct http_exchange *exchange,
    const struct http_stored *stored)
{
	struct http_reply_head head = {
		.stored = stored->head,
		.more = stored->more,
		.status = stored_status(stored),
	};
	struct http_conn *conn = exchange->conn;
	size_t small = 0, body_len = 0;

	if (is_over(exchange)) {
		stored->release(stored->arg);
		return;
	}
	for (size_t i = 0; i < HTTP_STORED_PIECES; i++)
		body_len += stored->pieces[i].len;
	plan_reply(exchange, &head, (int64_t)body_len);
	head.date = http_server_date(conn->server);
	if (exchange->coding != HTTP_CODING_NONE)
		small = count_small(stored);
	write_reply(conn, &head, stored->pieces, small);
	if (exchange->coding == HTTP_CODING_NONE ||
	    small == HTTP_STORED_PIECES)
		stored->release(stored->arg);
	else
		lend_pieces(conn, stored, small);
	http_conn_reply_ended(conn);
}

void
http_exchange_start(struct http_exchange *exchange, unsigned status,
    struct http_fields fields, int64_t body_bytes)
{
	struct http_reply_head head = { .status = status, .fields = fields };

	if (exchange->conn == NULL)
		return;
	lh_assert(!exchange->started);
	exchange->started = true;
	plan_reply(exchange, &head, body_bytes);
	plan_date(exchange, &head);
	write_reply(exchange->conn, &head, NULL, 0);
	wake_writer(exchange->conn);
}

enum http_flow
http_exchange_send(struct http_exchange *exchange, struct span bytes)
{
	struct http_conn *conn = exchange->conn;

	if (conn == NULL)
		return HTTP_FLOW_GO;
	lh_assert(exchange->started);
	if (exchange->coding == HTTP_CODING_LENGTH)
		bytes = cut_to_length(exchange, bytes);
	if (exchange->coding == HTTP_CODING_NONE || bytes.len == 0)
		return HTTP_FLOW_GO;
	if (exchange->coding == HTTP_CODING_CHUNKED)
		write_chunk(conn, bytes);
	else
		write_stream(conn, &bytes, 1);
	exchange->full = http_conn_output_len(conn) >
	    conn->server->options.max_output_bytes;
	return exchange->full ? HTTP_FLOW_FULL : HTTP_FLOW_GO;
}

void
http_exchange_end(struct http_exchange *exchange)
{
	struct http_conn *conn = exchange->conn;

	if (is_over(exchange))
		return;
	lh_assert(exchange->started);
	if (exchange->coding == HTTP_CODING_LENGTH && exchange->to_send > 0) {
		log_warn(conn->server->env.log, "http.reply_too_short",
		    log_num("request", (int64_t)exchange->request.id),
		    log_num("missing", (int64_t)exchange->to_send));
		http_exchange_break(exchange);
		return;
	}
	if (exchange->coding == HTTP_CODING_CHUNKED)
		write_copy(conn, SPAN_LITERAL("0\r\n\r\n"));
	http_conn_reply_ended(conn);
}

void
http_exchange_break(struct http_exchange *exchange)
{
	struct http_conn *conn = exchange->conn;

	if (is_over(exchange))
		return;
	exchange->given = false;	/* the sender needs no on_gone */
	http_conn_cut(conn);
}

static void
copy_request(struct http_exchange *exchange,
    const struct http_request_head *head, struct span text)
{
	struct http_request *request = &exchange->request;
	char *copy = (char *)&exchange->fields[head->field_count];

	memcpy(copy, text.ptr, text.len);
	for (size_t i = 0; i < head->field_count; i++) {
		exchange->fields[i].name =
		    moved(head->fields[i].name, text, copy);
		exchange->fields[i].value =
		    moved(head->fields[i].value, text, copy);
	}
	request->fields.list = exchange->fields;
	request->fields.count = head->field_count;
	request->method = moved(head->method, text, copy);
	request->path = moved(head->path, text, copy);
	request->query = moved(head->query, text, copy);
}

/* A part of a text, in a copy of the text; what is none stays. */
static struct span
moved(struct span part, struct span from, const char *to)
{
	if (part.ptr >= from.ptr && part.ptr <= from.ptr + from.len)
		part.ptr = to + (part.ptr - from.ptr);
	return part;
}

static void
free_exchange(struct http_exchange *exchange)
{
	http_payload_unref(&exchange->payload);
	secret_free(exchange);
}

/* No caller is there any more; then this was the end of an orphan. */
static bool
is_over(struct http_exchange *exchange)
{
	if (exchange->conn != NULL)
		return false;
	if (exchange->life == HTTP_EXCHANGE_ORPHAN)
		free_exchange(exchange);
	return true;
}

/* lent: what body lies in, which is taken if it is large; or NULL. */
static void
reply_whole(struct http_exchange *exchange, const struct http_reply *reply,
    struct span body, struct bytes *lent)
{
	struct http_reply_head head = {
		.status = reply->status,
		.fields = reply->fields,
	};
	struct http_conn *conn = exchange->conn;
	bool is_lent;

	if (is_over(exchange))
		return;
	plan_reply(exchange, &head, (int64_t)body.len);
	plan_date(exchange, &head);
	if (exchange->coding == HTTP_CODING_NONE)
		body = SPAN_NONE;
	is_lent = lent != NULL && body.len > LEND_BYTES;
	write_reply(conn, &head, &body, is_lent ? 0 : 1);
	if (is_lent)
		lend_bytes(conn, lent);
	http_conn_reply_ended(conn);
}

static void
plan_reply(struct http_exchange *exchange, struct http_reply_head *head,
    int64_t body_bytes)
{
	unsigned status = head->status;

	head->length = -1;
	if (exchange->conn->server->draining)
		exchange->keep_alive = false;
	if (status < 200 || status == 204 || status == 304 ||
	    (exchange->is_head && body_bytes < 0)) {
		exchange->coding = HTTP_CODING_NONE;
	} else if (body_bytes >= 0) {
		exchange->coding = HTTP_CODING_LENGTH;
		exchange->to_send = (uint64_t)body_bytes;
		head->length = body_bytes;
	} else if (exchange->minor_version > 0) {
		exchange->coding = HTTP_CODING_CHUNKED;
		head->chunked = true;
	} else {
		exchange->coding = HTTP_CODING_CLOSE;
		exchange->keep_alive = false;
	}
	if (exchange->is_head)
		exchange->coding = HTTP_CODING_NONE;
	if (!exchange->keep_alive)
		head->connection = SPAN_LITERAL("Connection: close\r\n");
	else if (exchange->minor_version == 0)
		head->connection = SPAN_LITERAL("Connection: keep-alive\r\n");
}

static void
plan_date(struct http_exchange *exchange, struct http_reply_head *head)
{
	if (http_fields_find(head->fields, SPAN_LITERAL("Date")) == NULL)
		head->date = http_server_date(exchange->conn->server);
}

static void
write_reply(struct http_conn *conn, const struct http_reply_head *head,
    const struct span *parts, size_t count)
{
	struct evbuffer *output = http_conn_output(conn);
	struct evbuffer_iovec room;
	struct http_writer writer;
	size_t size = http_writer_head_size(head);

	for (size_t i = 0; i < count; i++)
		size += parts[i].len;
	if (evbuffer_reserve_space(output, (ssize_t)size, &room, 1) != 1) {
		http_conn_give_up(conn);
		return;
	}
	writer.at = room.iov_base;
	writer.end = writer.at + room.iov_len;
	http_writer_head(&writer, head);
	for (size_t i = 0; i < count; i++)
		http_writer_text(&writer, parts[i]);
	room.iov_len = (size_t)(writer.at - (char *)room.iov_base);
	if (evbuffer_commit_space(output, &room, 1) != 0)
		http_conn_give_up(conn);
}

/* From "HTTP/1.1 200 OK". */
static unsigned
stored_status(const struct http_stored *stored)
{
	const char *digit = stored->head.ptr + strlen("HTTP/1.1 ");
	unsigned status = 0;

	lh_assert(stored->head.len > strlen("HTTP/1.1 200"));
	for (int i = 0; i < 3; i++) {
		lh_assert(digit[i] >= '0' && digit[i] <= '9');
		status = status * 10 + (unsigned)(digit[i] - '0');
	}
	return status;
}

/* How many pieces at the front are copied beside the head. */
static size_t
count_small(const struct http_stored *stored)
{
	size_t small = 0;

	while (small < HTTP_STORED_PIECES &&
	    stored->pieces[small].len <= LEND_BYTES)
		small++;
	return small;
}

static void
lend_pieces(struct http_conn *conn, const struct http_stored *stored,
    size_t from)
{
	struct loan *loan = xmalloc(sizeof(*loan));

	loan->pieces = 1;	/* ours, until all are lent */
	loan->release = stored->release;
	loan->arg = stored->arg;
	for (size_t i = from; i < HTTP_STORED_PIECES; i++) {
		if (stored->pieces[i].len > LEND_BYTES)
			lend_piece(conn, loan, stored->pieces[i]);
		else
			write_copy(conn, stored->pieces[i]);
	}
	on_piece_gone(NULL, 0, loan);
}

static void
lend_piece(struct http_conn *conn, struct loan *loan, struct span piece)
{
	loan->pieces++;
	if (evbuffer_add_reference(http_conn_output(conn), piece.ptr,
	    piece.len, on_piece_gone, loan) == 0)
		return;
	loan->pieces--;
	http_conn_give_up(conn);
}

static void
on_piece_gone(const void *data, size_t len, void *arg)
{
	struct loan *loan = arg;

	if (--loan->pieces > 0)
		return;
	loan->release(loan->arg);
	free(loan);
}

static void
lend_bytes(struct http_conn *conn, struct bytes *bytes)
{
	struct bytes *lent = xmalloc(sizeof(*lent));

	*lent = *bytes;
	bytes_init(bytes, lent->max);
	if (evbuffer_add_reference(http_conn_output(conn), lent->data,
	    lent->len, on_bytes_gone, lent) == 0)
		return;
	on_bytes_gone(NULL, 0, lent);
	http_conn_give_up(conn);
}

static void
on_bytes_gone(const void *data, size_t len, void *arg)
{
	struct bytes *lent = arg;

	bytes_release(lent);
	free(lent);
}

/* A sender that sends more than it announced would forge the next reply. */
static struct span
cut_to_length(struct http_exchange *exchange, struct span bytes)
{
	if (bytes.len > exchange->to_send) {
		if (!exchange->was_cut)
			log_warn(exchange->conn->server->env.log,
			    "http.reply_too_long", log_num("request",
			    (int64_t)exchange->request.id));
		exchange->was_cut = true;
		bytes.len = (size_t)exchange->to_send;
	}
	exchange->to_send -= bytes.len;
	return bytes;
}

static void
write_chunk(struct http_conn *conn, struct span bytes)
{
	char size[CHUNK_LINE];
	struct http_writer writer = { size, size + sizeof(size) };
	struct span parts[] = { SPAN_NONE, bytes, SPAN_LITERAL("\r\n") };

	http_writer_hex(&writer, bytes.len);
	http_writer_text(&writer, SPAN_LITERAL("\r\n"));
	parts[0] = (struct span){ size, (size_t)(writer.at - size) };
	write_stream(conn, parts, 3);
}

/* To the socket at once; what it does not take is kept. */
static void
write_stream(struct http_conn *conn, const struct span *parts, size_t count)
{
	size_t sum = 0, sent = 0;

	for (size_t i = 0; i < count; i++)
		sum += parts[i].len;
	if (sum >= STRAIGHT_BYTES)
		sent = http_conn_send(conn, parts, count);
	for (size_t i = 0; i < count; i++) {
		size_t skip = sent < parts[i].len ? sent : parts[i].len;

		write_copy(conn, span_skip(parts[i], skip));
		sent -= skip;
	}
	if (http_conn_output_len(conn) > 0)
		wake_writer(conn);
}

static void
write_copy(struct http_conn *conn, struct span bytes)
{
	if (bytes.len > 0 &&
	    evbuffer_add(http_conn_output(conn), bytes.ptr, bytes.len) != 0)
		http_conn_give_up(conn);
}

static void
wake_writer(struct http_conn *conn)
{
	if ((bufferevent_get_enabled(conn->bev) & EV_WRITE) == 0)
		http_conn_want_write(conn);
}
