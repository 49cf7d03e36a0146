/*
 * test_purge - what falls, by which request seen passing, by which clearing,
 * and what stays.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

#define DB "/v1/db/creds/app"
#define LOGIN "/v1/auth/approle/login"

struct bench {
	struct fixture fixture;
	struct cache *cache;
	struct secret *app;		/* a token that came by a login */
	struct secret *child;		/* one made with that */
};

static int
setup(void **state)
{
	struct bench *bench = xcalloc(1, sizeof(*bench));
	struct cache_options options;

	cache_options_init(&options);
	fixture_init(&bench->fixture);
	bench->cache = cache_new(&options, &bench->fixture.env);
	cache_begin_generation(bench->cache, 1, bench->fixture.token, "acc");
	bench->app = secret_new(SPAN_LITERAL("s.app"));
	bench->child = secret_new(SPAN_LITERAL("s.child"));
	*state = bench;
	return 0;
}

static int
teardown(void **state)
{
	struct bench *bench = *state;
	struct cache_counts counts;
	uint64_t left = 0;
	unsigned i;

	cache_count(bench->cache, &counts);
	for (i = 0; i < CACHE_LEFT_CAUSES; i++)
		left += counts.left[i];
	assert_int_equal(counts.entered, counts.entries + left);
	cache_free(bench->cache);
	secret_unref(&bench->app);
	secret_unref(&bench->child);
	fixture_release(&bench->fixture);
	free(bench);
	return 0;
}

static struct cache_ask
own_read(const struct bench *bench, const struct secret *token,
    const char *path)
{
	struct cache_ask ask = fixture_read(&bench->fixture, path);

	ask.identity = CACHE_IDENTITY_OWN;
	ask.token = token;
	return ask;
}

static struct cache_ask
login_ask(void)
{
	return (struct cache_ask){
		.method = SPAN_LITERAL("POST"), .path = SPAN_LITERAL(LOGIN),
		.body = SPAN_LITERAL("{\"role_id\":\"r\"}")
	};
}

static struct cache_ask
create_ask(const struct bench *bench)
{
	struct cache_ask ask = own_read(bench, bench->app,
	    "/v1/auth/token/create");

	ask.method = SPAN_LITERAL("POST");
	return ask;
}

/* One lease under our token, at that path. */
static struct cache_ask
fetch_lease(struct bench *bench, const char *path, const char *body)
{
	struct cache_ask ask = fixture_read(&bench->fixture, path);

	assert_true(fixture_fetch(bench->cache, &ask, body));
	return ask;
}

/* A login, a lease got with its token, a token made with it, and a lease got
 * with that: four entries. */
static void
grow_family(struct bench *bench)
{
	struct cache_ask login = login_ask();
	struct cache_ask create = create_ask(bench);
	struct cache_ask lease = own_read(bench, bench->app, DB);
	struct cache_ask below = own_read(bench, bench->child, DB);

	assert_true(fixture_fetch(bench->cache, &login,
	    FIXTURE_AUTH("s.app", "app-acc", 3600, true)));
	assert_true(fixture_fetch(bench->cache, &lease,
	    FIXTURE_LEASE("db/creds/app/1", 600)));
	assert_true(fixture_fetch(bench->cache, &create,
	    FIXTURE_AUTH("s.child", "child-acc", 3600, false)));
	assert_true(fixture_fetch(bench->cache, &below,
	    FIXTURE_LEASE("db/creds/app/2", 600)));
}

static size_t
entries(const struct bench *bench)
{
	struct cache_counts counts;

	cache_count(bench->cache, &counts);
	return counts.entries;
}

/* The server said yes to that. */
static void
see(struct bench *bench, const char *path, const char *body)
{
	struct cache_ask ask = fixture_write(&bench->fixture, path, body);

	assert_int_equal(cache_interest(bench->cache, &ask),
	    CACHE_INTEREST_STATUS);
	cache_observe(bench->cache, &ask, 204, SPAN_NONE);
}

struct lease_case {
	const char *path;
	const char *body;
};

/* Each ends the lease db/creds/app/1 and not that of kv. */
static const struct lease_case lease_cases[] = {
	{ "/v1/sys/leases/revoke", "{\"lease_id\":\"db/creds/app/1\"}" },
	{ "/v1/sys/leases/revoke/db/creds/app/1", "" },
	{ "/v1/sys/leases/revoke/db%2Fcreds%2Fapp%2F1", "" },
	{ "/v1/sys/leases/revoke/other/1",
	    "{\"lease_id\":\"db/creds/app/1\"}" },
	{ "/v1/sys/revoke", "{\"lease_id\":\"db/creds/app/1\"}" },
	{ "/v1/sys/revoke/db/creds/app/1", "" },
	{ "/v1/sys/leases/revoke-prefix/db/creds/app", "" },
	{ "/v1/sys/leases/revoke-prefix/db/", "" },
	{ "/v1/sys/leases/revoke-prefix/db/creds/app/1", "" },
	{ "/v1/sys/leases/revoke-force/db/creds", "" },
	{ "/v1/sys/revoke-prefix/db/", "" },
	{ "/v1/sys/revoke-force/db/", "" },
	{ "/v1/sys/remount", "{\"from\":\"db\",\"to\":\"db2\"}" }
};

static void
every_way_to_revoke_a_lease_evicts_it(void **state)
{
	struct bench *bench = *state;
	struct cache_ask kv = fetch_lease(bench, "/v1/kv/lease",
	    FIXTURE_LEASE("kv/lease/1", 600));
	struct cache_ask db;
	size_t i;

	for (i = 0; i < sizeof(lease_cases) / sizeof(lease_cases[0]); i++) {
		db = fetch_lease(bench, DB,
		    FIXTURE_LEASE("db/creds/app/1", 600));
		see(bench, lease_cases[i].path, lease_cases[i].body);
		if (fixture_hits(bench->cache, &db))
			fail_msg("%s", lease_cases[i].path);
		assert_true(fixture_hits(bench->cache, &kv));
	}
}

static void
reading_about_a_revocation_evicts_nothing(void **state)
{
	struct bench *bench = *state;
	struct cache_ask db = fetch_lease(bench, DB,
	    FIXTURE_LEASE("db/creds/app/1", 600));
	size_t i;

	for (i = 0; i < sizeof(lease_cases) / sizeof(lease_cases[0]); i++) {
		struct cache_ask ask = fixture_write(&bench->fixture,
		    lease_cases[i].path, lease_cases[i].body);

		ask.method = SPAN_LITERAL("GET");
		assert_int_equal(cache_interest(bench->cache, &ask),
		    CACHE_INTEREST_NONE);
		cache_observe(bench->cache, &ask, 200, SPAN_NONE);
		if (!fixture_hits(bench->cache, &db))
			fail_msg("%s", lease_cases[i].path);
	}
}

static void
an_unmounted_engine_takes_its_leases(void **state)
{
	struct bench *bench = *state;
	struct cache_ask db = fetch_lease(bench, DB,
	    FIXTURE_LEASE("db/creds/app/1", 600));
	struct cache_ask db2 = fetch_lease(bench, "/v1/db2/creds/app",
	    FIXTURE_LEASE("db2/creds/app/1", 600));
	struct cache_ask ask = fixture_read(&bench->fixture,
	    "/v1/sys/mounts/db");

	assert_int_equal(cache_interest(bench->cache, &ask),
	    CACHE_INTEREST_NONE);
	ask.method = SPAN_LITERAL("DELETE");
	assert_int_equal(cache_interest(bench->cache, &ask),
	    CACHE_INTEREST_STATUS);
	cache_observe(bench->cache, &ask, 204, SPAN_NONE);
	assert_false(fixture_hits(bench->cache, &db));
	assert_true(fixture_hits(bench->cache, &db2));
}

static void
a_namespace_takes_all_that_lies_in_it(void **state)
{
	struct bench *bench = *state;
	struct cache_ask outside = fetch_lease(bench, DB,
	    FIXTURE_LEASE("db/creds/app/1", 600));
	struct cache_ask inside = fetch_lease(bench,
	    "/v1/ns1/ns2/db/creds/app",
	    FIXTURE_LEASE("db/creds/app/2.abcde", 600));
	struct cache_ask ask = fixture_read(&bench->fixture,
	    "/v1/sys/namespaces/ns2");

	ask.method = SPAN_LITERAL("DELETE");
	ask.namespace = SPAN_LITERAL("ns1");
	cache_observe(bench->cache, &ask, 202, SPAN_NONE);
	assert_false(fixture_hits(bench->cache, &inside));
	assert_true(fixture_hits(bench->cache, &outside));
}

static void
an_unmounted_auth_method_takes_its_tokens(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = fixture_read(&bench->fixture,
	    "/v1/sys/auth/approle");

	grow_family(bench);
	ask.method = SPAN_LITERAL("DELETE");
	cache_observe(bench->cache, &ask, 204, SPAN_NONE);
	assert_int_equal(entries(bench), 0);
}

static void
revoking_the_prefix_of_a_login_takes_its_tokens(void **state)
{
	struct bench *bench = *state;

	grow_family(bench);
	see(bench, "/v1/sys/leases/revoke-prefix/auth/approle/login", "");
	assert_int_equal(entries(bench), 0);
}

static const struct lease_case token_cases[] = {
	{ "/v1/auth/token/revoke", "{\"token\":\"s.app\"}" },
	{ "/v1/auth/token/revoke/s.app", "" },
	{ "/v1/ns1/auth/token/revoke", "{\"token\":\"s.app\"}" },
	{ "/v1/auth/token/revoke-accessor", "{\"accessor\":\"app-acc\"}" },
	{ "/v1/auth/token/revoke-accessor/app-acc", "" }
};

static void
a_revoked_token_takes_all_below_it(void **state)
{
	struct bench *bench = *state;
	struct cache_ask kv = fetch_lease(bench, "/v1/kv/lease",
	    FIXTURE_LEASE("kv/lease/1", 600));
	size_t i;

	for (i = 0; i < sizeof(token_cases) / sizeof(token_cases[0]); i++) {
		grow_family(bench);
		assert_int_equal(entries(bench), 5);
		see(bench, token_cases[i].path, token_cases[i].body);
		if (entries(bench) != 1)
			fail_msg("%s", token_cases[i].path);
	}
	assert_true(fixture_hits(bench->cache, &kv));
}

static void
revoke_self_takes_the_token_of_the_request(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = own_read(bench, bench->app,
	    "/v1/auth/token/revoke-self");

	ask.method = SPAN_LITERAL("POST");
	grow_family(bench);
	cache_observe(bench->cache, &ask, 204, SPAN_NONE);
	assert_int_equal(entries(bench), 0);
}

static void
a_revoked_child_leaves_its_parent(void **state)
{
	struct bench *bench = *state;
	struct cache_ask lease = own_read(bench, bench->app, DB);

	grow_family(bench);
	see(bench, "/v1/auth/token/revoke", "{\"token\":\"s.child\"}");
	assert_int_equal(entries(bench), 2);
	assert_true(fixture_hits(bench->cache, &lease));
}

static void
revoke_orphan_leaves_the_children(void **state)
{
	struct bench *bench = *state;
	struct cache_ask lease = own_read(bench, bench->app, DB);
	struct cache_ask below = own_read(bench, bench->child, DB);

	grow_family(bench);
	see(bench, "/v1/auth/token/revoke-orphan", "{\"token\":\"s.app\"}");
	assert_int_equal(entries(bench), 2);
	assert_false(fixture_hits(bench->cache, &lease));
	assert_true(fixture_hits(bench->cache, &below));
	see(bench, "/v1/auth/token/revoke", "{\"token\":\"s.child\"}");
	assert_int_equal(entries(bench), 0);
}

static void
revoking_our_own_token_leaves_it_under_management(void **state)
{
	struct bench *bench = *state;

	fetch_lease(bench, DB, FIXTURE_LEASE("db/creds/app/1", 600));
	see(bench, "/v1/auth/token/revoke-self", "");
	assert_int_equal(entries(bench), 0);
	fetch_lease(bench, DB, FIXTURE_LEASE("db/creds/app/2", 600));
}

static void
namespaces_are_kept_apart_in_either_form(void **state)
{
	struct bench *bench = *state;
	struct cache_ask in_path = fetch_lease(bench, "/v1/ns1/db/creds/app",
	    FIXTURE_LEASE("db/creds/app/1.n1", 600));
	struct cache_ask root = fetch_lease(bench, DB,
	    FIXTURE_LEASE("db/creds/app/2", 600));
	struct cache_ask revoke = fixture_write(&bench->fixture,
	    "/v1/sys/leases/revoke-prefix/db/", "");

	revoke.namespace = SPAN_LITERAL("ns2");
	cache_observe(bench->cache, &revoke, 204, SPAN_NONE);
	assert_int_equal(entries(bench), 2);
	revoke.namespace = SPAN_LITERAL("ns1");
	cache_observe(bench->cache, &revoke, 204, SPAN_NONE);
	assert_false(fixture_hits(bench->cache, &in_path));
	assert_true(fixture_hits(bench->cache, &root));
	in_path.path = SPAN_LITERAL(DB);
	in_path.namespace = SPAN_LITERAL("ns1/");
	assert_true(fixture_fetch(bench->cache, &in_path,
	    FIXTURE_LEASE("db/creds/app/3.n1", 600)));
	see(bench, "/v1/ns1/sys/leases/revoke-prefix/db/", "");
	assert_false(fixture_hits(bench->cache, &in_path));
	assert_true(fixture_hits(bench->cache, &root));
}

static void
any_status_below_300_counts_and_no_other(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = fixture_write(&bench->fixture,
	    "/v1/sys/leases/revoke/db/creds/app/1", "");

	fetch_lease(bench, DB, FIXTURE_LEASE("db/creds/app/1", 600));
	cache_observe(bench->cache, &ask, 403, SPAN_NONE);
	cache_observe(bench->cache, &ask, 500, SPAN_NONE);
	assert_int_equal(entries(bench), 1);
	cache_observe(bench->cache, &ask, 202, SPAN_NONE);
	assert_int_equal(entries(bench), 0);
}

static void
what_cannot_be_read_has_no_effect(void **state)
{
	struct bench *bench = *state;

	fetch_lease(bench, DB, FIXTURE_LEASE("db/creds/app/1", 600));
	see(bench, "/v1/sys/leases/revoke", "{\"lease_id\":7}");
	see(bench, "/v1/sys/leases/revoke", "no json");
	see(bench, "/v1/auth/token/revoke", "{}");
	see(bench, "/v1/auth/token/revoke-accessor/unknown", "");
	assert_int_equal(entries(bench), 1);
}

static void
a_renewal_seen_passing_refreshes_the_expiry(void **state)
{
	struct bench *bench = *state;
	struct cache_ask lease = fetch_lease(bench, DB,
	    FIXTURE_LEASE("db/creds/app/1", 600));
	struct cache_ask renew = fixture_write(&bench->fixture,
	    "/v1/sys/leases/renew", "{\"lease_id\":\"db/creds/app/1\"}");
	struct cache_result result;

	assert_int_equal(cache_interest(bench->cache, &renew),
	    CACHE_INTEREST_BODY);
	timesource_advance(bench->fixture.clock, 300 * FIXTURE_SECOND);
	cache_observe(bench->cache, &renew, 200,
	    span_of(FIXTURE_LEASE("db/creds/app/1", 600)));
	assert_int_equal(cache_lookup(bench->cache, &lease, &result),
	    CACHE_HIT);
	assert_int_equal(result.hit.remaining_s, 600);
	cache_answer_unref(&result.hit.answer);
}

static void
a_renewal_of_a_token_seen_passing_refreshes_it(void **state)
{
	struct bench *bench = *state;
	struct cache_ask login = login_ask();
	struct cache_ask renew = own_read(bench, bench->app,
	    "/v1/auth/token/renew-self");
	struct cache_result result;

	renew.method = SPAN_LITERAL("POST");
	grow_family(bench);
	timesource_advance(bench->fixture.clock, 300 * FIXTURE_SECOND);
	cache_observe(bench->cache, &renew, 200,
	    span_of(FIXTURE_AUTH("s.app", "app-acc", 3600, true)));
	assert_int_equal(cache_lookup(bench->cache, &login, &result),
	    CACHE_HIT);
	assert_int_equal(result.hit.remaining_s, 3600);
	cache_answer_unref(&result.hit.answer);
}

/* The answer tells the accessor alone. */
static void
a_renewal_by_accessor_counts_as_well(void **state)
{
	struct bench *bench = *state;
	struct cache_ask login = login_ask();
	struct cache_ask renew = fixture_write(&bench->fixture,
	    "/v1/auth/token/renew-accessor", "{\"accessor\":\"app-acc\"}");
	struct cache_result result;

	grow_family(bench);
	assert_int_equal(cache_interest(bench->cache, &renew),
	    CACHE_INTEREST_BODY);
	cache_observe(bench->cache, &renew, 200,
	    span_of(FIXTURE_AUTH("", "app-acc", 60, true)));
	assert_int_equal(cache_lookup(bench->cache, &login, &result),
	    CACHE_HIT);
	assert_int_equal(result.hit.remaining_s, 60);
	cache_answer_unref(&result.hit.answer);
	if (result.flight != NULL)
		cache_fail(bench->cache, &result.flight);
}

static void
what_only_looks_like_a_renewal_lengthens_nothing(void **state)
{
	struct bench *bench = *state;
	struct cache_ask lease = fetch_lease(bench, DB,
	    FIXTURE_LEASE("db/creds/app/1", 600));
	struct cache_ask fake = fixture_read(&bench->fixture,
	    "/v1/kv/sys/leases/renew/db/creds/app/1");
	struct cache_result result;

	cache_observe(bench->cache, &fake, 200, SPAN_LITERAL("{\"lease_id\":"
	    "\"\",\"lease_duration\":2764800,\"renewable\":true,\"data\":{"
	    "\"lease_id\":\"db/creds/app/1\"}}"));
	assert_int_equal(cache_lookup(bench->cache, &lease, &result),
	    CACHE_HIT);
	assert_int_equal(result.hit.remaining_s, 600);
	cache_answer_unref(&result.hit.answer);
}

static void
clear_all_keeps_our_token_under_management(void **state)
{
	struct bench *bench = *state;

	grow_family(bench);
	fetch_lease(bench, "/v1/kv/l", FIXTURE_LEASE("kv/l/1", 600));
	assert_int_equal(cache_clear(bench->cache, CACHE_CLEAR_ALL, SPAN_NONE,
	    SPAN_NONE), 5);
	fetch_lease(bench, "/v1/kv/l", FIXTURE_LEASE("kv/l/2", 600));
}

static void
clear_by_request_path_is_by_prefix_in_its_namespace(void **state)
{
	struct bench *bench = *state;
	struct cache_ask db = fetch_lease(bench, DB,
	    FIXTURE_LEASE("db/creds/app/1", 600));
	struct cache_ask ns = fetch_lease(bench, "/v1/ns1/db/creds/app",
	    FIXTURE_LEASE("db/creds/app/2.n1", 600));

	assert_int_equal(cache_clear(bench->cache, CACHE_CLEAR_REQUEST_PATH,
	    SPAN_LITERAL("/v1/db/cr"), SPAN_LITERAL("ns1")), 1);
	assert_false(fixture_hits(bench->cache, &ns));
	assert_true(fixture_hits(bench->cache, &db));
	assert_int_equal(cache_clear(bench->cache, CACHE_CLEAR_REQUEST_PATH,
	    SPAN_LITERAL("db/"), SPAN_LITERAL("root/")), 0);
	assert_int_equal(cache_clear(bench->cache, CACHE_CLEAR_REQUEST_PATH,
	    SPAN_LITERAL("/v1/db/"), SPAN_LITERAL("root/")), 1);
}

static void
clear_by_lease_token_and_accessor(void **state)
{
	struct bench *bench = *state;

	grow_family(bench);
	assert_int_equal(cache_clear(bench->cache, CACHE_CLEAR_LEASE,
	    SPAN_LITERAL("db/creds/app/2"), SPAN_NONE), 1);
	assert_int_equal(cache_clear(bench->cache, CACHE_CLEAR_TOKEN,
	    SPAN_LITERAL("s.child"), SPAN_NONE), 1);
	assert_int_equal(cache_clear(bench->cache, CACHE_CLEAR_ACCESSOR,
	    SPAN_LITERAL("app-acc"), SPAN_NONE), 2);
	assert_int_equal(cache_clear(bench->cache, CACHE_CLEAR_TOKEN,
	    SPAN_LITERAL("s.app"), SPAN_NONE), 0);
	fetch_lease(bench, DB, FIXTURE_LEASE("db/creds/app/3", 600));
	assert_int_equal(cache_clear(bench->cache, CACHE_CLEAR_TOKEN,
	    SPAN_LITERAL("s.ours"), SPAN_NONE), 1);
	fetch_lease(bench, DB, FIXTURE_LEASE("db/creds/app/4", 600));
}

static void
an_answer_asked_for_before_a_revocation_is_not_stored(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = fixture_read(&bench->fixture, DB);
	struct http_head head = fixture_head();
	struct cache_result result;

	assert_int_equal(cache_lookup(bench->cache, &ask, &result),
	    CACHE_LEAD);
	see(bench, "/v1/sys/leases/revoke-prefix/db/", "");
	assert_false(cache_wants(bench->cache, result.flight, &head));
	assert_false(cache_fill(bench->cache, &result.flight, &ask, &head,
	    span_of(FIXTURE_LEASE("db/creds/app/1", 600))));
	assert_int_equal(entries(bench), 0);
}

#define on_bench(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		on_bench(every_way_to_revoke_a_lease_evicts_it),
		on_bench(reading_about_a_revocation_evicts_nothing),
		on_bench(an_unmounted_engine_takes_its_leases),
		on_bench(a_namespace_takes_all_that_lies_in_it),
		on_bench(an_unmounted_auth_method_takes_its_tokens),
		on_bench(revoking_the_prefix_of_a_login_takes_its_tokens),
		on_bench(a_revoked_token_takes_all_below_it),
		on_bench(revoke_self_takes_the_token_of_the_request),
		on_bench(a_revoked_child_leaves_its_parent),
		on_bench(revoke_orphan_leaves_the_children),
		on_bench(revoking_our_own_token_leaves_it_under_management),
		on_bench(namespaces_are_kept_apart_in_either_form),
		on_bench(any_status_below_300_counts_and_no_other),
		on_bench(what_cannot_be_read_has_no_effect),
		on_bench(a_renewal_seen_passing_refreshes_the_expiry),
		on_bench(a_renewal_of_a_token_seen_passing_refreshes_it),
		on_bench(a_renewal_by_accessor_counts_as_well),
		on_bench(what_only_looks_like_a_renewal_lengthens_nothing),
		on_bench(clear_all_keeps_our_token_under_management),
		on_bench(clear_by_request_path_is_by_prefix_in_its_namespace),
		on_bench(clear_by_lease_token_and_accessor),
		on_bench(an_answer_asked_for_before_a_revocation_is_not_stored)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
