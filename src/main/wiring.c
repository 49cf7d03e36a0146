/*
 * wiring - see wiring.h.
 *
 * Built from the bottom up, freed from the top down. A stop is asked for by a
 * signal, by quit, by the end of exit_after_auth, or by a login that failed
 * under exit_on_err: the listeners close, open exchanges and then, if that is
 * wanted, the revocation of our token have until shutdown_timeout, then the
 * loop ends.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "wiring.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "admin/admin.h"
#include "auth/auth_keeper.h"
#include "auth_wiring.h"
#include "base/loop.h"
#include "base/metrics.h"
#include "base/scheduler.h"
#include "base/xalloc.h"
#include "cache/cache.h"
#include "confinement.h"
#include "http/http_listener.h"
#include "http/http_router.h"
#include "http/http_tls.h"
#include "persist_wiring.h"
#include "process.h"
#include "proxy/proxy.h"
#include "reload.h"
#include "service.h"
#include "vault/vault_api.h"
#include "vault/vault_client.h"

/* Timers stand still while the machine is suspended, lives do not: look at the
 * clock again at least so often. */
#define MAX_NAP (60 * 1000)

struct entrance {		/* a listener and what is its own */
	struct http_tls *tls;
	struct http_router *router;
	struct http_listener *listener;
};

#define SIGNALS 5
#define OWN_CALLS 256		/* to Vault at once; far fewer are made */

struct wiring {
	struct config *config;
	const struct options *options;
	struct confinement *confinement;
	struct timesource *source;
	struct loop *loop;
	struct log *log;
	struct metrics *metrics;
	struct scheduler *scheduler;
	struct loop_timer *scheduler_timer;
	struct vault_client *client;
	struct vault_api *api;
	struct auth_wiring *auth;	/* NULL: no auto_auth */
	struct persist_wiring *persist;	/* NULL: not asked for */
	struct cache *cache;
	struct proxy *proxy;
	struct admin *admin;
	struct http_server *server;
	struct service *service;
	struct entrance entrances[CONFIG_MAX_LISTENERS];
	struct loop_signal *signals[SIGNALS];
	struct loop_timer *deadline;
	bool stopping;
	bool signalled;			/* to stop */
	int exit_status;
};

static enum lh_err build_base(struct wiring *w, struct lh_cause *cause);
static enum lh_err build_upstream(struct wiring *w, struct lh_cause *cause);
static enum lh_err build_cache(struct wiring *w, struct lh_cause *cause);
static enum lh_err build_auth(struct wiring *w, struct lh_cause *cause);
static void build_proxy(struct wiring *w);
static enum lh_err build_entrances(struct wiring *w, struct lh_cause *cause);
static enum lh_err confine(struct wiring *w, struct lh_cause *cause);
static enum lh_err build_entrance(struct wiring *w, size_t index,
    struct lh_cause *cause);
static struct http_handler add_routes(struct wiring *w,
    struct entrance *entrance,
    const struct config_listener *listener);
static enum lh_err build_service(struct wiring *w, struct lh_cause *cause);
static enum lh_err blame(const char *what, enum lh_err err,
    struct lh_cause *cause);
static void build_signals(struct wiring *w);
static void on_scheduler_wake(void *arg, mono_ms at);
static void on_scheduler_due(void *arg);
static void on_turn(void *arg);
static void on_fatal(void *arg, const char *why);
static void on_settled(void *arg);
static void on_stop(void *arg);
static void on_end(void *arg);
static void on_hangup(void *arg);
static void on_unused(void *arg);
static void on_drained(void *arg);
static void on_revoked(void *arg);
static void on_deadline(void *arg);
static void announce(struct wiring *w);

enum lh_err
wiring_new(struct config **config, const struct options *options,
    struct wiring **wiring_out, struct lh_cause *cause)
{
	struct wiring *w = xcalloc(1, sizeof(*w));
	enum lh_err err;

	w->config = *config;
	*config = NULL;
	w->options = options;
	err = confinement_new(&w->config->process, &w->confinement, cause);
	if (err == LH_OK)
		err = build_base(w, cause);
	if (err == LH_OK)
		err = build_upstream(w, cause);
	if (err == LH_OK)
		err = build_cache(w, cause);
	if (err == LH_OK)
		err = build_auth(w, cause);
	if (err == LH_OK) {
		build_proxy(w);
		err = admin_start_push(w->admin, cause);
	}
	if (err == LH_OK)
		err = build_service(w, cause);
	if (err == LH_OK)
		err = build_entrances(w, cause);
	if (err == LH_OK)
		err = service_start(w->service, cause);
	if (err == LH_OK) {
		build_signals(w);	/* before the pid file tells whom to */
		err = confine(w, cause);
	}
	if (err != LH_OK) {
		wiring_free(w);
		return err;
	}
	*wiring_out = w;
	return LH_OK;
}

void
wiring_free(struct wiring *w)
{
	if (w == NULL)
		return;
	for (size_t i = 0; i < CONFIG_MAX_LISTENERS; i++)
		http_listener_free(w->entrances[i].listener);
	proxy_free(w->proxy);
	http_server_free(w->server);
	for (size_t i = 0; i < CONFIG_MAX_LISTENERS; i++) {
		http_router_free(w->entrances[i].router);
		http_tls_free(w->entrances[i].tls);
	}
	service_free(w->service);
	admin_free(w->admin);
	persist_wiring_close(w->persist);
	auth_wiring_free(w->auth);
	cache_free(w->cache);
	persist_wiring_free(w->persist);
	vault_api_free(w->api);
	vault_client_free(w->client);
	for (size_t i = 0; i < SIGNALS; i++)
		loop_signal_free(w->signals[i]);
	loop_timer_free(w->deadline);
	loop_timer_free(w->scheduler_timer);
	scheduler_free(w->scheduler);
	metrics_free(w->metrics);
	loop_free(w->loop);
	log_free(w->log);
	timesource_free(w->source);
	process_remove_pid(w->config->pid_file);
	confinement_free(w->confinement);
	config_free(w->config);
	free(w);
}

int
wiring_run(struct wiring *w)
{
	announce(w);
	if (w->auth != NULL)
		auth_keeper_start(auth_wiring_keeper(w->auth));
	loop_run(w->loop);
	log_info(w->log, "leasehold.stopped",
	    log_num("status", w->exit_status));
	return w->exit_status;
}

static enum lh_err
build_base(struct wiring *w, struct lh_cause *cause)
{
	enum lh_err err;

	w->source = timesource_new();
	err = log_new(&w->config->log, w->source, &w->log, cause);
	if (err != LH_OK)
		return err;
	err = loop_new(w->source, &w->loop);
	if (err != LH_OK) {
		lh_cause_set(cause, "cannot make the event loop");
		return err;
	}
	loop_on_turn(w->loop, on_turn, w);
	w->metrics = metrics_new();
	w->scheduler_timer = loop_timer_new(w->loop, on_scheduler_due, w);
	w->scheduler = scheduler_new(&w->config->background,
	    on_scheduler_wake, w);
	w->deadline = loop_timer_new(w->loop, on_deadline, w);
	return LH_OK;
}

static enum lh_err
build_upstream(struct wiring *w, struct lh_cause *cause)
{
	const struct vault_client_env env = { w->loop, w->log, w->metrics };
	enum lh_err err;

	w->config->vault.user_agent = PACKAGE_NAME "/" PACKAGE_VERSION;
	/* For all callers, as many whose callers left, and for what we ask by
	 * ourselves: the renewal of the token never lacks a place. */
	w->config->vault.http.max_calls = 2 * w->config->proxy.max_requests +
	    OWN_CALLS;
	err = vault_client_new(&w->config->vault, &env, &w->client, cause);
	if (err != LH_OK)
		return blame("vault", err, cause);
	w->api = vault_api_new(w->client, w->loop);
	return LH_OK;
}

static enum lh_err
build_cache(struct wiring *w, struct lh_cause *cause)
{
	struct cache_env env = { .loop = w->loop, .log = w->log,
		.metrics = w->metrics, .scheduler = w->scheduler,
		.api = w->api };
	const struct persist_wiring_env persist = { &env,
		confinement_uid(w->confinement),
		confinement_gid(w->confinement) };
	enum lh_err err = LH_OK;

	if (!w->config->has_cache)
		return LH_OK;
	if (w->config->has_persist)
		err = persist_wiring_new(w->config, &persist, &w->persist,
		    cause);
	if (err != LH_OK)
		return blame("cache.persist", err, cause);
	w->cache = cache_new(&w->config->cache, &env);
	return blame("cache.persist", persist_wiring_restore(w->persist,
	    w->cache, cause), cause);
}

static enum lh_err
build_auth(struct wiring *w, struct lh_cause *cause)
{
	const struct auth_wiring_env env = { .loop = w->loop, .log = w->log,
		.metrics = w->metrics, .scheduler = w->scheduler,
		.api = w->api, .cache = w->cache, .persist = w->persist,
		.user_agent = w->config->vault.user_agent,
		.on_settled = on_settled, .on_fatal = on_fatal, .arg = w };

	if (!w->config->has_auth)
		return LH_OK;
	return auth_wiring_new(w->config, &env, &w->auth, cause);
}

static void
build_proxy(struct wiring *w)
{
	struct auth_keeper *keeper = w->auth == NULL ? NULL :
	    auth_wiring_keeper(w->auth);
	const struct proxy_env env = { .loop = w->loop, .log = w->log,
		.metrics = w->metrics, .scheduler = w->scheduler,
		.client = w->client, .keeper = keeper, .cache = w->cache };
	const struct admin_env admin = { .loop = w->loop, .log = w->log,
		.metrics = w->metrics, .scheduler = w->scheduler,
		.client = w->client, .keeper = keeper, .cache = w->cache,
		.persist = persist_wiring_persist(w->persist),
		.sinks = w->auth == NULL ? NULL : auth_wiring_sinks(w->auth),
		.telemetry = w->config->telemetry,
		.version = PACKAGE_VERSION,
		.confinement = confinement_facts(w->confinement),
		.quit = on_stop, .quit_arg = w };
	const struct http_server_env server = { w->loop, w->log, w->metrics };
	struct http_server_options limits = w->config->server;

	limits.max_connections = process_fit_connections(
	    limits.max_connections, vault_client_upstreams(w->client));
	if (limits.max_connections < w->config->server.max_connections)
		log_warn(w->log, "process.few_descriptors",
		    log_num("max_connections", limits.max_connections));
	w->config->proxy.join_wait = w->config->vault.timeout;
	w->proxy = proxy_new(&w->config->proxy, &env);
	w->admin = admin_new(&admin);
	w->server = http_server_new(&limits, &server);
}

static enum lh_err
build_service(struct wiring *w, struct lh_cause *cause)
{
	const struct service_env env = { .loop = w->loop, .log = w->log,
		.client = w->client, .keeper = w->auth == NULL ? NULL :
		auth_wiring_keeper(w->auth),
		.patience = w->config->proxy.token_wait };

	return service_new(&env, &w->service, cause);
}

static enum lh_err
build_entrances(struct wiring *w, struct lh_cause *cause)
{
	enum lh_err err = LH_OK;

	for (size_t i = 0; err == LH_OK && i < w->config->listener_count; i++)
		err = build_entrance(w, i, cause);
	return err;
}

/* The last thing that may need root is the pid file. */
static enum lh_err
confine(struct wiring *w, struct lh_cause *cause)
{
	const struct file_owner owner = {
		.uid = confinement_uid(w->confinement),
		.gid = confinement_gid(w->confinement) };
	enum lh_err err = LH_OK;

	if (w->config->pid_file != NULL)
		err = process_write_pid(w->config->pid_file, &owner, cause);
	if (err != LH_OK)
		return blame("pid_file", err, cause);
	return confinement_close(w->confinement, w->config, w->options,
	    w->log, cause);
}

/* A socket is the service's user's, unless somebody else was named. */
static enum lh_err
build_entrance(struct wiring *w, size_t index, struct lh_cause *cause)
{
	const struct config_listener *listener = &w->config->listeners[index];
	struct http_listener_options socket = listener->socket;
	const struct http_server_env env = { w->loop, w->log, w->metrics };
	struct entrance *entrance = &w->entrances[index];
	struct http_handler way_in;
	enum lh_err err = LH_OK;

	if (listener->has_tls)
		err = http_tls_new(&listener->tls, &entrance->tls, cause);
	if (err != LH_OK)
		return blame(listener->socket.address, err, cause);
	entrance->router = http_router_new();
	way_in = add_routes(w, entrance, listener);
	if (socket.uid == FILE_IO_KEEP_ID)
		socket.uid = confinement_uid(w->confinement);
	if (socket.gid == FILE_IO_KEEP_ID)
		socket.gid = confinement_gid(w->confinement);
	socket.inherited_fd = service_take_socket(w->service, &socket);
	err = http_listener_new(w->server, &env, &socket, entrance->tls,
	    way_in, &entrance->listener, cause);
	if (err != LH_OK && socket.inherited_fd != HTTP_LISTENER_NO_FD)
		close(socket.inherited_fd);
	return err;
}

/* Names the setting that a failure comes of, where its cause does not. */
static enum lh_err
blame(const char *what, enum lh_err err, struct lh_cause *cause)
{
	struct lh_cause why;

	if (err == LH_OK)
		return LH_OK;
	why = *cause;
	lh_cause_set(cause, "%s: %s", what, why.text);
	return err;
}

/* Gives the way in: the router behind the listener's door. */
static struct http_handler
add_routes(struct wiring *w, struct entrance *entrance,
    const struct config_listener *listener)
{
	const struct proxy_access access = {
		.require_request_header = listener->require_request_header,
		.allow_browsers = listener->allow_browsers,
		.hosts = listener->allowed_hosts,
		.rules = listener->rules };
	const struct admin_listener asks = {
		.metrics_only = listener->role == CONFIG_ROLE_METRICS_ONLY,
		.enable_quit = listener->enable_quit };
	struct proxy_door *door = proxy_door_new(w->proxy, &access);
	struct admin_row rows[ADMIN_MAX_ROWS];
	size_t count = admin_rows(w->admin, &asks, rows);

	for (size_t i = 0; i < count; i++)
		http_router_add(entrance->router, rows[i].path,
		    rows[i].handler);
	if (!asks.metrics_only)
		http_router_add(entrance->router, "/",
		    proxy_door_handler(door));
	return proxy_door_guard(door, http_router_handler(entrance->router));
}

static void
build_signals(struct wiring *w)
{
	static const struct {
		int number;
		loop_fn *fn;
	} rows[SIGNALS] = {
		{ SIGTERM, on_end },
		{ SIGINT, on_end },
		{ SIGHUP, on_hangup },
		{ SIGUSR1, on_unused },
		{ SIGUSR2, on_unused },
	};

	for (size_t i = 0; i < SIGNALS; i++)
		w->signals[i] = loop_signal_new(w->loop, rows[i].number,
		    rows[i].fn, w);
}

static void
on_scheduler_wake(void *arg, mono_ms at)
{
	struct wiring *w = arg;
	span_ms after = at - loop_mono(w->loop);

	if (at < 0)
		loop_timer_stop(w->scheduler_timer);
	else
		loop_timer_set(w->scheduler_timer,
		    after < MAX_NAP ? after : MAX_NAP);
}

static void
on_scheduler_due(void *arg)
{
	struct wiring *w = arg;

	scheduler_run(w->scheduler, loop_mono(w->loop));
}

static void
on_turn(void *arg)
{
	struct wiring *w = arg;

	service_look(w->service);
	log_flush(w->log);
}

static void
on_fatal(void *arg, const char *why)
{
	struct wiring *w = arg;

	log_error(w->log, "auth.fatal", log_text("error", why));
	w->exit_status = 1;
	on_stop(w);
}

static void
on_settled(void *arg)
{
	struct wiring *w = arg;

	if (w->config->exit_after_auth)
		on_stop(w);
}

static void
on_stop(void *arg)
{
	struct wiring *w = arg;

	if (w->stopping)
		return;
	w->stopping = true;
	service_stopping(w->service);
	log_info(w->log, "leasehold.stopping", log_num("requests",
	    (int64_t)proxy_under_way(w->proxy)));
	for (size_t i = 0; i < w->config->listener_count; i++) {
		http_listener_free(w->entrances[i].listener);
		w->entrances[i].listener = NULL;
	}
	proxy_end_waits(w->proxy);
	loop_timer_set(w->deadline, w->config->shutdown_timeout);
	http_server_drain(w->server, on_drained, w);
}

/* Who asks twice does not want to wait. */
static void
on_end(void *arg)
{
	struct wiring *w = arg;

	if (w->signalled)
		on_deadline(w);
	else
		on_stop(w);
	w->signalled = true;
}

static void
on_hangup(void *arg)
{
	struct wiring *w = arg;
	struct http_tls *certificates[CONFIG_MAX_LISTENERS];
	struct reload_targets targets = { .log = w->log,
		.started = w->config, .confinement = w->confinement,
		.client = w->client, .auth = w->auth,
		.certificates = certificates };

	for (size_t i = 0; i < w->config->listener_count; i++)
		if (w->entrances[i].tls != NULL)
			certificates[targets.certificate_count++] =
			    w->entrances[i].tls;
	service_reloading(w->service);
	reload(w->options, &targets);
	service_reloaded(w->service);
}

/* The incumbents write metrics and profiles then; it is no wish to die. */
static void
on_unused(void *arg)
{
	struct wiring *w = arg;

	log_warn(w->log, "signal.unused", log_text("advice", "metrics are "
	    "read at /leasehold/v1/metrics"));
}

static void
on_drained(void *arg)
{
	struct wiring *w = arg;

	if (w->auth == NULL || !auth_wiring_revoke(w->auth, on_revoked, w))
		loop_stop(w->loop);
}

static void
on_revoked(void *arg)
{
	struct wiring *w = arg;

	loop_stop(w->loop);
}

static void
on_deadline(void *arg)
{
	struct wiring *w = arg;

	log_warn(w->log, "leasehold.cut", log_num("requests",
	    (int64_t)proxy_under_way(w->proxy)));
	if (w->auth != NULL)
		auth_wiring_cut(w->auth);
	loop_stop(w->loop);
}

/* For people and for scripts that wait for it, in the incumbents' shape. */
static void
announce(struct wiring *w)
{
	printf("==> leasehold configuration:\n\n");
	for (size_t i = 0; i < w->config->listener_count; i++) {
		const struct config_listener *listener =
		    &w->config->listeners[i];
		const char *address = http_listener_address(
		    w->entrances[i].listener);

		printf("%18s %zu: %s%s\n", "Api Address", i + 1,
		    listener->socket.kind == HTTP_LISTENER_UNIX ? "unix://" :
		    listener->has_tls ? "https://" : "http://", address);
		log_info(w->log, "listener.opened",
		    log_text("address", address),
		    log_num("tls", listener->has_tls));
	}
	for (size_t i = 0; i < vault_client_upstreams(w->client); i++)
		printf("%20s: %s\n", "Upstream",
		    vault_client_upstream_address(w->client, i));
	printf("%20s: %s\n\n", "Version", PACKAGE_VERSION);
	printf("==> leasehold started! Log data will stream in below:\n\n");
	fflush(stdout);
	log_flush(w->log);
}
