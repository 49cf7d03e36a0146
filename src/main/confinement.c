/*
 * confinement - see confinement.h.
 *
 * The order is that of the rights needed: becoming another user takes calls
 * that the filter forbids, and so does Landlock; the filter comes last.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "confinement.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "base/call_filter.h"
#include "base/file_fence.h"
#include "base/file_io.h"
#include "base/identity.h"
#include "base/xalloc.h"
#include "process.h"

struct confinement {
	struct config_process options;
	struct identity identity;	/* if options name a user */
	struct file_fence *fence;	/* NULL: not in force */
	struct admin_confinement facts;
};

/* A walk over the files that a configuration names. */
struct walk {
	struct confinement *confinement;
	struct log *log;
	enum lh_err err;		/* the first */
	struct lh_cause *cause;
};

/* What our libraries read as they go: names of hosts, users and zones,
 * authorities, modules of the C library, chance. */
static const char *const system_places[] = {
	"/etc/", "/usr/", "/lib/", "/lib64/", "/dev/null", "/dev/random",
	"/dev/urandom", "/proc/self/", "/proc/sys/",
	"/sys/devices/system/cpu/", "/run/systemd/resolve/",
	"/run/resolvconf/", "/run/nscd/", "/etc/resolv.conf",
	"/etc/localtime", "/etc/ssl/openssl.cnf"
};

static const char *environment(const char *name);
static bool changes_user(const struct confinement *confinement);
static enum lh_err take_identity(struct confinement *confinement,
    const struct config *config, struct log *log, struct lh_cause *cause);
static void warn_if_closed(void *arg, const char *path,
    enum config_path_use use);
static enum lh_err close_files(struct confinement *confinement,
    const struct config *config, const struct options *options,
    struct walk *walk);
static int usable_abi(void);
static void allow_system(struct walk *walk);
static void allow_config_files(const struct options *options,
    struct walk *walk);
static void allow_list(struct walk *walk, const char *list);
static enum file_fence_use fence_use(enum config_path_use use);
static void allow_path(void *arg, const char *path,
    enum config_path_use use);
static void allow(struct walk *walk, const char *path,
    enum file_fence_use use);
static enum lh_err filter_calls(struct confinement *confinement,
    struct log *log, struct lh_cause *cause);
static void check_path(void *arg, const char *path,
    enum config_path_use use);

enum lh_err
confinement_new(const struct config_process *options,
    struct confinement **confinement_out, struct lh_cause *cause)
{
	struct confinement *confinement = xcalloc(1, sizeof(*confinement));
	enum lh_err err = LH_OK;

	confinement->options = *options;
	confinement->facts.uid = geteuid();
	confinement->facts.gid = getegid();
	if (changes_user(confinement))
		err = identity_find(options->uid, options->gid,
		    &confinement->identity, cause);
	if (err != LH_OK) {
		confinement_free(confinement);
		return err;
	}
	*confinement_out = confinement;
	return LH_OK;
}

void
confinement_free(struct confinement *confinement)
{
	if (confinement == NULL)
		return;
	file_fence_free(confinement->fence);
	free(confinement);
}

unsigned
confinement_uid(const struct confinement *confinement)
{
	return changes_user(confinement) ? confinement->identity.uid :
	    FILE_IO_KEEP_ID;
}

unsigned
confinement_gid(const struct confinement *confinement)
{
	return changes_user(confinement) ? confinement->identity.gid :
	    FILE_IO_KEEP_ID;
}

const struct admin_confinement *
confinement_facts(const struct confinement *confinement)
{
	return &confinement->facts;
}

enum lh_err
confinement_close(struct confinement *confinement,
    const struct config *config, const struct options *options,
    struct log *log, struct lh_cause *cause)
{
	struct walk walk = { confinement, log, LH_OK, cause };
	enum lh_err err = LH_OK;

	if (changes_user(confinement))
		err = take_identity(confinement, config, log, cause);
	else if (identity_is_root())
		log_warn(log, "process.root", log_text("advice", "it runs as "
		    "root and stays so: name another in process.user"));
	if (err == LH_OK && confinement->options.landlock)
		err = close_files(confinement, config, options, &walk);
	if (err == LH_OK && confinement->options.seccomp)
		err = filter_calls(confinement, log, cause);
	if (err == LH_OK)
		log_info(log, "process.confined",
		    log_num("uid", confinement->facts.uid),
		    log_num("gid", confinement->facts.gid),
		    log_text("seccomp", confinement->facts.seccomp ? "on" :
		    "off"),
		    log_num("landlock", confinement->facts.landlock));
	return err;
}

enum lh_err
confinement_check(const struct confinement *confinement,
    const struct config *config, struct lh_cause *cause)
{
	struct walk walk = { (struct confinement *)confinement, NULL, LH_OK,
		cause };

	if (confinement->fence != NULL)
		config_each_path(config, environment, check_path, &walk);
	return walk.err;
}

static const char *
environment(const char *name)
{
	return getenv(name);
}

static bool
changes_user(const struct confinement *confinement)
{
	return confinement->options.uid != FILE_IO_KEEP_ID;
}

static enum lh_err
take_identity(struct confinement *confinement, const struct config *config,
    struct log *log, struct lh_cause *cause)
{
	const struct identity *identity = &confinement->identity;
	struct walk walk = { confinement, log, LH_OK, cause };
	enum lh_err err = LH_OK;

	if (identity_is_root())
		err = log_give(log, identity->uid, identity->gid, cause);
	if (err == LH_OK)
		err = identity_take(identity, cause);
	/* The kernel forgets it with the user. */
	if (err == LH_OK)
		err = process_forbid_tracing(cause);
	if (err != LH_OK)
		return err;
	confinement->facts.uid = identity->uid;
	confinement->facts.gid = identity->gid;
	config_each_path(config, environment, warn_if_closed, &walk);
	return LH_OK;
}

/* What was read as root is in use; it is a later look that would fail. */
static void
warn_if_closed(void *arg, const char *path, enum config_path_use use)
{
	const struct walk *walk = arg;
	char *folder;

	if (use != CONFIG_PATH_WRITTEN) {
		if (access(path, R_OK) != 0 && errno == EACCES)
			log_warn(walk->log, "process.unreadable",
			    log_text("path", path), log_text("advice",
			    "this user cannot read it: a reload or a login "
			    "will fail"));
		return;
	}
	folder = file_folder(path);
	if (access(folder, W_OK | X_OK) != 0 && errno == EACCES)
		log_warn(walk->log, "process.unwritable",
		    log_text("folder", folder), log_text("advice",
		    "this user cannot make, replace or remove files there"));
	free(folder);
}

static enum lh_err
close_files(struct confinement *confinement, const struct config *config,
    const struct options *options, struct walk *walk)
{
	int abi = usable_abi();
	enum lh_err err;

	if (abi == 0) {
		log_warn(walk->log, "process.no_landlock", log_text("error",
		    "this kernel or build has none: files stay open"));
		return LH_OK;
	}
	confinement->fence = file_fence_new();
	allow_system(walk);
	allow_config_files(options, walk);
	config_each_path(config, environment, allow_path, walk);
	if (walk->err != LH_OK)
		return walk->err;
	err = file_fence_close(confinement->fence, abi, walk->cause);
	if (err == LH_OK)
		confinement->facts.landlock = abi;
	return err;
}

/* A sanitizer reads and writes more than we do. */
static int
usable_abi(void)
{
#ifdef LH_SANITIZERS
	return 0;
#else
	return file_fence_abi();
#endif
}

/* Those that this system has. */
static void
allow_system(struct walk *walk)
{
	size_t i;

	for (i = 0; i < sizeof(system_places) / sizeof(system_places[0]); i++)
		if (access(system_places[i], F_OK) == 0)
			allow(walk, system_places[i],
			    strcmp(system_places[i], "/dev/null") == 0 ?
			    FILE_FENCE_WRITE : FILE_FENCE_READ);
#ifdef LH_COUNTS	/* the folder of what tests/coverage counts */
	allow(walk, LH_COUNTS, FILE_FENCE_WRITE);
#endif
}

/* A reload reads them again. */
static void
allow_config_files(const struct options *options, struct walk *walk)
{
	const char *list = environment("BAO_PROXY_CONFIG_PATH");

	for (size_t i = 0; i < options->flags.path_count; i++)
		allow(walk, options->flags.paths[i], FILE_FENCE_READ);
	if (options->flags.path_count > 0)
		return;
	if (list == NULL)
		list = environment("BAO_AGENT_CONFIG_PATH");
	allow_list(walk, list);
}

static void
allow_list(struct walk *walk, const char *list)
{
	struct span rest = span_of(list);

	while (rest.len > 0) {
		char *path = span_dup(span_trim(span_cut(&rest, ',')));

		if (path[0] != '\0')
			allow(walk, path, FILE_FENCE_READ);
		free(path);
	}
}

static enum file_fence_use
fence_use(enum config_path_use use)
{
	switch (use) {
	case CONFIG_PATH_CONSUMED:
		return FILE_FENCE_CONSUME;
	case CONFIG_PATH_WRITTEN:
		return FILE_FENCE_WRITE;
	case CONFIG_PATH_READ:
		break;
	}
	return FILE_FENCE_READ;
}

static void
allow_path(void *arg, const char *path, enum config_path_use use)
{
	allow(arg, path, fence_use(use));
}

/* One folder that cannot be had is no reason to leave all of them open. */
static void
allow(struct walk *walk, const char *path, enum file_fence_use use)
{
	struct lh_cause cause;
	enum lh_err err = file_fence_allow(walk->confinement->fence, path,
	    use, &cause);

	if (err == LH_ERR_NOT_FOUND)
		log_warn(walk->log, "process.unreachable",
		    log_text("path", path), log_text("error", cause.text));
	else if (err != LH_OK && walk->err == LH_OK) {
		walk->err = err;
		*walk->cause = cause;
	}
}

static enum lh_err
filter_calls(struct confinement *confinement, struct log *log,
    struct lh_cause *cause)
{
	enum lh_err err = call_filter_install(cause);

	confinement->facts.seccomp = err == LH_OK;
	if (err != LH_ERR_UNSUPPORTED)
		return err;
	log_warn(log, "process.no_seccomp", log_text("error", cause->text));
	return LH_OK;
}

static void
check_path(void *arg, const char *path, enum config_path_use use)
{
	struct walk *walk = arg;

	if (walk->err != LH_OK || file_fence_holds(
	    walk->confinement->fence, path, fence_use(use)))
		return;
	lh_cause_set(walk->cause, "%s is outside the folders that were named "
	    "at the start, and so closed to us (process.landlock): that "
	    "takes a restart", path);
	walk->err = LH_ERR_DENIED;
}
