/*
 * admin_metrics - the table of metrics as Prometheus text, format 0.0.4.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "admin_priv.h"

#include "base/bytes.h"
#include "http/http_error.h"

#define METRICS_MAX_BYTES (64 * 1024)

static enum lh_err write_metric(const struct metrics *metrics,
    enum metric metric, struct bytes *into);

void
admin_metrics(void *arg, struct http_exchange *exchange)
{
	const struct admin *admin = arg;
	enum lh_err err = LH_OK;
	struct bytes text;

	if (!admin_is_read(exchange))
		return;
	bytes_init(&text, METRICS_MAX_BYTES);
	for (int i = 0; i < METRIC_COUNT && err == LH_OK; i++)
		err = write_metric(admin->env.metrics, i, &text);
	if (err == LH_OK)
		admin_reply_text(exchange, 200,
		    SPAN_LITERAL("text/plain; version=0.0.4; charset=utf-8"),
		    bytes_span(&text));
	else
		http_error_reply(exchange, 500, "the metrics are too long");
	bytes_release(&text);
}

static enum lh_err
write_metric(const struct metrics *metrics, enum metric metric,
    struct bytes *into)
{
	const struct metric_info *info = metrics_info(metric);
	bool counts = info->type == METRIC_COUNTER;
	const char *tail = counts ? "_total" : "";

	return bytes_printf(into, "# HELP leasehold_%s%s %s\n"
	    "# TYPE leasehold_%s%s %s\nleasehold_%s%s %lld\n",
	    info->name, tail, info->help, info->name, tail,
	    counts ? "counter" : "gauge", info->name, tail,
	    (long long)metrics_get(metrics, metric));
}
