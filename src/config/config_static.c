/*
 * config_static - what the static blocks of cache must be, and the block that
 * the incumbents' cache_static_secrets stands for.
 *
 * The incumbents keep every answer that says it is of a KV engine, and learn
 * of changes by events. The first is a row for all paths that looks at
 * mount_type; the second has no counterpart here, so the times of a static
 * block hold, and a warning says so.
 * Source: behaviour section 5.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config_schema.h"

#include <string.h>

#include "base/span.h"

static void map_static_secrets(struct config_state *state);
static void check_row(struct config_state *state, size_t index);
static const char *fault_of(const char *pattern);
static bool is_said_before(const struct config_state *state, size_t index);

void
config_check_static(struct config_state *state)
{
	for (size_t i = 0; i < state->static_count; i++)
		check_row(state, i);
	if (state->cache_static_secrets)
		map_static_secrets(state);
}

static void
map_static_secrets(struct config_state *state)
{
	struct cache_static_row *row = &state->statics[state->static_count];

	if (state->auth.line == 0) {
		config_notes_error(state->notes, state->cache,
		    "cache.cache_static_secrets needs an auto_auth block; "
		    "without one, name paths in static blocks");
		return;
	}
	config_schema_preset_static(state, row);
	row->pattern = "*";
	row->only_kv = true;
	state->static_places[state->static_count++] = state->cache;
	config_notes_warn(state->notes, state->cache,
	    "cache_static_secrets: events of the server are not followed; a "
	    "change made elsewhere is seen when the ttl of 60s is over. "
	    "Answers without mount_type (OpenBao, Vault before 1.16) are not "
	    "kept: name their paths in static blocks");
}

static void
check_row(struct config_state *state, size_t index)
{
	struct cache_static_row *row = &state->statics[index];
	struct config_place place = state->static_places[index];
	const char *fault;

	if (row->pattern == NULL)
		row->pattern = "";
	if (strncmp(row->pattern, "/v1/", 4) == 0)
		row->pattern += 4;
	while (row->pattern[0] == '/')
		row->pattern++;
	fault = fault_of(row->pattern);
	if (fault != NULL)
		config_notes_error(state->notes, place,
		    "cache.static \"%.100s\": %s", row->pattern, fault);
	else if (is_said_before(state, index))
		config_notes_error(state->notes, place,
		    "cache.static \"%.100s\" is given twice", row->pattern);
	if (row->revalidate >= row->ttl)
		config_notes_error(state->notes, place,
		    "cache.static \"%.100s\": revalidate must be below ttl",
		    row->pattern);
}

/* NULL: none. */
static const char *
fault_of(const char *pattern)
{
	struct span rest = span_of(pattern), part;

	if (rest.len == 0)
		return "it needs a path, such as static \"secret/data/*\"";
	if (rest.len > CACHE_STATIC_MAX_PATTERN)
		return "the path is too long";
	if (span_find(rest, '*') + 1 < rest.len)
		return "a * stands at the end";
	if (span_starts(rest, SPAN_LITERAL("sys/")) ||
	    span_starts(rest, SPAN_LITERAL("auth/")))
		return "nothing under sys/ or auth/ is kept";
	while (rest.ptr != NULL) {
		part = span_cut(&rest, '/');
		if (part.len == 0 && rest.ptr != NULL)
			return "a segment of the path is empty";
		if (span_find(part, '+') < part.len && part.len > 1)
			return "a + stands for a whole segment";
	}
	return NULL;
}

static bool
is_said_before(const struct config_state *state, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (strcmp(state->statics[i].pattern,
		    state->statics[index].pattern) == 0)
			return true;
	return false;
}
