/*
 * auth_keeper - the life of our token: what others see of it.
 *
 * The states and moves are in auth_machine, the three steps that speak to
 * Vault in auth_login, auth_renewal and auth_lookup, the times of a life in
 * auth_life, the callers who wait in auth_waiters. Here they are tied to the
 * scheduler, to two timers and to the callers.
 *
 * Nothing is told from inside a call of ours: a caller that finds the token
 * run out (the machine slept, say) only makes the job due.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "auth/auth_keeper.h"

#include <stdio.h>
#include <stdlib.h>

#include "auth_earlier.h"
#include "auth_elsewhere.h"
#include "auth_login.h"
#include "auth_lookup.h"
#include "auth_machine.h"
#include "auth_renewal.h"
#include "auth_revocation.h"
#include "base/lh_assert.h"
#include "base/xalloc.h"

#define MIN_BACKOFF_MS 1000
#define MAX_BACKOFF_MS (5 * 60 * 1000)
#define CREDENTIALS_PERIOD_MS (60 * 1000)
#define MAX_WAITERS 1024
#define RENEW_BACKOFF_MS 1000
#define ACCESSOR_SHOWN 8

static void on_due(void *arg, mono_ms now);
static void take_method(struct auth_keeper *keeper,
    const struct auth_keeper_options *options, struct auth_method **method);
static void set_backoff(struct auth_keeper *keeper);
static bool has_same_backoff(const struct auth_keeper *keeper,
    const struct auth_keeper_options *options);
static void login_soon(struct auth_keeper *keeper);
static void run_plan(struct auth_keeper *keeper, mono_ms now);
static void on_expiry(void *arg);
static void on_credentials(void *arg);
static void watch_credentials(struct auth_keeper *keeper);
static void make_due_if_expired(struct auth_keeper *keeper);
static bool judge_waiter(void *arg, uint64_t generation,
    struct auth_token **token_out);

void
auth_keeper_options_init(struct auth_keeper_options *options)
{
	*options = (struct auth_keeper_options){
		.namespace = "",
		.min_backoff = MIN_BACKOFF_MS,
		.max_backoff = MAX_BACKOFF_MS,
		.credentials_period = CREDENTIALS_PERIOD_MS,
		.max_waiters = MAX_WAITERS,
	};
}

struct auth_keeper *
auth_keeper_new(const struct auth_keeper_options *options,
    const struct auth_keeper_env *env, struct auth_method **method)
{
	struct auth_keeper *keeper = xcalloc(1, sizeof(*keeper));

	keeper->env = *env;
	keeper->elsewhere = auth_elsewhere_new(env->loop);
	keeper->renew_due = AUTH_TOKEN_NEVER;
	keeper->login_owed = AUTH_TOKEN_NEVER;
	take_method(keeper, options, method);
	scheduler_job_init(&keeper->job, on_due, keeper);
	keeper->job.urgent = true;
	keeper->expiry = loop_timer_new(env->loop, on_expiry, keeper);
	keeper->credentials = loop_timer_new(env->loop, on_credentials,
	    keeper);
	keeper->waiters = auth_waiters_new(&(struct auth_waiters_options){
	    env->loop, options->max_waiters, judge_waiter, keeper });
	return keeper;
}

void
auth_keeper_free(struct auth_keeper *keeper)
{
	if (keeper == NULL)
		return;
	auth_machine_abandon_step(keeper);
	auth_revocation_free(keeper->revocation);
	auth_elsewhere_free(keeper->elsewhere);
	loop_timer_free(keeper->expiry);
	loop_timer_free(keeper->credentials);
	auth_waiters_free(keeper->waiters);
	auth_token_unref(&keeper->token);
	auth_token_unref(&keeper->earlier);
	secret_unref(&keeper->told_credential);
	auth_method_free(keeper->method);
	free(keeper->token_namespace);
	free(keeper->namespace);
	free(keeper);
}

void
auth_keeper_subscribe(struct auth_keeper *keeper,
    const struct auth_listener *listener)
{
	lh_assert(keeper->listener_count < AUTH_KEEPER_MAX_LISTENERS);
	keeper->listeners[keeper->listener_count++] = *listener;
}

void
auth_keeper_restore(struct auth_keeper *keeper,
    const struct auth_earlier *earlier)
{
	mono_ms now = auth_machine_now(keeper);
	const struct auth_token_facts facts = {
		.secret = earlier->secret, .accessor = earlier->accessor,
		.generation = earlier->generation, .issued = now,
		.expires = earlier->expires, .renewable = earlier->renewable
	};

	lh_assert(!keeper->started && keeper->earlier == NULL);
	keeper->generation = earlier->generation;
	keeper->ran_out = earlier->expires <= now;
	if (keeper->ran_out)
		return;
	keeper->earlier = auth_token_new(&facts);
	keeper->grant = earlier->grant;
	free(keeper->token_namespace);
	keeper->token_namespace = xstrdup(earlier->namespace);
}

void
auth_keeper_start(struct auth_keeper *keeper)
{
	lh_assert(!keeper->started);
	keeper->started = true;
	auth_machine_want_login(keeper);
	auth_machine_arm(keeper);
	watch_credentials(keeper);
}

void
auth_keeper_stop(struct auth_keeper *keeper)
{
	enum auth_state rest;

	if (keeper->stopped)
		return;
	keeper->stopped = true;
	auth_machine_abandon_step(keeper);
	auth_machine_plan(keeper, AUTH_PLAN_NOTHING, 0);
	keeper->login_owed = AUTH_TOKEN_NEVER;
	keeper->lookup_wanted = false;
	keeper->suspected = false;
	loop_timer_stop(keeper->credentials);
	rest = auth_machine_has_living(keeper) ? AUTH_VALID : AUTH_NONE;
	if (keeper->state != rest)
		auth_machine_enter(keeper, rest);
	auth_waiters_wake(keeper->waiters);
}

void
auth_keeper_replace(struct auth_keeper *keeper,
    const struct auth_keeper_options *options, struct vault_api *login_api,
    struct auth_method **method)
{
	bool logging_in = keeper->state == AUTH_LOGGING_IN;

	if (logging_in)
		auth_machine_abandon_step(keeper);
	take_method(keeper, options, method);
	keeper->env.login_api = login_api;
	if (!keeper->started || keeper->stopped)
		return;
	log_info(keeper->env.log, "auth.method_replaced",
	    log_text("method", auth_method_name(keeper->method)));
	watch_credentials(keeper);
	if (keeper->earlier != NULL)
		auth_machine_forget_earlier(keeper);
	if (logging_in)
		keeper->lookup_wanted = keeper->suspected &&
		    keeper->token != NULL;
	if (keeper->state == AUTH_RENEWING)
		keeper->login_owed = auth_machine_now(keeper);
	else
		login_soon(keeper);
}

void
auth_keeper_set_pace(struct auth_keeper *keeper,
    const struct auth_keeper_options *options)
{
	bool watched = keeper->options.reauth_on_new_credentials;
	span_ms period = keeper->options.credentials_period;
	bool same = has_same_backoff(keeper, options);
	struct auth_keeper_options *own = &keeper->options;

	own->min_backoff = options->min_backoff;
	own->max_backoff = options->max_backoff;
	own->exit_on_err = options->exit_on_err;
	own->max_login_attempts = options->max_login_attempts;
	own->reauth_on_new_credentials = options->reauth_on_new_credentials;
	own->credentials_period = options->credentials_period;
	if (!same)
		set_backoff(keeper);
	if (keeper->started && !keeper->stopped &&
	    (watched != own->reauth_on_new_credentials ||
	    period != own->credentials_period))
		watch_credentials(keeper);
}

void
auth_keeper_set_login_api(struct auth_keeper *keeper,
    struct vault_api *login_api)
{
	lh_assert(keeper->op == NULL || keeper->state != AUTH_LOGGING_IN);
	keeper->env.login_api = login_api;
}

enum auth_state
auth_keeper_state(const struct auth_keeper *keeper)
{
	return keeper->state;
}

struct auth_token *
auth_keeper_token(const struct auth_keeper *keeper)
{
	return auth_machine_has_living(keeper) ? keeper->token : NULL;
}

bool
auth_keeper_ran_out(const struct auth_keeper *keeper)
{
	return keeper->ran_out;
}

enum lh_err
auth_keeper_wait(struct auth_keeper *keeper, uint64_t generation,
    auth_waiter_fn *fn, void *arg, struct auth_waiter **waiter_out)
{
	make_due_if_expired(keeper);
	return auth_waiters_add(keeper->waiters,
	    &(struct auth_wait){ generation, fn, arg }, waiter_out);
}

bool
auth_keeper_suspect(struct auth_keeper *keeper, uint64_t generation)
{
	mono_ms now = auth_machine_now(keeper);

	if (keeper->stopped)
		return auth_machine_has_living(keeper) &&
		    auth_token_generation(keeper->token) > generation;
	make_due_if_expired(keeper);
	if (!auth_machine_has_living(keeper) ||
	    auth_token_generation(keeper->token) > generation ||
	    keeper->suspected)
		return true;
	if (keeper->looked_up_once &&
	    now < keeper->last_lookup + keeper->options.min_backoff)
		return false;
	keeper->suspected = true;
	/* A step under way will tell, or ask for the look-up itself. */
	if (!keeper->job.running) {
		keeper->lookup_wanted = true;
		auth_machine_arm(keeper);
	}
	return true;
}

void
auth_keeper_doubt(struct auth_keeper *keeper)
{
	if (keeper->stopped || keeper->token == NULL)
		return;
	auth_machine_want_proof(keeper);
	if (!keeper->job.running)
		auth_machine_arm(keeper);
}

void
auth_keeper_status(const struct auth_keeper *keeper, struct auth_status *out)
{
	mono_ms now = auth_machine_now(keeper);
	const struct auth_token *token = auth_keeper_token(keeper);
	const char *accessor = token == NULL ? NULL :
	    auth_token_accessor(token);

	*out = (struct auth_status){
		.state = keeper->state,
		.method = auth_method_name(keeper->method),
		.generation = keeper->generation,
		.expires_in_s = -1,
		.renewable = token != NULL && auth_token_renewable(token),
		.logins = keeper->logins,
		.renewals = keeper->renewals,
		.failures = keeper->failures,
		.next_step_in = -1,
	};
	if (accessor != NULL)
		snprintf(out->accessor_print, sizeof(out->accessor_print),
		    "%.*s", ACCESSOR_SHOWN, accessor);
	if (token != NULL && auth_token_expires(token) != AUTH_TOKEN_NEVER)
		out->expires_in_s = (auth_token_expires(token) - now) / 1000;
	snprintf(out->last_error, sizeof(out->last_error), "%s",
	    keeper->last_error);
	if (keeper->plan.step != AUTH_PLAN_NOTHING)
		out->next_step_in = keeper->plan.due > now ?
		    keeper->plan.due - now : 0;
}

static void
take_method(struct auth_keeper *keeper,
    const struct auth_keeper_options *options, struct auth_method **method)
{
	char *namespace = xstrdup(options->namespace);

	free(keeper->namespace);
	keeper->namespace = namespace;
	keeper->options = *options;
	keeper->options.namespace = namespace;
	set_backoff(keeper);
	auth_method_free(keeper->method);
	keeper->method = *method;
	*method = NULL;
	keeper->new_credentials = false;
	keeper->told.text[0] = '\0';
	keeper->warned.text[0] = '\0';
	secret_unref(&keeper->told_credential);
}

static void
set_backoff(struct auth_keeper *keeper)
{
	backoff_init(&keeper->login_backoff, keeper->options.min_backoff,
	    keeper->options.max_backoff);
	backoff_init(&keeper->renew_backoff, RENEW_BACKOFF_MS,
	    keeper->options.max_backoff);
}

static bool
has_same_backoff(const struct auth_keeper *keeper,
    const struct auth_keeper_options *options)
{
	return keeper->options.min_backoff == options->min_backoff &&
	    keeper->options.max_backoff == options->max_backoff;
}

/* As soon as it is allowed, whatever the last one waits for. */
static void
login_soon(struct auth_keeper *keeper)
{
	auth_machine_plan(keeper, AUTH_PLAN_LOGIN, auth_machine_now(keeper));
	if (keeper->state != AUTH_BACKING_OFF)
		auth_machine_enter(keeper, AUTH_BACKING_OFF);
	if (!keeper->job.running)
		auth_machine_arm(keeper);
}

static void
on_due(void *arg, mono_ms now)
{
	struct auth_keeper *keeper = arg;

	(void)auth_machine_check_expiry(keeper);
	if (keeper->lookup_wanted ||
	    (keeper->unproven && keeper->proof_due <= now))
		auth_lookup_start(keeper);
	else
		run_plan(keeper, now);
}

static void
run_plan(struct auth_keeper *keeper, mono_ms now)
{
	bool is_due = keeper->plan.step != AUTH_PLAN_NOTHING &&
	    keeper->plan.due <= now;

	if (auth_machine_renews_first(keeper, now)) {
		keeper->login_owed = keeper->plan.due;
		auth_renewal_start(keeper);
	} else if (!is_due)
		auth_machine_step_done(keeper);
	else if (keeper->earlier != NULL)
		auth_earlier_start(keeper);
	else if (keeper->plan.step == AUTH_PLAN_LOGIN)
		auth_login_start(keeper);
	else
		auth_renewal_start(keeper);
}

/* A login under way goes on; a renewal or a look-up has come too late. */
static void
on_expiry(void *arg)
{
	struct auth_keeper *keeper = arg;
	bool logging_in = keeper->state == AUTH_LOGGING_IN;

	if (auth_machine_has_living(keeper)) {
		loop_timer_set(keeper->expiry,
		    auth_token_expires(keeper->token) -
		    auth_machine_now(keeper));
		return;
	}
	if (!auth_machine_check_expiry(keeper) || keeper->stopped ||
	    logging_in)
		return;
	auth_machine_abandon_step(keeper);
	auth_machine_arm(keeper);
}

static void
on_credentials(void *arg)
{
	struct auth_keeper *keeper = arg;

	watch_credentials(keeper);
	/* A login under way has read them, and borrows them from the method. */
	if (keeper->state == AUTH_LOGGING_IN || (keeper->token == NULL &&
	    keeper->state != AUTH_PASSED_ON) ||
	    !auth_method_changed(keeper->method))
		return;
	log_info(keeper->env.log, "auth.new_credentials",
	    log_text("method", auth_method_name(keeper->method)));
	keeper->new_credentials = true;
	if (!keeper->job.running)
		auth_machine_arm(keeper);
}

static void
watch_credentials(struct auth_keeper *keeper)
{
	if (keeper->options.reauth_on_new_credentials)
		loop_timer_set(keeper->credentials,
		    keeper->options.credentials_period);
	else
		loop_timer_stop(keeper->credentials);
}

static void
make_due_if_expired(struct auth_keeper *keeper)
{
	if (keeper->token == NULL || auth_machine_has_living(keeper) ||
	    keeper->stopped || keeper->job.running)
		return;
	scheduler_set(keeper->env.scheduler, &keeper->job,
	    auth_machine_now(keeper));
}

/* Nothing comes of it when we were stopped, or when the token that the waiter
 * wants replaced is alive and nobody doubts it any more. */
static bool
judge_waiter(void *arg, uint64_t generation, struct auth_token **token_out)
{
	struct auth_keeper *keeper = arg;
	bool living = auth_machine_has_living(keeper);

	if (living && auth_token_generation(keeper->token) > generation) {
		*token_out = keeper->token;
		return true;
	}
	*token_out = NULL;
	return keeper->stopped || (living && !keeper->suspected &&
	    keeper->state != AUTH_LOGGING_IN);
}
