/*
 * test_metrics - the values and the table that names them.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "base/metrics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
values_begin_at_zero_and_add_up(void **state)
{
	struct metrics *metrics = metrics_new();

	assert_int_equal(metrics_get(metrics, METRIC_REQUESTS), 0);
	metrics_add(metrics, METRIC_REQUESTS, 2);
	metrics_add(metrics, METRIC_REQUESTS, 3);
	assert_int_equal(metrics_get(metrics, METRIC_REQUESTS), 5);
	assert_int_equal(metrics_get(metrics, METRIC_REQUESTS_REFUSED), 0);
	metrics_free(metrics);
}

static void
gauges_go_down_too(void **state)
{
	struct metrics *metrics = metrics_new();

	metrics_set(metrics, METRIC_CACHE_BYTES, 100);
	metrics_add(metrics, METRIC_CACHE_BYTES, -40);
	assert_int_equal(metrics_get(metrics, METRIC_CACHE_BYTES), 60);
	metrics_set(metrics, METRIC_CACHE_BYTES, 7);
	assert_int_equal(metrics_get(metrics, METRIC_CACHE_BYTES), 7);
	metrics_free(metrics);
}

static void
without_metrics_nothing_happens(void **state)
{
	metrics_add(NULL, METRIC_REQUESTS, 1);
	metrics_set(NULL, METRIC_CONNECTIONS, 1);
	assert_int_equal(metrics_get(NULL, METRIC_REQUESTS), 0);
	metrics_free(NULL);
}

static void
every_metric_has_a_name_and_labels_of_its_own(void **state)
{
	for (int i = 0; i < METRIC_COUNT; i++) {
		const struct metric_info *info = metrics_info(i);

		assert_true(strlen(info->name) > 0);
		assert_int_equal(strspn(info->name,
		    "abcdefghijklmnopqrstuvwxyz_"), strlen(info->name));
		assert_true(strlen(info->help) > 0);
		for (int k = 0; k < i; k++)
			assert_false(strcmp(info->name,
			    metrics_info(k)->name) == 0 &&
			    strcmp(info->labels, metrics_info(k)->labels) ==
			    0);
	}
	assert_int_equal(metrics_info(METRIC_CONNECTIONS)->type,
	    METRIC_GAUGE);
	assert_int_equal(metrics_info(METRIC_REQUESTS)->type, METRIC_COUNTER);
}

/* So that a family is told once. */
static void
rows_of_one_name_stand_together_and_agree(void **state)
{
	for (int i = 1; i < METRIC_COUNT; i++) {
		const struct metric_info *info = metrics_info(i);
		const struct metric_info *before = metrics_info(i - 1);

		if (strcmp(info->name, before->name) == 0) {
			assert_int_equal(info->type, before->type);
			assert_string_equal(info->help, before->help);
			continue;
		}
		for (int k = 0; k < i; k++)
			assert_string_not_equal(info->name,
			    metrics_info(k)->name);
	}
}

static void
an_observation_falls_into_the_bucket_that_bounds_it(void **state)
{
	struct metrics *metrics = metrics_new();
	const struct metrics_times *times = metrics_times(metrics,
	    METRICS_HISTOGRAM_HIT);

	metrics_observe(metrics, METRICS_HISTOGRAM_HIT, -5);
	metrics_observe(metrics, METRICS_HISTOGRAM_HIT, 50);
	metrics_observe(metrics, METRICS_HISTOGRAM_HIT, 51);
	metrics_observe(metrics, METRICS_HISTOGRAM_HIT, INT64_C(60000000));
	assert_int_equal(times->counts[0], 2);
	assert_int_equal(times->counts[1], 1);
	assert_int_equal(times->counts[METRICS_BUCKETS - 1], 1);
	assert_int_equal(times->sum_us, 60000101);
	assert_int_equal(metrics_times(metrics,
	    METRICS_HISTOGRAM_MISS)->sum_us, 0);
	metrics_observe(NULL, METRICS_HISTOGRAM_HIT, 1);
	for (size_t i = 1; i < METRICS_BUCKETS - 1; i++)
		assert_true(metrics_bucket_bound(i) >
		    metrics_bucket_bound(i - 1));
	metrics_free(metrics);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_begin_at_zero_and_add_up),
		cmocka_unit_test(gauges_go_down_too),
		cmocka_unit_test(without_metrics_nothing_happens),
		cmocka_unit_test(every_metric_has_a_name_and_labels_of_its_own),
		cmocka_unit_test(rows_of_one_name_stand_together_and_agree),
		cmocka_unit_test(
		    an_observation_falls_into_the_bucket_that_bounds_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
