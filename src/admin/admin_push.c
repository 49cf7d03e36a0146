/*
 * admin_push - see admin_push.h.
 *
 *	name:value|c		a counter: what was added since
 *	name:value|g		a gauge
 *	name:value|c|#tags	the same for dogstatsd, labels among the tags
 *
 * Lines are gathered into datagrams that pass through any network whole. Names
 * of statsd have dots, and no tags: there a label is a part of the name.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "admin_push.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin_collector.h"
#include "admin_figures.h"
#include "base/bytes.h"
#include "base/xalloc.h"

#define PERIOD_MS 10000
#define DATAGRAM_MAX 1400
#define LINE_MAX_BYTES 1024
#define COLLECTORS 2

enum language { STATSD, DOGSTATSD };

struct admin_push {
	struct admin_env env;
	struct loop_timer *timer;
	struct admin_collector *collectors[COLLECTORS];	/* NULL: none */
	char host[ADMIN_HOST_MAX];
	int64_t sent[METRIC_COUNT];
	int64_t sent_foreign[ADMIN_FIGURES];
};

struct sample {
	const char *prefix;
	const char *name;
	const char *labels;
	enum metric_type type;
	int64_t value;
};

struct datagram {
	struct admin_collector *collector;
	size_t len;
	char data[DATAGRAM_MAX];
};

static void on_timer(void *arg);
static void tend(struct admin_push *push);
static void push_all(struct admin_push *push);
static void push_ours(struct admin_push *push, struct datagram *datagrams);
static void push_foreign(struct admin_push *push, struct datagram *datagrams);
static void push_sample(const struct admin_push *push,
    struct datagram *datagrams, const struct sample *sample);
static enum lh_err write_sample(const struct admin_push *push,
    enum language language, const struct sample *sample,
    struct bytes *line);
static enum lh_err write_labels(struct span labels, const char *before,
    struct bytes *line);
static enum lh_err write_tags(const struct admin_push *push,
    struct span labels, struct bytes *line);
static void add_line(struct datagram *datagram, struct span line);
static void send_off(struct datagram *datagram);

enum lh_err
admin_push_new(const struct admin_env *env, struct admin_push **push_out,
    struct lh_cause *cause)
{
	const struct admin_telemetry *telemetry = &env->telemetry;
	struct admin_push *push;
	enum lh_err err = LH_OK;

	*push_out = NULL;
	if (telemetry->statsd == NULL && telemetry->dogstatsd == NULL)
		return LH_OK;
	push = xcalloc(1, sizeof(*push));
	push->env = *env;
	if (!telemetry->disable_hostname)
		admin_figures_host(push->host);
	if (telemetry->statsd != NULL)
		err = admin_collector_new(telemetry->statsd, env->log,
		    &push->collectors[STATSD], cause);
	if (err == LH_OK && telemetry->dogstatsd != NULL)
		err = admin_collector_new(telemetry->dogstatsd, env->log,
		    &push->collectors[DOGSTATSD], cause);
	push->timer = loop_timer_new(env->loop, on_timer, push);
	if (err != LH_OK) {
		admin_push_free(push);
		return err;
	}
	tend(push);
	loop_timer_set(push->timer, PERIOD_MS);
	*push_out = push;
	return LH_OK;
}

void
admin_push_free(struct admin_push *push)
{
	if (push == NULL)
		return;
	push_all(push);
	loop_timer_free(push->timer);
	for (size_t i = 0; i < COLLECTORS; i++)
		admin_collector_free(push->collectors[i]);
	free(push);
}

static void
on_timer(void *arg)
{
	struct admin_push *push = arg;

	tend(push);
	push_all(push);
	loop_timer_set(push->timer, PERIOD_MS);
}

static void
tend(struct admin_push *push)
{
	for (size_t i = 0; i < COLLECTORS; i++)
		if (push->collectors[i] != NULL)
			admin_collector_tend(push->collectors[i],
			    loop_mono(push->env.loop));
}

static void
push_all(struct admin_push *push)
{
	struct datagram datagrams[COLLECTORS];

	for (size_t i = 0; i < COLLECTORS; i++) {
		datagrams[i].collector = push->collectors[i];
		datagrams[i].len = 0;
	}
	admin_figures_read(&push->env);
	push_foreign(push, datagrams);
	push_ours(push, datagrams);
	for (size_t i = 0; i < COLLECTORS; i++)
		send_off(&datagrams[i]);
}

static void
push_ours(struct admin_push *push, struct datagram *datagrams)
{
	for (int i = 0; i < METRIC_COUNT; i++) {
		const struct metric_info *info = metrics_info(i);
		int64_t value = metrics_get(push->env.metrics, i);
		struct sample sample = { "leasehold", info->name,
			info->labels, info->type, value };

		if (value == METRIC_UNKNOWN)
			continue;
		if (info->type == METRIC_COUNTER)
			sample.value -= push->sent[i];
		push->sent[i] = value;
		push_sample(push, datagrams, &sample);
	}
}

static void
push_foreign(struct admin_push *push, struct datagram *datagrams)
{
	struct admin_figure figures[ADMIN_FIGURES];

	admin_figures_foreign(ADMIN_DIALECT_PROXY, push->env.metrics, figures);
	for (int i = 0; i < ADMIN_FIGURES; i++) {
		struct sample sample = { push->env.telemetry.prefix,
			figures[i].name, "", figures[i].type,
			figures[i].value };

		if (figures[i].type == METRIC_COUNTER)
			sample.value -= push->sent_foreign[i];
		push->sent_foreign[i] = figures[i].value;
		push_sample(push, datagrams, &sample);
	}
}

/* A counter that stood still is not worth a line. */
static void
push_sample(const struct admin_push *push, struct datagram *datagrams,
    const struct sample *sample)
{
	if (sample->type == METRIC_COUNTER && sample->value == 0)
		return;
	for (size_t i = 0; i < COLLECTORS; i++) {
		struct bytes line;

		if (push->collectors[i] == NULL)
			continue;
		bytes_init(&line, LINE_MAX_BYTES);
		if (write_sample(push, i, sample, &line) == LH_OK)
			add_line(&datagrams[i], bytes_span(&line));
		bytes_release(&line);
	}
}

static enum lh_err
write_sample(const struct admin_push *push, enum language language,
    const struct sample *sample, struct bytes *line)
{
	bool is_gauge = sample->type == METRIC_GAUGE;
	struct span labels = span_of(sample->labels);
	enum lh_err err;

	err = bytes_printf(line, "%s%s", sample->prefix,
	    sample->prefix[0] != '\0' ? "." : "");
	if (err == LH_OK && is_gauge && push->host[0] != '\0')
		err = bytes_printf(line, "%s.", push->host);
	if (err == LH_OK)
		err = bytes_printf(line, "%s", sample->name);
	if (err == LH_OK && language == STATSD)
		err = write_labels(labels, ".", line);
	if (err == LH_OK)
		err = bytes_printf(line, ":%" PRId64 "|%c", sample->value,
		    is_gauge ? 'g' : 'c');
	if (err == LH_OK && language == DOGSTATSD)
		err = write_tags(push, labels, line);
	return err == LH_OK ? bytes_append(line, "\n", 1) : err;
}

/* The values of a="b",c="d", each behind a mark. */
static enum lh_err
write_labels(struct span labels, const char *before, struct bytes *line)
{
	enum lh_err err = LH_OK;

	while (err == LH_OK && labels.len > 0) {
		struct span value;

		(void)span_cut(&labels, '"');
		value = span_cut(&labels, '"');
		err = bytes_printf(line, "%s%.*s", before, (int)value.len,
		    value.ptr);
	}
	return err;
}

static enum lh_err
write_tags(const struct admin_push *push, struct span labels,
    struct bytes *line)
{
	const char *tags = push->env.telemetry.tags;
	const char *mark = "|#";
	enum lh_err err = LH_OK;

	if (tags != NULL) {
		err = bytes_printf(line, "%s%s", mark, tags);
		mark = ",";
	}
	for (; err == LH_OK && labels.len > 0; mark = ",") {
		struct span name = span_cut(&labels, '=');
		struct span value;

		(void)span_cut(&labels, '"');
		value = span_cut(&labels, '"');
		(void)span_cut(&labels, ',');
		err = bytes_printf(line, "%s%.*s:%.*s", mark, (int)name.len,
		    name.ptr, (int)value.len, value.ptr);
	}
	return err;
}

static void
add_line(struct datagram *datagram, struct span line)
{
	if (datagram->len + line.len > sizeof(datagram->data))
		send_off(datagram);
	if (line.len > sizeof(datagram->data))
		return;
	memcpy(datagram->data + datagram->len, line.ptr, line.len);
	datagram->len += line.len;
}

/* Nobody there, no room: the next one says more. */
static void
send_off(struct datagram *datagram)
{
	if (datagram->len > 0)
		admin_collector_send(datagram->collector,
		    (struct span){ datagram->data, datagram->len });
	datagram->len = 0;
}
