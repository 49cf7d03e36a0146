/*
 * config_state - a configuration while it is put together, and the memory
 * behind it afterwards; private to config.
 *
 * Owns:       every text that struct config points to.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_CONFIG_CONFIG_STATE_H
#define LH_CONFIG_CONFIG_STATE_H

#include "config/config.h"
#include "config_notes.h"
#include "config_tree.h"

/* Subsystems of disable_idle_connections and disable_keep_alives. */
enum config_subsystem {
	CONFIG_SUBSYSTEM_AUTO_AUTH = 1,
	CONFIG_SUBSYSTEM_CACHING = 2,
	CONFIG_SUBSYSTEM_PROXYING = 4,
	CONFIG_SUBSYSTEM_TEMPLATING = 8
};

/* use_auto_auth_token as written; unset is not the same as false. */
enum config_auto_auth {
	CONFIG_AUTO_AUTH_UNSET,
	CONFIG_AUTO_AUTH_FALSE,
	CONFIG_AUTO_AUTH_TRUE,
	CONFIG_AUTO_AUTH_FORCE
};

struct config_listener_state {
	struct config_listener out;
	struct config_place place;
	bool tls_disable;
	bool tls_disable_client_certs;
	bool agent_quit;
	bool proxy_quit;
	bool allow_remote;
	struct proxy_rule rules[PROXY_RULES_MAX];	/* out points here */
};

enum config_dh { CONFIG_DH_NONE, CONFIG_DH_CURVE25519 };

struct config_sink_state {
	struct sink_options out;
	struct config_place place;
	int dh_type;			/* enum config_dh */
	const char *dh_path;		/* texts: lent from texts */
	const char *aad;
	const char *aad_variable;
};

struct config_texts {
	char **texts;
	size_t count;
};

struct config_state {
	struct config config;		/* what is handed out */
	struct config_notes *notes;	/* borrowed while loading */
	struct config_texts texts;

	/* Where each stands; line 0: nowhere. */
	struct config_place process, vault, auth, method, proxy, cache,
	    telemetry, persist;

	const char *vault_namespace;	/* lent from texts */
	const char *method_namespace;
	const char *method_mount;
	const struct auth_method_type *method_type;	/* NULL: unknown */
	struct auth_setting *settings;	/* owned; config points here */
	unsigned idle_subsystems;	/* bits of enum config_subsystem */
	unsigned keep_alive_subsystems;
	enum config_auto_auth proxy_auto_auth;
	enum config_auto_auth cache_auto_auth;
	bool prepend_namespace;
	bool cache_static_secrets;	/* the incumbents' key */

	struct cache_lifetime lifetimes[CACHE_LIFETIME_MAX];
	size_t lifetime_count;
	struct config_listener_state listeners[CONFIG_MAX_LISTENERS];
	size_t listener_count;
	struct config_sink_state sinks[CONFIG_MAX_SINKS];
	size_t sink_count;
	/* One more than a file can say: for cache_static_secrets. */
	struct cache_static_row statics[CACHE_STATIC_MAX_ROWS + 1];
	struct config_place static_places[CACHE_STATIC_MAX_ROWS + 1];
	size_t static_count;
};

/* Copies; lives as long as the configuration. */
char *config_texts_keep(struct config_texts *texts, struct span text);
void *config_texts_keep_block(struct config_texts *texts, const void *block,
    size_t size);
void config_texts_release(struct config_texts *texts);

/* Defaults of every key. */
struct config_state *config_state_new(struct config_notes *notes);
void config_state_free(struct config_state *state);

/* config_block.c: a file's tree into the state. name: kept by the caller as
 * long as the state. */
void config_block_read_file(struct config_state *state, const char *name,
    const struct config_node *root);
/* config_auth.c: the method's own keys. Open it before its block is read, type
 * as its label or key told (NULL: neither), close it afterwards. */
void config_auth_open(struct config_state *state, const char *type);
void config_auth_read_config(struct config_state *state, const char *file,
    const struct config_node *node);
void config_auth_close(struct config_state *state);
void config_auth_clear(struct config_state *state);
/* Its token is somebody else's: it never logs in. */
bool config_auth_is_token_file(const struct config_state *state);
void config_check_revocation(struct config_state *state);
/* config_environ.c */
void config_environ_apply(struct config_state *state,
    const struct config_flags *flags, config_env_fn *environment);
bool config_is_loopback(struct span host);	/* brackets off */
/* config_lifetime.c: what is wrong with a label, "must ...", or NULL; and what
 * the block behind it must be. */
const char *config_lifetime_fault(const struct config_state *state,
    const char *label);
void config_lifetime_check(struct config_state *state,
    struct cache_lifetime *lifetime, struct config_place place);

/* config_static.c: what the rows of static answers must be. */
void config_check_static(struct config_state *state);
/* config_persist.c: before the block is read, type as its label or key told
 * (NULL: neither); afterwards. */
void config_persist_open(struct config_state *state, const char *type,
    struct config_place place);
void config_check_persist(struct config_state *state);
/* config_check.c: rules across keys, and what follows from several keys. */
void config_check(struct config_state *state);
void config_check_server(struct config_state *state);	/* only of vault */

#endif
