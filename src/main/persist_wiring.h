/*
 * persist_wiring - what outlives us: the persistent cache, and our token in it.
 *
 * Owns:       the persistent cache. It joins the cache and the keeper of the
 *             token, which do not know each other.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_SRC_MAIN_PERSIST_WIRING_H
#define LH_SRC_MAIN_PERSIST_WIRING_H

#include "auth/auth_keeper.h"
#include "cache/cache.h"
#include "cache/persist.h"
#include "config/config.h"

struct persist_wiring;

/* Opens it; env gets the journal for the cache that is made with it. */
struct persist_wiring_env {
	struct cache_env *cache;
	unsigned uid, gid;		/* we become these, or KEEP_ID */
};
enum lh_err persist_wiring_new(const struct config *config,
    const struct persist_wiring_env *env, struct persist_wiring **out,
    struct lh_cause *cause) LH_MUSTCHECK;
/* All of these: NULL does nothing. */
enum lh_err persist_wiring_restore(struct persist_wiring *wiring,
    struct cache *cache, struct lh_cause *cause) LH_MUSTCHECK;
void persist_wiring_close(struct persist_wiring *wiring);
void persist_wiring_free(struct persist_wiring *wiring);

/* That of an earlier run: lent, or NULL; handed to auth. */
const struct persist_token *persist_wiring_token(
    const struct persist_wiring *wiring);
void persist_wiring_restore_token(struct persist_wiring *wiring,
    struct auth_keeper *keeper);
void persist_wiring_keep_token(struct persist_wiring *wiring,
    const struct auth_token *token, const char *namespace);
void persist_wiring_drop_token(struct persist_wiring *wiring);

/* Lent, or NULL: for the status. */
struct persist *persist_wiring_persist(const struct persist_wiring *wiring);

#endif
