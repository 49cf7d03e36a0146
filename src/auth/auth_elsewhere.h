/*
 * auth_elsewhere - questions of a login that do not go to Vault: metadata
 * services, token services.
 *
 * Owns:       an http_client of its own, made with the first question; the
 *             question under way, one at most.
 * Never:      sends a token of Vault or trusts its certificates: https is
 *             proved by the system's. Goes through a proxy: most of the
 *             addresses are good on this machine alone.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_AUTH_AUTH_ELSEWHERE_H
#define LH_AUTH_AUTH_ELSEWHERE_H

#include "auth/auth_method.h"
#include "base/loop.h"
#include "vault/vault_api.h"

struct auth_elsewhere;

struct auth_elsewhere *auth_elsewhere_new(struct loop *loop);
void auth_elsewhere_free(struct auth_elsewhere *elsewhere);

/* Sends request to its url; fn hears of the answer, later, once. The reply is
 * of Vault's kind: OK for 2xx, DOWN when asking again may help, else REFUSED;
 * its error says whom was asked for what, and status is left 0. */
enum lh_err auth_elsewhere_ask(struct auth_elsewhere *elsewhere,
    const struct auth_request *request, vault_reply_fn *fn, void *arg)
    LH_MUSTCHECK;
void auth_elsewhere_cancel(struct auth_elsewhere *elsewhere);	/* silent */

#endif
