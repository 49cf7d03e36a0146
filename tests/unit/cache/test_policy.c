/*
 * test_policy - what may be asked, what may be kept, for how long.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "fixture.h"

#include "../../../src/cache/cache_policy.h"

struct access_case {
	const char *method;
	const char *path;
	enum cache_policy_access access;
};

static const struct access_case access_cases[] = {
	{ "GET", "/v1/db/creds/app", CACHE_POLICY_READ },
	{ "LIST", "/v1/secret/metadata", CACHE_POLICY_READ },
	{ "POST", "/v1/auth/approle/login", CACHE_POLICY_WRITE },
	{ "PUT", "/v1/auth/token/create", CACHE_POLICY_WRITE },
	{ "POST", "/v1/auth/token/create-orphan", CACHE_POLICY_WRITE },
	{ "HEAD", "/v1/db/creds/app", CACHE_POLICY_PASS },
	{ "DELETE", "/v1/db/creds/app", CACHE_POLICY_PASS },
	{ "PATCH", "/v1/db/creds/app", CACHE_POLICY_PASS },
	{ "OPTIONS", "/v1/db/creds/app", CACHE_POLICY_PASS },
	{ "get", "/v1/db/creds/app", CACHE_POLICY_PASS },
	{ "GET", "/ui/", CACHE_POLICY_PASS },
	{ "GET", "/v1/sys/mounts", CACHE_POLICY_PASS },
	{ "GET", "/v1/ns1/sys/health", CACHE_POLICY_PASS },
	{ "PUT", "/v1/sys/leases/renew", CACHE_POLICY_PASS },
	{ "PUT", "/v1/sys/leases/renew/db/creds/app/1", CACHE_POLICY_PASS },
	{ "PUT", "/v1/sys/renew/db/creds/app/1", CACHE_POLICY_PASS },
	{ "PUT", "/v1/auth/token/renew", CACHE_POLICY_PASS },
	{ "PUT", "/v1/ns1/auth/token/renew-self", CACHE_POLICY_PASS },
	{ "GET", "/v1/auth/token/lookup-self", CACHE_POLICY_PASS },
	{ "POST", "/v1/auth/token/lookup", CACHE_POLICY_PASS },
	{ "PUT", "/v1/auth/token/revoke", CACHE_POLICY_PASS },
	{ "PUT", "/v1/sys/leases/revoke", CACHE_POLICY_PASS },
	{ "GET", "/v1/db/../sys/mounts", CACHE_POLICY_PASS },
	{ "GET", "/v1/db//creds", CACHE_POLICY_PASS }
};

static const struct secret *const some_token = (const void *)"";

static struct cache_ask
ask_of(const char *method, const char *path)
{
	return (struct cache_ask){
		.method = span_of(method), .path = span_of(path),
		.identity = CACHE_IDENTITY_OWN, .token = some_token
	};
}

static enum cache_policy_access
access_with(const char *name, const char *value)
{
	struct http_field field = { span_of(name), span_of(value) };
	struct cache_ask ask = ask_of("GET", "/v1/db/creds/app");

	ask.fields = (struct http_fields){ &field, 1 };
	return cache_policy_access(&ask);
}

static void
method_and_path_decide_what_may_be_asked(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(access_cases) / sizeof(access_cases[0]); i++) {
		const struct access_case *row = &access_cases[i];
		struct cache_ask ask = ask_of(row->method, row->path);

		if (cache_policy_access(&ask) != row->access)
			fail_msg("%s %s", row->method, row->path);
	}
}

static void
a_request_to_wrap_is_never_asked(void **state)
{
	assert_int_equal(access_with("X-Vault-Wrap-TTL", "5m"),
	    CACHE_POLICY_PASS);
}

static void
who_shows_a_credential_asks_for_itself(void **state)
{
	struct cache_ask ask = ask_of("POST", "/v1/auth/kerberos/login");

	ask.has_credential = true;
	assert_int_equal(cache_policy_access(&ask), CACHE_POLICY_PASS);
}

static void
no_store_bypasses_and_no_cache_refetches(void **state)
{
	struct http_field field = { SPAN_LITERAL("Cache-Control"),
	    SPAN_LITERAL("max-age=0, no-cache") };
	struct cache_ask ask = ask_of("GET", "/v1/db/creds/app");

	assert_int_equal(access_with("Cache-Control", "no-store"),
	    CACHE_POLICY_PASS);
	assert_int_equal(access_with("Cache-Control", "no-cache"),
	    CACHE_POLICY_READ);
	assert_false(cache_policy_must_refetch(&ask));
	ask.fields = (struct http_fields){ &field, 1 };
	assert_true(cache_policy_must_refetch(&ask));
}

static void
without_a_token_only_logins_are_asked(void **state)
{
	struct cache_ask login = ask_of("POST", "/v1/auth/approle/login");
	struct cache_ask read = ask_of("GET", "/v1/db/creds/app");

	login.identity = read.identity = CACHE_IDENTITY_NONE;
	login.token = read.token = NULL;
	assert_int_equal(cache_policy_access(&login), CACHE_POLICY_WRITE);
	assert_int_equal(cache_policy_access(&read), CACHE_POLICY_PASS);
}

static bool
wants(unsigned status, const char *type, int64_t length)
{
	struct http_field field = { SPAN_LITERAL("Content-Type"),
	    span_of(type) };
	struct http_head head = { status, { &field, 1 }, length };

	return cache_policy_wants(&head, 1000);
}

static void
rule_1_status_below_300(void **state)
{
	assert_true(wants(200, "application/json", -1));
	assert_true(wants(201, "application/json", 10));
	assert_false(wants(100, "application/json", -1));
	assert_false(wants(302, "application/json", -1));
	assert_false(wants(404, "application/json", -1));
}

static void
rule_2_content_type_is_json(void **state)
{
	assert_true(wants(200, "application/json; charset=utf-8", -1));
	assert_false(wants(200, "application/json; v=1", -1));
	assert_false(wants(200, "application/json; charset=a; v=1", -1));
	assert_false(wants(200, "text/html", -1));
	assert_false(wants(200, "", -1));
}

static void
rule_5_body_is_not_empty(void **state)
{
	assert_false(wants(204, "application/json", 0));
}

static void
a_body_over_the_limit_is_not_wanted(void **state)
{
	assert_true(wants(200, "application/json", 1000));
	assert_false(wants(200, "application/json", 1001));
}

static enum cache_policy_verdict
judge(const char *body, bool is_managed)
{
	struct vault_envelope envelope;
	enum cache_policy_verdict verdict;

	assert_int_equal(vault_envelope_parse(span_of(body), &envelope),
	    LH_OK);
	verdict = cache_policy_judge(&envelope, is_managed);
	vault_envelope_release(&envelope);
	return verdict;
}

static void
only_what_nobody_renews_may_live_by_what_it_tells(void **state)
{
	static const struct { const char *body; bool may_live; } cases[] = {
		{ "{\"lease_id\":\"\",\"data\":{\"ttl\":5}}", true },
		{ "{\"data\":{\"ttl\":5,\"renewable\":true}}", true },
		{ FIXTURE_LAST_LEASE("aws/sts/a/1", 60), true },
		{ FIXTURE_LEASE("db/1", 60), false },
		{ "{\"renewable\":true,\"data\":{\"ttl\":5}}", false },
		{ "{\"data\":{\"ttl\":5},\"wrap_info\":{}}", false },
		{ "{\"data\":{\"ttl\":5},\"auth\":{}}", false }
	};
	struct vault_envelope envelope;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(vault_envelope_parse(
		    span_of(cases[i].body), &envelope), LH_OK);
		assert_int_equal(cache_policy_may_live(&envelope, true),
		    cases[i].may_live);
		assert_false(cache_policy_may_live(&envelope, false));
		vault_envelope_release(&envelope);
	}
}

static void
rule_6_what_is_not_renewable_passes(void **state)
{
	assert_int_equal(judge(FIXTURE_LAST_LEASE("db/1", 60), true),
	    CACHE_POLICY_DROP);
	assert_int_equal(judge("{\"auth\":{\"client_token\":\"t\","
	    "\"lease_duration\":60,\"renewable\":false,\"orphan\":true}}",
	    true), CACHE_POLICY_DROP);
}

static void
rule_7a_a_lease_needs_a_managed_token(void **state)
{
	assert_int_equal(judge(FIXTURE_LEASE("db/1", 60), true),
	    CACHE_POLICY_KEEP_LEASE);
	assert_int_equal(judge(FIXTURE_LEASE("db/1", 60), false),
	    CACHE_POLICY_DROP);
}

static void
rule_7b_a_token_is_orphan_or_of_a_managed_one(void **state)
{
	assert_int_equal(judge(FIXTURE_AUTH("t", "a", 60, true), false),
	    CACHE_POLICY_KEEP_TOKEN);
	assert_int_equal(judge(FIXTURE_AUTH("t", "a", 60, false), true),
	    CACHE_POLICY_KEEP_TOKEN);
	assert_int_equal(judge(FIXTURE_AUTH("t", "a", 60, false), false),
	    CACHE_POLICY_DROP);
}

static void
rule_8_neither_lease_nor_token_passes(void **state)
{
	assert_int_equal(judge("{\"lease_id\":\"\",\"renewable\":true,"
	    "\"lease_duration\":60,\"data\":{}}", true), CACHE_POLICY_DROP);
}

static void
a_wrapped_answer_passes(void **state)
{
	assert_int_equal(judge("{\"lease_id\":\"db/1\",\"renewable\":true,"
	    "\"lease_duration\":60,\"wrap_info\":{\"token\":\"t\"}}", true),
	    CACHE_POLICY_DROP);
}

static void
batch_and_counted_tokens_pass(void **state)
{
	assert_int_equal(judge("{\"auth\":{\"client_token\":\"t\","
	    "\"lease_duration\":60,\"renewable\":true,\"orphan\":true,"
	    "\"token_type\":\"batch\"}}", true), CACHE_POLICY_DROP);
	assert_int_equal(judge("{\"auth\":{\"client_token\":\"t\","
	    "\"lease_duration\":60,\"renewable\":true,\"orphan\":true,"
	    "\"num_uses\":3}}", true), CACHE_POLICY_DROP);
}

static void
a_life_of_nothing_passes(void **state)
{
	assert_int_equal(judge(FIXTURE_LEASE("db/1", 0), true),
	    CACHE_POLICY_DROP);
	assert_int_equal(judge(FIXTURE_AUTH("t", "a", 0, true), true),
	    CACHE_POLICY_DROP);
}

static void
the_floor_is_a_part_of_the_life_and_a_second_at_least(void **state)
{
	struct cache_options options;

	cache_options_init(&options);
	assert_int_equal(cache_policy_floor(&options, 100000), 10000);
	assert_int_equal(cache_policy_floor(&options, 2000), 1000);
}

static void
renewal_is_at_two_thirds_jittered(void **state)
{
	assert_in_range(cache_policy_renew_after(90000, 0), 53000, 55000);
	assert_in_range(cache_policy_renew_after(90000, 0.5), 59000, 61000);
	assert_in_range(cache_policy_renew_after(90000, 0.999), 65000, 67000);
}

static void
a_renewal_that_gains_little_is_the_last(void **state)
{
	struct cache_policy_renewal renewal = {
		.renewable = true, .life = 3600000, .left = 1200000,
		.granted = 3600000
	};

	assert_false(cache_policy_is_ending(&renewal));
	renewal.life = 1210000;		/* no more than there was */
	assert_true(cache_policy_is_ending(&renewal));
	renewal.life = 3000000;
	renewal.left = 2990000;
	assert_true(cache_policy_is_ending(&renewal));
	renewal.life = 3600000;		/* renewed twice in a row */
	renewal.left = 3600000;
	assert_false(cache_policy_is_ending(&renewal));
	renewal.left = 1200000;
	renewal.life = 1700000;		/* below half of the first */
	assert_true(cache_policy_is_ending(&renewal));
	renewal.life = 3600000;
	renewal.renewable = false;
	assert_true(cache_policy_is_ending(&renewal));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(method_and_path_decide_what_may_be_asked),
		cmocka_unit_test(a_request_to_wrap_is_never_asked),
		cmocka_unit_test(who_shows_a_credential_asks_for_itself),
		cmocka_unit_test(no_store_bypasses_and_no_cache_refetches),
		cmocka_unit_test(without_a_token_only_logins_are_asked),
		cmocka_unit_test(rule_1_status_below_300),
		cmocka_unit_test(rule_2_content_type_is_json),
		cmocka_unit_test(rule_5_body_is_not_empty),
		cmocka_unit_test(a_body_over_the_limit_is_not_wanted),
		cmocka_unit_test(
		    only_what_nobody_renews_may_live_by_what_it_tells),
		cmocka_unit_test(rule_6_what_is_not_renewable_passes),
		cmocka_unit_test(rule_7a_a_lease_needs_a_managed_token),
		cmocka_unit_test(rule_7b_a_token_is_orphan_or_of_a_managed_one),
		cmocka_unit_test(rule_8_neither_lease_nor_token_passes),
		cmocka_unit_test(a_wrapped_answer_passes),
		cmocka_unit_test(batch_and_counted_tokens_pass),
		cmocka_unit_test(a_life_of_nothing_passes),
		cmocka_unit_test(
		    the_floor_is_a_part_of_the_life_and_a_second_at_least),
		cmocka_unit_test(renewal_is_at_two_thirds_jittered),
		cmocka_unit_test(a_renewal_that_gains_little_is_the_last)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
