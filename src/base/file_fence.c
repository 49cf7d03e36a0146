/*
 * file_fence - Landlock by its system calls: there is no library between.
 *
 * Headers older than the kernel lack what came later, so the later bits are
 * given here. Rules name what a descriptor stands for, not a name: a place is
 * opened, made a rule, and closed.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "base/file_fence.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/landlock.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file_io.h"
#include "base/xalloc.h"

#define READ_FILE LANDLOCK_ACCESS_FS_READ_FILE
#define READ_DIR LANDLOCK_ACCESS_FS_READ_DIR
#define WRITE_FILE LANDLOCK_ACCESS_FS_WRITE_FILE
#define MAKE_DIR LANDLOCK_ACCESS_FS_MAKE_DIR
#define MAKE_REG LANDLOCK_ACCESS_FS_MAKE_REG
#define REMOVE_FILE LANDLOCK_ACCESS_FS_REMOVE_FILE
#define TRUNCATE (1ULL << 14)		/* version 3 */
#define IOCTL_DEV (1ULL << 15)		/* version 5 */
#define ALL_OF_1 ((1ULL << 13) - 1)
#define NET_BIND (1ULL << 0)		/* version 4 */
#define SCOPE_SIGNAL (1ULL << 1)	/* version 6 */
#define OF_FILES (READ_FILE | WRITE_FILE | TRUNCATE | IOCTL_DEV)

#define CLIMB 2			/* its folder, the one above */

struct place {
	char *path;		/* without links */
	enum file_fence_use use;
	bool is_folder;
};

struct file_fence {
	struct place places[FILE_FENCE_MAX_PLACES];
	size_t count;
};

static const uint64_t use_rights[] = {
	[FILE_FENCE_READ] = READ_FILE | READ_DIR,
	[FILE_FENCE_CONSUME] = READ_FILE | READ_DIR | REMOVE_FILE,
	[FILE_FENCE_WRITE] = READ_FILE | READ_DIR | REMOVE_FILE |
	    WRITE_FILE | MAKE_REG | MAKE_DIR | TRUNCATE,
};

static bool is_device(const char *path);
static char *nearest_folder(const char *path, int climb);
static enum lh_err add_place(struct file_fence *fence, char *path,
    enum file_fence_use use, struct lh_cause *cause);
static bool is_in(const struct place *place, const char *path);
static bool holds_real(const struct file_fence *fence, const char *path,
    enum file_fence_use use);
static enum lh_err add_rules(const struct file_fence *fence, int ruleset,
    uint64_t handled, struct lh_cause *cause);
static int add_rule(const struct place *place, int ruleset,
    uint64_t handled);
static enum lh_err fail(struct lh_cause *cause, const char *what);

int
file_fence_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);

	return abi < 0 ? 0 : (int)abi;
}

size_t
file_fence_rights(int abi, struct file_fence_rights *out)
{
	*out = (struct file_fence_rights){ .files = 0 };
	if (abi >= 1)
		out->files = ALL_OF_1;
	if (abi >= 3)
		out->files |= TRUNCATE;
	if (abi >= 5)
		out->files |= IOCTL_DEV;
	if (abi >= 4)
		out->net = NET_BIND;
	if (abi >= 6)
		out->scoped = SCOPE_SIGNAL;
	if (abi < 4)
		return offsetof(struct file_fence_rights, net);
	return abi < 6 ? offsetof(struct file_fence_rights, scoped) :
	    sizeof(*out);
}

struct file_fence *
file_fence_new(void)
{
	return xcalloc(1, sizeof(struct file_fence));
}

void
file_fence_free(struct file_fence *fence)
{
	if (fence == NULL)
		return;
	for (size_t i = 0; i < fence->count; i++)
		free(fence->places[i].path);
	free(fence);
}

enum lh_err
file_fence_allow(struct file_fence *fence, const char *path,
    enum file_fence_use use, struct lh_cause *cause)
{
	bool may_be_itself = use == FILE_FENCE_READ;
	char *start = may_be_itself ? xstrdup(path) : file_folder(path);
	char *place = is_device(path) ? realpath(path, NULL) :
	    nearest_folder(start, may_be_itself ? CLIMB : CLIMB - 1);
	char *target = realpath(path, NULL);
	enum lh_err err;

	if (place == NULL || strcmp(place, "/") == 0) {
		lh_cause_set(cause, "neither its folder nor the one above is "
		    "there, or that is \"/\": it stays closed");
		err = LH_ERR_NOT_FOUND;
		free(place);
	} else
		err = add_place(fence, place, use, cause);
	/* Where a link leads is replaced in its own folder. */
	if (err == LH_OK && target != NULL && !holds_real(fence, target, use))
		err = add_place(fence, nearest_folder(target, CLIMB), use, cause);
	free(target);
	free(start);
	return err;
}

bool
file_fence_holds(const struct file_fence *fence, const char *path,
    enum file_fence_use use)
{
	char *real = realpath(path, NULL);
	bool held;

	if (real == NULL)
		real = nearest_folder(path, CLIMB);
	held = real != NULL && holds_real(fence, real, use);
	free(real);
	return held;
}

enum lh_err
file_fence_close(const struct file_fence *fence, int abi,
    struct lh_cause *cause)
{
	struct file_fence_rights rights;
	size_t size = file_fence_rights(abi, &rights);
	enum lh_err err;
	int ruleset;

	if (abi <= 0) {
		lh_cause_set(cause, "the kernel has no Landlock");
		return LH_ERR_UNSUPPORTED;
	}
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &rights, size, 0);
	if (ruleset < 0)
		return fail(cause, "cannot make a ruleset of Landlock");
	err = add_rules(fence, ruleset, rights.files, cause);
	if (err == LH_OK &&
	    syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
		err = fail(cause, "cannot put Landlock in force");
	close(ruleset);
	return err;
}

static bool
is_device(const char *path)
{
	struct stat facts;

	return stat(path, &facts) == 0 && !S_ISREG(facts.st_mode) &&
	    !S_ISDIR(facts.st_mode) && !S_ISSOCK(facts.st_mode);
}

/* path if it is a folder, else the nearest of so many above it; without links.
 * NULL: none of them is there. */
static char *
nearest_folder(const char *path, int climb)
{
	char *step = xstrdup(path);
	char *real = NULL;
	struct stat facts;

	for (; real == NULL && climb >= 0; climb--) {
		char *above = file_folder(step);

		if (stat(step, &facts) == 0 && S_ISDIR(facts.st_mode))
			real = realpath(step, NULL);
		free(step);
		step = above;
	}
	free(step);
	return real;
}

/* Takes path; NULL: nothing to add. */
static enum lh_err
add_place(struct file_fence *fence, char *path, enum file_fence_use use,
    struct lh_cause *cause)
{
	if (path == NULL || strcmp(path, "/") == 0 ||
	    holds_real(fence, path, use)) {
		free(path);
		return LH_OK;
	}
	if (fence->count == FILE_FENCE_MAX_PLACES) {
		lh_cause_set(cause, "more than %d folders in use",
		    FILE_FENCE_MAX_PLACES);
		free(path);
		return LH_ERR_LIMIT;
	}
	fence->places[fence->count++] = (struct place){ path, use,
		!is_device(path) };
	return LH_OK;
}

static bool
is_in(const struct place *place, const char *path)
{
	size_t len = strlen(place->path);

	return strncmp(place->path, path, len) == 0 &&
	    (path[len] == '\0' || (place->is_folder && path[len] == '/'));
}

static bool
holds_real(const struct file_fence *fence, const char *path,
    enum file_fence_use use)
{
	for (size_t i = 0; i < fence->count; i++)
		if (fence->places[i].use >= use &&
		    is_in(&fence->places[i], path))
			return true;
	return false;
}

static enum lh_err
add_rules(const struct file_fence *fence, int ruleset, uint64_t handled,
    struct lh_cause *cause)
{
	for (size_t i = 0; i < fence->count; i++) {
		const struct place *place = &fence->places[i];

		/* What cannot be opened now cannot be allowed; and pipes are
		 * not Landlock's. */
		if (add_rule(place, ruleset, handled) != 0 &&
		    errno != EBADFD && errno != ENOENT && errno != EACCES)
			return fail(cause, place->path);
	}
	return LH_OK;
}

static int
add_rule(const struct place *place, int ruleset, uint64_t handled)
{
	struct landlock_path_beneath_attr rule = {
		.allowed_access = use_rights[place->use] & handled };
	int result, problem;

	if (!place->is_folder)
		rule.allowed_access &= OF_FILES;
	rule.parent_fd = open(place->path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd < 0)
		return -1;
	result = (int)syscall(SYS_landlock_add_rule, ruleset,
	    LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	problem = errno;
	close(rule.parent_fd);
	errno = problem;
	return result;
}

static enum lh_err
fail(struct lh_cause *cause, const char *what)
{
	lh_cause_set(cause, "%s: %s", what, strerror(errno));
	return LH_ERR_SYSTEM;
}
