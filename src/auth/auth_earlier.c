/*
 * auth_earlier - the step that finds out whether the token of an earlier run
 * lives.
 *
 * Vault is asked once, and not for long: somebody may be waiting for what lies
 * in the cache. Where no answer comes the token is trusted for what it was
 * granted, as it would be by a process that had never stopped.
 * Source: behaviour section 6.1.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "auth_earlier.h"

#include "auth_login.h"
#include "auth_machine.h"

#define PATIENCE_MS 5000

static void on_looked_up(void *arg, const struct vault_reply *reply);
static mono_ms end_of(const struct auth_keeper *keeper,
    const struct vault_token_facts *facts);
static void trust(struct auth_keeper *keeper, const char *why);
static void refuse(struct auth_keeper *keeper, const char *why);

void
auth_earlier_start(struct auth_keeper *keeper)
{
	const struct vault_ask ask = {
		.method = SPAN_LITERAL("GET"),
		.path = SPAN_LITERAL("/v1/auth/token/lookup-self"),
		.namespace = span_of(keeper->token_namespace),
		.token = auth_token_secret(keeper->earlier),
		.timeout = PATIENCE_MS
	};
	enum lh_err err;

	if (keeper->state != AUTH_LOGGING_IN)
		auth_machine_enter(keeper, AUTH_LOGGING_IN);
	keeper->step_began = auth_machine_now(keeper);
	err = vault_api_ask(keeper->env.api, &ask, on_looked_up, keeper,
	    &keeper->op);
	if (err != LH_OK)
		trust(keeper, lh_err_text(err));
}

static void
on_looked_up(void *arg, const struct vault_reply *reply)
{
	struct auth_keeper *keeper = arg;
	struct vault_token_facts facts;
	struct lh_cause cause;
	mono_ms expires = 0;

	keeper->op = NULL;
	vault_reply_text(reply, &cause);
	if (reply->verdict == VAULT_VERDICT_BUSY ||
	    reply->verdict == VAULT_VERDICT_DOWN) {
		(void)auth_machine_hold(keeper, reply);
		trust(keeper, cause.text);
		return;
	}
	if (reply->verdict != VAULT_VERDICT_OK) {
		refuse(keeper, cause.text);
		return;
	}
	if (vault_envelope_token_data(reply->body, &facts) == LH_OK) {
		expires = end_of(keeper, &facts);
		vault_token_facts_release(&facts);
	}
	if (expires <= auth_machine_now(keeper)) {
		refuse(keeper, "its look-up shows no life");
		return;
	}
	auth_machine_resume(keeper, expires);
	auth_machine_step_done(keeper);
}

static mono_ms
end_of(const struct auth_keeper *keeper,
    const struct vault_token_facts *facts)
{
	if (facts->ttl_s <= 0)
		return facts->is_root ? AUTH_TOKEN_NEVER : 0;
	return keeper->step_began + facts->ttl_s * 1000;
}

static void
trust(struct auth_keeper *keeper, const char *why)
{
	mono_ms expires = auth_token_expires(keeper->earlier);

	if (expires <= auth_machine_now(keeper)) {
		refuse(keeper, "it ran out");
		return;
	}
	log_warn(keeper->env.log, "auth.trusted", log_text("error", why),
	    log_text("advice", "the token of the earlier run is used, and "
	    "Vault asked again"));
	auth_machine_resume(keeper, expires);
	auth_machine_put_off_proof(keeper);
	auth_machine_step_done(keeper);
}

static void
refuse(struct auth_keeper *keeper, const char *why)
{
	log_info(keeper->env.log, "auth.earlier_refused",
	    log_text("reason", why));
	auth_machine_forget_earlier(keeper);
	auth_login_start(keeper);
}
