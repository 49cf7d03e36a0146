/*
 * log_file - see log_file.h. The file keeps its name and is renamed when it is
 * full or old, so whoever follows the name finds what is newest.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "log_file.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/parse.h"
#include "base/xalloc.h"

#define FILE_MODE 0640
#define RETRY_MS 60000
#define OLD_MAX 65536		/* files looked at in a folder */
#define NS_OF_MS 1000000

struct log_file {
	char *path;
	struct span folder;	/* these lie in path, "" the current one */
	struct span stem;
	struct span tail;	/* ".log", or what else it ends in */
	int64_t max_bytes;
	span_ms max_age;
	int64_t max_files;
	int fd;
	int64_t bytes;
	mono_ms opened;
	mono_ms retry_from;
};

static void split_path(struct log_file *file);
static enum lh_err open_path(const char *path, int *fd_out,
    struct lh_cause *cause);
static enum lh_err move_away(struct log_file *file, wall_ms wall,
    struct lh_cause *cause);
static char *old_name(const struct log_file *file, uint64_t number);
static void remove_oldest(const struct log_file *file);
static size_t list_old(const struct log_file *file, uint64_t **numbers_out);
static bool read_number(const struct log_file *file, struct span name,
    uint64_t *number_out);
static int compare_numbers(const void *a, const void *b);

enum lh_err
log_file_new(const struct log_options *options, mono_ms now,
    struct log_file **file_out, struct lh_cause *cause)
{
	struct log_file *file = xcalloc(1, sizeof(*file));
	enum lh_err err;

	file->fd = -1;
	file->path = xstrdup(options->file);
	file->max_bytes = options->rotate_bytes;
	file->max_age = options->rotate_after;
	file->max_files = options->rotate_max_files;
	split_path(file);
	err = log_file_reopen(file, now, cause);
	if (err != LH_OK) {
		log_file_free(file);
		return err;
	}
	*file_out = file;
	return LH_OK;
}

void
log_file_free(struct log_file *file)
{
	if (file == NULL)
		return;
	if (file->fd >= 0)
		close(file->fd);
	free(file->path);
	free(file);
}

int
log_file_fd(const struct log_file *file)
{
	return file->fd;
}

void
log_file_grow(struct log_file *file, size_t more)
{
	file->bytes += (int64_t)more;
}

bool
log_file_is_due(const struct log_file *file, size_t more, mono_ms now)
{
	if (file->bytes == 0 || now < file->retry_from)
		return false;
	return (file->max_bytes > 0 &&
	    file->bytes + (int64_t)more > file->max_bytes) ||
	    (file->max_age > 0 && now - file->opened >= file->max_age);
}

enum lh_err
log_file_rotate(struct log_file *file, mono_ms now, wall_ms wall,
    struct lh_cause *cause)
{
	enum lh_err err;

	file->retry_from = now + RETRY_MS;
	err = move_away(file, wall, cause);
	if (err == LH_OK)
		err = log_file_reopen(file, now, cause);
	if (err != LH_OK)
		return err;
	file->retry_from = 0;
	remove_oldest(file);
	return LH_OK;
}

enum lh_err
log_file_reopen(struct log_file *file, mono_ms now, struct lh_cause *cause)
{
	enum lh_err err;
	struct stat st;
	int fd;

	err = open_path(file->path, &fd, cause);
	if (err != LH_OK)
		return err;
	if (file->fd >= 0)
		close(file->fd);
	file->fd = fd;
	file->opened = now;
	/* Only of a regular file there can be an older one. */
	file->bytes = 0;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		file->bytes = st.st_size;
	else
		file->max_bytes = file->max_age = 0;
	return LH_OK;
}

static void
split_path(struct log_file *file)
{
	const char *slash = strrchr(file->path, '/');
	const char *name = slash == NULL ? file->path : slash + 1;
	const char *dot = strrchr(name, '.');

	file->folder = (struct span){ file->path, (size_t)(name - file->path) };
	file->stem = span_of(name);
	file->tail = SPAN_LITERAL(".log");
	if (dot != NULL && dot != name) {
		file->stem.len = (size_t)(dot - name);
		file->tail = span_of(dot);
	}
}

/* Not blocking: a named pipe without a reader is refused, not waited for. A
 * file that is made here has its mode whatever the umask. */
static enum lh_err
open_path(const char *path, int *fd_out, struct lh_cause *cause)
{
	const int flags = O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY |
	    O_NONBLOCK;
	int fd = open(path, flags | O_CREAT | O_EXCL, FILE_MODE);

	if (fd >= 0)
		(void)fchmod(fd, FILE_MODE);
	else if (errno == EEXIST)
		fd = open(path, flags | O_CREAT, FILE_MODE);
	if (fd < 0) {
		lh_cause_set(cause, "log file %s cannot be opened: %s", path,
		    strerror(errno));
		return LH_ERR_SYSTEM;
	}
	*fd_out = fd;
	return LH_OK;
}

static enum lh_err
move_away(struct log_file *file, wall_ms wall, struct lh_cause *cause)
{
	uint64_t number = (uint64_t)wall * NS_OF_MS;
	char *name = old_name(file, number);
	enum lh_err err = LH_OK;

	while (access(name, F_OK) == 0) {
		free(name);
		name = old_name(file, ++number);
	}
	/* No file there: it was moved before, and then none could be made. */
	if (rename(file->path, name) != 0 && errno != ENOENT) {
		lh_cause_set(cause, "log file %s cannot be renamed: %s",
		    file->path, strerror(errno));
		err = LH_ERR_SYSTEM;
	}
	free(name);
	return err;
}

static char *
old_name(const struct log_file *file, uint64_t number)
{
	return xasprintf("%.*s%.*s-%" PRIu64 "%.*s", (int)file->folder.len,
	    file->folder.ptr, (int)file->stem.len, file->stem.ptr, number,
	    (int)file->tail.len, file->tail.ptr);
}

static void
remove_oldest(const struct log_file *file)
{
	size_t keep = file->max_files < 0 ? 0 : (size_t)file->max_files;
	uint64_t *numbers;
	size_t count;

	if (file->max_files == 0)
		return;
	count = list_old(file, &numbers);
	if (count > 0)
		qsort(numbers, count, sizeof(*numbers), compare_numbers);
	for (size_t i = 0; i + keep < count; i++) {
		char *name = old_name(file, numbers[i]);

		(void)unlink(name);	/* tried again with the next one */
		free(name);
	}
	free(numbers);
}

static size_t
list_old(const struct log_file *file, uint64_t **numbers_out)
{
	char *folder = file->folder.len > 0 ? span_dup(file->folder) :
	    xstrdup(".");
	DIR *dir = opendir(folder);
	uint64_t *numbers = NULL;
	const struct dirent *item;
	size_t count = 0;
	uint64_t number;

	free(folder);
	while (dir != NULL && count < OLD_MAX &&
	    (item = readdir(dir)) != NULL) {
		if (!read_number(file, span_of(item->d_name), &number))
			continue;
		numbers = xreallocarray(numbers, count + 1, sizeof(number));
		numbers[count++] = number;
	}
	if (dir != NULL)
		closedir(dir);
	*numbers_out = numbers;
	return count;
}

/* False: it is not the name of an old file of ours. */
static bool
read_number(const struct log_file *file, struct span name,
    uint64_t *number_out)
{
	size_t around = file->stem.len + 1 + file->tail.len;

	if (name.len <= around || !span_starts(name, file->stem) ||
	    name.ptr[file->stem.len] != '-' || !span_ends(name, file->tail))
		return false;
	name.ptr += file->stem.len + 1;
	name.len -= around;
	return name.ptr[0] != '0' &&
	    parse_uint(name, UINT64_MAX, number_out) == LH_OK;
}

static int
compare_numbers(const void *a, const void *b)
{
	const uint64_t *left = a, *right = b;

	return *left < *right ? -1 : *left > *right;
}
