/*
 * auth_keeper - the life of our token: log in, renew, replace, back off.
 *
 * Owns:       the method, the current token, the one job of the scheduler
 *             that does the next step, the callers waiting for a token.
 * Invariant:  one login under way at most; a token is offered only while it
 *             lives; a generation never comes back.
 * Never:      tells a token to a log.
 *
 *   NONE -> LOGGING_IN -> VALID <-> RENEWING
 *              |  ^         |           |
 *              v  |         +-----------+--> LOGGING_IN (ahead of its end,
 *          BACKING_OFF <----------------+    found dead, new credentials)
 *
 * While a login replaces a token that still lives, that token stays in use,
 * and is renewed between tries that fail.
 *
 * With wrap_ttl there is no token of ours: what wraps it is told to the
 * listeners, and PASSED_ON takes the place of VALID until new credentials come.
 * A token with a limited number of uses is not taken: each request of a
 * caller would use it up.
 * Source: behaviour sections 2.11 and 6; DESIGN section 4 of the house.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_AUTH_AUTH_KEEPER_H
#define LH_AUTH_AUTH_KEEPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auth/auth_method.h"
#include "auth/auth_token.h"
#include "base/lh_err.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/metrics.h"
#include "base/scheduler.h"
#include "vault/vault_api.h"

enum auth_state {
	AUTH_NONE,
	AUTH_LOGGING_IN,
	AUTH_VALID,
	AUTH_RENEWING,
	AUTH_BACKING_OFF,
	AUTH_PASSED_ON
};

struct auth_keeper_options {
	const char *namespace;		/* canonical; "" none */
	span_ms min_backoff;		/* default 1 s */
	span_ms max_backoff;		/* default 5 min */
	bool exit_on_err;		/* a failed login ends the process */
	unsigned max_login_attempts;	/* so do so many in a row; 0: never */
	span_ms wrap_ttl;		/* of the login's answer; 0: none */
	bool reauth_on_new_credentials;
	span_ms credentials_period;	/* between looks; default 1 min */
	unsigned max_waiters;		/* default 1024 */
};

struct auth_keeper_env {		/* borrowed */
	struct loop *loop;
	struct log *log;
	struct metrics *metrics;
	struct scheduler *scheduler;
	struct vault_api *api;		/* renewals and look-ups */
	struct vault_api *login_api;	/* logins (own client certificate) */
};

/* Told of each change, in the order of subscription; may not call back, but
 * for auth_keeper_set_login_api() in on_login. Any of them may be NULL. */
struct auth_listener {
	/* One begins: read certificates anew. It fails if that fails. */
	enum lh_err (*on_login)(void *arg, struct lh_cause *cause);
	void (*on_token)(void *arg, const struct auth_token *token);
	void (*on_wrapped)(void *arg, const struct vault_wrap_facts *wrap);
	/* The same one lives longer, or shorter. */
	void (*on_extended)(void *arg, const struct auth_token *token);
	void (*on_lost)(void *arg, uint64_t generation); /* dead, none new yet */
	void (*on_fatal)(void *arg, const char *why);	/* no more logins */
	void *arg;
};
#define AUTH_KEEPER_MAX_LISTENERS 8

struct auth_keeper;
struct auth_waiter;

void auth_keeper_options_init(struct auth_keeper_options *options);

/* Takes *method. */
struct auth_keeper *auth_keeper_new(const struct auth_keeper_options *options,
    const struct auth_keeper_env *env, struct auth_method **method);
void auth_keeper_free(struct auth_keeper *keeper);

void auth_keeper_subscribe(struct auth_keeper *keeper,
    const struct auth_listener *listener);
/* A token of an earlier run, before the start. Its generation counts on. The
 * first step is then to look it up: it is taken if Vault says yes, or says
 * nothing; in that case Vault is asked again until it does. If Vault says no,
 * its generation is told lost and a login follows. One that has run out is only
 * remembered to have. */
struct auth_earlier {
	struct secret *secret;		/* a reference is taken */
	const char *accessor;		/* these two are copied */
	const char *namespace;
	uint64_t generation;
	mono_ms expires;		/* or AUTH_TOKEN_NEVER */
	span_ms grant;			/* its longest life */
	bool renewable;
};
void auth_keeper_restore(struct auth_keeper *keeper,
    const struct auth_earlier *earlier);
void auth_keeper_start(struct auth_keeper *keeper);
/* No more work of its own; the token stays offered. */
void auth_keeper_stop(struct auth_keeper *keeper);

/* Stops, and asks Vault to revoke the token in hand, which ends all that was
 * got with it; again and again while Vault is away. fn: once it is revoked or
 * has run out, or Vault refused. False: there is none, or that is under way;
 * fn is not called. */
bool auth_keeper_revoke(struct auth_keeper *keeper, loop_fn *fn, void *arg);
/* There is no time left for that: a token in hand lives on, as the log says. */
void auth_keeper_leave_token(struct auth_keeper *keeper);

/* From now on logins go by another method, the first as soon as min_backoff
 * allows. The token in hand stays until that one's is there; one of an earlier
 * run that is still looked up is lost. Takes *method. */
void auth_keeper_replace(struct auth_keeper *keeper,
    const struct auth_keeper_options *options, struct vault_api *login_api,
    struct auth_method **method);
/* Backoff, limits of logins, looks for new credentials: from the next step on.
 * Of options nothing else is taken. */
void auth_keeper_set_pace(struct auth_keeper *keeper,
    const struct auth_keeper_options *options);
/* Borrowed. Not while a login is under way. */
void auth_keeper_set_login_api(struct auth_keeper *keeper,
    struct vault_api *login_api);

enum auth_state auth_keeper_state(const struct auth_keeper *keeper);
/* Lent until the next turn, or NULL while there is no living one. */
struct auth_token *auth_keeper_token(const struct auth_keeper *keeper);
/* There is none since the last one ended by its time; nobody said that it was
 * dead. */
bool auth_keeper_ran_out(const struct auth_keeper *keeper);

/* Calls fn once there is a living token younger than generation (0: any), or
 * when it is clear that none comes of what was asked (token NULL): the keeper
 * was stopped, or the token of that generation lives, nobody suspects it and
 * no login is under way. Never from inside. token is lent for the call.
 * waiter_out: lent until fn is called. LH_ERR_LIMIT: max_waiters. */
typedef void auth_waiter_fn(void *arg, struct auth_token *token);
enum lh_err auth_keeper_wait(struct auth_keeper *keeper, uint64_t generation,
    auth_waiter_fn *fn, void *arg, struct auth_waiter **waiter_out)
    LH_MUSTCHECK;
void auth_waiter_cancel(struct auth_waiter *waiter);	/* NULL ok */

/* Vault refused a request that carried this token. One look-up of itself is
 * made for all who suspect it, at most one a min_backoff; then waiters of
 * auth_keeper_wait(generation) hear. False: it is known to live (looked up
 * just now), nothing will be done, do not wait. */
bool auth_keeper_suspect(struct auth_keeper *keeper, uint64_t generation);

/* Something was done by which the token in hand may have ended, or be about to:
 * it is looked up, at most once a min_backoff or second, until Vault tells. */
void auth_keeper_doubt(struct auth_keeper *keeper);

/* For status: never a secret. */
struct auth_status {
	enum auth_state state;
	const char *method;
	uint64_t generation;		/* 0: no token yet */
	char accessor_print[12];	/* first digits of the accessor */
	int64_t expires_in_s;		/* -1: none or never */
	bool renewable;
	uint64_t logins;
	uint64_t renewals;		/* of any of its tokens */
	uint64_t failures;		/* in a row */
	char last_error[256];		/* "" when the last step went well */
	span_ms next_step_in;		/* -1: none planned */
};
void auth_keeper_status(const struct auth_keeper *keeper,
    struct auth_status *out);
const char *auth_state_name(enum auth_state state);

#endif
