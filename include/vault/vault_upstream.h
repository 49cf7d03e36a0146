/*
 * vault_upstream - what a server can be, how that is told, and which of several
 * servers a request goes to; pure.
 *
 * Source: behaviour section 11; the codes of sys/health of Vault and OpenBao.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_VAULT_VAULT_UPSTREAM_H
#define LH_VAULT_VAULT_UPSTREAM_H

#include <stdbool.h>
#include <stddef.h>

enum vault_upstream_state {
	VAULT_UPSTREAM_UNKNOWN,		/* also: answers, its role not asked */
	VAULT_UPSTREAM_ACTIVE,
	VAULT_UPSTREAM_PERF_STANDBY,
	VAULT_UPSTREAM_STANDBY,		/* sends requests on to the active one */
	VAULT_UPSTREAM_SEALED,
	VAULT_UPSTREAM_UNINITIALISED,
	VAULT_UPSTREAM_DR_SECONDARY,
	VAULT_UPSTREAM_DOWN,		/* no answer, or none of Vault */
	VAULT_UPSTREAM_STATES
};

const char *vault_upstream_state_name(enum vault_upstream_state state);

/* What the status of sys/health says, asked without a query. */
enum vault_upstream_state vault_upstream_by_health(unsigned status);
/* What the status of any other request says. */
enum vault_upstream_state vault_upstream_by_answer(
    enum vault_upstream_state was, unsigned status);

/* Can it serve a request, as far as is known? */
bool vault_upstream_is_usable(enum vault_upstream_state state);

/* Those a call can go to. */
struct vault_upstream_field {
	const enum vault_upstream_state *states;
	size_t count;
	size_t current;		/* served the last request; wins a draw */
	unsigned tried;		/* a bit each: not again */
};
/* The best one: by state, then the current one, then the first of the list.
 * count: all were tried. */
size_t vault_upstream_choose(const struct vault_upstream_field *field);

#endif
