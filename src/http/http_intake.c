/*
 * http_intake - bytes to requests.
 *
 * The head is looked at where it lies in the connection's input, and copied
 * once, when it is whole, into the block of the exchange. A body is gathered
 * in one piece beside it: what lies in the input first, then what the socket
 * has. Each refusal ends the connection, since where the next request would
 * begin is no longer sure.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "http_conn.h"

#include "base/lh_assert.h"

static enum http_step begin_request(struct http_conn *conn, size_t head_len);
static enum http_step begin_body(struct http_conn *conn,
    const struct http_request_head *head);
static enum http_step give_to_handler(struct http_conn *conn);
static void skip_blank(struct http_conn *conn);
static struct span head_so_far(struct http_conn *conn);
static struct span first_piece(struct evbuffer *input);
static unsigned take_length(struct http_conn *conn, struct span *piece,
    bool *whole_out);
static unsigned take_chunked(struct http_conn *conn, struct span *piece,
    bool *whole_out);
static unsigned take_rest(struct http_conn *conn, bool *whole_out);
static unsigned add_to_body(struct http_conn *conn, struct span data,
    uint64_t left);
static const char *refusal_text(unsigned status);
static void write_refusal(struct http_conn *conn, unsigned status,
    const char *text);

enum http_step
http_intake_head(struct http_conn *conn)
{
	const struct http_server_options *options = &conn->server->options;
	enum http_scan_state found;
	struct span data;
	size_t head_len = 0;
	unsigned status = 0;

	if (http_conn_output_len(conn) > options->max_output_bytes)
		return HTTP_STEP_OUTPUT;
	skip_blank(conn);
	data = head_so_far(conn);
	if (data.len == 0)
		return HTTP_STEP_INPUT;
	found = http_parser_scan(&conn->scan, data, &options->head, &head_len,
	    &status);
	if (found == HTTP_SCAN_WHOLE)
		return begin_request(conn, head_len);
	if (found == HTTP_SCAN_REFUSED)
		http_intake_refuse(conn, status);
	else if (conn->state == HTTP_CONN_IDLE)
		http_conn_set_state(conn, HTTP_CONN_HEAD);
	return HTTP_STEP_INPUT;
}

enum http_step
http_intake_body(struct http_conn *conn)
{
	struct evbuffer *input = bufferevent_get_input(conn->bev);
	unsigned status = 0;
	bool whole = false;

	while (status == 0 && !whole && evbuffer_get_length(input) > 0) {
		struct span piece = first_piece(input);
		size_t len = piece.len;

		status = conn->exchange->is_chunked ?
		    take_chunked(conn, &piece, &whole) :
		    take_length(conn, &piece, &whole);
		evbuffer_drain(input, len - piece.len);
	}
	if (status == 0 && !whole && !conn->is_tls &&
	    !conn->exchange->is_chunked)
		status = take_rest(conn, &whole);
	if (status != 0)
		http_intake_refuse(conn, status);
	return whole ? give_to_handler(conn) : HTTP_STEP_INPUT;
}

void
http_intake_refuse(struct http_conn *conn, unsigned status)
{
	struct http_exchange *exchange = conn->exchange;

	metrics_add(conn->server->env.metrics, METRIC_REQUESTS_REFUSED, 1);
	log_info(conn->server->env.log, "http.request_refused",
	    log_text("peer", conn->peer.address),
	    log_num("status", status),
	    log_text("reason", refusal_text(status)));
	conn->exchange = NULL;
	if (exchange != NULL)
		http_exchange_detach(exchange);
	write_refusal(conn, status, refusal_text(status));
	conn->lingers = true;
	http_conn_set_state(conn, HTTP_CONN_FLUSHING);
}

void
http_intake_turn_away(struct http_conn *conn)
{
	metrics_add(conn->server->env.metrics, METRIC_REQUESTS_REFUSED, 1);
	write_refusal(conn, 403, refusal_text(403));
	conn->lingers = true;
	http_conn_set_state(conn, HTTP_CONN_FLUSHING);
}

static enum http_step
begin_request(struct http_conn *conn, size_t head_len)
{
	const struct http_server_options *options = &conn->server->options;
	struct evbuffer *input = bufferevent_get_input(conn->bev);
	struct http_request_head head;
	struct span text = head_so_far(conn);
	unsigned status;

	text.len = head_len;
	conn->scan = (struct http_scan){ 0, 0 };
	conn->blank_skipped = false;
	status = http_parser_parse(text, &options->head, &head);
	if (status == 0 && head.content_length > options->max_body_bytes)
		status = 413;
	if (status == 0) {
		conn->exchange = http_exchange_new(conn, &head, text);
		status = conn->exchange == NULL ? 503 : 0;
	}
	if (status != 0) {
		http_intake_refuse(conn, status);
		return HTTP_STEP_INPUT;
	}
	conn->begun++;
	evbuffer_drain(input, head_len);
	if (head.body == HTTP_BODY_NONE)
		return give_to_handler(conn);
	return begin_body(conn, &head);
}

static enum http_step
begin_body(struct http_conn *conn, const struct http_request_head *head)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	struct evbuffer *input = bufferevent_get_input(conn->bev);

	conn->body_left = head->content_length;
	conn->exchange->payload = http_payload_new(conn->server);
	http_chunk_init(&conn->chunk);
	http_conn_set_state(conn, HTTP_CONN_BODY);
	if (head->expects_continue && evbuffer_get_length(input) == 0 &&
	    evbuffer_add(http_conn_output(conn), go_on,
	    sizeof(go_on) - 1) != 0) {
		http_conn_die(conn);
		return HTTP_STEP_INPUT;
	}
	return HTTP_STEP_NEXT;
}

static enum http_step
give_to_handler(struct http_conn *conn)
{
	struct http_exchange *exchange = conn->exchange;

	exchange->request.body = http_payload_span(exchange->payload);
	exchange->given = true;
	http_conn_set_state(conn, HTTP_CONN_OPEN);
	metrics_add(conn->server->env.metrics, METRIC_REQUESTS, 1);
	conn->handler.fn(conn->handler.arg, exchange);
	return HTTP_STEP_NEXT;
}

/* One empty line between requests is a mistake of old clients. */
static void
skip_blank(struct http_conn *conn)
{
	struct evbuffer *input = bufferevent_get_input(conn->bev);
	char first[2];
	size_t len;

	if (conn->blank_skipped || conn->scan.line_start > 0 ||
	    evbuffer_copyout(input, first, sizeof(first)) != sizeof(first))
		return;
	len = http_parser_skip_blank((struct span){ first, sizeof(first) });
	if (len == 0)
		return;
	evbuffer_drain(input, len);
	conn->scan = (struct http_scan){ 0, 0 };
	conn->blank_skipped = true;
}

/* The input as far as a head may reach, in one piece. */
static struct span
head_so_far(struct http_conn *conn)
{
	struct evbuffer *input = bufferevent_get_input(conn->bev);
	size_t max = conn->server->options.head.max_head_bytes;
	struct span piece = first_piece(input);
	size_t wanted = evbuffer_get_length(input);

	if (wanted > max)
		wanted = max;
	if (piece.len >= wanted)
		return piece;
	return (struct span){ (char *)evbuffer_pullup(input, (ssize_t)wanted),
	    wanted };
}

static struct span
first_piece(struct evbuffer *input)
{
	size_t len = evbuffer_get_contiguous_space(input);

	if (len == 0)
		return SPAN_NONE;
	return (struct span){ (char *)evbuffer_pullup(input, (ssize_t)len),
	    len };
}

static unsigned
take_length(struct http_conn *conn, struct span *piece, bool *whole_out)
{
	struct span data = *piece;
	unsigned status;

	if (data.len > conn->body_left)
		data.len = (size_t)conn->body_left;
	status = add_to_body(conn, data, conn->body_left);
	if (status != 0)
		return status;
	*piece = span_skip(*piece, data.len);
	conn->body_left -= data.len;
	*whole_out = conn->body_left == 0;
	return 0;
}

static unsigned
take_chunked(struct http_conn *conn, struct span *piece, bool *whole_out)
{
	struct span data;

	for (;;) {
		size_t have = http_payload_span(conn->exchange->payload).len;
		unsigned status = 0;

		switch (http_chunk_decode(&conn->chunk, piece, &data)) {
		case HTTP_CHUNK_MORE:
			return conn->chunk.left >
			    conn->server->options.max_body_bytes - have ?
			    413 : 0;
		case HTTP_CHUNK_DATA:
			if (data.len > conn->server->options.max_body_bytes -
			    have)
				return 413;
			status = add_to_body(conn, data, data.len);
			break;
		case HTTP_CHUNK_END:
			*whole_out = true;
			return 0;
		case HTTP_CHUNK_BAD:
			return 400;
		}
		if (status != 0)
			return status;
	}
}

static unsigned
take_rest(struct http_conn *conn, bool *whole_out)
{
	if (http_payload_receive(conn->exchange->payload,
	    bufferevent_getfd(conn->bev), &conn->body_left) != LH_OK)
		return 503;
	*whole_out = conn->body_left == 0;
	return 0;
}

static unsigned
add_to_body(struct http_conn *conn, struct span data, uint64_t left)
{
	return http_payload_add(conn->exchange->payload, data, left) == LH_OK ?
	    0 : 503;
}

static const char *
refusal_text(unsigned status)
{
	switch (status) {
	case 400:
		return "malformed request";
	case 403:
		return "this user may not use this socket";
	case 408:
		return "request took too long to arrive";
	case 413:
		return "request body too large";
	case 414:
		return "request target too long";
	case 417:
		return "unknown expectation";
	case 431:
		return "request header too large";
	case 501:
		return "unsupported transfer coding";
	case 503:
		return "too many requests at once";
	case 505:
		return "unsupported HTTP version";
	}
	lh_unreachable();
}

static void
write_refusal(struct http_conn *conn, unsigned status, const char *text)
{
	struct evbuffer *output = http_conn_output(conn);
	struct span date = http_server_date(conn->server);
	size_t body_len = sizeof("{\"errors\":[\"\"]}\n") - 1 +
	    span_of(text).len;

	if (evbuffer_add_printf(output, "HTTP/1.1 %u %s\r\n"
	    "Content-Type: application/json\r\nDate: %.*s\r\n"
	    "Content-Length: %zu\r\nConnection: close\r\n\r\n"
	    "{\"errors\":[\"%s\"]}\n", status, http_status_text(status),
	    (int)date.len, date.ptr, body_len, text) < 0)
		log_warn(conn->server->env.log, "http.no_memory",
		    log_text("peer", conn->peer.address));
}
