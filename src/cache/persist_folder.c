/*
 * persist_folder - the folder of the persistent cache and the file in it.
 *
 * The folder itself is locked, so that no file is left behind for that. It may
 * belong to somebody else: an emptyDir of Kubernetes does, and everybody may
 * write there. What is in the file is sealed; who may write to the folder can
 * remove it or put back an older one.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "persist_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "cache/persist.h"

#define NEW_FILE PERSIST_FILE ".new"
#define FOREIGN_FILE "vault-agent-cache.db"

struct persist_folder {
	char *path;
	struct file_owner owner;
	int fd;
};

static enum lh_err make(const struct persist_folder *folder,
    struct lh_cause *cause);
static bool is_to_be_given(const struct persist_folder *folder);
static enum lh_err lock(struct persist_folder *folder,
    struct lh_cause *cause);
static enum lh_err check_file(const struct persist_folder *folder, int fd,
    struct lh_cause *cause);
static enum lh_err sync_folder(const struct persist_folder *folder,
    struct lh_cause *cause);
static enum lh_err failure(const struct persist_folder *folder,
    const char *what, struct lh_cause *cause);

enum lh_err
persist_folder_open(const char *path, const struct file_owner *owner,
    struct persist_folder **out, struct lh_cause *cause)
{
	struct persist_folder *folder = xcalloc(1, sizeof(*folder));
	enum lh_err err;

	folder->path = xstrdup(path);
	folder->owner = *owner;
	folder->fd = -1;
	err = make(folder, cause);
	if (err == LH_OK)
		err = lock(folder, cause);
	if (err != LH_OK) {
		persist_folder_free(folder);
		return err;
	}
	persist_folder_abandon(folder);
	*out = folder;
	return LH_OK;
}

void
persist_folder_free(struct persist_folder *folder)
{
	if (folder == NULL)
		return;
	if (folder->fd >= 0)
		close(folder->fd);
	free(folder->path);
	free(folder);
}

enum lh_err
persist_folder_old(struct persist_folder *folder, int *fd_out,
    struct lh_cause *cause)
{
	int fd = openat(folder->fd, PERSIST_FILE, O_RDONLY | O_NOFOLLOW |
	    O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	enum lh_err err;

	if (fd < 0 && errno == ENOENT)
		return LH_ERR_NOT_FOUND;
	if (fd < 0)
		return failure(folder, errno == ELOOP ?
		    "will not follow the link " PERSIST_FILE " in" :
		    "cannot open " PERSIST_FILE " in", cause);
	err = check_file(folder, fd, cause);
	if (err != LH_OK) {
		close(fd);
		return err;
	}
	*fd_out = fd;
	return LH_OK;
}

enum lh_err
persist_folder_begin(struct persist_folder *folder, int *fd_out,
    struct lh_cause *cause)
{
	int fd;

	persist_folder_abandon(folder);
	fd = openat(folder->fd, NEW_FILE, O_WRONLY | O_CREAT | O_EXCL |
	    O_NOFOLLOW | O_CLOEXEC | O_APPEND, 0600);
	if (fd < 0)
		return failure(folder, "cannot make " NEW_FILE " in", cause);
	if (is_to_be_given(folder) &&
	    fchown(fd, folder->owner.uid, folder->owner.gid) != 0) {
		close(fd);
		return failure(folder, "cannot set the owner of " NEW_FILE
		    " in", cause);
	}
	*fd_out = fd;
	return LH_OK;
}

enum lh_err
persist_folder_replace(struct persist_folder *folder, struct lh_cause *cause)
{
	if (renameat(folder->fd, NEW_FILE, folder->fd, PERSIST_FILE) != 0)
		return failure(folder, "cannot replace " PERSIST_FILE " in",
		    cause);
	return sync_folder(folder, cause);
}

void
persist_folder_abandon(struct persist_folder *folder)
{
	(void)unlinkat(folder->fd, NEW_FILE, 0);	/* mostly, there is none */
}

enum lh_err
persist_folder_remove(struct persist_folder *folder, struct lh_cause *cause)
{
	int fd;

	if (unlinkat(folder->fd, PERSIST_FILE, 0) == 0 || errno == ENOENT)
		return sync_folder(folder, cause);
	fd = openat(folder->fd, PERSIST_FILE, O_WRONLY | O_TRUNC |
	    O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return failure(folder, "cannot remove " PERSIST_FILE " from",
		    cause);
	if (fdatasync(fd) != 0) {
		close(fd);
		return failure(folder, "cannot empty " PERSIST_FILE " in",
		    cause);
	}
	close(fd);
	return LH_OK;
}

bool
persist_folder_has_foreign(const struct persist_folder *folder)
{
	return faccessat(folder->fd, FOREIGN_FILE, F_OK,
	    AT_SYMLINK_NOFOLLOW) == 0;
}

static enum lh_err
make(const struct persist_folder *folder, struct lh_cause *cause)
{
	if (mkdir(folder->path, 0700) != 0) {
		if (errno == EEXIST)
			return LH_OK;
		return failure(folder, "cannot make the folder", cause);
	}
	if (is_to_be_given(folder) && lchown(folder->path,
	    folder->owner.uid, folder->owner.gid) != 0)
		return failure(folder, "cannot set the owner of", cause);
	return LH_OK;
}

/* Nobody but root can, and has to. */
static bool
is_to_be_given(const struct persist_folder *folder)
{
	return folder->owner.uid != FILE_IO_KEEP_ID && geteuid() == 0;
}

static enum lh_err
lock(struct persist_folder *folder, struct lh_cause *cause)
{
	folder->fd = open(folder->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder->fd < 0)
		return failure(folder, "cannot open the folder", cause);
	if (flock(folder->fd, LOCK_EX | LOCK_NB) == 0 ||
	    errno != EWOULDBLOCK)
		return LH_OK;	/* or a file system that knows no locks */
	lh_cause_set(cause, "%s is in use by another process", folder->path);
	return LH_ERR_CONFIG;
}

static enum lh_err
check_file(const struct persist_folder *folder, int fd,
    struct lh_cause *cause)
{
	struct stat facts;

	if (fstat(fd, &facts) != 0)
		return failure(folder, "cannot examine " PERSIST_FILE " in",
		    cause);
	if (!S_ISREG(facts.st_mode)) {
		lh_cause_set(cause, "%s/%s is no regular file", folder->path,
		    PERSIST_FILE);
		return LH_ERR_CONFIG;
	}
	if (facts.st_uid == geteuid() || facts.st_uid == folder->owner.uid)
		return LH_OK;
	lh_cause_set(cause, "%s/%s belongs to user %u, not to us (%u); "
	    "remove it", folder->path, PERSIST_FILE, (unsigned)facts.st_uid,
	    (unsigned)geteuid());
	return LH_ERR_CONFIG;
}

/* EINVAL: a file system that knows no sync of folders. */
static enum lh_err
sync_folder(const struct persist_folder *folder, struct lh_cause *cause)
{
	if (fsync(folder->fd) != 0 && errno != EINVAL)
		return failure(folder, "cannot sync the folder", cause);
	return LH_OK;
}

/* From errno. */
static enum lh_err
failure(const struct persist_folder *folder, const char *what,
    struct lh_cause *cause)
{
	lh_cause_set(cause, "%s %s: %s", what, folder->path,
	    strerror(errno));
	return LH_ERR_SYSTEM;
}
