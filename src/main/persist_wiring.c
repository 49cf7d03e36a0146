/*
 * persist_wiring - what outlives us: the persistent cache, and our token in it.
 *
 * Auth counts on the clock that never goes back, the file on that of the wall;
 * here one is turned into the other.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "persist_wiring.h"

#include <stdlib.h>
#include <string.h>

#include "base/file_io.h"
#include "base/xalloc.h"

struct persist_wiring {
	struct loop *loop;
	struct persist *persist;
	char *key_file;
};

static enum lh_err find_key(const struct config_persist *config,
    char **path_out, struct lh_cause *cause);
static void set_owner(const struct config *config,
    uint8_t out[DIGEST_BYTES]);
static void add_method(struct digest *digest,
    const struct auth_method_options *method);

enum lh_err
persist_wiring_new(const struct config *config,
    const struct persist_wiring_env *env, struct persist_wiring **out,
    struct lh_cause *cause)
{
	struct persist_wiring *wiring = xcalloc(1, sizeof(*wiring));
	struct persist_options options = {
		.folder = config->persist.path,
		.uid = env->uid, .gid = env->gid,
		.keep_after_import = config->persist.keep_after_import,
		.exit_on_err = config->persist.exit_on_err
	};
	struct persist_env persist = { .loop = env->cache->loop,
		.log = env->cache->log, .metrics = env->cache->metrics,
		.cache = &config->cache };
	enum lh_err err;

	wiring->loop = env->cache->loop;
	set_owner(config, persist.belongs_to);
	err = find_key(&config->persist, &wiring->key_file, cause);
	options.key_file = wiring->key_file;
	if (err == LH_OK)
		err = persist_new(&options, &persist, &wiring->persist,
		    cause);
	if (err != LH_OK) {
		persist_wiring_free(wiring);
		return err;
	}
	env->cache->journal = persist_journal(wiring->persist);
	*out = wiring;
	return LH_OK;
}

enum lh_err
persist_wiring_restore(struct persist_wiring *wiring, struct cache *cache,
    struct lh_cause *cause)
{
	if (wiring == NULL)
		return LH_OK;
	return persist_restore(wiring->persist, cache, cause);
}

void
persist_wiring_close(struct persist_wiring *wiring)
{
	if (wiring != NULL)
		persist_close(wiring->persist);
}

void
persist_wiring_free(struct persist_wiring *wiring)
{
	if (wiring == NULL)
		return;
	persist_free(wiring->persist);
	free(wiring->key_file);
	free(wiring);
}

const struct persist_token *
persist_wiring_token(const struct persist_wiring *wiring)
{
	return wiring == NULL ? NULL : persist_token(wiring->persist);
}

void
persist_wiring_restore_token(struct persist_wiring *wiring,
    struct auth_keeper *keeper)
{
	const struct persist_token *token = persist_wiring_token(wiring);
	struct auth_earlier earlier;

	if (token == NULL)
		return;
	earlier = (struct auth_earlier){
		.secret = token->secret, .accessor = token->accessor,
		.namespace = token->namespace,
		.generation = token->generation,
		.expires = AUTH_TOKEN_NEVER, .grant = token->grant,
		.renewable = token->renewable
	};
	if (token->expires != PERSIST_NEVER)
		earlier.expires = loop_mono(wiring->loop) + token->expires -
		    loop_wall(wiring->loop);
	auth_keeper_restore(keeper, &earlier);
}

/* Where one lived longer than it does now, that is what it was granted. */
void
persist_wiring_keep_token(struct persist_wiring *wiring,
    const struct auth_token *token, const char *namespace)
{
	const struct persist_token *old;
	struct persist_token kept = {
		.secret = auth_token_secret(token),
		.accessor = (char *)auth_token_accessor(token),
		.namespace = (char *)namespace,
		.generation = auth_token_generation(token),
		.expires = PERSIST_NEVER,
		.renewable = auth_token_renewable(token)
	};

	if (wiring == NULL)
		return;
	if (auth_token_expires(token) != AUTH_TOKEN_NEVER) {
		kept.grant = auth_token_expires(token) -
		    loop_mono(wiring->loop);
		kept.expires = loop_wall(wiring->loop) + kept.grant;
	}
	old = persist_token(wiring->persist);
	if (old != NULL && old->generation == kept.generation &&
	    old->grant > kept.grant)
		kept.grant = old->grant;
	persist_set_token(wiring->persist, &kept);
}

void
persist_wiring_drop_token(struct persist_wiring *wiring)
{
	if (wiring != NULL)
		persist_drop_token(wiring->persist);
}

struct persist *
persist_wiring_persist(const struct persist_wiring *wiring)
{
	return wiring == NULL ? NULL : wiring->persist;
}

static enum lh_err
find_key(const struct config_persist *config, char **path_out,
    struct lh_cause *cause)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");

	switch (config->type) {
	case CONFIG_PERSIST_KUBERNETES:
		*path_out = xstrdup(config->service_account_token_file);
		return LH_OK;
	case CONFIG_PERSIST_FILE:
		*path_out = xstrdup(config->key_file);
		return LH_OK;
	case CONFIG_PERSIST_CREDENTIAL:
		break;
	}
	if (folder == NULL || folder[0] == '\0') {
		lh_cause_set(cause, "CREDENTIALS_DIRECTORY is "
		    "not set; the unit needs LoadCredential=%s",
		    config->credential);
		return LH_ERR_CONFIG;
	}
	*path_out = xasprintf("%s/%s", folder, config->credential);
	return LH_OK;
}

/* Leases and tokens of one server, or of one identity, are nothing to another.
 * Where its files lie is not what tells an identity, a role id in one is. */
static void
set_owner(const struct config *config, uint8_t out[DIGEST_BYTES])
{
	struct digest *digest = digest_new();

	digest_begin(digest);
	for (size_t i = 0; i < VAULT_CLIENT_MAX_UPSTREAMS; i++)
		digest_add_span(digest, span_of(config->vault.addresses[i]));
	if (config->has_auth) {
		digest_add_span(digest, span_of(config->auth.namespace));
		add_method(digest, &config->method);
	}
	digest_end(digest, out);
	digest_free(digest);
}

static void
add_method(struct digest *digest, const struct auth_method_options *method)
{
	const char *role_id = auth_setting(method, "role_id_file_path");
	const struct auth_key *key = auth_method_type(method->type)->keys;
	struct secret *found = NULL;

	digest_add_span(digest, span_of(method->type));
	digest_add_span(digest, span_of(method->mount_path));
	for (; key->name != NULL; key++) {
		if (key->kind != AUTH_KEY_TEXT)
			continue;
		digest_add_span(digest, span_of(key->name));
		digest_add_span(digest,
		    span_of(auth_setting(method, key->name)));
	}
	if (role_id != NULL &&
	    file_read_secret(role_id, &found, NULL) == LH_OK)
		digest_add_span(digest, secret_lend(found));
	secret_unref(&found);
}
