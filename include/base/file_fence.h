/*
 * file_fence - what of the file system the process can still open (Landlock).
 *
 * Owns:       the list of places that are allowed. Folders are allowed rather
 *             than files, since what is replaced by a rename is another file.
 * Invariant:  file_fence_close() cannot be undone, and what threads started
 *             later inherit. What is open already stays open.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_BASE_FILE_FENCE_H
#define LH_BASE_FILE_FENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/lh_err.h"

#define FILE_FENCE_MAX_PLACES 256

enum file_fence_use {
	FILE_FENCE_READ,
	FILE_FENCE_CONSUME,	/* read, and remove afterwards */
	FILE_FENCE_WRITE	/* read, make, write, replace, remove */
};

struct file_fence;

/* The version of Landlock that the kernel has; 0: none. */
int file_fence_abi(void);

/* What a version can forbid: all that it knows. size: of the kernel's struct
 * as that version knows it. For versions yet to come: as of the last one
 * known. */
struct file_fence_rights {
	uint64_t files;
	uint64_t net;
	uint64_t scoped;
};
size_t file_fence_rights(int abi, struct file_fence_rights *out);

struct file_fence *file_fence_new(void);
void file_fence_free(struct file_fence *fence);

/* The folder that path lies in, and that which it leads to by symbolic links;
 * path itself, if it is a device, or a folder to be read. A folder that is not
 * there yet: the one above it.
 * LH_ERR_NOT_FOUND: neither is there, or it is "/", which is never allowed.
 * LH_ERR_LIMIT: too many places. */
enum lh_err file_fence_allow(struct file_fence *fence, const char *path,
    enum file_fence_use use, struct lh_cause *cause) LH_MUSTCHECK;

/* Is path in one of the places, for that use? */
bool file_fence_holds(const struct file_fence *fence, const char *path,
    enum file_fence_use use);

/* From here on; abi as file_fence_abi() told. Needs no_new_privs. From version
 * 4 on no TCP port can be bound either.
 * LH_ERR_UNSUPPORTED: abi is 0. */
enum lh_err file_fence_close(const struct file_fence *fence, int abi,
    struct lh_cause *cause) LH_MUSTCHECK;

#endif
