/*
 * auth_machine - the states of the token's life and the moves between them.
 *
 * There is one job in the scheduler. Its moment is that of the plan, or now
 * when a look-up is wanted: a look-up comes in between and leaves the plan as
 * it is.
 *
 * All lives count from the moment a question was sent, which is before Vault
 * counted: what we take for alive is alive.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "auth_machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth_elsewhere.h"
#include "auth_life.h"
#include "base/digest.h"
#include "base/lh_assert.h"
#include "base/xalloc.h"

/* Longer ones are cut: an answer shall not silence us for a day. */
#define RETRY_AFTER_MAX_MS (60 * 60 * 1000)
#define ACCESSOR_SHOWN 8
#define PROOF_MIN_MS 1000
#define PROOF_MAX_MS 15000
/* An answer is rounded to seconds: less is no loss. */
#define SHORTER_BY_MS 2000

struct state_row {
	const char *name;
	unsigned next;			/* bits of the states allowed */
	void (*on_enter)(struct auth_keeper *keeper);
};

static mono_ms next_due(const struct auth_keeper *keeper);
static void wake_waiters(struct auth_keeper *keeper);
static mono_ms soonest_login(const struct auth_keeper *keeper);
static mono_ms end_of(mono_ms began, int64_t ttl_s);
static void plan_life(struct auth_keeper *keeper);
static void replace_token(struct auth_keeper *keeper,
    struct auth_token *token);
static void on_retired(void *arg);
static void watch_expiry(struct auth_keeper *keeper);
static void owe_login(struct auth_keeper *keeper);
static void tell_token(struct auth_keeper *keeper);
static void tell_extended(struct auth_keeper *keeper);
static void let_go(struct auth_keeper *keeper);
static void tell_lost(struct auth_keeper *keeper, uint64_t generation);

#define BIT(state) (1u << (state))

/* NONE and VALID are also where a stop leads, from anywhere. */
static const struct state_row state_rows[] = {
	[AUTH_NONE] = { "none", BIT(AUTH_LOGGING_IN), wake_waiters },
	[AUTH_LOGGING_IN] = { "logging_in", BIT(AUTH_NONE) | BIT(AUTH_VALID) |
	    BIT(AUTH_BACKING_OFF) | BIT(AUTH_PASSED_ON), NULL },
	[AUTH_VALID] = { "valid", BIT(AUTH_NONE) | BIT(AUTH_RENEWING) |
	    BIT(AUTH_LOGGING_IN) | BIT(AUTH_BACKING_OFF), wake_waiters },
	[AUTH_RENEWING] = { "renewing", BIT(AUTH_NONE) | BIT(AUTH_VALID) |
	    BIT(AUTH_LOGGING_IN) | BIT(AUTH_BACKING_OFF), NULL },
	[AUTH_BACKING_OFF] = { "backing_off", BIT(AUTH_NONE) |
	    BIT(AUTH_VALID) | BIT(AUTH_LOGGING_IN) | BIT(AUTH_RENEWING),
	    wake_waiters },
	[AUTH_PASSED_ON] = { "passed_on", BIT(AUTH_NONE) |
	    BIT(AUTH_LOGGING_IN) | BIT(AUTH_BACKING_OFF), NULL },
};

const char *
auth_state_name(enum auth_state state)
{
	return state_rows[state].name;
}

mono_ms
auth_machine_now(const struct auth_keeper *keeper)
{
	return loop_mono(keeper->env.loop);
}

bool
auth_machine_has_living(const struct auth_keeper *keeper)
{
	return keeper->token != NULL &&
	    auth_machine_now(keeper) < auth_token_expires(keeper->token);
}

void
auth_machine_enter(struct auth_keeper *keeper, enum auth_state state)
{
	const struct state_row *row = &state_rows[state];

	lh_assert(state_rows[keeper->state].next & BIT(state));
	log_debug(keeper->env.log, "auth.state",
	    log_text("from", auth_state_name(keeper->state)),
	    log_text("to", row->name));
	keeper->state = state;
	if (row->on_enter != NULL)
		row->on_enter(keeper);
}

void
auth_machine_plan(struct auth_keeper *keeper, enum auth_plan_step step,
    mono_ms due)
{
	if (step == AUTH_PLAN_LOGIN && due < soonest_login(keeper))
		due = soonest_login(keeper);
	if (step == AUTH_PLAN_RENEW)
		keeper->renew_due = due;
	keeper->plan = (struct auth_plan){ step, due };
}

void
auth_machine_arm(struct auth_keeper *keeper)
{
	struct scheduler *scheduler = keeper->env.scheduler;
	mono_ms now = auth_machine_now(keeper);
	mono_ms due;

	lh_assert(!keeper->job.running);
	if (keeper->stopped)
		return;
	if (keeper->login_owed != AUTH_TOKEN_NEVER)
		owe_login(keeper);
	if (keeper->new_credentials && (keeper->state == AUTH_VALID ||
	    keeper->state == AUTH_PASSED_ON))
		auth_machine_plan(keeper, AUTH_PLAN_LOGIN, now);
	due = next_due(keeper);
	if (keeper->lookup_wanted)
		scheduler_set(scheduler, &keeper->job, now);
	else if (due != AUTH_TOKEN_NEVER)
		scheduler_set(scheduler, &keeper->job, due);
	else
		scheduler_cancel(scheduler, &keeper->job);
}

static mono_ms
next_due(const struct auth_keeper *keeper)
{
	mono_ms due = AUTH_TOKEN_NEVER;

	if (auth_machine_renews_first(keeper, keeper->plan.due))
		due = keeper->renew_due;
	else if (keeper->plan.step != AUTH_PLAN_NOTHING)
		due = keeper->plan.due;
	if (keeper->unproven && keeper->proof_due < due)
		due = keeper->proof_due;
	return due;
}

bool
auth_machine_renews_first(const struct auth_keeper *keeper, mono_ms at)
{
	return keeper->state == AUTH_BACKING_OFF &&
	    keeper->plan.step == AUTH_PLAN_LOGIN &&
	    auth_machine_has_living(keeper) && keeper->renew_due <= at;
}

void
auth_machine_step_done(struct auth_keeper *keeper)
{
	lh_assert(keeper->op == NULL);
	scheduler_job_done(keeper->env.scheduler, &keeper->job);
	auth_machine_arm(keeper);
	auth_waiters_wake(keeper->waiters);
}

void
auth_machine_abandon_step(struct auth_keeper *keeper)
{
	vault_op_cancel(keeper->op);
	keeper->op = NULL;
	auth_elsewhere_cancel(keeper->elsewhere);
	scheduler_cancel(keeper->env.scheduler, &keeper->job);
}

void
auth_machine_take(struct auth_keeper *keeper, const struct auth_grant *grant)
{
	bool endless = grant->ttl_s == 0;
	struct auth_token_facts facts = {
		.secret = grant->secret,
		.accessor = grant->accessor,
		.generation = ++keeper->generation,
		.issued = keeper->step_began,
		.expires = end_of(keeper->step_began, grant->ttl_s),
		.renewable = grant->renewable && !endless,
	};
	struct span accessor = span_of(grant->accessor);

	if (accessor.len > ACCESSOR_SHOWN)
		accessor.len = ACCESSOR_SHOWN;
	replace_token(keeper, auth_token_new(&facts));
	free(keeper->token_namespace);
	keeper->token_namespace = xstrdup(keeper->namespace);
	keeper->grant = endless ? 0 : facts.expires - facts.issued;
	keeper->logins++;
	auth_machine_note_success(keeper);
	log_info(keeper->env.log, "auth.obtained",
	    log_text("method", auth_method_name(keeper->method)),
	    log_span("accessor", accessor), log_num("ttl_s", grant->ttl_s),
	    log_text("renewable", facts.renewable ? "true" : "false"));
	metrics_add(keeper->env.metrics, METRIC_LOGIN_SUCCESS, 1);
	metrics_set(keeper->env.metrics, METRIC_AUTHENTICATED, 1);
	plan_life(keeper);
	auth_machine_enter(keeper, AUTH_VALID);
	tell_token(keeper);
}

void
auth_machine_resume(struct auth_keeper *keeper, mono_ms expires)
{
	struct auth_token *token = keeper->earlier;
	struct span accessor = span_of(auth_token_accessor(token));

	if (accessor.len > ACCESSOR_SHOWN)
		accessor.len = ACCESSOR_SHOWN;
	keeper->earlier = NULL;
	auth_token_extend(token, expires);
	replace_token(keeper, token);
	log_info(keeper->env.log, "auth.resumed",
	    log_span("accessor", accessor),
	    log_num("generation", (int64_t)auth_token_generation(token)));
	metrics_set(keeper->env.metrics, METRIC_AUTHENTICATED, 1);
	plan_life(keeper);
	auth_machine_enter(keeper, AUTH_VALID);
	tell_token(keeper);
}

void
auth_machine_forget_earlier(struct auth_keeper *keeper)
{
	uint64_t generation = auth_token_generation(keeper->earlier);

	auth_token_unref(&keeper->earlier);
	tell_lost(keeper, generation);
}

void
auth_machine_put_off_proof(struct auth_keeper *keeper)
{
	keeper->unproven = true;
	keeper->proof_due = auth_machine_now(keeper) +
	    backoff_next(&keeper->proof_backoff, random_unit());
}

void
auth_machine_want_proof(struct auth_keeper *keeper)
{
	span_ms pause = keeper->options.min_backoff;
	mono_ms due = auth_machine_now(keeper);

	if (pause < PROOF_MIN_MS)
		pause = PROOF_MIN_MS;
	if (keeper->asked_for_proof && due < keeper->last_proof + pause)
		due = keeper->last_proof + pause;
	if (!keeper->unproven || due < keeper->proof_due)
		keeper->proof_due = due;
	keeper->unproven = keeper->unproven_anew = true;
}

/* A renewal in time makes it whole again. */
void
auth_machine_shorten(struct auth_keeper *keeper, span_ms life)
{
	mono_ms now = auth_machine_now(keeper);
	struct auth_plan plan = keeper->plan;

	if (now + life > auth_token_expires(keeper->token) - SHORTER_BY_MS)
		return;
	log_info(keeper->env.log, "auth.shortened",
	    log_num("ttl_s", life / 1000));
	auth_token_extend(keeper->token, keeper->last_proof + life);
	if (auth_machine_check_expiry(keeper))
		return;
	plan_life(keeper);
	if (keeper->state != AUTH_VALID)
		keeper->plan = plan;
	tell_extended(keeper);
}

void
auth_machine_pass_on(struct auth_keeper *keeper,
    const struct vault_wrap_facts *wrap)
{
	keeper->logins++;
	auth_machine_note_success(keeper);
	log_info(keeper->env.log, "auth.passed_on",
	    log_text("method", auth_method_name(keeper->method)),
	    log_num("ttl_s", wrap->ttl_s));
	metrics_add(keeper->env.metrics, METRIC_LOGIN_SUCCESS, 1);
	metrics_set(keeper->env.metrics, METRIC_AUTHENTICATED, 1);
	auth_machine_plan(keeper, AUTH_PLAN_NOTHING, 0);
	auth_machine_enter(keeper, AUTH_PASSED_ON);
	for (size_t i = 0; i < keeper->listener_count; i++) {
		const struct auth_listener *listener = &keeper->listeners[i];

		if (listener->on_wrapped != NULL)
			listener->on_wrapped(listener->arg, wrap);
	}
}

void
auth_machine_lengthen(struct auth_keeper *keeper, int64_t ttl_s,
    bool renewable)
{
	mono_ms now = auth_machine_now(keeper);
	struct auth_renewal_facts facts = {
		.grant = keeper->grant,
		.before = auth_token_expires(keeper->token),
		.after = keeper->step_began + ttl_s * 1000,
		.now = now,
	};

	auth_token_extend(keeper->token, facts.after);
	if (ttl_s * 1000 > keeper->grant)
		keeper->grant = ttl_s * 1000;
	keeper->suspected = false;
	keeper->unproven = false;
	keeper->looked_up_once = true;
	keeper->last_lookup = keeper->step_began;
	auth_machine_note_success(keeper);
	watch_expiry(keeper);
	if (!renewable || auth_life_is_ending(&facts))
		auth_machine_plan_successor(keeper);
	else
		auth_machine_plan(keeper, AUTH_PLAN_RENEW, auth_life_renew_at(
		    now, facts.after, random_unit()));
	auth_machine_enter(keeper, AUTH_VALID);
	tell_extended(keeper);
	(void)auth_machine_check_expiry(keeper);
}

void
auth_machine_lose(struct auth_keeper *keeper, const char *why)
{
	log_warn(keeper->env.log, "auth.lost", log_text("reason", why),
	    log_num("generation",
	    (int64_t)auth_token_generation(keeper->token)));
	let_go(keeper);
}

void
auth_machine_give_back(struct auth_keeper *keeper)
{
	log_info(keeper->env.log, "auth.revoked", log_num("generation",
	    (int64_t)auth_token_generation(keeper->token)));
	let_go(keeper);
	auth_machine_enter(keeper, AUTH_NONE);
}

static void
let_go(struct auth_keeper *keeper)
{
	uint64_t generation = auth_token_generation(keeper->token);

	replace_token(keeper, NULL);
	metrics_set(keeper->env.metrics, METRIC_AUTHENTICATED, 0);
	tell_lost(keeper, generation);
}

void
auth_machine_want_login(struct auth_keeper *keeper)
{
	mono_ms now = auth_machine_now(keeper);
	mono_ms due = now;

	if (keeper->state == AUTH_BACKING_OFF)
		return;
	if (keeper->login_owed != AUTH_TOKEN_NEVER)
		due = keeper->login_owed;
	keeper->login_owed = AUTH_TOKEN_NEVER;
	auth_machine_plan(keeper, AUTH_PLAN_LOGIN, due);
	auth_machine_enter(keeper, keeper->plan.due > now ?
	    AUTH_BACKING_OFF : AUTH_LOGGING_IN);
}

void
auth_machine_plan_successor(struct auth_keeper *keeper)
{
	keeper->renew_due = AUTH_TOKEN_NEVER;
	auth_machine_plan(keeper, AUTH_PLAN_LOGIN, auth_life_replace_at(
	    auth_machine_now(keeper), auth_token_expires(keeper->token),
	    random_unit()));
}

bool
auth_machine_check_expiry(struct auth_keeper *keeper)
{
	if (keeper->token == NULL || auth_machine_has_living(keeper))
		return false;
	keeper->ran_out = true;
	auth_machine_lose(keeper, "expired");
	if (keeper->stopped)
		auth_machine_enter(keeper, AUTH_NONE);
	else if (keeper->state != AUTH_LOGGING_IN)
		auth_machine_want_login(keeper);
	return true;
}

mono_ms
auth_machine_hold(struct auth_keeper *keeper, const struct vault_reply *reply)
{
	mono_ms now = auth_machine_now(keeper);
	span_ms quiet = reply->retry_after;

	if (quiet <= 0)
		return now;
	if (quiet > RETRY_AFTER_MAX_MS)
		quiet = RETRY_AFTER_MAX_MS;
	if (reply->verdict == VAULT_VERDICT_BUSY)
		scheduler_hold(keeper->env.scheduler, now + quiet);
	return now + quiet;
}

/* A renewal between logins that fail says nothing about those. */
void
auth_machine_note_success(struct auth_keeper *keeper)
{
	backoff_reset(&keeper->renew_backoff);
	if (keeper->login_owed != AUTH_TOKEN_NEVER)
		return;
	keeper->failures = 0;
	keeper->last_error[0] = '\0';
	keeper->told.text[0] = '\0';
	secret_unref(&keeper->told_credential);
	backoff_reset(&keeper->login_backoff);
}

void
auth_machine_note_failure(struct auth_keeper *keeper, const char *text)
{
	keeper->failures++;
	snprintf(keeper->last_error, sizeof(keeper->last_error), "%s", text);
}

static void
wake_waiters(struct auth_keeper *keeper)
{
	auth_waiters_wake(keeper->waiters);
}

static mono_ms
soonest_login(const struct auth_keeper *keeper)
{
	if (!keeper->logged_in_once)
		return 0;
	return keeper->last_login + keeper->options.min_backoff;
}

static mono_ms
end_of(mono_ms began, int64_t ttl_s)
{
	return ttl_s == 0 ? AUTH_TOKEN_NEVER : began + ttl_s * 1000;
}

static void
plan_life(struct auth_keeper *keeper)
{
	mono_ms expires = auth_token_expires(keeper->token);

	watch_expiry(keeper);
	if (expires == AUTH_TOKEN_NEVER)
		auth_machine_plan(keeper, AUTH_PLAN_NOTHING, 0);
	else if (auth_token_renewable(keeper->token))
		auth_machine_plan(keeper, AUTH_PLAN_RENEW, auth_life_renew_at(
		    auth_machine_now(keeper), expires, random_unit()));
	else
		auth_machine_plan_successor(keeper);
}

/* The renewal that it was put off for has ended. */
static void
owe_login(struct auth_keeper *keeper)
{
	if (keeper->state != AUTH_VALID)
		return;
	auth_machine_plan(keeper, AUTH_PLAN_LOGIN, keeper->login_owed);
	keeper->login_owed = AUTH_TOKEN_NEVER;
	auth_machine_enter(keeper, AUTH_BACKING_OFF);
}

/* The old one was lent until the next turn. */
static void
replace_token(struct auth_keeper *keeper, struct auth_token *token)
{
	if (keeper->token != NULL)
		loop_later(keeper->env.loop, on_retired, keeper->token);
	keeper->token = token;
	if (token != NULL)
		keeper->ran_out = false;
	keeper->renew_due = AUTH_TOKEN_NEVER;
	keeper->suspected = false;
	keeper->unproven = false;
	keeper->lookup_wanted = false;
	keeper->looked_up_once = false;
	keeper->asked_for_proof = false;
	backoff_init(&keeper->proof_backoff, PROOF_MIN_MS, PROOF_MAX_MS);
	loop_timer_stop(keeper->expiry);
}

static void
on_retired(void *arg)
{
	struct auth_token *token = arg;

	auth_token_unref(&token);
}

static void
watch_expiry(struct auth_keeper *keeper)
{
	mono_ms expires = auth_token_expires(keeper->token);

	if (expires == AUTH_TOKEN_NEVER)
		loop_timer_stop(keeper->expiry);
	else
		loop_timer_set(keeper->expiry,
		    expires - auth_machine_now(keeper));
}

static void
tell_token(struct auth_keeper *keeper)
{
	for (size_t i = 0; i < keeper->listener_count; i++) {
		const struct auth_listener *listener = &keeper->listeners[i];

		if (listener->on_token != NULL)
			listener->on_token(listener->arg, keeper->token);
	}
}

static void
tell_extended(struct auth_keeper *keeper)
{
	for (size_t i = 0; i < keeper->listener_count; i++) {
		const struct auth_listener *listener = &keeper->listeners[i];

		if (listener->on_extended != NULL)
			listener->on_extended(listener->arg, keeper->token);
	}
}

static void
tell_lost(struct auth_keeper *keeper, uint64_t generation)
{
	for (size_t i = 0; i < keeper->listener_count; i++) {
		const struct auth_listener *listener = &keeper->listeners[i];

		if (listener->on_lost != NULL)
			listener->on_lost(listener->arg, generation);
	}
}
