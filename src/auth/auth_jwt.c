/*
 * auth_jwt - login with a JWT that somebody puts into a file.
 *
 * The file is removed as soon as it was read: what it held is ours alone then.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <stdlib.h>
#include <string.h>

#include "auth_body.h"
#include "auth_credential.h"
#include "auth_types.h"
#include "base/xalloc.h"

struct jwt {
	char *login_path;
	char *role;
	struct auth_credential credential;
	struct secret *body;
};

static const struct auth_key jwt_keys[] = {
	{ "path", AUTH_KEY_PATH, true, NULL,
	    "File that holds the JWT." },
	{ "role", AUTH_KEY_TEXT, true, NULL,
	    "Role to log in to." },
	{ "remove_jwt_after_reading", AUTH_KEY_BOOL, false, "true",
	    "Remove the file once it was read." },
	{ "remove_jwt_follows_symlinks", AUTH_KEY_BOOL, false, "false",
	    "Remove what a symbolic link leads to instead of the link." },
	{ "skip_delete", AUTH_KEY_BOOL, false, "false",
	    "Leave the file, whatever remove_jwt_after_reading says." },
	{ "jwt_read_period", AUTH_KEY_DURATION, false, NULL,
	    "Time between looks for a new JWT." },
	{ NULL, AUTH_KEY_TEXT, false, NULL, NULL }
};

static bool
is_set(const struct auth_method_options *options, const char *name)
{
	return strcmp(auth_setting(options, name), "true") == 0;
}

static enum lh_err
jwt_new(const struct auth_method_options *options, void **state_out,
    struct lh_cause *cause)
{
	struct jwt *jwt;
	char *path;
	enum lh_err err;

	err = auth_body_login_path(options, NULL, &path, cause);
	if (err != LH_OK)
		return err;
	jwt = xcalloc(1, sizeof(*jwt));
	jwt->login_path = path;
	jwt->role = xstrdup(auth_setting(options, "role"));
	auth_credential_init(&jwt->credential, auth_setting(options, "path"));
	jwt->credential.remove = is_set(options, "remove_jwt_after_reading") &&
	    !is_set(options, "skip_delete");
	jwt->credential.follow_symlinks = is_set(options,
	    "remove_jwt_follows_symlinks");
	*state_out = jwt;
	return LH_OK;
}

static void
jwt_free(void *state)
{
	struct jwt *jwt = state;

	free(jwt->login_path);
	free(jwt->role);
	auth_credential_release(&jwt->credential);
	secret_unref(&jwt->body);
	free(jwt);
}

static enum lh_err
jwt_begin(void *state, struct auth_request *request,
    enum auth_step *step_out, struct lh_cause *cause)
{
	struct jwt *jwt = state;
	enum lh_err err;

	err = auth_credential_read(&jwt->credential, cause);
	if (err != LH_OK)
		return err;
	auth_credential_remove(&jwt->credential);
	request->warning = auth_credential_warning(&jwt->credential);
	err = auth_body_set(&jwt->body, (const struct auth_member[]){
	    { "role", span_of(jwt->role) },
	    { "jwt", secret_lend(jwt->credential.secret) },
	    { NULL, SPAN_NONE } }, cause);
	if (err != LH_OK)
		return err;
	auth_body_login(request, jwt->login_path, jwt->body);
	request->credential = jwt->body;
	*step_out = AUTH_STEP_LOGIN;
	return LH_OK;
}

static bool
jwt_changed(void *state)
{
	struct jwt *jwt = state;

	return auth_credential_changed(&jwt->credential);
}

const struct auth_method_type auth_jwt_type = {
	.name = "jwt",
	.keys = jwt_keys,
	.new = jwt_new,
	.free = jwt_free,
	.begin = jwt_begin,
	.changed = jwt_changed
};
