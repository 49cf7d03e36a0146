/*
 * test_failover - calls among several servers, and the questions for their
 * health.
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
#define A "http://a" PATH
#define B "http://b" PATH
#define C "http://c" PATH

static int
set_up(void **state)
{
	int failed = client_case_set_up(state);
	struct fixture *f = *state;

	if (failed != 0)
		return failed;
	f->options.addresses[0] = "http://a";
	f->options.addresses[1] = "http://b";
	f->options.addresses[2] = "http://c";
	f->options.health_interval = 0;
	return 0;
}

/* The number of its first try. */
static size_t
start(struct fixture *f)
{
	size_t n = fake_requests();

	memset(&f->heard, 0, sizeof(f->heard));
	client_case_start(f);
	return n;
}

static void
expect_try(size_t n, const char *url)
{
	fake_advance(0);
	assert_int_equal(fake_requests(), n + 1);
	assert_string_equal(fake_url(n), url);
}

static void
assert_heard(const struct fixture *f, unsigned status)
{
	assert_int_equal(f->heard.heads, 1);
	assert_int_equal(f->heard.dones, 1);
	assert_int_equal(f->heard.status, status);
	assert_int_equal(f->heard.err, LH_OK);
}

static enum vault_upstream_state
role_of(const struct fixture *f, size_t n)
{
	struct vault_client_state seen;

	vault_client_upstream_state(f->client, n, &seen);
	return seen.role;
}

struct move {
	const char *method;
	enum vault_retry retry;
	const char *path;
	unsigned status;	/* 0: err instead */
	enum lh_err err;
	bool moves;		/* at once */
	bool waits;		/* else */
};

#define GET "GET", VAULT_RETRY_SAFE, PATH
#define PUT "PUT", VAULT_RETRY_UNSAFE, PATH
#define LOGIN "PUT", VAULT_RETRY_NEVER, "/v1/auth/approle/login"
#define LOOKUP "GET", VAULT_RETRY_NEVER, "/v1/auth/token/lookup-self"
#define HEALTH "GET", VAULT_RETRY_NEVER, "/v1/sys/health"

static const struct move moves[] = {
	/* Never reached: any request. */
	{ GET, 0, LH_ERR_UNREACHABLE, true, false },
	{ PUT, 0, LH_ERR_UNREACHABLE, true, false },
	{ LOGIN, 0, LH_ERR_UNREACHABLE, true, false },
	{ HEALTH, 0, LH_ERR_UNREACHABLE, true, false },
	{ PUT, 0, LH_ERR_TLS, true, false },
	/* Not done there: any request but one that asks for just that. */
	{ GET, 503, LH_OK, true, false },
	{ PUT, 503, LH_OK, true, false },
	{ LOGIN, 503, LH_OK, true, false },
	{ PUT, 472, LH_OK, true, false },
	{ PUT, 501, LH_OK, true, false },
	{ HEALTH, 503, LH_OK, false, false },
	{ HEALTH, 472, LH_OK, false, false },
	/* May have been done. */
	{ GET, 0, LH_ERR_UPSTREAM, true, false },
	{ LOOKUP, 0, LH_ERR_UPSTREAM, true, false },
	{ PUT, 0, LH_ERR_UPSTREAM, false, false },
	{ LOGIN, 0, LH_ERR_UPSTREAM, false, false },
	{ PUT, 500, LH_OK, false, false },
	/* Said for all of them. */
	{ GET, 429, LH_OK, false, true },
	{ GET, 500, LH_OK, false, true },
	{ PUT, 412, LH_OK, false, true },
	{ GET, 403, LH_OK, false, false },
	{ GET, 0, LH_ERR_LIMIT, false, false }
};

static void
only_what_was_not_done_moves_at_once(void **state)
{
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < sizeof(moves) / sizeof(moves[0]); i++) {
		const struct move *m = &moves[i];
		size_t n;

		client_case_make(f);
		f->request.method = span_of(m->method);
		f->request.path = span_of(m->path);
		f->request.retry = m->retry;
		n = start(f);
		if (m->status != 0)
			fake_answer(n, m->status, "", "first");
		else
			fake_done(n, m->err);
		fake_advance(0);
		if (fake_requests() != n + 1 + m->moves ||
		    f->heard.dones != (!m->moves && !m->waits))
			fail_msg("case %zu", i);
		if (!m->moves)
			continue;
		assert_memory_equal(fake_url(n + 1), "http://b/", 9);
		assert_string_equal(fake_text(n + 1), fake_text(n));
		fake_answer(n + 1, 200, "", "");
		assert_heard(f, 200);
	}
}

static void
a_wait_begins_when_all_were_tried(void **state)
{
	struct fixture *f = *state;

	f->request.method = SPAN_LITERAL("PUT");
	f->request.retry = VAULT_RETRY_UNSAFE;
	start(f);
	fake_done(0, LH_ERR_UNREACHABLE);
	expect_try(1, B);
	fake_answer(1, 503, "", "");
	expect_try(2, C);
	fake_done(2, LH_ERR_TLS);
	fake_advance(999);
	assert_int_equal(fake_requests(), 3);
	/* The one that answers at all comes first now. */
	fake_advance(501);
	expect_try(3, B);
	fake_answer(3, 503, "", "");
	expect_try(4, A);
	fake_answer(4, 204, "", "");
	assert_heard(f, 204);
	assert_int_equal(metrics_get(f->env.metrics,
	    METRIC_UPSTREAM_FAILOVERS), 3);
	assert_int_equal(metrics_get(f->env.metrics,
	    METRIC_UPSTREAM_RETRIES), 4);
}

static void
rounds_are_as_many_as_tries_of_one_server(void **state)
{
	struct fixture *f = *state;
	size_t n = 0;

	f->options.max_retries = 1;
	start(f);
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < 3; i++) {
			assert_int_equal(fake_requests(), n + 1);
			fake_answer(n++, 503, "", "sealed");
			fake_advance(0);
		}
		fake_advance(1500);
	}
	assert_int_equal(fake_requests(), 6);
	assert_heard(f, 503);
}

static void
a_call_without_retries_has_one_round(void **state)
{
	struct fixture *f = *state;

	f->request.method = SPAN_LITERAL("PUT");
	f->request.retry = VAULT_RETRY_NEVER;
	start(f);
	fake_done(0, LH_ERR_UNREACHABLE);
	fake_advance(0);
	fake_done(1, LH_ERR_UNREACHABLE);
	fake_advance(0);
	fake_answer(2, 503, "", "");
	assert_heard(f, 503);
	fake_advance(60000);
	assert_int_equal(fake_requests(), 3);
}

static void
an_answer_after_a_move_is_the_answer(void **state)
{
	static const unsigned statuses[] = { 200, 403, 404, 400 };
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		size_t n;

		client_case_make(f);
		n = start(f);
		fake_done(n, LH_ERR_UNREACHABLE);
		fake_advance(0);
		fake_answer(n + 1, statuses[i], "", "");
		assert_heard(f, statuses[i]);
	}
}

static void
a_small_answer_is_passed_on_when_it_is_whole(void **state)
{
	struct fixture *f = *state;

	start(f);
	fake_head(0, 200, "Content-Type: application/json");
	(void)fake_body(0, SPAN_LITERAL("{\"a"));
	assert_int_equal(f->heard.heads, 0);
	fake_done(0, LH_ERR_UPSTREAM);
	expect_try(1, B);
	fake_head(1, 200, "Content-Type: application/json");
	(void)fake_body(1, SPAN_LITERAL("{}"));
	fake_done(1, LH_OK);
	assert_heard(f, 200);
}

static void
a_large_one_or_a_stream_is_passed_on_as_it_comes(void **state)
{
	char *large = calloc(1, VAULT_CLIENT_KEPT_BYTES + 1);
	struct fixture *f = *state;
	size_t n;

	start(f);
	fake_head(0, 200, "Content-Type: application/json");
	(void)fake_body(0, (struct span){ large,
	    VAULT_CLIENT_KEPT_BYTES + 1 });
	assert_int_equal(f->heard.heads, 1);
	fake_done(0, LH_ERR_UPSTREAM);
	assert_int_equal(f->heard.err, LH_ERR_UPSTREAM);
	f->request.path = SPAN_LITERAL("/v1/sys/monitor");
	n = start(f);
	fake_head(n, 200, "Content-Type: application/json");
	assert_int_equal(f->heard.heads, 1);
	f->request.path = SPAN_LITERAL(PATH);
	n = start(f);
	fake_head(n, 200, "");
	assert_int_equal(f->heard.heads, 1);
	free(large);
}

static void
what_may_have_been_done_after_a_move_is_not_repeated(void **state)
{
	struct fixture *f = *state;

	f->request.method = SPAN_LITERAL("PUT");
	f->request.retry = VAULT_RETRY_UNSAFE;
	start(f);
	fake_done(0, LH_ERR_UNREACHABLE);
	fake_advance(0);
	fake_done(1, LH_ERR_UPSTREAM);
	assert_int_equal(f->heard.dones, 1);
	assert_int_equal(f->heard.err, LH_ERR_UPSTREAM);
	fake_advance(60000);
	assert_int_equal(fake_requests(), 2);
}

static void
a_server_that_asks_for_patience_speaks_for_all(void **state)
{
	struct fixture *f = *state;

	start(f);
	fake_answer(0, 503, "Retry-After: 7", "");
	fake_advance(6999);
	assert_int_equal(fake_requests(), 1);
	assert_int_equal(role_of(f, 0), VAULT_UPSTREAM_UNKNOWN);
	fake_advance(1);
	expect_try(1, A);
}

static void
after_an_error_the_next_try_is_elsewhere(void **state)
{
	struct fixture *f = *state;

	start(f);
	fake_answer(0, 500, "", "");
	fake_advance(1500);
	expect_try(1, B);
	fake_answer(1, 412, "", "");
	fake_advance(3000);
	expect_try(2, C);
	fake_answer(2, 200, "", "");
	assert_heard(f, 200);
}

static void
but_not_at_one_that_is_known_to_be_of_no_use(void **state)
{
	struct fixture *f = *state;

	f->options.addresses[2] = NULL;
	start(f);
	fake_done(0, LH_ERR_UNREACHABLE);
	fake_advance(0);
	fake_answer(1, 200, "", "");
	assert_int_equal(start(f), 2);
	assert_string_equal(fake_url(2), B);
	fake_answer(2, 500, "", "");
	fake_advance(1500);
	expect_try(3, B);
}

static void
further_calls_go_to_the_one_that_answered(void **state)
{
	struct fixture *f = *state;

	start(f);
	fake_done(0, LH_ERR_UNREACHABLE);
	fake_advance(0);
	fake_answer(1, 200, "", "");
	assert_int_equal(role_of(f, 0), VAULT_UPSTREAM_DOWN);
	start(f);
	expect_try(2, B);
	fake_answer(2, 503, "", "");
	assert_int_equal(role_of(f, 1), VAULT_UPSTREAM_SEALED);
	expect_try(3, C);
	fake_answer(3, 200, "", "");
	assert_int_equal(vault_client_current(f->client), 2);
}

static void
a_redirect_is_followed_from_the_server_that_sent_it(void **state)
{
	struct fixture *f = *state;

	start(f);
	fake_answer(0, 307, "Location: http://b" PATH, "");
	expect_try(1, B);
	assert_int_equal(role_of(f, 0), VAULT_UPSTREAM_STANDBY);
	/* The leader it names is gone: that says nothing of a or b. */
	fake_done(1, LH_ERR_UNREACHABLE);
	assert_int_equal(role_of(f, 0), VAULT_UPSTREAM_STANDBY);
	expect_try(2, B);
	/* Nor does what another leader answers. */
	fake_answer(2, 307, "Location: http://elsewhere" PATH, "");
	expect_try(3, "http://elsewhere" PATH);
	fake_answer(3, 503, "", "");
	assert_int_equal(role_of(f, 1), VAULT_UPSTREAM_STANDBY);
	expect_try(4, C);
	fake_answer(4, 200, "", "");
	assert_heard(f, 200);
}

static void
the_callers_own_health_request_tells_the_role(void **state)
{
	struct fixture *f = *state;

	f->request.path = SPAN_LITERAL("/v1/sys/health");
	f->request.retry = VAULT_RETRY_NEVER;
	start(f);
	fake_answer(0, 473, "", "");
	assert_heard(f, 473);
	assert_int_equal(role_of(f, 0), VAULT_UPSTREAM_PERF_STANDBY);
	/* With a query the codes are the caller's. */
	f->request.query = SPAN_LITERAL("perfstandbyok=true");
	start(f);
	fake_answer(1, 200, "", "");
	assert_int_equal(role_of(f, 0), VAULT_UPSTREAM_PERF_STANDBY);
}

static void
one_server_is_never_asked_for_its_health(void **state)
{
	struct fixture *f = *state;

	f->options.addresses[1] = NULL;
	f->options.health_interval = 10000;
	client_case_make(f);
	fake_advance(600000);
	assert_int_equal(fake_requests(), 0);
	/* And what is refused there is not asked again at once. */
	start(f);
	fake_answer(0, 472, "", "");
	assert_heard(f, 472);
}

/* Answers all questions for the health of a, b and c. */
static void
answer_probes(size_t *n, const unsigned statuses[3])
{
	for (; *n < fake_requests(); (*n)++) {
		unsigned status = statuses[fake_url(*n)[7] - 'a'];

		assert_non_null(strstr(fake_url(*n), "/v1/sys/health"));
		if (status == 0)
			fake_done(*n, LH_ERR_UNREACHABLE);
		else
			fake_answer(*n, status, "", "{}");
	}
}

static void
each_server_is_asked_once_in_an_interval_and_the_active_one_used(
    void **state)
{
	const unsigned statuses[3] = { 429, 200, 473 };
	struct fixture *f = *state;
	size_t n = 0;

	f->options.health_interval = 10000;
	client_case_make(f);
	fake_advance(10000);
	assert_int_equal(fake_requests(), 3);
	assert_string_equal(fake_text(0), "GET\nX-Vault-Request: true\n"
	    "User-Agent: leasehold\n\n");
	answer_probes(&n, statuses);
	assert_int_equal(role_of(f, 0), VAULT_UPSTREAM_STANDBY);
	assert_int_equal(role_of(f, 1), VAULT_UPSTREAM_ACTIVE);
	assert_int_equal(role_of(f, 2), VAULT_UPSTREAM_PERF_STANDBY);
	fake_advance(9999);
	assert_int_equal(fake_requests(), 3);
	fake_advance(2502);
	assert_int_equal(fake_requests(), 6);
	answer_probes(&n, statuses);
	start(f);
	assert_string_equal(fake_url(6), B);
	fake_answer(6, 200, "", "");
}

static void
a_server_that_serves_requests_is_not_asked(void **state)
{
	const unsigned statuses[3] = { 429, 200, 429 };
	struct fixture *f = *state;
	unsigned asked[3] = { 0 };
	size_t n = 0;

	f->options.health_interval = 10000;
	f->options.addresses[2] = NULL;
	client_case_make(f);
	fake_advance(10000);
	answer_probes(&n, statuses);
	for (unsigned i = 0; i < 10; i++) {
		assert_int_equal(start(f), n++);
		assert_string_equal(fake_url(n - 1), B);
		fake_answer(n - 1, 200, "", "");
		fake_advance(5000);
		for (; n < fake_requests(); n++) {
			asked[fake_url(n)[7] - 'a']++;
			fake_answer(n, 429, "", "");
		}
	}
	assert_in_range(asked[0], 3, 5);
	assert_int_equal(asked[1], 0);
}

/* Serves requests as it did, but another one has become active. */
static void
one_whose_role_is_in_doubt_is_asked_all_the_same(void **state)
{
	const unsigned before[3] = { 200, 429, 0 };
	const unsigned after[3] = { 429, 200, 0 };
	struct fixture *f = *state;
	size_t n = 0;

	f->options.health_interval = 10000;
	f->options.addresses[2] = NULL;
	client_case_make(f);
	fake_advance(10000);
	answer_probes(&n, before);
	for (unsigned i = 0; i < 10; i++) {
		assert_int_equal(start(f), n);
		fake_answer(n++, 200, "", "");
		fake_advance(5000);
		answer_probes(&n, after);
	}
	assert_int_equal(role_of(f, 0), VAULT_UPSTREAM_STANDBY);
	assert_int_equal(role_of(f, 1), VAULT_UPSTREAM_ACTIVE);
	assert_int_equal(vault_client_current(f->client), 1);
}

static void
one_that_is_down_is_asked_less_and_less(void **state)
{
	const unsigned statuses[3] = { 200, 0, 200 };
	struct fixture *f = *state;
	size_t n = 0;
	unsigned asked = 0;

	f->options.health_interval = 1000;
	f->options.addresses[2] = NULL;
	client_case_make(f);
	for (unsigned ms = 0; ms < 30000; ms += 500) {
		size_t from = n;

		assert_true(fake_requests() < 60);
		fake_advance(500);
		answer_probes(&n, statuses);
		for (; from < n; from++)
			asked += fake_url(from)[7] == 'b';
	}
	assert_int_equal(role_of(f, 1), VAULT_UPSTREAM_DOWN);
	assert_in_range(asked, 5, 20);
}

static void
calls_leave_a_server_that_does_not_answer(void **state)
{
	struct fixture *f = *state;
	size_t n, probe;

	f->options.health_interval = 10000;
	f->options.addresses[2] = NULL;
	client_case_make(f);
	n = start(f);
	assert_string_equal(fake_url(n), A);
	fake_advance(10000);
	for (probe = 1; strcmp(fake_url(probe), "http://a/v1/sys/health") != 0;
	    probe++)
		continue;
	fake_answer(3 - probe, 200, "", "");
	fake_done(probe, LH_ERR_TIMEOUT);
	assert_false(fake_is_open(n));
	expect_try(3, B);
	fake_answer(3, 200, "", "");
	assert_heard(f, 200);
}

static void
but_what_may_have_been_done_stays(void **state)
{
	struct fixture *f = *state;
	size_t i;

	f->options.health_interval = 10000;
	f->options.addresses[2] = NULL;
	f->request.method = SPAN_LITERAL("PUT");
	f->request.retry = VAULT_RETRY_UNSAFE;
	client_case_make(f);
	start(f);
	fake_advance(10000);
	for (i = 1; i < 3; i++)
		fake_done(i, LH_ERR_TIMEOUT);
	fake_advance(0);
	assert_true(fake_is_open(0));
	assert_int_equal(f->heard.dones, 0);
	fake_answer(0, 204, "", "");
	assert_heard(f, 204);
}

static void
a_client_may_go_while_it_asks(void **state)
{
	struct fixture *f = *state;

	f->options.health_interval = 10000;
	client_case_make(f);
	fake_advance(10000);
	fake_head(0, 200, "");
	vault_client_free(f->client);
	f->client = NULL;
	for (size_t i = 0; i < fake_requests(); i++)
		assert_false(fake_is_open(i));
}

static void
an_endless_answer_about_health_is_left(void **state)
{
	char *large = calloc(1, 32 * 1024);
	struct fixture *f = *state;

	f->options.health_interval = 10000;
	client_case_make(f);
	fake_advance(10000);
	fake_head(0, 200, "");
	(void)fake_body(0, (struct span){ large, 32 * 1024 });
	assert_false(fake_is_open(0));
	fake_advance(12501);
	assert_in_range(fake_requests(), 4, 6);
	free(large);
}

static void
a_reload_is_for_all_servers(void **state)
{
	const unsigned statuses[3] = { 200, 473, 473 };
	struct fixture *f = *state;
	struct lh_cause cause;
	size_t n = 0;

	f->options.health_interval = 10000;
	client_case_make(f);
	assert_int_equal(fake_clients(), 3 * 2);
	fake_advance(10000);
	assert_int_equal(vault_client_reload(f->client, &cause), LH_OK);
	fake_turn();
	/* Each server is still being asked on an old one. */
	assert_int_equal(fake_clients(), 3 * 2 + 3);
	answer_probes(&n, statuses);
	fake_turn();
	assert_int_equal(fake_clients(), 3 * 2);
}

#define fixture_test(test) \
	cmocka_unit_test_setup_teardown(test, set_up, client_case_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(only_what_was_not_done_moves_at_once),
		fixture_test(a_wait_begins_when_all_were_tried),
		fixture_test(rounds_are_as_many_as_tries_of_one_server),
		fixture_test(a_call_without_retries_has_one_round),
		fixture_test(an_answer_after_a_move_is_the_answer),
		fixture_test(a_small_answer_is_passed_on_when_it_is_whole),
		fixture_test(
		    a_large_one_or_a_stream_is_passed_on_as_it_comes),
		fixture_test(
		    what_may_have_been_done_after_a_move_is_not_repeated),
		fixture_test(a_server_that_asks_for_patience_speaks_for_all),
		fixture_test(after_an_error_the_next_try_is_elsewhere),
		fixture_test(but_not_at_one_that_is_known_to_be_of_no_use),
		fixture_test(further_calls_go_to_the_one_that_answered),
		fixture_test(
		    a_redirect_is_followed_from_the_server_that_sent_it),
		fixture_test(the_callers_own_health_request_tells_the_role),
		fixture_test(one_server_is_never_asked_for_its_health),
		fixture_test(
	    each_server_is_asked_once_in_an_interval_and_the_active_one_used),
		fixture_test(a_server_that_serves_requests_is_not_asked),
		fixture_test(
		    one_whose_role_is_in_doubt_is_asked_all_the_same),
		fixture_test(one_that_is_down_is_asked_less_and_less),
		fixture_test(calls_leave_a_server_that_does_not_answer),
		fixture_test(but_what_may_have_been_done_stays),
		fixture_test(a_client_may_go_while_it_asks),
		fixture_test(an_endless_answer_about_health_is_left),
		fixture_test(a_reload_is_for_all_servers)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
