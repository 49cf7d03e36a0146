/*
 * auth_wiring - the token's side of the wiring: the method, the client that it
 * logs in with, the keeper, the sinks.
 *
 * Owns:       all of them, and the configuration that a reload has brought.
 * Invariant:  a reload that fails leaves everything as it was.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_SRC_MAIN_AUTH_WIRING_H
#define LH_SRC_MAIN_AUTH_WIRING_H

#include <stdbool.h>

#include "auth/auth_keeper.h"
#include "auth/sink.h"
#include "base/lh_err.h"
#include "cache/cache.h"
#include "config/config.h"
#include "persist_wiring.h"

struct auth_wiring;

struct auth_wiring_env {	/* borrowed; cache may be NULL */
	struct loop *loop;
	struct log *log;
	struct metrics *metrics;
	struct scheduler *scheduler;
	struct vault_api *api;
	struct cache *cache;
	struct persist_wiring *persist;	/* NULL: nothing outlives us */
	const char *user_agent;
	loop_fn *on_settled;	/* every sink holds the token */
	void (*on_fatal)(void *arg, const char *why);
	void *arg;
};

/* config: borrowed; has_auth is true. */
enum lh_err auth_wiring_new(const struct config *config,
    const struct auth_wiring_env *env, struct auth_wiring **auth_out,
    struct lh_cause *cause) LH_MUSTCHECK;
void auth_wiring_free(struct auth_wiring *auth);

/* Lent for its life. */
struct auth_keeper *auth_wiring_keeper(const struct auth_wiring *auth);
struct sinks *auth_wiring_sinks(const struct auth_wiring *auth);

/* Reads the login's certificates anew. Takes *config if its method is another
 * one, which is then in force. What cannot be is logged. *config may be NULL:
 * it could not be read. */
void auth_wiring_reload(struct auth_wiring *auth, struct config **config);

/* At the end: auth_keeper_revoke(), where the configuration wants that. */
bool auth_wiring_revoke(struct auth_wiring *auth, loop_fn *fn, void *arg);
/* The end comes before that is done. */
void auth_wiring_cut(struct auth_wiring *auth);

#endif
