/*
 * auth_lookup - the step that asks whether a suspected token lives.
 *
 * A token that may not look itself up counts as dead: Vault answers the same
 * for both, and only requests that Vault refused for their token lead here.
 * An answer that says neither leaves the token in use.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "auth_lookup.h"

#include "auth_machine.h"

static void on_looked_up(void *arg, const struct vault_reply *reply);

void
auth_lookup_start(struct auth_keeper *keeper)
{
	enum lh_err err;

	keeper->lookup_wanted = false;
	keeper->looked_up_once = true;
	keeper->last_lookup = auth_machine_now(keeper);
	err = vault_api_lookup_self(keeper->env.api,
	    auth_token_secret(keeper->token), span_of(keeper->token_namespace),
	    on_looked_up, keeper, &keeper->op);
	if (err == LH_OK)
		return;
	log_warn(keeper->env.log, "auth.lookup_failed",
	    log_text("error", lh_err_text(err)));
	keeper->suspected = false;
	if (keeper->unproven)
		auth_machine_put_off_proof(keeper);
	auth_machine_step_done(keeper);
}

static void
on_looked_up(void *arg, const struct vault_reply *reply)
{
	struct auth_keeper *keeper = arg;
	struct lh_cause cause;

	keeper->op = NULL;
	keeper->suspected = false;
	(void)auth_machine_hold(keeper, reply);
	if (reply->verdict == VAULT_VERDICT_OK)
		keeper->unproven = false;
	else if (keeper->unproven)
		auth_machine_put_off_proof(keeper);
	if (reply->verdict == VAULT_VERDICT_DENIED ||
	    reply->verdict == VAULT_VERDICT_DEAD_TOKEN) {
		auth_machine_lose(keeper, "look-up says it is dead");
		auth_machine_want_login(keeper);
	} else if (reply->verdict != VAULT_VERDICT_OK) {
		vault_reply_text(reply, &cause);
		log_warn(keeper->env.log, "auth.lookup_failed",
		    log_text("error", cause.text));
	}
	auth_machine_step_done(keeper);
}
