/*
 * test_lease_keeper - renewals: when, how often, and what follows from the
 * answer.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

#include "../../../src/cache/cache_store.h"
#include "../../../src/cache/lease_keeper.h"
#include "../../../src/cache/lease_quiet.h"
#include "../../../src/cache/lineage.h"

#define HOUR 3600000

struct bench {
	struct fixture fixture;
	struct cache_store *store;
	struct lineage *lineage;
	struct lineage_token *root;
	struct lease_keeper *keeper;
	unsigned left[CACHE_LEFT_CAUSES];
};

static void
drop(void *arg, struct cache_entry *entry, enum cache_cause cause)
{
	struct bench *bench = arg;
	struct lineage_token *holds = entry->holds;

	lease_keeper_forget(entry);
	lineage_unlink(entry);
	if (holds != NULL)
		lineage_remove(bench->lineage, holds);
	cache_store_remove(bench->store, entry, cause);
	bench->left[cause]++;
}

static int
setup(void **state)
{
	struct bench *bench = xcalloc(1, sizeof(*bench));
	struct cache_options options;

	cache_options_init(&options);
	fixture_init(&bench->fixture);
	bench->store = cache_store_new(&options, NULL);
	bench->lineage = lineage_new();
	bench->root = lineage_add(bench->lineage, bench->fixture.token, NULL,
	    NULL);
	bench->keeper = lease_keeper_new(&bench->fixture.env, drop, bench);
	*state = bench;
	return 0;
}

static int
teardown(void **state)
{
	struct bench *bench = *state;

	while (cache_store_first(bench->store) != NULL)
		drop(bench, cache_store_first(bench->store),
		    CACHE_LEFT_CLEARED);
	lease_keeper_free(bench->keeper);
	lineage_free(bench->lineage);
	cache_store_free(bench->store);
	fixture_release(&bench->fixture);
	free(bench);
	return 0;
}

static struct cache_entry *
add(struct bench *bench, unsigned number, span_ms life)
{
	static const char body[] = FIXTURE_LEASE("x", 1);
	struct http_head head = fixture_head();
	mono_ms now = fixture_now(&bench->fixture);
	struct vault_marks marks;
	struct cache_record record = {
		.path = SPAN_LITERAL("ns1/db/creds/app"), .ns_len = 4,
		.life = { now, now + life, life, life }
	};
	struct cache_entry *entry;
	char id[32];

	snprintf(id, sizeof(id), "db/creds/app/%u", number);
	memcpy(record.key.digest, &number, sizeof(number));
	record.lease_id = id;
	assert_int_equal(vault_scan(span_of(body), &marks), LH_OK);
	record.answer = cache_answer_new(&head, span_of(body), &marks);
	entry = cache_store_add(bench->store, &record);
	cache_answer_unref(&record.answer);
	lineage_link(bench->root, entry);
	lease_keeper_take(bench->keeper, entry, now);
	return entry;
}

/* Turns an entry into that of a token. */
static struct cache_entry *
add_token(struct bench *bench, span_ms life)
{
	static const char body[] = FIXTURE_AUTH("s.child", "c", 1, true);
	struct http_head head = fixture_head();
	mono_ms now = fixture_now(&bench->fixture);
	struct secret *secret = secret_new(SPAN_LITERAL("s.child"));
	struct vault_marks marks;
	struct cache_record record = {
		.key = { { 0xff } }, .path = SPAN_LITERAL("auth/approle/login"),
		.life = { now, now + life, life, life }
	};
	struct cache_entry *entry;

	assert_int_equal(vault_scan(span_of(body), &marks), LH_OK);
	record.answer = cache_answer_new(&head, span_of(body), &marks);
	entry = cache_store_add(bench->store, &record);
	cache_answer_unref(&record.answer);
	entry->holds = lineage_add(bench->lineage, secret, "c", entry);
	secret_unref(&secret);
	lease_keeper_take(bench->keeper, entry, now);
	return entry;
}

/* Lets time pass; every call is answered so. Returns the most calls that were
 * started within any one second. */
static size_t
pass_time(struct bench *bench, span_ms by, enum vault_verdict verdict,
    span_ms retry_after)
{
	size_t before, most = 0;

	for (; by > 0; by -= FIXTURE_SECOND) {
		before = bench->fixture.api.started;
		fixture_advance(&bench->fixture, FIXTURE_SECOND);
		lease_keeper_expire(bench->keeper,
		    fixture_now(&bench->fixture));
		while (bench->fixture.api.open != NULL)
			fixture_answer_later(&bench->fixture, verdict,
			    retry_after);
		if (bench->fixture.api.started - before > most)
			most = bench->fixture.api.started - before;
	}
	return most;
}

/* Up to its renewal, which is then under way. */
static struct cache_entry *
add_and_renew(struct bench *bench)
{
	struct cache_entry *entry = add(bench, 1, HOUR);

	fixture_advance(&bench->fixture, HOUR * 3 / 4);
	assert_int_equal(bench->fixture.api.started, 1);
	assert_int_equal(entry->work.state, LEASE_RENEWING);
	return entry;
}

static void
nothing_is_renewed_right_after_caching(void **state)
{
	struct bench *bench = *state;

	add(bench, 1, HOUR);
	fixture_advance(&bench->fixture, HOUR * 59 / 100);
	assert_int_equal(bench->fixture.api.started, 0);
}

static void
a_lease_is_renewed_in_its_namespace_with_the_token_that_got_it(void **state)
{
	struct bench *bench = *state;

	add_and_renew(bench);
	assert_int_equal(bench->fixture.api.call, FIXTURE_RENEW_LEASE);
	assert_string_equal(bench->fixture.api.lease_id, "db/creds/app/1");
	assert_string_equal(bench->fixture.api.namespace, "ns1/");
	assert_string_equal(bench->fixture.api.token, "s.ours");
}

static void
a_token_is_renewed_with_itself(void **state)
{
	struct bench *bench = *state;
	struct cache_entry *entry = add_token(bench, HOUR);

	fixture_advance(&bench->fixture, HOUR * 3 / 4);
	assert_int_equal(bench->fixture.api.call, FIXTURE_RENEW_SELF);
	assert_string_equal(bench->fixture.api.token, "s.child");
	fixture_answer(&bench->fixture, VAULT_VERDICT_OK,
	    FIXTURE_AUTH("s.child", "c", 3600, true));
	assert_int_equal(entry->work.state, LEASE_SCHEDULED);
	assert_int_equal(cache_entry_left(entry,
	    fixture_now(&bench->fixture)), HOUR);
}

static void
a_renewal_sets_the_life_to_what_the_server_said(void **state)
{
	struct bench *bench = *state;
	struct cache_entry *entry = add_and_renew(bench);

	fixture_answer(&bench->fixture, VAULT_VERDICT_OK,
	    FIXTURE_LEASE("db/creds/app/1", 3000));
	assert_int_equal(cache_entry_left(entry,
	    fixture_now(&bench->fixture)), 3000 * FIXTURE_SECOND);
	assert_int_equal(entry->work.state, LEASE_SCHEDULED);
	fixture_advance(&bench->fixture, 3000 * 3 / 4 * FIXTURE_SECOND);
	assert_int_equal(bench->fixture.api.started, 2);
}

static void
a_shorter_life_counts_too_and_ends_the_renewals(void **state)
{
	struct bench *bench = *state;
	struct cache_entry *entry = add_and_renew(bench);

	fixture_answer(&bench->fixture, VAULT_VERDICT_OK,
	    FIXTURE_LEASE("db/creds/app/1", 60));
	assert_int_equal(entry->work.state, LEASE_ENDING);
	assert_int_equal(lease_keeper_ending(bench->keeper), 1);
	assert_int_equal(cache_entry_left(entry,
	    fixture_now(&bench->fixture)), 60 * FIXTURE_SECOND);
	pass_time(bench, 61 * FIXTURE_SECOND, VAULT_VERDICT_OK, -1);
	assert_int_equal(bench->fixture.api.started, 1);
	assert_int_equal(bench->left[CACHE_LEFT_EXPIRED], 1);
	assert_int_equal(lease_keeper_ending(bench->keeper), 0);
}

static void
one_that_cannot_be_renewed_again_is_ending(void **state)
{
	struct bench *bench = *state;
	struct cache_entry *entry = add_and_renew(bench);

	fixture_answer(&bench->fixture, VAULT_VERDICT_OK,
	    FIXTURE_LAST_LEASE("db/creds/app/1", 3600));
	assert_int_equal(entry->work.state, LEASE_ENDING);
}

static void
a_life_of_nothing_left_ends_it_at_once(void **state)
{
	struct bench *bench = *state;

	add_and_renew(bench);
	fixture_answer(&bench->fixture, VAULT_VERDICT_OK,
	    FIXTURE_LEASE("db/creds/app/1", 0));
	assert_int_equal(bench->left[CACHE_LEFT_EXPIRED], 1);
}

static void
a_lease_not_found_evicts_at_once(void **state)
{
	struct bench *bench = *state;

	add_and_renew(bench);
	fixture_answer(&bench->fixture, VAULT_VERDICT_GONE, "");
	assert_int_equal(bench->left[CACHE_LEFT_REFUSED], 1);
}

static void
an_invalid_token_evicts_at_once(void **state)
{
	struct bench *bench = *state;

	add_and_renew(bench);
	fixture_answer(&bench->fixture, VAULT_VERDICT_DEAD_TOKEN, "");
	assert_int_equal(bench->left[CACHE_LEFT_REFUSED], 1);
}

static void
permission_denied_counts_as_not_renewable(void **state)
{
	struct bench *bench = *state;
	struct cache_entry *entry = add_and_renew(bench);

	fixture_answer(&bench->fixture, VAULT_VERDICT_DENIED, "");
	assert_int_equal(entry->work.state, LEASE_ENDING);
}

static void
an_unreachable_vault_leaves_the_entry_until_its_end(void **state)
{
	struct bench *bench = *state;
	struct cache_entry *entry = add_and_renew(bench);

	fixture_answer(&bench->fixture, VAULT_VERDICT_DOWN, "");
	assert_int_equal(entry->work.state, LEASE_SCHEDULED);
	pass_time(bench, HOUR / 4 - FIXTURE_SECOND, VAULT_VERDICT_DOWN, -1);
	assert_int_equal(bench->left[CACHE_LEFT_EXPIRED], 0);
	pass_time(bench, FIXTURE_SECOND, VAULT_VERDICT_DOWN, -1);
	assert_int_equal(bench->left[CACHE_LEFT_EXPIRED], 1);
}

static void
an_unreadable_answer_counts_as_none(void **state)
{
	struct bench *bench = *state;
	struct cache_entry *entry = add_and_renew(bench);

	fixture_answer(&bench->fixture, VAULT_VERDICT_OK, "<html>");
	assert_int_equal(entry->work.state, LEASE_SCHEDULED);
	assert_true(scheduler_waiting(bench->fixture.scheduler) == 1);
}

static void
a_hundred_refusals_are_few_and_spread(void **state)
{
	struct bench *bench = *state;
	unsigned i;

	for (i = 0; i < 100; i++)
		add(bench, i, 600000);
	assert_true(pass_time(bench, 600000, VAULT_VERDICT_DENIED, -1) <= 5);
	assert_true(bench->fixture.api.started <= 200);
}

static void
a_vault_away_for_ten_minutes_is_asked_rarely(void **state)
{
	struct bench *bench = *state;
	unsigned i;

	for (i = 0; i < 100; i++)
		add(bench, i, HOUR);
	pass_time(bench, HOUR * 58 / 100, VAULT_VERDICT_OK, -1);
	assert_int_equal(bench->fixture.api.started, 0);
	bench->fixture.api.is_refusing = true;
	pass_time(bench, 600000, VAULT_VERDICT_DOWN, -1);
	assert_true(bench->fixture.api.started > 0);
	assert_true(bench->fixture.api.started <= 40);
}

static void
a_vault_that_drops_calls_is_asked_rarely(void **state)
{
	struct bench *bench = *state;
	unsigned i;

	for (i = 0; i < 100; i++)
		add(bench, i, HOUR);
	pass_time(bench, HOUR * 58 / 100, VAULT_VERDICT_OK, -1);
	pass_time(bench, 600000, VAULT_VERDICT_DOWN, -1);
	assert_true(bench->fixture.api.started > 0);
	assert_true(bench->fixture.api.started <= 40);
}

static void
when_vault_is_back_all_are_renewed_in_time(void **state)
{
	struct bench *bench = *state;
	unsigned i, answered = 0;

	for (i = 0; i < 100; i++)
		add(bench, i, HOUR);
	pass_time(bench, HOUR * 7 / 10, VAULT_VERDICT_DOWN, -1);
	for (i = 0; i < 1000; i++) {
		fixture_advance(&bench->fixture, FIXTURE_SECOND);
		for (; bench->fixture.api.open != NULL; answered++)
			fixture_answer(&bench->fixture, VAULT_VERDICT_OK,
			    FIXTURE_LEASE("x", 3600));
	}
	assert_int_equal(answered, 100);
}

static void
retry_after_is_obeyed_by_all(void **state)
{
	struct bench *bench = *state;
	size_t before;
	unsigned i;

	for (i = 0; i < 100; i++)
		add(bench, i, HOUR);
	while (bench->fixture.api.started == 0)
		fixture_advance(&bench->fixture, FIXTURE_SECOND);
	while (bench->fixture.api.open != NULL)
		fixture_answer_later(&bench->fixture, VAULT_VERDICT_BUSY,
		    300000);
	before = bench->fixture.api.started;
	pass_time(bench, 299000, VAULT_VERDICT_OK, -1);
	assert_int_equal(bench->fixture.api.started, before);
	fixture_advance(&bench->fixture, 2 * FIXTURE_SECOND);
	assert_int_equal(bench->fixture.api.started, before + 1);
}

static void
the_longest_retry_after_counts(void **state)
{
	struct bench *bench = *state;
	size_t before;

	add(bench, 1, HOUR);
	add(bench, 2, HOUR);
	fixture_advance(&bench->fixture, HOUR * 3 / 4);
	assert_int_equal(bench->fixture.api.started, 2);
	fixture_answer_later(&bench->fixture, VAULT_VERDICT_BUSY, 60000);
	fixture_answer_later(&bench->fixture, VAULT_VERDICT_BUSY, 120000);
	before = bench->fixture.api.started;
	pass_time(bench, 119000, VAULT_VERDICT_OK, -1);
	assert_int_equal(bench->fixture.api.started, before);
}

static void
another_probes_when_the_probe_is_gone(void **state)
{
	struct bench *bench = *state;
	struct cache_entry *probe = add(bench, 1, HOUR);

	add(bench, 2, HOUR);
	fixture_advance(&bench->fixture, HOUR * 3 / 4);
	fixture_answer(&bench->fixture, VAULT_VERDICT_DOWN, "");
	fixture_answer(&bench->fixture, VAULT_VERDICT_DOWN, "");
	drop(bench, probe, CACHE_LEFT_CLEARED);
	if (cache_store_first(bench->store)->work.state == LEASE_PARKED)
		fail_msg("nobody probes");
	fixture_advance(&bench->fixture, 60000);
	assert_int_equal(bench->fixture.api.started, 3);
}

static void
a_forgotten_entry_cancels_its_call(void **state)
{
	struct bench *bench = *state;
	struct cache_entry *entry = add_and_renew(bench);

	drop(bench, entry, CACHE_LEFT_CLEARED);
	assert_int_equal(bench->fixture.api.cancelled, 1);
	assert_null(bench->fixture.api.open);
	assert_int_equal(scheduler_running(bench->fixture.scheduler), 0);
}

static void
a_renewal_seen_passing_moves_the_next_one(void **state)
{
	struct bench *bench = *state;
	struct cache_entry *entry = add(bench, 1, HOUR);
	struct vault_envelope envelope = {
		.lease_duration_s = 3600, .renewable = true
	};

	fixture_advance(&bench->fixture, HOUR / 2);
	lease_keeper_renewed(entry, &envelope);
	fixture_advance(&bench->fixture, HOUR / 2);
	assert_int_equal(bench->fixture.api.started, 0);
	assert_int_equal(cache_entry_left(entry,
	    fixture_now(&bench->fixture)), HOUR / 2);
}

static void
a_successor_is_fetched_only_for_an_ending_one_and_not_at_once_again(
    void **state)
{
	struct bench *bench = *state;
	struct cache_entry *entry = add_and_renew(bench);
	mono_ms now = fixture_now(&bench->fixture);

	assert_false(lease_keeper_may_replace(entry, now));
	fixture_answer(&bench->fixture, VAULT_VERDICT_DENIED, "");
	assert_true(lease_keeper_may_replace(entry, now));
	lease_keeper_replace_failed(entry, now);
	assert_false(lease_keeper_may_replace(entry, now + 9999));
	assert_true(lease_keeper_may_replace(entry, now + 20001));
}

static void
a_good_answer_does_not_shorten_the_quiet_that_was_asked_for(void **state)
{
	struct bench *bench = *state;
	size_t before;

	add(bench, 1, HOUR);
	add(bench, 2, HOUR);
	fixture_advance(&bench->fixture, HOUR * 3 / 4);
	assert_int_equal(bench->fixture.api.started, 2);
	fixture_answer_later(&bench->fixture, VAULT_VERDICT_BUSY, 700000);
	fixture_answer(&bench->fixture, VAULT_VERDICT_OK,
	    FIXTURE_LEASE("db/creds/app/2", 900));
	before = bench->fixture.api.started;
	pass_time(bench, 699000, VAULT_VERDICT_OK, -1);
	assert_int_equal(bench->fixture.api.started, before);
	fixture_advance(&bench->fixture, 2 * FIXTURE_SECOND);
	assert_int_equal(bench->fixture.api.started, before + 1);
}

/* Several silent probes: the next one is minutes away. */
static void
fall_silent(struct bench *bench)
{
	unsigned i;

	add(bench, 1, 100 * HOUR);
	fixture_advance(&bench->fixture, 75 * HOUR);
	for (i = 0; i < 8; i++) {
		fixture_stay_silent(&bench->fixture);
		while (bench->fixture.api.open == NULL)
			fixture_advance(&bench->fixture, FIXTURE_SECOND);
	}
	fixture_stay_silent(&bench->fixture);
}

static void
a_renewed_life_begins_when_it_was_asked_for(void **state)
{
	struct bench *bench = *state;
	struct cache_entry *entry = add_and_renew(bench);

	fixture_advance(&bench->fixture, 20 * FIXTURE_SECOND);
	fixture_answer(&bench->fixture, VAULT_VERDICT_OK,
	    FIXTURE_LEASE("db/creds/app/1", 900));
	assert_int_equal(cache_entry_left(entry,
	    fixture_now(&bench->fixture)), 880 * FIXTURE_SECOND);
}

static void
a_caller_who_was_answered_ends_a_silence(void **state)
{
	struct bench *bench = *state;
	size_t before;

	fall_silent(bench);
	before = bench->fixture.api.started;
	lease_keeper_heard(bench->keeper, 403);
	assert_int_equal(bench->fixture.api.started, before);
	fixture_advance(&bench->fixture, LEASE_QUIET_MIN_MS);
	assert_int_equal(bench->fixture.api.started, before + 1);
}

static void
answers_to_callers_shorten_no_quiet_of_a_vault_that_is_ill(void **state)
{
	struct lease_quiet quiet;
	mono_ms until;

	(void)state;
	lease_quiet_init(&quiet);
	assert_false(lease_quiet_heard(&quiet, 200));
	for (unsigned i = 0; i < 40; i++)
		(void)lease_quiet_fail(&quiet, 1000 * FIXTURE_SECOND, 0);
	until = quiet.until;
	assert_true(until > 1000 * FIXTURE_SECOND + LEASE_QUIET_MIN_MS);
	assert_false(lease_quiet_heard(&quiet, 502));
	assert_false(lease_quiet_heard(&quiet, 429));
	assert_int_equal(quiet.until, until);
	lease_quiet_obey(&quiet, 1000 * FIXTURE_SECOND, 20000);
	assert_true(lease_quiet_heard(&quiet, 200));
	assert_int_equal(quiet.until, 1020 * FIXTURE_SECOND);
	assert_false(lease_quiet_end(&quiet, 1019 * FIXTURE_SECOND));
	(void)lease_quiet_fail(&quiet, 1000 * FIXTURE_SECOND, 500);
	assert_false(lease_quiet_heard(&quiet, 200));
}

static void
a_renewal_of_the_probe_seen_passing_lets_another_probe(void **state)
{
	struct bench *bench = *state;
	struct cache_entry *probe = add(bench, 1, HOUR);
	struct vault_envelope envelope = {
		.lease_duration_s = 3600, .renewable = true
	};
	unsigned i;

	for (i = 2; i < 5; i++)
		add(bench, i, HOUR);
	fixture_advance(&bench->fixture, HOUR * 3 / 4);
	while (bench->fixture.api.open != NULL)
		fixture_answer_later(&bench->fixture, VAULT_VERDICT_BUSY,
		    120000);
	lease_keeper_renewed(probe, &envelope);
	pass_time(bench, 119000, VAULT_VERDICT_OK, -1);
	assert_int_equal(bench->fixture.api.started, 4);
	pass_time(bench, 2000, VAULT_VERDICT_DOWN, -1);
	assert_int_equal(bench->fixture.api.started, 5);
}

/* Vault asks another one, long under way, for quiet while the probe is; the
 * answer to the probe itself then ends no quiet. */
static void
refuse_the_probe(struct bench *bench, enum vault_verdict verdict,
    const char *body)
{
	add_token(bench, 10 * HOUR);
	fixture_advance(&bench->fixture, 10 * HOUR * 3 / 4);
	assert_int_equal(bench->fixture.api.started, 1);
	add(bench, 1, HOUR);
	fixture_advance(&bench->fixture, HOUR * 3 / 4);
	assert_int_equal(bench->fixture.api.started, 2);
	fixture_stay_silent(&bench->fixture);
	while (bench->fixture.api.started == 2)
		fixture_advance(&bench->fixture, FIXTURE_SECOND);
	fixture_answer_later(&bench->fixture, VAULT_VERDICT_BUSY, 120000);
	fixture_answer(&bench->fixture, verdict, body);
}

static void
a_probe_that_is_refused_lets_another_probe(void **state)
{
	struct bench *bench = *state;

	refuse_the_probe(bench, VAULT_VERDICT_DENIED, "");
	assert_int_equal(lease_keeper_ending(bench->keeper), 1);
	pass_time(bench, 119000, VAULT_VERDICT_OK, -1);
	assert_int_equal(bench->fixture.api.started, 3);
	pass_time(bench, 2000, VAULT_VERDICT_DOWN, -1);
	assert_int_equal(bench->fixture.api.started, 4);
}

static void
a_probe_that_is_told_nothing_lets_another_probe(void **state)
{
	struct bench *bench = *state;

	refuse_the_probe(bench, VAULT_VERDICT_OK, FIXTURE_LEASE("x", 3600));
	assert_int_equal(lease_keeper_ending(bench->keeper), 1);
	add(bench, 2, HOUR / 6);
	pass_time(bench, HOUR / 6, VAULT_VERDICT_DOWN, -1);
	assert_true(bench->fixture.api.started > 3);
}

#define on_bench(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		on_bench(nothing_is_renewed_right_after_caching),
		on_bench(
		a_lease_is_renewed_in_its_namespace_with_the_token_that_got_it),
		on_bench(a_token_is_renewed_with_itself),
		on_bench(a_renewal_sets_the_life_to_what_the_server_said),
		on_bench(a_shorter_life_counts_too_and_ends_the_renewals),
		on_bench(one_that_cannot_be_renewed_again_is_ending),
		on_bench(a_life_of_nothing_left_ends_it_at_once),
		on_bench(a_lease_not_found_evicts_at_once),
		on_bench(an_invalid_token_evicts_at_once),
		on_bench(permission_denied_counts_as_not_renewable),
		on_bench(an_unreachable_vault_leaves_the_entry_until_its_end),
		on_bench(an_unreadable_answer_counts_as_none),
		on_bench(a_hundred_refusals_are_few_and_spread),
		on_bench(a_vault_away_for_ten_minutes_is_asked_rarely),
		on_bench(a_vault_that_drops_calls_is_asked_rarely),
		on_bench(when_vault_is_back_all_are_renewed_in_time),
		on_bench(retry_after_is_obeyed_by_all),
		on_bench(the_longest_retry_after_counts),
		on_bench(another_probes_when_the_probe_is_gone),
		on_bench(a_forgotten_entry_cancels_its_call),
		on_bench(a_renewal_seen_passing_moves_the_next_one),
		on_bench(
	a_successor_is_fetched_only_for_an_ending_one_and_not_at_once_again),
		on_bench(
		  a_good_answer_does_not_shorten_the_quiet_that_was_asked_for),
		on_bench(a_renewed_life_begins_when_it_was_asked_for),
		on_bench(a_caller_who_was_answered_ends_a_silence),
		cmocka_unit_test(
		    answers_to_callers_shorten_no_quiet_of_a_vault_that_is_ill),
		on_bench(
		    a_renewal_of_the_probe_seen_passing_lets_another_probe),
		on_bench(a_probe_that_is_refused_lets_another_probe),
		on_bench(a_probe_that_is_told_nothing_lets_another_probe)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
