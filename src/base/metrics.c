/*
 * metrics - an array of values beside the table of what they mean.
 *
 * An observation is one addition to a bucket and one to the sum; readers add
 * the buckets up. The bounds are the same for all, from what a hit takes to
 * what a caller waits for.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "base/metrics.h"

#include <stdlib.h>

#include "base/lh_assert.h"
#include "base/xalloc.h"

struct metrics {
	int64_t values[METRIC_COUNT];
	struct metrics_times times[METRICS_HISTOGRAM_COUNT];
};

static const span_us bounds[METRICS_BUCKETS - 1] = {
	50, 100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000,
	250000, 1000000, 5000000, 30000000
};

struct metrics *
metrics_new(void)
{
	return xcalloc(1, sizeof(struct metrics));
}

void
metrics_free(struct metrics *metrics)
{
	free(metrics);
}

void
metrics_add(struct metrics *metrics, enum metric metric, int64_t n)
{
	if (metrics == NULL)
		return;
	lh_assert(n >= 0 || metrics_info(metric)->type == METRIC_GAUGE);
	metrics->values[metric] += n;
}

void
metrics_set(struct metrics *metrics, enum metric metric, int64_t value)
{
	if (metrics == NULL)
		return;
	lh_assert(metrics_info(metric)->type == METRIC_GAUGE);
	metrics->values[metric] = value;
}

int64_t
metrics_get(const struct metrics *metrics, enum metric metric)
{
	return metrics == NULL ? 0 : metrics->values[metric];
}

void
metrics_copy(struct metrics *to, const struct metrics *from)
{
	*to = *from;
}

void
metrics_observe(struct metrics *metrics, enum metrics_histogram histogram,
    span_us took)
{
	size_t bucket = 0;

	if (metrics == NULL)
		return;
	if (took < 0)
		took = 0;
	while (bucket < METRICS_BUCKETS - 1 && took > bounds[bucket])
		bucket++;
	metrics->times[histogram].counts[bucket]++;
	metrics->times[histogram].sum_us += (uint64_t)took;
}

const struct metric_info *
metrics_info(enum metric metric)
{
#define METRICS_INFO(id, name, labels, type, help)			\
	[METRIC_##id] = { name, labels, METRIC_##type, help },
	static const struct metric_info infos[] = {
		METRICS_TABLE(METRICS_INFO)
	};
#undef METRICS_INFO

	lh_assert(metric < METRIC_COUNT);
	return &infos[metric];
}

const struct metrics_histogram_info *
metrics_histogram_info(enum metrics_histogram histogram)
{
#define METRICS_INFO(id, name, help)					\
	[METRICS_HISTOGRAM_##id] = { name, help },
	static const struct metrics_histogram_info infos[] = {
		METRICS_HISTOGRAMS(METRICS_INFO)
	};
#undef METRICS_INFO

	lh_assert(histogram < METRICS_HISTOGRAM_COUNT);
	return &infos[histogram];
}

const struct metrics_times *
metrics_times(const struct metrics *metrics, enum metrics_histogram histogram)
{
	lh_assert(histogram < METRICS_HISTOGRAM_COUNT);
	return &metrics->times[histogram];
}

span_us
metrics_bucket_bound(size_t bucket)
{
	lh_assert(bucket < METRICS_BUCKETS - 1);
	return bounds[bucket];
}
