/*
 * config_schema - the table of keys and the kinds of their values; private to
 * config.
 *
 * A row ties a path to a field of a struct: reading, defaults, the print, the
 * manual and its lint all go by it. A new key is a row.
 * Source: behaviour sections 1.2 to 1.14.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_CONFIG_CONFIG_SCHEMA_H
#define LH_CONFIG_CONFIG_SCHEMA_H

#include "config_state.h"

/* A word that stands for a number. The first of equal numbers is printed. */
struct config_choice {
	const char *word;	/* NULL ends a list; compared without case */
	int number;
};

struct config_kind_ops;

/* Which struct the field of a row lies in. */
enum config_home {
	CONFIG_HOME_STATE,
	CONFIG_HOME_LIFETIME,
	CONFIG_HOME_LISTENER,
	CONFIG_HOME_RULE,
	CONFIG_HOME_SINK,
	CONFIG_HOME_STATIC
};

enum config_print { CONFIG_PRINT, CONFIG_PRINT_NEVER };

struct config_key {
	const char *path;	/* "vault.retry.num_retries" */
	const struct config_kind_ops *kind;
	const char *preset;
	struct { int64_t min, max; } range;	/* numbers; unit as stored */
	struct { size_t offset, size; } field;
	const struct config_choice *choices;
	enum config_print print;	/* old names of other keys are not */
	const char *help;
};

/* One value on its way into its field. */
struct config_slot {
	const struct config_key *key;
	void *field;
	struct config_texts *texts;
	struct lh_cause *why;		/* what is wrong, without the key */
};

struct config_kind_ops {
	const char *name;		/* for the manual: "duration" */
	enum config_kind preset_kind;	/* of a default as a node */
	/* False: why is filled in, the field is untouched. */
	bool (*set)(const struct config_slot *slot,
	    const struct config_node *node);
	/* As HCL. False: absent, print nothing. */
	bool (*print)(const struct config_key *key, const void *field,
	    struct bytes *into, enum lh_err *err);
};

/* config_kinds.c */
extern const struct config_kind_ops config_kind_text, config_kind_path,
    config_kind_strict_bool, config_kind_bool,
    config_kind_count, config_kind_duration, config_kind_size,
    config_kind_choice, config_kind_namespace, config_kind_file_mode,
    config_kind_owner;
/* config_kinds_list.c */
extern const struct config_kind_ops config_kind_hosts, config_kind_methods,
    config_kind_rule_paths, config_kind_headers, config_kind_users,
    config_kind_groups;
/* config_kinds_url.c */
extern const struct config_kind_ops config_kind_url, config_kind_addresses;
/* config_kinds_own.c: kinds of one or two keys */
extern const struct config_kind_ops config_kind_auto_auth, config_kind_never,
    config_kind_retries, config_kind_socket_mode, config_kind_user,
    config_kind_group, config_kind_ciphers, config_kind_subsystems,
    config_kind_type, config_kind_listen, config_kind_tags;

/* "text" as HCL. */
enum lh_err config_print_text(struct bytes *into, struct span text);
enum config_home config_key_home(const struct config_key *key);

/* The field of a key in its home: the state, listener or sink. */
void *config_key_field(const struct config_key *key, void *home);
/* Defaults into the keys of a block of the state and all blocks below it, ""
 * for all; and into a new listener, sink or row of static
 * answers. */
void config_schema_preset(struct config_state *state, const char *block);
void config_schema_preset_listener(struct config_state *state,
    struct config_listener_state *listener);
void config_schema_preset_sink(struct config_state *state,
    struct config_sink_state *sink);
void config_schema_preset_static(struct config_state *state,
    struct cache_static_row *row);

struct config_block {
	const char *path;
	bool may_repeat;
};

/* NULL: none. block is a path, "" the top level; name without case. */
const struct config_key *config_schema_key(const char *block,
    const char *name);
const struct config_block *config_schema_block(const char *block,
    const char *name);
/* NULL past the last. */
const struct config_key *config_schema_at(size_t index);
/* Is the key right within the block. */
bool config_schema_is_in(const struct config_key *key, const char *block);
/* NULL past the last. */
const struct config_block *config_schema_block_at(size_t index);
/* The last part of a path; is that right within the block. */
const char *config_path_name(const char *path);
bool config_path_is_in(const char *path, const char *block);
/* The last part of its path. */
const char *config_key_name(const struct config_key *key);

/* The key or block name nearest to a wrong one, or NULL. */
const char *config_schema_nearest(const char *block, const char *name);
size_t config_word_distance(const char *a, const char *b);

/* Keys of the incumbents that mean nothing here, or are not built. */
enum config_foreign_kind { CONFIG_NO_EFFECT, CONFIG_NOT_BUILT };
enum config_foreign_type {
	CONFIG_FOREIGN_ANY,
	CONFIG_FOREIGN_BOOL,
	CONFIG_FOREIGN_NUMBER,
	CONFIG_FOREIGN_DURATION,
	CONFIG_FOREIGN_TEXT,
	CONFIG_FOREIGN_INCONSISTENT
};

struct config_foreign {
	const char *path;	/* may end in '*' */
	enum config_foreign_kind kind;
	enum config_foreign_type type;
	const char *harmless;	/* their default, if told so: no effect */
	const char *advice;	/* a sentence, or NULL */
};
const struct config_foreign *config_foreign_find(const char *block,
    const char *name);
/* False: it is of a wrong type, expected_out says of which it should be. */
bool config_foreign_type_fits(const struct config_foreign *foreign,
    const struct config_node *node, const char **expected_out);
bool config_foreign_is_harmless(const struct config_foreign *foreign,
    const struct config_node *node);

#endif
