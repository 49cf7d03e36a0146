/*
 * config_block - the tree of a file, read into the state by the table of keys.
 *
 * A block of a later file takes the place of the same block of an earlier one
 * as a whole; listeners add up. Labels: `listener "tcp" { }` of HCL and
 * {"listener": {"tcp": { }}} of JSON are the same tree but for a mark. Every
 * mistake is noted and stepped over, so that one run shows them all.
 * Source: behaviour sections 1.4, 1.5, 1.8 to 1.11.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config_schema.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/span.h"

#define MAX_TYPE 64

/* Where the reader is. */
struct scope {
	struct config_state *state;
	const char *file;
	const char *block;
	void *home;		/* of the keys of the block */
};

/* One instance of a block, below its label if it has one. */
struct instance {
	const char *path;
	const struct config_node *node;
	const char *label;	/* NULL: none */
	struct config_place place;
};

static void read_members(const struct scope *scope,
    const struct config_node *object);
static void read_member(const struct scope *scope,
    const struct config_node *object, const struct config_node *node);
static void read_key(const struct scope *scope, const struct config_key *key,
    const struct config_node *node);
static bool merge_top(struct config_state *state,
    const struct config_slot *slot, const struct config_node *node);
static void read_foreign(const struct scope *scope,
    const struct config_foreign *foreign, const struct config_node *node);
static void note_unknown(const struct scope *scope,
    const struct config_node *node);
static const struct config_node *find_earlier(
    const struct config_node *object, const struct config_node *node);
static void read_blocks(const struct scope *scope,
    const struct config_block *block, const struct config_node *node);
static bool holds_blocks(const struct config_node *node);
static void read_instance(const struct scope *scope,
    const struct config_block *block, const struct config_node *node);
static bool has_labels(const struct config_block *block,
    const struct config_node *node);
static void read_labelled(const struct scope *scope,
    const struct config_block *block, const struct config_node *node);
static void open_labelled(const struct scope *scope,
    const struct config_block *block, const char *label,
    const struct config_node *node);
static void open_block(const struct scope *scope,
    const struct instance *instance);
static void open_plain(const struct scope *scope,
    const struct instance *instance);
static void open_method(const struct scope *scope,
    const struct instance *instance);
static void open_sink(const struct scope *scope,
    const struct instance *instance);
static void open_rule(const struct scope *scope,
    const struct instance *instance);
static void open_lifetime(const struct scope *scope,
    const struct instance *instance);
static void open_persist(const struct scope *scope,
    const struct instance *instance);
static void open_listener(const struct scope *scope,
    const struct instance *instance);
static void open_static(const struct scope *scope,
    const struct instance *instance);
static bool takes_label(const char *path);
static const char *type_of(const struct instance *instance,
    char buffer[MAX_TYPE]);
static struct config_place place_of(const struct scope *scope,
    const struct config_node *node);

void
config_block_read_file(struct config_state *state, const char *name,
    const struct config_node *root)
{
	struct scope scope = { state, name, "", state };

	read_members(&scope, root);
}

static void
read_members(const struct scope *scope, const struct config_node *object)
{
	const struct config_node *node;

	for (node = object->first; node != NULL; node = node->next)
		read_member(scope, object, node);
}

static void
read_member(const struct scope *scope, const struct config_node *object,
    const struct config_node *node)
{
	const struct config_key *key =
	    config_schema_key(scope->block, node->key);
	const struct config_block *block =
	    config_schema_block(scope->block, node->key);
	const struct config_foreign *foreign =
	    config_foreign_find(scope->block, node->key);
	const struct config_node *earlier = find_earlier(object, node);

	if (key != NULL) {
		if (earlier != NULL)
			config_notes_warn(scope->state->notes,
			    place_of(scope, node), "\"%.60s\" was given on "
			    "line %u already; this one counts", node->key,
			    earlier->line);
		read_key(scope, key, node);
	} else if (block != NULL) {
		if (earlier != NULL && !block->may_repeat) {
			config_notes_error(scope->state->notes,
			    place_of(scope, node), "at most one \"%.60s\" "
			    "block is allowed; the first is on line %u",
			    node->key, earlier->line);
			return;
		}
		read_blocks(scope, block, node);
	} else if (foreign != NULL) {
		read_foreign(scope, foreign, node);
	} else {
		note_unknown(scope, node);
	}
}

static void
read_key(const struct scope *scope, const struct config_key *key,
    const struct config_node *node)
{
	struct lh_cause why;
	struct config_slot slot = { key, config_key_field(key, scope->home),
	    &scope->state->texts, &why };

	if (scope->block[0] == '\0' ? merge_top(scope->state, &slot, node)
	    : key->kind->set(&slot, node))
		return;
	config_notes_error(scope->state->notes, place_of(scope, node),
	    "%s: %s", key->path, why.text);
}

/* At the top a later file wins unless it says nothing, and what switches
 * something on stays on. */
static bool
merge_top(struct config_state *state, const struct config_slot *slot,
    const struct config_node *node)
{
	bool exit_before = state->config.exit_after_auth;
	unsigned idle_before = state->idle_subsystems;
	unsigned alive_before = state->keep_alive_subsystems;

	if (node->kind == CONFIG_TEXT && node->text[0] == '\0')
		return true;
	if (!slot->key->kind->set(slot, node))
		return false;
	if (slot->field == &state->config.log.level) {
		state->config.has_file_level = true;
		state->config.file_level = state->config.log.level;
	}
	state->config.exit_after_auth |= exit_before;
	state->idle_subsystems |= idle_before;
	state->keep_alive_subsystems |= alive_before;
	return true;
}

static void
read_foreign(const struct scope *scope, const struct config_foreign *foreign,
    const struct config_node *node)
{
	struct config_notes *notes = scope->state->notes;
	struct config_place place = place_of(scope, node);
	bool is_text = node->kind == CONFIG_TEXT;
	const char *expected;

	if (foreign->kind == CONFIG_NOT_BUILT &&
	    !config_foreign_is_harmless(foreign, node))
		config_notes_error(notes, place, "\"%.60s\" is not built yet: "
		    "%s", node->key, foreign->advice);
	else if (!config_foreign_type_fits(foreign, node, &expected))
		config_notes_error(notes, place,
		    "%.60s: must be %s, not %s%.60s%s", node->key, expected,
		    is_text ? "\"" : "", is_text ? node->text
		    : config_kind_name(node->kind), is_text ? "\"" : "");
	else
		config_notes_warn(notes, place, "\"%.60s\" has no effect "
		    "here%s%s", node->key, foreign->advice != NULL ? ": " :
		    "", foreign->advice != NULL ? foreign->advice : "");
}

static void
note_unknown(const struct scope *scope, const struct config_node *node)
{
	const char *nearest = config_schema_nearest(scope->block, node->key);

	config_notes_unknown(scope->state->notes, place_of(scope, node),
	    "unknown %s \"%.60s\"%s%s%s%s%s",
	    node->kind == CONFIG_OBJECT ? "block" : "key", node->key,
	    scope->block[0] != '\0' ? " in " : "", scope->block,
	    nearest != NULL ? "; did you mean \"" : "",
	    nearest != NULL ? nearest : "", nearest != NULL ? "\"?" : "");
}

static const struct config_node *
find_earlier(const struct config_node *object, const struct config_node *node)
{
	const struct config_node *other;

	for (other = object->first; other != node; other = other->next) {
		if (strcasecmp(other->key, node->key) == 0)
			return other;
	}
	return NULL;
}

static void
read_blocks(const struct scope *scope, const struct config_block *block,
    const struct config_node *node)
{
	const struct config_node *child;

	if (!holds_blocks(node)) {
		config_notes_error(scope->state->notes, place_of(scope, node),
		    "%s: must be a block, not %s", block->path,
		    config_kind_name(node->kind));
		return;
	}
	if (node->kind == CONFIG_OBJECT) {
		read_instance(scope, block, node);
		return;
	}
	for (child = node->first; child != NULL; child = child->next) {
		if (child != node->first && !block->may_repeat) {
			config_notes_error(scope->state->notes,
			    place_of(scope, child),
			    "at most one \"%.60s\" block is allowed",
			    node->key);
			return;
		}
		read_instance(scope, block, child);
	}
}

/* An object, or a list of nothing else. */
static bool
holds_blocks(const struct config_node *node)
{
	const struct config_node *child;

	if (node->kind != CONFIG_LIST)
		return node->kind == CONFIG_OBJECT;
	for (child = node->first; child != NULL; child = child->next) {
		if (child->kind != CONFIG_OBJECT)
			return false;
	}
	return true;
}

static void
read_instance(const struct scope *scope, const struct config_block *block,
    const struct config_node *node)
{
	struct instance instance = { block->path, node, NULL,
	    place_of(scope, node) };

	if (has_labels(block, node))
		read_labelled(scope, block, node);
	else
		open_block(scope, &instance);
}

/* HCL marks them; in JSON they are objects by names that are no keys. */
static bool
has_labels(const struct config_block *block, const struct config_node *node)
{
	const struct config_node *child = node->first;

	if (child == NULL || child->is_label || !takes_label(block->path))
		return child != NULL && child->is_label;
	for (; child != NULL; child = child->next) {
		if (!holds_blocks(child) ||
		    config_schema_key(block->path, child->key) != NULL ||
		    config_schema_block(block->path, child->key) != NULL ||
		    config_foreign_find(block->path, child->key) != NULL)
			return false;
	}
	return true;
}

static void
read_labelled(const struct scope *scope, const struct config_block *block,
    const struct config_node *node)
{
	const struct config_node *label, *inner;

	if (!takes_label(block->path)) {
		config_notes_error(scope->state->notes, place_of(scope, node),
		    "%s takes no label", block->path);
		return;
	}
	for (label = node->first; label != NULL; label = label->next) {
		if (label->kind == CONFIG_OBJECT) {
			open_labelled(scope, block, label->key, label);
			continue;
		}
		for (inner = label->first; inner != NULL; inner = inner->next)
			open_labelled(scope, block, label->key, inner);
	}
}

static void
open_labelled(const struct scope *scope, const struct config_block *block,
    const char *label, const struct config_node *node)
{
	struct instance instance = { block->path, node, label,
	    place_of(scope, node) };

	if (node->first != NULL && node->first->is_label)
		config_notes_error(scope->state->notes, instance.place,
		    "%s takes one label", block->path);
	else
		open_block(scope, &instance);
}

static void
open_block(const struct scope *scope, const struct instance *instance)
{
	if (strcmp(instance->path, "auto_auth.method") == 0)
		open_method(scope, instance);
	else if (strcmp(instance->path, "auto_auth.method.config") == 0)
		config_auth_read_config(scope->state, scope->file,
		    instance->node);
	else if (strcmp(instance->path, "auto_auth.sink") == 0 ||
	    strcmp(instance->path, "auto_auth.sinks.sink") == 0)
		open_sink(scope, instance);
	else if (strcmp(instance->path, "cache.lifetime") == 0)
		open_lifetime(scope, instance);
	else if (strcmp(instance->path, "cache.persist") == 0)
		open_persist(scope, instance);
	else if (strcmp(instance->path, "listener.rule") == 0)
		open_rule(scope, instance);
	else if (strcmp(instance->path, "listener") == 0)
		open_listener(scope, instance);
	else if (strcmp(instance->path, "cache.static") == 0)
		open_static(scope, instance);
	else
		open_plain(scope, instance);
}

static void
open_plain(const struct scope *scope, const struct instance *instance)
{
	struct config_state *state = scope->state;
	struct scope inner = { state, scope->file, instance->path,
	    scope->home };
	struct { const char *path; struct config_place *place; } tops[] = {
		{ "process", &state->process },
		{ "vault", &state->vault }, { "auto_auth", &state->auth },
		{ "api_proxy", &state->proxy }, { "cache", &state->cache },
		{ "telemetry", &state->telemetry },
	};
	size_t i;

	for (i = 0; i < sizeof(tops) / sizeof(tops[0]); i++) {
		if (strcmp(instance->path, tops[i].path) == 0)
			*tops[i].place = instance->place;
	}
	if (scope->block[0] == '\0')
		config_schema_preset(state, instance->path);
	if (strcmp(instance->path, "auto_auth") == 0) {
		config_auth_clear(state);
		state->sink_count = 0;
	}
	if (strcmp(instance->path, "cache") == 0) {
		state->static_count = state->lifetime_count = 0;
		state->persist.line = 0;
	}
	read_members(&inner, instance->node);
}

static void
open_method(const struct scope *scope, const struct instance *instance)
{
	struct config_state *state = scope->state;
	struct scope inner = { state, scope->file, instance->path, state };
	char type[MAX_TYPE];

	if (state->method.line > 0) {
		config_notes_error(state->notes, instance->place,
		    "at most one \"method\" block is allowed; the first is "
		    "on line %u", state->method.line);
		return;
	}
	state->method = instance->place;
	config_auth_open(state, type_of(instance, type));
	read_members(&inner, instance->node);
	config_auth_close(state);
}

static void
open_sink(const struct scope *scope, const struct instance *instance)
{
	struct config_state *state = scope->state;
	struct config_sink_state *sink = &state->sinks[state->sink_count];
	struct scope inner = { state, scope->file, "auto_auth.sink", sink };
	char buffer[MAX_TYPE];
	const char *type = type_of(instance, buffer);

	if (state->sink_count == CONFIG_MAX_SINKS) {
		config_notes_error(state->notes, instance->place,
		    "more than %d sinks", CONFIG_MAX_SINKS);
		return;
	}
	if (type == NULL)
		config_notes_error(state->notes, instance->place,
		    "auto_auth.sink: its type is missing; only file is built");
	else if (strcmp(type, "file") != 0)
		config_notes_error(state->notes, instance->place,
		    "unknown sink type \"%s\"; only file is built", type);
	config_schema_preset_sink(state, sink);
	sink->place = instance->place;
	state->sink_count++;
	read_members(&inner, instance->node);
}

static void
open_listener(const struct scope *scope, const struct instance *instance)
{
	struct config_state *state = scope->state;
	struct config_listener_state *listener =
	    &state->listeners[state->listener_count];
	struct scope inner = { state, scope->file, "listener", listener };
	char buffer[MAX_TYPE];
	const char *type = type_of(instance, buffer);

	if (state->listener_count == CONFIG_MAX_LISTENERS) {
		config_notes_error(state->notes, instance->place,
		    "more than %d listeners", CONFIG_MAX_LISTENERS);
		return;
	}
	config_schema_preset_listener(state, listener);
	listener->place = instance->place;
	if (type == NULL)
		config_notes_error(state->notes, instance->place,
		    "listener: its type is missing; tcp or unix");
	else if (strcmp(type, "unix") == 0)
		listener->out.socket.kind = HTTP_LISTENER_UNIX;
	else if (strcmp(type, "tcp") != 0)
		config_notes_error(state->notes, instance->place,
		    "unknown listener type \"%s\"; tcp or unix", type);
	state->listener_count++;
	read_members(&inner, instance->node);
}

/* The label is the path, letter by letter. */
static void
open_static(const struct scope *scope, const struct instance *instance)
{
	struct config_state *state = scope->state;
	struct cache_static_row *row = &state->statics[state->static_count];
	struct scope inner = { state, scope->file, "cache.static", row };

	if (state->static_count == CACHE_STATIC_MAX_ROWS) {
		config_notes_error(state->notes, instance->place,
		    "more than %d static blocks", CACHE_STATIC_MAX_ROWS);
		return;
	}
	config_schema_preset_static(state, row);
	if (instance->label != NULL)
		row->pattern = config_texts_keep(&state->texts,
		    span_of(instance->label));
	state->static_places[state->static_count++] = instance->place;
	read_members(&inner, instance->node);
}

/* home is the listener that the rule stands in. */
static void
open_rule(const struct scope *scope, const struct instance *instance)
{
	struct config_notes *notes = scope->state->notes;
	struct config_listener_state *listener = scope->home;
	struct proxy_rules *rules = &listener->out.rules;
	struct proxy_rule *rule = &listener->rules[rules->count];
	struct scope inner = { scope->state, scope->file, instance->path,
	    rule };
	const char *label = instance->label != NULL ? instance->label : "";

	if (rules->count == PROXY_RULES_MAX) {
		config_notes_error(notes, instance->place,
		    "more than %d rules in a listener", PROXY_RULES_MAX);
		return;
	}
	if (strcmp(label, "allow") != 0 && strcmp(label, "deny") != 0)
		config_notes_error(notes, instance->place, "listener.rule: "
		    "its label must be \"allow\" or \"deny\", not \"%.40s\"",
		    label);
	*rule = (struct proxy_rule){ .allows = strcmp(label, "allow") == 0 };
	rules->list = listener->rules;
	rules->count++;
	read_members(&inner, instance->node);
}

static void
open_lifetime(const struct scope *scope, const struct instance *instance)
{
	struct config_state *state = scope->state;
	struct cache_lifetime *lifetime =
	    &state->lifetimes[state->lifetime_count];
	struct scope inner = { state, scope->file, "cache.lifetime", lifetime };
	const char *fault = config_lifetime_fault(state, instance->label);

	if (fault != NULL) {
		config_notes_error(state->notes, instance->place,
		    "cache.lifetime: its label must %s", fault);
		return;
	}
	if (state->lifetime_count == CACHE_LIFETIME_MAX) {
		config_notes_error(state->notes, instance->place,
		    "more than %d lifetimes", CACHE_LIFETIME_MAX);
		return;
	}
	*lifetime = (struct cache_lifetime){
		.path = config_texts_keep(&state->texts,
		    span_of(instance->label))
	};
	state->lifetime_count++;
	read_members(&inner, instance->node);
	config_lifetime_check(state, lifetime, instance->place);
}

static void
open_persist(const struct scope *scope, const struct instance *instance)
{
	struct scope inner = { scope->state, scope->file, instance->path,
	    scope->state };
	char type[MAX_TYPE];

	config_persist_open(scope->state, type_of(instance, type),
	    instance->place);
	read_members(&inner, instance->node);
}

static bool
takes_label(const char *path)
{
	return strcmp(path, "listener") == 0 ||
	    strcmp(path, "cache.static") == 0 ||
	    strcmp(path, "cache.persist") == 0 ||
	    strcmp(path, "listener.rule") == 0 ||
	    strcmp(path, "cache.lifetime") == 0 ||
	    strcmp(path, "auto_auth.method") == 0 ||
	    strcmp(path, "auto_auth.sink") == 0 ||
	    strcmp(path, "auto_auth.sinks.sink") == 0;
}

/* The key type if it is given, else the label; small letters. */
static const char *
type_of(const struct instance *instance, char buffer[MAX_TYPE])
{
	const char *type = instance->label;
	const struct config_node *node;
	size_t i;

	for (node = instance->node->first; node != NULL; node = node->next) {
		if (strcasecmp(node->key, "type") == 0 &&
		    node->kind == CONFIG_TEXT)
			type = node->text;
	}
	if (type == NULL || type[0] == '\0')
		return NULL;
	snprintf(buffer, MAX_TYPE, "%s", type);
	for (i = 0; buffer[i] != '\0'; i++)
		buffer[i] = (char)tolower((unsigned char)buffer[i]);
	return buffer;
}

static struct config_place
place_of(const struct scope *scope, const struct config_node *node)
{
	return (struct config_place){ scope->file, node->line };
}
