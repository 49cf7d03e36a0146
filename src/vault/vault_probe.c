/*
 * vault_probe - asks a server for its health, when there are several.
 *
 * The timer goes round: wait, ask, note, wait. A server that serves requests,
 * and whose role is known, is passed over. Between two questions to one server
 * there is at least the interval, and up to a quarter more, so that those who
 * started together do not ask together; of one that is down the wait grows.
 *
 * The status says all; the body is let go of.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "vault_client_parts.h"

#include <stdlib.h>

#include "base/digest.h"
#include "base/xalloc.h"

#define ANSWER_TIMEOUT 5000
#define MAX_BODY_BYTES (16 * 1024)
#define DOWN_INTERVALS 6	/* the longest wait for one that is down */

static void on_due(void *arg);
static bool serves_requests(const struct vault_upstream *upstream);
static enum lh_err ask(struct vault_upstream *upstream);
static void wait_for_next(struct vault_upstream *upstream);
static void on_head(void *arg, const struct http_head *head);
static enum http_flow on_body(void *arg, struct span bytes);
static void on_done(void *arg, enum lh_err err, const struct lh_cause *cause);
static void let_go(struct vault_probe *probe);

void
vault_probe_start(struct vault_upstream *upstream)
{
	struct vault_client *client = upstream->client;
	struct vault_probe *probe = &upstream->probe;
	span_ms interval = client->options.health_interval;

	if (client->upstream_count < 2 || interval <= 0)
		return;
	probe->url = xasprintf("%s/v1/sys/health", upstream->address.base);
	backoff_init(&probe->backoff, interval, DOWN_INTERVALS * interval);
	probe->timer = loop_timer_new(client->env.loop, on_due, upstream);
	loop_timer_set(probe->timer,
	    (span_ms)(random_unit() * (double)interval));
}

void
vault_probe_stop(struct vault_upstream *upstream)
{
	struct vault_probe *probe = &upstream->probe;

	let_go(probe);
	if (probe->timer != NULL)
		loop_timer_free(probe->timer);
	probe->timer = NULL;
	free(probe->url);
	probe->url = NULL;
}

static void
on_due(void *arg)
{
	struct vault_upstream *upstream = arg;

	if (serves_requests(upstream)) {
		wait_for_next(upstream);
		return;
	}
	if (ask(upstream) != LH_OK)
		wait_for_next(upstream);
}

static bool
serves_requests(const struct vault_upstream *upstream)
{
	const struct vault_client *client = upstream->client;

	return !upstream->in_doubt && upstream->last_use != 0 &&
	    vault_upstream_is_usable(upstream->seen.role) &&
	    loop_mono(client->env.loop) - upstream->last_use <
	    client->options.health_interval;
}

static enum lh_err
ask(struct vault_upstream *upstream)
{
	const struct http_call_listener listener = {
		on_head, on_body, on_done, upstream
	};
	const struct http_field fields[] = {
		{ SPAN_LITERAL("X-Vault-Request"), SPAN_LITERAL("true") },
		{ SPAN_LITERAL("User-Agent"),
		    span_of(upstream->client->options.user_agent) }
	};
	struct vault_probe *probe = &upstream->probe;
	const struct http_call_request request = {
		.method = SPAN_LITERAL("GET"),
		.url = probe->url,
		.fields = { fields, sizeof(fields) / sizeof(fields[0]) },
		.timeout = ANSWER_TIMEOUT
	};
	enum lh_err err;

	probe->bytes = 0;
	probe->link = vault_client_link_ref(
	    upstream->links[VAULT_LINE_OWN]);
	err = http_client_start(probe->link->http, &request, &listener,
	    &probe->http);
	if (err != LH_OK)
		vault_client_link_unref(&probe->link);
	else
		metrics_add(upstream->client->env.metrics,
		    METRIC_UPSTREAM_CALLS, 1);
	return err;
}

static void
wait_for_next(struct vault_upstream *upstream)
{
	struct vault_probe *probe = &upstream->probe;
	span_ms interval = upstream->client->options.health_interval;
	span_ms wait = interval +
	    (span_ms)(random_unit() / 4 * (double)interval);

	if (upstream->seen.role == VAULT_UPSTREAM_DOWN)
		wait = backoff_next(&probe->backoff, random_unit());
	else
		backoff_reset(&probe->backoff);
	loop_timer_set(probe->timer, wait);
}

static void
on_head(void *arg, const struct http_head *head)
{
	struct vault_upstream *upstream = arg;

	vault_client_saw_answer(upstream, head->status);
	vault_client_saw_role(upstream,
	    vault_upstream_by_health(head->status));
	upstream->in_doubt = false;
}

static enum http_flow
on_body(void *arg, struct span bytes)
{
	struct vault_upstream *upstream = arg;
	struct vault_probe *probe = &upstream->probe;

	probe->bytes += bytes.len;
	if (probe->bytes > MAX_BODY_BYTES) {
		let_go(probe);
		wait_for_next(upstream);
	}
	return HTTP_FLOW_GO;
}

static void
on_done(void *arg, enum lh_err err, const struct lh_cause *cause)
{
	struct vault_upstream *upstream = arg;
	struct vault_probe *probe = &upstream->probe;

	probe->http = NULL;
	vault_client_link_unref(&probe->link);
	if (err != LH_OK) {
		vault_client_saw_failure(upstream, err, cause);
		vault_client_saw_role(upstream, VAULT_UPSTREAM_DOWN);
		vault_call_leave(upstream->client, upstream);
	}
	wait_for_next(upstream);
}

static void
let_go(struct vault_probe *probe)
{
	http_call_cancel(probe->http);
	probe->http = NULL;
	vault_client_link_unref(&probe->link);
}
