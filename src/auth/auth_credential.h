/*
 * auth_credential - a secret in a file, the last good one kept.
 *
 * Owns:       the path and the secret read last; embedded in a method.
 * Invariant:  once something good was read there is always a secret, whatever
 *             becomes of the file.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_AUTH_AUTH_CREDENTIAL_H
#define LH_AUTH_AUTH_CREDENTIAL_H

#include <stdbool.h>

#include "base/lh_err.h"
#include "base/secret.h"

enum auth_credential_trim {
	AUTH_CREDENTIAL_BLANKS,		/* at both ends */
	AUTH_CREDENTIAL_LINE_END	/* the last one only: passwords */
};

struct auth_credential {
	char *path;
	struct secret *secret;		/* NULL: nothing good was read yet */
	enum auth_credential_trim trim;
	bool remove;			/* the file, once it was read */
	bool follow_symlinks;		/* and remove what they lead to */
	bool fresh;			/* the last read had something */
	struct lh_cause warning;	/* "" none */
};

/* trim and the bools are set by the caller afterwards. */
void auth_credential_init(struct auth_credential *credential,
    const char *path);
void auth_credential_release(struct auth_credential *credential);

/* Reads the file. Fails only when nothing good was ever read; cause names the
 * file. */
enum lh_err auth_credential_read(struct auth_credential *credential,
    struct lh_cause *cause) LH_MUSTCHECK;
/* Removes the file when it shall be and the last read had something. */
void auth_credential_remove(struct auth_credential *credential);
/* What went wrong without being a failure: the file could not be read, and
 * what it held last is used; or it was not removed. NULL, or lent until the
 * next call. */
const char *auth_credential_warning(const struct auth_credential *credential);
/* Reads again and removes as above: is there another secret than before? */
bool auth_credential_changed(struct auth_credential *credential);

#endif
