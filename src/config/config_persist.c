/*
 * config_persist - what the persist block of cache must be.
 *
 * The incumbents' type is kubernetes, and their file is removed once it was
 * read; the types that are ours go on with it.
 * Source: behaviour section 8.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config_schema.h"

#include <string.h>

static const char *const type_names[] = {
	[CONFIG_PERSIST_KUBERNETES] = "kubernetes",
	[CONFIG_PERSIST_FILE] = "file",
	[CONFIG_PERSIST_CREDENTIAL] = "credential"
};

#define TYPES (sizeof(type_names) / sizeof(type_names[0]))

static void need(struct config_state *state, const char *key,
    const char *text);
static void need_of_type(struct config_state *state,
    enum config_persist_type type, const char *key, const char *text);

const char *
config_persist_type_name(enum config_persist_type type)
{
	return type_names[type];
}

void
config_persist_open(struct config_state *state, const char *type,
    struct config_place place)
{
	struct config_persist *persist = &state->config.persist;
	size_t i = 0;

	state->persist = place;
	while (type != NULL && i < TYPES && strcmp(type_names[i], type) != 0)
		i++;
	if (type == NULL)
		config_notes_error(state->notes, place, "cache.persist: its "
		    "type is missing; kubernetes, file or credential");
	else if (i == TYPES)
		config_notes_error(state->notes, place, "unknown persist type "
		    "\"%s\"; kubernetes, file or credential", type);
	if (type != NULL && i < TYPES)
		persist->type = (enum config_persist_type)i;
	persist->keep_after_import =
	    persist->type != CONFIG_PERSIST_KUBERNETES;
}

void
config_check_persist(struct config_state *state)
{
	struct config_persist *persist = &state->config.persist;

	state->config.has_persist = state->persist.line > 0;
	if (!state->config.has_persist)
		return;
	need(state, "path", persist->path);
	need_of_type(state, CONFIG_PERSIST_FILE, "key_file",
	    persist->key_file);
	need_of_type(state, CONFIG_PERSIST_CREDENTIAL, "credential",
	    persist->credential);
	if (persist->credential != NULL &&
	    strchr(persist->credential, '/') != NULL)
		config_notes_error(state->notes, state->persist,
		    "cache.persist.credential: must be a name, without a "
		    "slash; for a path there is the type file");
}

static void
need(struct config_state *state, const char *key, const char *text)
{
	if (text == NULL || text[0] == '\0')
		config_notes_error(state->notes, state->persist,
		    "cache.persist: needs %s", key);
}

static void
need_of_type(struct config_state *state, enum config_persist_type type,
    const char *key, const char *text)
{
	if (state->config.persist.type == type)
		need(state, key, text);
	else if (text != NULL && text[0] != '\0')
		config_notes_error(state->notes, state->persist,
		    "cache.persist.%s: goes with the type %s", key,
		    type_names[type]);
}
