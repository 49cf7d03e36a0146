/*
 * config_dump - the effective settings as HCL, in the order of the table.
 *
 * Blocks that switch something on are printed when they were given; the others
 * always, so that every default shows. What has no key (a CA in the
 * environment) is told in a comment.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config_schema.h"

#include <string.h>

#include "base/lh_assert.h"

/* The first failure stops all that follows. */
struct dump {
	const struct config_state *state;
	struct bytes *into;
	enum lh_err err;
	unsigned depth;
};

static void put(struct dump *dump, const char *text);
static void put_indent(struct dump *dump);
static void open_block(struct dump *dump, const char *name,
    const char *label);
static void close_block(struct dump *dump);
static void put_keys(struct dump *dump, const char *block, const void *home);
static void put_setting(struct dump *dump, const char *name,
    const char *text);
static void put_plain(struct dump *dump, const char *path);
static void put_vault(struct dump *dump);
static void put_auth(struct dump *dump);
static void put_method(struct dump *dump);
static void put_cache(struct dump *dump);
static bool is_secret(const struct dump *dump, const char *name);
static void put_listener(struct dump *dump,
    const struct config_listener_state *listener);

enum lh_err
config_dump(const struct config *config, struct bytes *into)
{
	const struct config_state *state = (const struct config_state *)
	    lh_container_of(config, struct config_state, config);
	struct dump dump = { state, into, LH_OK, 0 };
	size_t i;

	put_keys(&dump, "", state);
	put_plain(&dump, "process");
	put_vault(&dump);
	if (config->has_auth)
		put_auth(&dump);
	if (state->proxy.line > 0 ||
	    state->proxy_auto_auth != CONFIG_AUTO_AUTH_UNSET)
		put_plain(&dump, "api_proxy");
	if (config->has_cache)
		put_cache(&dump);
	for (i = 0; i < state->listener_count; i++)
		put_listener(&dump, &state->listeners[i]);
	if (config->has_telemetry)
		put_plain(&dump, "telemetry");
	put_plain(&dump, "limits");
	put_plain(&dump, "background");
	return dump.err;
}

static void
put(struct dump *dump, const char *text)
{
	if (dump->err == LH_OK)
		dump->err = bytes_append_span(dump->into, span_of(text));
}

static void
put_indent(struct dump *dump)
{
	unsigned i;

	for (i = 0; i < dump->depth; i++)
		put(dump, "  ");
}

static void
open_block(struct dump *dump, const char *name, const char *label)
{
	if (dump->depth == 0)
		put(dump, "\n");
	put_indent(dump);
	put(dump, name);
	if (label != NULL) {
		put(dump, " \"");
		put(dump, label);
		put(dump, "\"");
	}
	put(dump, " {\n");
	dump->depth++;
}

static void
close_block(struct dump *dump)
{
	dump->depth--;
	put_indent(dump);
	put(dump, "}\n");
}

/* Those of the block itself, not of blocks in it. home: where their fields
 * live. */
static void
put_keys(struct dump *dump, const char *block, const void *home)
{
	const struct config_key *key;
	size_t before, i;

	for (i = 0; (key = config_schema_at(i)) != NULL; i++) {
		if (!config_schema_is_in(key, block) ||
		    key->print == CONFIG_PRINT_NEVER)
			continue;
		before = dump->into->len;
		put_indent(dump);
		put(dump, config_key_name(key));
		put(dump, " = ");
		if (dump->err != LH_OK)
			return;
		if (key->kind->print(key,
		    (const char *)home + key->field.offset, dump->into,
		    &dump->err))
			put(dump, "\n");
		else
			bytes_cut(dump->into, before);
	}
}

static void
put_setting(struct dump *dump, const char *name, const char *text)
{
	put_indent(dump);
	put(dump, name);
	put(dump, " = ");
	if (dump->err == LH_OK)
		dump->err = config_print_text(dump->into, span_of(text));
	put(dump, "\n");
}

static void
put_plain(struct dump *dump, const char *path)
{
	open_block(dump, path, NULL);
	put_keys(dump, path, dump->state);
	close_block(dump);
}

static void
put_vault(struct dump *dump)
{
	open_block(dump, "vault", NULL);
	put_keys(dump, "vault", dump->state);
	if (dump->state->config.vault.http.ca_pem.len > 0) {
		put_indent(dump);
		put(dump, "# authorities are those of VAULT_CACERT_BYTES\n");
	}
	open_block(dump, "retry", NULL);
	put_keys(dump, "vault.retry", dump->state);
	close_block(dump);
	close_block(dump);
}

static void
put_auth(struct dump *dump)
{
	size_t i;

	open_block(dump, "auto_auth", NULL);
	put_keys(dump, "auto_auth", dump->state);
	put_method(dump);
	for (i = 0; i < dump->state->sink_count; i++) {
		open_block(dump, "sink", "file");
		put_keys(dump, "auto_auth.sink", &dump->state->sinks[i]);
		open_block(dump, "config", NULL);
		put_keys(dump, "auto_auth.sink.config",
		    &dump->state->sinks[i]);
		close_block(dump);
		close_block(dump);
	}
	close_block(dump);
}

static void
put_method(struct dump *dump)
{
	const struct auth_method_options *method =
	    &dump->state->config.method;
	size_t i;

	open_block(dump, "method", method->type);
	put_keys(dump, "auto_auth.method", dump->state);
	open_block(dump, "config", NULL);
	for (i = 0; i < method->setting_count; i++)
		put_setting(dump, method->settings[i].name,
		    is_secret(dump, method->settings[i].name) ? "***" :
		    method->settings[i].text);
	close_block(dump);
	close_block(dump);
}

static bool
is_secret(const struct dump *dump, const char *name)
{
	const struct auth_key *key = dump->state->method_type->keys;

	while (strcmp(key->name, name) != 0)
		key++;
	return key->kind == AUTH_KEY_SECRET;
}

/* The row of cache_static_secrets is made by that key again. */
static void
put_cache(struct dump *dump)
{
	const struct config_state *state = dump->state;
	size_t i;

	open_block(dump, "cache", NULL);
	put_keys(dump, "cache", state);
	for (i = 0; i < state->static_count; i++) {
		if (state->statics[i].only_kv)
			continue;
		open_block(dump, "static", state->statics[i].pattern);
		put_keys(dump, "cache.static", &state->statics[i]);
		close_block(dump);
	}
	for (i = 0; i < state->lifetime_count; i++) {
		open_block(dump, "lifetime", state->lifetimes[i].path);
		put_keys(dump, "cache.lifetime", &state->lifetimes[i]);
		close_block(dump);
	}
	if (state->config.has_persist) {
		open_block(dump, "persist", config_persist_type_name(
		    state->config.persist.type));
		put_keys(dump, "cache.persist", state);
		close_block(dump);
	}
	close_block(dump);
}

static void
put_listener(struct dump *dump, const struct config_listener_state *listener)
{
	size_t i;

	open_block(dump, "listener",
	    listener->out.socket.kind == HTTP_LISTENER_UNIX ? "unix" : "tcp");
	put_keys(dump, "listener", listener);
	for (i = 0; i < listener->out.rules.count; i++) {
		open_block(dump, "rule",
		    listener->rules[i].allows ? "allow" : "deny");
		put_keys(dump, "listener.rule", &listener->rules[i]);
		close_block(dump);
	}
	open_block(dump, "agent_api", NULL);
	put_keys(dump, "listener.agent_api", listener);
	close_block(dump);
	open_block(dump, "proxy_api", NULL);
	put_keys(dump, "listener.proxy_api", listener);
	close_block(dump);
	close_block(dump);
}
