/*
 * config_state - a configuration from its defaults on, and its memory.
 *
 * Defaults come first from the layers that own the options, then from the
 * table of keys, through the same parser as what a file says.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config_state.h"

#include <stdlib.h>

#include "base/lh_assert.h"
#include "base/secret_alloc.h"
#include "base/xalloc.h"
#include "config_schema.h"

char *
config_texts_keep(struct config_texts *texts, struct span text)
{
	char *copy = text.len > 0 ? span_dup(text) : xstrdup("");

	texts->texts = xreallocarray(texts->texts, texts->count + 1,
	    sizeof(*texts->texts));
	texts->texts[texts->count++] = copy;
	return copy;
}

void *
config_texts_keep_block(struct config_texts *texts, const void *block,
    size_t size)
{
	return config_texts_keep(texts, (struct span){ block, size });
}

void
config_texts_release(struct config_texts *texts)
{
	size_t i;

	for (i = 0; i < texts->count; i++)
		secret_free(texts->texts[i]);
	free(texts->texts);
	*texts = (struct config_texts){ NULL, 0 };
}

struct config_state *
config_state_new(struct config_notes *notes)
{
	struct config_state *state = xcalloc(1, sizeof(*state));
	struct config *config = &state->config;

	state->notes = notes;
	vault_client_options_init(&config->vault);
	auth_keeper_options_init(&config->auth);
	proxy_options_init(&config->proxy);
	cache_options_init(&config->cache);
	http_server_options_init(&config->server);
	config_schema_preset(state, "");
	return state;
}

void
config_state_free(struct config_state *state)
{
	if (state == NULL)
		return;
	config_texts_release(&state->texts);
	free(state->settings);
	free(state->config.listeners);
	free(state->config.sinks);
	free(state);
}

void
config_free(struct config *config)
{
	if (config != NULL)
		config_state_free(lh_container_of(config, struct config_state,
		    config));
}
