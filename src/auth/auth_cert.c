/*
 * auth_cert - login by the client certificate of the connection.
 *
 * The connection is not ours: whoever builds the upstream client for logins
 * reads ca_cert, client_cert and client_key from the same settings. Here they
 * matter for one question only, whether their content has changed.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <stdlib.h>
#include <string.h>

#include "auth_body.h"
#include "auth_types.h"
#include "base/bytes.h"
#include "base/digest.h"
#include "base/file_io.h"
#include "base/xalloc.h"

#define CERT_FILES 3
#define CERT_FILE_MAX (1024 * 1024)

struct cert {
	char *login_path;
	char *name;			/* NULL: the server tries all roles */
	char *files[CERT_FILES];	/* of them, NULL what is not set */
	bool reload;
	uint8_t seen[DIGEST_BYTES];	/* of their content at begin() */
	struct secret *body;
};

static const struct auth_key cert_keys[] = {
	{ "name", AUTH_KEY_TEXT, false, NULL,
	    "Role to log in to; without it Vault tries all." },
	{ "ca_cert", AUTH_KEY_PATH, false, NULL,
	    "File of certificates that Vault's certificate is checked with." },
	{ "client_cert", AUTH_KEY_PATH, false, NULL,
	    "File of the client certificate." },
	{ "client_key", AUTH_KEY_PATH, false, NULL,
	    "File of its key." },
	{ "reload", AUTH_KEY_BOOL, false, "false",
	    "Read the files again for each login." },
	{ "reload_period", AUTH_KEY_DURATION, false, "1m",
	    "Time between looks for new certificates." },
	{ NULL, AUTH_KEY_TEXT, false, NULL, NULL }
};

static void
fingerprint(const struct cert *cert, uint8_t out[DIGEST_BYTES])
{
	struct digest *digest = digest_new();

	digest_begin(digest);
	for (size_t i = 0; i < CERT_FILES; i++) {
		struct bytes content;

		bytes_init(&content, CERT_FILE_MAX);
		if (cert->files[i] != NULL && file_read(cert->files[i],
		    &content, NULL) != LH_OK)
			bytes_clear(&content);
		digest_add_span(digest, bytes_span(&content));
		bytes_release(&content);
	}
	digest_end(digest, out);
	digest_free(digest);
}

static enum lh_err
cert_new(const struct auth_method_options *options, void **state_out,
    struct lh_cause *cause)
{
	const char *certificate = auth_setting(options, "client_cert");
	const char *key = auth_setting(options, "client_key");
	struct cert *cert;
	char *path;
	enum lh_err err;

	if ((certificate == NULL) != (key == NULL)) {
		lh_cause_set(cause, "auth method cert needs both client_cert "
		    "and client_key, or neither");
		return LH_ERR_CONFIG;
	}
	err = auth_body_login_path(options, NULL, &path, cause);
	if (err != LH_OK)
		return err;
	cert = xcalloc(1, sizeof(*cert));
	cert->login_path = path;
	cert->name = xstrdup(auth_setting(options, "name"));
	cert->files[0] = xstrdup(auth_setting(options, "ca_cert"));
	cert->files[1] = xstrdup(certificate);
	cert->files[2] = xstrdup(key);
	cert->reload = strcmp(auth_setting(options, "reload"), "true") == 0;
	*state_out = cert;
	return LH_OK;
}

static void
cert_free(void *state)
{
	struct cert *cert = state;

	free(cert->login_path);
	free(cert->name);
	for (size_t i = 0; i < CERT_FILES; i++)
		free(cert->files[i]);
	secret_unref(&cert->body);
	free(cert);
}

static enum lh_err
cert_begin(void *state, struct auth_request *request,
    enum auth_step *step_out, struct lh_cause *cause)
{
	struct cert *cert = state;
	enum lh_err err;

	if (cert->reload)
		fingerprint(cert, cert->seen);
	err = auth_body_set(&cert->body, (const struct auth_member[]){
	    { cert->name == NULL ? NULL : "name", span_of(cert->name) },
	    { NULL, SPAN_NONE } }, cause);
	if (err != LH_OK)
		return err;
	auth_body_login(request, cert->login_path, cert->body);
	*step_out = AUTH_STEP_LOGIN;
	return LH_OK;
}

static bool
cert_changed(void *state)
{
	const struct cert *cert = state;
	uint8_t now[DIGEST_BYTES];

	if (!cert->reload)
		return false;
	fingerprint(cert, now);
	return memcmp(now, cert->seen, sizeof(now)) != 0;
}

const struct auth_method_type auth_cert_type = {
	.name = "cert",
	.keys = cert_keys,
	.new = cert_new,
	.free = cert_free,
	.begin = cert_begin,
	.changed = cert_changed
};
