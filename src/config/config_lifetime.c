/*
 * config_lifetime - what the lifetime blocks of cache must be: each path once,
 * and told either by a kind or by a member of the answer.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config_schema.h"

#include <string.h>

#include "base/span.h"

const char *
config_lifetime_fault(const struct config_state *state, const char *label)
{
	size_t i;

	for (i = 0; label != NULL && i < state->lifetime_count; i++)
		if (strcmp(state->lifetimes[i].path, label) == 0)
			return "not be that of another lifetime";
	return cache_lifetime_path_fault(span_of(label));
}

/* Nothing is said about it twice: a kind knows where to look. */
void
config_lifetime_check(struct config_state *state,
    struct cache_lifetime *lifetime, struct config_place place)
{
	struct config_notes *notes = state->notes;
	const char *fault;

	if ((lifetime->kind == CACHE_LIFETIME_MEMBER) ==
	    (lifetime->member == NULL)) {
		config_notes_error(notes, place, "cache.lifetime: needs "
		    "either kind or from");
		return;
	}
	if (lifetime->member == NULL) {
		if (lifetime->unit != CACHE_LIFETIME_OF_KIND)
			config_notes_error(notes, place, "cache.lifetime: as "
			    "goes with from; a kind knows its own");
		return;
	}
	fault = cache_lifetime_member_fault(span_of(lifetime->member));
	if (fault != NULL)
		config_notes_error(notes, place, "cache.lifetime.from: must "
		    "%s", fault);
	if (lifetime->unit == CACHE_LIFETIME_OF_KIND)
		lifetime->unit = CACHE_LIFETIME_SECONDS;
}
