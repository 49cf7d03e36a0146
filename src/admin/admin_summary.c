/*
 * admin_summary - see admin_summary.h.
 *
 *	asked first   begin = nothing      end = the counts now
 *	every 10 s    begin = end          end = the counts now
 *
 * When nobody has asked for a while the counting ends, so that an idle process
 * is not woken for nobody: the interval under way lasts until the next one
 * asks, and is told to him.
 *
 * An interval shows what end has more than begin; the first answers, for want
 * of one, what there is now. A counter that stood still is left out, as the
 * incumbents leave it out. Each count is an event of weight one, so its least
 * and its greatest are one as well.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "admin_summary.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/xalloc.h"

#define INTERVAL_S 10
#define INTERVAL_MS (INTERVAL_S * 1000)
#define UNASKED_MS (600 * 1000)
#define NAME_MAX_BYTES 256
#define HOST_MAX_BYTES 65

struct admin_summary {
	const struct admin_env *env;
	struct loop_timer *timer;
	struct metrics *begin, *end;
	wall_ms began, ended;
	mono_ms asked;
	bool is_counting, is_over;
};

/* One answer under way. */
struct teller {
	const struct metrics *begin, *end;
	enum admin_dialect dialect;
	json_t *gauges, *counters;
	double seconds;			/* of the interval */
	const char *prefix;		/* of the incumbents' names */
	char host[HOST_MAX_BYTES];	/* in those of gauges; "": none */
};

static void begin_counting(struct admin_summary *summary);
static void on_interval(void *arg);
static void end_interval(struct admin_summary *summary);
static double seconds_of(const struct admin_summary *summary);
static void tell_foreign(struct teller *teller,
    const struct metrics *metrics);
static void tell_ours(struct teller *teller, const struct metrics *metrics);
static void add_gauge(struct teller *teller, const char *name,
    const char *labels, int64_t value);
static void add_counter(struct teller *teller, const char *name,
    const char *labels, int64_t count);
static json_t *labels_json(struct span labels);
static void print_time(wall_ms wall, char into[64]);

struct admin_summary *
admin_summary_new(const struct admin_env *env)
{
	struct admin_summary *summary = xcalloc(1, sizeof(*summary));

	summary->env = env;
	summary->began = loop_wall(env->loop);
	summary->begin = metrics_new();
	summary->end = metrics_new();
	return summary;
}

void
admin_summary_free(struct admin_summary *summary)
{
	if (summary == NULL)
		return;
	loop_timer_free(summary->timer);
	metrics_free(summary->begin);
	metrics_free(summary->end);
	free(summary);
}

json_t *
admin_summary_tell(struct admin_summary *summary, enum admin_dialect dialect)
{
	const struct admin_env *env = summary->env;
	const struct admin_telemetry *telemetry = &env->telemetry;
	struct teller teller = { .dialect = dialect,
		.gauges = json_array(), .counters = json_array(),
		.prefix = telemetry->prefix };
	char when[64];

	summary->asked = loop_mono(env->loop);
	if (summary->timer != NULL && !summary->is_counting)
		end_interval(summary);
	teller.begin = summary->begin;
	teller.end = summary->is_over ? summary->end : env->metrics;
	teller.seconds = seconds_of(summary);
	admin_figures_read(env);
	if (!telemetry->disable_hostname &&
	    gethostname(teller.host, sizeof(teller.host) - 1) != 0)
		teller.host[0] = '\0';
	tell_foreign(&teller, env->metrics);
	tell_ours(&teller, env->metrics);
	print_time(summary->began, when);
	if (summary->timer == NULL)
		begin_counting(summary);
	return json_pack("{s:s, s:o, s:[], s:o, s:[]}", "Timestamp", when,
	    "Gauges", teller.gauges, "Points", "Counters", teller.counters,
	    "Samples");
}

static void
begin_counting(struct admin_summary *summary)
{
	struct loop *loop = summary->env->loop;

	summary->is_counting = true;
	metrics_copy(summary->end, summary->env->metrics);
	summary->ended = loop_wall(loop);
	summary->timer = loop_timer_new(loop, on_interval, summary);
	loop_timer_set(summary->timer, INTERVAL_MS);
}

static void
on_interval(void *arg)
{
	struct admin_summary *summary = arg;

	summary->is_counting = loop_mono(summary->env->loop) -
	    summary->asked < UNASKED_MS;
	if (summary->is_counting)
		end_interval(summary);
}

static void
end_interval(struct admin_summary *summary)
{
	struct metrics *spare = summary->begin;

	summary->is_counting = true;
	summary->begin = summary->end;
	summary->began = summary->ended;
	summary->end = spare;
	metrics_copy(summary->end, summary->env->metrics);
	summary->ended = loop_wall(summary->env->loop);
	summary->is_over = true;
	loop_timer_set(summary->timer, INTERVAL_MS);
}

/* Before one is over, that of one is told. */
static double
seconds_of(const struct admin_summary *summary)
{
	wall_ms seconds = (summary->ended - summary->began) / 1000;

	return summary->is_over && seconds > INTERVAL_S ? (double)seconds :
	    INTERVAL_S;
}

static void
tell_foreign(struct teller *teller, const struct metrics *metrics)
{
	struct admin_figure begin[ADMIN_FIGURES], end[ADMIN_FIGURES];
	struct admin_figure now[ADMIN_FIGURES];
	char name[NAME_MAX_BYTES];

	admin_figures_foreign(teller->dialect, teller->begin, begin);
	admin_figures_foreign(teller->dialect, teller->end, end);
	admin_figures_foreign(teller->dialect, metrics, now);
	for (size_t i = 0; i < ADMIN_FIGURES; i++) {
		bool is_gauge = now[i].type == METRIC_GAUGE;
		bool named = is_gauge && teller->host[0] != '\0';

		(void)snprintf(name, sizeof(name), "%s%s%s%s%s",
		    teller->prefix, teller->prefix[0] != '\0' ? "." : "",
		    named ? teller->host : "", named ? "." : "", now[i].name);
		if (is_gauge)
			add_gauge(teller, name, "", now[i].value);
		else
			add_counter(teller, name, "",
			    end[i].value - begin[i].value);
	}
}

static void
tell_ours(struct teller *teller, const struct metrics *metrics)
{
	char name[NAME_MAX_BYTES];

	for (int i = 0; i < METRIC_COUNT; i++) {
		const struct metric_info *info = metrics_info(i);

		(void)snprintf(name, sizeof(name), "leasehold.%s",
		    info->name);
		if (info->type == METRIC_GAUGE)
			add_gauge(teller, name, info->labels,
			    metrics_get(metrics, i));
		else
			add_counter(teller, name, info->labels,
			    metrics_get(teller->end, i) -
			    metrics_get(teller->begin, i));
	}
}

static void
add_gauge(struct teller *teller, const char *name, const char *labels,
    int64_t value)
{
	if (value != METRIC_UNKNOWN)
		json_array_append_new(teller->gauges, json_pack(
		    "{s:s, s:I, s:o}", "Name", name, "Value",
		    (json_int_t)value, "Labels",
		    labels_json(span_of(labels))));
}

static void
add_counter(struct teller *teller, const char *name, const char *labels,
    int64_t count)
{
	if (count != 0)
		json_array_append_new(teller->counters, json_pack(
		    "{s:s, s:I, s:f, s:I, s:i, s:i, s:i, s:i, s:o}",
		    "Name", name, "Count", (json_int_t)count,
		    "Rate", (double)count / teller->seconds,
		    "Sum", (json_int_t)count, "Min", 1, "Max", 1, "Mean", 1,
		    "Stddev", 0, "Labels", labels_json(span_of(labels))));
}

/* a="b",c="d" */
static json_t *
labels_json(struct span labels)
{
	json_t *tree = json_object();

	while (labels.len > 0) {
		struct span name = span_cut(&labels, '=');
		struct span value;
		char key[32];

		(void)snprintf(key, sizeof(key), "%.*s", (int)name.len,
		    name.ptr);
		(void)span_cut(&labels, '"');
		value = span_cut(&labels, '"');
		(void)span_cut(&labels, ',');
		json_object_set_new(tree, key,
		    json_stringn(value.ptr, value.len));
	}
	return tree;
}

/* As Go prints a moment. */
static void
print_time(wall_ms wall, char into[64])
{
	time_t seconds = (time_t)((wall + 500) / 1000);
	struct tm parts;

	if (gmtime_r(&seconds, &parts) == NULL ||
	    strftime(into, 64, "%Y-%m-%d %H:%M:%S +0000 UTC", &parts) == 0)
		into[0] = '\0';
}
