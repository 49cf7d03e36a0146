/*
 * file_io - whole files: read under a limit, replaced in one step.
 *
 * A replacement is written under a random name in the same directory and
 * renamed over the old file when it is complete and on the disk. Names are
 * resolved against one descriptor of that directory, so a directory that is
 * moved meanwhile does not split the work.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "base/file_io.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/xalloc.h"

#define READ_CHUNK 8192
#define SILENCE_MS 5000		/* of the writers of a fifo */

typedef bool kind_fn(mode_t mode);

struct replacement {
	const char *path;
	const char *name;	/* of path, in its directory */
	char *dir;
	char *temp;		/* name in the directory */
	bool temp_exists;
	int dir_fd;
	int fd;
	struct lh_cause *cause;
};

static enum lh_err read_kind(const char *path, kind_fn *is_fit,
    struct bytes *into, struct lh_cause *cause);
static bool is_regular(mode_t mode);
static bool is_regular_or_fifo(mode_t mode);
static int open_kind(const char *path, kind_fn *is_fit, enum lh_err *err_out,
    struct lh_cause *cause);
static bool has_more(int fd);
static enum lh_err read_all(int fd, const char *path, struct bytes *into,
    struct lh_cause *cause);
static enum lh_err open_directory(struct replacement *work);
static enum lh_err create_temp(struct replacement *work);
static enum lh_err write_temp(struct replacement *work, struct span content);
static enum lh_err finish_temp(struct replacement *work,
    const struct file_owner *owner);
static enum lh_err put_in_place(struct replacement *work);
static enum lh_err give_up(const struct replacement *work, const char *what);
static enum lh_err system_failure(struct lh_cause *cause, const char *what,
    const char *path);

enum lh_err
file_read(const char *path, struct bytes *into, struct lh_cause *cause)
{
	return read_kind(path, is_regular, into, cause);
}

enum lh_err
file_read_stream(const char *path, struct bytes *into, struct lh_cause *cause)
{
	return read_kind(path, is_regular_or_fifo, into, cause);
}

enum lh_err
file_read_secret(const char *path, struct secret **secret_out,
    struct lh_cause *cause)
{
	struct secret *secret;
	struct bytes content;
	struct span text;
	enum lh_err err;

	bytes_init(&content, SECRET_MAX_BYTES);
	err = file_read(path, &content, cause);
	if (err != LH_OK)
		goto out;
	text = span_trim(bytes_span(&content));
	if (text.len == 0) {
		lh_cause_set(cause, "%s is empty", path);
		err = LH_ERR_FORMAT;
		goto out;
	}
	secret = secret_new(text);
	if (secret == NULL) {
		lh_cause_set(cause, "no memory for the content of %s", path);
		err = LH_ERR_LIMIT;
		goto out;
	}
	*secret_out = secret;
out:
	bytes_release(&content);
	return err;
}

char *
file_folder(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return xstrdup(".");
	if (slash == path)
		return xstrdup("/");
	return span_dup((struct span){ path, (size_t)(slash - path) });
}

enum lh_err
file_replace(const char *path, struct span content,
    const struct file_owner *owner, struct lh_cause *cause)
{
	struct replacement work = {
		.path = path, .dir_fd = -1, .fd = -1, .cause = cause
	};
	enum lh_err err;

	err = open_directory(&work);
	if (err == LH_OK)
		err = create_temp(&work);
	if (err == LH_OK)
		err = write_temp(&work, content);
	if (err == LH_OK)
		err = finish_temp(&work, owner);
	if (err == LH_OK)
		err = put_in_place(&work);

	if (work.temp_exists)
		unlinkat(work.dir_fd, work.temp, 0);
	if (work.fd >= 0)
		close(work.fd);
	if (work.dir_fd >= 0)
		close(work.dir_fd);
	free(work.temp);
	free(work.dir);
	return err;
}

static enum lh_err
read_kind(const char *path, kind_fn *is_fit, struct bytes *into,
    struct lh_cause *cause)
{
	size_t len_before = into->len;
	enum lh_err err;
	int fd;

	fd = open_kind(path, is_fit, &err, cause);
	if (fd < 0)
		return err;
	err = read_all(fd, path, into, cause);
	close(fd);
	if (err != LH_OK)
		bytes_cut(into, len_before);
	return err;
}

static bool
is_regular(mode_t mode)
{
	return S_ISREG(mode);
}

static bool
is_regular_or_fifo(mode_t mode)
{
	return S_ISREG(mode) || S_ISFIFO(mode);
}

/* Negative: err_out and cause say why. */
static int
open_kind(const char *path, kind_fn *is_fit, enum lh_err *err_out,
    struct lh_cause *cause)
{
	struct stat facts;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0) {
		*err_out = system_failure(cause, "cannot open", path);
		return -1;
	}
	if (fstat(fd, &facts) != 0) {
		*err_out = system_failure(cause, "cannot examine", path);
		close(fd);
		return -1;
	}
	if (!is_fit(facts.st_mode)) {
		lh_cause_set(cause, "%s is not a regular file", path);
		*err_out = LH_ERR_CONFIG;
		close(fd);
		return -1;
	}
	return fd;
}

static enum lh_err
read_all(int fd, const char *path, struct bytes *into, struct lh_cause *cause)
{
	enum lh_err err = LH_OK;
	char chunk[READ_CHUNK];
	ssize_t got;

	while ((got = read(fd, chunk, sizeof(chunk))) != 0) {
		if (got < 0 && (errno == EINTR ||
		    (errno == EAGAIN && has_more(fd))))
			continue;
		if (got < 0) {
			err = system_failure(cause, "cannot read", path);
			break;
		}
		err = bytes_append(into, chunk, (size_t)got);
		if (err != LH_OK) {
			lh_cause_set(cause, "%s is longer than the limit of "
			    "%zu bytes", path, into->max);
			break;
		}
	}
	explicit_bzero(chunk, sizeof(chunk));
	return err;
}

/* Or an end. */
static bool
has_more(int fd)
{
	struct pollfd wait = { fd, POLLIN, 0 };
	int found = poll(&wait, 1, SILENCE_MS);

	if (found == 0)
		errno = ETIMEDOUT;
	return found > 0 || (found < 0 && errno == EINTR);
}

static enum lh_err
open_directory(struct replacement *work)
{
	const char *slash = strrchr(work->path, '/');

	work->name = slash == NULL ? work->path : slash + 1;
	if (work->name[0] == '\0') {
		lh_cause_set(work->cause, "\"%s\" is no file name",
		    work->path);
		return LH_ERR_CONFIG;
	}
	work->dir = file_folder(work->path);
	work->dir_fd = open(work->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (work->dir_fd < 0)
		return system_failure(work->cause, "cannot open directory",
		    work->dir);
	return LH_OK;
}

static enum lh_err
create_temp(struct replacement *work)
{
	uint32_t number;

	random_fill(&number, sizeof(number));
	work->temp = xasprintf("%s.tmp.%08" PRIx32, work->name, number);
	work->fd = openat(work->dir_fd, work->temp,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (work->fd < 0)
		return give_up(work, "cannot create a temporary file for");
	work->temp_exists = true;
	return LH_OK;
}

static enum lh_err
write_temp(struct replacement *work, struct span content)
{
	ssize_t put;

	while (content.len > 0) {
		put = write(work->fd, content.ptr, content.len);
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return give_up(work, "cannot write");
		content = span_skip(content, (size_t)put);
	}
	return LH_OK;
}

/* Owner first: chown(2) may drop bits of the mode. */
static enum lh_err
finish_temp(struct replacement *work, const struct file_owner *owner)
{
	int fd = work->fd;

	if ((owner->uid != FILE_IO_KEEP_ID || owner->gid != FILE_IO_KEEP_ID) &&
	    fchown(fd, owner->uid, owner->gid) != 0)
		return give_up(work, "cannot set the owner of");
	if (fchmod(fd, owner->mode) != 0)
		return give_up(work, "cannot set the mode of");
	if (fsync(fd) != 0)
		return give_up(work, "cannot sync");
	work->fd = -1;
	if (close(fd) != 0)
		return give_up(work, "cannot close");
	return LH_OK;
}

static enum lh_err
put_in_place(struct replacement *work)
{
	if (renameat(work->dir_fd, work->temp, work->dir_fd, work->name) != 0)
		return give_up(work, "cannot replace");
	work->temp_exists = false;
	/* EINVAL: a file system that knows no sync of directories. */
	if (fsync(work->dir_fd) != 0 && errno != EINVAL)
		return system_failure(work->cause, "cannot sync directory",
		    work->dir);
	return LH_OK;
}

static enum lh_err
give_up(const struct replacement *work, const char *what)
{
	return system_failure(work->cause, what, work->path);
}

/* From errno. */
static enum lh_err
system_failure(struct lh_cause *cause, const char *what, const char *path)
{
	int code = errno;

	lh_cause_set(cause, "%s %s: %s", what, path, strerror(code));
	switch (code) {
	case ENOENT:
	case ENOTDIR:
		return LH_ERR_NOT_FOUND;
	case EACCES:
	case EPERM:
	case EROFS:
		return LH_ERR_DENIED;
	default:
		return LH_ERR_SYSTEM;
	}
}
