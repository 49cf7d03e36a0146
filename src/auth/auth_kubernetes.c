/*
 * auth_kubernetes - login with the service account token of the pod.
 *
 * The kubelet replaces the file before the token in it expires, so it is read
 * at each login; an old one is not kept, since it would be refused anyhow.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <stdlib.h>

#include "auth_body.h"
#include "auth_types.h"
#include "base/file_io.h"
#include "base/xalloc.h"

struct kubernetes {
	char *login_path;
	char *role;
	char *token_path;
	struct secret *body;
};

static const struct auth_key kubernetes_keys[] = {
	{ "role", AUTH_KEY_TEXT, true, NULL,
	    "Role to log in to." },
	{ "token_path", AUTH_KEY_PATH, false,
	    "/var/run/secrets/kubernetes.io/serviceaccount/token",
	    "File that holds the service account token." },
	{ NULL, AUTH_KEY_TEXT, false, NULL, NULL }
};

static enum lh_err
kubernetes_new(const struct auth_method_options *options, void **state_out,
    struct lh_cause *cause)
{
	struct kubernetes *kubernetes;
	char *path;
	enum lh_err err;

	err = auth_body_login_path(options, NULL, &path, cause);
	if (err != LH_OK)
		return err;
	kubernetes = xcalloc(1, sizeof(*kubernetes));
	kubernetes->login_path = path;
	kubernetes->role = xstrdup(auth_setting(options, "role"));
	kubernetes->token_path = xstrdup(auth_setting(options, "token_path"));
	*state_out = kubernetes;
	return LH_OK;
}

static void
kubernetes_free(void *state)
{
	struct kubernetes *kubernetes = state;

	free(kubernetes->login_path);
	free(kubernetes->role);
	free(kubernetes->token_path);
	secret_unref(&kubernetes->body);
	free(kubernetes);
}

static enum lh_err
kubernetes_begin(void *state, struct auth_request *request,
    enum auth_step *step_out, struct lh_cause *cause)
{
	struct kubernetes *kubernetes = state;
	struct secret *jwt;
	enum lh_err err;

	err = file_read_secret(kubernetes->token_path, &jwt, cause);
	if (err != LH_OK)
		return err;
	err = auth_body_set(&kubernetes->body, (const struct auth_member[]){
	    { "role", span_of(kubernetes->role) },
	    { "jwt", secret_lend(jwt) },
	    { NULL, SPAN_NONE } }, cause);
	secret_unref(&jwt);
	if (err != LH_OK)
		return err;
	auth_body_login(request, kubernetes->login_path, kubernetes->body);
	request->credential = kubernetes->body;
	*step_out = AUTH_STEP_LOGIN;
	return LH_OK;
}

const struct auth_method_type auth_kubernetes_type = {
	.name = "kubernetes",
	.keys = kubernetes_keys,
	.new = kubernetes_new,
	.free = kubernetes_free,
	.begin = kubernetes_begin
};
