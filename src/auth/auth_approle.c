/*
 * auth_approle - login with a role id and, mostly, a secret id, from files.
 *
 * The file of the secret id may instead hold a wrapping token. Then two
 * questions come before the login:
 *
 *	READY -> LOOKING_UP -> UNWRAPPING -> READY
 *
 * The first asks where the wrapped answer was made; anything but the
 * configured path means that somebody has put another token there, and
 * nothing is unwrapped. A wrapping token works once: the one that was used is
 * remembered, so that a file which is not removed is not tried again.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth_body.h"
#include "auth_credential.h"
#include "auth_types.h"
#include "base/lh_assert.h"
#include "base/xalloc.h"
#include "vault/vault_envelope.h"

enum approle_phase {
	APPROLE_READY,
	APPROLE_LOOKING_UP,
	APPROLE_UNWRAPPING
};

struct approle {
	char *login_path;
	struct auth_credential role_id;
	struct auth_credential secret_id;	/* or the wrapping token */
	bool with_secret_id;
	char *wrapping_path;		/* NULL: the secret id is not wrapped */
	enum approle_phase phase;
	struct secret *used;		/* the wrapping token spent last */
	struct secret *unwrapped;	/* what it held */
	struct secret *body;
};

static enum lh_err approle_new(const struct auth_method_options *options,
    void **state_out, struct lh_cause *cause);
static void approle_free(void *state);
static enum lh_err approle_begin(void *state, struct auth_request *request,
    enum auth_step *step_out, struct lh_cause *cause);
static enum lh_err approle_answer(void *state, struct span body,
    struct auth_request *request, enum auth_step *step_out,
    struct lh_cause *cause);
static enum lh_err check_origin(struct approle *approle, struct span body,
    struct lh_cause *cause);
static enum lh_err unwrap(struct approle *approle, struct span body,
    struct lh_cause *cause);
static void ask(struct approle *approle, enum approle_phase phase,
    struct auth_request *request);
static const char *warning_of(const struct approle *approle);
static bool is_wrapped(const struct approle *approle);
static enum lh_err log_in(struct approle *approle,
    struct auth_request *request, struct lh_cause *cause);

static const struct auth_key approle_keys[] = {
	{ "role_id_file_path", AUTH_KEY_PATH, true, NULL,
	    "File that holds the role id." },
	{ "secret_id_file_path", AUTH_KEY_PATH, false, NULL,
	    "File that holds the secret id; without it none is sent." },
	{ "remove_secret_id_file_after_reading", AUTH_KEY_BOOL, false, "true",
	    "Remove the file of the secret id once it was read." },
	{ "secret_id_response_wrapping_path", AUTH_KEY_TEXT, false, NULL,
	    "The file of the secret id holds a wrapping token that was made "
	    "at this path." },
	{ NULL, AUTH_KEY_TEXT, false, NULL, NULL }
};

const struct auth_method_type auth_approle_type = {
	.name = "approle",
	.keys = approle_keys,
	.new = approle_new,
	.free = approle_free,
	.begin = approle_begin,
	.answer = approle_answer
};

static enum lh_err
approle_new(const struct auth_method_options *options, void **state_out,
    struct lh_cause *cause)
{
	const char *file = auth_setting(options, "secret_id_file_path");
	const char *wrapping = auth_setting(options,
	    "secret_id_response_wrapping_path");
	struct approle *approle;
	char *path;
	enum lh_err err;

	if (wrapping != NULL && file == NULL) {
		lh_cause_set(cause, "secret_id_response_wrapping_path needs "
		    "secret_id_file_path");
		return LH_ERR_CONFIG;
	}
	err = auth_body_login_path(options, NULL, &path, cause);
	if (err != LH_OK)
		return err;
	approle = xcalloc(1, sizeof(*approle));
	approle->login_path = path;
	auth_credential_init(&approle->role_id,
	    auth_setting(options, "role_id_file_path"));
	auth_credential_init(&approle->secret_id, file);
	approle->secret_id.remove = strcmp(auth_setting(options,
	    "remove_secret_id_file_after_reading"), "true") == 0;
	approle->with_secret_id = file != NULL;
	approle->wrapping_path = xstrdup(wrapping);
	*state_out = approle;
	return LH_OK;
}

static void
approle_free(void *state)
{
	struct approle *approle = state;

	free(approle->login_path);
	auth_credential_release(&approle->role_id);
	auth_credential_release(&approle->secret_id);
	free(approle->wrapping_path);
	secret_unref(&approle->used);
	secret_unref(&approle->unwrapped);
	secret_unref(&approle->body);
	free(approle);
}

static enum lh_err
approle_begin(void *state, struct auth_request *request,
    enum auth_step *step_out, struct lh_cause *cause)
{
	struct approle *approle = state;
	enum lh_err err;

	approle->phase = APPROLE_READY;
	err = auth_credential_read(&approle->role_id, cause);
	if (err == LH_OK && approle->with_secret_id)
		err = auth_credential_read(&approle->secret_id, cause);
	if (err != LH_OK)
		return err;
	if (is_wrapped(approle)) {
		ask(approle, APPROLE_LOOKING_UP, request);
		*step_out = AUTH_STEP_ASK;
		return LH_OK;
	}
	*step_out = AUTH_STEP_LOGIN;
	return log_in(approle, request, cause);
}

static enum lh_err
approle_answer(void *state, struct span body, struct auth_request *request,
    enum auth_step *step_out, struct lh_cause *cause)
{
	struct approle *approle = state;
	enum approle_phase phase = approle->phase;
	enum lh_err err;

	lh_assert(phase != APPROLE_READY);
	approle->phase = APPROLE_READY;
	if (phase == APPROLE_LOOKING_UP) {
		err = check_origin(approle, body, cause);
		if (err != LH_OK)
			return err;
		ask(approle, APPROLE_UNWRAPPING, request);
		*step_out = AUTH_STEP_ASK;
		return LH_OK;
	}
	err = unwrap(approle, body, cause);
	if (err != LH_OK)
		return err;
	*step_out = AUTH_STEP_LOGIN;
	return log_in(approle, request, cause);
}

static enum lh_err
check_origin(struct approle *approle, struct span body,
    struct lh_cause *cause)
{
	struct secret *path = vault_envelope_data_secret(body,
	    "creation_path");
	bool same = path != NULL && span_equal(secret_lend(path),
	    span_of(approle->wrapping_path));

	secret_unref(&path);
	if (same)
		return LH_OK;
	lh_cause_set(cause, "the wrapping token in %s was not made at %s: "
	    "it may have been put there by somebody else",
	    approle->secret_id.path, approle->wrapping_path);
	return LH_ERR_DENIED;
}

static enum lh_err
unwrap(struct approle *approle, struct span body, struct lh_cause *cause)
{
	struct secret *found = vault_envelope_data_secret(body, "secret_id");

	/* Spent, whatever it held. */
	secret_unref(&approle->used);
	approle->used = secret_ref(approle->secret_id.secret);
	if (found == NULL || secret_lend(found).len == 0) {
		secret_unref(&found);
		lh_cause_set(cause, "what the token in %s wraps holds no "
		    "secret_id", approle->secret_id.path);
		return LH_ERR_FORMAT;
	}
	secret_unref(&approle->unwrapped);
	approle->unwrapped = found;
	return LH_OK;
}

static void
ask(struct approle *approle, enum approle_phase phase,
    struct auth_request *request)
{
	bool looking = phase == APPROLE_LOOKING_UP;

	snprintf(request->path, sizeof(request->path), "/v1/sys/wrapping/%s",
	    looking ? "lookup" : "unwrap");
	request->verb = looking ? SPAN_LITERAL("GET") : SPAN_LITERAL("PUT");
	request->token = approle->secret_id.secret;
	request->credential = request->token;
	request->warning = warning_of(approle);
	approle->phase = phase;
}

static const char *
warning_of(const struct approle *approle)
{
	const char *warning = auth_credential_warning(&approle->role_id);

	return warning != NULL ? warning :
	    auth_credential_warning(&approle->secret_id);
}

/* Is there a wrapping token that was not used yet? A spent one that held no
 * secret id is tried again, for Vault to say what is wrong with it. */
static bool
is_wrapped(const struct approle *approle)
{
	if (approle->wrapping_path == NULL)
		return false;
	return approle->unwrapped == NULL ||
	    !secret_equal(approle->used, approle->secret_id.secret);
}

static enum lh_err
log_in(struct approle *approle, struct auth_request *request,
    struct lh_cause *cause)
{
	const struct secret *secret_id = approle->wrapping_path == NULL ?
	    approle->secret_id.secret : approle->unwrapped;
	enum lh_err err;

	if (approle->with_secret_id)
		auth_credential_remove(&approle->secret_id);
	request->warning = warning_of(approle);
	err = auth_body_set(&approle->body, (const struct auth_member[]){
	    { "role_id", secret_lend(approle->role_id.secret) },
	    { secret_id == NULL ? NULL : "secret_id",
	    secret_lend(secret_id) },
	    { NULL, SPAN_NONE } }, cause);
	if (err != LH_OK)
		return err;
	auth_body_login(request, approle->login_path, approle->body);
	request->credential = approle->body;
	return LH_OK;
}
