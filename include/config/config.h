/*
 * config - everything an operator can say, read, merged and checked.
 *
 * Owns:       the option structs of the other layers, filled in, and every
 *             text they point to.
 * Invariant:  what config_load() gives is complete and consistent: each
 *             listener has an address, each default is in place.
 * Source: behaviour section 1.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_CONFIG_CONFIG_H
#define LH_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "admin/admin.h"
#include "auth/auth_keeper.h"
#include "auth/sink.h"
#include "base/bytes.h"
#include "base/lh_err.h"
#include "base/log.h"
#include "base/scheduler.h"
#include "cache/cache.h"
#include "http/http_listener.h"
#include "http/http_server.h"
#include "http/http_tls.h"
#include "proxy/proxy.h"
#include "vault/vault_client.h"

#define CONFIG_MAX_FILES 64
#define CONFIG_MAX_FILE_BYTES (1024 * 1024)
#define CONFIG_MAX_LISTENERS 16
#define CONFIG_MAX_SINKS 16
#define CONFIG_MAX_DEPTH 32

enum config_role { CONFIG_ROLE_DEFAULT, CONFIG_ROLE_METRICS_ONLY };

struct config_listener {
	struct http_listener_options socket;
	bool has_tls;
	struct http_tls_options tls;
	enum config_role role;
	bool require_request_header;
	bool allow_browsers;
	struct text_list allowed_hosts;	/* filled in, if untold */
	struct proxy_rules rules;
	bool enable_quit;		/* agent_api or proxy_api */
};

/* Where the key of the sealed file comes from. */
enum config_persist_type {
	CONFIG_PERSIST_KUBERNETES,
	CONFIG_PERSIST_FILE,
	CONFIG_PERSIST_CREDENTIAL
};

struct config_persist {
	enum config_persist_type type;
	const char *path;		/* of the folder */
	const char *service_account_token_file;	/* KUBERNETES */
	const char *key_file;		/* FILE */
	const char *credential;		/* CREDENTIAL: its name */
	bool keep_after_import;
	bool exit_on_err;
};
const char *config_persist_type_name(enum config_persist_type type);

/* What the process gives up once it is built. */
struct config_process {
	unsigned uid;			/* FILE_IO_KEEP_ID: stay who we are */
	unsigned gid;			/* FILE_IO_KEEP_ID: the user's own */
	bool seccomp;
	bool landlock;
};

struct config {
	struct config_process process;
	struct log_options log;
	/* What the files say, whatever flags and environment do: a reload goes
	 * by it. */
	bool has_file_level;
	enum log_level file_level;
	const char *pid_file;		/* NULL: none */
	bool exit_after_auth;
	bool revoke_on_exit;

	struct vault_client_options vault;
	const char *namespace;		/* flag or environment; "" none */
	struct scheduler_options background;

	bool has_auth;
	struct auth_method_options method;
	struct auth_keeper_options auth;
	struct sink_options *sinks;
	size_t sink_count;

	struct proxy_options proxy;

	bool has_cache;
	struct cache_options cache;
	bool has_persist;
	struct config_persist persist;

	struct http_server_options server;
	struct config_listener *listeners;
	size_t listener_count;

	bool has_telemetry;
	struct admin_telemetry telemetry;
	span_ms prometheus_retention;	/* 0: not at the incumbents' paths */

	span_ms shutdown_timeout;	/* SIGTERM to the end; default 15 s */
};

/* Flags of the command line that beat environment and files; NULL: not
 * given. */
struct config_flags {
	const char *paths[CONFIG_MAX_FILES];	/* -config, in order */
	size_t path_count;
	const char *address, *ca_cert, *ca_path, *client_cert, *client_key;
	const char *tls_server_name, *tls_skip_verify, *namespace;
	const char *log_level, *log_format, *log_file;
	const char *log_rotate_bytes, *log_rotate_duration;
	const char *log_rotate_max_files;
	const char *exit_after_auth;
	bool combine_logs;		/* all logs to standard output */
	bool ignore_unknown;		/* keys: warned about, as theirs do */
};

/* Texts about what was read, in order: errors stop the start, warnings do
 * not. Each one "file:line: what is wrong and what would be right", warnings
 * with "warning: " after the place; what comes from elsewhere names the
 * variable or flag in place of file and line. After CONFIG_MAX_NOTES lines a
 * last one says that there are more; the counts go on. */
#define CONFIG_MAX_NOTES 64
struct config_notes {
	struct bytes text;		/* a line each */
	unsigned errors;
	unsigned warnings;
	bool forgives_unknown;		/* config_load() sets it */
};
void config_notes_init(struct config_notes *notes);
void config_notes_release(struct config_notes *notes);

/* Looks up a variable; getenv() but in tests. */
typedef const char *config_env_fn(const char *name);

/* Files and directories (sorted by name), merged left to right, then the
 * environment, then flags; then the rules across keys. All errors are
 * collected. LH_ERR_CONFIG: notes->errors > 0, *config_out untouched. */
enum lh_err config_load(const struct config_flags *flags,
    config_env_fn *environment, struct config_notes *notes,
    struct config **config_out) LH_MUSTCHECK;
/* Only the server and its namespace, from the environment and the flags. */
enum lh_err config_load_server(const struct config_flags *flags,
    config_env_fn *environment, struct config_notes *notes,
    struct config **config_out) LH_MUSTCHECK;
void config_free(struct config *config);

/* The effective settings as HCL; secrets in addresses are masked. Read again,
 * it gives the same print. LH_ERR_LIMIT: into is full. */
enum lh_err config_dump(const struct config *config, struct bytes *into)
    LH_MUSTCHECK;

/* Each file and folder that the settings and the environment name, apart from
 * the files of the configuration itself. CONSUMED: read, and removed if the
 * method is told so. A path may be told more than once, and may be wider than
 * what is used: of a method each setting that is a path counts. */
enum config_path_use {
	CONFIG_PATH_READ, CONFIG_PATH_CONSUMED, CONFIG_PATH_WRITTEN
};
typedef void config_path_fn(void *arg, const char *path,
    enum config_path_use use);
void config_each_path(const struct config *config, config_env_fn *environment,
    config_path_fn *visit, void *arg);

/* One row a key: for the manual, the samples and their lint. */
struct config_row {
	const char *path;		/* "listener.address" */
	const char *type;		/* "text", "bool", "duration" ... */
	const char *preset;		/* default as text; "" none */
	const char *help;
};
/* False: index is past the last row. Texts are static. */
bool config_row(size_t index, struct config_row *out);

#endif
