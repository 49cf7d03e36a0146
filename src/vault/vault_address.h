/*
 * vault_address - the address of the server, cut once, and URLs made of it;
 * pure.
 *
 * Owns:       copies of its parts.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_SRC_VAULT_VAULT_ADDRESS_H
#define LH_SRC_VAULT_VAULT_ADDRESS_H

#include <stdbool.h>

#include "base/lh_err.h"
#include "base/span.h"

struct vault_address {
	char *text;		/* as configured, but without a user part */
	char *base;		/* scheme, authority, prefix; no slash at the end */
	char *unix_socket;	/* NULL: none */
	bool tls;
};

struct vault_target {
	struct span path;	/* "/v1/..." */
	struct span query;	/* ptr NULL: none */
};

enum lh_err vault_address_init(struct vault_address *address,
    const char *text, struct lh_cause *cause) LH_MUSTCHECK;
void vault_address_release(struct vault_address *address);

/* May target go into a URL as it is? */
bool vault_target_is_clean(const struct vault_target *target);

/* The URL of target; secret_free() it. NULL: no memory. */
char *vault_address_url(const struct vault_address *address,
    const struct vault_target *target);

/* The URL to follow when the server answers target with that Location, or
 * NULL when it must not be followed: another path or query, from https to
 * http, a user part in it, or away from a unix socket. secret_free() it. */
char *vault_address_redirect(const struct vault_address *address,
    const struct vault_target *target, struct span location);

#endif
