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

#include "auth/auth_method.h"
#include "base/file_io.h"
#include "base/xalloc.h"
#include "errand.h"
#include "vault/vault_envelope.h"

#define TOKEN_DEST "/var/run/secrets/vaultproject.io/.vault-token"
#define ACCESSOR_DEST "/var/run/secrets/vaultproject.io/.vault-accessor"

struct pod_login {
	struct auth_method *method;
	struct errand *errand;
	struct vault_op *op;
};

static const char *server_variable(const char *name);
static const char *variable(const char *name, const char *preset);
static enum lh_err make_method(struct auth_method **method_out,
    struct lh_cause *cause);
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
	static const struct config_flags no_flags = { .path_count = 0 };
	struct pod_login login = { NULL, NULL, NULL };
	const struct errand_options errand = { &no_flags, server_variable,
		retry_for, attempt, &login };
	struct lh_cause cause = { "" };
	int status = 1;

	if (make_method(&login.method, &cause) != LH_OK ||
	    errand_new(&errand, &login.errand, &cause) != LH_OK)
		complain(&cause);
	else
		status = errand_run(login.errand, status);
	errand_free(login.errand);
	auth_method_free(login.method);
	return status;
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
		.namespace = errand_namespace(login->errand),
		.body = request.body };
	err = vault_api_ask(errand_api(login->errand), &ask, on_answer, login,
	    &login->op);
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
	if (read_answer(reply, &cause) == LH_OK)
		errand_done(login->errand);
	else
		fail(login, &cause);
}

static enum lh_err
read_answer(const struct vault_reply *reply, struct lh_cause *cause)
{
	struct vault_envelope envelope;
	enum lh_err err = LH_ERR_FORMAT;
	struct lh_cause why;

	if (reply->status != 200) {
		vault_reply_text(reply, &why);
		lh_cause_set(cause, "the login failed: %s", why.text);
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
	complain(cause);
	errand_try_again(login->errand);
}

static void
complain(const struct lh_cause *cause)
{
	fprintf(stderr, "leasehold: %s\n", cause->text);
}
