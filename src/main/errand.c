/*
 * errand - see errand.h. Waits between tries are drawn by base/backoff.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "errand.h"

#include <stdlib.h>

#include "config.h"
#include "base/backoff.h"
#include "base/digest.h"
#include "base/xalloc.h"
#include "vault/vault_client.h"

#define MIN_WAIT_MS 1000
#define MAX_WAIT_MS 15000

struct errand {
	struct config *config;		/* of the server */
	struct timesource *source;
	struct loop *loop;
	struct vault_client *client;
	struct vault_api *api;
	struct loop_timer *next;
	struct backoff backoff;
	span_ms retry_for;
	mono_ms retry_until;
	int status;
};

static enum lh_err read_server(const struct errand_options *options,
    struct config **config_out, struct lh_cause *cause);

enum lh_err
errand_new(const struct errand_options *options, struct errand **errand_out,
    struct lh_cause *cause)
{
	struct errand *errand = xcalloc(1, sizeof(*errand));
	struct vault_client_env env = { NULL, NULL, NULL };
	enum lh_err err;

	errand->source = timesource_new();
	errand->retry_for = options->retry_for;
	backoff_init(&errand->backoff, MIN_WAIT_MS, MAX_WAIT_MS);
	err = read_server(options, &errand->config, cause);
	if (err == LH_OK) {
		err = loop_new(errand->source, &errand->loop);
		if (err != LH_OK)
			lh_cause_set(cause, "cannot make the event loop");
	}
	if (err == LH_OK) {
		errand->next = loop_timer_new(errand->loop, options->try,
		    options->arg);
		env.loop = errand->loop;
		errand->config->vault.user_agent =
		    PACKAGE_NAME "/" PACKAGE_VERSION;
		err = vault_client_new(&errand->config->vault, &env,
		    &errand->client, cause);
	}
	if (err != LH_OK) {
		errand_free(errand);
		return err;
	}
	errand->api = vault_api_new(errand->client, errand->loop);
	*errand_out = errand;
	return LH_OK;
}

void
errand_free(struct errand *errand)
{
	if (errand == NULL)
		return;
	vault_api_free(errand->api);
	vault_client_free(errand->client);
	loop_timer_free(errand->next);
	loop_free(errand->loop);
	timesource_free(errand->source);
	config_free(errand->config);
	free(errand);
}

static enum lh_err
read_server(const struct errand_options *options, struct config **config_out,
    struct lh_cause *cause)
{
	struct config_notes notes;
	struct span text;
	enum lh_err err;

	config_notes_init(&notes);
	err = config_load_server(options->flags, options->environment, &notes,
	    config_out);
	text = span_trim(bytes_span(&notes.text));
	if (err != LH_OK)
		lh_cause_set(cause, "%.*s", (int)text.len, text.ptr);
	config_notes_release(&notes);
	return err;
}

struct vault_api *
errand_api(struct errand *errand)
{
	return errand->api;
}

struct span
errand_namespace(const struct errand *errand)
{
	return span_of(errand->config->namespace);
}

int
errand_run(struct errand *errand, int status)
{
	errand->status = status;
	errand->retry_until = loop_mono(errand->loop) + errand->retry_for;
	loop_timer_set(errand->next, 0);
	loop_run(errand->loop);
	return errand->status;
}

void
errand_done(struct errand *errand)
{
	errand->status = 0;
	loop_stop(errand->loop);
}

void
errand_try_again(struct errand *errand)
{
	span_ms wait = backoff_next(&errand->backoff, random_unit());

	if (loop_mono(errand->loop) + wait < errand->retry_until)
		loop_timer_set(errand->next, wait);
	else
		loop_stop(errand->loop);
}

void
errand_give_up(struct errand *errand)
{
	loop_stop(errand->loop);
}
