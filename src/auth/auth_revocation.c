/*
 * auth_revocation - the token in hand is given back, and with it all that was
 * got with it: the last thing a keeper does.
 *
 * A Vault that is away or busy is asked again, as long as the keeper is there:
 * who asked for this bounds it.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "auth_revocation.h"

#include <stdlib.h>

#include "auth_machine.h"
#include "base/xalloc.h"

#define PAUSE_MS 1000		/* between two tries, unless Vault wants more */

struct auth_revocation {
	struct auth_keeper *keeper;
	struct loop_timer *timer;
	loop_fn *fn;
	void *arg;
};

static void ask(void *arg);
static void on_answer(void *arg, const struct vault_reply *reply);
static span_ms pause_after(struct auth_keeper *keeper,
    const struct vault_reply *reply);
static void give_up(struct auth_revocation *revocation, const char *why);
static void complain(struct auth_keeper *keeper, const char *why);

bool
auth_keeper_revoke(struct auth_keeper *keeper, loop_fn *fn, void *arg)
{
	struct auth_revocation *revocation;

	auth_keeper_stop(keeper);
	if (keeper->revocation != NULL || !auth_machine_has_living(keeper))
		return false;
	revocation = xcalloc(1, sizeof(*revocation));
	revocation->keeper = keeper;
	revocation->fn = fn;
	revocation->arg = arg;
	revocation->timer = loop_timer_new(keeper->env.loop, ask, revocation);
	keeper->revocation = revocation;
	loop_timer_set(revocation->timer, 0);
	return true;
}

void
auth_keeper_leave_token(struct auth_keeper *keeper)
{
	if (auth_machine_has_living(keeper))
		complain(keeper, "there was no time for it");
}

/* The question under way, if any, is the keeper's. */
void
auth_revocation_free(struct auth_revocation *revocation)
{
	if (revocation == NULL)
		return;
	loop_timer_free(revocation->timer);
	free(revocation);
}

static void
ask(void *arg)
{
	struct auth_revocation *revocation = arg;
	struct auth_keeper *keeper = revocation->keeper;
	enum lh_err err;

	if (!auth_machine_has_living(keeper)) {
		revocation->fn(revocation->arg);
		return;
	}
	err = vault_api_revoke_self(keeper->env.api,
	    auth_token_secret(keeper->token), span_of(keeper->token_namespace),
	    on_answer, revocation, &keeper->op);
	if (err != LH_OK)
		give_up(revocation, lh_err_text(err));
}

static void
on_answer(void *arg, const struct vault_reply *reply)
{
	struct auth_revocation *revocation = arg;
	struct auth_keeper *keeper = revocation->keeper;
	struct lh_cause cause;

	keeper->op = NULL;
	if (!auth_machine_has_living(keeper)) {
		revocation->fn(revocation->arg);
		return;
	}
	vault_reply_text(reply, &cause);
	switch (reply->verdict) {
	case VAULT_VERDICT_OK:
	case VAULT_VERDICT_DEAD_TOKEN:	/* the answer before was lost */
		auth_machine_give_back(keeper);
		revocation->fn(revocation->arg);
		break;
	case VAULT_VERDICT_BUSY:
	case VAULT_VERDICT_DOWN:
		log_warn(keeper->env.log, "auth.revoke_failed",
		    log_text("error", cause.text));
		loop_timer_set(revocation->timer, pause_after(keeper, reply));
		break;
	default:
		give_up(revocation, cause.text);
	}
}

static span_ms
pause_after(struct auth_keeper *keeper, const struct vault_reply *reply)
{
	span_ms quiet = auth_machine_hold(keeper, reply) -
	    auth_machine_now(keeper);

	return quiet > PAUSE_MS ? quiet : PAUSE_MS;
}

static void
give_up(struct auth_revocation *revocation, const char *why)
{
	complain(revocation->keeper, why);
	revocation->fn(revocation->arg);
}

static void
complain(struct auth_keeper *keeper, const char *why)
{
	log_error(keeper->env.log, "auth.not_revoked",
	    log_text("error", why), log_text("advice",
	    "the token and its leases live on to their end"));
}
