/*
 * test_router - which row a path goes to. The exchange is the test's own.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/http_router.h"

struct http_exchange {
	struct http_request request;
	unsigned status;	/* of a reply, else 0 */
	struct span body;
	const char *row;
};

const struct http_request *
http_exchange_request(const struct http_exchange *exchange)
{
	return &exchange->request;
}

void
http_exchange_reply(struct http_exchange *exchange,
    const struct http_reply *reply)
{
	exchange->status = reply->status;
	exchange->body = reply->body;
}

static void
note_row(void *arg, struct http_exchange *exchange)
{
	exchange->row = arg;
}

static struct http_handler
row(const char *name)
{
	return (struct http_handler){ note_row, (void *)name };
}

static struct http_exchange
route(struct http_router *router, const char *path)
{
	struct http_exchange exchange = { .request.path = span_of(path) };
	struct http_handler handler = http_router_handler(router);

	handler.fn(handler.arg, &exchange);
	return exchange;
}

static void
the_longest_matching_row_wins(void **state)
{
	struct http_router *router = http_router_new();

	http_router_add(router, "/", row("root"));
	http_router_add(router, "/agent/", row("agent"));
	http_router_add(router, "/agent/v1/quit", row("quit"));
	assert_string_equal(route(router, "/x").row, "root");
	assert_string_equal(route(router, "/agent").row, "root");
	assert_string_equal(route(router, "/agent/").row, "agent");
	assert_string_equal(route(router, "/agent/v1/quit").row, "quit");
	assert_string_equal(route(router, "/agent/v1/quit/").row, "agent");
	assert_string_equal(route(router, "/agent/v1/quitter").row, "agent");
	http_router_free(router);
}

static void
ambiguous_paths_reach_the_root_row_only(void **state)
{
	struct http_router *router = http_router_new();

	http_router_add(router, "/agent/", row("agent"));
	assert_int_equal(route(router, "/agent/../x").status, 404);
	assert_int_equal(route(router, "/agent//v1").status, 404);
	http_router_add(router, "/", row("root"));
	assert_string_equal(route(router, "/agent/%2e%2e/x").row, "root");
	http_router_free(router);
}

static void
what_matches_no_row_is_not_found(void **state)
{
	struct http_router *router = http_router_new();
	struct http_exchange exchange;

	http_router_add(router, "/a", row("a"));
	exchange = route(router, "/b");
	assert_null(exchange.row);
	assert_int_equal(exchange.status, 404);
	assert_true(span_equal(exchange.body,
	    SPAN_LITERAL("404 page not found\n")));
	http_router_free(router);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_longest_matching_row_wins),
		cmocka_unit_test(ambiguous_paths_reach_the_root_row_only),
		cmocka_unit_test(what_matches_no_row_is_not_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
