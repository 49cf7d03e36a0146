/*
 * admin_metrics - metrics for whoever reads them: ours, and behind the
 * incumbents' paths under the incumbents' rules, with their names first.
 * Source: behaviour sections 4.3 and 10.1.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "admin_priv.h"

#include <inttypes.h>
#include <stdio.h>

#include "admin_exposition.h"
#include "admin_figures.h"
#include "admin_summary.h"
#include "base/bytes.h"
#include "http/http_error.h"

#define SHOWN_FORMAT_MAX 32

static const struct span openmetrics = {
	"application/openmetrics-text", sizeof("application/openmetrics-text") - 1
};

static bool wants_openmetrics(const struct http_request *request);
static void reply_foreign(const struct admin *admin,
    struct http_exchange *exchange, enum admin_dialect dialect);
static void reply_prometheus(const struct admin *admin,
    struct http_exchange *exchange, enum admin_dialect dialect);
static struct span query_value(struct span query, struct span name);
static bool wants_prometheus(const struct http_request *request);
static bool accepts(const struct http_request *request, struct span what);
static enum lh_err write_foreign(const struct admin *admin,
    enum admin_dialect dialect, struct bytes *into);
static void reply_with(struct http_exchange *exchange, enum lh_err err,
    enum admin_exposition form, struct bytes *text);

void
admin_metrics(void *arg, struct http_exchange *exchange)
{
	const struct admin *admin = arg;
	enum admin_exposition form = ADMIN_EXPOSITION_TEXT;
	struct bytes text;
	enum lh_err err;

	if (!admin_is_read(exchange))
		return;
	if (wants_openmetrics(http_exchange_request(exchange)))
		form = ADMIN_EXPOSITION_OPENMETRICS;
	admin_figures_read(&admin->env);
	bytes_init(&text, ADMIN_EXPOSITION_MAX_BYTES);
	err = admin_exposition_write(form, admin->env.metrics,
	    admin->env.client, &text);
	reply_with(exchange, err, form, &text);
	bytes_release(&text);
}

void
admin_metrics_agent(void *arg, struct http_exchange *exchange)
{
	reply_foreign(arg, exchange, ADMIN_DIALECT_AGENT);
}

void
admin_metrics_proxy(void *arg, struct http_exchange *exchange)
{
	reply_foreign(arg, exchange, ADMIN_DIALECT_PROXY);
}

static bool
wants_openmetrics(const struct http_request *request)
{
	return accepts(request, openmetrics);
}

static void
reply_foreign(const struct admin *admin, struct http_exchange *exchange,
    enum admin_dialect dialect)
{
	const struct http_request *request = http_exchange_request(exchange);
	struct span format = query_value(request->query,
	    SPAN_LITERAL("format"));
	char text[64 + SHOWN_FORMAT_MAX];

	if (!span_equal(request->method, SPAN_LITERAL("GET")))
		admin_reply_text(exchange, 405,
		    SPAN_LITERAL("application/json"),
		    SPAN_LITERAL("{\"errors\":[]}\n"));
	else if (wants_prometheus(request))
		reply_prometheus(admin, exchange, dialect);
	else if (format.len == 0)
		admin_reply_json(exchange, 200,
		    admin_summary_tell(admin->summary, dialect));
	else {
		(void)snprintf(text, sizeof(text),
		    "metric response format \"%.*s\" unknown",
		    (int)(format.len < SHOWN_FORMAT_MAX ? format.len :
		    SHOWN_FORMAT_MAX), format.ptr);
		admin_reply_text(exchange, 400, SPAN_LITERAL("text/plain"),
		    span_of(text));
	}
}

static void
reply_prometheus(const struct admin *admin, struct http_exchange *exchange,
    enum admin_dialect dialect)
{
	struct bytes text;
	enum lh_err err;

	if (!admin->env.telemetry.prometheus) {
		admin_reply_text(exchange, 400, SPAN_LITERAL("text/plain"),
		    SPAN_LITERAL("prometheus is not enabled"));
		return;
	}
	admin_figures_read(&admin->env);
	bytes_init(&text, ADMIN_EXPOSITION_MAX_BYTES);
	err = write_foreign(admin, dialect, &text);
	if (err == LH_OK)
		err = admin_exposition_write(ADMIN_EXPOSITION_TEXT,
		    admin->env.metrics, admin->env.client, &text);
	reply_with(exchange, err, ADMIN_EXPOSITION_TEXT, &text);
	bytes_release(&text);
}

/* The first of that name, as it stands in the URL. */
static struct span
query_value(struct span query, struct span name)
{
	while (query.len > 0) {
		struct span value = span_cut(&query, '&');

		if (span_equal(span_cut(&value, '='), name))
			return value;
	}
	return SPAN_NONE;
}

static bool
wants_prometheus(const struct http_request *request)
{
	const struct http_field *accept = http_fields_find(request->fields,
	    SPAN_LITERAL("Accept"));

	if (span_equal(query_value(request->query, SPAN_LITERAL("format")),
	    SPAN_LITERAL("prometheus")))
		return true;
	if (accept != NULL && span_starts(accept->value, openmetrics))
		return true;
	return accepts(request, SPAN_LITERAL("prometheus/telemetry"));
}

/* Does any Accept name it? */
static bool
accepts(const struct http_request *request, struct span what)
{
	for (size_t i = 0; i < request->fields.count; i++) {
		const struct http_field *field = &request->fields.list[i];
		struct span rest = field->value;

		if (!span_equal_nocase(field->name, SPAN_LITERAL("Accept")))
			continue;
		for (; rest.len >= what.len; rest = span_skip(rest, 1))
			if (span_starts(rest, what))
				return true;
	}
	return false;
}

static enum lh_err
write_foreign(const struct admin *admin, enum admin_dialect dialect,
    struct bytes *into)
{
	const struct admin_telemetry *telemetry = &admin->env.telemetry;
	struct admin_figure figures[ADMIN_FIGURES];
	char host[ADMIN_HOST_MAX] = "";
	enum lh_err err = LH_OK;

	if (!telemetry->disable_hostname)
		admin_figures_host(host);
	admin_figures_foreign(dialect, admin->env.metrics, figures);
	for (size_t i = 0; err == LH_OK && i < ADMIN_FIGURES; i++) {
		bool is_gauge = figures[i].type == METRIC_GAUGE;
		bool named = is_gauge && host[0] != '\0';
		char name[256];

		(void)snprintf(name, sizeof(name), "%s_%s%s%s",
		    telemetry->prefix, named ? host : "", named ? "_" : "",
		    figures[i].name);
		for (char *c = name; *c != '\0'; c++)
			if (*c == '.' || *c == '-' || *c == ' ' || *c == '/')
				*c = '_';
		err = bytes_printf(into, "# HELP %s %s\n# TYPE %s %s\n"
		    "%s %" PRId64 "\n", name, figures[i].name, name,
		    is_gauge ? "gauge" : "counter", name, figures[i].value);
	}
	return err;
}

static void
reply_with(struct http_exchange *exchange, enum lh_err err,
    enum admin_exposition form, struct bytes *text)
{
	struct span type = SPAN_LITERAL(
	    "text/plain; version=0.0.4; charset=utf-8");

	if (form == ADMIN_EXPOSITION_OPENMETRICS)
		type = SPAN_LITERAL("application/openmetrics-text; "
		    "version=1.0.0; charset=utf-8");
	if (err == LH_OK)
		admin_reply_text(exchange, 200, type, bytes_span(text));
	else
		http_error_reply(exchange, 500, "the metrics are too long");
}
