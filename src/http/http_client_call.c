/*
 * http_client_call - one call: its handle, its state, curl's callbacks.
 *
 * A call with its handle and timer outlives the request: up to MAX_IDLE of
 * them are kept for the next ones. The handle is with curl's multi handle
 * while the state is CALL_RUNNING, CALL_DEAD or CALL_LEFT, and in no other.
 *
 *	IDLE -> QUEUED -> RUNNING -> ENDING -> IDLE
 *	           |         |-> DEAD, LEFT -> IDLE
 *	           |         `-> IDLE
 *	           `-> ENDING, IDLE
 *
 * curl by itself would send a request again when a kept connection breaks
 * before the answer. on_connected() allows that for methods which change
 * nothing; it is also how we know that something may have been sent.
 *
 * curl takes a buffer for each call, and the whole of it is wiped behind; with
 * small answers that shows. So the buffer is small while answers are: one that
 * does not fit comes in more pieces, and makes the buffers of the next calls
 * large.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "http_client_parts.h"

#include "base/lh_assert.h"
#include "base/xalloc.h"

#include <stdlib.h>

#define MAX_IDLE 64
/* Large is a TLS record, and the most that curl hands over at once. */
#define SMALL_BUFFER_BYTES (4L * 1024)
#define LARGE_BUFFER_BYTES (16L * 1024)
#define SMALL_BODY_BYTES 3072	/* leaves room for the head */
#define EXPECT_SMALL_AFTER 32	/* answers */

static struct http_call	*make_call(struct http_client *);
static CURLcode		set_callbacks(struct http_call *);
static void		choose_buffer(struct http_call *);
static void		note_size(struct http_call *);
static bool		is_safe_method(struct span);
static struct http_client_calls *
			list_of(struct http_client *, enum call_state);
static bool		is_counted(enum call_state);
static void		take_from_curl(struct http_call *);
static int		on_connected(void *, char *, char *, int, int);
static size_t		on_header_line(char *, size_t, size_t, void *);
static size_t		on_bytes(char *, size_t, size_t, void *);

struct http_call *
http_client_call_take(struct http_client *client)
{
	struct http_call *call = TAILQ_LAST(&client->idle,
	    http_client_calls);

	return call != NULL ? call : make_call(client);
}

enum lh_err
http_client_call_prepare(struct http_call *call,
    const struct http_call_request *request)
{
	enum lh_err err = http_client_request_make(&call->request, request,
	    call->client->options.tls_server_name);

	if (err != LH_OK)
		return err;
	call->request.target = http_client_place_target(&call->client->place,
	    call->request.url);
	call->is_safe = is_safe_method(request->method);
	call->was_sent = call->is_full = call->is_paused = false;
	call->is_placed = call->is_resolving = false;
	call->received = 0;
	call->err = LH_OK;
	call->cause.text[0] = '\0';
	call->curl_text[0] = '\0';
	choose_buffer(call);
	err = http_client_easy_set_place(call->easy, &call->client->place,
	    &call->request);
	return err != LH_OK ? err : http_client_easy_set_call(call->easy,
	    &call->request, request);
}

void
http_client_call_move(struct http_call *call, enum call_state state)
{
	struct http_client *client = call->client;

	TAILQ_REMOVE(list_of(client, call->state), call, link);
	client->call_count -= is_counted(call->state);
	client->idle_count -= call->state == CALL_IDLE;
	call->state = state;
	TAILQ_INSERT_TAIL(list_of(client, state), call, link);
	client->call_count += is_counted(state);
	client->idle_count += state == CALL_IDLE;
}

void
http_client_call_end(struct http_call *call)
{
	take_from_curl(call);
	note_size(call);
	http_client_call_move(call, CALL_ENDING);
}

void
http_client_call_retire(struct http_call *call)
{
	struct http_client *client = call->client;
	/* Of a URL that it has read itself curl keeps the parts. */
	bool may_be_kept = call->request.target != NULL &&
	    !client->is_freed && client->idle_count < MAX_IDLE;

	take_from_curl(call);
	http_client_easy_forget_target(call->easy);
	http_client_request_release(&call->request);
	http_client_head_clear(&call->head);
	call->listener = (struct http_call_listener){ 0 };
	http_client_call_move(call, CALL_IDLE);
	if (!may_be_kept)
		http_client_call_free(call);
}

void
http_client_call_free(struct http_call *call)
{
	struct http_client *client = call->client;

	lh_assert(call->state == CALL_IDLE);
	TAILQ_REMOVE(&client->idle, call, link);
	client->idle_count--;
	curl_easy_cleanup(call->easy);
	loop_timer_free(call->timer);
	http_client_head_release(&call->head);
	free(call);
}

static struct http_call *
make_call(struct http_client *client)
{
	struct http_call *call = xcalloc(1, sizeof(*call));

	call->client = client;
	http_client_head_init(&call->head, client->options.max_head_bytes);
	call->timer = loop_timer_new(client->loop,
	    http_client_on_timeout, call);
	TAILQ_INSERT_TAIL(&client->idle, call, link);
	client->idle_count++;
	call->easy = curl_easy_init();
	if (call->easy == NULL ||
	    http_client_easy_set_up(call->easy, &client->options,
	    bytes_span(&client->ca_pem)) != LH_OK ||
	    set_callbacks(call) != CURLE_OK) {
		http_client_call_free(call);
		return NULL;
	}
	return call;
}

static CURLcode
set_callbacks(struct http_call *call)
{
	struct http_client_sockets *sockets = call->client->sockets;
	CURL *easy = call->easy;
	CURLcode code = CURLE_OK;

#define SET(option, value)						\
	do {								\
		if (code == CURLE_OK)					\
			code = curl_easy_setopt(easy, option, value);	\
	} while (0)
	SET(CURLOPT_PRIVATE, call);
	SET(CURLOPT_ERRORBUFFER, call->curl_text);
	SET(CURLOPT_HEADERFUNCTION, on_header_line);
	SET(CURLOPT_HEADERDATA, call);
	SET(CURLOPT_WRITEFUNCTION, on_bytes);
	SET(CURLOPT_WRITEDATA, call);
	SET(CURLOPT_PREREQFUNCTION, on_connected);
	SET(CURLOPT_PREREQDATA, call);
	SET(CURLOPT_OPENSOCKETFUNCTION, http_client_sockets_open);
	SET(CURLOPT_OPENSOCKETDATA, sockets);
	SET(CURLOPT_CLOSESOCKETFUNCTION, http_client_sockets_close);
	SET(CURLOPT_CLOSESOCKETDATA, sockets);
#undef SET
	return code;
}

/* curl does not let go of a buffer while others use the connection of the call
 * that had it: then it stays as it is. */
static void
choose_buffer(struct http_call *call)
{
	long bytes = call->client->small_answers < EXPECT_SMALL_AFTER ?
	    LARGE_BUFFER_BYTES : SMALL_BUFFER_BYTES;

	if (bytes != call->buffer &&
	    http_client_easy_set_buffer(call->easy, bytes) == LH_OK)
		call->buffer = bytes;
}

static void
note_size(struct http_call *call)
{
	struct http_client *client = call->client;

	if (call->received > SMALL_BODY_BYTES)
		client->small_answers = 0;
	else if (client->small_answers < EXPECT_SMALL_AFTER)
		client->small_answers++;
}

/* What may be sent twice: it asks and does not change. */
static bool
is_safe_method(struct span method)
{
	static const struct span safe[] = {
		SPAN_LITERAL("GET"), SPAN_LITERAL("HEAD"),
		SPAN_LITERAL("LIST"), SPAN_LITERAL("OPTIONS"),
	};

	for (size_t i = 0; i < sizeof(safe) / sizeof(safe[0]); i++)
		if (span_equal(method, safe[i]))
			return true;
	return false;
}

static struct http_client_calls *
list_of(struct http_client *client, enum call_state state)
{
	switch (state) {
	case CALL_IDLE:
		return &client->idle;
	case CALL_QUEUED:
		return &client->queued;
	case CALL_RUNNING:
		return &client->running;
	case CALL_DEAD:
		return &client->dead;
	case CALL_LEFT:
		return &client->left;
	case CALL_ENDING:
		return &client->ending;
	}
	lh_unreachable();
}

static bool
is_counted(enum call_state state)
{
	return state == CALL_QUEUED || state == CALL_RUNNING;
}

static void
take_from_curl(struct http_call *call)
{
	struct http_client *client = call->client;

	loop_timer_stop(call->timer);
	if (call->is_resuming)
		TAILQ_REMOVE(&client->resumed, call, resume_link);
	call->is_resuming = false;
	if (call->state != CALL_RUNNING && call->state != CALL_DEAD &&
	    call->state != CALL_LEFT)
		return;
	lh_assert(client->inside_curl == 0);
	if (curl_multi_remove_handle(client->multi, call->easy) != CURLM_OK)
		lh_unreachable();
}

static int
on_connected(void *arg, char *remote_ip, char *local_ip, int remote_port,
    int local_port)
{
	struct http_call *call = arg;

	if (call->state != CALL_RUNNING)
		return CURL_PREREQFUNC_ABORT;
	if (call->was_sent && !call->is_safe) {
		call->err = LH_ERR_UPSTREAM;
		lh_cause_set(&call->cause,
		    "connection closed before the answer came");
		return CURL_PREREQFUNC_ABORT;
	}
	call->was_sent = true;
	return CURL_PREREQFUNC_OK;
}

static size_t
on_header_line(char *text, size_t size, size_t count, void *arg)
{
	struct http_call *call = arg;
	struct http_client_head *head = &call->head;
	struct span line = { text, size * count };
	bool is_trailer = head->state == HTTP_CLIENT_HEAD_WHOLE;

	if (call->state != CALL_RUNNING)
		return 0;
	call->err = http_client_head_line(head, line, &call->cause);
	if (call->err != LH_OK)
		return 0;
	if (!is_trailer && head->state == HTTP_CLIENT_HEAD_WHOLE)
		call->listener.on_head(call->listener.arg, &head->value);
	return call->state == CALL_RUNNING ? line.len : 0;
}

static size_t
on_bytes(char *data, size_t size, size_t count, void *arg)
{
	struct http_call *call = arg;
	struct span bytes = { data, size * count };

	if (call->state != CALL_RUNNING ||
	    call->head.state != HTTP_CLIENT_HEAD_WHOLE)
		return 0;
	if (call->is_full) {
		call->is_paused = true;
		return CURL_WRITEFUNC_PAUSE;
	}
	call->received += bytes.len;
	if (call->listener.on_body(call->listener.arg, bytes) ==
	    HTTP_FLOW_FULL)
		call->is_full = true;
	return call->state == CALL_RUNNING ? bytes.len : 0;
}
