/*
 * sink - where our token is also put.
 *
 *	token -> [wrapped by Vault ->] [encrypted for a reader ->] file
 *
 * Each sink has its own timer for its next try, so a full disk delays nobody
 * but itself. A newer token goes to all of them at once, whatever they wait
 * for. What was wrapped is kept for a next try while most of its life is left:
 * a disk that is full for long shall not fill Vault with wrappings.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "auth/sink.h"

#include <stdlib.h>
#include <string.h>

#include "base/backoff.h"
#include "base/digest.h"
#include "base/xalloc.h"
#include "sink_dh.h"
#include "sink_file.h"
#include "sink_wrap.h"

#define RETRY_MIN_MS 1000
#define RETRY_SPREAD_MS 2000
#define WRAP_BACKOFF_MAX_MS (60 * 1000)

struct sink {
	struct sinks *sinks;
	struct sink_options options;
	char *path;
	struct sink_wrap *wrap;		/* NULL: not wrapped */
	struct backoff wrap_backoff;
	struct secret *wrapped;		/* of the latest token, or NULL */
	mono_ms wrapped_until;		/* good enough to be written */
	struct sink_dh *dh;		/* NULL: not encrypted */
	struct loop_timer *retry;
	struct lh_cause told;		/* failure logged last */
	bool pending;
};

struct sinks {
	struct sinks_env env;
	char *namespace;
	struct sink *all;
	size_t count;
	struct secret *content;		/* the latest; NULL: none yet */
	struct loop_timer *settled;
	loop_fn *on_settled;
	void *on_settled_arg;
};

static enum lh_err open_sink(struct sink *sink, struct sinks *sinks,
    const struct sink_options *options, struct lh_cause *cause);
static void close_sink(struct sink *sink);
static void put_content(struct sinks *sinks, struct secret *content);
static void begin_sink(struct sink *sink);
static void on_wrapped(void *arg, struct secret *content,
    const struct lh_cause *cause);
static void write_sink(struct sink *sink, const struct secret *content);
static enum lh_err write_content(struct sink *sink,
    const struct secret *content, struct lh_cause *cause);
static void try_later(struct sink *sink, span_ms wait,
    const struct lh_cause *cause);
static void on_retry(void *arg);
static void on_settled(void *arg);
static void settle(struct sinks *sinks);

enum lh_err
sinks_new(const struct sink_options *options, size_t count,
    const struct sinks_env *env, struct sinks **sinks_out,
    struct lh_cause *cause)
{
	struct sinks *sinks = xcalloc(1, sizeof(*sinks));
	enum lh_err err = LH_OK;

	sinks->env = *env;
	sinks->namespace = xstrdup(env->namespace);
	sinks->env.namespace = sinks->namespace;
	sinks->all = xcalloc(count + 1, sizeof(sinks->all[0]));
	sinks->settled = loop_timer_new(env->loop, on_settled, sinks);
	while (err == LH_OK && sinks->count < count) {
		err = open_sink(&sinks->all[sinks->count], sinks,
		    &options[sinks->count], cause);
		sinks->count++;
	}
	if (err != LH_OK) {
		sinks_free(sinks);
		return err;
	}
	*sinks_out = sinks;
	return LH_OK;
}

void
sinks_free(struct sinks *sinks)
{
	if (sinks == NULL)
		return;
	for (size_t i = 0; i < sinks->count; i++)
		close_sink(&sinks->all[i]);
	loop_timer_free(sinks->settled);
	secret_unref(&sinks->content);
	free(sinks->namespace);
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
sinks_set_namespace(struct sinks *sinks, const char *namespace)
{
	char *copy = xstrdup(namespace);

	free(sinks->namespace);
	sinks->namespace = copy;
	sinks->env.namespace = copy;
}

void
sinks_put(struct sinks *sinks, const struct auth_token *token)
{
	put_content(sinks, auth_token_secret(token));
}

void
sinks_put_wrapped(struct sinks *sinks, const struct vault_wrap_facts *wrap)
{
	struct secret *content = sink_wrap_text(wrap);

	if (content != NULL)
		put_content(sinks, content);
	else
		log_error(sinks->env.log, "sink.failed", log_text("error",
		    "what wraps the token is too long"));
	secret_unref(&content);
}

size_t
sinks_pending(const struct sinks *sinks)
{
	size_t pending = 0;

	for (size_t i = 0; i < sinks->count; i++)
		pending += sinks->all[i].pending;
	return pending;
}

size_t
sinks_count(const struct sinks *sinks)
{
	return sinks->count;
}

/* A sink that was opened in part is closed like any other. */
static enum lh_err
open_sink(struct sink *sink, struct sinks *sinks,
    const struct sink_options *options, struct lh_cause *cause)
{
	enum lh_err err = sink_file_check(options->path, cause);

	if (err != LH_OK)
		return err;
	sink->sinks = sinks;
	sink->path = xstrdup(options->path);
	sink->options = *options;
	sink->options.path = sink->path;
	sink->options.dh = (struct sink_dh_options){ NULL, NULL, false };
	sink->retry = loop_timer_new(sinks->env.loop, on_retry, sink);
	backoff_init(&sink->wrap_backoff, RETRY_MIN_MS, WRAP_BACKOFF_MAX_MS);
	if (options->wrap_ttl > 0)
		sink->wrap = sink_wrap_new(options->wrap_ttl, &sinks->env,
		    on_wrapped, sink);
	if (options->dh.path != NULL)
		err = sink_dh_new(&options->dh, &sink->dh, cause);
	return err;
}

static void
close_sink(struct sink *sink)
{
	loop_timer_free(sink->retry);
	sink_wrap_free(sink->wrap);
	sink_dh_free(sink->dh);
	secret_unref(&sink->wrapped);
	free(sink->path);
}

static void
put_content(struct sinks *sinks, struct secret *content)
{
	if (sinks->content != NULL && secret_equal(content, sinks->content))
		return;
	secret_unref(&sinks->content);
	sinks->content = secret_ref(content);
	for (size_t i = 0; i < sinks->count; i++) {
		sinks->all[i].pending = true;
		secret_unref(&sinks->all[i].wrapped);
		backoff_reset(&sinks->all[i].wrap_backoff);
	}
	for (size_t i = 0; i < sinks->count; i++)
		begin_sink(&sinks->all[i]);
	settle(sinks);
}

static void
begin_sink(struct sink *sink)
{
	loop_timer_stop(sink->retry);
	if (sink->wrap == NULL)
		write_sink(sink, sink->sinks->content);
	else if (sink->wrapped != NULL &&
	    loop_mono(sink->sinks->env.loop) < sink->wrapped_until)
		write_sink(sink, sink->wrapped);
	else
		sink_wrap_ask(sink->wrap, sink->sinks->content);
}

static void
on_wrapped(void *arg, struct secret *content, const struct lh_cause *cause)
{
	struct sink *sink = arg;

	if (content == NULL) {
		try_later(sink, backoff_next(&sink->wrap_backoff,
		    random_unit()), cause);
		return;
	}
	backoff_reset(&sink->wrap_backoff);
	secret_unref(&sink->wrapped);
	sink->wrapped = secret_ref(content);
	sink->wrapped_until = loop_mono(sink->sinks->env.loop) +
	    sink->options.wrap_ttl / 2;
	write_sink(sink, sink->wrapped);
	settle(sink->sinks);
}

static void
write_sink(struct sink *sink, const struct secret *content)
{
	struct lh_cause cause;

	if (write_content(sink, content, &cause) != LH_OK) {
		try_later(sink, RETRY_MIN_MS + (span_ms)(RETRY_SPREAD_MS *
		    random_unit()), &cause);
		return;
	}
	sink->pending = false;
	sink->told.text[0] = '\0';
	secret_unref(&sink->wrapped);
	log_info(sink->sinks->env.log, "sink.written",
	    log_text("path", sink->path));
}

static enum lh_err
write_content(struct sink *sink, const struct secret *content,
    struct lh_cause *cause)
{
	struct secret *sealed = NULL;
	enum lh_err err;

	if (sink->dh == NULL)
		return sink_file_write(&sink->options, content, cause);
	err = sink_dh_seal(sink->dh, content, &sealed, cause);
	if (err == LH_OK)
		err = sink_file_write(&sink->options, sealed, cause);
	secret_unref(&sealed);
	return err;
}

/* Loud when the reason is a new one, else for those who debug. */
static void
try_later(struct sink *sink, span_ms wait, const struct lh_cause *cause)
{
	bool known = strcmp(sink->told.text, cause->text) == 0;

	sink->told = *cause;
	loop_timer_set(sink->retry, wait);
	log_at(sink->sinks->env.log,
	    known ? LOG_LEVEL_DEBUG : LOG_LEVEL_ERROR, "sink.failed",
	    log_text("path", sink->path), log_text("error", cause->text),
	    log_num("retry_ms", wait));
}

static void
on_retry(void *arg)
{
	struct sink *sink = arg;

	begin_sink(sink);
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
