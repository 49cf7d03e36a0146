/*
 * identity - the user that the process is, and becoming another for good.
 *
 * Invariant:  after identity_take() every id of the process is that of the
 *             identity, no capability is left, and there is no way back: this
 *             was tried.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_BASE_IDENTITY_H
#define LH_BASE_IDENTITY_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/lh_err.h"

#define IDENTITY_MAX_GROUPS 1024

struct identity {
	uid_t uid;
	gid_t gid;
	gid_t groups[IDENTITY_MAX_GROUPS];	/* gid is among them */
	int group_count;
};

/* The user and the groups that the system's tables give it. gid: FILE_IO_KEEP_ID
 * for the user's own; a user in no table has no other group than gid.
 * LH_ERR_NOT_FOUND: no gid was given and no table knows the user. */
enum lh_err identity_find(uid_t uid, gid_t gid, struct identity *out,
    struct lh_cause *cause) LH_MUSTCHECK;

/* Of every thread. Needs CAP_SETUID and CAP_SETGID, unless the process is that
 * user already: then nothing is done. LH_ERR_DENIED or LH_ERR_SYSTEM: the
 * process may be half-way and must end. */
enum lh_err identity_take(const struct identity *identity,
    struct lh_cause *cause) LH_MUSTCHECK;

bool identity_is_root(void);

#endif
