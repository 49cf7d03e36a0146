/*
 * test_payload - bodies of requests: read from a socket, counted, let go.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <malloc.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../../src/http/http_conn.h"
#include "base/timesource.h"

#define MAX_BUFFERED 1000000
#define BODY_BYTES 300000
#define PIECE_BYTES 50000
#define MUCH ((uint64_t)32 * 1024 * 1024)

struct fixture {
	struct timesource *source;
	struct loop *loop;
	struct http_server *server;
	struct http_payload *payload;
	int sender;
	int reader;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct http_server_env env = { 0 };
	struct http_server_options options;
	int pair[2];

	f->source = timesource_new_manual(1000000, 784111777000);
	assert_int_equal(loop_new(f->source, &f->loop), LH_OK);
	http_server_options_init(&options);
	options.max_buffered_bytes = MAX_BUFFERED;
	env.loop = f->loop;
	f->server = http_server_new(&options, &env);
	f->payload = http_payload_new(f->server);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
	    pair), 0);
	f->sender = pair[0];
	f->reader = pair[1];
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	http_payload_unref(&f->payload);
	close(f->sender);
	close(f->reader);
	http_server_free(f->server);
	loop_free(f->loop);
	timesource_free(f->source);
	free(f);
	return 0;
}

static void
send_letters(struct fixture *f, size_t from, size_t len)
{
	char *text = malloc(len);

	for (size_t i = 0; i < len; i++)
		text[i] = (char)('a' + (from + i) % 26);
	assert_int_equal(send(f->sender, text, len, MSG_NOSIGNAL), len);
	free(text);
}

static void
a_body_is_read_piece_by_piece_and_no_further(void **state)
{
	struct fixture *f = *state;
	uint64_t left = BODY_BYTES;
	struct span body;
	char next[8];

	for (size_t sent = 0; sent < BODY_BYTES; sent += PIECE_BYTES) {
		send_letters(f, sent, PIECE_BYTES);
		if (sent + PIECE_BYTES == BODY_BYTES)
			assert_int_equal(send(f->sender, "NEXT", 4, 0), 4);
		assert_int_equal(http_payload_receive(f->payload, f->reader,
		    &left), LH_OK);
		assert_int_equal(left, BODY_BYTES - sent - PIECE_BYTES);
	}
	body = http_payload_span(f->payload);
	assert_int_equal(body.len, BODY_BYTES);
	for (size_t i = 0; i < body.len; i++)
		assert_int_equal(body.ptr[i], 'a' + (int)(i % 26));
	assert_int_equal(recv(f->reader, next, sizeof(next), 0), 4);
	assert_memory_equal(next, "NEXT", 4);
}

static void
what_came_with_the_head_stands_in_front(void **state)
{
	struct fixture *f = *state;
	uint64_t left = 5;

	assert_int_equal(http_payload_add(f->payload, SPAN_LITERAL("one"),
	    8), LH_OK);
	assert_int_equal(send(f->sender, "-five", 5, 0), 5);
	assert_int_equal(http_payload_receive(f->payload, f->reader, &left),
	    LH_OK);
	assert_int_equal(left, 0);
	assert_true(span_equal(http_payload_span(f->payload),
	    SPAN_LITERAL("one-five")));
}

static void
an_empty_or_closed_socket_changes_nothing(void **state)
{
	struct fixture *f = *state;
	uint64_t left = 5;

	assert_int_equal(http_payload_receive(f->payload, f->reader, &left),
	    LH_OK);
	assert_int_equal(shutdown(f->sender, SHUT_WR), 0);
	assert_int_equal(http_payload_receive(f->payload, f->reader, &left),
	    LH_OK);
	assert_int_equal(left, 5);
	assert_int_equal(http_server_free_bytes(f->server), MAX_BUFFERED);
}

static void
room_follows_what_came_not_what_was_announced(void **state)
{
	struct fixture *f = *state;
	uint64_t left = MUCH;
	struct span body;

	send_letters(f, 0, 100);
	assert_int_equal(http_payload_receive(f->payload, f->reader, &left),
	    LH_OK);
	body = http_payload_span(f->payload);
	assert_true(malloc_usable_size((char *)(uintptr_t)body.ptr) <
	    128 * 1024);
	assert_int_equal(http_server_free_bytes(f->server),
	    MAX_BUFFERED - 100);
}

static void
what_a_server_may_buffer_bounds_all_bodies(void **state)
{
	struct fixture *f = *state;
	struct http_payload *other = http_payload_new(f->server);
	uint64_t left = MUCH;

	assert_true(http_server_take_bytes(f->server, MAX_BUFFERED - 10));
	send_letters(f, 0, 100);
	assert_int_equal(http_payload_receive(f->payload, f->reader, &left),
	    LH_OK);
	assert_int_equal(http_payload_span(f->payload).len, 10);
	assert_int_equal(http_payload_add(other, SPAN_LITERAL("x"), 1),
	    LH_ERR_LIMIT);
	http_payload_unref(&f->payload);
	assert_int_equal(http_payload_add(other, SPAN_LITERAL("x"), 1),
	    LH_OK);
	http_payload_unref(&other);
	http_server_give_bytes(f->server, MAX_BUFFERED - 10);
}

static void
a_body_counts_as_long_as_somebody_holds_it(void **state)
{
	struct fixture *f = *state;
	struct http_payload *held = http_payload_ref(f->payload);

	assert_int_equal(http_payload_add(f->payload, SPAN_LITERAL("held"),
	    4), LH_OK);
	http_payload_unref(&f->payload);
	assert_int_equal(http_server_free_bytes(f->server), MAX_BUFFERED - 4);
	assert_true(span_equal(http_payload_span(held),
	    SPAN_LITERAL("held")));
	http_payload_unref(&held);
	assert_null(held);
	assert_int_equal(http_server_free_bytes(f->server), MAX_BUFFERED);
}

static void
one_that_counts_no_longer_may_stay(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(http_payload_add(f->payload, SPAN_LITERAL("kept"),
	    4), LH_OK);
	http_payload_discount(f->payload);
	http_payload_discount(NULL);
	assert_int_equal(http_server_free_bytes(f->server), MAX_BUFFERED);
	assert_true(span_equal(http_payload_span(f->payload),
	    SPAN_LITERAL("kept")));
}

static void
none_is_a_body_too(void **state)
{
	struct http_payload *none = NULL;

	assert_null(http_payload_ref(none));
	assert_int_equal(http_payload_span(none).len, 0);
	http_payload_unref(&none);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_body_is_read_piece_by_piece_and_no_further),
		CASE(what_came_with_the_head_stands_in_front),
		CASE(an_empty_or_closed_socket_changes_nothing),
		CASE(room_follows_what_came_not_what_was_announced),
		CASE(what_a_server_may_buffer_bounds_all_bodies),
		CASE(a_body_counts_as_long_as_somebody_holds_it),
		CASE(one_that_counts_no_longer_may_stay),
		cmocka_unit_test(none_is_a_body_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
