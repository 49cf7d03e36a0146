/*
 * admin_status - one JSON object for a person or a test: token, upstream,
 * cache, background work.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "admin_priv.h"

#include <stdio.h>

static json_t *process_json(const struct admin_confinement *around);
static json_t *token_json(const struct admin *admin);
static json_t *sinks_json(const struct admin *admin);
static json_t *upstream_json(const struct admin *admin);
static json_t *server_json(const struct vault_client *client, size_t n);
static json_t *cache_json(const struct admin *admin);
static json_t *persist_json(const struct admin *admin);

void
admin_status(void *arg, struct http_exchange *exchange)
{
	const struct admin *admin = arg;
	const struct admin_env *env = &admin->env;
	json_t *why_not;
	bool ready;

	if (!admin_is_read(exchange))
		return;
	ready = admin_is_ready(admin, &why_not);
	admin_reply_json(exchange, 200, json_pack(
	    "{s:b, s:o, s:s, s:I, s:o, s:o, s:o, s:o, s:o, s:o, "
	    "s:{s:I, s:I}, s:I}",
	    "ready", (int)ready, "why_not", why_not,
	    "version", env->version,
	    "uptime_s", (json_int_t)((loop_wall(env->loop) -
	    admin->started) / 1000),
	    "process", process_json(env->confinement),
	    "token", token_json(admin),
	    "sinks", sinks_json(admin),
	    "upstream", upstream_json(admin),
	    "cache", cache_json(admin),
	    "persist", persist_json(admin),
	    "background",
	    "waiting", (json_int_t)scheduler_waiting(env->scheduler),
	    "running", (json_int_t)scheduler_running(env->scheduler),
	    "connections",
	    (json_int_t)metrics_get(env->metrics, METRIC_CONNECTIONS)));
}

static json_t *
process_json(const struct admin_confinement *around)
{
	if (around == NULL)
		return json_null();
	return json_pack("{s:I, s:I, s:b, s:I}",
	    "uid", (json_int_t)around->uid, "gid", (json_int_t)around->gid,
	    "seccomp", (int)around->seccomp,
	    "landlock", (json_int_t)around->landlock);
}

static json_t *
token_json(const struct admin *admin)
{
	struct auth_status auth;

	if (admin->env.keeper == NULL)
		return json_null();
	auth_keeper_status(admin->env.keeper, &auth);
	return json_pack("{s:s, s:s, s:b, s:I, s:s, s:I, s:b, s:I, s:I, s:I, "
	    "s:I, s:o}",
	    "method", auth.method, "state", auth_state_name(auth.state),
	    "valid", (int)admin_has_token(admin),
	    "generation", (json_int_t)auth.generation,
	    "accessor", auth.accessor_print,
	    "expires_in_s", (json_int_t)auth.expires_in_s,
	    "renewable", (int)auth.renewable,
	    "logins", (json_int_t)auth.logins,
	    "renewals", (json_int_t)auth.renewals,
	    "failures", (json_int_t)auth.failures,
	    "next_step_in_ms", (json_int_t)auth.next_step_in,
	    "last_error", admin_json_text(auth.last_error));
}

/* The one in use, and all there are. */
static json_t *
sinks_json(const struct admin *admin)
{
	const struct sinks *sinks = admin->env.sinks;

	if (sinks == NULL)
		return json_null();
	return json_pack("{s:I, s:I}",
	    "count", (json_int_t)sinks_count(sinks),
	    "pending", (json_int_t)sinks_pending(sinks));
}

static json_t *
upstream_json(const struct admin *admin)
{
	const struct vault_client *client = admin->env.client;
	json_t *upstream = server_json(client, vault_client_current(client));
	json_t *servers = json_array();

	for (size_t i = 0; i < vault_client_upstreams(client); i++)
		json_array_append_new(servers, server_json(client, i));
	json_object_set_new(upstream, "servers", servers);
	return upstream;
}

static json_t *
server_json(const struct vault_client *client, size_t n)
{
	struct vault_client_state state;

	vault_client_upstream_state(client, n, &state);
	return json_pack("{s:o, s:s, s:b, s:I, s:o}",
	    "address", admin_json_text(
	    vault_client_upstream_address(client, n)),
	    "state", vault_upstream_state_name(state.role),
	    "reachable", (int)state.reachable,
	    "last_status", (json_int_t)state.last_status,
	    "last_error", admin_json_text(state.last_error));
}

/* Under the state that the metric's label names. */
static void
add_leases(json_t *leases, const struct metrics *metrics, enum metric metric)
{
	struct span labels = span_of(metrics_info(metric)->labels);
	char state[32];

	(void)span_cut(&labels, '"');
	labels.len = span_find(labels, '"');
	(void)snprintf(state, sizeof(state), "%.*s", (int)labels.len,
	    labels.ptr);
	json_object_set_new(leases, state,
	    json_integer((json_int_t)metrics_get(metrics, metric)));
}

static json_t *
cache_json(const struct admin *admin)
{
	struct cache_counts counts;
	json_t *left, *leases;

	if (admin->env.cache == NULL)
		return json_null();
	cache_count(admin->env.cache, &counts);
	left = json_object();
	leases = json_object();
	for (int i = METRIC_LEASES_SCHEDULED; i <= METRIC_LEASES_FIXED; i++)
		add_leases(leases, admin->env.metrics, i);
	for (int i = 0; i < CACHE_LEFT_CAUSES; i++)
		json_object_set_new(left, cache_cause_name(i),
		    json_integer((json_int_t)counts.left[i]));
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b, "
	    "s:I, s:I, s:o, s:o}",
	    "entries", (json_int_t)counts.entries,
	    "bytes", (json_int_t)counts.bytes,
	    "ending", (json_int_t)counts.ending,
	    "flights", (json_int_t)counts.flights,
	    "waiters", (json_int_t)counts.waiters,
	    "entered", (json_int_t)counts.entered,
	    "hits", (json_int_t)metrics_get(admin->env.metrics,
	    METRIC_CACHE_HIT),
	    "misses", (json_int_t)metrics_get(admin->env.metrics,
	    METRIC_CACHE_MISS),
	    "static_entries", (json_int_t)counts.static_entries,
	    "static_vault_away", (int)counts.is_away,
	    "static_stale", (json_int_t)metrics_get(admin->env.metrics,
	    METRIC_ANSWERS_STALE_2XX),
	    "watchers", (json_int_t)counts.watchers, "left", left,
	    "leases", leases);
}

static json_t *
persist_json(const struct admin *admin)
{
	struct persist_counts counts;

	if (admin->env.persist == NULL)
		return json_null();
	persist_count(admin->env.persist, &counts);
	return json_pack("{s:b, s:I, s:I, s:I}",
	    "written", (int)counts.is_written,
	    "entries", (json_int_t)counts.entries,
	    "bytes", (json_int_t)counts.bytes,
	    "restored", (json_int_t)counts.restored);
}
