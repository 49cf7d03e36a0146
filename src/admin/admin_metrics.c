/*
 * admin_metrics - the table of metrics, and the states of the servers, as
 * Prometheus text, format 0.0.4.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "admin_priv.h"

#include "base/bytes.h"
#include "http/http_error.h"

#define METRICS_MAX_BYTES (64 * 1024)

static enum lh_err write_metric(const struct metrics *metrics,
    enum metric metric, struct bytes *into);
static enum lh_err write_states(const struct vault_client *client,
    struct bytes *into);
static enum lh_err write_server(const struct vault_client *client, size_t n,
    struct bytes *into);
static enum lh_err write_label(struct bytes *into, const char *value);

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
		err = write_states(admin->env.client, &text);
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

static enum lh_err
write_states(const struct vault_client *client, struct bytes *into)
{
	enum lh_err err = bytes_append_span(into, SPAN_LITERAL(
	    "# HELP leasehold_upstream_state 1 for the state a server is in\n"
	    "# TYPE leasehold_upstream_state gauge\n"));

	for (size_t i = 0; err == LH_OK && i < vault_client_upstreams(client);
	    i++)
		err = write_server(client, i, into);
	return err;
}

static enum lh_err
write_server(const struct vault_client *client, size_t n, struct bytes *into)
{
	const char *address = vault_client_upstream_address(client, n);
	struct vault_client_state seen;
	enum lh_err err = LH_OK;

	vault_client_upstream_state(client, n, &seen);
	for (int i = 0; err == LH_OK && i < VAULT_UPSTREAM_STATES; i++) {
		err = bytes_printf(into, "leasehold_upstream_state{server=");
		if (err == LH_OK)
			err = write_label(into, address);
		if (err == LH_OK)
			err = bytes_printf(into, ",state=\"%s\"} %d\n",
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
