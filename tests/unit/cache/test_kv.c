/*
 * test_kv - static answers through the whole cache: for whom, how long, and
 * what drops them.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "../../../src/cache/cache_priv.h"
#include "../../../src/cache/cache_restore.h"

#define A "/v1/secret/data/a"
#define VALUE(id, value)						\
	"{\"request_id\":\"" id "\",\"lease_id\":\"\",\"renewable\":false,"\
	"\"lease_duration\":0,\"data\":{\"data\":{\"v\":\"" value "\"}},"\
	"\"wrap_info\":null,\"auth\":null,\"mount_type\":\"kv\"}"

struct bench {
	struct fixture fixture;
	struct cache *cache;
	unsigned changes;
	struct scheduler_job turn;
	mono_ms turn_came;
};

static const struct cache_static_row rows[] = {
	{ .pattern = "secret/*", .ttl = 60 * FIXTURE_SECOND,
	    .stale_if_error = 10 * FIXTURE_MINUTE, .negative_ttl = 5000 },
	{ .pattern = "*", .ttl = 60 * FIXTURE_SECOND, .only_kv = true }
};

static void
options_init(struct cache_options *options)
{
	cache_options_init(options);
	options->static_answers.rows = rows;
	options->static_answers.row_count = sizeof(rows) / sizeof(rows[0]);
	options->max_entries = 50;
}

static void
make_cache(struct bench *bench, const struct cache_options *options)
{
	cache_free(bench->cache);
	bench->cache = cache_new(options, &bench->fixture.env);
	cache_begin_generation(bench->cache, 1, bench->fixture.token, "acc");
}

static int
setup(void **state)
{
	struct bench *bench = xcalloc(1, sizeof(*bench));
	struct cache_options options;

	options_init(&options);
	fixture_init(&bench->fixture);
	make_cache(bench, &options);
	*state = bench;
	return 0;
}

static int
teardown(void **state)
{
	struct bench *bench = *state;
	struct cache_counts counts;
	uint64_t left = 0;

	cache_count(bench->cache, &counts);
	for (unsigned i = 0; i < CACHE_LEFT_CAUSES; i++)
		left += counts.left[i];
	assert_int_equal(counts.entered, counts.entries + left);
	cache_free(bench->cache);
	fixture_release(&bench->fixture);
	free(bench);
	return 0;
}

static struct cache_ask
own(const struct bench *bench, const char *path)
{
	struct cache_ask ask = fixture_read(&bench->fixture, path);

	ask.identity = CACHE_IDENTITY_OWN;
	ask.token = bench->fixture.other;
	ask.generation = 0;
	return ask;
}

static void
write_to(struct bench *bench, const char *path)
{
	struct cache_ask ask = fixture_write(&bench->fixture, path, "{}");

	cache_heard(bench->cache, &ask, 204);
}

static void
write_refused(struct bench *bench, const char *path, unsigned status)
{
	struct cache_ask ask = fixture_write(&bench->fixture, path, "{");

	cache_heard(bench->cache, &ask, status);
}

static void
lose(struct bench *bench, const struct cache_ask *ask)
{
	struct cache_result found;

	assert_int_equal(cache_lookup(bench->cache, ask, &found), CACHE_LEAD);
	cache_unheard(bench->cache, ask, LH_ERR_TIMEOUT);
	cache_fail(bench->cache, &found.flight);
}

/* Into a cache that begins, as out of a file; the clock was turned back. */
static void
restart(struct bench *bench, span_ms back)
{
	struct cache_entry *entry = cache_store_first(bench->cache->store);
	struct cache_restored restored = { .is_static = true,
		.is_granted = true, .record = { .key = entry->key,
		.answer = cache_answer_ref(entry->answer),
		.life = entry->life, .path = { xstrdup("secret/data/a"), 13 } } };
	struct cache_options options;

	assert_true(span_equal(entry->path, restored.record.path));
	restored.record.life.expires -= back;
	options_init(&options);
	make_cache(bench, &options);
	assert_non_null(cache_restore_entry(bench->cache, &restored));
	cache_answer_unref(&restored.record.answer);
	free((char *)restored.record.path.ptr);
}

static enum cache_freshness
freshness(struct bench *bench, const struct cache_ask *ask)
{
	struct cache_result found;
	enum cache_freshness answer;

	assert_int_equal(cache_lookup(bench->cache, ask, &found), CACHE_HIT);
	answer = found.hit.freshness;
	cache_answer_unref(&found.hit.answer);
	if (found.flight != NULL)
		cache_fail(bench->cache, &found.flight);
	return answer;
}

static void
on_changed(void *arg)
{
	struct bench *bench = arg;

	bench->changes++;
}

static void
an_answer_without_a_lease_is_kept_for_its_ttl(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = fixture_read(&bench->fixture, A);

	assert_true(fixture_fetch(bench->cache, &ask, VALUE("1", "x")));
	fixture_advance(&bench->fixture, 59 * FIXTURE_SECOND);
	assert_int_equal(freshness(bench, &ask), CACHE_FRESH);
	fixture_advance(&bench->fixture, FIXTURE_SECOND);
	assert_false(fixture_hits(bench->cache, &ask));
}

/* The clock of the fixture began at 22:13:20. */
static void
a_secret_is_not_given_beyond_the_end_it_tells(void **state)
{
	static const char body[] = "{\"request_id\":\"1\",\"data\":{\"data\":{},"
	    "\"metadata\":{\"deletion_time\":\"2023-11-14T22:13:40.5Z\"}}}";
	struct bench *bench = *state;
	struct cache_ask ask = fixture_read(&bench->fixture, A);

	assert_true(fixture_fetch(bench->cache, &ask, body));
	fixture_advance(&bench->fixture, 10 * FIXTURE_SECOND);
	assert_true(fixture_hits(bench->cache, &ask));
	restart(bench, 2 * FIXTURE_SECOND);
	lose(bench, &ask);
	fixture_advance(&bench->fixture, 8 * FIXTURE_SECOND);
	assert_true(fixture_hits(bench->cache, &ask));
	fixture_advance(&bench->fixture, FIXTURE_SECOND);
	assert_false(fixture_hits(bench->cache, &ask));
}

/* And neither before nor after. */
static void
assert_given_while_away(struct bench *bench, const struct cache_ask *ask)
{
	struct cache_result found;

	assert_int_equal(cache_lookup(bench->cache, ask, &found), CACHE_LEAD);
	assert_true(found.has_fallback);
	assert_false(cache_static_find(bench->cache, ask, &found.hit));
	cache_fail(bench->cache, &found.flight);
	lose(bench, ask);
	assert_int_equal(freshness(bench, ask), CACHE_STALE);
	cache_heard(bench->cache, ask, 200);
	assert_false(fixture_hits(bench->cache, ask));
}

static void
an_old_answer_is_given_only_while_vault_is_away(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = fixture_read(&bench->fixture, A);

	fixture_fetch(bench->cache, &ask, VALUE("1", "x"));
	fixture_advance(&bench->fixture, 61 * FIXTURE_SECOND);
	assert_given_while_away(bench, &ask);
	lose(bench, &ask);
	fixture_advance(&bench->fixture, 10 * FIXTURE_MINUTE);
	assert_false(fixture_hits(bench->cache, &ask));
}

static void
a_refusal_ends_an_answer(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = fixture_read(&bench->fixture, A);
	struct cache_counts counts;

	fixture_fetch(bench->cache, &ask, VALUE("1", "x"));
	cache_heard(bench->cache, &ask, 403);
	cache_count(bench->cache, &counts);
	assert_int_equal(counts.static_entries, 0);
	assert_int_equal(counts.left[CACHE_LEFT_WRITTEN], 1);
}

static void
a_callers_refusal_is_his_own(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ours = fixture_read(&bench->fixture, A);
	struct cache_ask theirs = own(bench, A);

	fixture_fetch(bench->cache, &ours, VALUE("1", "x"));
	cache_heard(bench->cache, &theirs, 403);
	assert_true(fixture_hits(bench->cache, &ours));
	assert_false(fixture_hits(bench->cache, &theirs));
}

static void
who_has_not_read_it_is_not_given_it(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ours = fixture_read(&bench->fixture, A);
	struct cache_ask theirs = own(bench, A);
	struct cache_counts counts;

	fixture_fetch(bench->cache, &ours, VALUE("1", "x"));
	assert_false(fixture_hits(bench->cache, &theirs));
	assert_true(fixture_fetch(bench->cache, &theirs, VALUE("2", "x")));
	assert_true(fixture_hits(bench->cache, &theirs));
	cache_count(bench->cache, &counts);
	assert_int_equal(counts.static_entries, 1);
}

static void
a_new_token_of_ours_has_to_read_first(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = fixture_read(&bench->fixture, A);
	struct cache_counts counts;

	fixture_fetch(bench->cache, &ask, VALUE("1", "x"));
	cache_begin_generation(bench->cache, 2, bench->fixture.other, "acc2");
	cache_count(bench->cache, &counts);
	assert_int_equal(counts.static_entries, 1);
	ask.token = bench->fixture.other;
	ask.generation = 2;
	assert_false(fixture_hits(bench->cache, &ask));
	assert_true(fixture_fetch(bench->cache, &ask, VALUE("2", "x")));
	assert_true(fixture_hits(bench->cache, &ask));
}

static void
rights_are_asked_for_once_an_interval(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = own(bench, A);

	fixture_fetch(bench->cache, &ask, VALUE("1", "x"));
	fixture_advance(&bench->fixture, 50 * FIXTURE_SECOND);
	assert_true(fixture_hits(bench->cache, &ask));
	fixture_advance(&bench->fixture, 5 * FIXTURE_MINUTE);
	assert_int_equal(bench->fixture.api.call, FIXTURE_ASK);
	assert_string_equal(bench->fixture.api.body,
	    "{\"paths\":[\"secret/data/a\"]}");
	fixture_answer(&bench->fixture, VAULT_VERDICT_OK,
	    "{\"data\":{\"secret/data/a\":[\"deny\"]}}");
	lose(bench, &ask);
	assert_false(fixture_hits(bench->cache, &ask));
}

static void
rights_outlast_an_outage_but_not_a_dead_token(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = own(bench, A);

	fixture_fetch(bench->cache, &ask, VALUE("1", "x"));
	fixture_advance(&bench->fixture, 301 * FIXTURE_SECOND);
	fixture_answer(&bench->fixture, VAULT_VERDICT_DOWN, "");
	lose(bench, &ask);
	assert_int_equal(freshness(bench, &ask), CACHE_STALE);
	cache_heard(bench->cache, &ask, 200);
	fixture_advance(&bench->fixture, 299 * FIXTURE_SECOND);
	fixture_advance(&bench->fixture, FIXTURE_SECOND);
	fixture_answer(&bench->fixture, VAULT_VERDICT_DEAD_TOKEN, "");
	lose(bench, &ask);
	assert_false(fixture_hits(bench->cache, &ask));
}

/* After five minutes found to be good, and then not used for five more. */
static void
let_rest(struct bench *bench, unsigned tokens)
{
	fixture_advance(&bench->fixture, 5 * FIXTURE_MINUTE);
	assert_int_equal(bench->fixture.api.started, tokens);
	while (tokens-- > 0)
		fixture_answer(&bench->fixture, VAULT_VERDICT_OK,
		    "{\"data\":{\"secret/data/a\":[\"read\"]}}");
	fixture_advance(&bench->fixture, 5 * FIXTURE_MINUTE);
}

static void
read_and_let_rest(struct bench *bench, const struct cache_ask *ask)
{
	fixture_fetch(bench->cache, ask, VALUE("1", "x"));
	let_rest(bench, 1);
}

static void
a_right_out_of_use_counts_while_vault_is_away(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = own(bench, A);

	read_and_let_rest(bench, &ask);
	assert_int_equal(bench->fixture.api.started, 1);
	assert_given_while_away(bench, &ask);
}

static void
a_right_that_was_used_in_an_outage_is_asked_for_again(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = own(bench, A);

	read_and_let_rest(bench, &ask);
	lose(bench, &ask);
	assert_int_equal(freshness(bench, &ask), CACHE_STALE);
	cache_heard(bench->cache, &ask, 200);
	fixture_advance(&bench->fixture, 5 * FIXTURE_MINUTE);
	assert_int_equal(bench->fixture.api.started, 2);
	fixture_answer(&bench->fixture, VAULT_VERDICT_DEAD_TOKEN, "");
}

static void
a_right_out_of_use_ends_with_what_it_is_for(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = own(bench, A);
	struct cache_ask ours = fixture_read(&bench->fixture, A);

	read_and_let_rest(bench, &ask);
	fixture_advance(&bench->fixture, 10 * FIXTURE_MINUTE);
	fixture_fetch(bench->cache, &ours, VALUE("2", "x"));
	lose(bench, &ask);
	assert_false(fixture_hits(bench->cache, &ask));
	assert_true(fixture_hits(bench->cache, &ours));
}

static void
a_pessimist_lets_no_right_rest(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = own(bench, A);
	struct cache_options options;

	options_init(&options);
	options.static_answers.behavior = CACHE_STATIC_PESSIMISTIC;
	make_cache(bench, &options);
	read_and_let_rest(bench, &ask);
	lose(bench, &ask);
	assert_false(fixture_hits(bench->cache, &ask));
}

static void
on_turn(void *arg, mono_ms now)
{
	struct bench *bench = arg;

	bench->turn_came = now;
	scheduler_job_done(bench->fixture.scheduler, &bench->turn);
}

static void
read_as(struct bench *bench, int number)
{
	struct cache_ask ask = own(bench, A);
	char text[] = "hvs.00";
	struct secret *token;

	text[4] = (char)('0' + number / 10);
	text[5] = (char)('0' + number % 10);
	token = secret_new(span_of(text));
	ask.token = token;
	fixture_fetch(bench->cache, &ask, VALUE("1", "x"));
	secret_unref(&token);
}

/* Forty are more than there are starts for in eight seconds. */
static void
tokens_at_rest_take_no_turns_from_others(void **state)
{
	static const struct cache_static_row long_row = { .pattern = "*",
		.ttl = 60 * FIXTURE_SECOND,
		.stale_if_error = 600 * FIXTURE_MINUTE };
	struct bench *bench = *state;
	struct cache_ask ask = own(bench, A);
	struct cache_options options;
	mono_ms due;

	options_init(&options);
	options.static_answers.rows = &long_row;
	options.static_answers.row_count = 1;
	make_cache(bench, &options);
	for (int i = 0; i < 40; i++)
		read_as(bench, i);
	lose(bench, &ask);
	for (int i = 0; i < 15 * 60 + 3; i++)
		fixture_advance(&bench->fixture, FIXTURE_SECOND);
	due = fixture_now(&bench->fixture) + FIXTURE_SECOND + 1;
	scheduler_job_init(&bench->turn, on_turn, bench);
	scheduler_set(bench->fixture.scheduler, &bench->turn, due);
	fixture_advance(&bench->fixture, FIXTURE_SECOND + 1);
	assert_int_equal(bench->turn_came, due);
	fixture_advance(&bench->fixture, FIXTURE_SECOND);
}

/* What happened to it in between nobody heard. */
static void
a_right_of_an_earlier_run_rests(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = fixture_read(&bench->fixture, A);
	struct cache_result found;

	fixture_fetch(bench->cache, &ask, VALUE("1", "x"));
	restart(bench, 0);
	assert_int_equal(cache_lookup(bench->cache, &ask, &found), CACHE_LEAD);
	assert_true(found.has_fallback);
	cache_unheard(bench->cache, &ask, LH_ERR_TIMEOUT);
	cache_fail(bench->cache, &found.flight);
	assert_int_equal(freshness(bench, &ask), CACHE_FRESH);
	fixture_advance(&bench->fixture, 5 * FIXTURE_MINUTE);
	assert_int_equal(freshness(bench, &ask), CACHE_STALE);
}

static void
a_right_at_rest_counts_no_longer_than_it_says(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = own(bench, A);
	struct cache_ask ours = fixture_read(&bench->fixture, A);

	read_and_let_rest(bench, &ask);
	fixture_fetch(bench->cache, &ours, VALUE("2", "x"));
	fixture_advance(&bench->fixture, 5 * FIXTURE_MINUTE);
	fixture_answer(&bench->fixture, VAULT_VERDICT_OK,
	    "{\"data\":{\"secret/data/a\":[\"read\"]}}");
	lose(bench, &ours);
	assert_true(fixture_hits(bench->cache, &ours));
	assert_true(fixture_hits(bench->cache, &ask));
	fixture_advance(&bench->fixture, FIXTURE_MINUTE);
	assert_true(fixture_hits(bench->cache, &ours));
	assert_false(fixture_hits(bench->cache, &ask));
}

static void
a_token_at_rest_makes_room_for_others(void **state)
{
	struct bench *bench = *state;
	struct cache_ask oldest = fixture_read(&bench->fixture, A);
	struct cache_ask ask = own(bench, A);
	struct cache_ask third = own(bench, A);
	struct secret *token = secret_new(SPAN_LITERAL("hvs.third"));
	struct cache_options options;

	options_init(&options);
	options.static_answers.max_tokens = 2;
	make_cache(bench, &options);
	fixture_fetch(bench->cache, &oldest, VALUE("1", "x"));
	fixture_fetch(bench->cache, &ask, VALUE("1", "x"));
	let_rest(bench, 2);
	fixture_fetch(bench->cache, &oldest, VALUE("2", "x"));
	third.token = token;
	fixture_fetch(bench->cache, &third, VALUE("3", "x"));
	assert_true(fixture_hits(bench->cache, &oldest));
	assert_true(fixture_hits(bench->cache, &third));
	lose(bench, &ask);
	assert_false(fixture_hits(bench->cache, &ask));
	secret_unref(&token);
}

static void
a_write_drops_what_it_touches(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = fixture_read(&bench->fixture, A);
	struct cache_ask other = fixture_read(&bench->fixture,
	    "/v1/secret/data/b");

	fixture_fetch(bench->cache, &ask, VALUE("1", "x"));
	fixture_fetch(bench->cache, &other, VALUE("1", "x"));
	write_to(bench, "/v1/secret/metadata/a");
	assert_false(fixture_hits(bench->cache, &ask));
	assert_true(fixture_hits(bench->cache, &other));
	write_to(bench, "/v1/secret//data/z");
	assert_false(fixture_hits(bench->cache, &other));
}

/* Vault reads the body, and counts the requests, before it looks at the
 * token: anybody can have these answers. */
static void
a_write_that_was_refused_drops_no_more_than_it_names(void **state)
{
	static const unsigned statuses[] = { 400, 404, 413, 429, 503 };
	struct bench *bench = *state;
	struct cache_ask ask = fixture_read(&bench->fixture, A);

	fixture_fetch(bench->cache, &ask, VALUE("1", "x"));
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		write_refused(bench, "/v1/secret//data/z", statuses[i]);
		write_refused(bench, "/no/api", statuses[i]);
		write_refused(bench, "/v1/secret/data/z", statuses[i]);
		assert_true(fixture_hits(bench->cache, &ask));
	}
}

/* A sealed Vault says 503 to anybody, before it looks at the token. */
static void
a_write_that_may_have_been_done_leaves_it_for_an_outage(void **state)
{
	static const char *const paths[] = { A, "/v1/secret//data/z" };
	static const unsigned statuses[] = { 503, 500 };
	struct bench *bench = *state;
	struct cache_ask ask = fixture_read(&bench->fixture, A);
	struct cache_ask write = fixture_write(&bench->fixture, A, "{}");

	for (size_t i = 0; i < 2; i++) {
		write.path = span_of(paths[i]);
		fixture_fetch(bench->cache, &ask, VALUE("1", "x"));
		cache_heard(bench->cache, &write, statuses[i]);
		assert_false(fixture_hits(bench->cache, &ask));
		fixture_fetch(bench->cache, &ask, VALUE("1", "x"));
		assert_true(fixture_hits(bench->cache, &ask));
		cache_unheard(bench->cache, &write, LH_ERR_TIMEOUT);
		lose(bench, &ask);
		assert_int_equal(freshness(bench, &ask), CACHE_STALE);
		cache_heard(bench->cache, &write, statuses[i]);
		assert_int_equal(freshness(bench, &ask), CACHE_STALE);
		cache_heard(bench->cache, &ask, 200);
	}
}

static void
what_has_no_old_age_goes_with_a_write_that_may_have_been_done(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = fixture_read(&bench->fixture, "/v1/any/a");
	struct cache_ask write = fixture_write(&bench->fixture, "/v1/any/a",
	    "{}");
	struct cache_counts counts;

	fixture_fetch(bench->cache, &ask, VALUE("1", "x"));
	cache_heard(bench->cache, &write, 503);
	cache_count(bench->cache, &counts);
	assert_int_equal(counts.static_entries, 0);
}

static void
a_refusal_that_tells_what_is_there_drops_it(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = fixture_read(&bench->fixture, A);

	fixture_fetch(bench->cache, &ask, VALUE("1", "x"));
	write_refused(bench, A, 429);
	assert_true(fixture_hits(bench->cache, &ask));
	write_refused(bench, A, 400);
	assert_false(fixture_hits(bench->cache, &ask));
	fixture_fetch(bench->cache, &ask, VALUE("1", "x"));
	write_refused(bench, A, 404);
	assert_false(fixture_hits(bench->cache, &ask));
}

static void
what_was_asked_for_before_a_write_is_not_kept(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = fixture_read(&bench->fixture, A);
	struct http_head head = fixture_head();
	struct cache_result before, after;

	assert_int_equal(cache_lookup(bench->cache, &ask, &before),
	    CACHE_LEAD);
	write_to(bench, A);
	assert_int_equal(cache_lookup(bench->cache, &ask, &after),
	    CACHE_LEAD);
	assert_true(cache_fill(bench->cache, &after.flight, &ask, &head,
	    span_of(VALUE("2", "new"))));
	assert_false(cache_fill(bench->cache, &before.flight, &ask, &head,
	    span_of(VALUE("1", "old"))));
	assert_int_equal(cache_lookup(bench->cache, &ask, &after), CACHE_HIT);
	assert_non_null(strstr(cache_answer_body(after.hit.answer).ptr,
	    "new"));
	cache_answer_unref(&after.hit.answer);
}

/* Who clears knows of a change that did not pass here. */
static void
what_was_asked_for_before_a_clearing_is_not_kept(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = fixture_read(&bench->fixture, A);
	struct cache_ask lease = fixture_read(&bench->fixture,
	    "/v1/db/creds/app");
	struct http_head head = fixture_head();
	struct cache_result slow, leased, anew;

	assert_int_equal(cache_lookup(bench->cache, &ask, &slow), CACHE_LEAD);
	cache_depart(bench->cache, slow.flight);
	assert_int_equal(cache_lookup(bench->cache, &lease, &leased),
	    CACHE_LEAD);
	cache_depart(bench->cache, leased.flight);
	cache_clear(bench->cache, CACHE_CLEAR_REQUEST_PATH,
	    SPAN_LITERAL("/v1/"), SPAN_NONE);
	assert_int_equal(cache_lookup(bench->cache, &ask, &anew), CACHE_LEAD);
	assert_false(cache_fill(bench->cache, &slow.flight, &ask, &head,
	    span_of(VALUE("1", "old"))));
	assert_false(cache_fill(bench->cache, &leased.flight, &lease, &head,
	    span_of(FIXTURE_LEASE("db/creds/app/1", 600))));
	cache_fail(bench->cache, &anew.flight);
	assert_false(fixture_hits(bench->cache, &ask));
	assert_false(fixture_hits(bench->cache, &lease));
}

static void
a_path_is_cleared_in_the_form_it_was_asked_for(void **state)
{
	static const char *const forms[] = { "/v1/secret/data/my%20app",
		"/v1/secret/data/my app", "/v1/secret/data/my%20" };
	struct bench *bench = *state;
	struct cache_ask ask = fixture_read(&bench->fixture, forms[0]);

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		fixture_fetch(bench->cache, &ask, VALUE("1", "x"));
		assert_int_equal(cache_clear(bench->cache,
		    CACHE_CLEAR_REQUEST_PATH, span_of(forms[i]), SPAN_NONE),
		    1);
		assert_false(fixture_hits(bench->cache, &ask));
	}
}

static void
an_answer_asked_for_sooner_does_not_replace_a_later_one(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ours = fixture_read(&bench->fixture, A);
	struct cache_ask theirs = own(bench, A);
	struct http_head head = fixture_head();
	struct cache_result slow, hit;

	assert_int_equal(cache_lookup(bench->cache, &theirs, &slow),
	    CACHE_LEAD);
	fixture_advance(&bench->fixture, FIXTURE_SECOND);
	fixture_fetch(bench->cache, &ours, VALUE("2", "new"));
	cache_fill(bench->cache, &slow.flight, &theirs, &head,
	    span_of(VALUE("1", "old")));
	assert_int_equal(cache_lookup(bench->cache, &theirs, &hit),
	    CACHE_HIT);
	assert_non_null(strstr(cache_answer_body(hit.hit.answer).ptr, "new"));
	cache_answer_unref(&hit.hit.answer);
}

static void
who_watches_hears_of_a_change_once(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = fixture_read(&bench->fixture, A);
	struct cache_watch *watch, *left;

	fixture_fetch(bench->cache, &ask, VALUE("1", "x"));
	assert_int_equal(cache_watch_start(bench->cache, &ask, on_changed,
	    bench, &watch), LH_OK);
	assert_int_equal(cache_watch_start(bench->cache, &ask, on_changed,
	    bench, &left), LH_OK);
	fixture_advance(&bench->fixture, 61 * FIXTURE_SECOND);
	fixture_fetch(bench->cache, &ask, VALUE("2", "x"));
	fixture_turn(&bench->fixture);
	assert_int_equal(bench->changes, 0);
	cache_watch_leave(left);
	write_to(bench, A);
	assert_int_equal(bench->changes, 0);
	fixture_turn(&bench->fixture);
	assert_int_equal(bench->changes, 1);
}

/* What it decides here is not known: an answer may be this tenant's alone. */
static void
what_a_named_header_tells_apart_is_not_shared(void **state)
{
	static const char *const names[] = { "X-Tenant" };
	static const struct http_field tenant = { { "x-tenant", 8 },
		{ "one", 3 } };
	struct bench *bench = *state;
	struct cache_ask ask = fixture_read(&bench->fixture, A);
	struct cache_ask plain = ask;
	struct cache_options options;

	options_init(&options);
	options.key_headers.list = names;
	options.key_headers.count = 1;
	make_cache(bench, &options);
	fixture_fetch(bench->cache, &plain, VALUE("1", "nobody's"));
	assert_true(fixture_hits(bench->cache, &plain));
	ask.fields = (struct http_fields){ &tenant, 1 };
	assert_false(fixture_hits(bench->cache, &ask));
	assert_false(fixture_fetch(bench->cache, &ask, VALUE("1", "ones")));
	assert_true(fixture_hits(bench->cache, &plain));
}

static void
a_lease_under_a_row_stays_a_lease(void **state)
{
	struct bench *bench = *state;
	struct cache_ask ask = fixture_read(&bench->fixture,
	    "/v1/db/creds/app");
	struct cache_counts counts;

	assert_true(fixture_fetch(bench->cache, &ask,
	    FIXTURE_LEASE("db/creds/app/1", 1000)));
	assert_int_equal(freshness(bench, &ask), CACHE_LEASED);
	cache_count(bench->cache, &counts);
	assert_int_equal(counts.static_entries, 0);
}

static void
a_row_for_kv_alone_keeps_nothing_else(void **state)
{
	struct bench *bench = *state;
	struct cache_ask kv = fixture_read(&bench->fixture, "/v1/any/a");
	struct cache_ask key = fixture_read(&bench->fixture,
	    "/v1/transit/keys/a");

	assert_true(fixture_fetch(bench->cache, &kv, VALUE("1", "x")));
	assert_false(fixture_fetch(bench->cache, &key,
	    "{\"data\":{},\"mount_type\":\"transit\"}"));
	assert_false(fixture_hits(bench->cache, &key));
}

static void
static_answers_share_the_budget(void **state)
{
	struct bench *bench = *state;
	char path[] = "/v1/secret/data/a00";
	struct cache_counts counts;
	struct cache_ask ask;

	for (int i = 0; i < 60; i++) {
		path[17] = (char)('0' + i / 10);
		path[18] = (char)('0' + i % 10);
		ask = fixture_read(&bench->fixture, path);
		assert_true(fixture_fetch(bench->cache, &ask,
		    VALUE("1", "x")));
	}
	cache_count(bench->cache, &counts);
	assert_int_equal(counts.entries, 50);
	assert_int_equal(counts.left[CACHE_LEFT_CROWDED], 10);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(an_answer_without_a_lease_is_kept_for_its_ttl),
		TEST(a_secret_is_not_given_beyond_the_end_it_tells),
		TEST(an_old_answer_is_given_only_while_vault_is_away),
		TEST(a_refusal_ends_an_answer),
		TEST(a_callers_refusal_is_his_own),
		TEST(who_has_not_read_it_is_not_given_it),
		TEST(a_new_token_of_ours_has_to_read_first),
		TEST(rights_are_asked_for_once_an_interval),
		TEST(rights_outlast_an_outage_but_not_a_dead_token),
		TEST(a_right_out_of_use_counts_while_vault_is_away),
		TEST(a_right_that_was_used_in_an_outage_is_asked_for_again),
		TEST(a_right_out_of_use_ends_with_what_it_is_for),
		TEST(a_pessimist_lets_no_right_rest),
		TEST(tokens_at_rest_take_no_turns_from_others),
		TEST(a_right_of_an_earlier_run_rests),
		TEST(a_right_at_rest_counts_no_longer_than_it_says),
		TEST(a_token_at_rest_makes_room_for_others),
		TEST(a_write_drops_what_it_touches),
		TEST(a_write_that_was_refused_drops_no_more_than_it_names),
		TEST(a_write_that_may_have_been_done_leaves_it_for_an_outage),
		TEST(
		what_has_no_old_age_goes_with_a_write_that_may_have_been_done),
		TEST(a_refusal_that_tells_what_is_there_drops_it),
		TEST(what_was_asked_for_before_a_write_is_not_kept),
		TEST(what_was_asked_for_before_a_clearing_is_not_kept),
		TEST(a_path_is_cleared_in_the_form_it_was_asked_for),
		TEST(an_answer_asked_for_sooner_does_not_replace_a_later_one),
		TEST(who_watches_hears_of_a_change_once),
		TEST(what_a_named_header_tells_apart_is_not_shared),
		TEST(a_lease_under_a_row_stays_a_lease),
		TEST(a_row_for_kv_alone_keeps_nothing_else),
		TEST(static_answers_share_the_budget)
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
