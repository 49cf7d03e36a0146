/*
 * auth_revocation - the token in hand is given back; see auth_keeper_revoke().
 *
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_SRC_AUTH_AUTH_REVOCATION_H
#define LH_SRC_AUTH_AUTH_REVOCATION_H

struct auth_revocation;

void auth_revocation_free(struct auth_revocation *revocation);

#endif
