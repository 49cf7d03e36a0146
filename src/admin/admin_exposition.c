/*
 * admin_exposition - the table of metrics, the histograms and the states of
 * the servers, in either of two formats.
 *
 * They differ in three things: whether a counter's family has the _total of
 * its samples, the mark at the end, and the content type.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "admin_exposition.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PREFIX "leasehold_"
#define BOUND_MAX 32

struct writer {
	enum admin_exposition form;
	const struct metrics *metrics;
	struct bytes *into;
};

static enum lh_err write_metric(const struct writer *writer,
    enum metric metric);
static bool begins_family(const struct writer *writer, enum metric metric);
static enum lh_err write_histogram(const struct writer *writer,
    enum metrics_histogram histogram);
static enum lh_err write_buckets(const struct writer *writer,
    const char *name, const struct metrics_times *times,
    uint64_t *count_out);
static void write_bound(enum admin_exposition form, span_us bound,
    char text_out[BOUND_MAX]);
static enum lh_err write_servers(const struct writer *writer,
    const struct vault_client *client);
static enum lh_err write_server(const struct writer *writer,
    const struct vault_client *client, size_t n);
static enum lh_err write_label(struct bytes *into, const char *value);

enum lh_err
admin_exposition_write(enum admin_exposition form,
    const struct metrics *metrics, const struct vault_client *client,
    struct bytes *into)
{
	const struct writer writer = { form, metrics, into };
	enum lh_err err = LH_OK;

	for (int i = 0; err == LH_OK && i < METRIC_COUNT; i++)
		err = write_metric(&writer, i);
	for (int i = 0; err == LH_OK && i < METRICS_HISTOGRAM_COUNT; i++)
		err = write_histogram(&writer, i);
	if (err == LH_OK && client != NULL)
		err = write_servers(&writer, client);
	if (err == LH_OK && form == ADMIN_EXPOSITION_OPENMETRICS)
		err = bytes_append_span(into, SPAN_LITERAL("# EOF\n"));
	return err;
}

static enum lh_err
write_metric(const struct writer *writer, enum metric metric)
{
	const struct metric_info *info = metrics_info(metric);
	int64_t value = metrics_get(writer->metrics, metric);
	bool counts = info->type == METRIC_COUNTER;
	const char *tail = counts ? "_total" : "";
	const char *family = writer->form == ADMIN_EXPOSITION_OPENMETRICS ?
	    "" : tail;
	bool labelled = info->labels[0] != '\0';
	enum lh_err err = LH_OK;

	if (value == METRIC_UNKNOWN)
		return LH_OK;
	if (begins_family(writer, metric))
		err = bytes_printf(writer->into, "# HELP " PREFIX "%s%s %s\n"
		    "# TYPE " PREFIX "%s%s %s\n", info->name, family,
		    info->help, info->name, family,
		    counts ? "counter" : "gauge");
	if (err != LH_OK)
		return err;
	return bytes_printf(writer->into, PREFIX "%s%s%s%s%s %" PRId64 "\n",
	    info->name, tail, labelled ? "{" : "", info->labels,
	    labelled ? "}" : "", value);
}

/* A row of which nothing is known does not show its name either. */
static bool
begins_family(const struct writer *writer, enum metric metric)
{
	const char *name = metrics_info(metric)->name;

	for (int i = (int)metric - 1; i >= 0; i--) {
		if (strcmp(metrics_info(i)->name, name) != 0)
			break;
		if (metrics_get(writer->metrics, i) != METRIC_UNKNOWN)
			return false;
	}
	return true;
}

static enum lh_err
write_histogram(const struct writer *writer, enum metrics_histogram histogram)
{
	const struct metrics_histogram_info *info =
	    metrics_histogram_info(histogram);
	const struct metrics_times *times = metrics_times(writer->metrics,
	    histogram);
	uint64_t count = 0;
	enum lh_err err;

	err = bytes_printf(writer->into, "# HELP " PREFIX "%s %s\n"
	    "# TYPE " PREFIX "%s histogram\n", info->name, info->help,
	    info->name);
	if (err == LH_OK)
		err = write_buckets(writer, info->name, times, &count);
	if (err != LH_OK)
		return err;
	return bytes_printf(writer->into, PREFIX "%s_sum %" PRIu64 ".%06" PRIu64
	    "\n" PREFIX "%s_count %" PRIu64 "\n", info->name,
	    times->sum_us / 1000000, times->sum_us % 1000000, info->name,
	    count);
}

static enum lh_err
write_buckets(const struct writer *writer, const char *name,
    const struct metrics_times *times, uint64_t *count_out)
{
	enum lh_err err = LH_OK;
	uint64_t count = 0;

	for (size_t i = 0; err == LH_OK && i < METRICS_BUCKETS; i++) {
		char bound[BOUND_MAX] = "+Inf";

		count += times->counts[i];
		if (i < METRICS_BUCKETS - 1)
			write_bound(writer->form, metrics_bucket_bound(i),
			    bound);
		err = bytes_printf(writer->into, PREFIX "%s_bucket{le=\"%s\"} "
		    "%" PRIu64 "\n", name, bound, count);
	}
	*count_out = count;
	return err;
}

/* OpenMetrics wants a whole number to look like a fraction. */
static void
write_bound(enum admin_exposition form, span_us bound,
    char text_out[BOUND_MAX])
{
	bool whole = bound % 1000000 == 0;

	(void)snprintf(text_out, BOUND_MAX, "%g%s", (double)bound / 1e6,
	    whole && form == ADMIN_EXPOSITION_OPENMETRICS ? ".0" : "");
}

static enum lh_err
write_servers(const struct writer *writer, const struct vault_client *client)
{
	enum lh_err err = bytes_append_span(writer->into, SPAN_LITERAL(
	    "# HELP " PREFIX "upstream_state 1 for the state a server is in\n"
	    "# TYPE " PREFIX "upstream_state gauge\n"));

	for (size_t i = 0; err == LH_OK && i < vault_client_upstreams(client);
	    i++)
		err = write_server(writer, client, i);
	return err;
}

static enum lh_err
write_server(const struct writer *writer, const struct vault_client *client,
    size_t n)
{
	const char *address = vault_client_upstream_address(client, n);
	struct vault_client_state seen;
	enum lh_err err = LH_OK;

	vault_client_upstream_state(client, n, &seen);
	for (int i = 0; err == LH_OK && i < VAULT_UPSTREAM_STATES; i++) {
		err = bytes_printf(writer->into,
		    PREFIX "upstream_state{server=");
		if (err == LH_OK)
			err = write_label(writer->into, address);
		if (err == LH_OK)
			err = bytes_printf(writer->into,
			    ",state=\"%s\"} %d\n",
			    vault_upstream_state_name(i), (int)seen.role == i);
	}
	return err;
}

static enum lh_err
write_label(struct bytes *into, const char *value)
{
	enum lh_err err = bytes_append(into, "\"", 1);

	for (; err == LH_OK && *value != '\0'; value++)
		err = *value == '"' || *value == '\\' ?
		    bytes_printf(into, "\\%c", *value) :
		    bytes_append(into, value, 1);
	return err == LH_OK ? bytes_append(into, "\"", 1) : err;
}
