/*
 * config_paths - the files and folders that the settings name.
 *
 * The table of keys knows which values are paths, and so does that of each
 * method: a new key is told here without more. A secret of a method may be the
 * file that holds it.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config_schema.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/lh_assert.h"
#include "base/xalloc.h"
#include "cache/persist.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct visit {
	config_path_fn *fn;
	void *arg;
};

/* Keys of what we write; all other paths are read. */
static const char *const written[] = {
	"log_file", "pid_file", "auto_auth.sink.config.path"
};

/* Sockets that we connect to: neither opened nor found by Landlock. */
static const char *const connected[] = { "log_socket" };

/* Variables that name files, and are looked at by methods or by OpenSSL. */
static const char *const variables[] = {
	"AWS_SHARED_CREDENTIALS_FILE", "AWS_WEB_IDENTITY_TOKEN_FILE",
	"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
	"AZURE_FEDERATED_TOKEN_FILE", "GOOGLE_APPLICATION_CREDENTIALS",
	"SSL_CERT_FILE", "SSL_CERT_DIR"
};

static void visit_keys(const struct visit *visit, enum config_home which,
    const void *home);
static void visit_persist(const struct visit *visit,
    const struct config_persist *persist, config_env_fn *environment);
static enum config_path_use use_of(const struct config_key *key);
static bool is_missing_preset(const char *path, const char *preset);
static bool is_among(const struct config_key *key, const char *const *paths,
    size_t count);
static void visit_method(const struct visit *visit,
    const struct auth_method_options *method);
static void visit_environment(const struct visit *visit,
    config_env_fn *environment);

void
config_each_path(const struct config *config, config_env_fn *environment,
    config_path_fn *fn, void *arg)
{
	const struct config_state *state = (const struct config_state *)
	    lh_container_of(config, struct config_state, config);
	const struct visit visit = { fn, arg };
	size_t i;

	visit_keys(&visit, CONFIG_HOME_STATE, state);
	if (config->has_persist)
		visit_persist(&visit, &config->persist, environment);
	for (i = 0; i < state->listener_count; i++) {
		const struct http_listener_options *socket =
		    &state->listeners[i].out.socket;

		visit_keys(&visit, CONFIG_HOME_LISTENER,
		    &state->listeners[i]);
		if (socket->kind == HTTP_LISTENER_UNIX)
			fn(arg, socket->address, CONFIG_PATH_WRITTEN);
	}
	for (i = 0; i < state->sink_count; i++)
		visit_keys(&visit, CONFIG_HOME_SINK, &state->sinks[i]);
	if (config->has_auth)
		visit_method(&visit, &config->method);
	visit_environment(&visit, environment);
}

static void
visit_keys(const struct visit *visit, enum config_home which,
    const void *home)
{
	const struct config_key *key;
	const char *path;
	size_t i;

	for (i = 0; (key = config_schema_at(i)) != NULL; i++) {
		if (key->kind != &config_kind_path ||
		    config_key_home(key) != which ||
		    is_among(key, connected, COUNT(connected)) ||
		    config_schema_is_in(key, "cache.persist"))
			continue;
		memcpy(&path, (const char *)home + key->field.offset,
		    sizeof(path));
		if (path != NULL && path[0] != '\0' &&
		    !is_missing_preset(path, key->preset))
			visit->fn(visit->arg, path, use_of(key));
	}
}

/* Only what its type makes use of; and the folder itself is written to. */
static void
visit_persist(const struct visit *visit,
    const struct config_persist *persist, config_env_fn *environment)
{
	char *file = xasprintf("%s/" PERSIST_FILE, persist->path);
	const char *key = persist->key_file;

	visit->fn(visit->arg, file, CONFIG_PATH_WRITTEN);
	free(file);
	if (persist->type == CONFIG_PERSIST_KUBERNETES)
		key = persist->service_account_token_file;
	if (persist->type == CONFIG_PERSIST_CREDENTIAL)
		key = environment("CREDENTIALS_DIRECTORY");
	if (key != NULL && key[0] != '\0')
		visit->fn(visit->arg, key, CONFIG_PATH_READ);
}

static enum config_path_use
use_of(const struct config_key *key)
{
	return is_among(key, written, COUNT(written)) ? CONFIG_PATH_WRITTEN :
	    CONFIG_PATH_READ;
}

/* Nobody has named it, and it is not there. */
static bool
is_missing_preset(const char *path, const char *preset)
{
	return preset != NULL && strcmp(path, preset) == 0 &&
	    access(path, F_OK) != 0;
}

static bool
is_among(const struct config_key *key, const char *const *paths, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (strcmp(key->path, paths[i]) == 0)
			return true;
	}
	return false;
}

static void
visit_method(const struct visit *visit,
    const struct auth_method_options *method)
{
	const struct auth_method_type *type = auth_method_type(method->type);
	const struct auth_key *key;

	for (key = type->keys; key->name != NULL; key++) {
		const char *text = auth_setting(method, key->name);

		if (text == NULL || text[0] == '\0')
			text = key->preset;
		if (text == NULL || text[0] == '\0' ||
		    is_missing_preset(text, key->preset))
			continue;
		if (key->kind == AUTH_KEY_PATH ||
		    (key->kind == AUTH_KEY_SECRET &&
		    (text[0] == '/' || access(text, F_OK) == 0)))
			visit->fn(visit->arg, text, CONFIG_PATH_CONSUMED);
	}
}

static void
visit_environment(const struct visit *visit, config_env_fn *environment)
{
	const char *home = environment("HOME");
	size_t i;

	for (i = 0; i < COUNT(variables); i++) {
		const char *path = environment(variables[i]);

		if (path != NULL && path[0] != '\0')
			visit->fn(visit->arg, path, CONFIG_PATH_READ);
	}
	if (home != NULL && home[0] != '\0') {
		char *file = xasprintf("%s/.aws/credentials", home);

		if (access(file, F_OK) == 0)
			visit->fn(visit->arg, file, CONFIG_PATH_READ);
		free(file);
	}
}
