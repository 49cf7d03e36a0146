/*
 * auth_wiring - see auth_wiring.h.
 *
 * The cert method may show another certificate than the proxied requests do.
 * Its client is made when the first login begins, so that files which come
 * late are a login that fails and is tried again, and not the end.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "auth_wiring.h"

#include <stdlib.h>
#include <string.h>

#include "base/file_io.h"
#include "base/xalloc.h"
#include "vault/vault_api.h"
#include "vault/vault_client.h"

struct auth_wiring {
	struct auth_wiring_env env;
	const struct config *first;	/* of the server: borrowed */
	const struct config *config;	/* of the method: first, or own */
	struct config *own;		/* of a reload, or NULL */
	struct vault_client *login_client;	/* or NULL */
	struct vault_api *login_api;
	struct auth_keeper *keeper;
	struct sinks *sinks;
	struct lh_cause told;		/* warning logged last */
};

static enum lh_err build_sinks(struct auth_wiring *auth,
    struct lh_cause *cause);
static enum lh_err build_keeper(struct auth_wiring *auth,
    struct lh_cause *cause);
static void restore_token(struct auth_wiring *auth);
static bool may_restore(const struct auth_wiring *auth,
    const struct persist_token *token);
static bool has_own_client(const struct config *config);
static enum lh_err open_login_client(struct auth_wiring *auth,
    struct lh_cause *cause);
static void close_login_client(struct auth_wiring *auth);
static void reload_certificates(struct auth_wiring *auth);
static bool is_same_method(const struct config *a, const struct config *b);
static bool has_same_settings(const struct auth_method_options *a,
    const struct auth_method_options *b);
static bool needs_restart(const struct auth_wiring *auth,
    const struct config *config);
static void replace(struct auth_wiring *auth, struct config **config);
static bool wants_revocation(const struct auth_wiring *auth);
static enum lh_err on_login(void *arg, struct lh_cause *cause);
static void keep_token(struct auth_wiring *auth,
    const struct auth_token *token);
static void on_token(void *arg, const struct auth_token *token);
static void on_extended(void *arg, const struct auth_token *token);
static void on_wrapped(void *arg, const struct vault_wrap_facts *wrap);
static void on_lost(void *arg, uint64_t generation);
static void on_fatal(void *arg, const char *why);

enum lh_err
auth_wiring_new(const struct config *config,
    const struct auth_wiring_env *env, struct auth_wiring **auth_out,
    struct lh_cause *cause)
{
	struct auth_wiring *auth = xcalloc(1, sizeof(*auth));
	enum lh_err err;

	auth->env = *env;
	auth->first = config;
	auth->config = config;
	err = build_sinks(auth, cause);
	if (err == LH_OK)
		err = build_keeper(auth, cause);
	if (err != LH_OK) {
		auth_wiring_free(auth);
		return err;
	}
	*auth_out = auth;
	return LH_OK;
}

void
auth_wiring_free(struct auth_wiring *auth)
{
	if (auth == NULL)
		return;
	auth_keeper_free(auth->keeper);
	sinks_free(auth->sinks);
	close_login_client(auth);
	config_free(auth->own);
	free(auth);
}

struct auth_keeper *
auth_wiring_keeper(const struct auth_wiring *auth)
{
	return auth->keeper;
}

struct sinks *
auth_wiring_sinks(const struct auth_wiring *auth)
{
	return auth->sinks;
}

void
auth_wiring_reload(struct auth_wiring *auth, struct config **config)
{
	if (*config != NULL && needs_restart(auth, *config))
		log_error(auth->env.log, "reload.failed", log_text("error",
		    "auto_auth comes, goes, or begins or ends to wrap its "
		    "logins: that takes a restart"));
	else if (*config != NULL && !is_same_method(auth->config, *config))
		replace(auth, config);
	else if (*config != NULL)
		auth_keeper_set_pace(auth->keeper, &(*config)->auth);
	reload_certificates(auth);
}

bool
auth_wiring_revoke(struct auth_wiring *auth, loop_fn *fn, void *arg)
{
	return wants_revocation(auth) &&
	    auth_keeper_revoke(auth->keeper, fn, arg);
}

void
auth_wiring_cut(struct auth_wiring *auth)
{
	if (wants_revocation(auth))
		auth_keeper_leave_token(auth->keeper);
}

static enum lh_err
build_sinks(struct auth_wiring *auth, struct lh_cause *cause)
{
	const struct config *config = auth->config;
	const struct sinks_env env = { .loop = auth->env.loop,
		.log = auth->env.log, .scheduler = auth->env.scheduler,
		.api = auth->env.api, .namespace = config->auth.namespace };
	enum lh_err err = sinks_new(config->sinks, config->sink_count, &env,
	    &auth->sinks, cause);

	if (err == LH_OK)
		sinks_on_settled(auth->sinks, auth->env.on_settled,
		    auth->env.arg);
	return err;
}

static enum lh_err
build_keeper(struct auth_wiring *auth, struct lh_cause *cause)
{
	const struct auth_listener listener = { .on_login = on_login,
		.on_token = on_token, .on_wrapped = on_wrapped,
		.on_extended = on_extended,
		.on_lost = on_lost, .on_fatal = on_fatal, .arg = auth };
	const struct auth_keeper_env env = { .loop = auth->env.loop,
		.log = auth->env.log, .metrics = auth->env.metrics,
		.scheduler = auth->env.scheduler, .api = auth->env.api,
		.login_api = auth->env.api };
	struct auth_method *method;
	enum lh_err err;

	err = auth_method_new(&auth->config->method, &method, cause);
	if (err != LH_OK)
		return err;
	auth->keeper = auth_keeper_new(&auth->config->auth, &env, &method);
	auth_keeper_subscribe(auth->keeper, &listener);
	restore_token(auth);
	return LH_OK;
}

static void
restore_token(struct auth_wiring *auth)
{
	const struct persist_token *token =
	    persist_wiring_token(auth->env.persist);

	if (token == NULL)
		return;
	if (may_restore(auth, token)) {
		persist_wiring_restore_token(auth->env.persist, auth->keeper);
		return;
	}
	cache_end_generation(auth->env.cache, token->generation);
	persist_wiring_drop_token(auth->env.persist);
}

/* A token in a file may have been replaced meanwhile: that one counts. */
static bool
may_restore(const struct auth_wiring *auth,
    const struct persist_token *token)
{
	const char *path = auth_setting(&auth->config->method,
	    "token_file_path");
	struct secret *there = NULL;
	struct lh_cause cause;
	bool is_same;

	if (path == NULL)
		return auth->config->auth.wrap_ttl == 0;
	is_same = file_read_secret(path, &there, &cause) == LH_OK &&
	    secret_equal(there, token->secret);
	secret_unref(&there);
	return is_same;
}

static bool
has_own_client(const struct config *config)
{
	const struct auth_method_options *method = &config->method;

	return strcmp(method->type, "cert") == 0 &&
	    (auth_setting(method, "client_cert") != NULL ||
	    auth_setting(method, "ca_cert") != NULL);
}

static enum lh_err
open_login_client(struct auth_wiring *auth, struct lh_cause *cause)
{
	const struct vault_client_env env = { auth->env.loop, auth->env.log,
		auth->env.metrics };
	const struct auth_method_options *method = &auth->config->method;
	struct vault_client_options options = auth->first->vault;
	enum lh_err err;

	options.user_agent = auth->env.user_agent;
	options.health_interval = 0;	/* the client of requests asks */
	if (auth_setting(method, "client_cert") != NULL) {
		options.http.client_cert = auth_setting(method, "client_cert");
		options.http.client_key = auth_setting(method, "client_key");
	}
	if (auth_setting(method, "ca_cert") != NULL) {
		options.http.ca_file = auth_setting(method, "ca_cert");
		options.http.ca_pem = SPAN_NONE;
	}
	err = vault_client_new(&options, &env, &auth->login_client, cause);
	if (err == LH_OK)
		auth->login_api = vault_api_new(auth->login_client,
		    auth->env.loop);
	return err;
}

static void
close_login_client(struct auth_wiring *auth)
{
	vault_api_free(auth->login_api);
	vault_client_free(auth->login_client);
	auth->login_api = NULL;
	auth->login_client = NULL;
}

/* Those that were good go on; told once, until it is another reason. */
static void
reload_certificates(struct auth_wiring *auth)
{
	struct lh_cause cause = { "" };

	if (auth->login_client == NULL)
		return;
	if (vault_client_reload(auth->login_client, &cause) != LH_OK &&
	    strcmp(auth->told.text, cause.text) != 0)
		log_warn(auth->env.log, "auth.certificate",
		    log_text("error", cause.text));
	auth->told = cause;
}

static bool
is_same_method(const struct config *a, const struct config *b)
{
	return strcmp(a->method.type, b->method.type) == 0 &&
	    strcmp(a->method.mount_path, b->method.mount_path) == 0 &&
	    has_same_settings(&a->method, &b->method) &&
	    strcmp(a->auth.namespace, b->auth.namespace) == 0 &&
	    a->auth.wrap_ttl == b->auth.wrap_ttl;
}

/* In the order of the method's keys, so one by one. */
static bool
has_same_settings(const struct auth_method_options *a,
    const struct auth_method_options *b)
{
	if (a->setting_count != b->setting_count)
		return false;
	for (size_t i = 0; i < a->setting_count; i++)
		if (strcmp(a->settings[i].name, b->settings[i].name) != 0 ||
		    strcmp(a->settings[i].text, b->settings[i].text) != 0)
			return false;
	return true;
}

/* The sinks and the proxied requests are made for one or the other. */
static bool
needs_restart(const struct auth_wiring *auth, const struct config *config)
{
	return !config->has_auth || (auth->config->auth.wrap_ttl > 0) !=
	    (config->auth.wrap_ttl > 0);
}

static void
replace(struct auth_wiring *auth, struct config **config)
{
	struct auth_method *method;
	struct lh_cause cause;

	if (auth_method_new(&(*config)->method, &method, &cause) != LH_OK) {
		log_error(auth->env.log, "reload.failed",
		    log_text("error", cause.text));
		return;
	}
	auth_keeper_replace(auth->keeper, &(*config)->auth, auth->env.api,
	    &method);
	close_login_client(auth);
	config_free(auth->own);
	auth->own = *config;
	auth->config = *config;
	*config = NULL;
}

/* The token of a method that a reload has brought may not be ours. */
static bool
wants_revocation(const struct auth_wiring *auth)
{
	return auth->first->revoke_on_exit && auth->config->revoke_on_exit;
}

static enum lh_err
on_login(void *arg, struct lh_cause *cause)
{
	struct auth_wiring *auth = arg;
	const char *reload = auth_setting(&auth->config->method, "reload");
	enum lh_err err = LH_OK;

	if (!has_own_client(auth->config))
		return LH_OK;
	if (auth->login_client == NULL) {
		err = open_login_client(auth, cause);
		if (err == LH_OK)
			auth_keeper_set_login_api(auth->keeper,
			    auth->login_api);
	} else if (reload != NULL && strcmp(reload, "true") == 0)
		reload_certificates(auth);
	return err;
}

/* The file belongs to the login of the start. */
static void
keep_token(struct auth_wiring *auth, const struct auth_token *token)
{
	if (auth->own == NULL)
		persist_wiring_keep_token(auth->env.persist, token,
		    auth->config->auth.namespace);
	else
		persist_wiring_drop_token(auth->env.persist);
}

static void
on_token(void *arg, const struct auth_token *token)
{
	struct auth_wiring *auth = arg;

	if (auth->env.cache != NULL)
		cache_begin_generation(auth->env.cache,
		    auth_token_generation(token), auth_token_secret(token),
		    auth_token_accessor(token));
	keep_token(auth, token);
	sinks_set_namespace(auth->sinks, auth->config->auth.namespace);
	sinks_put(auth->sinks, token);
}

static void
on_extended(void *arg, const struct auth_token *token)
{
	struct auth_wiring *auth = arg;

	keep_token(auth, token);
}

static void
on_wrapped(void *arg, const struct vault_wrap_facts *wrap)
{
	struct auth_wiring *auth = arg;

	sinks_put_wrapped(auth->sinks, wrap);
}

static void
on_lost(void *arg, uint64_t generation)
{
	struct auth_wiring *auth = arg;

	if (auth->env.cache == NULL)
		return;
	if (auth_keeper_ran_out(auth->keeper)) {
		cache_outlive_generation(auth->env.cache, generation);
		return;
	}
	cache_end_generation(auth->env.cache, generation);
	persist_wiring_drop_token(auth->env.persist);
}

static void
on_fatal(void *arg, const char *why)
{
	struct auth_wiring *auth = arg;

	auth->env.on_fatal(auth->env.arg, why);
}
