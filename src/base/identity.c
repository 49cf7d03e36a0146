/*
 * identity - groups first, then gid, then uid: the later step takes away the
 * right to the earlier one. Then every way back is tried, and must fail.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "base/identity.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file_io.h"

static bool is_already(const struct identity *identity);
static enum lh_err check_taken(const struct identity *identity,
    struct lh_cause *cause);
static bool has_way_back(const struct identity *identity);
static bool has_capabilities(void);

enum lh_err
identity_find(uid_t uid, gid_t gid, struct identity *out,
    struct lh_cause *cause)
{
	const struct passwd *user = getpwuid(uid);
	struct identity found = { .uid = uid, .gid = gid };

	if (user == NULL && gid == FILE_IO_KEEP_ID) {
		lh_cause_set(cause, "user %u is in no table of users: its "
		    "group must be given", (unsigned)uid);
		return LH_ERR_NOT_FOUND;
	}
	if (gid == FILE_IO_KEEP_ID)
		found.gid = user->pw_gid;
	found.groups[0] = found.gid;
	found.group_count = 1;
	if (user != NULL) {
		found.group_count = IDENTITY_MAX_GROUPS;
		if (getgrouplist(user->pw_name, found.gid, found.groups,
		    &found.group_count) < 0) {
			lh_cause_set(cause, "user %u is in more than %d "
			    "groups", (unsigned)uid, IDENTITY_MAX_GROUPS);
			return LH_ERR_LIMIT;
		}
	}
	*out = found;
	return LH_OK;
}

enum lh_err
identity_take(const struct identity *identity, struct lh_cause *cause)
{
	if (is_already(identity))
		return LH_OK;
	if (setgroups((size_t)identity->group_count, identity->groups) != 0 ||
	    setresgid(identity->gid, identity->gid, identity->gid) != 0 ||
	    setresuid(identity->uid, identity->uid, identity->uid) != 0) {
		enum lh_err err = errno == EPERM ? LH_ERR_DENIED :
		    LH_ERR_SYSTEM;

		lh_cause_set(cause, "cannot become user %u and group %u: %s",
		    (unsigned)identity->uid, (unsigned)identity->gid,
		    strerror(errno));
		return err;
	}
	return check_taken(identity, cause);
}

bool
identity_is_root(void)
{
	return geteuid() == 0;
}

/* Further groups are as whoever started the process has set them. */
static bool
is_already(const struct identity *identity)
{
	uid_t uid[3];
	gid_t gid[3];

	return getresuid(&uid[0], &uid[1], &uid[2]) == 0 &&
	    getresgid(&gid[0], &gid[1], &gid[2]) == 0 &&
	    uid[0] == identity->uid && uid[1] == identity->uid &&
	    uid[2] == identity->uid && gid[0] == identity->gid &&
	    gid[1] == identity->gid && gid[2] == identity->gid;
}

static enum lh_err
check_taken(const struct identity *identity, struct lh_cause *cause)
{
	if (is_already(identity) &&
	    (identity->uid == 0 ||
	    (!has_way_back(identity) && !has_capabilities())))
		return LH_OK;
	lh_cause_set(cause, "user %u was taken, but privileges are left",
	    (unsigned)identity->uid);
	return LH_ERR_SYSTEM;
}

/* Each of these must be refused. */
static bool
has_way_back(const struct identity *identity)
{
	const gid_t none = (gid_t)-1;

	return setuid(0) == 0 || seteuid(0) == 0 ||
	    setresuid(none, none, 0) == 0 ||
	    (identity->gid != 0 && (setgid(0) == 0 ||
	    setresgid(none, none, 0) == 0)) ||
	    setgroups(0, NULL) == 0;
}

static bool
has_capabilities(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, data) != 0)
		return true;
	for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		if (data[i].effective != 0 || data[i].permitted != 0)
			return true;
	return false;
}
