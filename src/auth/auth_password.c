/*
 * auth_password - login with a name and the password in a file: userpass and
 * ldap, which differ in their name alone.
 *
 * A password may begin or end with blanks: only the end of the line is taken
 * off.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <stdlib.h>
#include <string.h>

#include "auth_body.h"
#include "auth_credential.h"
#include "auth_types.h"
#include "base/xalloc.h"

struct password {
	char *login_path;
	struct auth_credential credential;
	struct secret *body;
};

static const struct auth_key password_keys[] = {
	{ "username", AUTH_KEY_TEXT, true, NULL,
	    "Name to log in with." },
	{ "password_file_path", AUTH_KEY_PATH, true, NULL,
	    "File that holds the password." },
	{ "remove_password_after_reading", AUTH_KEY_BOOL, false, "true",
	    "Remove the file once it was read." },
	{ "remove_password_follows_symlinks", AUTH_KEY_BOOL, false, "false",
	    "Remove what a symbolic link leads to instead of the link." },
	{ "password_read_period", AUTH_KEY_DURATION, false, NULL,
	    "Time between looks for a new password." },
	{ NULL, AUTH_KEY_TEXT, false, NULL, NULL }
};

static enum lh_err
password_new(const struct auth_method_options *options, void **state_out,
    struct lh_cause *cause)
{
	struct password *password;
	char *path;
	enum lh_err err;

	err = auth_body_login_path(options, auth_setting(options, "username"),
	    &path, cause);
	if (err != LH_OK)
		return err;
	password = xcalloc(1, sizeof(*password));
	password->login_path = path;
	auth_credential_init(&password->credential,
	    auth_setting(options, "password_file_path"));
	password->credential.trim = AUTH_CREDENTIAL_LINE_END;
	password->credential.remove = strcmp(auth_setting(options,
	    "remove_password_after_reading"), "true") == 0;
	password->credential.follow_symlinks = strcmp(auth_setting(options,
	    "remove_password_follows_symlinks"), "true") == 0;
	*state_out = password;
	return LH_OK;
}

static void
password_free(void *state)
{
	struct password *password = state;

	free(password->login_path);
	auth_credential_release(&password->credential);
	secret_unref(&password->body);
	free(password);
}

static enum lh_err
password_begin(void *state, struct auth_request *request,
    enum auth_step *step_out, struct lh_cause *cause)
{
	struct password *password = state;
	enum lh_err err;

	err = auth_credential_read(&password->credential, cause);
	if (err != LH_OK)
		return err;
	auth_credential_remove(&password->credential);
	request->warning = auth_credential_warning(&password->credential);
	err = auth_body_set(&password->body, (const struct auth_member[]){
	    { "password", secret_lend(password->credential.secret) },
	    { NULL, SPAN_NONE } }, cause);
	if (err != LH_OK)
		return err;
	auth_body_login(request, password->login_path, password->body);
	request->credential = password->body;
	*step_out = AUTH_STEP_LOGIN;
	return LH_OK;
}

static bool
password_changed(void *state)
{
	struct password *password = state;

	return auth_credential_changed(&password->credential);
}

const struct auth_method_type auth_userpass_type = {
	.name = "userpass",
	.keys = password_keys,
	.new = password_new,
	.free = password_free,
	.begin = password_begin,
	.changed = password_changed
};

const struct auth_method_type auth_ldap_type = {
	.name = "ldap",
	.keys = password_keys,
	.new = password_new,
	.free = password_free,
	.begin = password_begin,
	.changed = password_changed
};
