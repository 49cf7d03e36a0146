/*
 * test_flight - leaders, those who wait, and how a flight ends for them.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

#include "../../../src/cache/flight.h"

/* One that waits, and what it heard. */
struct ear {
	unsigned heard;
	enum cache_landing landing;
	struct cache_flight *flight;
	struct cache_waiter *waiter;
	struct flight_table *to_free;
};

struct bench {
	struct fixture fixture;
	struct flight_table *table;
	struct flight_facts facts;
	struct ear ears[3];
};

static int
setup(void **state)
{
	struct bench *bench = xcalloc(1, sizeof(*bench));

	fixture_init(&bench->fixture);
	bench->table = flight_table_new(bench->fixture.loop, 3);
	*state = bench;
	return 0;
}

static int
teardown(void **state)
{
	struct bench *bench = *state;

	flight_table_free(bench->table);
	fixture_release(&bench->fixture);
	free(bench);
	return 0;
}

static void
on_landed(void *arg, enum cache_landing landing, const struct cache_hit *hit,
    struct cache_flight *flight)
{
	struct ear *ear = arg;

	ear->heard++;
	ear->landing = landing;
	ear->flight = flight;
	ear->waiter = NULL;
	if (hit != NULL) {
		struct cache_answer *answer = hit->answer;

		cache_answer_unref(&answer);
	}
	flight_table_free(ear->to_free);
}

static struct cache_flight *
start_with_ears(struct bench *bench, unsigned count)
{
	struct cache_flight *flight = flight_start(bench->table,
	    &bench->facts);
	unsigned i;

	for (i = 0; i < count; i++)
		assert_int_equal(flight_join(flight, on_landed,
		    &bench->ears[i], &bench->ears[i].waiter), LH_OK);
	return flight;
}

static unsigned
count_heard(const struct bench *bench, enum cache_landing landing)
{
	unsigned i, count = 0;

	for (i = 0; i < 3; i++)
		if (bench->ears[i].heard == 1 &&
		    bench->ears[i].landing == landing)
			count++;
	return count;
}

static struct cache_answer *
some_answer(void)
{
	struct http_head head = fixture_head();
	struct vault_marks marks = { 0 };

	return cache_answer_new(&head, SPAN_LITERAL("{}"), &marks);
}

static void
a_landed_flight_tells_all_later(void **state)
{
	struct bench *bench = *state;
	struct cache_flight *flight = start_with_ears(bench, 3);
	struct cache_hit hit = { some_answer(), 60, 0 };

	assert_ptr_equal(flight_find(bench->table, &bench->facts.key),
	    flight);
	flight_land(&flight, &hit);
	cache_answer_unref(&hit.answer);
	assert_null(flight);
	assert_null(flight_find(bench->table, &bench->facts.key));
	assert_int_equal(count_heard(bench, CACHE_LANDED_HIT), 0);
	fixture_turn(&bench->fixture);
	assert_int_equal(count_heard(bench, CACHE_LANDED_HIT), 3);
	assert_int_equal(flight_table_waiters(bench->table), 0);
	assert_int_equal(flight_table_flights(bench->table), 0);
}

static void
an_unshareable_answer_releases_all_at_once(void **state)
{
	struct bench *bench = *state;
	struct cache_flight *flight = start_with_ears(bench, 3);

	flight_release(&flight);
	fixture_turn(&bench->fixture);
	assert_int_equal(count_heard(bench, CACHE_LANDED_ALONE), 3);
}

static void
a_failed_leader_wakes_one_waiter(void **state)
{
	struct bench *bench = *state;
	struct cache_flight *flight = start_with_ears(bench, 3);

	flight_fail(&flight);
	fixture_turn(&bench->fixture);
	assert_int_equal(count_heard(bench, CACHE_LANDED_LEAD), 1);
	assert_int_equal(bench->ears[0].heard, 1);
	assert_int_equal(flight_table_waiters(bench->table), 2);
	assert_ptr_equal(flight_find(bench->table, &bench->facts.key),
	    bench->ears[0].flight);
	flight_release(&bench->ears[0].flight);
	fixture_turn(&bench->fixture);
	assert_int_equal(count_heard(bench, CACHE_LANDED_ALONE), 2);
}

static void
a_new_leader_that_leaves_hands_on(void **state)
{
	struct bench *bench = *state;
	struct cache_flight *flight = start_with_ears(bench, 2);

	flight_fail(&flight);
	flight_leave(bench->ears[0].waiter);
	fixture_turn(&bench->fixture);
	assert_int_equal(bench->ears[0].heard, 0);
	assert_int_equal(bench->ears[1].landing, CACHE_LANDED_LEAD);
	flight_fail(&bench->ears[1].flight);
	assert_int_equal(flight_table_flights(bench->table), 0);
}

static void
one_that_left_never_hears(void **state)
{
	struct bench *bench = *state;
	struct cache_flight *flight = start_with_ears(bench, 2);
	struct cache_hit hit = { some_answer(), 60, 0 };

	flight_leave(bench->ears[0].waiter);
	flight_land(&flight, &hit);
	cache_answer_unref(&hit.answer);
	flight_leave(bench->ears[1].waiter);
	fixture_turn(&bench->fixture);
	assert_int_equal(bench->ears[0].heard + bench->ears[1].heard, 0);
	assert_int_equal(flight_table_waiters(bench->table), 0);
}

static void
a_failed_flight_without_waiters_is_over(void **state)
{
	struct bench *bench = *state;
	struct cache_flight *flight = start_with_ears(bench, 0);

	flight_fail(&flight);
	assert_null(flight_find(bench->table, &bench->facts.key));
}

static void
a_lone_flight_is_not_found(void **state)
{
	struct bench *bench = *state;
	struct cache_flight *flight = flight_start_alone(bench->table,
	    &bench->facts);

	assert_null(flight_find(bench->table, &bench->facts.key));
	flight_release(&flight);
}

static void
those_over_the_limit_do_not_wait(void **state)
{
	struct bench *bench = *state;
	struct cache_flight *flight = start_with_ears(bench, 3);
	struct cache_waiter *waiter = NULL;

	assert_int_equal(flight_join(flight, on_landed, NULL, &waiter),
	    LH_ERR_LIMIT);
	assert_null(waiter);
	flight_release(&flight);
	fixture_turn(&bench->fixture);
}

static void
a_secluded_flight_keeps_its_leader_only(void **state)
{
	struct bench *bench = *state;
	struct cache_flight *flight;

	bench->facts.identity = CACHE_IDENTITY_AUTO;
	flight = start_with_ears(bench, 2);
	flight_table_seclude_auto(bench->table);
	assert_null(flight_find(bench->table, &bench->facts.key));
	fixture_turn(&bench->fixture);
	assert_int_equal(count_heard(bench, CACHE_LANDED_ALONE), 2);
	assert_int_equal(flight_table_flights(bench->table), 1);
	flight_release(&flight);
}

static void
a_table_freed_drops_those_who_wait(void **state)
{
	struct bench *bench = *state;
	struct cache_flight *flight = start_with_ears(bench, 3);

	flight_fail(&flight);
	flight_table_free(bench->table);
	bench->table = NULL;
	fixture_turn(&bench->fixture);
	assert_int_equal(bench->ears[0].heard, 0);
}

static void
a_table_may_be_freed_by_who_hears(void **state)
{
	struct bench *bench = *state;
	struct cache_flight *flight = start_with_ears(bench, 3);

	bench->ears[0].to_free = bench->table;
	bench->table = NULL;
	flight_release(&flight);
	fixture_turn(&bench->fixture);
	assert_int_equal(bench->ears[0].heard, 1);
	assert_int_equal(bench->ears[1].heard, 0);
}

#define on_bench(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		on_bench(a_landed_flight_tells_all_later),
		on_bench(an_unshareable_answer_releases_all_at_once),
		on_bench(a_failed_leader_wakes_one_waiter),
		on_bench(a_new_leader_that_leaves_hands_on),
		on_bench(one_that_left_never_hears),
		on_bench(a_failed_flight_without_waiters_is_over),
		on_bench(a_lone_flight_is_not_found),
		on_bench(those_over_the_limit_do_not_wait),
		on_bench(a_secluded_flight_keeps_its_leader_only),
		on_bench(a_table_freed_drops_those_who_wait),
		on_bench(a_table_may_be_freed_by_who_hears)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
