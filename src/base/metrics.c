/*
 * metrics - an array of values beside the table of what they mean.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "base/metrics.h"

#include <stdlib.h>

#include "base/lh_assert.h"
#include "base/xalloc.h"

struct metrics {
	int64_t values[METRIC_COUNT];
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

const struct metric_info *
metrics_info(enum metric metric)
{
#define METRICS_INFO(id, name, type, help)				\
	[METRIC_##id] = { name, METRIC_##type, help },
	static const struct metric_info infos[] = {
		METRICS_TABLE(METRICS_INFO)
	};
#undef METRICS_INFO

	lh_assert(metric < METRIC_COUNT);
	return &infos[metric];
}
