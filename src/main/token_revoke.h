/*
 * token_revoke - "token revoke -self": the token in hand is revoked at the
 * server, as a pod does before it ends.
 *
 * Source: the contract of the injector's revoke-on-shutdown, section 1.4 of
 * the reference of neighbouring systems.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_SRC_MAIN_TOKEN_REVOKE_H
#define LH_SRC_MAIN_TOKEN_REVOKE_H

#include "options.h"

/* Returns the exit status, which is that of the incumbents: 0 revoked, 1 asked
 * for wrongly, 2 it could not be done; that was said on standard error. */
int token_revoke(const struct options *options);

#endif
