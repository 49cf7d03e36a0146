/*
 * admin_report - a status as a table: a line a thing, its name in front.
 *
 * What is missing in the JSON is left out of the table, so that an older or
 * newer leasehold can be asked. Texts come over the network: what a terminal
 * would take for a command is shown as a question mark.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "admin/admin.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include <jansson.h>

#define LINE_MAX_BYTES 512

struct report {
	struct bytes *into;
	enum lh_err err;	/* the first */
};

static void add_head(struct report *report, const json_t *status);
static void add_process(struct report *report, const json_t *around);
static void add_token(struct report *report, const json_t *token);
static void add_sinks(struct report *report, const json_t *sinks);
static void add_upstream(struct report *report, const json_t *upstream);
static void add_server(struct report *report, const json_t *server,
    const char *name);
static void add_cache(struct report *report, const json_t *cache);
static void add_persist(struct report *report, const json_t *persist);
static void add_counts(struct report *report, const char *name,
    const json_t *counts);
static void add_error(struct report *report, const json_t *holder);
static void add(struct report *report, const char *name, const char *format,
    ...) LH_PRINTF(3, 4);
static const char *text(const json_t *holder, const char *key);
static json_int_t number(const json_t *holder, const char *key);
static bool is_true(const json_t *holder, const char *key);
static const char *span_text(json_int_t seconds, char room[32]);

enum lh_err
admin_report(struct span status, struct bytes *into, bool *ready_out)
{
	struct report report = { into, LH_OK };
	json_t *tree = json_loadb(status.ptr, status.len, 0, NULL);
	const json_t *background = json_object_get(tree, "background");

	if (!json_is_boolean(json_object_get(tree, "ready"))) {
		json_decref(tree);
		return LH_ERR_FORMAT;
	}
	add_head(&report, tree);
	add_process(&report, json_object_get(tree, "process"));
	add_token(&report, json_object_get(tree, "token"));
	add_sinks(&report, json_object_get(tree, "sinks"));
	add_upstream(&report, json_object_get(tree, "upstream"));
	add_cache(&report, json_object_get(tree, "cache"));
	add_persist(&report, json_object_get(tree, "persist"));
	if (json_is_object(background))
		add(&report, "background", "%" JSON_INTEGER_FORMAT
		    " planned, %" JSON_INTEGER_FORMAT " under way",
		    number(background, "waiting"),
		    number(background, "running"));
	add(&report, "callers", "%" JSON_INTEGER_FORMAT " connections",
	    number(tree, "connections"));
	*ready_out = is_true(tree, "ready");
	json_decref(tree);
	return report.err;
}

static void
add_head(struct report *report, const json_t *status)
{
	const json_t *why = json_object_get(status, "why_not");
	char up[32];

	add(report, "leasehold", "%s, up %s, %s", text(status, "version"),
	    span_text(number(status, "uptime_s"), up),
	    is_true(status, "ready") ? "ready" : "NOT READY");
	for (size_t i = 0; i < json_array_size(why); i++)
		add(report, "", "%s",
		    json_string_value(json_array_get(why, i)));
}

static void
add_process(struct report *report, const json_t *around)
{
	if (json_is_object(around))
		add(report, "process", "user %" JSON_INTEGER_FORMAT
		    ", seccomp %s, landlock %s", number(around, "uid"),
		    is_true(around, "seccomp") ? "on" : "off",
		    number(around, "landlock") > 0 ? "on" : "off");
}

static void
add_token(struct report *report, const json_t *token)
{
	json_int_t left = number(token, "expires_in_s");
	json_int_t next = number(token, "next_step_in_ms");
	char span[32];

	if (!json_is_object(token)) {
		add(report, "token", "none: no auto_auth");
		return;
	}
	if (!is_true(token, "valid"))
		add(report, "token", "none, %s by %s", text(token, "state"),
		    text(token, "method"));
	else if (left < 0)
		add(report, "token", "%s by %s, no end, accessor %s",
		    text(token, "state"), text(token, "method"),
		    text(token, "accessor"));
	else
		add(report, "token", "%s by %s, %s left%s, accessor %s",
		    text(token, "state"), text(token, "method"),
		    span_text(left, span), is_true(token, "renewable") ?
		    ", renewable" : "", text(token, "accessor"));
	add(report, "", "%" JSON_INTEGER_FORMAT " logins, %"
	    JSON_INTEGER_FORMAT " renewals, %" JSON_INTEGER_FORMAT
	    " failures in a row", number(token, "logins"),
	    number(token, "renewals"), number(token, "failures"));
	if (next >= 0)
		add(report, "next step", "in %s",
		    span_text(next / 1000, span));
	add_error(report, token);
}

static void
add_sinks(struct report *report, const json_t *sinks)
{
	if (json_is_object(sinks) && number(sinks, "count") > 0)
		add(report, "sinks", "%" JSON_INTEGER_FORMAT ", %"
		    JSON_INTEGER_FORMAT " waiting", number(sinks, "count"),
		    number(sinks, "pending"));
}

static void
add_upstream(struct report *report, const json_t *upstream)
{
	const json_t *servers = json_object_get(upstream, "servers");

	if (json_array_size(servers) == 0)
		add_server(report, upstream, "upstream");
	for (size_t i = 0; i < json_array_size(servers); i++)
		add_server(report, json_array_get(servers, i),
		    i == 0 ? "upstream" : "");
}

static void
add_server(struct report *report, const json_t *server, const char *name)
{
	json_int_t status = number(server, "last_status");

	if (status == 0 && text(server, "last_error")[0] == '\0')
		add(report, name, "%s not asked yet",
		    text(server, "address"));
	else if (is_true(server, "reachable"))
		add(report, name, "%s %s, answered %" JSON_INTEGER_FORMAT,
		    text(server, "address"), text(server, "state"), status);
	else
		add(report, name, "%s %s, NOT REACHED",
		    text(server, "address"), text(server, "state"));
	add_error(report, server);
}

static void
add_cache(struct report *report, const json_t *cache)
{
	if (!json_is_object(cache)) {
		add(report, "cache", "off");
		return;
	}
	add(report, "cache", "%" JSON_INTEGER_FORMAT " entries, %"
	    JSON_INTEGER_FORMAT " bytes, %" JSON_INTEGER_FORMAT " hits, %"
	    JSON_INTEGER_FORMAT " misses", number(cache, "entries"),
	    number(cache, "bytes"), number(cache, "hits"),
	    number(cache, "misses"));
	add_counts(report, "leases", json_object_get(cache, "leases"));
	add_counts(report, "left", json_object_get(cache, "left"));
}

static void
add_persist(struct report *report, const json_t *persist)
{
	if (!json_is_object(persist))
		return;
	add(report, "on disk", "%" JSON_INTEGER_FORMAT " entries, %"
	    JSON_INTEGER_FORMAT " bytes, %" JSON_INTEGER_FORMAT
	    " of an earlier run%s", number(persist, "entries"),
	    number(persist, "bytes"), number(persist, "restored"),
	    is_true(persist, "written") ? "" : "; nothing is written");
}

/* Those that are not zero. */
static void
add_counts(struct report *report, const char *name, const json_t *counts)
{
	char line[LINE_MAX_BYTES] = "";
	size_t len = 0;
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)counts, key, value) {
		if (json_integer_value(value) == 0)
			continue;
		len += (size_t)snprintf(line + len, sizeof(line) - len,
		    "%s%.32s %" JSON_INTEGER_FORMAT, len > 0 ? ", " : "",
		    key, json_integer_value(value));
		if (len >= sizeof(line))
			break;
	}
	if (len > 0)
		add(report, name, "%s", line);
}

static void
add_error(struct report *report, const json_t *holder)
{
	if (text(holder, "last_error")[0] != '\0')
		add(report, "last error", "%s", text(holder, "last_error"));
}

static void
add(struct report *report, const char *name, const char *format, ...)
{
	char line[LINE_MAX_BYTES];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	for (char *c = line; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || (unsigned char)*c >= 0x7f)
			*c = '?';
	if (report->err == LH_OK)
		report->err = bytes_printf(report->into, "%-12s%s\n", name,
		    line);
}

static const char *
text(const json_t *holder, const char *key)
{
	const char *value = json_string_value(json_object_get(holder, key));

	return value == NULL ? "" : value;
}

static json_int_t
number(const json_t *holder, const char *key)
{
	return json_integer_value(json_object_get(holder, key));
}

static bool
is_true(const json_t *holder, const char *key)
{
	return json_is_true(json_object_get(holder, key));
}

/* The two largest units. */
static const char *
span_text(json_int_t seconds, char room[32])
{
	long long s = seconds;

	if (s >= 86400)
		(void)snprintf(room, 32, "%lldd%lldh", s / 86400,
		    s % 86400 / 3600);
	else if (s >= 3600)
		(void)snprintf(room, 32, "%lldh%lldm", s / 3600,
		    s % 3600 / 60);
	else if (s >= 60)
		(void)snprintf(room, 32, "%lldm%llds", s / 60, s % 60);
	else
		(void)snprintf(room, 32, "%llds", s);
	return room;
}
