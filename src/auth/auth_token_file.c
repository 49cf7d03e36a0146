/*
 * auth_token_file - no login: a token that somebody else puts into a file.
 *
 * The file stays. While it cannot be read the token known from before is
 * taken, and whether that one lives is for Vault to say.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <stdlib.h>

#include "auth_credential.h"
#include "auth_types.h"
#include "base/xalloc.h"

struct token_file {
	struct auth_credential credential;
};

static const struct auth_key token_file_keys[] = {
	{ "token_file_path", AUTH_KEY_PATH, true, NULL,
	    "File that holds the token." },
	{ NULL, AUTH_KEY_TEXT, false, NULL, NULL }
};

static enum lh_err
token_file_new(const struct auth_method_options *options, void **state_out,
    struct lh_cause *cause)
{
	struct token_file *file = xcalloc(1, sizeof(*file));

	auth_credential_init(&file->credential,
	    auth_setting(options, "token_file_path"));
	*state_out = file;
	return LH_OK;
}

static void
token_file_free(void *state)
{
	struct token_file *file = state;

	auth_credential_release(&file->credential);
	free(file);
}

static enum lh_err
token_file_begin(void *state, struct auth_request *request,
    enum auth_step *step_out, struct lh_cause *cause)
{
	struct token_file *file = state;
	enum lh_err err;

	err = auth_credential_read(&file->credential, cause);
	if (err != LH_OK)
		return err;
	request->warning = auth_credential_warning(&file->credential);
	request->token = file->credential.secret;
	request->credential = request->token;
	*step_out = AUTH_STEP_ADOPT;
	return LH_OK;
}

static bool
token_file_changed(void *state)
{
	struct token_file *file = state;

	return auth_credential_changed(&file->credential);
}

const struct auth_method_type auth_token_file_type = {
	.name = "token_file",
	.keys = token_file_keys,
	.new = token_file_new,
	.free = token_file_free,
	.begin = token_file_begin,
	.changed = token_file_changed
};
