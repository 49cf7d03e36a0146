/*
 * auth_login - the step that gets a token.
 *
 *	begin -> [ask -> ask ->] login -> taken
 *	begin -> adopt (look-up of itself) -> taken, or lengthened
 *
 * The method says what to send, and whether to Vault or elsewhere: send_step()
 * alone knows the way. What comes of it is one of three failures,
 * which differ in what an operator is told, or a token. All failures wait:
 * full jitter, never less than Vault asked for.
 *
 * A token that an operator put into a file may be the one that we have
 * already. When it lives longer than we knew it goes on, as the same
 * generation; when it does not, the file brings nothing new, which is a
 * failure like any other.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "auth_login.h"

#include <string.h>

#include "auth_elsewhere.h"
#include "auth_machine.h"
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

static void tell_login(struct auth_keeper *keeper);
static void send_step(struct auth_keeper *keeper, enum auth_step step);
static enum lh_err send_request(struct auth_keeper *keeper,
    vault_reply_fn *fn);
static void on_answer(void *arg, const struct vault_reply *reply);
static void on_login(void *arg, const struct vault_reply *reply);
static void on_adopted(void *arg, const struct vault_reply *reply);
static bool check_token(const struct vault_token_facts *facts,
    struct lh_cause *cause);
static void take_login(struct auth_keeper *keeper,
    const struct vault_token_facts *facts);
static void adopt(struct auth_keeper *keeper,
    const struct vault_token_facts *facts);
static void adopt_again(struct auth_keeper *keeper,
    const struct vault_token_facts *facts);
static bool has_arrived_dead(const struct auth_keeper *keeper, int64_t ttl_s);
static void fail_reply(struct auth_keeper *keeper,
    const struct vault_reply *reply);
static void fail_here(struct auth_keeper *keeper, const char *text);
static void fail(struct auth_keeper *keeper, const struct failure *failure);
static void log_failure(struct auth_keeper *keeper,
    const struct failure *failure, span_ms wait);
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
	tell_login(keeper);
	keeper->request.now = loop_wall(keeper->env.loop);
	if (auth_method_begin(keeper->method, &keeper->request, &step,
	    &cause) != LH_OK)
		fail_here(keeper, cause.text);
	else
		send_step(keeper, step);
}

static void
tell_login(struct auth_keeper *keeper)
{
	for (size_t i = 0; i < keeper->listener_count; i++) {
		const struct auth_listener *listener = &keeper->listeners[i];

		if (listener->on_login != NULL)
			listener->on_login(listener->arg);
	}
}

static void
send_step(struct auth_keeper *keeper, enum auth_step step)
{
	const struct auth_request *request = &keeper->request;
	enum lh_err err = LH_OK;

	if (request->warning != NULL)
		log_warn(keeper->env.log, "auth.credentials",
		    log_text("warning", request->warning));
	keeper->step_began = auth_machine_now(keeper);
	switch (step) {
	case AUTH_STEP_ASK:
		err = send_request(keeper, on_answer);
		break;
	case AUTH_STEP_ASK_ELSEWHERE:
		err = auth_elsewhere_ask(keeper->elsewhere, request,
		    on_answer, keeper);
		break;
	case AUTH_STEP_LOGIN:
		err = send_request(keeper, on_login);
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
send_request(struct auth_keeper *keeper, vault_reply_fn *fn)
{
	const struct auth_request *request = &keeper->request;
	struct vault_ask ask = {
		.method = request->verb,
		.path = span_of(request->path),
		.namespace = span_of(keeper->namespace),
		.token = request->token,
		.body = request->body,
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
	if (envelope.has_auth)
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

/* An answer is rounded to seconds: less is no gain. */
static void
adopt_again(struct auth_keeper *keeper, const struct vault_token_facts *facts)
{
	mono_ms expires = auth_token_expires(keeper->token);
	bool endless = facts->is_root && expires == AUTH_TOKEN_NEVER;

	if (!endless && keeper->step_began + facts->ttl_s * 1000 <=
	    expires + 2000) {
		fail_here(keeper, "the token file still holds the token that "
		    "comes to its end");
		return;
	}
	if (endless) {
		auth_machine_note_success(keeper);
		auth_machine_plan(keeper, AUTH_PLAN_NOTHING, 0);
		auth_machine_enter(keeper, AUTH_VALID);
	} else {
		auth_machine_lengthen(keeper, facts->ttl_s,
		    facts->renewable && !facts->is_batch);
	}
	auth_machine_step_done(keeper);
}

static bool
has_arrived_dead(const struct auth_keeper *keeper, int64_t ttl_s)
{
	return ttl_s > 0 && keeper->step_began + ttl_s * 1000 <=
	    auth_machine_now(keeper);
}

static void
fail_reply(struct auth_keeper *keeper, const struct vault_reply *reply)
{
	struct failure failure = { .kind = FAILURE_REFUSED };

	if (reply->verdict == VAULT_VERDICT_DOWN ||
	    reply->verdict == VAULT_VERDICT_BUSY)
		failure.kind = FAILURE_UNREACHABLE;
	failure.not_before = auth_machine_hold(keeper, reply);
	auth_machine_reply_text(reply, &failure.cause);
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

	if (due < failure->not_before)
		due = failure->not_before;
	auth_machine_note_failure(keeper, failure->cause.text);
	log_failure(keeper, failure, due - now);
	keeper->lookup_wanted = keeper->suspected && keeper->token != NULL;
	auth_machine_plan(keeper, keeper->options.exit_on_err ?
	    AUTH_PLAN_NOTHING : AUTH_PLAN_LOGIN, due);
	auth_machine_enter(keeper, AUTH_BACKING_OFF);
	auth_machine_step_done(keeper);
	if (keeper->options.exit_on_err)
		tell_fatal(keeper, failure->cause.text);
}

/* Loud when the reason is a new one, else for those who debug. */
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
	bool known = strcmp(keeper->told.text, failure->cause.text) == 0;

	keeper->told = failure->cause;
	log_at(keeper->env.log,
	    known ? LOG_LEVEL_DEBUG : kinds[failure->kind].level,
	    kinds[failure->kind].event,
	    log_text("method", auth_method_name(keeper->method)),
	    log_text("error", failure->cause.text),
	    log_num("backoff_ms", wait));
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
