/*
 * test_headers - which fields pass, in both directions.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "../../../src/proxy/proxy_headers.h"

#define FIELD(n, v) { SPAN_LITERAL(n), SPAN_LITERAL(v) }

static void
assert_value(const struct proxy_headers *headers, const char *name,
    const char *value)
{
	struct span found = http_fields_value(proxy_headers_lend(headers),
	    span_of(name));

	if (value == NULL)
		assert_null(found.ptr);
	else
		assert_true(span_equal(found, span_of(value)));
}

static void
upward_drops_what_is_ours_and_the_connections(void **state)
{
	static const struct http_field fields[] = {
		FIELD("Host", "127.0.0.1:8200"), FIELD("Connection", "x-hop"),
		FIELD("X-Hop", "1"), FIELD("Accept-Encoding", "gzip"),
		FIELD("Content-Length", "2"), FIELD("Expect", "100-continue"),
		FIELD("X-Vault-Token", "t"), FIELD("X-Vault-Namespace", "n"),
		FIELD("Authorization", "Bearer t"), FIELD("Cookie", "c"),
		FIELD("X-Vault-Wrap-TTL", "1m"), FIELD("User-Agent", "curl/8"),
	};
	const struct proxy_upward upward = { .fields = { fields, 12 },
		.product = "leasehold/1", .wrap_default = true };
	struct proxy_headers headers;

	assert_int_equal(proxy_headers_upward(&upward, &headers), LH_OK);
	assert_int_equal(headers.count, 3);
	assert_value(&headers, "cookie", "c");
	assert_value(&headers, "x-vault-wrap-ttl", "1m");
	assert_value(&headers, "user-agent", "leasehold/1; curl/8");
	assert_value(&headers, "x-vault-token", NULL);
	assert_value(&headers, "authorization", NULL);
}

static void
a_wrap_without_a_ttl_gets_five_minutes(void **state)
{
	const struct proxy_upward upward = { .product = "leasehold/1",
		.wrap_default = true };
	struct proxy_headers headers;

	assert_int_equal(proxy_headers_upward(&upward, &headers), LH_OK);
	assert_value(&headers, "X-Vault-Wrap-TTL", "5m");
	assert_value(&headers, "User-Agent", "leasehold/1");
}

static void
authorization_passes_where_it_is_not_the_token(void **state)
{
	static const struct http_field fields[] = {
		FIELD("Authorization", "Negotiate abc"),
	};
	const struct proxy_upward upward = { .fields = { fields, 1 },
		.product = "p" };
	struct proxy_headers headers;

	assert_int_equal(proxy_headers_upward(&upward, &headers), LH_OK);
	assert_value(&headers, "Authorization", "Negotiate abc");
}

static void
of_several_authorizations_the_token_alone_stays_behind(void **state)
{
	static const struct http_field fields[] = {
		FIELD("Authorization", "Bearer"),
		FIELD("authorization", "Basic YTpi"),
		FIELD("Authorization", "bearer  t "),
	};
	const struct http_fields all = { fields, 3 };
	const struct proxy_upward upward = { .fields = all, .product = "p" };
	struct proxy_headers headers;

	assert_int_equal(proxy_headers_upward(&upward, &headers), LH_OK);
	assert_int_equal(headers.count, 2);
	assert_value(&headers, "Authorization", "Basic YTpi");
	assert_true(span_equal(proxy_headers_bearer(all), SPAN_LITERAL("t")));
	assert_true(proxy_headers_has_credential(all));
	assert_false(proxy_headers_has_credential(
	    (struct http_fields){ fields, 1 }));
}

static void
the_token_goes_on_as_a_bearer_where_that_is_asked_for(void **state)
{
	static const struct http_field fields[] = {
		FIELD("Authorization", "Bearer"),
		FIELD("Authorization", "Bearer t"),
		FIELD("Authorization", "Bearer u"),
	};
	const struct proxy_upward upward = { .fields = { fields, 3 },
		.product = "p", .by_bearer = true };
	struct proxy_headers headers;

	assert_int_equal(proxy_headers_upward(&upward, &headers), LH_OK);
	assert_int_equal(headers.count, 2);
	assert_value(&headers, "Authorization", "Bearer t");
}

static void
more_fields_than_there_is_room_for_are_refused(void **state)
{
	static struct http_field fields[PROXY_HEADERS_MAX + 1];
	const struct proxy_upward upward = {
		.fields = { fields, PROXY_HEADERS_MAX }, .product = "p" };
	struct proxy_headers headers;

	for (size_t i = 0; i <= PROXY_HEADERS_MAX; i++)
		fields[i] = (struct http_field)FIELD("X-Many", "1");
	assert_int_equal(proxy_headers_upward(&upward, &headers),
	    LH_ERR_LIMIT);
}

static void
downward_says_miss_below_400_only(void **state)
{
	static const struct http_field fields[] = {
		FIELD("Content-Type", "application/json"),
		FIELD("Content-Length", "2"), FIELD("X-Cache", "HIT"),
		FIELD("Age", "7"), FIELD("Transfer-Encoding", "chunked"),
	};
	struct http_head head = { .status = 200, .fields = { fields, 5 } };
	struct proxy_headers headers;

	proxy_headers_downward(&head, &headers);
	assert_int_equal(headers.count, 2);
	assert_value(&headers, "X-Cache", "MISS");
	assert_value(&headers, "Content-Type", "application/json");
	head.status = 404;
	proxy_headers_downward(&head, &headers);
	assert_value(&headers, "X-Cache", NULL);
}

static void
assert_namespace(const char *configured, const char *theirs,
    const char *expected)
{
	const struct http_field field = { SPAN_LITERAL("X-Vault-Namespace"),
		span_of(theirs) };
	struct bytes bytes;

	bytes_init(&bytes, 64);
	assert_int_equal(proxy_headers_namespace(configured,
	    (struct http_fields){ &field, theirs != NULL }, &bytes), LH_OK);
	assert_true(span_equal(bytes_span(&bytes), span_of(expected)) ||
	    (bytes.len == 0 && *expected == '\0'));
	bytes_release(&bytes);
}

static void
a_configured_namespace_stands_before_the_callers(void **state)
{
	assert_namespace("", NULL, "");
	assert_namespace("", "b", "b");
	assert_namespace("a", NULL, "a/");
	assert_namespace("/a/", "b", "a/b/");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(upward_drops_what_is_ours_and_the_connections),
		cmocka_unit_test(a_wrap_without_a_ttl_gets_five_minutes),
		cmocka_unit_test(
		    authorization_passes_where_it_is_not_the_token),
		cmocka_unit_test(
		    of_several_authorizations_the_token_alone_stays_behind),
		cmocka_unit_test(
		    the_token_goes_on_as_a_bearer_where_that_is_asked_for),
		cmocka_unit_test(
		    more_fields_than_there_is_room_for_are_refused),
		cmocka_unit_test(downward_says_miss_below_400_only),
		cmocka_unit_test(
		    a_configured_namespace_stands_before_the_callers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
