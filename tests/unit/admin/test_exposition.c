/*
 * test_exposition - metrics as text: families told once, labels, histograms
 * that add up, and what the two formats differ in.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "../../../src/admin/admin_exposition.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *
write_all(enum admin_exposition form, const struct metrics *metrics)
{
	struct bytes text;
	char *copy;

	bytes_init(&text, ADMIN_EXPOSITION_MAX_BYTES);
	assert_int_equal(admin_exposition_write(form, metrics, NULL, &text),
	    LH_OK);
	copy = span_dup(bytes_span(&text));
	bytes_release(&text);
	return copy;
}

static int
count(const char *text, const char *part)
{
	int n = 0;

	for (; (text = strstr(text, part)) != NULL; text++)
		n++;
	return n;
}

static void
a_family_is_told_once_before_its_samples(void **state)
{
	struct metrics *metrics = metrics_new();
	char *text;

	metrics_add(metrics, METRIC_ANSWERS_HIT_4XX, 7);
	text = write_all(ADMIN_EXPOSITION_TEXT, metrics);
	assert_int_equal(count(text, "# TYPE leasehold_answers_total"), 1);
	assert_non_null(strstr(text, "# HELP leasehold_answers_total answers "
	    "to callers\n# TYPE leasehold_answers_total counter\n"
	    "leasehold_answers_total{code=\"2xx\",cache=\"none\"} 0\n"));
	assert_non_null(strstr(text,
	    "leasehold_answers_total{code=\"4xx\",cache=\"hit\"} 7\n"));
	assert_non_null(strstr(text, "# TYPE leasehold_connections gauge\n"
	    "leasehold_connections 0\n"));
	assert_int_equal(count(text, "# EOF"), 0);
	free(text);
	metrics_free(metrics);
}

static void
openmetrics_names_the_family_and_marks_the_end(void **state)
{
	struct metrics *metrics = metrics_new();
	char *text = write_all(ADMIN_EXPOSITION_OPENMETRICS, metrics);

	assert_non_null(strstr(text, "# TYPE leasehold_requests counter\n"
	    "leasehold_requests_total 0\n"));
	assert_non_null(strstr(text, "{le=\"1.0\"} 0\n"));
	assert_string_equal(text + strlen(text) - strlen("\n# EOF\n"),
	    "\n# EOF\n");
	free(text);
	metrics_free(metrics);
}

static void
buckets_are_summed_up(void **state)
{
	struct metrics *metrics = metrics_new();
	char *text;

	metrics_observe(metrics, METRICS_HISTOGRAM_HIT, 60);
	metrics_observe(metrics, METRICS_HISTOGRAM_HIT, 2000000);
	text = write_all(ADMIN_EXPOSITION_TEXT, metrics);
	assert_non_null(strstr(text,
	    "# TYPE leasehold_hit_seconds histogram\n"
	    "leasehold_hit_seconds_bucket{le=\"5e-05\"} 0\n"
	    "leasehold_hit_seconds_bucket{le=\"0.0001\"} 1\n"));
	assert_non_null(strstr(text, "hit_seconds_bucket{le=\"1\"} 1\n"
	    "leasehold_hit_seconds_bucket{le=\"5\"} 2\n"));
	assert_non_null(strstr(text, "hit_seconds_bucket{le=\"+Inf\"} 2\n"
	    "leasehold_hit_seconds_sum 2.000060\n"
	    "leasehold_hit_seconds_count 2\n"));
	free(text);
	metrics_free(metrics);
}

static void
what_is_not_known_is_not_told(void **state)
{
	struct metrics *metrics = metrics_new();
	char *text;

	metrics_set(metrics, METRIC_TOKEN_TTL, METRIC_UNKNOWN);
	metrics_set(metrics, METRIC_LEASES_SCHEDULED, METRIC_UNKNOWN);
	text = write_all(ADMIN_EXPOSITION_TEXT, metrics);
	assert_null(strstr(text, "token_ttl"));
	assert_int_equal(count(text, "# TYPE leasehold_leases gauge\n"), 1);
	assert_null(strstr(text, "leases{state=\"scheduled\"}"));
	free(text);
	metrics_free(metrics);
}

static void
a_full_buffer_is_told(void **state)
{
	struct metrics *metrics = metrics_new();
	struct bytes text;

	bytes_init(&text, 100);
	assert_int_equal(admin_exposition_write(ADMIN_EXPOSITION_TEXT,
	    metrics, NULL, &text), LH_ERR_LIMIT);
	bytes_release(&text);
	metrics_free(metrics);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_family_is_told_once_before_its_samples),
		cmocka_unit_test(
		    openmetrics_names_the_family_and_marks_the_end),
		cmocka_unit_test(buckets_are_summed_up),
		cmocka_unit_test(what_is_not_known_is_not_told),
		cmocka_unit_test(a_full_buffer_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
