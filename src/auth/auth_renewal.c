/*
 * auth_renewal - the step that lengthens the token's life.
 *
 * A refusal is final: the token is used to its end and replaced ahead of it.
 * When Vault is away or busy the renewal is tried again, sooner the less time
 * is left, until it works or the token has run out.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "auth_renewal.h"

#include "auth_machine.h"
#include "base/digest.h"
#include "base/lh_assert.h"

static void on_renewed(void *arg, const struct vault_reply *reply);
static void read_answer(struct auth_keeper *keeper, struct span body);
static void judge_refusal(struct auth_keeper *keeper,
    const struct vault_reply *reply);
static void retry(struct auth_keeper *keeper, mono_ms not_before);
static void log_failure(struct auth_keeper *keeper, const char *text);

void
auth_renewal_start(struct auth_keeper *keeper)
{
	enum lh_err err;

	auth_machine_enter(keeper, AUTH_RENEWING);
	keeper->renew_due = AUTH_TOKEN_NEVER;
	err = auth_renewal_ask(keeper, on_renewed);
	if (err == LH_OK)
		return;
	log_failure(keeper, lh_err_text(err));
	retry(keeper, keeper->step_began);
	auth_machine_step_done(keeper);
}

enum lh_err
auth_renewal_ask(struct auth_keeper *keeper, vault_reply_fn *fn)
{
	keeper->step_began = auth_machine_now(keeper);
	return vault_api_renew_self(keeper->env.api,
	    auth_token_secret(keeper->token), span_of(keeper->token_namespace),
	    fn, keeper, &keeper->op);
}

void
auth_renewal_take(struct auth_keeper *keeper,
    const struct vault_token_facts *facts)
{
	int64_t ttl_s = facts->ttl_s > 0 ? facts->ttl_s : 0;

	keeper->renewals++;
	metrics_add(keeper->env.metrics, METRIC_RENEWAL_SUCCESS, 1);
	log_info(keeper->env.log, "auth.renewed", log_num("ttl_s", ttl_s));
	auth_machine_lengthen(keeper, ttl_s, facts->renewable);
}

static void
on_renewed(void *arg, const struct vault_reply *reply)
{
	struct auth_keeper *keeper = arg;

	keeper->op = NULL;
	if (!auth_machine_check_expiry(keeper)) {
		if (reply->verdict == VAULT_VERDICT_OK)
			read_answer(keeper, reply->body);
		else
			judge_refusal(keeper, reply);
	}
	auth_machine_step_done(keeper);
}

static void
read_answer(struct auth_keeper *keeper, struct span body)
{
	struct vault_envelope envelope;

	if (vault_envelope_parse(body, &envelope) != LH_OK) {
		log_failure(keeper, "the answer is not understood");
		retry(keeper, auth_machine_now(keeper));
		return;
	}
	if (envelope.has_auth) {
		auth_renewal_take(keeper, &envelope.auth);
	} else {
		log_failure(keeper, "the answer holds no auth");
		retry(keeper, auth_machine_now(keeper));
	}
	vault_envelope_release(&envelope);
}

static void
judge_refusal(struct auth_keeper *keeper, const struct vault_reply *reply)
{
	struct lh_cause cause;

	vault_reply_text(reply, &cause);
	log_failure(keeper, cause.text);
	switch (reply->verdict) {
	case VAULT_VERDICT_DEAD_TOKEN:
		auth_machine_lose(keeper, "renewal says it is dead");
		auth_machine_want_login(keeper);
		break;
	case VAULT_VERDICT_BUSY:
	case VAULT_VERDICT_DOWN:
		retry(keeper, auth_machine_hold(keeper, reply));
		break;
	case VAULT_VERDICT_DENIED:
	case VAULT_VERDICT_GONE:
	case VAULT_VERDICT_REFUSED:
		keeper->lookup_wanted = keeper->suspected;
		auth_machine_plan_successor(keeper);
		auth_machine_enter(keeper, AUTH_VALID);
		break;
	case VAULT_VERDICT_OK:
		lh_unreachable();
	}
}

/* Who suspects the token learns that nothing can be said. */
static void
retry(struct auth_keeper *keeper, mono_ms not_before)
{
	mono_ms now = auth_machine_now(keeper);
	span_ms half = (auth_token_expires(keeper->token) - now) / 2;
	span_ms wait = backoff_next(&keeper->renew_backoff, random_unit());

	if (wait > half)
		wait = half;
	if (wait < keeper->renew_backoff.min)
		wait = keeper->renew_backoff.min;
	if (not_before < now + wait)
		not_before = now + wait;
	keeper->suspected = false;
	auth_machine_plan(keeper, AUTH_PLAN_RENEW, not_before);
	auth_machine_enter(keeper, AUTH_VALID);
}

static void
log_failure(struct auth_keeper *keeper, const char *text)
{
	auth_machine_note_failure(keeper, text);
	metrics_add(keeper->env.metrics, METRIC_RENEWAL_FAILURE, 1);
	log_warn(keeper->env.log, "auth.renew_failed",
	    log_text("error", text));
}
