/*
 * config_preset - defaults of the table of keys, put into their fields.
 *
 * They pass through the setters of their kinds, so that a default that a file
 * could not say does not get in either.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config_schema.h"

#include <string.h>

#include "base/lh_assert.h"

static void
preset_key(struct config_state *state, const struct config_key *key,
    void *home)
{
	char text[64];
	struct config_node node = { .kind = key->kind->preset_kind,
	    .text = text };
	struct config_slot slot = { key, config_key_field(key, home),
	    &state->texts, NULL };
	size_t len = strlen(key->preset);
	bool ok;

	lh_assert(len > 0 && len < sizeof(text));
	memcpy(text, key->preset, len + 1);
	ok = key->kind->set(&slot, &node);
	lh_assert(ok);
}

static void
preset_home(struct config_state *state, enum config_home which, void *home)
{
	const struct config_key *key;
	size_t i;

	for (i = 0; (key = config_schema_at(i)) != NULL; i++) {
		if (config_key_home(key) == which && key->preset[0] != '\0')
			preset_key(state, key, home);
	}
}

/* No user is not user 0. */
static void
clear_key(const struct config_key *key, void *field)
{
	bool is_id = key->kind == &config_kind_user ||
	    key->kind == &config_kind_group;

	if (is_id)
		*(unsigned *)field = FILE_IO_KEEP_ID;
	else
		memset(field, 0, key->field.size);
}

void *
config_key_field(const struct config_key *key, void *home)
{
	return (char *)home + key->field.offset;
}

void
config_schema_preset(struct config_state *state, const char *block)
{
	const struct config_key *key;
	size_t len = strlen(block);
	size_t i;

	for (i = 0; (key = config_schema_at(i)) != NULL; i++) {
		if (config_key_home(key) != CONFIG_HOME_STATE ||
		    (len > 0 && (strncmp(key->path, block, len) != 0 ||
		    key->path[len] != '.')))
			continue;
		if (key->preset[0] != '\0')
			preset_key(state, key, state);
		else
			clear_key(key, config_key_field(key, state));
	}
}

void
config_schema_preset_listener(struct config_state *state,
    struct config_listener_state *listener)
{
	*listener = (struct config_listener_state){
		.out.socket.inherited_fd = HTTP_LISTENER_NO_FD,
		.out.socket.uid = FILE_IO_KEEP_ID,
		.out.socket.gid = FILE_IO_KEEP_ID,
	};
	preset_home(state, CONFIG_HOME_LISTENER, listener);
}

void
config_schema_preset_sink(struct config_state *state,
    struct config_sink_state *sink)
{
	*sink = (struct config_sink_state){
		.out.owner.uid = FILE_IO_KEEP_ID,
		.out.owner.gid = FILE_IO_KEEP_ID,
	};
	preset_home(state, CONFIG_HOME_SINK, sink);
}

void
config_schema_preset_static(struct config_state *state,
    struct cache_static_row *row)
{
	*row = (struct cache_static_row){ .pattern = NULL };
	preset_home(state, CONFIG_HOME_STATIC, row);
}
