/*
 * fake_vault - include/vault/vault_api.h with a Vault of one token at a time
 * behind it: it counts what it is asked, and says what the test wants.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_TESTS_FAKE_VAULT_H
#define LH_TESTS_FAKE_VAULT_H

#include <stdbool.h>

#include "base/loop.h"
#include "vault/vault_api.h"

/* How a kind of question is answered. verdict OK: with a token. */
struct fake_manner {
	enum vault_verdict verdict;
	unsigned status;
	const char *error;
	span_ms retry_after;
};

struct vault_api {
	struct loop *loop;
	struct fake_manner login;
	struct fake_manner renewal;
	struct fake_manner lookup;
	struct fake_manner wrapping;
	struct fake_manner revocation;
	int ttl_s;		/* of logins and renewals */
	int max_ttl_s;		/* 0: none */
	bool renewable;
	bool root;		/* look-ups */
	bool counts_down;	/* look-ups tell what is left till dies */
	int num_uses;
	bool wraps;		/* answers to logins, when asked to */
	bool mute;		/* answers stay away */
	bool mute_renewal;
	mono_ms born;		/* the living token */
	mono_ms dies;
	unsigned logins;
	unsigned renewals;
	unsigned lookups;
	unsigned revocations;
	unsigned wrappings;	/* sys/wrapping/wrap */
	mono_ms last_asked;
	struct vault_op *pending;
};

void fake_vault_init(struct vault_api *api, struct loop *loop);
/* Answers what is pending, unless mute. True if there was something. */
bool fake_vault_turn(struct vault_api *api);

#endif
