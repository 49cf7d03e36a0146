/*
 * test_summary - what an interval counted, and when intervals are counted.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "../../../src/admin/admin_summary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../auth/fake_loop.h"
#include "base/scheduler.h"
#include "base/xalloc.h"

#define SECOND 1000
#define MINUTE (60 * SECOND)
#define NAME "leasehold.lease_renewed"

struct bench {
	struct admin_env env;
	struct admin_summary *summary;
	mono_ms now;
};

/* There is no keeper, and its libraries would bring the true loop with them. */
void
auth_keeper_status(const struct auth_keeper *keeper, struct auth_status *out)
{
	fail();
}

struct auth_token *
auth_keeper_token(const struct auth_keeper *keeper)
{
	fail();
	return NULL;
}

static void
on_wake(void *arg, mono_ms at)
{
}

static int
setup(void **state)
{
	struct bench *bench = xcalloc(1, sizeof(*bench));
	struct scheduler_options options = { 0 };

	bench->now = 1000 * MINUTE;
	bench->env.loop = fake_loop_new(bench->now);
	bench->env.metrics = metrics_new();
	bench->env.scheduler = scheduler_new(&options, on_wake, NULL);
	bench->env.telemetry.disable_hostname = true;
	bench->env.telemetry.prefix = "vault";
	bench->summary = admin_summary_new(&bench->env);
	*state = bench;
	return 0;
}

static int
teardown(void **state)
{
	struct bench *bench = *state;

	admin_summary_free(bench->summary);
	scheduler_free(bench->env.scheduler);
	metrics_free(bench->env.metrics);
	fake_loop_free(bench->env.loop);
	free(bench);
	return 0;
}

/* So long, with every timer at its time. */
static void
pass(struct bench *bench, span_ms span)
{
	mono_ms end = bench->now + span;

	while (fake_loop_soonest(bench->env.loop) <= end) {
		bench->now = fake_loop_soonest(bench->env.loop);
		fake_loop_set_time(bench->env.loop, bench->now);
		fake_loop_turn(bench->env.loop);
	}
	bench->now = end;
	fake_loop_set_time(bench->env.loop, end);
}

static bool
is_timed(const struct bench *bench)
{
	return fake_loop_soonest(bench->env.loop) != INT64_MAX;
}

static void
happen(struct bench *bench, int64_t times)
{
	metrics_add(bench->env.metrics, METRIC_LEASE_RENEWED, times);
}

/* Count and rate of what happens here; nothing is 0. */
static int64_t
ask(struct bench *bench, double *rate)
{
	json_t *told = admin_summary_tell(bench->summary, 0), *each;
	int64_t count = 0;
	size_t i;

	*rate = 0;
	json_array_foreach(json_object_get(told, "Counters"), i, each) {
		const char *name = json_string_value(json_object_get(each,
		    "Name"));

		if (strcmp(name, NAME) != 0)
			continue;
		count = json_integer_value(json_object_get(each, "Count"));
		*rate = json_number_value(json_object_get(each, "Rate"));
	}
	json_decref(told);
	return count;
}

static void
nothing_is_timed_before_somebody_asks(void **state)
{
	struct bench *bench = *state;
	double rate;

	assert_false(is_timed(bench));
	happen(bench, 5);
	assert_int_equal(ask(bench, &rate), 5);
	assert_true(is_timed(bench));
}

static void
an_interval_is_told_when_it_is_over(void **state)
{
	struct bench *bench = *state;
	double rate;

	happen(bench, 5);
	ask(bench, &rate);
	happen(bench, 20);
	pass(bench, 9 * SECOND);
	assert_int_equal(ask(bench, &rate), 25);
	pass(bench, SECOND);
	assert_int_equal(ask(bench, &rate), 20);
	assert_true(rate == 2);
	pass(bench, 10 * SECOND);
	assert_int_equal(ask(bench, &rate), 0);
}

static void
counting_ends_when_nobody_has_asked_for_ten_minutes(void **state)
{
	struct bench *bench = *state;
	double rate;

	ask(bench, &rate);
	pass(bench, 5 * MINUTE);
	ask(bench, &rate);
	pass(bench, 9 * MINUTE);
	assert_true(is_timed(bench));
	pass(bench, MINUTE);
	assert_false(is_timed(bench));
}

static void
an_interval_lasts_until_somebody_asks_again(void **state)
{
	struct bench *bench = *state;
	double rate;

	happen(bench, 5);
	ask(bench, &rate);
	pass(bench, 20 * MINUTE);
	happen(bench, 61);
	assert_int_equal(ask(bench, &rate), 61);
	/* The last that was counted ended 10 s before ten minutes were over. */
	assert_true(rate == 61.0 / (10 * 60 + 10));
	assert_true(is_timed(bench));
	happen(bench, 10);
	pass(bench, 10 * SECOND);
	assert_int_equal(ask(bench, &rate), 10);
	assert_true(rate == 1);
}

#define on_bench(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		on_bench(nothing_is_timed_before_somebody_asks),
		on_bench(an_interval_is_told_when_it_is_over),
		on_bench(counting_ends_when_nobody_has_asked_for_ten_minutes),
		on_bench(an_interval_lasts_until_somebody_asks_again)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
