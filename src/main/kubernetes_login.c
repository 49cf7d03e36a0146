/*
 * kubernetes_login - see kubernetes_login.h.
 *
 *	environment -> login [-> wait -> login ...] -> accessor, token
 *
 * The address and the certificates are read as the proxy reads them, VAULT_CAPEM
 * being the old name of VAULT_CACERT_BYTES. The token comes last: where it is,
 * the accessor is. It has no line end, so it serves the method token_file.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "kubernetes_login.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "auth/auth_method.h"
#include "base/backoff.h"
#include "base/digest.h"
#include "base/file_io.h"
#include "base/loop.h"
#include "base/xalloc.h"
#include "config/config.h"
#include "vault/vault_api.h"
#include "vault/vault_client.h"
#include "vault/vault_envelope.h"

#define TOKEN_DEST "/var/run/secrets/vaultproject.io/.vault-token"
#define ACCESSOR_DEST "/var/run/secrets/vaultproject.io/.vault-accessor"
#define MIN_WAIT_MS 1000
#define MAX_WAIT_MS 15000

struct pod_login {
	struct config *config;		/* of the server */
	struct auth_method *method;
	struct timesource *source;
	struct loop *loop;
	struct vault_client *client;
	struct vault_api *api;
	struct vault_op *op;
	struct loop_timer *retry;
	struct backoff backoff;
	mono_ms retry_until;
	int status;
};

static enum lh_err build(struct pod_login *login, struct lh_cause *cause);
static enum lh_err read_server(struct config **config_out,
    struct lh_cause *cause);
static const char *server_variable(const char *name);
static const char *variable(const char *name, const char *preset);
static enum lh_err make_method(struct auth_method **method_out,
    struct lh_cause *cause);
static void release(struct pod_login *login);
static void attempt(void *arg);
static enum lh_err ask(struct pod_login *login, struct lh_cause *cause);
static void on_answer(void *arg, const struct vault_reply *reply);
static enum lh_err read_answer(const struct vault_reply *reply,
    struct lh_cause *cause);
static enum lh_err write_files(const struct vault_token_facts *auth,
    struct lh_cause *cause);
static void fail(struct pod_login *login, const struct lh_cause *cause);
static void complain(const struct lh_cause *cause);

int
kubernetes_login(span_ms retry_for)
{
	struct pod_login login = { .status = 1 };
	struct lh_cause cause = { "" };

	if (build(&login, &cause) != LH_OK)
		complain(&cause);
	else {
		login.retry_until = loop_mono(login.loop) + retry_for;
		backoff_init(&login.backoff, MIN_WAIT_MS, MAX_WAIT_MS);
		loop_timer_set(login.retry, 0);
		loop_run(login.loop);
	}
	release(&login);
	return login.status;
}

static enum lh_err
build(struct pod_login *login, struct lh_cause *cause)
{
	struct vault_client_env env = { NULL, NULL, NULL };
	enum lh_err err;

	err = make_method(&login->method, cause);
	if (err == LH_OK)
		err = read_server(&login->config, cause);
	if (err != LH_OK)
		return err;
	login->source = timesource_new();
	err = loop_new(login->source, &login->loop);
	if (err != LH_OK) {
		lh_cause_set(cause, "cannot make the event loop");
		return err;
	}
	login->retry = loop_timer_new(login->loop, attempt, login);
	env.loop = login->loop;
	login->config->vault.user_agent = PACKAGE_NAME "/" PACKAGE_VERSION;
	err = vault_client_new(&login->config->vault, &env, &login->client,
	    cause);
	if (err == LH_OK)
		login->api = vault_api_new(login->client, login->loop);
	return err;
}

static enum lh_err
read_server(struct config **config_out, struct lh_cause *cause)
{
	struct config_notes notes;
	struct span text;
	enum lh_err err;

	config_notes_init(&notes);
	err = config_load_server(server_variable, &notes, config_out);
	text = span_trim(bytes_span(&notes.text));
	if (err != LH_OK)
		lh_cause_set(cause, "%.*s", (int)text.len, text.ptr);
	config_notes_release(&notes);
	return err;
}

static const char *
server_variable(const char *name)
{
	if (strcmp(name, "VAULT_CACERT_BYTES") == 0)
		name = "VAULT_CAPEM";
	return variable(name, NULL);
}

/* Set but empty is not set. */
static const char *
variable(const char *name, const char *preset)
{
	const char *value = getenv(name);

	return value == NULL || *value == '\0' ? preset : value;
}

static enum lh_err
make_method(struct auth_method **method_out, struct lh_cause *cause)
{
	char *mount = xasprintf("auth/%s", variable("VAULT_K8S_MOUNT_PATH",
	    "kubernetes"));
	const struct auth_setting settings[] = {
		{ "role", variable("VAULT_ROLE", "") },
		{ "token_path", variable("SERVICE_ACCOUNT_PATH", "") },
	};
	enum lh_err err = LH_ERR_CONFIG;

	if (*settings[0].text == '\0')
		lh_cause_set(cause, "VAULT_ROLE is not set");
	else
		err = auth_method_new(&(struct auth_method_options){
		    "kubernetes", mount, settings, 2 }, method_out, cause);
	free(mount);
	return err;
}

static void
release(struct pod_login *login)
{
	auth_method_free(login->method);
	vault_api_free(login->api);
	vault_client_free(login->client);
	loop_timer_free(login->retry);
	loop_free(login->loop);
	timesource_free(login->source);
	config_free(login->config);
}

static void
attempt(void *arg)
{
	struct pod_login *login = arg;
	struct lh_cause cause;

	if (ask(login, &cause) != LH_OK)
		fail(login, &cause);
}

static enum lh_err
ask(struct pod_login *login, struct lh_cause *cause)
{
	struct auth_request request;
	struct vault_ask ask;
	enum auth_step step;
	enum lh_err err;

	err = auth_method_begin(login->method, &request, &step, cause);
	if (err != LH_OK)
		return err;
	ask = (struct vault_ask){ .method = SPAN_LITERAL("POST"),
		.path = span_of(request.path),
		.namespace = span_of(login->config->namespace),
		.body = request.body };
	err = vault_api_ask(login->api, &ask, on_answer, login, &login->op);
	if (err != LH_OK)
		lh_cause_set(cause, "%s", lh_err_text(err));
	return err;
}

static void
on_answer(void *arg, const struct vault_reply *reply)
{
	struct pod_login *login = arg;
	struct lh_cause cause;

	login->op = NULL;
	if (read_answer(reply, &cause) != LH_OK) {
		fail(login, &cause);
		return;
	}
	login->status = 0;
	loop_stop(login->loop);
}

static enum lh_err
read_answer(const struct vault_reply *reply, struct lh_cause *cause)
{
	struct vault_envelope envelope;
	enum lh_err err = LH_ERR_FORMAT;

	if (reply->status != 200) {
		lh_cause_set(cause, "the login failed: status %u: %s",
		    reply->status, reply->error);
		return LH_ERR_DENIED;
	}
	if (vault_envelope_parse(reply->body, &envelope) != LH_OK) {
		lh_cause_set(cause, "the answer to the login is not "
		    "understood");
		return LH_ERR_FORMAT;
	}
	if (!envelope.has_auth ||
	    secret_lend(envelope.auth.token).len == 0)
		lh_cause_set(cause, "the answer to the login holds no token");
	else
		err = write_files(&envelope.auth, cause);
	vault_envelope_release(&envelope);
	return err;
}

static enum lh_err
write_files(const struct vault_token_facts *auth, struct lh_cause *cause)
{
	const struct file_owner ours = { 0600, FILE_IO_KEEP_ID,
		FILE_IO_KEEP_ID };
	const struct file_owner everybodys = { 0644, FILE_IO_KEEP_ID,
		FILE_IO_KEEP_ID };
	const char *accessor = variable("ACCESSOR_DEST_PATH", ACCESSOR_DEST);
	enum lh_err err;

	err = file_replace(accessor, span_of(auth->accessor), &everybodys,
	    cause);
	if (err != LH_OK)
		return err;
	err = file_replace(variable("TOKEN_DEST_PATH", TOKEN_DEST),
	    secret_lend(auth->token), &ours, cause);
	if (err != LH_OK)
		(void)unlink(accessor);		/* it tells of a token */
	return err;
}

static void
fail(struct pod_login *login, const struct lh_cause *cause)
{
	span_ms wait = backoff_next(&login->backoff, random_unit());

	complain(cause);
	if (loop_mono(login->loop) + wait < login->retry_until)
		loop_timer_set(login->retry, wait);
	else
		loop_stop(login->loop);
}

static void
complain(const struct lh_cause *cause)
{
	fprintf(stderr, "leasehold: %s\n", cause->text);
}
