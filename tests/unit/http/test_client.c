/*
 * Tests of http_client against a server in the same loop: it writes down what
 * it gets and answers the n-th request with the n-th text of the test.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "base/bytes.h"
#include "base/loop.h"
#include "base/timesource.h"
#include "http/http_client.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/listener.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#define OK_REPLY "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define MAX_REPLIES 64
#define MAX_CONNECTIONS 16
#define MANY_BYTES (1024 * 1024)

#define HOLD ((const char *)0)	/* never answers */
#define DROP ""			/* closes without an answer */

enum act { ACT_NONE, ACT_CANCEL, ACT_FREE, ACT_START };

struct fixture {
	struct timesource *source;
	struct loop *loop;
	struct http_client *client;
	/* the server */
	struct evconnlistener *listener;
	struct bufferevent *connections[MAX_CONNECTIONS];
	unsigned port;
	unsigned accepted;
	unsigned received;
	const char *replies[MAX_REPLIES];
	bool closes;			/* after each answer */
	struct bytes last;		/* the last request, as it came */
	SSL_CTX *tls;
	char asked_name[64];		/* by the last TLS client */
	struct loop_timer *guard;
	unsigned awaited;
};

struct probe {
	struct fixture *fixture;
	struct http_call *call;
	unsigned heads, bodies, dones;
	unsigned status;
	int64_t content_length;
	size_t fields;
	char value[32];			/* of the field X-Mark */
	struct bytes body;
	size_t largest_piece;
	enum lh_err err;
	char cause[LH_CAUSE_MAX];
	enum act at_head, at_body, at_done;
	bool fills;			/* on_body says FULL */
	struct probe *other;		/* for ACT_START */
};

static const struct http_call_listener probe_listener;

static struct http_call_request
get(struct fixture *fixture, const char *path)
{
	static char url[256];

	snprintf(url, sizeof(url), "http://127.0.0.1:%u%s", fixture->port,
	    path);
	return (struct http_call_request){
		.method = SPAN_LITERAL("GET"),
		.url = url,
	};
}

static enum lh_err
start_request(struct probe *probe, const struct http_call_request *request)
{
	struct http_call_listener listener = probe_listener;

	listener.arg = probe;
	return http_client_start(probe->fixture->client, request, &listener,
	    &probe->call);
}

static void
start_get(struct probe *probe)
{
	struct http_call_request request = get(probe->fixture, "/v1/x");

	assert_int_equal(start_request(probe, &request), LH_OK);
}

static void
act(struct probe *probe, enum act what)
{
	struct fixture *fixture = probe->fixture;
	struct http_client *client = fixture->client;

	switch (what) {
	case ACT_NONE:
		break;
	case ACT_CANCEL:
		http_call_cancel(probe->call);
		loop_stop(fixture->loop);
		break;
	case ACT_FREE:
		fixture->client = NULL;
		http_client_free(client);
		loop_stop(fixture->loop);
		break;
	case ACT_START:
		start_get(probe->other);
		break;
	}
}

static void
on_head(void *arg, const struct http_head *head)
{
	struct probe *probe = arg;
	struct span value = http_fields_value(head->fields,
	    SPAN_LITERAL("x-mark"));

	assert_int_equal(probe->bodies, 0);
	probe->heads++;
	probe->status = head->status;
	probe->content_length = head->content_length;
	probe->fields = head->fields.count;
	snprintf(probe->value, sizeof(probe->value), "%.*s", (int)value.len,
	    value.ptr == NULL ? "" : value.ptr);
	act(probe, probe->at_head);
}

static enum http_flow
on_body(void *arg, struct span bytes)
{
	struct probe *probe = arg;

	assert_int_equal(probe->heads, 1);
	probe->bodies++;
	if (bytes.len > probe->largest_piece)
		probe->largest_piece = bytes.len;
	assert_int_equal(bytes_append_span(&probe->body, bytes), LH_OK);
	act(probe, probe->at_body);
	if (!probe->fills)
		return HTTP_FLOW_GO;
	loop_stop(probe->fixture->loop);
	return HTTP_FLOW_FULL;
}

static void
on_done(void *arg, enum lh_err err, const struct lh_cause *cause)
{
	struct probe *probe = arg;

	probe->dones++;
	probe->err = err;
	snprintf(probe->cause, sizeof(probe->cause), "%s", cause->text);
	act(probe, probe->at_done);
	if (--probe->fixture->awaited == 0)
		loop_stop(probe->fixture->loop);
}

static const struct http_call_listener probe_listener = {
	.on_head = on_head, .on_body = on_body, .on_done = on_done,
};

static void
probe_init(struct probe *probe, struct fixture *fixture)
{
	*probe = (struct probe){ .fixture = fixture, .err = LH_ERR_CANCELLED };
	bytes_init(&probe->body, 2 * MANY_BYTES);
}

/* --- the server --- */

static void
drop_connection(struct fixture *fixture, struct bufferevent *connection)
{
	for (size_t i = 0; i < MAX_CONNECTIONS; i++)
		if (fixture->connections[i] == connection)
			fixture->connections[i] = NULL;
	bufferevent_free(connection);
}

static void
on_server_written(struct bufferevent *connection, void *arg)
{
	drop_connection(arg, connection);
}

static void
answer(struct fixture *fixture, struct bufferevent *connection)
{
	const char *reply = fixture->replies[fixture->received++];

	assert_true(fixture->received < MAX_REPLIES);
	if (reply == HOLD)
		return;
	if (reply[0] == '\0') {
		drop_connection(fixture, connection);
		return;
	}
	if (fixture->closes)
		bufferevent_setcb(connection, NULL, on_server_written, NULL,
		    fixture);
	bufferevent_write(connection, reply, strlen(reply));
}

static void
on_server_read(struct bufferevent *connection, void *arg)
{
	struct fixture *fixture = arg;
	struct evbuffer *input = bufferevent_get_input(connection);
	size_t size = evbuffer_get_length(input);
	struct bytes *last = &fixture->last;
	const char *end, *length;

	bytes_clear(last);
	assert_int_equal(bytes_append(last, evbuffer_pullup(input, -1), size),
	    LH_OK);
	assert_int_equal(bytes_append(last, "", 1), LH_OK);
	end = strstr(last->data, "\r\n\r\n");
	if (end == NULL)
		return;
	length = strstr(last->data, "Content-Length: ");
	if (length != NULL &&
	    strtoul(length + 16, NULL, 10) > strlen(end + 4))
		return;
	evbuffer_drain(input, size);
	answer(fixture, connection);
}

static void
on_server_event(struct bufferevent *connection, short events, void *arg)
{
	if (events & BEV_EVENT_CONNECTED)
		return;
	drop_connection(arg, connection);
}

static void
on_accept(struct evconnlistener *listener, evutil_socket_t fd,
    struct sockaddr *address, int length, void *arg)
{
	struct fixture *fixture = arg;
	struct event_base *base = loop_event_base(fixture->loop);
	struct bufferevent *connection;

	if (fixture->tls != NULL)
		connection = bufferevent_openssl_socket_new(base, fd,
		    SSL_new(fixture->tls), BUFFEREVENT_SSL_ACCEPTING,
		    BEV_OPT_CLOSE_ON_FREE);
	else
		connection = bufferevent_socket_new(base, fd,
		    BEV_OPT_CLOSE_ON_FREE);
	assert_non_null(connection);
	assert_true(fixture->accepted < MAX_CONNECTIONS);
	fixture->connections[fixture->accepted++] = connection;
	bufferevent_setcb(connection, on_server_read, NULL, on_server_event,
	    fixture);
	bufferevent_enable(connection, EV_READ | EV_WRITE);
}

static void
open_server(struct fixture *fixture)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t length = sizeof(address);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fixture->listener = evconnlistener_new_bind(
	    loop_event_base(fixture->loop), on_accept, fixture,
	    LEV_OPT_CLOSE_ON_FREE, 16, (struct sockaddr *)&address,
	    (int)length);
	assert_non_null(fixture->listener);
	assert_int_equal(getsockname(evconnlistener_get_fd(fixture->listener),
	    (struct sockaddr *)&address, &length), 0);
	fixture->port = ntohs(address.sin_port);
}

/* --- the fixture --- */

static void
on_guard(void *arg)
{
	fail_msg("the loop waits for something that does not come");
}

static void
new_client(struct fixture *fixture, const struct http_client_options *options)
{
	struct lh_cause cause;

	http_client_free(fixture->client);
	assert_int_equal(http_client_new(options, fixture->loop,
	    &fixture->client, &cause), LH_OK);
}

static int
set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct http_client_options options;

	fixture->source = timesource_new();
	assert_int_equal(loop_new(fixture->source, &fixture->loop), LH_OK);
	fixture->guard = loop_timer_new(fixture->loop, on_guard, fixture);
	loop_timer_set(fixture->guard, 20 * 1000);
	bytes_init(&fixture->last, MANY_BYTES);
	for (size_t i = 0; i < MAX_REPLIES; i++)
		fixture->replies[i] = OK_REPLY;
	open_server(fixture);
	http_client_options_init(&options);
	new_client(fixture, &options);
	*state = fixture;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *fixture = *state;

	http_client_free(fixture->client);
	for (size_t i = 0; i < MAX_CONNECTIONS; i++)
		if (fixture->connections[i] != NULL)
			bufferevent_free(fixture->connections[i]);
	if (fixture->listener != NULL)
		evconnlistener_free(fixture->listener);
	loop_timer_free(fixture->guard);
	loop_free(fixture->loop);
	timesource_free(fixture->source);
	bytes_release(&fixture->last);
	free(fixture);
	return 0;
}

static void
run(struct fixture *fixture, unsigned calls)
{
	fixture->awaited = calls;
	loop_run(fixture->loop);
}

/* Lets all that is ready happen, to see that nothing more comes. */
static void
run_idle(struct fixture *fixture)
{
	for (int i = 0; i < 20; i++) {
		loop_later(fixture->loop, (loop_fn *)loop_stop, fixture->loop);
		loop_run(fixture->loop);
	}
}

static void
run_one(struct probe *probe, const struct http_call_request *request)
{
	assert_int_equal(start_request(probe, request), LH_OK);
	run(probe->fixture, 1);
	assert_int_equal(probe->dones, 1);
}

static void
expect_body(const struct probe *probe, const char *text)
{
	assert_int_equal(probe->body.len, strlen(text));
	assert_memory_equal(probe->body.data, text, strlen(text));
}

/* --- what is sent and what comes --- */

static void
a_get_brings_the_head_then_the_body(void **state)
{
	struct fixture *fixture = *state;
	struct http_call_request request = get(fixture, "/v1/x");
	struct probe probe;

	fixture->replies[0] = "HTTP/1.1 404 Not Found\r\nX-Mark:  a b \r\n"
	    "Empty:\r\nContent-Length: 5\r\n\r\nhello";
	probe_init(&probe, fixture);
	assert_int_equal(start_request(&probe, &request), LH_OK);
	assert_int_equal(probe.dones, 0);
	run(fixture, 1);
	assert_int_equal(probe.err, LH_OK);
	assert_int_equal(probe.heads, 1);
	assert_int_equal(probe.status, 404);
	assert_int_equal(probe.fields, 3);
	assert_int_equal(probe.content_length, 5);
	assert_string_equal(probe.value, "a b");
	expect_body(&probe, "hello");
	bytes_release(&probe.body);
}

static void
a_request_carries_only_what_it_was_given(void **state)
{
	static const struct http_field list[] = {
		{ SPAN_LITERAL("X-One"), SPAN_LITERAL("1") },
		{ SPAN_LITERAL("X-Empty"), SPAN_LITERAL("") },
		{ SPAN_LITERAL("X-One"), SPAN_LITERAL(" 2 ") },
	};
	struct fixture *fixture = *state;
	struct http_call_request request =
	    get(fixture, "/v1/a/../b//%2f%7e/./c?x=%20&y='");
	struct probe probe;
	char wanted[512];

	request.method = SPAN_LITERAL("LIST");
	request.fields = (struct http_fields){ list, 3 };
	probe_init(&probe, fixture);
	run_one(&probe, &request);
	assert_int_equal(probe.err, LH_OK);
	snprintf(wanted, sizeof(wanted),
	    "LIST /v1/a/../b//%%2f%%7e/./c?x=%%20&y=' HTTP/1.1\r\n"
	    "Host: 127.0.0.1:%u\r\n"
	    "X-One: 1\r\nX-Empty:\r\nX-One: 2\r\n\r\n", fixture->port);
	assert_string_equal(fixture->last.data, wanted);
	bytes_release(&probe.body);
}

static void
expect_head(struct probe *probe, const char *url, const char *head)
{
	struct http_call_request request = {
		.method = SPAN_LITERAL("GET"), .url = url
	};

	probe->dones = probe->heads = probe->bodies = 0;
	run_one(probe, &request);
	assert_int_equal(probe->err, LH_OK);
	assert_string_equal(probe->fixture->last.data, head);
}

/* The second URL is not at the place that the first has made known. */
static void
each_url_says_where_and_what(void **state)
{
	static const char *const hosts[] = {
		"127.0.0.1", "localhost", "127.0.0.1"
	};
	struct fixture *fixture = *state;
	struct probe probe;
	char url[128], head[256];

	probe_init(&probe, fixture);
	for (size_t i = 0; i < 3; i++) {
		snprintf(url, sizeof(url), "http://%s:%u/v1/%zu?a#b", hosts[i],
		    fixture->port, i);
		snprintf(head, sizeof(head), "GET /v1/%zu?a HTTP/1.1\r\n"
		    "Host: %s:%u\r\n\r\n", i, hosts[i], fixture->port);
		expect_head(&probe, url, head);
		*strchr(url, '#') = '\0';
		expect_head(&probe, url, head);
	}
	snprintf(url, sizeof(url), "http://127.0.0.1:%u", fixture->port);
	snprintf(head, sizeof(head), "GET / HTTP/1.1\r\n"
	    "Host: 127.0.0.1:%u\r\n\r\n", fixture->port);
	expect_head(&probe, url, head);
	assert_int_equal(fixture->accepted, 2);
	bytes_release(&probe.body);
}

static void
a_forward_proxy_is_sent_the_whole_url(void **state)
{
	struct fixture *fixture = *state;
	struct http_client_options options;
	struct probe probe;
	char proxy[64];

	snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%u", fixture->port);
	http_client_options_init(&options);
	options.proxy = proxy;
	new_client(fixture, &options);
	probe_init(&probe, fixture);
	for (int i = 0; i < 2; i++)
		expect_head(&probe, "http://vault.internal/v1/x?a",
		    "GET http://vault.internal/v1/x?a HTTP/1.1\r\n"
		    "Host: vault.internal\r\n"
		    "Proxy-Connection: Keep-Alive\r\n\r\n");
	bytes_release(&probe.body);
}

static void
a_body_is_sent_with_its_length_and_no_type(void **state)
{
	struct fixture *fixture = *state;
	struct http_call_request request = get(fixture, "/v1/x");
	struct probe probe;
	char wanted[512];

	request.method = SPAN_LITERAL("PUT");
	request.has_body = true;
	request.body = SPAN_LITERAL("{}");
	probe_init(&probe, fixture);
	run_one(&probe, &request);
	snprintf(wanted, sizeof(wanted), "PUT /v1/x HTTP/1.1\r\n"
	    "Host: 127.0.0.1:%u\r\nContent-Length: 2\r\n\r\n{}",
	    fixture->port);
	assert_string_equal(fixture->last.data, wanted);
	probe.dones = probe.heads = probe.bodies = 0;
	request.body = SPAN_LITERAL("");
	run_one(&probe, &request);
	assert_non_null(strstr(fixture->last.data, "Content-Length: 0\r\n"));
	probe.dones = probe.heads = probe.bodies = 0;
	request.has_body = false;
	request.method = SPAN_LITERAL("DELETE");
	run_one(&probe, &request);
	assert_null(strstr(fixture->last.data, "Content-Length"));
	assert_int_equal(fixture->accepted, 1);
	bytes_release(&probe.body);
}

static void
a_write_without_a_body_says_that_there_is_none(void **state)
{
	static const struct span writes[] = { SPAN_LITERAL("POST"),
		SPAN_LITERAL("PUT"), SPAN_LITERAL("PATCH") };
	struct fixture *fixture = *state;
	struct http_call_request request = get(fixture, "/v1/x");
	struct probe probe;
	char wanted[512];

	for (size_t i = 0; i < sizeof(writes) / sizeof(*writes); i++) {
		request.method = writes[i];
		probe_init(&probe, fixture);
		run_one(&probe, &request);
		snprintf(wanted, sizeof(wanted), "%s /v1/x HTTP/1.1\r\n"
		    "Host: 127.0.0.1:%u\r\nContent-Length: 0\r\n\r\n",
		    writes[i].ptr, fixture->port);
		assert_string_equal(fixture->last.data, wanted);
		bytes_release(&probe.body);
	}
}

static void
a_head_request_waits_for_no_body(void **state)
{
	struct fixture *fixture = *state;
	struct http_call_request request = get(fixture, "/v1/x");
	struct probe probe;

	fixture->replies[0] = "HTTP/1.1 200 OK\r\nContent-Length: 77\r\n\r\n";
	request.method = SPAN_LITERAL("HEAD");
	probe_init(&probe, fixture);
	run_one(&probe, &request);
	assert_int_equal(probe.err, LH_OK);
	assert_int_equal(probe.content_length, 77);
	assert_int_equal(probe.bodies, 0);
	/* The same handle serves a GET again. */
	probe.dones = probe.heads = 0;
	request.method = SPAN_LITERAL("GET");
	run_one(&probe, &request);
	expect_body(&probe, "ok");
	bytes_release(&probe.body);
}

static void
interim_answers_and_trailers_are_not_heads(void **state)
{
	struct fixture *fixture = *state;
	struct http_call_request request = get(fixture, "/v1/x");
	struct probe probe;

	fixture->replies[0] = "HTTP/1.1 103 Early Hints\r\nX-Mark: no\r\n\r\n"
	    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
	    "X-Mark: yes\r\n\r\n3\r\nabc\r\n0\r\nX-Late: 1\r\n\r\n";
	probe_init(&probe, fixture);
	run_one(&probe, &request);
	assert_int_equal(probe.err, LH_OK);
	assert_int_equal(probe.heads, 1);
	assert_int_equal(probe.fields, 2);
	assert_int_equal(probe.content_length, -1);
	assert_string_equal(probe.value, "yes");
	expect_body(&probe, "abc");
	bytes_release(&probe.body);
}

static void
a_redirect_is_handed_on(void **state)
{
	struct fixture *fixture = *state;
	struct http_call_request request = get(fixture, "/v1/x");
	struct probe probe;

	fixture->replies[0] = "HTTP/1.1 307 Temporary Redirect\r\n"
	    "Location: /elsewhere\r\nContent-Length: 0\r\n\r\n";
	probe_init(&probe, fixture);
	run_one(&probe, &request);
	assert_int_equal(probe.err, LH_OK);
	assert_int_equal(probe.status, 307);
	assert_int_equal(fixture->received, 1);
	bytes_release(&probe.body);
}

static void
what_cannot_be_sent_is_refused(void **state)
{
	static const struct http_field bad[] = {
		{ SPAN_LITERAL("X-A"), SPAN_LITERAL("a\r\nX-B: b") },
		{ SPAN_LITERAL("X-A"), SPAN_LITERAL("a\0b") },
		{ SPAN_LITERAL("X A"), SPAN_LITERAL("a") },
		{ SPAN_LITERAL("X-A:"), SPAN_LITERAL("a") },
		{ SPAN_LITERAL(""), SPAN_LITERAL("a") },
		{ SPAN_LITERAL("host"), SPAN_LITERAL("a") },
		{ SPAN_LITERAL("Content-Length"), SPAN_LITERAL("1") },
		{ SPAN_LITERAL("Transfer-Encoding"), SPAN_LITERAL("chunked") },
	};
	struct fixture *fixture = *state;
	struct http_call_request request = get(fixture, "/v1/x");
	struct probe probe;

	probe_init(&probe, fixture);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		request.fields = (struct http_fields){ &bad[i], 1 };
		assert_int_equal(start_request(&probe, &request),
		    LH_ERR_FORMAT);
	}
	request.fields = HTTP_FIELDS_NONE;
	request.method = SPAN_LITERAL("GET /\r\n");
	assert_int_equal(start_request(&probe, &request), LH_ERR_FORMAT);
	request = get(fixture, "/a b");
	assert_int_equal(start_request(&probe, &request), LH_ERR_FORMAT);
	run_idle(fixture);
	assert_int_equal(probe.dones, 0);
	assert_int_equal(fixture->received, 0);
}

static void
proxies_of_the_environment_are_ignored(void **state)
{
	struct fixture *fixture = *state;
	struct http_call_request request = get(fixture, "/v1/x");
	struct probe probe;

	setenv("http_proxy", "http://127.0.0.1:1", 1);
	setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
	probe_init(&probe, fixture);
	run_one(&probe, &request);
	unsetenv("http_proxy");
	unsetenv("ALL_PROXY");
	assert_int_equal(probe.err, LH_OK);
	bytes_release(&probe.body);
}

/* --- connections --- */

static void
a_connection_is_kept_for_the_next_call(void **state)
{
	struct fixture *fixture = *state;
	struct http_call_request request = get(fixture, "/v1/x");
	struct probe probe;

	for (unsigned i = 1; i <= 5; i++) {
		probe_init(&probe, fixture);
		run_one(&probe, &request);
		assert_int_equal(probe.err, LH_OK);
		assert_int_equal(fixture->received, i);
		bytes_release(&probe.body);
	}
	assert_int_equal(fixture->accepted, 1);
}

static void
without_keep_alive_each_call_connects(void **state)
{
	struct fixture *fixture = *state;
	struct http_client_options options;
	struct http_call_request request = get(fixture, "/v1/x");
	struct probe probe;

	http_client_options_init(&options);
	options.no_keep_alive = true;
	new_client(fixture, &options);
	for (unsigned i = 0; i < 3; i++) {
		probe_init(&probe, fixture);
		run_one(&probe, &request);
		bytes_release(&probe.body);
	}
	assert_int_equal(fixture->accepted, 3);
}

static void
calls_beyond_the_connections_wait(void **state)
{
	struct fixture *fixture = *state;
	struct http_client_options options;
	struct probe probes[4];

	http_client_options_init(&options);
	options.max_connections = 1;
	options.max_calls = 4;
	new_client(fixture, &options);
	for (int i = 0; i < 4; i++) {
		probe_init(&probes[i], fixture);
		start_get(&probes[i]);
	}
	run(fixture, 4);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(probes[i].err, LH_OK);
		bytes_release(&probes[i].body);
	}
	assert_int_equal(fixture->accepted, 1);
}

static void
calls_beyond_the_limit_are_refused(void **state)
{
	struct fixture *fixture = *state;
	struct http_client_options options;
	struct http_call_request request = get(fixture, "/v1/x");
	struct probe probes[3];

	http_client_options_init(&options);
	options.max_calls = 2;
	new_client(fixture, &options);
	for (int i = 0; i < 3; i++)
		probe_init(&probes[i], fixture);
	start_get(&probes[0]);
	start_get(&probes[1]);
	assert_int_equal(start_request(&probes[2], &request), LH_ERR_LIMIT);
	http_call_cancel(probes[0].call);
	start_get(&probes[2]);
	run(fixture, 2);
	assert_int_equal(probes[0].dones, 0);
	assert_int_equal(probes[2].dones, 1);
	for (int i = 0; i < 3; i++)
		bytes_release(&probes[i].body);
}

static void
a_write_is_not_sent_again_when_the_connection_drops(void **state)
{
	struct fixture *fixture = *state;
	struct http_call_request request = get(fixture, "/v1/x");
	struct probe probe;

	probe_init(&probe, fixture);
	run_one(&probe, &request);
	fixture->replies[1] = DROP;
	request.method = SPAN_LITERAL("POST");
	run_idle(fixture);
	probe.dones = probe.heads = probe.bodies = 0;
	assert_int_equal(start_request(&probe, &request), LH_OK);
	run(fixture, 1);
	assert_int_equal(probe.err, LH_ERR_UPSTREAM);
	assert_int_equal(fixture->received, 2);
	bytes_release(&probe.body);
}

static void
a_read_is_sent_again_when_the_connection_drops(void **state)
{
	struct fixture *fixture = *state;
	struct http_call_request request = get(fixture, "/v1/x");
	struct probe probe;

	probe_init(&probe, fixture);
	run_one(&probe, &request);
	fixture->replies[1] = DROP;
	probe.dones = probe.heads = probe.bodies = 0;
	run_one(&probe, &request);
	assert_int_equal(probe.err, LH_OK);
	assert_int_equal(fixture->received, 3);
	bytes_release(&probe.body);
}

/* --- what goes wrong --- */

static void
a_refused_connection_is_unreachable(void **state)
{
	struct fixture *fixture = *state;
	struct http_call_request request = get(fixture, "/v1/x");
	struct probe probe;
	char wanted[128];

	evconnlistener_free(fixture->listener);
	fixture->listener = NULL;
	probe_init(&probe, fixture);
	run_one(&probe, &request);
	assert_int_equal(probe.err, LH_ERR_UNREACHABLE);
	snprintf(wanted, sizeof(wanted),
	    "connect to 127.0.0.1:%u: Connection refused", fixture->port);
	assert_string_equal(probe.cause, wanted);
}

static void
a_bad_url_is_told_at_the_end(void **state)
{
	struct fixture *fixture = *state;
	struct http_call_request request = get(fixture, "/");
	struct probe probe;

	request.url = "ftp://127.0.0.1/x";
	probe_init(&probe, fixture);
	run_one(&probe, &request);
	assert_int_equal(probe.err, LH_ERR_FORMAT);
}

static void
broken_answers_are_errors(void **state)
{
	static const struct { const char *reply; enum lh_err err; } cases[] = {
		{ DROP, LH_ERR_UPSTREAM },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
		    LH_ERR_UPSTREAM },
		{ "HTTP/1.1 200 OK\r\nA: b\r\n c: d\r\n"
		    "Content-Length: 0\r\n\r\n", LH_ERR_UPSTREAM },
		{ "HTTP/1.1 200 OK\r\nB ad: b\r\nContent-Length: 0\r\n\r\n",
		    LH_ERR_UPSTREAM },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n"
		    "Content-Length: 2\r\n\r\nab", LH_ERR_UPSTREAM },
		{ "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
		    LH_ERR_UPSTREAM },
		{ "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
		    LH_ERR_UPSTREAM },
		{ "no head at all", LH_ERR_UPSTREAM },
	};
	struct fixture *fixture = *state;
	struct http_call_request request = get(fixture, "/v1/x");
	struct probe probe;

	fixture->closes = true;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		probe_init(&probe, fixture);
		fixture->replies[fixture->received] = cases[i].reply;
		run_one(&probe, &request);
		if (probe.err != cases[i].err || probe.cause[0] == '\0')
			fail_msg("case %zu: %s, %s", i,
			    lh_err_text(probe.err), probe.cause);
		bytes_release(&probe.body);
	}
}

static void
a_head_above_its_limit_ends_the_call(void **state)
{
	struct fixture *fixture = *state;
	struct http_client_options options;
	struct http_call_request request = get(fixture, "/v1/x");
	struct probe probe;

	http_client_options_init(&options);
	options.max_head_bytes = 64;
	new_client(fixture, &options);
	fixture->replies[0] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"
	    "X-Long: 01234567890123456789012345678901234567890123\r\n\r\n";
	probe_init(&probe, fixture);
	run_one(&probe, &request);
	assert_int_equal(probe.err, LH_ERR_UPSTREAM);
	assert_string_equal(probe.cause, "answer head above 64 bytes");
	assert_int_equal(probe.heads, 0);
}

static void
too_much_around_a_head_ends_the_call(void **state)
{
	static const char *const replies[] = {
		"HTTP/1.1 103 Early Hints\r\nX: 0123456789\r\n\r\n"
		"HTTP/1.1 103 Early Hints\r\nX: 0123456789\r\n\r\n" OK_REPLY,
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
		"X: 01234567890123456789\r\nY: 01234567890123456789\r\n"
		"Z: 01234567890123456789\r\n\r\n",
	};
	struct fixture *fixture = *state;
	struct http_client_options options;
	struct http_call_request request = get(fixture, "/v1/x");

	http_client_options_init(&options);
	options.max_head_bytes = 64;
	new_client(fixture, &options);
	for (size_t i = 0; i < 2; i++) {
		struct probe probe;

		fixture->replies[fixture->received] = replies[i];
		probe_init(&probe, fixture);
		run_one(&probe, &request);
		assert_int_equal(probe.err, LH_ERR_UPSTREAM);
		assert_string_equal(probe.cause,
		    "answer with more than 64 bytes around its head");
	}
}

static void
too_many_fields_end_the_call(void **state)
{
	struct fixture *fixture = *state;
	struct http_call_request request = get(fixture, "/v1/x");
	struct bytes reply;
	struct probe probe;

	bytes_init(&reply, 64 * 1024);
	assert_int_equal(bytes_printf(&reply, "HTTP/1.1 200 OK\r\n"), LH_OK);
	for (int i = 0; i < 257; i++)
		assert_int_equal(bytes_printf(&reply, "A: b\r\n"), LH_OK);
	assert_int_equal(bytes_append(&reply, "\r\n", 3), LH_OK);
	fixture->replies[0] = reply.data;
	probe_init(&probe, fixture);
	run_one(&probe, &request);
	assert_int_equal(probe.err, LH_ERR_UPSTREAM);
	bytes_release(&reply);
}

static void
no_answer_in_time_is_a_timeout(void **state)
{
	struct fixture *fixture = *state;
	struct http_call_request request = get(fixture, "/v1/x");
	struct probe probe;

	fixture->replies[0] = HOLD;
	request.timeout = 30;
	probe_init(&probe, fixture);
	run_one(&probe, &request);
	assert_int_equal(probe.err, LH_ERR_TIMEOUT);
	assert_int_equal(fixture->received, 1);
}

static void
a_call_that_waits_for_a_connection_times_out_too(void **state)
{
	struct fixture *fixture = *state;
	struct http_client_options options;
	struct http_call_request request = get(fixture, "/v1/x");
	struct probe first, second;

	http_client_options_init(&options);
	options.max_connections = 1;
	new_client(fixture, &options);
	fixture->replies[0] = HOLD;
	probe_init(&first, fixture);
	probe_init(&second, fixture);
	start_get(&first);
	request.timeout = 30;
	run_one(&second, &request);
	assert_int_equal(second.err, LH_ERR_UNREACHABLE);
	assert_int_equal(first.dones, 0);
}

/* --- back-pressure --- */

/* With the NUL of a string. */
static void
make_large_reply(struct bytes *reply)
{
	bytes_init(reply, 2 * MANY_BYTES);
	assert_int_equal(bytes_printf(reply,
	    "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", MANY_BYTES),
	    LH_OK);
	for (int i = 0; i < MANY_BYTES; i++)
		assert_int_equal(bytes_append(reply, &"abcdefg"[i % 7], 1),
		    LH_OK);
	assert_int_equal(bytes_append(reply, "", 1), LH_OK);
}

/* The listener is full, and the call paused. */
static void
stop_amid_a_reply(struct fixture *fixture, struct bytes *reply,
    struct probe *probe)
{
	make_large_reply(reply);
	fixture->replies[0] = reply->data;
	probe_init(probe, fixture);
	probe->fills = true;
	start_get(probe);
	loop_run(fixture->loop);
	run_idle(fixture);
}

static size_t
largest_piece_of_next(struct fixture *fixture, size_t whole)
{
	struct http_call_request request = get(fixture, "/v1/x");
	struct probe probe;

	probe_init(&probe, fixture);
	run_one(&probe, &request);
	assert_int_equal(probe.err, LH_OK);
	assert_int_equal(probe.body.len, whole);
	bytes_release(&probe.body);
	return probe.largest_piece;
}

static void
pieces_are_large_until_answers_were_small_for_long(void **state)
{
	struct fixture *fixture = *state;
	struct bytes reply;
	int i;

	make_large_reply(&reply);
	fixture->replies[0] = reply.data;
	fixture->replies[40] = reply.data;
	fixture->replies[41] = reply.data;
	assert_true(largest_piece_of_next(fixture, MANY_BYTES) > 4096);
	for (i = 1; i < 40; i++)
		assert_int_equal(largest_piece_of_next(fixture, 2), 2);
	assert_true(largest_piece_of_next(fixture, MANY_BYTES) <= 4096);
	assert_true(largest_piece_of_next(fixture, MANY_BYTES) > 4096);
	bytes_release(&reply);
}

static void
a_full_listener_gets_no_more_until_resumed(void **state)
{
	struct fixture *fixture = *state;
	struct http_call_request request = get(fixture, "/v1/x");
	struct probe probe;
	struct bytes reply;
	unsigned before;

	make_large_reply(&reply);
	fixture->replies[0] = reply.data;
	probe_init(&probe, fixture);
	probe.fills = true;
	fixture->awaited = 1;
	assert_int_equal(start_request(&probe, &request), LH_OK);
	while (probe.dones == 0) {
		loop_run(fixture->loop);
		before = probe.bodies;
		run_idle(fixture);
		assert_int_equal(probe.bodies, before);
		if (probe.dones == 0)
			http_call_resume(probe.call);
		assert_int_equal(probe.bodies, before);
	}
	assert_int_equal(probe.err, LH_OK);
	assert_true(probe.bodies > 8);
	assert_int_equal(probe.body.len, MANY_BYTES);
	assert_memory_equal(probe.body.data,
	    reply.data + (reply.len - 1 - MANY_BYTES), MANY_BYTES);
	bytes_release(&reply);
	bytes_release(&probe.body);
}

static void
a_resumed_call_can_be_cancelled_before_its_turn(void **state)
{
	struct fixture *fixture = *state;
	struct bytes reply;
	struct probe probe;

	stop_amid_a_reply(fixture, &reply, &probe);
	http_call_resume(probe.call);
	http_call_cancel(probe.call);
	/* The client goes while its work for later is still queued. */
	http_client_free(fixture->client);
	fixture->client = NULL;
	run_idle(fixture);
	assert_int_equal(probe.dones, 0);
	bytes_release(&reply);
	bytes_release(&probe.body);
}

/* --- cancel, free and start, from everywhere --- */

/* Where curl hands over what it kept, and tells nobody that it failed. */
static void
a_cancel_inside_a_resume_closes_the_connection_at_once(void **state)
{
	struct fixture *fixture = *state;
	struct bytes reply;
	struct probe probe;

	stop_amid_a_reply(fixture, &reply, &probe);
	probe.at_body = ACT_CANCEL;
	http_call_resume(probe.call);
	loop_run(fixture->loop);
	run_idle(fixture);
	assert_int_equal(probe.bodies, 2);
	assert_int_equal(probe.dones, 0);
	assert_null(fixture->connections[0]);
	bytes_release(&reply);
	bytes_release(&probe.body);
}

static void
a_cancel_before_the_first_turn_is_silent(void **state)
{
	struct fixture *fixture = *state;
	struct probe probe;

	probe_init(&probe, fixture);
	start_get(&probe);
	http_call_cancel(probe.call);
	http_call_cancel(NULL);
	run_idle(fixture);
	assert_int_equal(probe.heads + probe.dones, 0);
}

static void
cancels_inside_callbacks_are_silent(void **state)
{
	struct fixture *fixture = *state;
	struct probe probe;

	probe_init(&probe, fixture);
	probe.at_head = ACT_CANCEL;
	start_get(&probe);
	run(fixture, 1);
	run_idle(fixture);
	assert_int_equal(probe.bodies + probe.dones, 0);

	probe_init(&probe, fixture);
	probe.at_body = ACT_CANCEL;
	start_get(&probe);
	run(fixture, 1);
	run_idle(fixture);
	assert_int_equal(probe.bodies, 1);
	assert_int_equal(probe.dones, 0);
	bytes_release(&probe.body);

	probe_init(&probe, fixture);
	probe.at_done = ACT_CANCEL;
	start_get(&probe);
	run(fixture, 1);
	run_idle(fixture);
	assert_int_equal(probe.dones, 1);
	bytes_release(&probe.body);
}

static void
free_inside(struct fixture *fixture, enum act head, enum act body,
    enum act done)
{
	struct http_client_options options;
	struct probe probe, other;

	http_client_options_init(&options);
	new_client(fixture, &options);
	probe_init(&probe, fixture);
	probe_init(&other, fixture);
	probe.at_head = head;
	probe.at_body = body;
	probe.at_done = done;
	fixture->replies[fixture->received + 1] = HOLD;
	start_get(&probe);
	start_get(&other);
	run(fixture, 2);
	run_idle(fixture);
	assert_null(fixture->client);
	assert_int_equal(other.dones, 0);
	bytes_release(&probe.body);
	bytes_release(&other.body);
}

static void
the_client_may_go_inside_callbacks(void **state)
{
	struct fixture *fixture = *state;

	free_inside(fixture, ACT_FREE, ACT_NONE, ACT_NONE);
	free_inside(fixture, ACT_NONE, ACT_FREE, ACT_NONE);
	free_inside(fixture, ACT_NONE, ACT_NONE, ACT_FREE);
}

static void
the_client_may_go_with_calls_under_way(void **state)
{
	struct fixture *fixture = *state;
	struct probe probe;

	fixture->replies[0] = HOLD;
	probe_init(&probe, fixture);
	start_get(&probe);
	run_idle(fixture);
	http_client_free(fixture->client);
	fixture->client = NULL;
	run_idle(fixture);
	assert_int_equal(probe.dones, 0);
}

static void
calls_may_start_inside_callbacks(void **state)
{
	struct fixture *fixture = *state;
	struct probe probes[4];

	for (int i = 0; i < 4; i++)
		probe_init(&probes[i], fixture);
	probes[0].at_head = ACT_START;
	probes[0].other = &probes[1];
	probes[1].at_body = ACT_START;
	probes[1].other = &probes[2];
	probes[2].at_done = ACT_START;
	probes[2].other = &probes[3];
	start_get(&probes[0]);
	run(fixture, 4);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(probes[i].err, LH_OK);
		expect_body(&probes[i], "ok");
		bytes_release(&probes[i].body);
	}
}

/* --- files of certificates --- */

static EVP_PKEY *
write_pair(const char *cert_path, const char *key_path)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	X509_EXTENSION *names = X509V3_EXT_conf_nid(NULL, NULL,
	    NID_subject_alt_name, "DNS:vault.internal");
	X509_NAME *subject;
	FILE *file;

	assert_non_null(key);
	assert_non_null(cert);
	assert_non_null(names);
	X509_set_version(cert, 2);
	subject = X509_get_subject_name(cert);
	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
	    (const unsigned char *)"vault.internal", -1, -1, 0);
	X509_set_issuer_name(cert, subject);
	X509_add_ext(cert, names, -1);
	X509_EXTENSION_free(names);
	X509_set_pubkey(cert, key);
	X509_gmtime_adj(X509_getm_notBefore(cert), 0);
	X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
	assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
	file = fopen(cert_path, "w");
	assert_non_null(file);
	assert_int_equal(PEM_write_X509(file, cert), 1);
	fclose(file);
	file = fopen(key_path, "w");
	assert_non_null(file);
	assert_int_equal(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL,
	    NULL), 1);
	fclose(file);
	X509_free(cert);
	return key;
}

static void
try_files(struct fixture *fixture, const struct http_client_options *options,
    const char *named)
{
	struct http_client *client = NULL;
	struct lh_cause cause = { "" };
	enum lh_err err;

	err = http_client_new(options, fixture->loop, &client, &cause);
	if (named == NULL) {
		assert_int_equal(err, LH_OK);
		http_client_free(client);
		return;
	}
	assert_int_equal(err, LH_ERR_TLS);
	assert_null(client);
	if (strstr(cause.text, named) == NULL)
		fail_msg("%s is not named by: %s", named, cause.text);
}

static void
files_of_certificates_are_checked_at_birth(void **state)
{
	struct fixture *fixture = *state;
	struct http_client_options options;
	char dir[] = "/tmp/test_client_XXXXXX";

	assert_non_null(mkdtemp(dir));
	assert_int_equal(chdir(dir), 0);
	assert_int_equal(mkdir("ca", 0700), 0);
	assert_int_equal(mkdir("empty", 0700), 0);
	EVP_PKEY_free(write_pair("a.pem", "a.key"));
	EVP_PKEY_free(write_pair("ca/b.pem", "b.key"));
	http_client_options_init(&options);
	options.ca_file = "missing.pem";
	try_files(fixture, &options, "missing.pem");
	options.ca_file = "a.key";
	try_files(fixture, &options, "a.key");
	options.ca_file = "a.pem";
	try_files(fixture, &options, NULL);
	options.ca_file = NULL;
	options.ca_path = "empty";
	try_files(fixture, &options, "empty");
	options.ca_path = "ca";
	try_files(fixture, &options, NULL);
	assert_int_equal(mkdir("empty/below", 0700), 0);
	assert_int_equal(symlink("..", "empty/below/up"), 0);
	options.ca_path = "empty";
	try_files(fixture, &options, "empty");
	assert_int_equal(rename("ca/b.pem", "empty/below/b.pem"), 0);
	try_files(fixture, &options, NULL);
	options.client_cert = "a.pem";
	try_files(fixture, &options, "client key");
	options.client_key = "b.key";
	try_files(fixture, &options, "b.key");
	options.client_key = "a.pem";
	try_files(fixture, &options, "a.pem");
	options.client_key = "a.key";
	try_files(fixture, &options, NULL);
	unlink("a.pem");
	unlink("a.key");
	unlink("b.key");
	unlink("empty/below/b.pem");
	unlink("empty/below/up");
	rmdir("empty/below");
	rmdir("ca");
	rmdir("empty");
	assert_int_equal(chdir("/"), 0);
	rmdir(dir);
}

static int
on_server_name(SSL *ssl, int *alert, void *arg)
{
	struct fixture *fixture = arg;
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

	snprintf(fixture->asked_name, sizeof(fixture->asked_name), "%s",
	    name == NULL ? "" : name);
	return SSL_TLSEXT_ERR_OK;
}

/* From here on the server speaks TLS, with a certificate in a folder which
 * becomes the working one. */
static void
enter_tls(struct fixture *fixture, char *dir)
{
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chdir(dir), 0);
	assert_int_equal(mkdir("ca", 0700), 0);
	EVP_PKEY_free(write_pair("ca/a.pem", "a.key"));
	fixture->tls = SSL_CTX_new(TLS_server_method());
	assert_non_null(fixture->tls);
	assert_int_equal(SSL_CTX_use_certificate_file(fixture->tls,
	    "ca/a.pem", SSL_FILETYPE_PEM), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey_file(fixture->tls, "a.key",
	    SSL_FILETYPE_PEM), 1);
}

static void
leave_tls(struct fixture *fixture, const char *dir)
{
	SSL_CTX_free(fixture->tls);
	unlink("a.key");
	unlink("ca/a.pem");
	rmdir("ca");
	assert_int_equal(chdir("/"), 0);
	rmdir(dir);
}

static enum lh_err
run_tls(struct fixture *fixture, const struct http_client_options *options)
{
	struct http_call_request request = get(fixture, "/v1/x");
	struct probe probe;
	char url[64];

	snprintf(url, sizeof(url), "https://127.0.0.1:%u/v1/x",
	    fixture->port);
	request.url = url;
	new_client(fixture, options);
	probe_init(&probe, fixture);
	run_one(&probe, &request);
	bytes_release(&probe.body);
	return probe.err;
}

static void
a_server_is_known_by_the_name_we_were_told(void **state)
{
	struct fixture *fixture = *state;
	struct http_client_options options;
	char dir[] = "/tmp/test_client_XXXXXX", host[64];

	enter_tls(fixture, dir);
	SSL_CTX_set_tlsext_servername_callback(fixture->tls, on_server_name);
	SSL_CTX_set_tlsext_servername_arg(fixture->tls, fixture);
	snprintf(host, sizeof(host), "\r\nHost: 127.0.0.1:%u\r\n",
	    fixture->port);

	http_client_options_init(&options);
	assert_int_equal(run_tls(fixture, &options), LH_ERR_TLS);
	options.ca_path = "ca";
	assert_int_equal(run_tls(fixture, &options), LH_ERR_TLS);
	assert_int_equal(fixture->received, 0);
	options.tls_server_name = "vault.internal";
	assert_int_equal(run_tls(fixture, &options), LH_OK);
	assert_string_equal(fixture->asked_name, "vault.internal");
	assert_non_null(strstr(fixture->last.data, host));
	options.ca_path = NULL;
	options.ca_file = "ca/a.pem";
	assert_int_equal(run_tls(fixture, &options), LH_OK);
	options.ca_file = NULL;
	assert_int_equal(run_tls(fixture, &options), LH_ERR_TLS);
	options.tls_server_name = NULL;
	options.tls_skip_verify = true;
	assert_int_equal(run_tls(fixture, &options), LH_OK);
	leave_tls(fixture, dir);
}

static void
say_farewell(struct fixture *fixture, struct bufferevent *connection)
{
	assert_int_equal(SSL_shutdown(bufferevent_openssl_get_ssl(
	    connection)), 0);
	drop_connection(fixture, connection);
}

static void
a_server_that_said_farewell_is_not_written_to(void **state)
{
	struct fixture *fixture = *state;
	struct http_client_options options;
	struct http_call_request request = {
		.method = SPAN_LITERAL("POST"),
		.body = SPAN_LITERAL("x"),
		.has_body = true,
	};
	char dir[] = "/tmp/test_client_XXXXXX", url[64];
	struct probe probe;

	enter_tls(fixture, dir);
	http_client_options_init(&options);
	options.tls_skip_verify = true;
	new_client(fixture, &options);
	snprintf(url, sizeof(url), "https://127.0.0.1:%u/", fixture->port);
	request.url = url;
	for (unsigned i = 0; i < 4; i++) {
		probe_init(&probe, fixture);
		run_one(&probe, &request);
		assert_int_equal(probe.err, LH_OK);
		bytes_release(&probe.body);
		say_farewell(fixture, fixture->connections[i]);
		for (int turns = 0; turns < 50; turns++)
			run_idle(fixture);
	}
	assert_int_equal(fixture->accepted, 4);
	leave_tls(fixture, dir);
}

static void
a_unix_socket_is_asked_instead_of_the_host(void **state)
{
	struct fixture *fixture = *state;
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct http_client_options options;
	struct http_call_request request = get(fixture, "/v1/x");
	char dir[] = "/tmp/test_client_XXXXXX";
	struct probe probe;

	assert_non_null(mkdtemp(dir));
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/s", dir);
	evconnlistener_free(fixture->listener);
	fixture->listener = evconnlistener_new_bind(
	    loop_event_base(fixture->loop), on_accept, fixture,
	    LEV_OPT_CLOSE_ON_FREE, 16, (struct sockaddr *)&address,
	    (int)sizeof(address));
	assert_non_null(fixture->listener);
	http_client_options_init(&options);
	options.unix_socket = address.sun_path;
	new_client(fixture, &options);
	request.url = "http://localhost/v1/x";
	probe_init(&probe, fixture);
	run_one(&probe, &request);
	assert_int_equal(probe.err, LH_OK);
	assert_string_equal(fixture->last.data,
	    "GET /v1/x HTTP/1.1\r\nHost: localhost\r\n\r\n");
	bytes_release(&probe.body);
	unlink(address.sun_path);
	rmdir(dir);
}

#define CLIENT_TEST(name)						\
	cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(a_get_brings_the_head_then_the_body),
		CLIENT_TEST(a_request_carries_only_what_it_was_given),
		CLIENT_TEST(each_url_says_where_and_what),
		CLIENT_TEST(a_forward_proxy_is_sent_the_whole_url),
		CLIENT_TEST(a_body_is_sent_with_its_length_and_no_type),
		CLIENT_TEST(a_write_without_a_body_says_that_there_is_none),
		CLIENT_TEST(a_head_request_waits_for_no_body),
		CLIENT_TEST(interim_answers_and_trailers_are_not_heads),
		CLIENT_TEST(a_redirect_is_handed_on),
		CLIENT_TEST(what_cannot_be_sent_is_refused),
		CLIENT_TEST(proxies_of_the_environment_are_ignored),
		CLIENT_TEST(a_connection_is_kept_for_the_next_call),
		CLIENT_TEST(without_keep_alive_each_call_connects),
		CLIENT_TEST(calls_beyond_the_connections_wait),
		CLIENT_TEST(calls_beyond_the_limit_are_refused),
		CLIENT_TEST(
		    a_write_is_not_sent_again_when_the_connection_drops),
		CLIENT_TEST(a_read_is_sent_again_when_the_connection_drops),
		CLIENT_TEST(a_refused_connection_is_unreachable),
		CLIENT_TEST(a_bad_url_is_told_at_the_end),
		CLIENT_TEST(broken_answers_are_errors),
		CLIENT_TEST(a_head_above_its_limit_ends_the_call),
		CLIENT_TEST(too_much_around_a_head_ends_the_call),
		CLIENT_TEST(too_many_fields_end_the_call),
		CLIENT_TEST(no_answer_in_time_is_a_timeout),
		CLIENT_TEST(a_call_that_waits_for_a_connection_times_out_too),
		CLIENT_TEST(a_full_listener_gets_no_more_until_resumed),
		CLIENT_TEST(pieces_are_large_until_answers_were_small_for_long),
		CLIENT_TEST(a_resumed_call_can_be_cancelled_before_its_turn),
		CLIENT_TEST(a_cancel_inside_a_resume_closes_the_connection_at_once),
		CLIENT_TEST(a_cancel_before_the_first_turn_is_silent),
		CLIENT_TEST(cancels_inside_callbacks_are_silent),
		CLIENT_TEST(the_client_may_go_inside_callbacks),
		CLIENT_TEST(the_client_may_go_with_calls_under_way),
		CLIENT_TEST(calls_may_start_inside_callbacks),
		CLIENT_TEST(a_server_is_known_by_the_name_we_were_told),
		CLIENT_TEST(a_server_that_said_farewell_is_not_written_to),
		CLIENT_TEST(a_unix_socket_is_asked_instead_of_the_host),
		CLIENT_TEST(files_of_certificates_are_checked_at_birth),
	};
	int failed;

	signal(SIGPIPE, SIG_IGN);
	if (http_client_start_library() != LH_OK)
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	http_client_stop_library();
	return failed;
}
