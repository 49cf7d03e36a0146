/*
 * auth_machine - what the keeper and its steps share: the states, the token,
 * what is to be done next.
 *
 * A step (login, renewal, look-up) runs while job is under way; op is its
 * question to Vault, elsewhere holds one to others. It ends with
 * auth_machine_step_done().
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_AUTH_AUTH_MACHINE_H
#define LH_AUTH_AUTH_MACHINE_H

#include "auth/auth_keeper.h"
#include "auth_waiters.h"
#include "base/backoff.h"

enum auth_plan_step { AUTH_PLAN_NOTHING, AUTH_PLAN_RENEW, AUTH_PLAN_LOGIN };

struct auth_plan {
	enum auth_plan_step step;
	mono_ms due;
};

struct auth_keeper {
	struct auth_keeper_options options;
	char *namespace;
	struct auth_keeper_env env;
	struct auth_method *method;
	struct auth_listener listeners[AUTH_KEEPER_MAX_LISTENERS];
	size_t listener_count;

	enum auth_state state;		/* auth_machine_enter() alone */
	bool started;
	bool stopped;
	struct auth_plan plan;
	mono_ms renew_due;		/* of the token; AUTH_TOKEN_NEVER */
	mono_ms login_owed;		/* put off for a renewal, or NEVER */
	struct scheduler_job job;
	struct vault_op *op;
	struct auth_elsewhere *elsewhere;	/* asked in a login */
	mono_ms step_began;		/* when its question was sent */

	struct auth_token *token;	/* NULL: none, or lost */
	char *token_namespace;		/* where it was born */
	uint64_t generation;		/* of the last one */
	span_ms grant;			/* its longest life */
	struct loop_timer *expiry;
	struct loop_timer *credentials;	/* time to look for new ones */
	bool new_credentials;		/* seen, not used yet */
	struct auth_waiters *waiters;

	struct auth_token *earlier;	/* of an earlier run, not yet taken */
	bool unproven;			/* it lives, as far as Vault said */
	bool unproven_anew;		/* since it was asked */
	mono_ms proof_due;		/* when it is asked again */
	bool asked_for_proof;
	mono_ms last_proof;		/* a look-up for whatever reason */
	struct backoff proof_backoff;

	struct auth_revocation *revocation;	/* the end, or NULL */
	struct auth_request request;	/* of the login under way */
	bool logged_in_once;
	mono_ms last_login;		/* when the last one began */
	struct backoff login_backoff;
	struct backoff renew_backoff;

	bool suspected;			/* the token, by a caller */
	bool lookup_wanted;		/* before anything else */
	bool looked_up_once;
	bool ran_out;			/* the last token, by its time */
	mono_ms last_lookup;		/* of a suspected one */

	uint64_t logins;
	uint64_t renewals;
	uint64_t failures;		/* in a row */
	char last_error[256];
	struct lh_cause told;		/* failure logged last */
	struct secret *told_credential;	/* what it was about, or NULL */
	struct lh_cause warned;		/* warning logged last */
};

mono_ms auth_machine_now(const struct auth_keeper *keeper);
bool auth_machine_has_living(const struct auth_keeper *keeper);

/* The one door to state. */
void auth_machine_enter(struct auth_keeper *keeper, enum auth_state state);

/* Puts the next step on the plan; a login never begins sooner than min_backoff
 * after the last one. */
void auth_machine_plan(struct auth_keeper *keeper, enum auth_plan_step step,
    mono_ms due);
/* Tells the scheduler; not while a step is under way. */
void auth_machine_arm(struct auth_keeper *keeper);
/* The step under way has ended; the plan is made already. */
void auth_machine_step_done(struct auth_keeper *keeper);
/* Gives up the step under way, if any. */
void auth_machine_abandon_step(struct auth_keeper *keeper);

struct auth_grant {
	struct secret *secret;
	const char *accessor;
	int64_t ttl_s;			/* 0: never ends */
	bool renewable;
};
/* A new generation: plans its life, enters VALID, tells everybody. */
void auth_machine_take(struct auth_keeper *keeper,
    const struct auth_grant *grant);
/* The token of an earlier run is ours, until then, as the generation it was;
 * plans its life, enters VALID, tells everybody. */
void auth_machine_resume(struct auth_keeper *keeper, mono_ms expires);
/* It is not: tells that its generation is lost. */
void auth_machine_forget_earlier(struct auth_keeper *keeper);
/* Vault could not tell whether the token lives: is to be asked again. */
void auth_machine_put_off_proof(struct auth_keeper *keeper);
/* Vault is to be asked whether it lives, soon. */
void auth_machine_want_proof(struct auth_keeper *keeper);
/* Vault, asked at last_proof, told how long it lives. A life that is shorter
 * than we knew counts: somebody else renewed it. It may be lost by that. */
void auth_machine_shorten(struct auth_keeper *keeper, span_ms life);
/* The same token lives longer, counted from step_began: plans what next,
 * enters VALID. renewable: can it be lengthened further? */
void auth_machine_lengthen(struct auth_keeper *keeper, int64_t ttl_s,
    bool renewable);
/* The login gave no token but what wraps one. */
void auth_machine_pass_on(struct auth_keeper *keeper,
    const struct vault_wrap_facts *wrap);
/* The token is dead. */
void auth_machine_lose(struct auth_keeper *keeper, const char *why);
/* The token was revoked, as we wished: NONE. */
void auth_machine_give_back(struct auth_keeper *keeper);
/* A login as soon as it is allowed; LOGGING_IN, or BACKING_OFF till then. */
void auth_machine_want_login(struct auth_keeper *keeper);
/* Between logins that fail: is the token to be renewed at that moment? */
bool auth_machine_renews_first(const struct auth_keeper *keeper, mono_ms at);
/* The token lives but cannot be lengthened: plans its successor. */
void auth_machine_plan_successor(struct auth_keeper *keeper);
/* Loses a token that has run out, and asks for another. True if it had. */
bool auth_machine_check_expiry(struct auth_keeper *keeper);

/* Vault asked for quiet. Gives the moment until which, or now. */
mono_ms auth_machine_hold(struct auth_keeper *keeper,
    const struct vault_reply *reply);

void auth_machine_note_success(struct auth_keeper *keeper);
void auth_machine_note_failure(struct auth_keeper *keeper, const char *text);

#endif
