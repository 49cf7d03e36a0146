/*
 * test_cache - the whole cache: looked up, shared, stored, replaced.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

#define DB "/v1/db/creds/app"
#define MANY 1000
#define ORDER_IS_KEPT (10 * FIXTURE_SECOND)	/* between uses */

struct bench {
	struct fixture fixture;
	struct cache_options options;
	struct cache *cache;
	/* What those that joined heard. */
	unsigned heard[3];
	struct cache_flight *flight;
	int64_t remaining_s;
};

static void
begin(struct bench *bench)
{
	cache_free(bench->cache);
	bench->cache = cache_new(&bench->options, &bench->fixture.env);
	cache_begin_generation(bench->cache, 1, bench->fixture.token, "acc");
}

static int
setup(void **state)
{
	struct bench *bench = xcalloc(1, sizeof(*bench));

	cache_options_init(&bench->options);
	fixture_init(&bench->fixture);
	begin(bench);
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
	fixture_release(&bench->fixture);
	free(bench);
	return 0;
}

static struct cache_counts
count(const struct bench *bench)
{
	struct cache_counts counts;

	cache_count(bench->cache, &counts);
	return counts;
}

static void
on_landed(void *arg, enum cache_landing landing, const struct cache_hit *hit,
    struct cache_flight *flight)
{
	struct bench *bench = arg;
	struct cache_answer *answer;

	bench->heard[landing]++;
	if (flight != NULL)
		bench->flight = flight;
	if (hit != NULL) {
		bench->remaining_s = hit->remaining_s;
		answer = hit->answer;
		cache_answer_unref(&answer);
	}
}

static struct cache_flight *
lead(struct bench *bench, const struct cache_ask *ask)
{
	struct cache_result result;

	assert_int_equal(cache_lookup(bench->cache, ask, &result),
	    CACHE_LEAD);
	return result.flight;
}

static void
join(struct bench *bench, const struct cache_ask *ask, unsigned times)
{
	struct cache_waiter *waiter;
	struct cache_result result;

	for (; times > 0; times--) {
		assert_int_equal(cache_lookup(bench->cache, ask, &result),
		    CACHE_JOIN);
		assert_int_equal(cache_join(bench->cache, &result.key,
		    on_landed, bench, &waiter), LH_OK);
	}
}

static bool
fill(struct bench *bench, struct cache_flight **flight,
    const struct cache_ask *ask, const char *body)
{
	struct http_head head = fixture_head();

	return cache_fill(bench->cache, flight, ask, &head, span_of(body));
}

static int64_t
remaining_s(struct bench *bench, const struct cache_ask *ask)
{
	struct cache_result result;
	int64_t seconds;

	assert_int_equal(cache_lookup(bench->cache, ask, &result),
	    CACHE_HIT);
	assert_null(result.flight);
	seconds = result.hit.remaining_s;
	cache_answer_unref(&result.hit.answer);
	return seconds;
}

/* An entry whose renewal was refused, and the ask for it. */
static struct cache_ask
end_lease(struct bench *bench)
{
	struct cache_ask ask = fixture_read(&bench->fixture, DB);

	assert_true(fixture_fetch(bench->cache, &ask,
	    FIXTURE_LEASE("db/creds/app/1", 1000)));
	fixture_advance(&bench->fixture, 740 * FIXTURE_SECOND);
	fixture_answer(&bench->fixture, VAULT_VERDICT_DENIED, "");
	assert_int_equal(count(bench).ending, 1);
	return ask;
}

static void
a_thousand_identical_reads_are_one_fetch(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = fixture_read(&bench->fixture, DB);
	struct cache_flight *flight = lead(bench, &ask);

	join(bench, &ask, MANY - 1);
	assert_int_equal(count(bench).flights, 1);
	assert_int_equal(count(bench).waiters, MANY - 1);
	assert_true(fill(bench, &flight, &ask,
	    FIXTURE_LEASE("db/creds/app/1", 600)));
	assert_null(flight);
	fixture_turn(&bench->fixture);
	assert_int_equal(bench->heard[CACHE_LANDED_HIT], MANY - 1);
	assert_int_equal(bench->remaining_s, 600);
	assert_int_equal(count(bench).waiters, 0);
	assert_true(fixture_hits(bench->cache, &ask));
}

static void
an_unshareable_answer_releases_all_and_is_remembered(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = fixture_read(&bench->fixture, "/v1/kv/a");
	struct cache_flight *flight = lead(bench, &ask), *second;

	join(bench, &ask, MANY - 1);
	assert_false(fill(bench, &flight, &ask, "{\"data\":{\"a\":\"b\"}}"));
	fixture_turn(&bench->fixture);
	assert_int_equal(bench->heard[CACHE_LANDED_ALONE], MANY - 1);
	flight = lead(bench, &ask);
	second = lead(bench, &ask);
	cache_share_none(bench->cache, &flight);
	cache_share_none(bench->cache, &second);
	timesource_advance(bench->fixture.clock,
	    bench->options.unshareable_for);
	flight = lead(bench, &ask);
	join(bench, &ask, 1);
	cache_release(bench->cache, &flight);
	fixture_turn(&bench->fixture);
}

static void
a_path_remembered_wrongly_is_shared_again_after_a_store(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = fixture_read(&bench->fixture, DB);
	struct cache_flight *flight = lead(bench, &ask);

	cache_share_none(bench->cache, &flight);
	assert_true(fixture_fetch(bench->cache, &ask,
	    FIXTURE_LEASE("db/creds/app/1", 600)));
	cache_clear(bench->cache, CACHE_CLEAR_ALL, SPAN_NONE, SPAN_NONE);
	flight = lead(bench, &ask);
	join(bench, &ask, 1);
	cache_release(bench->cache, &flight);
	fixture_turn(&bench->fixture);
}

static void
a_refusal_releases_all_and_is_not_remembered(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = fixture_read(&bench->fixture, DB);
	struct cache_flight *flight = lead(bench, &ask);

	join(bench, &ask, 2);
	cache_release(bench->cache, &flight);
	fixture_turn(&bench->fixture);
	assert_int_equal(bench->heard[CACHE_LANDED_ALONE], 2);
	flight = lead(bench, &ask);
	join(bench, &ask, 1);
	cache_release(bench->cache, &flight);
	fixture_turn(&bench->fixture);
}

static void
a_failed_leader_wakes_one_waiter(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = fixture_read(&bench->fixture, DB);
	struct cache_flight *flight = lead(bench, &ask);

	join(bench, &ask, 3);
	cache_fail(bench->cache, &flight);
	fixture_turn(&bench->fixture);
	assert_int_equal(bench->heard[CACHE_LANDED_LEAD], 1);
	assert_true(fill(bench, &bench->flight, &ask,
	    FIXTURE_LEASE("db/creds/app/1", 600)));
	fixture_turn(&bench->fixture);
	assert_int_equal(bench->heard[CACHE_LANDED_HIT], 2);
}

static void
plain_writes_are_never_merged(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = fixture_write(&bench->fixture,
	    "/v1/transit/encrypt/app", "{\"plaintext\":\"\"}");
	struct cache_flight *one = lead(bench, &ask);
	struct cache_flight *two = lead(bench, &ask);

	assert_false(fill(bench, &one, &ask, "{\"data\":{}}"));
	cache_share_none(bench->cache, &two);
	one = lead(bench, &ask);
	two = lead(bench, &ask);
	cache_fail(bench->cache, &one);
	cache_fail(bench->cache, &two);
}

static void
a_write_that_gave_a_lease_is_stored_and_merged_later(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = fixture_write(&bench->fixture,
	    "/v1/auth/approle/login", "{\"role_id\":\"a\"}");
	struct cache_ask other = fixture_write(&bench->fixture,
	    "/v1/auth/approle/login", "{\"role_id\":\"b\"}");
	struct cache_flight *flight;

	assert_true(fixture_fetch(bench->cache, &ask,
	    FIXTURE_AUTH("s.a", "a", 600, true)));
	assert_true(fixture_hits(bench->cache, &ask));
	flight = lead(bench, &other);
	join(bench, &other, 1);
	assert_true(fill(bench, &flight, &other,
	    FIXTURE_AUTH("s.b", "b", 600, true)));
	fixture_turn(&bench->fixture);
	assert_int_equal(bench->heard[CACHE_LANDED_HIT], 1);
}

static void
a_hit_tells_remaining_life_and_age(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = fixture_read(&bench->fixture, DB);
	struct cache_result result;

	assert_true(fixture_fetch(bench->cache, &ask,
	    FIXTURE_LEASE("db/creds/app/1", 600)));
	timesource_advance(bench->fixture.clock, 10999);
	assert_int_equal(cache_lookup(bench->cache, &ask, &result),
	    CACHE_HIT);
	assert_int_equal(result.hit.remaining_s, 589);
	assert_int_equal(result.hit.age_s, 10);
	cache_answer_unref(&result.hit.answer);
}

static void
nothing_is_served_with_less_than_the_floor_left(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = fixture_read(&bench->fixture, DB);

	assert_true(fixture_fetch(bench->cache, &ask,
	    FIXTURE_LEASE("db/creds/app/1", 600)));
	timesource_advance(bench->fixture.clock, 540 * FIXTURE_SECOND);
	assert_int_equal(remaining_s(bench, &ask), 60);
	timesource_advance(bench->fixture.clock, 1);
	assert_false(fixture_hits(bench->cache, &ask));
	assert_int_equal(count(bench).entries, 1);
	timesource_advance(bench->fixture.clock, 60 * FIXTURE_SECOND);
	assert_false(fixture_hits(bench->cache, &ask));
	assert_int_equal(count(bench).left[CACHE_LEFT_EXPIRED], 1);
}

static void
after_a_renewal_hits_tell_the_new_life(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = fixture_read(&bench->fixture, DB);

	assert_true(fixture_fetch(bench->cache, &ask,
	    FIXTURE_LEASE("db/creds/app/1", 1000)));
	fixture_advance(&bench->fixture, 740 * FIXTURE_SECOND);
	fixture_answer(&bench->fixture, VAULT_VERDICT_OK,
	    FIXTURE_LEASE("db/creds/app/1", 900));
	assert_int_equal(remaining_s(bench, &ask), 900);
}

static void
an_ending_lease_is_served_while_one_fetches_its_successor(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = end_lease(bench);
	struct cache_result result;

	assert_int_equal(cache_lookup(bench->cache, &ask, &result),
	    CACHE_HIT);
	cache_answer_unref(&result.hit.answer);
	assert_non_null(result.flight);
	assert_int_equal(remaining_s(bench, &ask), 260);
	assert_int_equal(remaining_s(bench, &ask), 260);
	assert_true(fill(bench, &result.flight, &ask,
	    FIXTURE_LEASE("db/creds/app/2", 1000)));
	assert_int_equal(remaining_s(bench, &ask), 1000);
	assert_int_equal(count(bench).left[CACHE_LEFT_REPLACED], 1);
	assert_int_equal(count(bench).ending, 0);
}

static void
a_successor_that_did_not_come_is_not_asked_for_at_once(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = end_lease(bench);
	struct cache_result result;

	assert_int_equal(cache_lookup(bench->cache, &ask, &result),
	    CACHE_HIT);
	cache_answer_unref(&result.hit.answer);
	cache_fail(bench->cache, &result.flight);
	assert_int_equal(remaining_s(bench, &ask), 260);
	timesource_advance(bench->fixture.clock, 21 * FIXTURE_SECOND);
	assert_int_equal(cache_lookup(bench->cache, &ask, &result),
	    CACHE_HIT);
	cache_answer_unref(&result.hit.answer);
	assert_non_null(result.flight);
	cache_fail(bench->cache, &result.flight);
}

static void
who_comes_after_the_old_one_died_joins_the_successor(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = end_lease(bench);
	struct cache_result result;

	assert_int_equal(cache_lookup(bench->cache, &ask, &result),
	    CACHE_HIT);
	cache_answer_unref(&result.hit.answer);
	timesource_advance(bench->fixture.clock, 300 * FIXTURE_SECOND);
	join(bench, &ask, 2);
	assert_true(fill(bench, &result.flight, &ask,
	    FIXTURE_LEASE("db/creds/app/2", 1000)));
	fixture_turn(&bench->fixture);
	assert_int_equal(bench->heard[CACHE_LANDED_HIT], 2);
}

static void
no_cache_never_hits_and_replaces(void **state)
{
	struct bench *bench = *state;
	struct http_field field = { SPAN_LITERAL("Cache-Control"),
	    SPAN_LITERAL("no-cache") };
	struct cache_ask ask = fixture_read(&bench->fixture, DB);
	struct cache_ask fresh = ask;

	fresh.fields = (struct http_fields){ &field, 1 };
	assert_true(fixture_fetch(bench->cache, &ask,
	    FIXTURE_LEASE("db/creds/app/1", 600)));
	assert_true(fixture_fetch(bench->cache, &fresh,
	    FIXTURE_LEASE("db/creds/app/2", 700)));
	assert_int_equal(remaining_s(bench, &ask), 700);
	assert_int_equal(count(bench).entries, 1);
}

static void
nobody_joins_what_a_revocation_has_overtaken(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = fixture_read(&bench->fixture, DB);
	struct cache_ask revoke = fixture_write(&bench->fixture,
	    "/v1/sys/leases/revoke-prefix/other/", "");
	struct cache_flight *overtaken = lead(bench, &ask), *flight;

	cache_depart(bench->cache, overtaken);
	join(bench, &ask, 1);
	cache_observe(bench->cache, &revoke, 204, SPAN_NONE);
	flight = lead(bench, &ask);
	fixture_turn(&bench->fixture);
	assert_int_equal(bench->heard[CACHE_LANDED_ALONE], 1);
	assert_false(fill(bench, &overtaken, &ask,
	    FIXTURE_LEASE("db/creds/app/1", 600)));
	assert_true(fill(bench, &flight, &ask,
	    FIXTURE_LEASE("db/creds/app/2", 700)));
	assert_int_equal(remaining_s(bench, &ask), 700);
}

static void
what_waits_for_its_turn_is_not_overtaken(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = fixture_read(&bench->fixture, DB);
	struct cache_ask revoke = fixture_write(&bench->fixture,
	    "/v1/sys/leases/revoke-prefix/other/", "");
	struct cache_flight *flight = lead(bench, &ask);

	cache_observe(bench->cache, &revoke, 204, SPAN_NONE);
	join(bench, &ask, 1);
	cache_depart(bench->cache, flight);
	assert_true(fill(bench, &flight, &ask,
	    FIXTURE_LEASE("db/creds/app/1", 600)));
	fixture_turn(&bench->fixture);
	assert_int_equal(bench->heard[CACHE_LANDED_HIT], 1);
	assert_int_equal(remaining_s(bench, &ask), 600);
}

static void
a_life_begins_when_it_is_asked_for(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = fixture_read(&bench->fixture, DB);
	struct cache_flight *flight = lead(bench, &ask);

	fixture_advance(&bench->fixture, 5 * FIXTURE_SECOND);
	cache_depart(bench->cache, flight);
	fixture_advance(&bench->fixture, 7 * FIXTURE_SECOND);
	assert_true(fill(bench, &flight, &ask,
	    FIXTURE_LEASE("db/creds/app/1", 600)));
	assert_int_equal(remaining_s(bench, &ask), 593);
}

static void
what_comes_when_its_life_is_over_is_not_kept(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = fixture_read(&bench->fixture, DB);
	struct cache_flight *flight = lead(bench, &ask);

	cache_depart(bench->cache, flight);
	fixture_advance(&bench->fixture, 10 * FIXTURE_SECOND);
	assert_false(fill(bench, &flight, &ask,
	    FIXTURE_LEASE("db/creds/app/1", 10)));
	assert_int_equal(count(bench).entries, 0);
}

static void
no_store_bypasses(void **state)
{
	struct bench *bench = *state;
	struct http_field field = { SPAN_LITERAL("Cache-Control"),
	    SPAN_LITERAL("no-store") };
	struct cache_ask ask = fixture_read(&bench->fixture, DB);
	struct cache_result result;

	assert_true(fixture_fetch(bench->cache, &ask,
	    FIXTURE_LEASE("db/creds/app/1", 600)));
	ask.fields = (struct http_fields){ &field, 1 };
	assert_int_equal(cache_lookup(bench->cache, &ask, &result),
	    CACHE_BYPASS);
	assert_null(result.flight);
}

static void
an_entry_of_one_token_is_for_that_token_only(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ours = fixture_read(&bench->fixture, DB);
	struct cache_ask own = ours, other = ours;

	own.identity = other.identity = CACHE_IDENTITY_OWN;
	other.token = bench->fixture.other;
	assert_true(fixture_fetch(bench->cache, &own,
	    FIXTURE_LEASE("db/creds/app/1", 600)));
	assert_true(fixture_hits(bench->cache, &own));
	assert_false(fixture_hits(bench->cache, &ours));
	assert_false(fixture_hits(bench->cache, &other));
}

static void
a_lease_of_an_unmanaged_token_passes(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = fixture_read(&bench->fixture, DB);

	ask.identity = CACHE_IDENTITY_OWN;
	ask.token = bench->fixture.other;
	assert_false(fixture_fetch(bench->cache, &ask,
	    FIXTURE_LEASE("db/creds/app/1", 600)));
	ask = fixture_read(&bench->fixture, DB);
	assert_true(fixture_fetch(bench->cache, &ask,
	    FIXTURE_LEASE("db/creds/app/2", 600)));
}

static void
a_second_identical_login_gets_the_same_token(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = fixture_write(&bench->fixture,
	    "/v1/auth/approle/login", "{\"role_id\":\"a\"}");

	ask.identity = CACHE_IDENTITY_NONE;
	ask.token = NULL;
	assert_true(fixture_fetch(bench->cache, &ask,
	    FIXTURE_AUTH("s.a", "a", 600, true)));
	assert_int_equal(remaining_s(bench, &ask), 600);
	ask.body = SPAN_LITERAL("{\"role_id\":\"b\"}");
	assert_false(fixture_hits(bench->cache, &ask));
}

static void
a_replaced_token_stays_while_it_is_worked_with(void **state)
{
	struct bench *bench = *state;
	struct secret *app = secret_new(SPAN_LITERAL("s.a"));
	struct http_field field = { SPAN_LITERAL("Cache-Control"),
	    SPAN_LITERAL("no-cache") };
	struct cache_ask login = fixture_write(&bench->fixture,
	    "/v1/auth/approle/login", "{\"role_id\":\"a\"}");
	struct cache_ask lease = fixture_read(&bench->fixture, DB);

	lease.identity = CACHE_IDENTITY_OWN;
	lease.token = app;
	assert_true(fixture_fetch(bench->cache, &login,
	    FIXTURE_AUTH("s.a", "a", 600, true)));
	assert_true(fixture_fetch(bench->cache, &lease,
	    FIXTURE_LEASE("db/creds/app/1", 600)));
	login.fields = (struct http_fields){ &field, 1 };
	assert_true(fixture_fetch(bench->cache, &login,
	    FIXTURE_AUTH("s.b", "b", 600, true)));
	assert_true(fixture_hits(bench->cache, &lease));
	assert_int_equal(count(bench).entries, 3);
	assert_true(fixture_fetch(bench->cache, &login,
	    FIXTURE_AUTH("s.c", "c", 600, true)));
	assert_int_equal(count(bench).left[CACHE_LEFT_REPLACED], 1);
	secret_unref(&app);
}

static void
what_is_asked_under_no_generation_bypasses(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = fixture_read(&bench->fixture, DB);
	struct cache_result result;

	ask.generation = 2;
	assert_int_equal(cache_lookup(bench->cache, &ask, &result),
	    CACHE_BYPASS);
	ask.generation = 1;
	cache_end_generation(bench->cache, 1);
	assert_int_equal(cache_lookup(bench->cache, &ask, &result),
	    CACHE_BYPASS);
}

static void
entries_of_a_dead_generation_are_gone_at_once(void **state)
{
	struct bench *bench = *state;
	struct secret *next = secret_new(SPAN_LITERAL("s.next"));
	struct cache_ask ask = fixture_read(&bench->fixture, DB);

	assert_true(fixture_fetch(bench->cache, &ask,
	    FIXTURE_LEASE("db/creds/app/1", 600)));
	cache_begin_generation(bench->cache, 1, bench->fixture.token, "acc");
	assert_int_equal(count(bench).entries, 1);
	cache_end_generation(bench->cache, 7);
	assert_int_equal(count(bench).entries, 1);
	cache_begin_generation(bench->cache, 2, next, "acc2");
	assert_int_equal(count(bench).entries, 0);
	assert_int_equal(count(bench).left[CACHE_LEFT_GENERATION], 1);
	assert_int_equal(scheduler_waiting(bench->fixture.scheduler), 0);
	secret_unref(&next);
}

static void
a_flight_of_a_dead_generation_is_not_stored(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = fixture_read(&bench->fixture, DB);
	struct cache_flight *flight = lead(bench, &ask);
	struct secret *next = secret_new(SPAN_LITERAL("s.next"));

	join(bench, &ask, 2);
	cache_begin_generation(bench->cache, 2, next, "acc2");
	fixture_turn(&bench->fixture);
	assert_int_equal(bench->heard[CACHE_LANDED_ALONE], 2);
	assert_false(fill(bench, &flight, &ask,
	    FIXTURE_LEASE("db/creds/app/1", 600)));
	assert_int_equal(count(bench).entries, 0);
	assert_int_equal(count(bench).flights, 0);
	secret_unref(&next);
}

static void
sixteen_generations_leave_nothing_behind(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = fixture_read(&bench->fixture, DB);
	struct secret *token;
	char text[32];

	for (ask.generation = 2; ask.generation < 18; ask.generation++) {
		snprintf(text, sizeof(text), "s.%u",
		    (unsigned)ask.generation);
		token = secret_new(span_of(text));
		cache_begin_generation(bench->cache, ask.generation, token,
		    text);
		secret_unref(&token);
		assert_true(fixture_fetch(bench->cache, &ask,
		    FIXTURE_LEASE("db/creds/app/1", 600)));
		assert_int_equal(count(bench).entries, 1);
		assert_int_equal(scheduler_waiting(
		    bench->fixture.scheduler), 1);
	}
	cache_end_generation(bench->cache, 17);
	assert_int_equal(count(bench).bytes, 0);
}

static void
the_least_recently_used_is_crowded_out_with_its_renewal(void **state)
{
	struct bench *bench = *state;
	struct cache_ask a = fixture_read(&bench->fixture, "/v1/db/creds/a");
	struct cache_ask b = fixture_read(&bench->fixture, "/v1/db/creds/b");
	struct cache_ask c = fixture_read(&bench->fixture, "/v1/db/creds/c");

	bench->options.max_entries = 2;
	begin(bench);
	assert_true(fixture_fetch(bench->cache, &a,
	    FIXTURE_LEASE("db/creds/a/1", 600)));
	assert_true(fixture_fetch(bench->cache, &b,
	    FIXTURE_LEASE("db/creds/b/1", 600)));
	fixture_advance(&bench->fixture, ORDER_IS_KEPT);
	assert_true(fixture_hits(bench->cache, &a));
	assert_true(fixture_fetch(bench->cache, &c,
	    FIXTURE_LEASE("db/creds/c/1", 600)));
	assert_true(fixture_hits(bench->cache, &a));
	assert_false(fixture_hits(bench->cache, &b));
	assert_int_equal(count(bench).left[CACHE_LEFT_CROWDED], 1);
	assert_int_equal(scheduler_waiting(bench->fixture.scheduler), 2);
	fixture_advance(&bench->fixture, 0);
	assert_int_equal(bench->fixture.api.started, 0);
}

static void
what_is_crowded_out_is_revoked_if_asked_for(void **state)
{
	struct bench *bench = *state;
	struct cache_ask a = fixture_read(&bench->fixture, "/v1/db/creds/a");
	struct cache_ask b = fixture_read(&bench->fixture, "/v1/db/creds/b");

	bench->options.max_entries = 1;
	bench->options.revoke_evicted = true;
	begin(bench);
	assert_true(fixture_fetch(bench->cache, &a,
	    FIXTURE_LEASE("db/creds/a/1", 600)));
	assert_true(fixture_fetch(bench->cache, &b,
	    FIXTURE_LEASE("db/creds/b/1", 600)));
	fixture_advance(&bench->fixture, 0);
	assert_int_equal(bench->fixture.api.call, FIXTURE_REVOKE);
	assert_string_equal(bench->fixture.api.lease_id, "db/creds/a/1");
	fixture_answer(&bench->fixture, VAULT_VERDICT_DOWN, "");
	fixture_advance(&bench->fixture, FIXTURE_MINUTE);
	assert_int_equal(bench->fixture.api.started, 1);
}

static void
revocations_under_way_end_with_the_cache(void **state)
{
	struct bench *bench = *state;
	struct cache_ask a = fixture_read(&bench->fixture, "/v1/db/creds/a");
	struct cache_ask b = fixture_read(&bench->fixture, "/v1/db/creds/b");
	struct cache_ask c = fixture_read(&bench->fixture, "/v1/db/creds/c");

	bench->options.max_entries = 1;
	bench->options.revoke_evicted = true;
	begin(bench);
	assert_true(fixture_fetch(bench->cache, &a,
	    FIXTURE_LEASE("db/creds/a/1", 600)));
	assert_true(fixture_fetch(bench->cache, &b,
	    FIXTURE_LEASE("db/creds/b/1", 600)));
	fixture_advance(&bench->fixture, 0);
	assert_true(fixture_fetch(bench->cache, &c,
	    FIXTURE_LEASE("db/creds/c/1", 600)));
	begin(bench);
	assert_int_equal(bench->fixture.api.cancelled, 1);
}

static void
a_token_in_use_is_not_crowded_out(void **state)
{
	struct bench *bench = *state;
	struct secret *app = secret_new(SPAN_LITERAL("s.a"));
	struct cache_ask login = fixture_write(&bench->fixture,
	    "/v1/auth/approle/login", "{\"role_id\":\"a\"}");
	struct cache_ask lease = fixture_read(&bench->fixture, DB);
	struct cache_ask idle = fixture_read(&bench->fixture, "/v1/db/c/i");
	struct cache_ask more = fixture_read(&bench->fixture, "/v1/db/c/m");

	bench->options.max_entries = 3;
	begin(bench);
	lease.identity = CACHE_IDENTITY_OWN;
	lease.token = app;
	assert_true(fixture_fetch(bench->cache, &login,
	    FIXTURE_AUTH("s.a", "a", 600, true)));
	assert_true(fixture_fetch(bench->cache, &lease,
	    FIXTURE_LEASE("db/creds/app/1", 600)));
	assert_true(fixture_fetch(bench->cache, &idle,
	    FIXTURE_LEASE("db/c/i/1", 600)));
	fixture_advance(&bench->fixture, ORDER_IS_KEPT);
	assert_true(fixture_hits(bench->cache, &lease));
	assert_true(fixture_fetch(bench->cache, &more,
	    FIXTURE_LEASE("db/c/m/1", 600)));
	assert_true(fixture_hits(bench->cache, &lease));
	assert_false(fixture_hits(bench->cache, &idle));
	secret_unref(&app);
}

static void
an_answer_over_the_limit_passes(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = fixture_read(&bench->fixture, DB);

	bench->options.max_entry_bytes = 100;
	begin(bench);
	assert_int_equal(cache_max_entry_bytes(bench->cache), 100);
	assert_false(fixture_fetch(bench->cache, &ask,
	    FIXTURE_LEASE("db/creds/app/1", 600)));
}

static void
rule_3_broken_json_passes(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = fixture_read(&bench->fixture, DB);

	assert_false(fixture_fetch(bench->cache, &ask,
	    "{\"lease_id\":\"db/1\",\"lease_duration\":60,"));
	assert_false(fixture_fetch(bench->cache, &ask,
	    "{\"lease_id\":\"db/1\",\"renewable\":true,"
	    "\"lease_duration\":\"60\"}"));
}

static void
a_flight_that_is_over_cannot_be_joined(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = fixture_read(&bench->fixture, DB);
	struct cache_flight *flight = lead(bench, &ask);
	struct cache_waiter *waiter = NULL;
	struct cache_result result;

	assert_int_equal(cache_lookup(bench->cache, &ask, &result),
	    CACHE_JOIN);
	cache_fail(bench->cache, &flight);
	assert_int_equal(cache_join(bench->cache, &result.key, on_landed,
	    bench, &waiter), LH_ERR_NOT_FOUND);
	cache_waiter_leave(waiter);
}

static void
a_cache_is_freed_with_all_that_goes_on_in_it(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = end_lease(bench);
	struct cache_ask other = fixture_read(&bench->fixture, "/v1/db/x");
	struct cache_result result;

	assert_int_equal(cache_lookup(bench->cache, &ask, &result),
	    CACHE_HIT);
	cache_answer_unref(&result.hit.answer);
	(void)lead(bench, &other);
	join(bench, &other, 3);
	begin(bench);
	fixture_turn(&bench->fixture);
	assert_int_equal(bench->heard[CACHE_LANDED_ALONE], 0);
}

#define ROLE "/v1/database/static-creds/app"
#define DATA(text) "{\"lease_id\":\"\",\"renewable\":false," \
	"\"lease_duration\":0,\"data\":{" text "},\"auth\":null}"
#define STS(id, seconds) "{\"lease_id\":\"aws/sts/app/" id "\"," \
	"\"renewable\":false,\"lease_duration\":" #seconds ",\"data\":{" \
	"\"security_token\":\"s\",\"ttl\":" #seconds "},\"auth\":null}"

static const struct cache_lifetime lifetimes[] = {
	{ .path = "pki/issue/+", .kind = CACHE_LIFETIME_CERTIFICATE },
	{ .path = "kv1/*", .kind = CACHE_LIFETIME_TTL },
	{ .path = "database/static-creds/+",
	    .kind = CACHE_LIFETIME_STATIC_ROLE },
	{ .path = "aws/sts/+", .kind = CACHE_LIFETIME_SECURITY_TOKEN }
};

static void
begin_with_lifetimes(struct bench *bench)
{
	bench->options.lifetimes = (struct cache_lifetimes){
		lifetimes, sizeof(lifetimes) / sizeof(lifetimes[0])
	};
	begin(bench);
}

/* The body of a hit, in text. */
static void
expect_hit(struct bench *bench, const struct cache_ask *ask,
    int64_t remaining_s, const char *part)
{
	struct cache_answer_room room;
	struct cache_result result;
	struct http_stored stored;
	char text[512];
	size_t i, len = 0;

	assert_int_equal(cache_lookup(bench->cache, ask, &result), CACHE_HIT);
	assert_null(result.flight);
	assert_int_equal(result.hit.remaining_s, remaining_s);
	cache_answer_send(result.hit.answer, result.hit.remaining_s, 0, &room,
	    &stored);
	for (i = 0; i < HTTP_STORED_PIECES; i++) {
		assert_true(len + stored.pieces[i].len < sizeof(text));
		if (stored.pieces[i].len > 0)
			memcpy(text + len, stored.pieces[i].ptr,
			    stored.pieces[i].len);
		len += stored.pieces[i].len;
	}
	text[len] = '\0';
	stored.release(stored.arg);
	assert_non_null(strstr(text, part));
}

static void
no_life_is_kept_to_unless_configured(void **state)
{
	struct bench *bench = *state;
	struct cache_ask role = fixture_read(&bench->fixture, ROLE);
	struct cache_ask other = fixture_read(&bench->fixture, "/v1/db/x");

	assert_false(fixture_fetch(bench->cache, &role, DATA("\"ttl\":60")));
	begin_with_lifetimes(bench);
	assert_false(fixture_fetch(bench->cache, &other,
	    DATA("\"ttl\":60")));
	assert_true(fixture_fetch(bench->cache, &role, DATA("\"ttl\":60")));
	assert_int_equal(count(bench).entered, 1);
}

static void
a_static_role_is_served_up_to_its_rotation_and_never_fetched_ahead(
    void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = fixture_read(&bench->fixture, ROLE);

	begin_with_lifetimes(bench);
	assert_true(fixture_fetch(bench->cache, &ask, DATA("\"ttl\":60")));
	assert_int_equal(scheduler_waiting(bench->fixture.scheduler), 0);
	fixture_advance(&bench->fixture, 50 * FIXTURE_SECOND);
	expect_hit(bench, &ask, 9, "\"ttl\":9 }");
	fixture_advance(&bench->fixture, 8999);
	expect_hit(bench, &ask, 1, "\"ttl\":1 }");
	fixture_advance(&bench->fixture, 1);
	assert_false(fixture_hits(bench->cache, &ask));
	assert_int_equal(count(bench).left[CACHE_LEFT_EXPIRED], 1);
}

static void
the_way_of_an_answer_does_not_lengthen_its_life(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = fixture_read(&bench->fixture, ROLE);
	struct cache_flight *flight;

	begin_with_lifetimes(bench);
	flight = lead(bench, &ask);
	fixture_advance(&bench->fixture, 5 * FIXTURE_SECOND);
	assert_true(fill(bench, &flight, &ask, DATA("\"ttl\":10")));
	expect_hit(bench, &ask, 4, "\"ttl\":4 }");
}

static void
a_vain_refetch_does_not_bring_the_successor_of_a_static_role_ahead(
    void **state)
{
	struct bench *bench = *state;
	struct http_field field = { SPAN_LITERAL("Cache-Control"),
	    SPAN_LITERAL("no-cache") };
	struct cache_ask ask = fixture_read(&bench->fixture, ROLE);
	struct cache_ask fresh = ask;
	struct cache_flight *flight;

	begin_with_lifetimes(bench);
	fresh.fields = (struct http_fields){ &field, 1 };
	assert_true(fixture_fetch(bench->cache, &ask, DATA("\"ttl\":999")));
	flight = lead(bench, &fresh);
	cache_fail(bench->cache, &flight);
	fixture_advance(&bench->fixture, 990 * FIXTURE_SECOND);
	expect_hit(bench, &ask, 8, "\"ttl\":8  }");
}

static void
around_a_rotation_waiters_share_what_is_not_kept(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = fixture_read(&bench->fixture, ROLE);
	struct cache_flight *flight;
	unsigned round;

	begin_with_lifetimes(bench);
	for (round = 1; round <= 2; round++) {
		flight = lead(bench, &ask);
		join(bench, &ask, MANY);
		assert_true(fill(bench, &flight, &ask, DATA("\"ttl\":0")));
		fixture_turn(&bench->fixture);
		assert_int_equal(bench->heard[CACHE_LANDED_HIT],
		    round * MANY);
		assert_int_equal(bench->remaining_s, 0);
	}
	assert_int_equal(count(bench).entered, 0);
}

static void
a_rotation_seen_passing_evicts_the_password_of_that_role(void **state)
{
	static const struct { const char *method, *path; bool evicts; }
	cases[] = {
		{ "POST", "/v1/database/rotate-role/app", true },
		{ "PUT", "/v1/database/rotate-role/app", true },
		{ "GET", "/v1/database/rotate-role/app", false },
		{ "POST", "/v1/database/rotate-role/other", false },
		{ "POST", "/v1/database/rotate-role/", false },
		{ "POST", "/v1/db/rotate-role/app", false },
		{ "POST", "/v1/ns1/database/rotate-role/app", false },
		{ "POST", "/v1/database/static-roles/app", true },
		{ "DELETE", "/v1/database/static-roles/app", true },
		{ "PATCH", "/v1/database/static-role/app", true },
		{ "GET", "/v1/database/static-roles/app", false },
		{ "POST", "/v1/database/roles/app", false }
	};
	struct bench *bench = *state;
	struct cache_ask ask = fixture_read(&bench->fixture, ROLE);
	struct cache_ask seen;
	size_t i;

	begin_with_lifetimes(bench);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		seen = fixture_write(&bench->fixture, cases[i].path, "");
		seen.method = span_of(cases[i].method);
		if (!fixture_hits(bench->cache, &ask))
			assert_true(fixture_fetch(bench->cache, &ask,
			    DATA("\"ttl\":60")));
		if (cases[i].evicts)
			assert_int_equal(cache_interest(bench->cache, &seen),
			    CACHE_INTEREST_STATUS);
		cache_observe(bench->cache, &seen, 204, SPAN_NONE);
		assert_int_equal(fixture_hits(bench->cache, &ask),
		    !cases[i].evicts);
	}
}

static void
a_password_asked_for_before_a_rotation_is_not_kept(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = fixture_read(&bench->fixture, ROLE);
	struct cache_ask rotate = fixture_write(&bench->fixture,
	    "/v1/database/rotate-role/app", "");
	struct cache_flight *flight;

	begin_with_lifetimes(bench);
	flight = lead(bench, &ask);
	cache_observe(bench->cache, &rotate, 204, SPAN_NONE);
	assert_false(fill(bench, &flight, &ask, DATA("\"ttl\":60")));
}

static void
a_certificate_is_replaced_ahead_in_the_last_third_of_its_life(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = fixture_write(&bench->fixture,
	    "/v1/pki/issue/web", "{\"common_name\":\"a\"}");
	struct cache_ask other = fixture_write(&bench->fixture,
	    "/v1/pki/issue/web", "{\"common_name\":\"b\"}");
	struct cache_result result;

	begin_with_lifetimes(bench);
	assert_true(fixture_fetch(bench->cache, &ask,
	    DATA("\"expiration\":1700003600")));
	assert_int_equal(scheduler_waiting(bench->fixture.scheduler), 0);
	fixture_advance(&bench->fixture, 30 * FIXTURE_MINUTE);
	expect_hit(bench, &ask, 1800, "\"expiration\":1700003600}");
	assert_false(fixture_hits(bench->cache, &other));
	fixture_advance(&bench->fixture, 15 * FIXTURE_MINUTE);
	assert_int_equal(cache_lookup(bench->cache, &ask, &result),
	    CACHE_HIT);
	assert_non_null(result.flight);
	cache_answer_unref(&result.hit.answer);
	assert_true(fill(bench, &result.flight, &ask,
	    DATA("\"expiration\":1700009999")));
	expect_hit(bench, &ask, 7299, "\"expiration\":1700009999}");
	assert_int_equal(count(bench).left[CACHE_LEFT_REPLACED], 1);
	assert_int_equal(bench->fixture.api.started, 0);
}

static void
a_life_is_not_served_under_its_floor(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = fixture_read(&bench->fixture, "/v1/kv1/app");

	begin_with_lifetimes(bench);
	assert_true(fixture_fetch(bench->cache, &ask, DATA("\"ttl\":100")));
	fixture_advance(&bench->fixture, 91 * FIXTURE_SECOND);
	assert_false(fixture_hits(bench->cache, &ask));
}

static void
seconds_beside_the_data_count_down_without_a_lease(void **state)
{
	static const char body[] = "{\"lease_id\":\"\",\"renewable\":false,"
	    "\"lease_duration\":3600,\"data\":{\"ttl\":\"1h\"}}";
	struct bench *bench = *state;
	struct cache_ask ask = fixture_read(&bench->fixture, "/v1/kv1/app");

	begin_with_lifetimes(bench);
	assert_true(fixture_fetch(bench->cache, &ask, body));
	fixture_advance(&bench->fixture, 100 * FIXTURE_SECOND);
	expect_hit(bench, &ask, 3500,
	    "\"lease_duration\":3500,\"data\":{\"ttl\":\"1h\"}}");
}

static void
what_has_a_lease_leaves_when_that_is_revoked(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = fixture_read(&bench->fixture,
	    "/v1/aws/sts/app");
	struct cache_ask renew = fixture_write(&bench->fixture,
	    "/v1/sys/leases/renew", "{}");
	struct cache_ask revoke = fixture_write(&bench->fixture,
	    "/v1/sys/leases/revoke", "{\"lease_id\":\"aws/sts/app/1\"}");

	begin_with_lifetimes(bench);
	assert_true(fixture_fetch(bench->cache, &ask, STS("1", 3600)));
	fixture_advance(&bench->fixture, FIXTURE_MINUTE);
	cache_observe(bench->cache, &renew, 200,
	    span_of(FIXTURE_LEASE("aws/sts/app/1", 9)));
	expect_hit(bench, &ask, 3540, "\"ttl\":3540");
	cache_observe(bench->cache, &revoke, 204, SPAN_NONE);
	assert_false(fixture_hits(bench->cache, &ask));
}

static void
a_life_is_kept_for_managed_tokens_and_goes_with_them(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ours = fixture_read(&bench->fixture, ROLE);
	struct cache_ask theirs = ours;

	begin_with_lifetimes(bench);
	theirs.identity = CACHE_IDENTITY_OWN;
	theirs.token = bench->fixture.other;
	assert_true(fixture_fetch(bench->cache, &ours, DATA("\"ttl\":60")));
	assert_false(fixture_fetch(bench->cache, &theirs,
	    DATA("\"ttl\":60")));
	assert_false(fixture_hits(bench->cache, &theirs));
	cache_begin_generation(bench->cache, 2, bench->fixture.other, "acc2");
	assert_int_equal(count(bench).left[CACHE_LEFT_GENERATION], 1);
}

static void
what_can_be_renewed_or_is_a_token_has_no_life_of_its_own(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = fixture_read(&bench->fixture, ROLE);

	begin_with_lifetimes(bench);
	assert_false(fixture_fetch(bench->cache, &ask, "{\"lease_id\":\"\","
	    "\"renewable\":true,\"data\":{\"ttl\":60}}"));
	assert_false(fixture_fetch(bench->cache, &ask, "{\"lease_id\":\"\","
	    "\"data\":{\"ttl\":60},\"auth\":{\"client_token\":\"t\"}}"));
	assert_false(fixture_fetch(bench->cache, &ask, "{\"lease_id\":\"\","
	    "\"data\":{\"ttl\":60},\"wrap_info\":{\"token\":\"t\"}}"));
}

static void
causes_have_names(void **state)
{
	unsigned i;

	for (i = 0; i < CACHE_LEFT_CAUSES; i++)
		assert_true(strlen(cache_cause_name(i)) > 0);
}

#define on_bench(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		on_bench(a_thousand_identical_reads_are_one_fetch),
		on_bench(an_unshareable_answer_releases_all_and_is_remembered),
		on_bench(
		    a_path_remembered_wrongly_is_shared_again_after_a_store),
		on_bench(a_refusal_releases_all_and_is_not_remembered),
		on_bench(a_failed_leader_wakes_one_waiter),
		on_bench(plain_writes_are_never_merged),
		on_bench(a_write_that_gave_a_lease_is_stored_and_merged_later),
		on_bench(a_hit_tells_remaining_life_and_age),
		on_bench(nothing_is_served_with_less_than_the_floor_left),
		on_bench(after_a_renewal_hits_tell_the_new_life),
		on_bench(
		    an_ending_lease_is_served_while_one_fetches_its_successor),
		on_bench(
		    a_successor_that_did_not_come_is_not_asked_for_at_once),
		on_bench(who_comes_after_the_old_one_died_joins_the_successor),
		on_bench(no_cache_never_hits_and_replaces),
		on_bench(nobody_joins_what_a_revocation_has_overtaken),
		on_bench(what_waits_for_its_turn_is_not_overtaken),
		on_bench(a_life_begins_when_it_is_asked_for),
		on_bench(what_comes_when_its_life_is_over_is_not_kept),
		on_bench(no_store_bypasses),
		on_bench(an_entry_of_one_token_is_for_that_token_only),
		on_bench(a_lease_of_an_unmanaged_token_passes),
		on_bench(a_second_identical_login_gets_the_same_token),
		on_bench(a_replaced_token_stays_while_it_is_worked_with),
		on_bench(what_is_asked_under_no_generation_bypasses),
		on_bench(entries_of_a_dead_generation_are_gone_at_once),
		on_bench(a_flight_of_a_dead_generation_is_not_stored),
		on_bench(sixteen_generations_leave_nothing_behind),
		on_bench(
		    the_least_recently_used_is_crowded_out_with_its_renewal),
		on_bench(what_is_crowded_out_is_revoked_if_asked_for),
		on_bench(revocations_under_way_end_with_the_cache),
		on_bench(a_token_in_use_is_not_crowded_out),
		on_bench(an_answer_over_the_limit_passes),
		on_bench(rule_3_broken_json_passes),
		on_bench(a_flight_that_is_over_cannot_be_joined),
		on_bench(a_cache_is_freed_with_all_that_goes_on_in_it),
		on_bench(no_life_is_kept_to_unless_configured),
		on_bench(
		a_static_role_is_served_up_to_its_rotation_and_never_fetched_ahead),
		on_bench(the_way_of_an_answer_does_not_lengthen_its_life),
		on_bench(
		a_vain_refetch_does_not_bring_the_successor_of_a_static_role_ahead),
		on_bench(around_a_rotation_waiters_share_what_is_not_kept),
		on_bench(
		    a_rotation_seen_passing_evicts_the_password_of_that_role),
		on_bench(a_password_asked_for_before_a_rotation_is_not_kept),
		on_bench(
		    a_certificate_is_replaced_ahead_in_the_last_third_of_its_life),
		on_bench(a_life_is_not_served_under_its_floor),
		on_bench(seconds_beside_the_data_count_down_without_a_lease),
		on_bench(what_has_a_lease_leaves_when_that_is_revoked),
		on_bench(a_life_is_kept_for_managed_tokens_and_goes_with_them),
		on_bench(
		    what_can_be_renewed_or_is_a_token_has_no_life_of_its_own),
		cmocka_unit_test(causes_have_names)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
