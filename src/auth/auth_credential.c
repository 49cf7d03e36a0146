/*
 * auth_credential - a secret in a file, the last good one kept.
 *
 * A file that is empty for a moment, or gone because we removed it, is no
 * reason to forget what it held: the next login may still need it.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "auth_credential.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/file_io.h"
#include "base/xalloc.h"

static enum lh_err read_file(const struct auth_credential *credential,
    struct secret **secret_out, struct lh_cause *cause);
static struct span trimmed(const struct auth_credential *credential,
    struct span text);
static int remove_file(const struct auth_credential *credential);

void
auth_credential_init(struct auth_credential *credential, const char *path)
{
	*credential = (struct auth_credential){ .path = xstrdup(path) };
}

void
auth_credential_release(struct auth_credential *credential)
{
	free(credential->path);
	credential->path = NULL;
	secret_unref(&credential->secret);
}

enum lh_err
auth_credential_read(struct auth_credential *credential,
    struct lh_cause *cause)
{
	struct lh_cause why = { "" };
	struct secret *secret;
	enum lh_err err = read_file(credential, &secret, &why);

	credential->fresh = err == LH_OK;
	credential->warning.text[0] = '\0';
	if (err == LH_OK) {
		secret_unref(&credential->secret);
		credential->secret = secret;
		return LH_OK;
	}
	if (credential->secret == NULL) {
		lh_cause_set(cause, "%s", why.text);
		return err;
	}
	/* One that we have removed ourselves is not missed. */
	if (!credential->remove || err != LH_ERR_NOT_FOUND)
		lh_cause_set(&credential->warning,
		    "what was read before is used: %s", why.text);
	return LH_OK;
}

void
auth_credential_remove(struct auth_credential *credential)
{
	if (!credential->remove || !credential->fresh)
		return;
	if (remove_file(credential) != 0 && errno != ENOENT)
		lh_cause_set(&credential->warning,
		    "%s was read but not removed: %s", credential->path,
		    strerror(errno));
}

const char *
auth_credential_warning(const struct auth_credential *credential)
{
	return credential->warning.text[0] == '\0' ? NULL :
	    credential->warning.text;
}

bool
auth_credential_changed(struct auth_credential *credential)
{
	struct secret *before = secret_ref(credential->secret);
	bool changed;

	if (auth_credential_read(credential, NULL) == LH_OK)
		auth_credential_remove(credential);
	changed = before != NULL && !secret_equal(before, credential->secret);
	secret_unref(&before);
	return changed;
}

static enum lh_err
read_file(const struct auth_credential *credential,
    struct secret **secret_out, struct lh_cause *cause)
{
	struct bytes content;
	struct span text;
	enum lh_err err;

	bytes_init(&content, SECRET_MAX_BYTES);
	err = file_read(credential->path, &content, cause);
	text = trimmed(credential, bytes_span(&content));
	if (err == LH_OK && text.len == 0) {
		lh_cause_set(cause, "%s is empty", credential->path);
		err = LH_ERR_FORMAT;
	}
	if (err == LH_OK) {
		*secret_out = secret_new(text);
		if (*secret_out == NULL) {
			lh_cause_set(cause, "no room for what is in %s",
			    credential->path);
			err = LH_ERR_LIMIT;
		}
	}
	bytes_release(&content);
	return err;
}

static struct span
trimmed(const struct auth_credential *credential, struct span text)
{
	if (credential->trim == AUTH_CREDENTIAL_BLANKS)
		return span_trim(text);
	if (text.len > 0 && text.ptr[text.len - 1] == '\n')
		text.len--;
	if (text.len > 0 && text.ptr[text.len - 1] == '\r')
		text.len--;
	return text;
}

static int
remove_file(const struct auth_credential *credential)
{
	char target[PATH_MAX];

	if (!credential->follow_symlinks)
		return unlink(credential->path);
	if (realpath(credential->path, target) == NULL)
		return -1;
	return unlink(target);
}
