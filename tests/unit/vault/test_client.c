/*
 * test_client - tries, waits, redirects and what the listener hears.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client_case.h"

#define PATH CLIENT_CASE_PATH

static struct fixture *
fixture_of(void **state)
{
	return *state;
}

static void
assert_heard(const struct fixture *f, unsigned status, const char *body)
{
	assert_int_equal(f->heard.heads, 1);
	assert_int_equal(f->heard.dones, 1);
	assert_int_equal(f->heard.err, LH_OK);
	assert_int_equal(f->heard.status, status);
	assert_string_equal(f->heard.body, body);
}

static void
addresses_are_taken_or_refused(void **state)
{
	static const struct { const char *address, *url; } cases[] = {
		{ "https://vault:8200", "https://vault:8200" PATH },
		{ "http://10.0.0.1/", "http://10.0.0.1" PATH },
		{ "https://lb/vault/", "https://lb/vault" PATH },
		{ "HTTPS://u:p@[::1]:1", "HTTPS://u:p@[::1]:1" PATH },
		{ "unix:///run/vault", "http://localhost" PATH },
		{ "vault:8200", NULL }, { "ftp://vault", NULL },
		{ "https://", NULL }, { "https:///v1", NULL },
		{ "https://a b", NULL }, { "https://a?b", NULL },
		{ "https://a#b", NULL }, { "https://a\\b", NULL },
		{ "https://a@b@c", NULL }, { "unix://run", NULL }, { "", NULL }
	};
	struct fixture *f = fixture_of(state);
	struct lh_cause cause;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		f->options.addresses[0] = cases[i].address;
		if (cases[i].url == NULL) {
			assert_int_equal(vault_client_new(&f->options,
			    &f->env, &f->client, &cause), LH_ERR_CONFIG);
			continue;
		}
		client_case_start(f);
		assert_string_equal(fake_url(fake_requests() - 1),
		    cases[i].url);
		assert_null(strchr(vault_client_upstream_address(f->client, 0), '@'));
		vault_client_free(f->client);
		f->client = NULL;
	}
}

static void
a_request_is_sent_with_token_namespace_and_product(void **state)
{
	const struct http_field fields[] = {
		{ SPAN_LITERAL("x-vault-token"), SPAN_LITERAL("theirs") },
		{ SPAN_LITERAL("X-Other"), SPAN_LITERAL("1") }
	};
	struct secret *token = secret_new(SPAN_LITERAL("ours"));
	struct fixture *f = fixture_of(state);

	f->request.method = SPAN_LITERAL("PUT");
	f->request.query = SPAN_LITERAL("b=%2F&a");
	f->request.fields = (struct http_fields){ fields, 2 };
	f->request.token = token;
	f->request.namespace = SPAN_LITERAL("ns1/");
	f->request.body = SPAN_LITERAL("{}");
	f->request.has_body = true;
	client_case_start(f);
	secret_unref(&token);
	assert_string_equal(fake_url(0), "https://vault:8200" PATH
	    "?b=%2F&a");
	assert_string_equal(fake_text(0), "PUT\nX-Other: 1\n"
	    "X-Vault-Namespace: ns1/\nUser-Agent: leasehold\n"
	    "X-Vault-Token: ours\n\n{}");
	fake_answer(0, 200, "X-Mark: m", "{\"a\":1}");
	assert_heard(f, 200, "{\"a\":1}");
	assert_string_equal(f->heard.fields, "m");
}

static void
the_callers_product_stays(void **state)
{
	const struct http_field agent = {
		SPAN_LITERAL("user-agent"), SPAN_LITERAL("app")
	};
	struct fixture *f = fixture_of(state);

	f->request.fields = (struct http_fields){ &agent, 1 };
	client_case_start(f);
	assert_string_equal(fake_text(0), "GET\nuser-agent: app\n\n");
}

static void
a_path_that_is_no_path_is_refused(void **state)
{
	static const char *const paths[] = {
		"", "v1/x", "@evil/v1/x", "/v1/a b", "/v1/a#b", "/v1/a?b",
		"/v1/a\r\nX: y"
	};
	struct fixture *f = fixture_of(state);
	const struct http_call_listener listener =
	    client_case_listener(&f->heard);
	size_t i;

	client_case_make(f);
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		f->request.path = span_of(paths[i]);
		assert_int_equal(vault_client_start(f->client, &f->request,
		    &listener, &f->heard.call), LH_ERR_FORMAT);
	}
	assert_int_equal(fake_requests(), 0);
}

struct retry_case {
	enum vault_retry retry;
	unsigned status;	/* 0: err instead */
	enum lh_err err;
	bool retried;
};

static const struct retry_case retry_cases[] = {
	{ VAULT_RETRY_SAFE, 412, LH_OK, true },
	{ VAULT_RETRY_SAFE, 429, LH_OK, true },
	{ VAULT_RETRY_SAFE, 500, LH_OK, true },
	{ VAULT_RETRY_SAFE, 503, LH_OK, true },
	{ VAULT_RETRY_SAFE, 501, LH_OK, false },
	{ VAULT_RETRY_SAFE, 200, LH_OK, false },
	{ VAULT_RETRY_SAFE, 403, LH_OK, false },
	{ VAULT_RETRY_SAFE, 472, LH_OK, false },
	{ VAULT_RETRY_SAFE, 0, LH_ERR_UNREACHABLE, true },
	{ VAULT_RETRY_SAFE, 0, LH_ERR_UPSTREAM, true },
	{ VAULT_RETRY_SAFE, 0, LH_ERR_TLS, false },
	{ VAULT_RETRY_SAFE, 0, LH_ERR_LIMIT, false },
	{ VAULT_RETRY_UNSAFE, 412, LH_OK, true },
	{ VAULT_RETRY_UNSAFE, 429, LH_OK, true },
	{ VAULT_RETRY_UNSAFE, 503, LH_OK, true },
	{ VAULT_RETRY_UNSAFE, 500, LH_OK, false },
	{ VAULT_RETRY_UNSAFE, 502, LH_OK, false },
	{ VAULT_RETRY_UNSAFE, 0, LH_ERR_UNREACHABLE, true },
	{ VAULT_RETRY_UNSAFE, 0, LH_ERR_UPSTREAM, false },
	{ VAULT_RETRY_UNSAFE, 0, LH_ERR_TIMEOUT, false },
	{ VAULT_RETRY_NEVER, 503, LH_OK, false },
	{ VAULT_RETRY_NEVER, 0, LH_ERR_UNREACHABLE, false }
};

static void
only_what_may_be_repeated_is_retried(void **state)
{
	struct fixture *f = fixture_of(state);
	size_t i;

	for (i = 0; i < sizeof(retry_cases) / sizeof(retry_cases[0]); i++) {
		const struct retry_case *c = &retry_cases[i];
		size_t n = fake_requests();

		memset(&f->heard, 0, sizeof(f->heard));
		f->request.retry = c->retry;
		client_case_start(f);
		if (c->status != 0)
			fake_answer(n, c->status, "", "first");
		else
			fake_done(n, c->err);
		if (f->heard.dones != !c->retried)
			fail_msg("case %zu", i);
		if (!c->retried) {
			assert_int_equal(f->heard.err, c->err);
			assert_int_equal(f->heard.status, c->status);
			continue;
		}
		fake_advance(999);
		assert_int_equal(fake_requests(), n + 1);
		fake_advance(501);
		assert_int_equal(fake_requests(), n + 2);
		fake_answer(n + 1, 200, "", "ok");
		assert_heard(f, 200, "ok");
	}
}

static void
waits_grow_with_each_try(void **state)
{
	struct fixture *f = fixture_of(state);

	client_case_start(f);
	fake_answer(0, 503, "", "");
	fake_advance(1500);
	fake_answer(1, 503, "", "");
	fake_advance(1999);
	assert_int_equal(fake_requests(), 2);
	fake_advance(1001);
	assert_int_equal(fake_requests(), 3);
	assert_int_equal(metrics_get(f->env.metrics, METRIC_UPSTREAM_CALLS),
	    3);
	assert_int_equal(metrics_get(f->env.metrics,
	    METRIC_UPSTREAM_RETRIES), 2);
}

static void
when_tries_run_out_the_last_answer_is_passed_on(void **state)
{
	struct fixture *f = fixture_of(state);

	f->options.max_retries = 1;
	client_case_start(f);
	fake_answer(0, 503, "", "sealed");
	fake_advance(1500);
	fake_answer(1, 429, "", "busy");
	assert_heard(f, 429, "busy");
}

static void
an_answer_had_beats_a_later_broken_connection(void **state)
{
	struct fixture *f = fixture_of(state);

	f->options.max_retries = 1;
	client_case_start(f);
	fake_answer(0, 503, "X-Mark: kept", "sealed");
	fake_advance(1500);
	fake_done(1, LH_ERR_UNREACHABLE);
	assert_heard(f, 503, "sealed");
	assert_string_equal(f->heard.fields, "kept");
	assert_int_equal(metrics_get(f->env.metrics,
	    METRIC_UPSTREAM_ERRORS), 1);
}

static void
at_the_deadline_the_last_answer_is_passed_on(void **state)
{
	struct fixture *f = fixture_of(state);

	f->request.timeout = 5000;
	client_case_start(f);
	fake_answer(0, 503, "", "sealed");
	fake_advance(1500);
	assert_int_equal(fake_requests(), 2);
	fake_advance(3499);
	assert_int_equal(f->heard.dones, 0);
	fake_advance(1);
	assert_heard(f, 503, "sealed");
	assert_false(fake_is_open(1));
}

static void
at_the_deadline_without_answer_there_is_a_timeout(void **state)
{
	struct fixture *f = fixture_of(state);

	client_case_start(f);
	fake_advance(60000);
	assert_int_equal(f->heard.heads, 0);
	assert_int_equal(f->heard.dones, 1);
	assert_int_equal(f->heard.err, LH_ERR_TIMEOUT);
}

static void
a_server_that_is_silent_until_the_deadline_is_away(void **state)
{
	struct fixture *f = fixture_of(state);
	struct vault_client_state seen;

	client_case_start(f);
	fake_answer(0, 200, "", "ok");
	assert_false(vault_client_is_away(f->client));
	fake_advance(1000);
	client_case_start(f);
	fake_advance(60000);
	assert_true(vault_client_is_away(f->client));
	vault_client_state(f->client, &seen);
	assert_false(seen.reachable);
	assert_string_equal(seen.last_error,
	    "the server gave no whole answer in time");
	assert_int_equal(metrics_get(f->env.metrics,
	    METRIC_UPSTREAM_ERRORS), 1);
}

static void
a_server_that_answers_others_is_not_away_for_one_slow_request(void **state)
{
	struct fixture *f = fixture_of(state);
	struct heard slow = { .heads = 0 };
	struct http_call_listener listener = client_case_listener(&slow);

	client_case_make(f);
	assert_int_equal(vault_client_start(f->client, &f->request, &listener,
	    &slow.call), LH_OK);
	fake_advance(1000);
	client_case_start(f);
	fake_answer(1, 200, "", "ok");
	fake_advance(59000);
	assert_int_equal(slow.err, LH_ERR_TIMEOUT);
	assert_false(vault_client_is_away(f->client));
}

static void
the_deadline_covers_the_body(void **state)
{
	struct fixture *f = fixture_of(state);

	client_case_start(f);
	fake_head(0, 200, "");
	(void)fake_body(0, SPAN_LITERAL("part"));
	fake_advance(60000);
	assert_int_equal(f->heard.heads, 1);
	assert_int_equal(f->heard.err, LH_ERR_TIMEOUT);
	assert_int_equal(f->heard.dones, 1);
}

static void
a_wait_beyond_the_deadline_is_not_begun(void **state)
{
	struct fixture *f = fixture_of(state);

	client_case_start(f);
	fake_answer(0, 429, "Retry-After: 60", "busy");
	assert_heard(f, 429, "busy");
}

static void
retry_after_replaces_the_wait(void **state)
{
	struct fixture *f = fixture_of(state);

	client_case_start(f);
	fake_answer(0, 503, "Retry-After: 7", "");
	fake_advance(6999);
	assert_int_equal(fake_requests(), 1);
	fake_advance(1);
	assert_int_equal(fake_requests(), 2);
	/* Of no meaning with other answers. */
	fake_answer(1, 500, "Retry-After: 50", "");
	fake_advance(3000);
	assert_int_equal(fake_requests(), 3);
}

static void
a_retry_after_above_its_limit_is_passed_on(void **state)
{
	struct fixture *f = fixture_of(state);

	f->request.max_retry_after = 2000;
	client_case_start(f);
	fake_answer(0, 429, "Retry-After: 3", "busy");
	assert_heard(f, 429, "busy");
}

static void
an_answer_too_large_to_keep_is_passed_on(void **state)
{
	char *large = calloc(1, VAULT_CLIENT_KEPT_BYTES);
	struct fixture *f = fixture_of(state);

	client_case_start(f);
	fake_head(0, 500, "");
	f->heard.flow = HTTP_FLOW_FULL;
	assert_int_equal(fake_body(0, (struct span){ large,
	    VAULT_CLIENT_KEPT_BYTES }), HTTP_FLOW_GO);
	assert_int_equal(f->heard.heads, 0);
	assert_int_equal(fake_body(0, SPAN_LITERAL("x")), HTTP_FLOW_FULL);
	assert_int_equal(f->heard.body_bytes, VAULT_CLIENT_KEPT_BYTES + 1);
	vault_call_resume(f->heard.call);
	assert_int_equal(fake_resumes(0), 1);
	(void)fake_body(0, SPAN_LITERAL("y"));
	fake_done(0, LH_OK);
	assert_int_equal(f->heard.status, 500);
	assert_int_equal(f->heard.dones, 1);
	assert_int_equal(f->heard.body_bytes, VAULT_CLIENT_KEPT_BYTES + 2);
	free(large);
}

static void
a_kept_answer_that_breaks_counts_as_broken(void **state)
{
	struct fixture *f = fixture_of(state);

	f->options.max_retries = 1;
	client_case_start(f);
	fake_head(0, 503, "");
	(void)fake_body(0, SPAN_LITERAL("hal"));
	fake_done(0, LH_ERR_UPSTREAM);
	fake_advance(1500);
	fake_done(1, LH_ERR_UNREACHABLE);
	assert_int_equal(f->heard.heads, 0);
	assert_int_equal(f->heard.err, LH_ERR_UNREACHABLE);
}

static void
an_answer_that_breaks_after_its_head_is_not_retried(void **state)
{
	struct fixture *f = fixture_of(state);

	client_case_start(f);
	fake_head(0, 200, "");
	f->heard.flow = HTTP_FLOW_FULL;
	assert_int_equal(fake_body(0, SPAN_LITERAL("half")), HTTP_FLOW_FULL);
	fake_done(0, LH_ERR_UPSTREAM);
	assert_int_equal(f->heard.err, LH_ERR_UPSTREAM);
	fake_advance(60000);
	assert_int_equal(fake_requests(), 1);
	assert_int_equal(f->heard.dones, 1);
}

struct redirect_case {
	const char *address;
	const char *location;
	const char *url;	/* NULL: not followed */
};

static const struct redirect_case redirect_cases[] = {
	{ "https://a", "https://b:8200" PATH "?q=1", "https://b:8200" PATH
	    "?q=1" },
	{ "http://a", "http://b" PATH "?q=1", "http://b" PATH "?q=1" },
	{ "http://a", "https://b" PATH "?q=1", "https://b" PATH "?q=1" },
	{ "https://a/pre", "https://b" PATH "?q=1", "https://b" PATH "?q=1" },
	{ "https://a/pre", "https://b/pre" PATH "?q=1", "https://b/pre" PATH
	    "?q=1" },
	{ "https://a", PATH "?q=1", "https://a" PATH "?q=1" },
	{ "https://a", "http://b" PATH "?q=1", NULL },
	{ "https://a", "//b" PATH "?q=1", NULL },
	{ "https://a", "https://b" PATH, NULL },
	{ "https://a", "https://b" PATH "?q=2", NULL },
	{ "https://a", "https://b/v1/other?q=1", NULL },
	{ "https://a", "https://u@b" PATH "?q=1", NULL },
	{ "https://a", "https://b" PATH "?q=1#f", NULL },
	{ "https://a", "https://b\\@c" PATH "?q=1", NULL },
	{ "https://a", "ftp://b" PATH "?q=1", NULL },
	{ "https://a", "", NULL },
	{ "unix:///run/v", "http://b" PATH "?q=1", NULL }
};

static void
only_a_redirect_to_the_same_path_is_followed(void **state)
{
	struct fixture *f = fixture_of(state);
	size_t i;

	f->request.query = SPAN_LITERAL("q=1");
	for (i = 0; i < sizeof(redirect_cases) / sizeof(redirect_cases[0]);
	    i++) {
		const struct redirect_case *c = &redirect_cases[i];
		size_t n = fake_requests();
		char fields[128];

		memset(&f->heard, 0, sizeof(f->heard));
		f->options.addresses[0] = c->address;
		client_case_start(f);
		snprintf(fields, sizeof(fields), "Location: %s", c->location);
		fake_answer(n, 307, fields, "moved");
		fake_advance(0);
		if (fake_requests() != n + 1 + (c->url != NULL))
			fail_msg("%s", c->location);
		if (c->url == NULL)
			assert_heard(f, 307, "moved");
		else {
			assert_string_equal(fake_url(n + 1), c->url);
			assert_string_equal(fake_text(n + 1), fake_text(n));
			fake_answer(n + 1, 200, "", "leader");
			assert_heard(f, 200, "leader");
		}
		vault_client_free(f->client);
		f->client = NULL;
	}
}

static void
a_second_redirect_is_passed_on_and_a_retry_starts_anew(void **state)
{
	const char *location = "Location: https://b" PATH;
	struct fixture *f = fixture_of(state);

	client_case_start(f);
	fake_answer(0, 307, location, "");
	fake_advance(0);
	fake_answer(1, 503, "", "");
	fake_advance(1500);
	assert_string_equal(fake_url(2), "https://vault:8200" PATH);
	fake_answer(2, 307, location, "");
	fake_advance(0);
	fake_answer(3, 307, "Location: https://c" PATH, "again");
	assert_heard(f, 307, "again");
}

static void
a_redirect_with_an_endless_body_is_left(void **state)
{
	char *large = calloc(1, VAULT_CLIENT_KEPT_BYTES + 1);
	struct fixture *f = fixture_of(state);

	client_case_start(f);
	fake_head(0, 302, "Location: https://b" PATH);
	(void)fake_body(0, (struct span){ large,
	    VAULT_CLIENT_KEPT_BYTES + 1 });
	assert_false(fake_is_open(0));
	fake_advance(0);
	fake_answer(1, 200, "", "leader");
	assert_heard(f, 200, "leader");
	free(large);
}

static void
a_cancelled_call_is_silent_in_every_state(void **state)
{
	struct fixture *f = fixture_of(state);
	int step;

	for (step = 0; step < 5; step++) {
		size_t n = fake_requests();

		memset(&f->heard, 0, sizeof(f->heard));
		client_case_start(f);
		if (step == 1)
			fake_head(n, 503, "");
		if (step == 2)
			fake_answer(n, 503, "", "");
		if (step == 3)
			fake_head(n, 307, "Location: https://b" PATH);
		if (step == 4)
			fake_head(n, 200, "");
		vault_call_cancel(f->heard.call);
		fake_advance(60000);
		assert_int_equal(fake_requests(), n + 1);
		assert_false(fake_is_open(n));
		assert_int_equal(f->heard.dones, 0);
	}
}

static void
a_listener_may_cancel_in_its_own_head(void **state)
{
	struct fixture *f = fixture_of(state);

	f->heard.cancel_on_head = true;
	f->options.max_retries = 1;
	client_case_start(f);
	fake_answer(0, 200, "", "body");
	assert_int_equal(f->heard.body_bytes, 0);
	assert_int_equal(f->heard.dones, 0);
	/* The same with an answer that was kept. */
	client_case_start(f);
	fake_answer(1, 503, "", "sealed");
	fake_advance(1500);
	fake_done(2, LH_ERR_UNREACHABLE);
	assert_int_equal(f->heard.heads, 2);
	assert_int_equal(f->heard.body_bytes, 0);
	assert_int_equal(f->heard.dones, 0);
}

static void
a_start_that_fails_is_told_at_once_and_a_later_one_at_the_end(void **state)
{
	struct fixture *f = fixture_of(state);
	const struct http_call_listener listener =
	    client_case_listener(&f->heard);

	client_case_make(f);
	fake_refuse_starts(LH_ERR_LIMIT);
	assert_int_equal(vault_client_start(f->client, &f->request,
	    &listener, &f->heard.call), LH_ERR_LIMIT);
	fake_refuse_starts(LH_OK);
	client_case_start(f);
	fake_done(0, LH_ERR_UNREACHABLE);
	fake_refuse_starts(LH_ERR_LIMIT);
	fake_advance(1500);
	assert_int_equal(f->heard.dones, 1);
	assert_int_equal(f->heard.err, LH_ERR_LIMIT);
}

static void
after_a_reload_the_old_connections_end_with_their_calls(void **state)
{
	struct fixture *f = fixture_of(state);
	struct lh_cause cause;

	client_case_start(f);
	assert_int_equal(vault_client_reload(f->client, &cause), LH_OK);
	fake_turn();
	assert_int_equal(fake_clients(), 2 + 1);
	fake_answer(0, 200, "", "ok");
	assert_heard(f, 200, "ok");
	assert_int_equal(fake_clients(), 2);
}

static void
what_was_seen_last_is_remembered(void **state)
{
	struct fixture *f = fixture_of(state);
	struct vault_client_state seen;

	client_case_start(f);
	vault_client_state(f->client, &seen);
	assert_false(seen.reachable);
	assert_int_equal(seen.last_status, 0);
	fake_done(0, LH_ERR_UNREACHABLE);
	vault_client_state(f->client, &seen);
	assert_false(seen.reachable);
	assert_string_equal(seen.last_error, "the fake says so");
	fake_advance(1500);
	fake_answer(1, 200, "", "");
	vault_client_state(f->client, &seen);
	assert_true(seen.reachable);
	assert_int_equal(seen.last_status, 200);
	assert_string_equal(seen.last_error, "");
}

#define fixture_test(test) \
	cmocka_unit_test_setup_teardown(test, client_case_set_up, \
	    client_case_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(addresses_are_taken_or_refused),
		fixture_test(
		    a_request_is_sent_with_token_namespace_and_product),
		fixture_test(the_callers_product_stays),
		fixture_test(a_path_that_is_no_path_is_refused),
		fixture_test(only_what_may_be_repeated_is_retried),
		fixture_test(waits_grow_with_each_try),
		fixture_test(when_tries_run_out_the_last_answer_is_passed_on),
		fixture_test(an_answer_had_beats_a_later_broken_connection),
		fixture_test(at_the_deadline_the_last_answer_is_passed_on),
		fixture_test(
		    at_the_deadline_without_answer_there_is_a_timeout),
		fixture_test(a_server_that_is_silent_until_the_deadline_is_away),
		fixture_test(
		    a_server_that_answers_others_is_not_away_for_one_slow_request),
		fixture_test(the_deadline_covers_the_body),
		fixture_test(a_wait_beyond_the_deadline_is_not_begun),
		fixture_test(retry_after_replaces_the_wait),
		fixture_test(a_retry_after_above_its_limit_is_passed_on),
		fixture_test(an_answer_too_large_to_keep_is_passed_on),
		fixture_test(a_kept_answer_that_breaks_counts_as_broken),
		fixture_test(
		    an_answer_that_breaks_after_its_head_is_not_retried),
		fixture_test(only_a_redirect_to_the_same_path_is_followed),
		fixture_test(
		    a_second_redirect_is_passed_on_and_a_retry_starts_anew),
		fixture_test(a_redirect_with_an_endless_body_is_left),
		fixture_test(a_cancelled_call_is_silent_in_every_state),
		fixture_test(a_listener_may_cancel_in_its_own_head),
		fixture_test(
	    a_start_that_fails_is_told_at_once_and_a_later_one_at_the_end),
		fixture_test(
		    after_a_reload_the_old_connections_end_with_their_calls),
		fixture_test(what_was_seen_last_is_remembered)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
