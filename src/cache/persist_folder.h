/*
 * persist_folder - the folder of the persistent cache and the file in it.
 *
 * Owns:       the open folder, locked as long as it is.
 * Invariant:  a name leads to a regular file of ours, or to an error: links
 *             are not followed.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_CACHE_PERSIST_FOLDER_H
#define LH_CACHE_PERSIST_FOLDER_H

#include <stdbool.h>

#include "base/file_io.h"
#include "base/lh_err.h"

struct persist_folder;

/* Made with mode 0700 if missing. What is made belongs to the user of owner,
 * who we may be yet to become; its mode is not used. LH_ERR_CONFIG: another
 * process has the folder. */
enum lh_err persist_folder_open(const char *path,
    const struct file_owner *owner, struct persist_folder **out,
    struct lh_cause *cause) LH_MUSTCHECK;
void persist_folder_free(struct persist_folder *folder);	/* NULL ok */

/* For reading. LH_ERR_NOT_FOUND: there is none. */
enum lh_err persist_folder_old(struct persist_folder *folder, int *fd_out,
    struct lh_cause *cause) LH_MUSTCHECK;
/* A new, empty one beside it, mode 0600. */
enum lh_err persist_folder_begin(struct persist_folder *folder, int *fd_out,
    struct lh_cause *cause) LH_MUSTCHECK;
/* The new one, synced before, takes its place. */
enum lh_err persist_folder_replace(struct persist_folder *folder,
    struct lh_cause *cause) LH_MUSTCHECK;
/* The new one is given up. */
void persist_folder_abandon(struct persist_folder *folder);
/* There is none any more, or it is empty. */
enum lh_err persist_folder_remove(struct persist_folder *folder,
    struct lh_cause *cause) LH_MUSTCHECK;

/* Is the cache of an incumbent there? */
bool persist_folder_has_foreign(const struct persist_folder *folder);

#endif
