/*
 * test_access - who may come in through a door.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "../../../src/proxy/proxy_access.h"

#define MAX_FIELDS 3

/* Fields as "Name: value", NULL after the last. */
struct row {
	const char *fields[MAX_FIELDS];
	unsigned status;		/* of the refusal; 0: none */
};

static const char *const loopback[] = { "localhost", "127.0.0.1", "[::1]" };
static const char *const with_port[] = { "vault.test:8200" };
static const char *const anything[] = { "*" };

static unsigned
status_of(const struct proxy_access *access, const struct row *row)
{
	struct http_field fields[MAX_FIELDS];
	struct http_request request = {
		.method = SPAN_LITERAL("GET"),
		.path = SPAN_LITERAL("/v1/secret/data/app"),
		.fields = { fields, 0 }
	};
	struct proxy_refusal refusal = { 0, NULL };
	bool answer;

	for (size_t i = 0; i < MAX_FIELDS && row->fields[i] != NULL; i++) {
		struct span value = span_of(row->fields[i]);
		struct span name = span_cut(&value, ':');

		fields[request.fields.count++] = (struct http_field){ name,
			span_trim(value) };
	}
	answer = proxy_access_allows(access, &request, &refusal);
	assert_int_equal(answer, refusal.status == 0);
	return refusal.status;
}

static void
expect_rows(const struct proxy_access *access, const struct row *rows,
    size_t count)
{
	for (size_t i = 0; i < count; i++) {
		unsigned status = status_of(access, &rows[i]);

		if (status != rows[i].status)
			print_error("row %zu (%s): %u\n", i,
			    rows[i].fields[0], status);
		assert_int_equal(status, rows[i].status);
	}
}

#define EXPECT(access, rows) \
	expect_rows(access, rows, sizeof(rows) / sizeof(rows[0]))

static void
without_a_demand_the_request_header_does_not_matter(void **state)
{
	static const struct row rows[] = {
		{ { NULL }, 0 },
		{ { "X-Vault-Request: false" }, 0 },
	};
	const struct proxy_access access = { .allow_browsers = false };

	EXPECT(&access, rows);
}

static void
the_request_header_must_be_there_once_and_say_true(void **state)
{
	static const struct row rows[] = {
		{ { "X-Vault-Request: true" }, 0 },
		{ { "x-vault-request: true" }, 0 },
		{ { NULL }, 412 },
		{ { "X-Vault-Request: True" }, 412 },
		{ { "X-Vault-Request: 1" }, 412 },
		{ { "X-Vault-Request:" }, 412 },
		{ { "X-Vault-Request: true", "X-Vault-Request: true" }, 412 },
	};
	const struct proxy_access access = { .require_request_header = true };

	EXPECT(&access, rows);
}

static void
a_method_for_the_machines_on_the_way_is_refused(void **state)
{
	static const struct span methods[] = { SPAN_LITERAL("TRACE"),
		SPAN_LITERAL("trace"), SPAN_LITERAL("TRACK"),
		SPAN_LITERAL("CONNECT") };
	const struct proxy_access access = { .allow_browsers = true };
	struct http_request request = { .path = SPAN_LITERAL("/v1/a") };
	struct proxy_refusal refusal;

	for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++) {
		request.method = methods[i];
		assert_false(proxy_access_allows(&access, &request, &refusal));
		assert_int_equal(refusal.status, 501);
	}
	request.method = SPAN_LITERAL("SCAN");
	assert_true(proxy_access_allows(&access, &request, &refusal));
}

static void
web_pages_are_refused(void **state)
{
	static const struct row rows[] = {
		{ { "Origin: http://evil.test" }, 403 },
		{ { "origin: null" }, 403 },
		{ { "Origin:" }, 403 },
		{ { "Origin: http://127.0.0.1:8200" }, 403 },
		{ { "Sec-Fetch-Site: cross-site" }, 403 },
		{ { "Sec-Fetch-Site: same-site" }, 403 },
		{ { "sec-fetch-site: Cross-Site" }, 403 },
		{ { "Sec-Fetch-Site:" }, 403 },
		{ { "Sec-Fetch-Site: none", "Sec-Fetch-Site: cross-site" },
		    403 },
		{ { "Sec-Fetch-Site: none" }, 0 },
		{ { "Sec-Fetch-Site: same-origin" }, 0 },
		{ { "Sec-Fetch-Mode: cors" }, 0 },
	};
	const struct proxy_access access = { .allow_browsers = false };

	EXPECT(&access, rows);
}

static void
web_pages_may_come_where_that_is_said(void **state)
{
	static const struct row rows[] = {
		{ { "Origin: http://ui.test" }, 0 },
		{ { "Sec-Fetch-Site: cross-site" }, 0 },
	};
	const struct proxy_access access = { .allow_browsers = true };

	EXPECT(&access, rows);
}

static void
a_host_of_the_list_is_let_in_at_any_port(void **state)
{
	static const struct row rows[] = {
		{ { "Host: localhost" }, 0 },
		{ { "Host: LOCALHOST:8200" }, 0 },
		{ { "Host: localhost:1" }, 0 },
		{ { "Host: 127.0.0.1:8200" }, 0 },
		{ { "Host: [::1]:8200" }, 0 },
		{ { "Host: [::1]" }, 0 },
		{ { NULL }, 0 },
	};
	const struct proxy_access access = { .hosts = { loopback, 3 } };

	EXPECT(&access, rows);
}

static void
another_host_is_told_that_it_is_misdirected(void **state)
{
	static const struct row rows[] = {
		{ { "Host: evil.test" }, 421 },
		{ { "Host: evil.test:8200" }, 421 },
		{ { "Host: localhost.evil.test" }, 421 },
		{ { "Host: evil.localhost" }, 421 },
		{ { "Host: localhost." }, 421 },
		{ { "Host: 127.0.0.1.nip.test" }, 421 },
		{ { "Host: 127.0.0.2" }, 421 },
		{ { "Host: 127.1" }, 421 },
		{ { "Host: 2130706433" }, 421 },
		{ { "Host: ::1" }, 421 },
		{ { "Host: 0.0.0.0:8200" }, 421 },
		{ { "Host: localhost:82x" }, 421 },
		{ { "Host: localhost:80:80" }, 421 },
		{ { "Host:" }, 421 },
	};
	const struct proxy_access access = { .hosts = { loopback, 3 } };

	EXPECT(&access, rows);
}

static void
a_host_with_a_port_is_that_port_alone(void **state)
{
	static const struct row rows[] = {
		{ { "Host: vault.test:8200" }, 0 },
		{ { "Host: vault.test" }, 421 },
		{ { "Host: vault.test:8201" }, 421 },
		{ { "Host: vault.test:820" }, 421 },
	};
	const struct proxy_access access = { .hosts = { with_port, 1 } };

	EXPECT(&access, rows);
}

static void
a_star_or_no_list_is_any_host(void **state)
{
	static const struct row rows[] = { { { "Host: evil.test" }, 0 } };
	const struct proxy_access none = { .allow_browsers = false };
	const struct proxy_access star = { .hosts = { anything, 1 } };

	EXPECT(&none, rows);
	EXPECT(&star, rows);
}

static void
rules_are_asked_last(void **state)
{
	static const struct row rows[] = {
		{ { "Origin: null", "Host: evil.test" }, 403 },
		{ { "Host: evil.test" }, 421 },
		{ { "Host: localhost" }, 412 },
		{ { "Host: localhost", "X-Vault-Request: true" }, 403 },
		{ { "X-Vault-Request: true", "X-Vault-Namespace: a",
		    "X-Vault-Namespace: b" }, 400 },
	};
	const struct proxy_rule none = { .allows = false };
	const struct proxy_access access = {
		.require_request_header = true,
		.hosts = { loopback, 3 },
		.rules = { &none, 1 }
	};

	EXPECT(&access, rows);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    without_a_demand_the_request_header_does_not_matter),
		cmocka_unit_test(
		    the_request_header_must_be_there_once_and_say_true),
		cmocka_unit_test(
		    a_method_for_the_machines_on_the_way_is_refused),
		cmocka_unit_test(web_pages_are_refused),
		cmocka_unit_test(web_pages_may_come_where_that_is_said),
		cmocka_unit_test(a_host_of_the_list_is_let_in_at_any_port),
		cmocka_unit_test(another_host_is_told_that_it_is_misdirected),
		cmocka_unit_test(a_host_with_a_port_is_that_port_alone),
		cmocka_unit_test(a_star_or_no_list_is_any_host),
		cmocka_unit_test(rules_are_asked_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
