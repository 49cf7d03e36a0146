/*
 * config_auth - the method of auto_auth and its config block.
 *
 * The keys of that block are told by the method itself (struct auth_key), so a
 * new method changes nothing here. Settings stand in the order of its keys
 * while the block is read; those that were not given are dropped at the end.
 * Source: behaviour sections 1.8 and 6.5.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config_schema.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/xalloc.h"

#define MAX_NAMES 512
#define YEAR_MS ((int64_t)365 * 24 * 3600 * 1000)
#define REMOVED_PERIOD_MS 500	/* between looks for a file that we remove */

/* Methods of the incumbents that we do not have. */
static const char *const foreign_methods[] = {
	"alicloud", "cf", "kerberos", "oci", "pcf", NULL
};

static const struct config_key duration_key = {
	.kind = &config_kind_duration, .range = { 0, YEAR_MS },
	.field = { 0, sizeof(span_ms) }
};
static const struct config_key bool_key = { .kind = &config_kind_bool };
static const struct config_key text_key = { .kind = &config_kind_text };

static void note_no_type(struct config_state *state, const char *type);
static void list_types(char *into, size_t size);
static bool find_key(const struct config_state *state, const char *name,
    size_t *index_out);
static void note_unknown(struct config_state *state,
    struct config_place place, const char *name);
static bool read_setting(struct config_state *state,
    const struct auth_key *key, const struct config_node *node,
    struct lh_cause *why);
static const char *keep_duration(struct config_state *state, span_ms value);
static void preset_setting(struct config_state *state, size_t index);
static void take_period(struct config_state *state);
static bool removes_file(const struct config_state *state);
static bool is_on(const struct auth_setting *setting);

void
config_auth_open(struct config_state *state, const char *type)
{
	const struct auth_key *key;
	size_t count = 0;

	if (type != NULL)
		state->method_type = auth_method_type(type);
	if (state->method_type == NULL) {
		note_no_type(state, type);
		return;
	}
	state->config.method.type = state->method_type->name;
	for (key = state->method_type->keys; key->name != NULL; key++)
		count++;
	state->settings = xcalloc(count + 1, sizeof(*state->settings));
	for (key = state->method_type->keys; key->name != NULL; key++)
		state->settings[key - state->method_type->keys].name =
		    key->name;
}

void
config_auth_read_config(struct config_state *state, const char *file,
    const struct config_node *node)
{
	const struct config_node *child;
	struct lh_cause why;
	size_t index;

	if (state->method_type == NULL)
		return;
	for (child = node->first; child != NULL; child = child->next) {
		struct config_place place = { file, child->line };

		if (!find_key(state, child->key, &index)) {
			note_unknown(state, place, child->key);
			continue;
		}
		if (state->settings[index].text != NULL)
			config_notes_warn(state->notes, place,
			    "\"%.60s\" was given already; this one counts",
			    child->key);
		if (!read_setting(state, &state->method_type->keys[index],
		    child, &why))
			config_notes_error(state->notes, place,
			    "auto_auth.method.config.%s: %s",
			    state->settings[index].name, why.text);
	}
}

void
config_auth_close(struct config_state *state)
{
	const struct auth_key *key;
	struct auth_setting *setting;
	size_t index, kept = 0;

	if (state->method_type == NULL)
		return;
	for (index = 0;; index++) {
		key = &state->method_type->keys[index];
		if (key->name == NULL)
			break;
		setting = &state->settings[index];
		if (setting->text == NULL && key->preset != NULL)
			preset_setting(state, index);
		if (setting->text == NULL && key->required)
			config_notes_error(state->notes, state->method,
			    "method \"%s\" needs \"%s\" in its config block",
			    state->method_type->name, key->name);
		if (setting->text != NULL)
			state->settings[kept++] = *setting;
	}
	state->config.method.settings = state->settings;
	state->config.method.setting_count = kept;
	take_period(state);
}

void
config_auth_clear(struct config_state *state)
{
	free(state->settings);
	state->settings = NULL;
	state->method_type = NULL;
	state->method = (struct config_place){ NULL, 0 };
	state->config.method = (struct auth_method_options){ .type = NULL };
}

static void
note_no_type(struct config_state *state, const char *type)
{
	const char *const *foreign = foreign_methods;
	char built[MAX_NAMES];

	list_types(built, sizeof(built));
	if (type == NULL) {
		config_notes_error(state->notes, state->method,
		    "auto_auth.method: its type is missing; built are: %s",
		    built);
		return;
	}
	while (*foreign != NULL && strcmp(*foreign, type) != 0)
		foreign++;
	if (*foreign != NULL)
		config_notes_error(state->notes, state->method,
		    "auth method \"%s\" is not built yet; built are: %s",
		    type, built);
	else
		config_notes_error(state->notes, state->method,
		    "unknown auth method \"%s\"; built are: %s", type, built);
}

static void
list_types(char *into, size_t size)
{
	const struct auth_method_type *const *type;
	struct bytes names;

	bytes_init(&names, size - 1);
	for (type = auth_method_types(); *type != NULL; type++) {
		if (bytes_printf(&names, "%s%s", names.len > 0 ? ", " : "",
		    (*type)->name) != LH_OK)
			break;
	}
	if (names.len > 0)
		memcpy(into, names.data, names.len);
	into[names.len] = '\0';
	bytes_release(&names);
}

static bool
find_key(const struct config_state *state, const char *name,
    size_t *index_out)
{
	const struct auth_key *keys = state->method_type->keys;
	size_t i;

	for (i = 0; keys[i].name != NULL; i++) {
		if (strcasecmp(keys[i].name, name) == 0) {
			*index_out = i;
			return true;
		}
	}
	return false;
}

static void
note_unknown(struct config_state *state, struct config_place place,
    const char *name)
{
	size_t distance, least = strlen(name) / 3 + 1;
	const struct auth_key *key;
	const char *nearest = NULL;

	for (key = state->method_type->keys; key->name != NULL; key++) {
		distance = config_word_distance(key->name, name);
		if (distance < least) {
			least = distance;
			nearest = key->name;
		}
	}
	config_notes_unknown(state->notes, place,
	    "unknown key \"%.60s\" in the config of method %s%s%s%s", name,
	    state->method_type->name,
	    nearest != NULL ? "; did you mean \"" : "",
	    nearest != NULL ? nearest : "", nearest != NULL ? "\"?" : "");
}

/* By the kinds of the other keys; kept as text, for that is what methods
 * take. */
static bool
read_setting(struct config_state *state, const struct auth_key *key,
    const struct config_node *node, struct lh_cause *why)
{
	struct auth_setting *setting =
	    &state->settings[key - state->method_type->keys];
	struct config_slot slot = { &text_key, NULL, &state->texts, why };
	const char *text = NULL;
	span_ms duration;
	bool truth;

	switch (key->kind) {
	case AUTH_KEY_TEXT:
	case AUTH_KEY_PATH:
	case AUTH_KEY_SECRET:
		slot.field = &text;
		if (!config_kind_text.set(&slot, node))
			return false;
		break;
	case AUTH_KEY_BOOL:
		slot.key = &bool_key;
		slot.field = &truth;
		if (!config_kind_bool.set(&slot, node))
			return false;
		text = truth ? "true" : "false";
		break;
	case AUTH_KEY_DURATION:
		slot.key = &duration_key;
		slot.field = &duration;
		if (!config_kind_duration.set(&slot, node))
			return false;
		text = keep_duration(state, duration);
		break;
	}
	if (text == NULL && key->required) {
		lh_cause_set(why, "must not be empty");
		return false;
	}
	setting->text = text;
	return true;
}

static const char *
keep_duration(struct config_state *state, span_ms value)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRId64 "ms", value);
	return config_texts_keep(&state->texts, span_of(text));
}

static void
preset_setting(struct config_state *state, size_t index)
{
	const struct auth_key *key = &state->method_type->keys[index];
	char *text = config_texts_keep(&state->texts, span_of(key->preset));
	struct config_node node = { .kind = CONFIG_TEXT, .text = text };
	struct lh_cause why;

	if (!read_setting(state, key, &node, &why))
		config_notes_error(state->notes, state->method,
		    "auto_auth.method.config.%s: %s", key->name, why.text);
}

/* How often a method wants its files looked at is one of its own keys, but
 * looking is the keeper's. 0 is the default. */
static void
take_period(struct config_state *state)
{
	const struct auth_method_options *method = &state->config.method;
	struct config_slot slot = { &duration_key, NULL, &state->texts, NULL };
	struct auth_keeper_options preset;
	span_ms period;
	size_t i;

	auth_keeper_options_init(&preset);
	state->config.auth.credentials_period = removes_file(state) ?
	    REMOVED_PERIOD_MS : preset.credentials_period;
	for (i = 0; i < method->setting_count; i++) {
		const struct auth_setting *setting = &method->settings[i];
		struct config_node node = { .kind = CONFIG_TEXT };
		struct lh_cause why;

		if (!span_ends(span_of(setting->name),
		    SPAN_LITERAL("_period")) &&
		    !span_ends(span_of(setting->name),
		    SPAN_LITERAL("_interval")))
			continue;
		node.text = config_texts_keep(&state->texts,
		    span_of(setting->text));
		slot.why = &why;
		slot.field = &period;
		if (!config_kind_duration.set(&slot, &node))
			config_notes_error(state->notes, state->method,
			    "auto_auth.method.config.%s: %s", setting->name,
			    why.text);
		else if (period > 0)
			state->config.auth.credentials_period = period;
	}
}

/* Does the method watch a file that it removes once it was read? */
static bool
removes_file(const struct config_state *state)
{
	const struct auth_method_options *method = &state->config.method;
	bool removes = false;
	size_t i;

	if (state->method_type->changed == NULL)
		return false;
	for (i = 0; i < method->setting_count; i++) {
		struct span name = span_of(method->settings[i].name);

		if (span_equal(name, SPAN_LITERAL("skip_delete")) &&
		    is_on(&method->settings[i]))
			return false;
		if (span_starts(name, SPAN_LITERAL("remove_")) &&
		    span_ends(name, SPAN_LITERAL("_after_reading")))
			removes = is_on(&method->settings[i]);
	}
	return removes;
}

static bool
is_on(const struct auth_setting *setting)
{
	return strcmp(setting->text, "true") == 0;
}

bool
config_auth_is_token_file(const struct config_state *state)
{
	const char *type = state->config.method.type;

	return type != NULL && strcmp(type, "token_file") == 0;
}

/* Neither what is left behind for others is revoked, nor what is not ours. */
void
config_check_revocation(struct config_state *state)
{
	if (!state->config.revoke_on_exit)
		return;
	if (state->config.exit_after_auth)
		config_notes_error(state->notes, state->auth,
		    "auto_auth.revoke_on_exit leaves no token to go on with; "
		    "it or exit_after_auth must go");
	if (state->config.has_persist)
		config_notes_error(state->notes, state->auth,
		    "auto_auth.revoke_on_exit leaves nothing to go on with; "
		    "it or cache.persist must go");
	if (state->config.auth.wrap_ttl > 0)
		config_notes_error(state->notes, state->auth,
		    "auto_auth.revoke_on_exit: what wrap_ttl wraps is the "
		    "reader's; one of them must go");
	if (config_auth_is_token_file(state))
		config_notes_error(state->notes, state->auth,
		    "auto_auth.revoke_on_exit: the token of method "
		    "\"token_file\" is not ours to revoke");
}
