/*
 * sink - where our token is also put.
 *
 * Each sink has its own timer for its next try, so a full disk delays nobody
 * but itself. A newer token goes to all of them at once, whatever they wait
 * for.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "auth/sink.h"

#include <stdlib.h>

#include "base/digest.h"
#include "base/xalloc.h"
#include "sink_file.h"

#define RETRY_MIN_MS 1000
#define RETRY_SPREAD_MS 2000

struct sink {
	struct sinks *sinks;
	struct sink_options options;
	char *path;
	struct loop_timer *retry;
	bool pending;
};

struct sinks {
	struct log *log;
	struct sink *all;
	size_t count;
	struct secret *token;		/* the latest; NULL: none yet */
	struct loop_timer *settled;
	loop_fn *on_settled;
	void *on_settled_arg;
};

static void write_sink(struct sink *sink);
static void on_retry(void *arg);
static void on_settled(void *arg);
static void settle(struct sinks *sinks);

enum lh_err
sinks_new(const struct sink_options *options, size_t count,
    struct loop *loop, struct log *log, struct sinks **sinks_out,
    struct lh_cause *cause)
{
	struct sinks *sinks;
	enum lh_err err;

	for (size_t i = 0; i < count; i++) {
		err = sink_file_check(options[i].path, cause);
		if (err != LH_OK)
			return err;
	}
	sinks = xcalloc(1, sizeof(*sinks));
	sinks->log = log;
	sinks->all = xcalloc(count + 1, sizeof(sinks->all[0]));
	sinks->count = count;
	sinks->settled = loop_timer_new(loop, on_settled, sinks);
	for (size_t i = 0; i < count; i++) {
		struct sink *sink = &sinks->all[i];

		sink->sinks = sinks;
		sink->path = xstrdup(options[i].path);
		sink->options = options[i];
		sink->options.path = sink->path;
		sink->retry = loop_timer_new(loop, on_retry, sink);
	}
	*sinks_out = sinks;
	return LH_OK;
}

void
sinks_free(struct sinks *sinks)
{
	if (sinks == NULL)
		return;
	for (size_t i = 0; i < sinks->count; i++) {
		loop_timer_free(sinks->all[i].retry);
		free(sinks->all[i].path);
	}
	loop_timer_free(sinks->settled);
	secret_unref(&sinks->token);
	free(sinks->all);
	free(sinks);
}

void
sinks_on_settled(struct sinks *sinks, loop_fn *fn, void *arg)
{
	sinks->on_settled = fn;
	sinks->on_settled_arg = arg;
}

void
sinks_put(struct sinks *sinks, const struct auth_token *token)
{
	struct secret *secret = auth_token_secret(token);

	if (sinks->token != NULL && secret_equal(secret, sinks->token))
		return;
	secret_unref(&sinks->token);
	sinks->token = secret_ref(secret);
	for (size_t i = 0; i < sinks->count; i++)
		sinks->all[i].pending = true;
	for (size_t i = 0; i < sinks->count; i++)
		write_sink(&sinks->all[i]);
	settle(sinks);
}

size_t
sinks_pending(const struct sinks *sinks)
{
	size_t pending = 0;

	for (size_t i = 0; i < sinks->count; i++)
		pending += sinks->all[i].pending;
	return pending;
}

static void
write_sink(struct sink *sink)
{
	struct sinks *sinks = sink->sinks;
	struct lh_cause cause;
	span_ms wait;

	if (sink_file_write(&sink->options, sinks->token, &cause) == LH_OK) {
		sink->pending = false;
		loop_timer_stop(sink->retry);
		log_info(sinks->log, "sink.written",
		    log_text("path", sink->path));
		return;
	}
	wait = RETRY_MIN_MS + (span_ms)(RETRY_SPREAD_MS * random_unit());
	loop_timer_set(sink->retry, wait);
	log_error(sinks->log, "sink.failed", log_text("path", sink->path),
	    log_text("error", cause.text), log_num("retry_ms", wait));
}

static void
on_retry(void *arg)
{
	struct sink *sink = arg;

	write_sink(sink);
	settle(sink->sinks);
}

static void
on_settled(void *arg)
{
	struct sinks *sinks = arg;

	if (sinks->on_settled != NULL)
		sinks->on_settled(sinks->on_settled_arg);
}

/* Told by a timer: later than the call that led to it, and not at all once
 * the sinks are gone or a newer token came in between and is not written. */
static void
settle(struct sinks *sinks)
{
	if (sinks_pending(sinks) == 0)
		loop_timer_set(sinks->settled, 0);
	else
		loop_timer_stop(sinks->settled);
}
