/*
 * test_rules - what the rules of a listener let through.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "proxy/proxy_rules.h"

#define ALLOW PROXY_VERDICT_ALLOW
#define DENY PROXY_VERDICT_DENY
#define UNCLEAR PROXY_VERDICT_AMBIGUOUS
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define TEXTS(list) { list, COUNT(list) }

struct row {
	const char *method;
	const char *target;		/* with its query */
	const char *ns;			/* NULL: no such field */
	enum proxy_verdict verdict;
};

static enum proxy_verdict
judge(const struct proxy_rules *rules, const struct row *row)
{
	struct http_field field = { SPAN_LITERAL("x-vault-namespace"),
	    span_of(row->ns) };
	struct http_request request = {
		.method = span_of(row->method),
		.query = span_of(row->target),
		.fields = { &field, row->ns != NULL ? 1 : 0 }
	};

	request.path = span_cut(&request.query, '?');
	return proxy_rules_judge(rules, &request);
}

static void
expect_rows(const struct proxy_rules *rules, const struct row *rows,
    size_t count)
{
	for (size_t i = 0; i < count; i++) {
		enum proxy_verdict verdict = judge(rules, &rows[i]);

		if (verdict != rows[i].verdict)
			print_error("%s %s (%s): %d\n", rows[i].method,
			    rows[i].target, rows[i].ns, verdict);
		assert_int_equal(verdict, rows[i].verdict);
	}
}

static void
expect_rule(const struct proxy_rule *rule, const struct row *rows,
    size_t count)
{
	const struct proxy_rules rules = { rule, 1 };

	expect_rows(&rules, rows, count);
}

static void
without_rules_everything_is_allowed(void **state)
{
	static const struct row rows[] = {
		{ "GET", "/v1/secret/data/x", NULL, ALLOW },
		{ "GET", "/v1/secret//x", NULL, ALLOW },
		{ "GET", "/v1/%2e%2e/x", "a/../b", ALLOW },
	};
	const struct proxy_rules rules = { NULL, 0 };

	expect_rows(&rules, rows, COUNT(rows));
}

static void
an_allow_rule_refuses_the_rest(void **state)
{
	static const char *const methods[] = { "GET", "LIST" };
	static const char *const paths[] = { "secret/data/app/*",
		"transit/+/app" };
	static const struct proxy_rule rule = { true, TEXTS(methods),
		TEXTS(paths) };
	static const struct row rows[] = {
		{ "GET", "/v1/secret/data/app/db", NULL, ALLOW },
		{ "GET", "/v1/secret/data/app/a/b/c", NULL, ALLOW },
		{ "GET", "/v1/secret/data/app", NULL, ALLOW },
		{ "GET", "/v1/secret/data/app/", NULL, ALLOW },
		{ "HEAD", "/v1/secret/data/app/db", NULL, ALLOW },
		{ "LIST", "/v1/secret/data/app", NULL, ALLOW },
		{ "GET", "/v1/transit/encrypt/app", NULL, ALLOW },
		{ "GET", "/v1/transit/encrypt/app/", NULL, ALLOW },
		{ "POST", "/v1/secret/data/app/db", NULL, DENY },
		{ "get", "/v1/secret/data/app/db", NULL, DENY },
		{ "GETS", "/v1/secret/data/app/db", NULL, DENY },
		{ "GET", "/v1/secret/data/apple", NULL, DENY },
		{ "GET", "/v1/secret/data/ap", NULL, DENY },
		{ "GET", "/v1/secret/data", NULL, DENY },
		{ "GET", "/v1/Secret/data/app/db", NULL, DENY },
		{ "GET", "/v1/transit/app", NULL, DENY },
		{ "GET", "/v1/transit/a/b/app", NULL, DENY },
		{ "GET", "/v1/transit/encrypt/app/x", NULL, DENY },
		{ "GET", "/v1/x/secret/data/app/db", NULL, DENY },
		{ "GET", "/v1", NULL, DENY },
		{ "GET", "/secret/data/app/db", NULL, DENY },
		{ "GET", "/leasehold/v1/health", NULL, DENY },
		{ "POST", "/agent/v1/quit", NULL, DENY },
	};

	expect_rule(&rule, rows, COUNT(rows));
}

static void
deny_rules_alone_allow_the_rest(void **state)
{
	static const char *const paths[] = { "secret/data/root/*", "sys/*" };
	static const struct proxy_rule rule = { false, { NULL, 0 },
		TEXTS(paths) };
	static const struct row rows[] = {
		{ "GET", "/v1/secret/data/app", NULL, ALLOW },
		{ "GET", "/v1/secret/data/root/key", NULL, DENY },
		{ "DELETE", "/v1/secret/data/root", NULL, DENY },
		{ "GET", "/v1/sys/health", NULL, DENY },
		{ "GET", "/v1/system", NULL, ALLOW },
		{ "GET", "/leasehold/v1/health", NULL, ALLOW },
	};

	expect_rule(&rule, rows, COUNT(rows));
}

static void
the_path_is_read_as_the_server_reads_it(void **state)
{
	static const char *const paths[] = { "secret/data/a@b", "sys/*" };
	static const struct proxy_rule rule = { false, { NULL, 0 },
		TEXTS(paths) };
	static const struct row rows[] = {
		{ "GET", "/v1/secret/data/a@b", NULL, DENY },
		{ "GET", "/v1/secret/data/a%40b", NULL, DENY },
		{ "GET", "/v1/secret/%64ata/a%40%62", NULL, DENY },
		{ "GET", "/v1/%73ys/health", NULL, DENY },
		{ "GET", "/v1/%73%79%73/mounts", NULL, DENY },
		{ "GET", "/v1/secret/data/a%c3%a9", NULL, ALLOW },
		{ "GET", "/v1/sys%2Fhealth", NULL, UNCLEAR },
		{ "GET", "/v1/sys%2fhealth", NULL, UNCLEAR },
		{ "GET", "/v1/x/../sys/health", NULL, UNCLEAR },
		{ "GET", "/v1/./sys/health", NULL, UNCLEAR },
		{ "GET", "/v1/x/%2e%2e/sys/health", NULL, UNCLEAR },
		{ "GET", "/v1/x/.%2E/sys/health", NULL, UNCLEAR },
		{ "GET", "/v1//sys/health", NULL, UNCLEAR },
		{ "GET", "//v1/sys/health", NULL, UNCLEAR },
		{ "GET", "/v1/sys//health", NULL, UNCLEAR },
		{ "GET", "/v1/%2573ys/health", NULL, UNCLEAR },
		{ "GET", "/v1/sys%252Fhealth", NULL, UNCLEAR },
		{ "GET", "/v1/x/%252e%252e/sys", NULL, UNCLEAR },
		{ "GET", "/v1/x/..%5csys", NULL, UNCLEAR },
		{ "GET", "/v1/x\\..\\sys", NULL, UNCLEAR },
		{ "GET", "/v1/sys%00/x", NULL, UNCLEAR },
		{ "GET", "/v1/sys%/x", NULL, UNCLEAR },
		{ "GET", "/v1/sys%zz", NULL, UNCLEAR },
		{ "GET", "/v1/%u0073ys", NULL, UNCLEAR },
		{ "GET", "*", NULL, UNCLEAR },
		{ "GET", "", NULL, UNCLEAR },
	};

	expect_rule(&rule, rows, COUNT(rows));
}

static void
a_namespace_is_the_same_as_field_and_in_the_path(void **state)
{
	static const char *const paths[] = { "team/a/secret/*" };
	static const struct proxy_rule rule = { true, { NULL, 0 },
		TEXTS(paths) };
	static const struct row rows[] = {
		{ "GET", "/v1/team/a/secret/x", NULL, ALLOW },
		{ "GET", "/v1/a/secret/x", "team", ALLOW },
		{ "GET", "/v1/secret/x", "team/a", ALLOW },
		{ "GET", "/v1/secret/x", "/team/a/", ALLOW },
		{ "GET", "/v1/team/a/secret/x", "root", ALLOW },
		{ "GET", "/v1/team/a/secret/x", "", ALLOW },
		{ "GET", "/v1/team/a/secret/x", "/", ALLOW },
		{ "GET", "/v1/secret/x", NULL, DENY },
		{ "GET", "/v1/secret/x", "team/b", DENY },
		{ "GET", "/v1/team/a/secret/x", "other", DENY },
		{ "GET", "/v1/team/a/secret/x", "ROOT", UNCLEAR },
		{ "GET", "/v1/secret/x", "//team/a", UNCLEAR },
		{ "GET", "/v1/secret/x", "team//a", UNCLEAR },
		{ "GET", "/v1/secret/x", "team/../team/a", UNCLEAR },
		{ "GET", "/v1/secret/x", "team/./a", UNCLEAR },
		{ "GET", "/v1/secret/x", "team%2Fa", UNCLEAR },
		{ "GET", "/v1/secret/x", "team\\a", UNCLEAR },
	};

	expect_rule(&rule, rows, COUNT(rows));
}

static void
the_verb_is_the_one_the_server_sees(void **state)
{
	static const char *const methods[] = { "GET", "PUT" };
	static const struct proxy_rule rule = { true, TEXTS(methods),
		{ NULL, 0 } };
	static const struct row rows[] = {
		{ "GET", "/v1/a", NULL, ALLOW },
		{ "PUT", "/v1/a", NULL, ALLOW },
		{ "POST", "/v1/a", NULL, ALLOW },
		{ "POST", "/v1/a?list=true", NULL, ALLOW },
		{ "LIST", "/v1/a", NULL, DENY },
		{ "GET", "/v1/a?list=true", NULL, DENY },
		{ "GET", "/v1/a?x=1&list=1", NULL, DENY },
		{ "GET", "/v1/a?l%69st=%74rue", NULL, DENY },
		{ "HEAD", "/v1/a?list=T", NULL, DENY },
		{ "GET", "/v1/a?scan=true", NULL, DENY },
		{ "GET", "/v1/a?list=false", NULL, ALLOW },
		{ "GET", "/v1/a?list=", NULL, ALLOW },
		{ "GET", "/v1/a?list", NULL, ALLOW },
		{ "GET", "/v1/a?List=true", NULL, ALLOW },
		{ "GET", "/v1/a?version=2", NULL, ALLOW },
		{ "GET", "/v1/a?list=false&list=true", NULL, UNCLEAR },
		{ "GET", "/v1/a?list=true&scan=true", NULL, UNCLEAR },
		{ "GET", "/v1/a?list=perhaps", NULL, UNCLEAR },
		{ "GET", "/v1/a?list=%zz", NULL, UNCLEAR },
		{ "GET", "/v1/a?x=1;list=true", NULL, UNCLEAR },
		{ "PATCH", "/v1/a", NULL, DENY },
		{ "DELETE", "/v1/a", NULL, DENY },
	};

	expect_rule(&rule, rows, COUNT(rows));
}

static void
the_first_rule_that_fits_decides(void **state)
{
	static const char *const first[] = { "secret/data/app/root" };
	static const char *const second[] = { "secret/data/app/*" };
	static const char *const third[] = { "secret/data/app/root", "pki/*" };
	static const struct proxy_rule list[] = {
		{ false, { NULL, 0 }, TEXTS(first) },
		{ true, { NULL, 0 }, TEXTS(second) },
		{ true, { NULL, 0 }, TEXTS(third) },
	};
	static const struct row rows[] = {
		{ "GET", "/v1/secret/data/app/root", NULL, DENY },
		{ "GET", "/v1/secret/data/app/root/", NULL, DENY },
		{ "GET", "/v1/secret/data/app/root/x", NULL, ALLOW },
		{ "GET", "/v1/secret/data/app/x", NULL, ALLOW },
		{ "GET", "/v1/pki/issue/x", NULL, ALLOW },
		{ "GET", "/v1/other", NULL, DENY },
	};
	const struct proxy_rules rules = { list, COUNT(list) };

	expect_rows(&rules, rows, COUNT(rows));
}

static void
patterns_with_a_slash_are_of_any_path(void **state)
{
	static const char *const paths[] = { "/leasehold/v1/*",
		"/agent/v1/quit", "/v1/secret/x" };
	static const struct proxy_rule rule = { true, { NULL, 0 },
		TEXTS(paths) };
	static const struct row rows[] = {
		{ "GET", "/leasehold/v1/health", NULL, ALLOW },
		{ "POST", "/agent/v1/quit", NULL, ALLOW },
		{ "POST", "/agent/v1/quit", "team", ALLOW },
		{ "GET", "/v1/secret/x", NULL, ALLOW },
		{ "GET", "/v1/leasehold/v1/health", NULL, DENY },
		{ "POST", "/proxy/v1/quit", NULL, DENY },
		{ "GET", "/", NULL, DENY },
		{ "GET", "/leasehold/v1/../x", NULL, UNCLEAR },
	};

	expect_rule(&rule, rows, COUNT(rows));
}

static void
a_star_alone_stays_below_v1(void **state)
{
	static const char *const below[] = { "*" };
	static const char *const all[] = { "/*" };
	static const struct proxy_rule below_v1 = { false, { NULL, 0 },
		TEXTS(below) };
	static const struct proxy_rule everywhere = { false, { NULL, 0 },
		TEXTS(all) };
	static const struct row rows_below[] = {
		{ "GET", "/v1/x", NULL, DENY },
		{ "GET", "/v1/", NULL, DENY },
		{ "POST", "/agent/v1/quit", NULL, ALLOW },
	};
	static const struct row rows_all[] = {
		{ "GET", "/v1/x", NULL, DENY },
		{ "POST", "/agent/v1/quit", NULL, DENY },
		{ "GET", "/", NULL, DENY },
	};

	expect_rule(&below_v1, rows_below, COUNT(rows_below));
	expect_rule(&everywhere, rows_all, COUNT(rows_all));
}

static void
a_part_of_a_segment_may_stand_before_the_star(void **state)
{
	static const char *const paths[] = { "secret/data/app-*", "+/creds/*" };
	static const struct proxy_rule rule = { true, { NULL, 0 },
		TEXTS(paths) };
	static const struct row rows[] = {
		{ "GET", "/v1/secret/data/app-1", NULL, ALLOW },
		{ "GET", "/v1/secret/data/app-1/x", NULL, ALLOW },
		{ "GET", "/v1/secret/data/app-", NULL, ALLOW },
		{ "GET", "/v1/secret/data/app", NULL, DENY },
		{ "GET", "/v1/database/creds/x", NULL, ALLOW },
		{ "GET", "/v1/creds/x", NULL, DENY },
	};

	expect_rule(&rule, rows, COUNT(rows));
}

static void
patterns_and_methods_are_looked_at(void **state)
{
	static const char *const good[] = { "*", "+", "a", "a/", "a/*", "a*",
		"a/+/b", "/v1/a", "/*", "a b", "a@b", ".a" };
	static const char *const bad[] = { "", "/", "//", "a//b", "*/a",
		"a/*/b", "**", "a/../b", ".", "./a", "a+", "+*", "a%20b",
		"a?b", "a\\b" };

	for (size_t i = 0; i < COUNT(good); i++)
		assert_null(proxy_rules_path_fault(span_of(good[i])));
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_non_null(proxy_rules_path_fault(span_of(bad[i])));
	assert_null(proxy_rules_method_fault(span_of("LIST")));
	assert_non_null(proxy_rules_method_fault(span_of("")));
	assert_non_null(proxy_rules_method_fault(span_of("get")));
	assert_non_null(proxy_rules_method_fault(span_of("G T")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_rules_everything_is_allowed),
		cmocka_unit_test(an_allow_rule_refuses_the_rest),
		cmocka_unit_test(deny_rules_alone_allow_the_rest),
		cmocka_unit_test(the_path_is_read_as_the_server_reads_it),
		cmocka_unit_test(
		    a_namespace_is_the_same_as_field_and_in_the_path),
		cmocka_unit_test(the_verb_is_the_one_the_server_sees),
		cmocka_unit_test(the_first_rule_that_fits_decides),
		cmocka_unit_test(patterns_with_a_slash_are_of_any_path),
		cmocka_unit_test(a_star_alone_stays_below_v1),
		cmocka_unit_test(a_part_of_a_segment_may_stand_before_the_star),
		cmocka_unit_test(patterns_and_methods_are_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
