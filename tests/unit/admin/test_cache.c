/*
 * test_cache - cache-clear: what is asked, what is answered, what is done.
 * The exchange and the cache are replaced. Source: behaviour section 4.1.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include "../../../src/admin/admin_priv.h"

struct http_exchange {
	struct http_request request;
	unsigned status;
	char body[512];
};

struct cache {
	int clears;
	enum cache_clear_type type;
	char value[64];
	char namespace[64];
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
	snprintf(exchange->body, sizeof(exchange->body), "%.*s",
	    (int)reply->body.len, reply->body.len > 0 ? reply->body.ptr : "");
}

size_t
cache_clear(struct cache *cache, enum cache_clear_type type,
    struct span value, struct span namespace)
{
	cache->clears++;
	cache->type = type;
	snprintf(cache->value, sizeof(cache->value), "%.*s", (int)value.len,
	    value.len > 0 ? value.ptr : "");
	snprintf(cache->namespace, sizeof(cache->namespace), "%.*s",
	    (int)namespace.len, namespace.len > 0 ? namespace.ptr : "");
	return 1;
}

static struct http_exchange
ask(struct cache *cache, const char *method, const char *body)
{
	struct admin admin = { .env = { .cache = cache } };
	struct http_exchange exchange = { .request = {
		.method = span_of(method), .body = span_of(body) } };

	admin_cache_clear(&admin, &exchange);
	return exchange;
}

static void
each_type_clears_what_it_names(void **state)
{
	static const struct {
		const char *body;
		enum cache_clear_type type;
	} cases[] = {
		{ "{\"type\":\"all\"}", CACHE_CLEAR_ALL },
		{ "{\"type\":\"request_path\",\"value\":\"v\","
		    "\"namespace\":\"n\"}", CACHE_CLEAR_REQUEST_PATH },
		{ "{\"type\":\"lease\",\"value\":\"v\"}", CACHE_CLEAR_LEASE },
		{ "{\"type\":\"token\",\"value\":\"v\"}", CACHE_CLEAR_TOKEN },
		{ "{\"type\":\"token_accessor\",\"value\":\"v\"}",
		    CACHE_CLEAR_ACCESSOR },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct cache cache = { 0 };
		struct http_exchange exchange;

		exchange = ask(&cache, i % 2 == 0 ? "POST" : "PUT",
		    cases[i].body);
		assert_int_equal(exchange.status, 200);
		assert_string_equal(exchange.body, "");
		assert_int_equal(cache.clears, 1);
		assert_int_equal(cache.type, cases[i].type);
		assert_string_equal(cache.value, i == 0 ? "" : "v");
		assert_string_equal(cache.namespace, i == 1 ? "n" : "");
	}
}

static void
bad_input_is_answered_and_clears_nothing(void **state)
{
	static const struct {
		const char *body;
		unsigned status;
		const char *text;
	} cases[] = {
		{ "", 400, "failed to parse JSON input: empty JSON provided" },
		{ "{", 400, "failed to parse JSON input: " },
		{ "[]", 400, "failed to parse JSON input: " },
		{ "[{}]", 400, "failed to parse JSON input: it is no object" },
		{ "{\"type\"\n;", 400,
		    "failed to parse JSON input: no JSON (line 2, column 1)" },
		{ "{}", 400, "failed to parse clear input: no type provided" },
		{ "{\"type\":5}", 400, "no type provided" },
		{ "{\"type\":\"some\"}", 400,
		    "failed to clear cache: invalid type provided" },
		{ "{\"type\":\"lease\"}", 500,
		    "failed to clear cache: lease not provided" },
		{ "{\"type\":\"token\",\"value\":\"\"}", 500,
		    "failed to clear cache: token not provided" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct cache cache = { 0 };
		struct http_exchange exchange;

		exchange = ask(&cache, "POST", cases[i].body);
		assert_int_equal(exchange.status, cases[i].status);
		assert_non_null(strstr(exchange.body, cases[i].text));
		assert_int_equal(cache.clears, 0);
	}
}

static void
other_methods_and_no_cache_do_nothing(void **state)
{
	struct cache cache = { 0 };

	assert_int_equal(ask(&cache, "GET", "{\"type\":\"all\"}").status, 200);
	assert_int_equal(cache.clears, 0);
	assert_int_equal(ask(NULL, "POST", "{\"type\":\"all\"}").status, 200);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_type_clears_what_it_names),
		cmocka_unit_test(bad_input_is_answered_and_clears_nothing),
		cmocka_unit_test(other_methods_and_no_cache_do_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
