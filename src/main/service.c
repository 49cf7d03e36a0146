/*
 * service - see service.h.
 *
 * Ready means: the listeners are open, and the first login has been decided.
 * Units ordered behind ours then find a token in place where one can be had,
 * while a server that is away holds up neither them nor the boot: a login that
 * failed, or that takes longer than a caller would wait for it (token_wait),
 * counts as well. A start that is only over with a token would instead be
 * ended by the manager's own limit, and begun again with one more login.
 *
 * One timer sends what is due: the watchdog's sign of life, at half its time,
 * and the status when it has changed. It is a timer of the loop, so there is
 * no sign of life from a loop that does not turn.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "service.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/notify.h"
#include "base/xalloc.h"
#include "http/http_inherited.h"

#define STATUS_EVERY (5 * 1000)

enum service_phase { SERVICE_STARTING, SERVICE_READY, SERVICE_STOPPING };

struct service {
	struct service_env env;
	struct http_inherited *inherited;
	struct notify *notify;		/* NULL: nobody listens */
	enum service_phase phase;
	mono_ms ready_at;		/* whatever the login does */
	span_ms alive_every;		/* 0: no watchdog */
	struct loop_timer *beat;
	char status[NOTIFY_STATUS_MAX];	/* sent last */
};

static enum lh_err take_inherited(struct service *service,
    struct lh_cause *cause);
static void open_notify(struct service *service);
static void forget_variables(void);
static bool login_is_decided(const struct service *service);
static void on_beat(void *arg);
static void set_beat(struct service *service);
static void tell_status(struct service *service);
static const char *describe_server(const struct vault_client_state *state);
static void describe_token(const struct service *service, char *text,
    size_t size);
static void describe_end(const struct service *service, int64_t expires_in_s,
    char *text, size_t size);

enum lh_err
service_new(const struct service_env *env, struct service **service_out,
    struct lh_cause *cause)
{
	struct service *service = xcalloc(1, sizeof(*service));
	enum lh_err err;

	service->env = *env;
	err = take_inherited(service, cause);
	if (err == LH_OK) {
		open_notify(service);
		service->beat = loop_timer_new(env->loop, on_beat, service);
		*service_out = service;
		service = NULL;	/* the caller's now */
	}
	forget_variables();
	service_free(service);
	return err;
}

void
service_free(struct service *service)
{
	if (service == NULL)
		return;
	loop_timer_free(service->beat);
	notify_free(service->notify);
	http_inherited_free(service->inherited);
	free(service);
}

int
service_take_socket(struct service *service,
    const struct http_listener_options *options)
{
	return http_inherited_take(service->inherited, options);
}

enum lh_err
service_start(struct service *service, struct lh_cause *cause)
{
	enum lh_err err = http_inherited_check_taken(service->inherited,
	    cause);

	if (err != LH_OK || service->notify == NULL)
		return err;
	service->ready_at = loop_mono(service->env.loop) +
	    service->env.patience;
	loop_timer_set(service->beat, 0);	/* a turn, and so a look */
	return LH_OK;
}

void
service_look(struct service *service)
{
	if (service->notify == NULL || service->phase != SERVICE_STARTING ||
	    !login_is_decided(service))
		return;
	tell_status(service);
	if (notify_ready(service->notify))
		service->phase = SERVICE_READY;
}

void
service_reloading(struct service *service)
{
	if (service->phase == SERVICE_READY)
		(void)notify_reloading(service->notify);
}

/* A manager that did not hear it hears it from service_look(). */
void
service_reloaded(struct service *service)
{
	if (service->phase == SERVICE_READY &&
	    !notify_ready(service->notify))
		service->phase = SERVICE_STARTING;
}

void
service_stopping(struct service *service)
{
	if (service->notify == NULL)
		return;
	service->phase = SERVICE_STOPPING;
	(void)notify_status(service->notify,
	    SPAN_LITERAL("finishing open requests"));
	(void)notify_stopping(service->notify);
}

static enum lh_err
take_inherited(struct service *service, struct lh_cause *cause)
{
	const struct http_inherited_options options = {
		.pid = getenv("LISTEN_PID"), .count = getenv("LISTEN_FDS"),
		.names = getenv("LISTEN_FDNAMES"),
		.first = HTTP_INHERITED_FIRST };

	return http_inherited_new(&options, &service->inherited, cause);
}

/* A socket that cannot be used may belong to a manager further out: we serve
 * all the same. */
static void
open_notify(struct service *service)
{
	const char *address = getenv("NOTIFY_SOCKET");
	struct lh_cause cause;

	if (address == NULL || address[0] == '\0')
		return;
	if (notify_new(address, &service->notify, &cause) != LH_OK) {
		log_warn(service->env.log, "service.notify_failed",
		    log_text("error", cause.text));
		return;
	}
	service->alive_every = notify_alive_every(getenv("WATCHDOG_USEC"),
	    getenv("WATCHDOG_PID"));
}

/* They were meant for us, not for what we might start. */
static void
forget_variables(void)
{
	static const char *const names[] = { "LISTEN_PID", "LISTEN_FDS",
		"LISTEN_FDNAMES", "NOTIFY_SOCKET", "WATCHDOG_USEC",
		"WATCHDOG_PID" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)unsetenv(names[i]);
}

static bool
login_is_decided(const struct service *service)
{
	if (service->env.keeper == NULL)
		return true;
	switch (auth_keeper_state(service->env.keeper)) {
	case AUTH_VALID:
	case AUTH_RENEWING:
	case AUTH_BACKING_OFF:
	case AUTH_PASSED_ON:
		return true;
	case AUTH_NONE:
	case AUTH_LOGGING_IN:
		break;
	}
	return loop_mono(service->env.loop) >= service->ready_at;
}

static void
on_beat(void *arg)
{
	struct service *service = arg;

	if (service->alive_every > 0)
		(void)notify_alive(service->notify);
	if (service->phase == SERVICE_READY)
		tell_status(service);
	set_beat(service);
}

/* Not beyond the moment at which it is ready in any case. */
static void
set_beat(struct service *service)
{
	span_ms left = service->ready_at - loop_mono(service->env.loop);
	span_ms after = STATUS_EVERY;

	if (service->alive_every > 0 && service->alive_every < after)
		after = service->alive_every;
	if (service->phase == SERVICE_STARTING && left > 0 && left < after)
		after = left;
	loop_timer_set(service->beat, after);
}

static void
tell_status(struct service *service)
{
	const struct vault_client *client = service->env.client;
	size_t server = vault_client_current(client);
	struct vault_client_state state;
	char token[NOTIFY_STATUS_MAX / 2];
	char text[NOTIFY_STATUS_MAX];

	vault_client_upstream_state(client, server, &state);
	describe_token(service, token, sizeof(token));
	snprintf(text, sizeof(text), "%sserver %.150s %s", token,
	    vault_client_upstream_address(client, server),
	    describe_server(&state));
	if (strcmp(text, service->status) != 0 &&
	    notify_status(service->notify, span_of(text)))
		memcpy(service->status, text, sizeof(text));
}

/* The only server is never asked for its role. */
static const char *
describe_server(const struct vault_client_state *state)
{
	if (state->role != VAULT_UPSTREAM_UNKNOWN)
		return vault_upstream_state_name(state->role);
	if (state->reachable)
		return "reachable";
	return state->last_error[0] != '\0' ? "unreachable" : "not asked yet";
}

static void
describe_token(const struct service *service, char *text, size_t size)
{
	struct auth_status auth;

	text[0] = '\0';
	if (service->env.keeper == NULL)
		return;
	auth_keeper_status(service->env.keeper, &auth);
	if (auth.state == AUTH_PASSED_ON)
		snprintf(text, size, "token passed on wrapped; ");
	else if (auth_keeper_token(service->env.keeper) != NULL)
		describe_end(service, auth.expires_in_s, text, size);
	else
		snprintf(text, size, "no token: %.200s; ",
		    auth.last_error[0] != '\0' ? auth.last_error :
		    auth_state_name(auth.state));
}

/* A moment stays true while seconds that are left would not. */
static void
describe_end(const struct service *service, int64_t expires_in_s, char *text,
    size_t size)
{
	time_t end = (time_t)(loop_wall(service->env.loop) / 1000 +
	    expires_in_s);
	struct tm tm;

	if (expires_in_s < 0)
		snprintf(text, size, "token without end; ");
	else if (gmtime_r(&end, &tm) == NULL || strftime(text, size,
	    "token until %Y-%m-%dT%H:%MZ; ", &tm) == 0)
		snprintf(text, size, "token valid; ");
}
