/*
 * vault_upstream - states by status codes, and a ranking of states.
 *
 * One that cannot serve is still the last resort: what is known of it may be
 * old. Of these the ones that answer at all come first, since one that is
 * down may take the time of a connection attempt.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "vault/vault_upstream.h"

#include "base/lh_assert.h"

static const struct {
	const char *name;
	unsigned rank;		/* less is better */
	bool usable;
} meanings[VAULT_UPSTREAM_STATES] = {
	[VAULT_UPSTREAM_ACTIVE] = { "active", 0, true },
	[VAULT_UPSTREAM_PERF_STANDBY] = { "perf_standby", 1, true },
	[VAULT_UPSTREAM_STANDBY] = { "standby", 2, true },
	[VAULT_UPSTREAM_UNKNOWN] = { "unknown", 2, true },
	[VAULT_UPSTREAM_SEALED] = { "sealed", 3, false },
	[VAULT_UPSTREAM_UNINITIALISED] = { "uninitialised", 3, false },
	[VAULT_UPSTREAM_DR_SECONDARY] = { "dr_secondary", 3, false },
	[VAULT_UPSTREAM_DOWN] = { "down", 4, false }
};

const char *
vault_upstream_state_name(enum vault_upstream_state state)
{
	lh_assert(state < VAULT_UPSTREAM_STATES);
	return meanings[state].name;
}

bool
vault_upstream_is_usable(enum vault_upstream_state state)
{
	lh_assert(state < VAULT_UPSTREAM_STATES);
	return meanings[state].usable;
}

/* 474: a standby that does not reach the active one. */
enum vault_upstream_state
vault_upstream_by_health(unsigned status)
{
	switch (status) {
	case 200:
		return VAULT_UPSTREAM_ACTIVE;
	case 429:
		return VAULT_UPSTREAM_STANDBY;
	case 473:
		return VAULT_UPSTREAM_PERF_STANDBY;
	case 472:
		return VAULT_UPSTREAM_DR_SECONDARY;
	case 501:
		return VAULT_UPSTREAM_UNINITIALISED;
	case 503:
		return VAULT_UPSTREAM_SEALED;
	case 474:
		return VAULT_UPSTREAM_DOWN;
	default:
		return status >= 500 ? VAULT_UPSTREAM_DOWN :
		    VAULT_UPSTREAM_UNKNOWN;
	}
}

/* Who serves requests is not what it was thought to be, if that was of no
 * use; of which kind it is they do not tell. */
enum vault_upstream_state
vault_upstream_by_answer(enum vault_upstream_state was, unsigned status)
{
	switch (status) {
	case 472:
		return VAULT_UPSTREAM_DR_SECONDARY;
	case 501:
		return VAULT_UPSTREAM_UNINITIALISED;
	case 503:
		return VAULT_UPSTREAM_SEALED;
	default:
		if (status >= 500 || vault_upstream_is_usable(was))
			return was;
		return VAULT_UPSTREAM_UNKNOWN;
	}
}

size_t
vault_upstream_choose(const struct vault_upstream_field *field)
{
	size_t best = field->count, i;
	unsigned best_rank = 0;

	for (i = 0; i < field->count; i++) {
		unsigned rank = meanings[field->states[i]].rank;

		if ((field->tried & 1U << i) != 0)
			continue;
		if (best == field->count || rank < best_rank ||
		    (rank == best_rank && i == field->current)) {
			best = i;
			best_rank = rank;
		}
	}
	return best;
}
