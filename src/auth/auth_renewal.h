/*
 * auth_renewal - the step that lengthens the token's life.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_AUTH_AUTH_RENEWAL_H
#define LH_AUTH_AUTH_RENEWAL_H

#include "base/lh_err.h"
#include "vault/vault_api.h"

struct auth_keeper;
struct vault_token_facts;

/* The keeper's job is under way; ends with auth_machine_step_done(). */
void auth_renewal_start(struct auth_keeper *keeper);

/* For a step that is under way: Vault is asked, fn has the answer, */
enum lh_err auth_renewal_ask(struct auth_keeper *keeper, vault_reply_fn *fn)
    LH_MUSTCHECK;
/* and this is what it gave: counts it, lengthens the token, enters VALID. */
void auth_renewal_take(struct auth_keeper *keeper,
    const struct vault_token_facts *facts);

#endif
