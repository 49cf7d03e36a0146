/*
 * file_io - whole files: read under a limit, replaced in one step.
 *
 * Invariant:  a reader of a replaced file sees the old bytes or the new ones,
 *             never a part; on failure the old file stays (the new one does
 *             if only the closing sync of its directory failed).
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_BASE_FILE_IO_H
#define LH_BASE_FILE_IO_H

#include <stddef.h>
#include <sys/types.h>

#include "base/bytes.h"
#include "base/lh_err.h"
#include "base/secret.h"
#include "base/span.h"

#define FILE_IO_KEEP_ID ((unsigned)-1)	/* leave uid or gid as it is */

struct file_owner {
	unsigned mode;		/* permission bits, exact whatever the umask */
	unsigned uid;		/* FILE_IO_KEEP_ID: the process's */
	unsigned gid;
};

/* All: LH_ERR_NOT_FOUND, LH_ERR_DENIED or LH_ERR_SYSTEM as the system says,
 * LH_ERR_CONFIG for a path that names no regular file. */

/* Appends the file to into; its ceiling is the limit. Regular files and what
 * symbolic links to them lead to; never blocks on a fifo. */
enum lh_err file_read(const char *path, struct bytes *into,
    struct lh_cause *cause) LH_MUSTCHECK;
/* The same, but of a fifo too, such as a shell's <(...): what its writers say
 * until they are gone, if none of them is silent for five seconds. */
enum lh_err file_read_stream(const char *path, struct bytes *into,
    struct lh_cause *cause) LH_MUSTCHECK;
/* The trimmed content as a secret; an empty file gives LH_ERR_FORMAT. */
enum lh_err file_read_secret(const char *path, struct secret **secret_out,
    struct lh_cause *cause) LH_MUSTCHECK;

/* The folder that path lies in, as it is written: "." or "/" if need be. The
 * caller frees. */
char *file_folder(const char *path);

/* Writes a temporary file beside path, syncs it, renames it over path; a
 * symbolic link there is replaced, not followed. */
enum lh_err file_replace(const char *path, struct span content,
    const struct file_owner *owner, struct lh_cause *cause) LH_MUSTCHECK;

#endif
