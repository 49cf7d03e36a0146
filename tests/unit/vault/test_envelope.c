/*
 * test_envelope - facts of answers, and answers without our token.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "vault/vault_envelope.h"

static struct secret *
token_new(const char *text)
{
	struct secret *token = secret_new(span_of(text));

	assert_non_null(token);
	return token;
}

static void
assert_secret(const struct secret *secret, const char *text)
{
	assert_true(span_equal(secret_lend(secret), span_of(text)));
}

static void
a_leased_answer_gives_its_facts(void **state)
{
	struct vault_envelope env;

	assert_int_equal(vault_envelope_parse(SPAN_LITERAL(
	    "{\"lease_id\":\"db/creds/a/x\",\"lease_duration\":60,"
	    "\"renewable\":true,\"data\":{\"n\":123456789012345678901234},"
	    "\"auth\":null,\"wrap_info\":null,\"mount_type\":\"database\"}"),
	    &env), LH_OK);
	assert_string_equal(env.lease_id, "db/creds/a/x");
	assert_int_equal(env.lease_duration_s, 60);
	assert_true(env.renewable);
	assert_true(env.has_data);
	assert_false(env.has_auth);
	assert_false(env.has_wrap);
	assert_string_equal(env.mount_type, "database");
	vault_envelope_release(&env);
}

static void
a_login_gives_a_token(void **state)
{
	struct vault_envelope env;

	assert_int_equal(vault_envelope_parse(SPAN_LITERAL(
	    "{\"lease_id\":\"\",\"auth\":{\"client_token\":\"hvs.a\","
	    "\"accessor\":\"acc\",\"lease_duration\":2764800,"
	    "\"renewable\":true,\"orphan\":true,\"num_uses\":3,"
	    "\"token_type\":\"batch\"}}"), &env), LH_OK);
	assert_null(env.lease_id);
	assert_true(env.has_auth);
	assert_secret(env.auth.token, "hvs.a");
	assert_string_equal(env.auth.accessor, "acc");
	assert_int_equal(env.auth.ttl_s, 2764800);
	assert_int_equal(env.auth.num_uses, 3);
	assert_true(env.auth.renewable);
	assert_true(env.auth.orphan);
	assert_true(env.auth.is_batch);
	vault_envelope_release(&env);
}

static void
a_wrapped_answer_gives_its_wrapping(void **state)
{
	struct vault_envelope env;

	assert_int_equal(vault_envelope_parse(SPAN_LITERAL(
	    "{\"wrap_info\":{\"token\":\"hvs.w\",\"accessor\":\"a\","
	    "\"ttl\":300,\"creation_time\":\"2020-01-01T00:00:00Z\","
	    "\"creation_path\":\"auth/x\"}}"), &env), LH_OK);
	assert_true(env.has_wrap);
	assert_secret(env.wrap.token, "hvs.w");
	assert_string_equal(env.wrap.creation_path, "auth/x");
	assert_int_equal(env.wrap.ttl_s, 300);
	vault_envelope_release(&env);
}

static void
absurd_durations_are_cut(void **state)
{
	static const struct { const char *value; int64_t seconds; } cases[] = {
		{ "-1", 0 }, { "1e300", VAULT_DURATION_MAX_S },
		{ "99999999999999999999", VAULT_DURATION_MAX_S },
		{ "3.9", 3 }, { "\"60\"", 0 }, { "null", 0 }, { "true", 0 }
	};
	struct vault_envelope env;
	char body[64];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(body, sizeof(body), "{\"lease_duration\":%s}",
		    cases[i].value);
		assert_int_equal(vault_envelope_parse(span_of(body), &env),
		    LH_OK);
		assert_int_equal(env.lease_duration_s, cases[i].seconds);
		vault_envelope_release(&env);
	}
}

static void
wrong_shapes_are_refused_and_wrong_members_absent(void **state)
{
	struct vault_envelope env;
	char deep[200];

	assert_int_equal(vault_envelope_parse(SPAN_LITERAL("[]"), &env),
	    LH_ERR_FORMAT);
	assert_int_equal(vault_envelope_parse(SPAN_NONE, &env),
	    LH_ERR_FORMAT);
	memset(deep, '[', sizeof(deep));
	assert_int_equal(vault_envelope_parse(
	    (struct span){ deep, sizeof(deep) }, &env), LH_ERR_LIMIT);
	assert_int_equal(vault_envelope_parse(SPAN_LITERAL(
	    "{\"lease_id\":1,\"renewable\":\"yes\",\"auth\":[],\"data\":1,"
	    "\"wrap_info\":{\"token\":{}},\"mount_type\":\"a\\u0000b\"}"),
	    &env), LH_OK);
	assert_null(env.lease_id);
	assert_false(env.renewable);
	assert_false(env.has_auth);
	assert_false(env.has_data);
	assert_null(env.wrap.token);
	assert_string_equal(env.mount_type, "");
	vault_envelope_release(&env);
}

static void
a_token_lookup_gives_the_life_of_the_token(void **state)
{
	struct vault_token_facts facts;

	assert_int_equal(vault_envelope_token_data(SPAN_LITERAL(
	    "{\"data\":{\"id\":\"hvs.a\",\"accessor\":\"acc\",\"ttl\":70,"
	    "\"explicit_max_ttl\":90,\"period\":30,\"renewable\":true,"
	    "\"policies\":[\"root\"],\"type\":\"service\"}}"), &facts),
	    LH_OK);
	assert_secret(facts.token, "hvs.a");
	assert_int_equal(facts.ttl_s, 70);
	assert_int_equal(facts.explicit_max_ttl_s, 90);
	assert_int_equal(facts.period_s, 30);
	assert_false(facts.is_root);
	vault_token_facts_release(&facts);
	assert_int_equal(vault_envelope_token_data(SPAN_LITERAL(
	    "{\"data\":{\"id\":\"r\",\"ttl\":0,\"policies\":[1,\"root\"]}}"),
	    &facts), LH_OK);
	assert_true(facts.is_root);
	vault_token_facts_release(&facts);
	assert_int_equal(vault_envelope_token_data(SPAN_LITERAL("{}"),
	    &facts), LH_ERR_FORMAT);
}

static void
errors_are_joined_without_control_bytes(void **state)
{
	char text[VAULT_ERRORS_MAX], body[2 * VAULT_ERRORS_MAX];

	vault_errors_text(SPAN_LITERAL(
	    "{\"errors\":[\"one\\n\\ttwo\",3,\"\",\"three\"]}"), text);
	assert_string_equal(text, "onetwo; three");
	vault_errors_text(SPAN_LITERAL("{\"errors\":[]}"), text);
	assert_string_equal(text, "");
	vault_errors_text(SPAN_LITERAL("<html>"), text);
	assert_string_equal(text, "");
	snprintf(body, sizeof(body), "{\"errors\":[\"%0*d\"]}",
	    (int)sizeof(body) - 32, 0);
	vault_errors_text(span_of(body), text);
	assert_int_equal(strlen(text), VAULT_ERRORS_MAX - 1);
}

struct strip_case {
	const char *body;
	const char *stripped;	/* NULL: not changed */
};

static const struct strip_case strip_cases[] = {
	{ "{\"data\":{\"accessor\":\"a\",\"id\":\"hvs.us\",\"ttl\":1}}",
	    "{\"data\":{\"ttl\":1}}" },
	{ "{\"data\":{\"ttl\":1, \"id\":\"hvs.us\",\"accessor\":\"a\"}}\n",
	    "{\"data\":{\"ttl\":1}}\n" },
	{ "{\"data\":{\"ttl\":1,\"id\":\"hvs.us\",\"x\":[1,{\"id\":2}] ,"
	    "\"accessor\":\"a\", \"y\":1e99}}",
	    "{\"data\":{\"ttl\":1,\"x\":[1,{\"id\":2}], \"y\":1e99}}" },
	{ "{\"data\":{ \"id\" : \"hvs.us\" }}", "{\"data\":{  }}" },
	{ "{\"data\":{\"\\u0069d\":\"hvs\\u002eus\",\"n\":1}}",
	    "{\"data\":{\"n\":1}}" },
	{ "{\"n\":12345678901234567890123,\"auth\":{\"client_token\":"
	    "\"hvs.us\",\"accessor\" : \"a\",\"new\":[]},\"data\":null}",
	    "{\"n\":12345678901234567890123,\"auth\":{\"client_token\":"
	    "\"\",\"accessor\" : \"\",\"new\":[]},\"data\":null}" },
	{ "{\"data\":{\"id\":\"hvs.xx\",\"accessor\":\"a\"}}", NULL },
	{ "{\"data\":{\"id\":\"\",\"accessor\":\"a\"}}", NULL },
	{ "{\"data\":{\"x\":{\"id\":\"hvs.us\"}}}", NULL },
	{ "{\"id\":\"hvs.no\"}", NULL },
	{ "{\"help\":\"h\", \"id\" : \"hvs.us\",\"openapi\":{\"id\":1}}",
	    "{\"help\":\"h\", \"id\" : \"\",\"openapi\":{\"id\":1}}" },
	{ "{\"data\":{\"id\":\"hvs.core\",\"accessor\":\"ours\",\"ttl\":1}}",
	    "{\"data\":{\"ttl\":1}}" },
	{ "{\"auth\":{\"client_token\":\"hvs.new\",\"accessor\":\"ours\"}}",
	    "{\"auth\":{\"client_token\":\"\",\"accessor\":\"\"}}" },
	{ "{\"data\":{\"accessor\":{\"ours\":\"ours\"}}}", NULL }
};

static void
only_our_own_token_is_stripped_and_the_rest_stays(void **state)
{
	struct secret *token = token_new("hvs.us");
	const struct vault_token_names ours = { token, "ours" };
	size_t i;

	for (i = 0; i < sizeof(strip_cases) / sizeof(strip_cases[0]); i++) {
		const struct strip_case *c = &strip_cases[i];
		struct bytes into;
		bool changed;
		enum lh_err err;

		bytes_init(&into, 1024);
		err = vault_envelope_strip(span_of(c->body), &ours, &into,
		    &changed);
		assert_int_equal(err, LH_OK);
		assert_int_equal(changed, c->stripped != NULL);
		if (changed && !span_equal(bytes_span(&into),
		    span_of(c->stripped)))
			fail_msg("%s: %.*s", c->body, (int)into.len,
			    into.data);
		bytes_release(&into);
	}
	secret_unref(&token);
}

static void
a_strip_that_fails_adds_nothing(void **state)
{
	struct secret *token = token_new("hvs.us");
	const struct vault_token_names ours = { token, NULL };
	struct bytes into;
	bool changed;

	bytes_init(&into, 4);
	assert_int_equal(vault_envelope_strip(SPAN_LITERAL(
	    "{\"data\":{\"id\":\"hvs.us\"}}"), &ours, &into, &changed),
	    LH_ERR_LIMIT);
	assert_int_equal(into.len, 0);
	assert_int_equal(vault_envelope_strip(SPAN_LITERAL("{"), &ours,
	    &into, &changed), LH_ERR_FORMAT);
	assert_int_equal(vault_envelope_strip(SPAN_LITERAL(
	    "{\"data\":{\"id\":\"hvs.us\",\"n\":1e999}}"), &ours, &into,
	    &changed), LH_ERR_FORMAT);
	bytes_release(&into);
	secret_unref(&token);
}

static void
our_token_in_a_strange_place_is_an_error(void **state)
{
	static const char *const bodies[] = {
		"{\"data\":{\"new\":\"hvs.a-token-of-some-length\"}}",
		"{\"data\":{\"id\":\"hvs.a-token-of-some-length\"},"
		    "\"other\":[\"hvs.a-token-of-some-length\"]}"
	};
	struct secret *token = token_new("hvs.a-token-of-some-length");
	const struct vault_token_names ours = { token, NULL };
	struct bytes into;
	bool changed;
	size_t i;

	bytes_init(&into, 1024);
	for (i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		assert_int_equal(vault_envelope_strip(span_of(bodies[i]),
		    &ours, &into, &changed), LH_ERR_FORMAT);
		assert_int_equal(into.len, 0);
	}
	bytes_release(&into);
	secret_unref(&token);
}

static void
a_short_token_may_be_a_word(void **state)
{
	struct secret *token = token_new("root");
	const struct vault_token_names ours = { token, NULL };
	struct bytes into;
	bool changed;

	bytes_init(&into, 1024);
	assert_int_equal(vault_envelope_strip(SPAN_LITERAL(
	    "{\"data\":{\"id\":\"root\",\"policies\":[\"root\"]}}"),
	    &ours, &into, &changed), LH_OK);
	assert_true(changed);
	assert_true(span_equal(bytes_span(&into), SPAN_LITERAL(
	    "{\"data\":{\"policies\":[\"root\"]}}")));
	bytes_release(&into);
	secret_unref(&token);
}

static void
texts_of_data_are_found(void **state)
{
	struct secret *secret;

	secret = vault_envelope_data_secret(SPAN_LITERAL(
	    "{\"data\":{\"secret_id\":\"s\"}}"), "secret_id");
	assert_secret(secret, "s");
	secret_unref(&secret);
	assert_null(vault_envelope_data_secret(SPAN_LITERAL("{}"), "x"));
}

static int
start(void **state)
{
	bool locked;

	vault_envelope_start_library();
	return secret_start(&locked) == LH_OK ? 0 : -1;
}

static int
stop(void **state)
{
	secret_stop();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_leased_answer_gives_its_facts),
		cmocka_unit_test(a_login_gives_a_token),
		cmocka_unit_test(a_wrapped_answer_gives_its_wrapping),
		cmocka_unit_test(absurd_durations_are_cut),
		cmocka_unit_test(
		    wrong_shapes_are_refused_and_wrong_members_absent),
		cmocka_unit_test(a_token_lookup_gives_the_life_of_the_token),
		cmocka_unit_test(errors_are_joined_without_control_bytes),
		cmocka_unit_test(
		    only_our_own_token_is_stripped_and_the_rest_stays),
		cmocka_unit_test(a_strip_that_fails_adds_nothing),
		cmocka_unit_test(our_token_in_a_strange_place_is_an_error),
		cmocka_unit_test(a_short_token_may_be_a_word),
		cmocka_unit_test(texts_of_data_are_found)
	};

	return cmocka_run_group_tests(tests, start, stop);
}
