/*
 * auth_login - the step that gets a token.
 *
 *	begin -> [ask -> ask ->] login -> taken
 *	begin -> adopt (look-up of itself) -> [renew ->] taken, or lengthened
 *
 * The method says what to send, and whether to Vault or elsewhere: send_step()
 * alone knows the way. What comes of it is one of three failures,
 * which differ in what an operator is told, or a token. All failures wait:
 * full jitter, never less than Vault asked for.
 *
 * A token that an operator put into a file may be the one that we have
 * already. When it lives longer than we knew it goes on, as the same
 * generation. When it does not it is renewed, for nothing else will come in
 * its place, and what looked like its max TTL may have been another period.
 * Only when that brings nothing either, it is a failure like any other.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "auth_login.h"

#include <string.h>

#include "auth_body.h"
#include "auth_elsewhere.h"
#include "auth_machine.h"
#include "auth_renewal.h"
#include "base/digest.h"

enum failure_kind {
	FAILURE_OURS,		/* credentials are missing or unfit */
	FAILURE_REFUSED,	/* who was asked does not take them */
	FAILURE_UNREACHABLE	/* nothing is known about them */
};

struct failure {
	enum failure_kind kind;
	mono_ms not_before;
	struct lh_cause cause;
};

static enum lh_err tell_login(struct auth_keeper *keeper,
    struct lh_cause *cause);
static void warn(struct auth_keeper *keeper);
static void send_step(struct auth_keeper *keeper, enum auth_step step);
static enum lh_err send_login(struct auth_keeper *keeper);
static enum lh_err send_request(struct auth_keeper *keeper,
    struct span wrap_ttl, vault_reply_fn *fn);
static void on_answer(void *arg, const struct vault_reply *reply);
static void on_login(void *arg, const struct vault_reply *reply);
static void on_adopted(void *arg, const struct vault_reply *reply);
static void pass_on(struct auth_keeper *keeper,
    const struct vault_envelope *envelope);
static bool check_token(const struct vault_token_facts *facts,
    struct lh_cause *cause);
static void take_login(struct auth_keeper *keeper,
    const struct vault_token_facts *facts);
static void adopt(struct auth_keeper *keeper,
    const struct vault_token_facts *facts);
static void adopt_again(struct auth_keeper *keeper,
    const struct vault_token_facts *facts);
static void renew_again(struct auth_keeper *keeper);
static void on_renewed(void *arg, const struct vault_reply *reply);
static void lengthen(struct auth_keeper *keeper,
    const struct vault_envelope *envelope);
static bool is_longer(const struct auth_keeper *keeper, int64_t ttl_s);
static void fail_same(struct auth_keeper *keeper);
static bool has_arrived_dead(const struct auth_keeper *keeper, int64_t ttl_s);
static void fail_reply(struct auth_keeper *keeper,
    const struct vault_reply *reply);
static void fail_here(struct auth_keeper *keeper, const char *text);
static void fail(struct auth_keeper *keeper, const struct failure *failure);
static bool is_last_try(const struct auth_keeper *keeper);
static void log_failure(struct auth_keeper *keeper,
    const struct failure *failure, span_ms wait);
static bool is_known(const struct auth_keeper *keeper,
    const struct failure *failure);
static void tell_fatal(struct auth_keeper *keeper, const char *why);

void
auth_login_start(struct auth_keeper *keeper)
{
	enum auth_step step;
	struct lh_cause cause;

	if (keeper->state != AUTH_LOGGING_IN)
		auth_machine_enter(keeper, AUTH_LOGGING_IN);
	keeper->logged_in_once = true;
	keeper->last_login = auth_machine_now(keeper);
	keeper->new_credentials = false;
	keeper->request = (struct auth_request){
	    .now = loop_wall(keeper->env.loop) };
	if (tell_login(keeper, &cause) != LH_OK ||
	    auth_method_begin(keeper->method, &keeper->request, &step,
	    &cause) != LH_OK)
		fail_here(keeper, cause.text);
	else
		send_step(keeper, step);
}

static enum lh_err
tell_login(struct auth_keeper *keeper, struct lh_cause *cause)
{
	enum lh_err err = LH_OK;

	for (size_t i = 0; err == LH_OK && i < keeper->listener_count; i++) {
		const struct auth_listener *listener = &keeper->listeners[i];

		if (listener->on_login != NULL)
			err = listener->on_login(listener->arg, cause);
	}
	return err;
}

/* Once, until it is another one. */
static void
warn(struct auth_keeper *keeper)
{
	const char *warning = keeper->request.warning;

	if (warning == NULL)
		warning = "";
	if (strcmp(keeper->warned.text, warning) == 0)
		return;
	lh_cause_set(&keeper->warned, "%s", warning);
	if (*warning != '\0')
		log_warn(keeper->env.log, "auth.credentials",
		    log_text("warning", warning));
}

static void
send_step(struct auth_keeper *keeper, enum auth_step step)
{
	const struct auth_request *request = &keeper->request;
	enum lh_err err = LH_OK;

	warn(keeper);
	keeper->step_began = auth_machine_now(keeper);
	switch (step) {
	case AUTH_STEP_ASK:
		err = send_request(keeper, SPAN_NONE, on_answer);
		break;
	case AUTH_STEP_ASK_ELSEWHERE:
		err = auth_elsewhere_ask(keeper->elsewhere, request,
		    on_answer, keeper);
		break;
	case AUTH_STEP_LOGIN:
		err = send_login(keeper);
		break;
	case AUTH_STEP_ADOPT:
		err = vault_api_lookup_self(keeper->env.api, request->token,
		    span_of(keeper->namespace), on_adopted, keeper,
		    &keeper->op);
		break;
	}
	if (err != LH_OK)
		fail_here(keeper, lh_err_text(err));
}

static enum lh_err
send_login(struct auth_keeper *keeper)
{
	char ttl[AUTH_BODY_TTL_SIZE];

	if (keeper->options.wrap_ttl == 0)
		return send_request(keeper, SPAN_NONE, on_login);
	auth_body_ttl(keeper->options.wrap_ttl, ttl);
	return send_request(keeper, span_of(ttl), on_login);
}

static enum lh_err
send_request(struct auth_keeper *keeper, struct span wrap_ttl,
    vault_reply_fn *fn)
{
	const struct auth_request *request = &keeper->request;
	struct vault_ask ask = {
		.method = request->verb,
		.path = span_of(request->path),
		.namespace = span_of(keeper->namespace),
		.token = request->token,
		.body = request->body,
		.wrap_ttl = wrap_ttl,
	};

	return vault_api_ask(keeper->env.login_api, &ask, fn, keeper,
	    &keeper->op);
}

static void
on_answer(void *arg, const struct vault_reply *reply)
{
	struct auth_keeper *keeper = arg;
	enum auth_step step;
	struct lh_cause cause;

	keeper->op = NULL;
	keeper->request.now = loop_wall(keeper->env.loop);
	if (reply->verdict != VAULT_VERDICT_OK)
		fail_reply(keeper, reply);
	else if (auth_method_answer(keeper->method, reply->body,
	    &keeper->request, &step, &cause) != LH_OK)
		fail_here(keeper, cause.text);
	else
		send_step(keeper, step);
}

static void
on_login(void *arg, const struct vault_reply *reply)
{
	struct auth_keeper *keeper = arg;
	struct vault_envelope envelope;

	keeper->op = NULL;
	if (reply->verdict != VAULT_VERDICT_OK) {
		fail_reply(keeper, reply);
		return;
	}
	if (vault_envelope_parse(reply->body, &envelope) != LH_OK) {
		fail_here(keeper, "the answer to the login is not understood");
		return;
	}
	if (keeper->options.wrap_ttl > 0)
		pass_on(keeper, &envelope);
	else if (envelope.has_auth)
		take_login(keeper, &envelope.auth);
	else
		fail_here(keeper, "the answer to the login holds no auth");
	vault_envelope_release(&envelope);
}

static void
on_adopted(void *arg, const struct vault_reply *reply)
{
	struct auth_keeper *keeper = arg;
	struct vault_token_facts facts;

	keeper->op = NULL;
	if (reply->verdict != VAULT_VERDICT_OK) {
		fail_reply(keeper, reply);
		return;
	}
	if (vault_envelope_token_data(reply->body, &facts) != LH_OK) {
		fail_here(keeper, "the look-up of the token in the file is "
		    "not understood");
		return;
	}
	adopt(keeper, &facts);
	vault_token_facts_release(&facts);
}

/* Who asked for a wrapping does not want the token to be seen here. */
static void
pass_on(struct auth_keeper *keeper, const struct vault_envelope *envelope)
{
	if (!envelope->has_wrap ||
	    secret_lend(envelope->wrap.token).len == 0) {
		fail_here(keeper, "the answer to the login is not wrapped");
		return;
	}
	auth_machine_pass_on(keeper, &envelope->wrap);
	auth_machine_step_done(keeper);
}

/* Is it a token that can be kept? */
static bool
check_token(const struct vault_token_facts *facts, struct lh_cause *cause)
{
	if (facts->num_uses > 0) {
		lh_cause_set(cause, "use-limited tokens cannot be kept: set "
		    "token_num_uses=0 on the role");
		return false;
	}
	if (facts->ttl_s <= 0 && !facts->is_root) {
		lh_cause_set(cause, "the token has no time to live");
		return false;
	}
	return true;
}

static void
take_login(struct auth_keeper *keeper, const struct vault_token_facts *facts)
{
	struct lh_cause cause;

	if (secret_lend(facts->token).len == 0) {
		fail_here(keeper, "the answer to the login holds an empty "
		    "token");
		return;
	}
	if (!check_token(facts, &cause)) {
		fail_here(keeper, cause.text);
		return;
	}
	if (has_arrived_dead(keeper, facts->ttl_s)) {
		fail_here(keeper, "the token ran out before it arrived");
		return;
	}
	auth_machine_take(keeper, &(struct auth_grant){
	    .secret = facts->token,
	    .accessor = facts->accessor,
	    .ttl_s = facts->is_root ? 0 : facts->ttl_s,
	    .renewable = facts->renewable && !facts->is_batch });
	auth_machine_step_done(keeper);
}

static void
adopt(struct auth_keeper *keeper, const struct vault_token_facts *facts)
{
	struct secret *secret = keeper->request.token;
	struct lh_cause cause;

	if (!check_token(facts, &cause)) {
		fail_here(keeper, cause.text);
		return;
	}
	if (has_arrived_dead(keeper, facts->ttl_s)) {
		fail_here(keeper, "the token ran out while it was looked up");
		return;
	}
	if (keeper->token != NULL &&
	    secret_equal(secret, auth_token_secret(keeper->token))) {
		adopt_again(keeper, facts);
		return;
	}
	auth_machine_take(keeper, &(struct auth_grant){
	    .secret = secret,
	    .accessor = facts->accessor,
	    .ttl_s = facts->is_root ? 0 : facts->ttl_s,
	    .renewable = facts->renewable && !facts->is_batch });
	auth_machine_step_done(keeper);
}

static void
adopt_again(struct auth_keeper *keeper, const struct vault_token_facts *facts)
{
	bool renewable = facts->renewable && !facts->is_batch;

	if (facts->is_root &&
	    auth_token_expires(keeper->token) == AUTH_TOKEN_NEVER) {
		auth_machine_note_success(keeper);
		auth_machine_plan(keeper, AUTH_PLAN_NOTHING, 0);
		auth_machine_enter(keeper, AUTH_VALID);
		auth_machine_step_done(keeper);
	} else if (is_longer(keeper, facts->ttl_s)) {
		auth_machine_lengthen(keeper, facts->ttl_s, renewable);
		auth_machine_step_done(keeper);
	} else if (renewable)
		renew_again(keeper);
	else
		fail_same(keeper);
}

static void
renew_again(struct auth_keeper *keeper)
{
	enum lh_err err = auth_renewal_ask(keeper, on_renewed);

	if (err != LH_OK)
		fail_here(keeper, lh_err_text(err));
}

static void
on_renewed(void *arg, const struct vault_reply *reply)
{
	struct auth_keeper *keeper = arg;
	struct vault_envelope envelope;

	keeper->op = NULL;
	if (reply->verdict == VAULT_VERDICT_DOWN ||
	    reply->verdict == VAULT_VERDICT_BUSY ||
	    reply->verdict == VAULT_VERDICT_DEAD_TOKEN) {
		fail_reply(keeper, reply);
		return;
	}
	if (reply->verdict != VAULT_VERDICT_OK ||
	    vault_envelope_parse(reply->body, &envelope) != LH_OK) {
		fail_same(keeper);
		return;
	}
	lengthen(keeper, &envelope);
	vault_envelope_release(&envelope);
}

/* What it gave is the measure from now on. */
static void
lengthen(struct auth_keeper *keeper, const struct vault_envelope *envelope)
{
	const struct vault_token_facts *auth = &envelope->auth;

	if (keeper->token == NULL) {
		fail_here(keeper, "the token ran out while it was renewed");
		return;
	}
	if (!envelope->has_auth || !is_longer(keeper, auth->ttl_s)) {
		fail_same(keeper);
		return;
	}
	keeper->grant = auth->ttl_s * 1000;
	auth_renewal_take(keeper, auth);
	auth_machine_step_done(keeper);
}

/* An answer is rounded to seconds: less is no gain. */
static bool
is_longer(const struct auth_keeper *keeper, int64_t ttl_s)
{
	return keeper->step_began + ttl_s * 1000 - 2000 >
	    auth_token_expires(keeper->token);
}

static void
fail_same(struct auth_keeper *keeper)
{
	fail_here(keeper, "the token file still holds the token that comes to "
	    "its end");
}

static bool
has_arrived_dead(const struct auth_keeper *keeper, int64_t ttl_s)
{
	return ttl_s > 0 && keeper->step_began + ttl_s * 1000 <=
	    auth_machine_now(keeper);
}

/* 500 is also what Vault's methods say to credentials that they do not know:
 * "invalid secret id". */
static void
fail_reply(struct auth_keeper *keeper, const struct vault_reply *reply)
{
	struct failure failure = { .kind = FAILURE_REFUSED };

	if ((reply->verdict == VAULT_VERDICT_DOWN && reply->status != 500) ||
	    reply->verdict == VAULT_VERDICT_BUSY)
		failure.kind = FAILURE_UNREACHABLE;
	failure.not_before = auth_machine_hold(keeper, reply);
	vault_reply_text(reply, &failure.cause);
	fail(keeper, &failure);
}

static void
fail_here(struct auth_keeper *keeper, const char *text)
{
	struct failure failure = { .kind = FAILURE_OURS };

	failure.not_before = auth_machine_now(keeper);
	lh_cause_set(&failure.cause, "%s", text);
	fail(keeper, &failure);
}

/* A suspicion that the new token would have settled needs a look-up now. */
static void
fail(struct auth_keeper *keeper, const struct failure *failure)
{
	mono_ms now = auth_machine_now(keeper);
	mono_ms due = now + backoff_next(&keeper->login_backoff,
	    random_unit());
	bool is_last = is_last_try(keeper);

	if (due < failure->not_before)
		due = failure->not_before;
	auth_machine_note_failure(keeper, failure->cause.text);
	metrics_add(keeper->env.metrics, METRIC_LOGIN_FAILURE, 1);
	log_failure(keeper, failure, due - now);
	keeper->lookup_wanted = keeper->suspected && keeper->token != NULL;
	auth_machine_plan(keeper, is_last ? AUTH_PLAN_NOTHING :
	    AUTH_PLAN_LOGIN, due);
	auth_machine_enter(keeper, AUTH_BACKING_OFF);
	auth_machine_step_done(keeper);
	if (is_last)
		tell_fatal(keeper, failure->cause.text);
}

static bool
is_last_try(const struct auth_keeper *keeper)
{
	unsigned max = keeper->options.max_login_attempts;

	return keeper->options.exit_on_err ||
	    (max > 0 && keeper->login_backoff.failures >= max);
}

/* Loud when the reason or what was refused is new, else for those who debug. */
static void
log_failure(struct auth_keeper *keeper, const struct failure *failure,
    span_ms wait)
{
	static const struct {
		const char *event;
		enum log_level level;
	} kinds[] = {
		[FAILURE_OURS] = { "auth.failed", LOG_LEVEL_ERROR },
		[FAILURE_REFUSED] = { "auth.refused", LOG_LEVEL_ERROR },
		[FAILURE_UNREACHABLE] = { "auth.unreachable", LOG_LEVEL_WARN },
	};
	bool known = is_known(keeper, failure);

	keeper->told = failure->cause;
	secret_unref(&keeper->told_credential);
	keeper->told_credential = secret_ref(keeper->request.credential);
	log_at(keeper->env.log,
	    known ? LOG_LEVEL_DEBUG : kinds[failure->kind].level,
	    kinds[failure->kind].event,
	    log_text("method", auth_method_name(keeper->method)),
	    log_text("error", failure->cause.text),
	    log_num("backoff_ms", wait));
}

static bool
is_known(const struct auth_keeper *keeper, const struct failure *failure)
{
	if (strcmp(keeper->told.text, failure->cause.text) != 0)
		return false;
	return failure->kind != FAILURE_REFUSED ||
	    secret_equal(keeper->told_credential, keeper->request.credential);
}

static void
tell_fatal(struct auth_keeper *keeper, const char *why)
{
	for (size_t i = 0; i < keeper->listener_count; i++) {
		const struct auth_listener *listener = &keeper->listeners[i];

		if (listener->on_fatal != NULL)
			listener->on_fatal(listener->arg, why);
	}
}
