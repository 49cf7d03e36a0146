/*
 * auth_lookup - the step that asks whether a token in doubt lives, and until
 * when.
 *
 * A token that may not look itself up counts as dead: Vault answers the same
 * for both, and only requests that Vault refused for their token lead here.
 * An answer that says neither leaves the token in use.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "auth_lookup.h"

#include "auth_machine.h"
#include "vault/vault_envelope.h"

/* Of a life that is told as none at all: less than one is left. */
#define LEAST_MS 1000

static void on_looked_up(void *arg, const struct vault_reply *reply);
static void take_life(struct auth_keeper *keeper, struct span body);

void
auth_lookup_start(struct auth_keeper *keeper)
{
	enum lh_err err;

	keeper->last_proof = auth_machine_now(keeper);
	if (keeper->lookup_wanted) {
		keeper->looked_up_once = true;
		keeper->last_lookup = keeper->last_proof;
	}
	keeper->lookup_wanted = false;
	keeper->unproven_anew = false;
	keeper->asked_for_proof = true;
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
		take_life(keeper, reply->body);
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

/* What was done while Vault was asked may have come after that. */
static void
take_life(struct auth_keeper *keeper, struct span body)
{
	struct vault_token_facts facts;
	span_ms life = LEAST_MS;

	keeper->unproven = keeper->unproven_anew;
	if (vault_envelope_token_data(body, &facts) != LH_OK)
		return;
	if (facts.ttl_s > 0)
		life = facts.ttl_s * 1000;
	if (!facts.is_root)
		auth_machine_shorten(keeper, life);
	vault_token_facts_release(&facts);
}
