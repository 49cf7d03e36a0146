/*
 * test_api - our own calls: what is sent, and what the answers mean.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "vault/vault_api.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake_http.h"

struct heard {
	unsigned replies;
	struct vault_reply last;
	char body[128];
	struct vault_op *op;
};

struct fixture {
	struct vault_client *client;
	struct vault_api *api;
	struct secret *token;
	struct heard heard;
};

static void
hear(void *arg, const struct vault_reply *reply)
{
	struct heard *heard = arg;

	heard->replies++;
	heard->last = *reply;
	if (reply->body.len > 0 && reply->body.len < sizeof(heard->body))
		memcpy(heard->body, reply->body.ptr, reply->body.len);
	vault_op_cancel(heard->op);		/* harmless by contract */
}

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct vault_client_options options;
	struct vault_client_env env = { 0 };
	struct lh_cause cause;
	bool locked;

	vault_envelope_start_library();
	if (f == NULL || secret_start(&locked) != LH_OK)
		return -1;
	env.loop = fake_start();
	vault_client_options_init(&options);
	options.addresses[0] = "http://vault";
	if (vault_client_new(&options, &env, &f->client, &cause) != LH_OK)
		return -1;
	f->api = vault_api_new(f->client, env.loop);
	f->token = secret_new(SPAN_LITERAL("hvs.t"));
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	vault_api_free(f->api);
	vault_client_free(f->client);
	secret_unref(&f->token);
	fake_stop();
	secret_stop();
	free(f);
	return 0;
}

static void
look_up(struct fixture *f)
{
	assert_int_equal(vault_api_lookup_self(f->api, f->token, SPAN_NONE,
	    hear, &f->heard, &f->heard.op), LH_OK);
}

static void
assert_sent(size_t n, const char *url, const char *text)
{
	assert_string_equal(fake_url(n), url);
	assert_string_equal(fake_text(n), text);
}

static void
each_call_about_a_token_is_sent_as_vault_wants_it(void **state)
{
	struct fixture *f = *state;
	struct vault_op *op;

	look_up(f);
	assert_sent(0, "http://vault/v1/auth/token/lookup-self",
	    "GET\nX-Vault-Request: true\nUser-Agent: leasehold\n"
	    "X-Vault-Token: hvs.t\n\n");
	assert_int_equal(vault_api_renew_self(f->api, f->token,
	    SPAN_LITERAL("ns/"), hear, &f->heard, &op), LH_OK);
	assert_sent(1, "http://vault/v1/auth/token/renew-self",
	    "PUT\nX-Vault-Request: true\nContent-Type: application/json\n"
	    "X-Vault-Namespace: ns/\nUser-Agent: leasehold\n"
	    "X-Vault-Token: hvs.t\n\n{\"increment\":0}");
	assert_int_equal(vault_api_revoke_self(f->api, f->token, SPAN_NONE,
	    hear, &f->heard, &op), LH_OK);
	assert_sent(2, "http://vault/v1/auth/token/revoke-self",
	    "PUT\nX-Vault-Request: true\nUser-Agent: leasehold\n"
	    "X-Vault-Token: hvs.t\n\n");
}

static void
a_lease_id_is_escaped_in_its_body(void **state)
{
	struct fixture *f = *state;
	const struct vault_lease_ref lease = {
		"db/\"\\\n\xc3\xa4", f->token, SPAN_NONE
	};
	struct vault_op *op;

	assert_int_equal(vault_api_renew_lease(f->api, &lease, hear,
	    &f->heard, &op), LH_OK);
	assert_string_equal(fake_url(0), "http://vault/v1/sys/leases/renew");
	assert_non_null(strstr(fake_text(0), "\n\n{\"increment\":0,"
	    "\"lease_id\":\"db/\\\"\\\\\\u000a\xc3\xa4\"}"));
	assert_int_equal(vault_api_revoke_lease(f->api, &lease, hear,
	    &f->heard, &op), LH_OK);
	assert_string_equal(fake_url(1), "http://vault/v1/sys/leases/revoke");
	assert_non_null(strstr(fake_text(1), "\n\n{\"lease_id\":\"db/"));
}

static void
a_free_call_takes_body_and_wrapping(void **state)
{
	struct fixture *f = *state;
	struct secret *body = secret_new(SPAN_LITERAL("{\"role_id\":1}"));
	const struct vault_ask ask = {
		.method = SPAN_LITERAL("PUT"),
		.path = SPAN_LITERAL("/v1/auth/approle/login"),
		.body = body,
		.wrap_ttl = SPAN_LITERAL("5m"),
		.timeout = 1000
	};

	assert_int_equal(vault_api_ask(f->api, &ask, hear, &f->heard,
	    &f->heard.op), LH_OK);
	secret_unref(&body);
	assert_sent(0, "http://vault/v1/auth/approle/login",
	    "PUT\nX-Vault-Request: true\nContent-Type: application/json\n"
	    "X-Vault-Wrap-TTL: 5m\nUser-Agent: leasehold\n\n"
	    "{\"role_id\":1}");
	fake_advance(1000);
	assert_int_equal(f->heard.replies, 1);
	assert_int_equal(f->heard.last.verdict, VAULT_VERDICT_DOWN);
	assert_int_equal(f->heard.last.status, 0);
	assert_true(f->heard.last.error[0] != '\0');
}

static void
an_answer_is_gathered_and_told_once(void **state)
{
	struct fixture *f = *state;

	look_up(f);
	fake_head(0, 200, "");
	(void)fake_body(0, SPAN_LITERAL("{\"data\":"));
	(void)fake_body(0, SPAN_LITERAL("{}}"));
	assert_int_equal(f->heard.replies, 0);
	fake_done(0, LH_OK);
	assert_int_equal(f->heard.replies, 1);
	assert_int_equal(f->heard.last.verdict, VAULT_VERDICT_OK);
	assert_int_equal(f->heard.last.status, 200);
	assert_int_equal(f->heard.last.retry_after, -1);
	assert_string_equal(f->heard.last.error, "");
	assert_string_equal(f->heard.body, "{\"data\":{}}");
}

static void
an_error_is_told_in_its_words_and_never_retried(void **state)
{
	struct fixture *f = *state;

	look_up(f);
	fake_answer(0, 503, "Retry-After: 30",
	    "{\"errors\":[\"Vault is sealed\"]}");
	assert_int_equal(f->heard.replies, 1);
	assert_int_equal(f->heard.last.verdict, VAULT_VERDICT_BUSY);
	assert_int_equal(f->heard.last.retry_after, 30000);
	assert_string_equal(f->heard.last.error, "Vault is sealed");
	look_up(f);
	fake_answer(1, 502, "", "<html>");
	assert_string_equal(f->heard.last.error, "status 502");
	look_up(f);
	fake_done(2, LH_ERR_UNREACHABLE);
	assert_int_equal(f->heard.last.status, 0);
	assert_int_equal(f->heard.last.verdict, VAULT_VERDICT_DOWN);
	assert_string_equal(f->heard.last.error, "the fake says so");
	assert_int_equal(fake_requests(), 3);
}

static void
an_answer_beyond_the_ceiling_is_refused(void **state)
{
	struct fixture *f = *state;
	char *large = calloc(1, VAULT_API_MAX_ANSWER);

	look_up(f);
	fake_head(0, 200, "");
	(void)fake_body(0, (struct span){ large, VAULT_API_MAX_ANSWER });
	assert_int_equal(f->heard.replies, 0);
	(void)fake_body(0, SPAN_LITERAL("x"));
	assert_int_equal(f->heard.replies, 1);
	assert_int_equal(f->heard.last.verdict, VAULT_VERDICT_REFUSED);
	assert_false(fake_is_open(0));
	free(large);
}

static void
a_cancelled_operation_is_silent(void **state)
{
	struct fixture *f = *state;

	look_up(f);
	fake_head(0, 200, "");
	vault_op_cancel(f->heard.op);
	assert_false(fake_is_open(0));
	vault_op_cancel(NULL);
	look_up(f);
	vault_api_free(f->api);
	f->api = NULL;
	fake_advance(60000);
	assert_false(fake_is_open(1));
	assert_int_equal(f->heard.replies, 0);
}

static void
a_start_that_fails_is_told_at_once(void **state)
{
	const struct vault_lease_ref lease = { "l", NULL, SPAN_NONE };
	struct fixture *f = *state;
	struct vault_op *op = NULL;

	fake_refuse_starts(LH_ERR_LIMIT);
	assert_int_equal(vault_api_renew_lease(f->api, &lease, hear,
	    &f->heard, &op), LH_ERR_LIMIT);
	assert_null(op);
	assert_int_equal(f->heard.replies, 0);
}

struct verdict_case {
	unsigned status;
	const char *errors;
	bool retry_after;
	enum vault_verdict verdict;
};

static const struct verdict_case verdict_cases[] = {
	{ 200, "", false, VAULT_VERDICT_OK },
	{ 204, "", false, VAULT_VERDICT_OK },
	{ 0, "", false, VAULT_VERDICT_DOWN },
	{ 307, "", false, VAULT_VERDICT_DOWN },
	{ 400, "missing client token", false, VAULT_VERDICT_REFUSED },
	{ 400, "lease not found", false, VAULT_VERDICT_GONE },
	{ 400, "invalid lease ID", false, VAULT_VERDICT_GONE },
	{ 400, "permission denied", false, VAULT_VERDICT_DENIED },
	{ 403, "permission denied", false, VAULT_VERDICT_DENIED },
	{ 403, "", false, VAULT_VERDICT_DENIED },
	{ 403, "2 errors occurred:* permission denied* invalid token", false,
	    VAULT_VERDICT_DEAD_TOKEN },
	{ 403, "bad token", false, VAULT_VERDICT_DEAD_TOKEN },
	{ 404, "", false, VAULT_VERDICT_GONE },
	{ 405, "", false, VAULT_VERDICT_REFUSED },
	{ 412, "", false, VAULT_VERDICT_DOWN },
	{ 429, "", false, VAULT_VERDICT_BUSY },
	{ 472, "", false, VAULT_VERDICT_DOWN },
	{ 473, "", false, VAULT_VERDICT_DOWN },
	{ 500, "", true, VAULT_VERDICT_DOWN },
	{ 503, "", false, VAULT_VERDICT_DOWN },
	{ 503, "", true, VAULT_VERDICT_BUSY }
};

static void
every_status_has_its_verdict(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(verdict_cases) / sizeof(verdict_cases[0]);
	    i++) {
		const struct verdict_case *c = &verdict_cases[i];

		if (vault_verdict_of(c->status, c->errors, c->retry_after) !=
		    c->verdict)
			fail_msg("%u %s", c->status, c->errors);
	}
}

static void
a_failure_is_told_with_its_status_if_it_has_one(void **state)
{
	struct lh_cause cause;

	vault_reply_text(&(struct vault_reply){ .status = 503,
	    .error = "sealed" }, &cause);
	assert_string_equal(cause.text, "status 503: sealed");
	vault_reply_text(&(struct vault_reply){ .error = "no route" },
	    &cause);
	assert_string_equal(cause.text, "no route");
	vault_reply_text(&(struct vault_reply){ .status = 500 }, &cause);
	assert_string_equal(cause.text, "status 500: no reason was given");
}

#define fixture_test(test) \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(
		    each_call_about_a_token_is_sent_as_vault_wants_it),
		fixture_test(a_lease_id_is_escaped_in_its_body),
		fixture_test(a_free_call_takes_body_and_wrapping),
		fixture_test(an_answer_is_gathered_and_told_once),
		fixture_test(an_error_is_told_in_its_words_and_never_retried),
		fixture_test(an_answer_beyond_the_ceiling_is_refused),
		fixture_test(a_cancelled_operation_is_silent),
		fixture_test(a_start_that_fails_is_told_at_once),
		cmocka_unit_test(every_status_has_its_verdict),
		cmocka_unit_test(
		    a_failure_is_told_with_its_status_if_it_has_one)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
