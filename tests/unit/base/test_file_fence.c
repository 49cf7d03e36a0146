/*
 * test_file_fence - which places are allowed, and what is closed behind them,
 * by each version of Landlock up to the kernel's.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file_fence.h"
#include "in_child.h"

#define LAST_KNOWN 6
#define TRUNCATE (1ULL << 14)
#define IOCTL_DEV (1ULL << 15)

/* in/ is allowed, out/ is not; link in in/ leads to far/. */
struct place {
	char dir[64];
	char *in, *out, *far;
};

static void
put(const char *dir, const char *name)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "x", 1), 1);
	close(fd);
}

static char *
make_folder(const struct place *place, const char *name)
{
	char *path = NULL;

	assert_true(asprintf(&path, "%s/%s", place->dir, name) > 0);
	assert_int_equal(mkdir(path, 0700), 0);
	put(path, "file");
	return path;
}

static int
enter(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	assert_non_null(place);
	strncpy(place->dir, "/tmp/test_file_fence.XXXXXX",
	    sizeof(place->dir) - 1);
	assert_non_null(mkdtemp(place->dir));
	place->in = make_folder(place, "in");
	place->out = make_folder(place, "out");
	place->far = make_folder(place, "far");
	assert_int_equal(chdir(place->in), 0);
	assert_int_equal(symlink("../far/file", "link"), 0);
	*state = place;
	return 0;
}

static int
leave(void **state)
{
	struct place *place = *state;
	char command[64 + 16];
	const char *const names[] = { "in/file", "in/link", "in/made",
		"out/file", "out/made", "far/file", "in", "out", "far" };

	assert_int_equal(chdir(place->dir), 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)remove(names[i]);
	snprintf(command, sizeof(command), "%s", place->dir);
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(rmdir(command), 0);
	free(place->in);
	free(place->out);
	free(place->far);
	free(place);
	return 0;
}

static void
allow(struct file_fence *fence, const char *path, enum file_fence_use use)
{
	struct lh_cause cause;

	assert_int_equal(file_fence_allow(fence, path, use, &cause), LH_OK);
}

static void
each_version_forbids_what_it_knows(void **state)
{
	struct file_fence_rights rights;
	size_t size = 0;

	assert_int_equal(file_fence_rights(0, &rights), 8);
	assert_int_equal(rights.files, 0);
	for (int abi = 1; abi <= LAST_KNOWN + 3; abi++) {
		size_t now = file_fence_rights(abi, &rights);

		assert_true(now >= size);
		size = now;
		assert_true(rights.files & LANDLOCK_ACCESS_FS_EXECUTE);
		assert_true(rights.files & LANDLOCK_ACCESS_FS_MAKE_SYM);
		assert_int_equal((rights.files & TRUNCATE) != 0, abi >= 3);
		assert_int_equal((rights.files & IOCTL_DEV) != 0, abi >= 5);
		assert_int_equal(rights.net != 0, abi >= 4);
		assert_int_equal(rights.scoped != 0, abi >= 6);
		assert_int_equal(size, abi < 4 ? 8 : abi < 6 ? 16 : 24);
	}
}

static void
a_kernel_without_it_is_told(void **state)
{
	struct file_fence *fence = file_fence_new();
	struct lh_cause cause;

	assert_int_equal(file_fence_close(fence, 0, &cause),
	    LH_ERR_UNSUPPORTED);
	assert_string_equal(cause.text, "the kernel has no Landlock");
	file_fence_free(fence);
	file_fence_free(NULL);
}

static void
a_file_allows_its_folder(void **state)
{
	struct file_fence *fence = file_fence_new();

	allow(fence, "file", FILE_FENCE_READ);
	assert_true(file_fence_holds(fence, "file", FILE_FENCE_READ));
	assert_true(file_fence_holds(fence, "not there", FILE_FENCE_READ));
	assert_false(file_fence_holds(fence, "file", FILE_FENCE_CONSUME));
	assert_false(file_fence_holds(fence, "file", FILE_FENCE_WRITE));
	assert_false(file_fence_holds(fence, "../out/file",
	    FILE_FENCE_READ));
	assert_false(file_fence_holds(fence, "../inside", FILE_FENCE_READ));
	allow(fence, "file", FILE_FENCE_WRITE);
	assert_true(file_fence_holds(fence, "file", FILE_FENCE_WRITE));
	file_fence_free(fence);
}

static void
a_link_allows_where_it_leads(void **state)
{
	struct file_fence *fence = file_fence_new();

	allow(fence, "link", FILE_FENCE_READ);
	assert_true(file_fence_holds(fence, "link", FILE_FENCE_READ));
	assert_true(file_fence_holds(fence, "../far/file", FILE_FENCE_READ));
	assert_true(file_fence_holds(fence, "file", FILE_FENCE_READ));
	assert_false(file_fence_holds(fence, "../out", FILE_FENCE_READ));
	file_fence_free(fence);
}

static void
a_missing_folder_allows_the_one_above(void **state)
{
	const struct place *place = *state;
	struct file_fence *fence = file_fence_new();
	struct lh_cause cause;

	for (int use = FILE_FENCE_READ; use <= FILE_FENCE_WRITE; use++)
		assert_int_equal(file_fence_allow(fence, "much/later/file",
		    use, &cause), LH_ERR_NOT_FOUND);
	assert_false(file_fence_holds(fence, place->in, FILE_FENCE_READ));
	allow(fence, "later/file", FILE_FENCE_READ);
	assert_true(file_fence_holds(fence, place->in, FILE_FENCE_READ));
	allow(fence, "later/file", FILE_FENCE_WRITE);
	assert_true(file_fence_holds(fence, place->in, FILE_FENCE_WRITE));
	assert_false(file_fence_holds(fence, place->out, FILE_FENCE_READ));
	file_fence_free(fence);
}

static void
the_root_is_never_allowed(void **state)
{
	struct file_fence *fence = file_fence_new();
	struct lh_cause cause;
	const char *const paths[] = { "/", "/no-such-thing",
		"/no-such-folder/x/y" };

	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(file_fence_allow(fence, paths[i],
		    FILE_FENCE_READ, &cause), LH_ERR_NOT_FOUND);
		assert_false(file_fence_holds(fence, "/etc/passwd",
		    FILE_FENCE_READ));
	}
	file_fence_free(fence);
}

static void
a_credential_that_is_a_folder_may_become_a_file(void **state)
{
	const struct place *place = *state;
	struct file_fence *fence = file_fence_new();

	allow(fence, place->in, FILE_FENCE_CONSUME);
	assert_true(file_fence_holds(fence, place->in, FILE_FENCE_CONSUME));
	assert_true(file_fence_holds(fence, place->dir, FILE_FENCE_CONSUME));
	file_fence_free(fence);
}

static void
a_device_allows_itself_only(void **state)
{
	struct file_fence *fence = file_fence_new();

	allow(fence, "/dev/null", FILE_FENCE_WRITE);
	assert_true(file_fence_holds(fence, "/dev/null", FILE_FENCE_WRITE));
	assert_false(file_fence_holds(fence, "/dev/zero", FILE_FENCE_READ));
	file_fence_free(fence);
}

static int
open_as(const char *path, int flags)
{
	int fd = open(path, flags, 0600);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int
bind_tcp(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return bind(fd, (struct sockaddr *)&any, sizeof(any)) == 0 ? 0 :
	    errno;
}

/* Gives the number of the first line that is not as it should be. */
#define EXPECT(value, expected)						\
	do {								\
		if ((value) != (expected))				\
			return __LINE__ % 100 + 1;			\
	} while (0)

static int
behind_a_fence_to_write(void *arg)
{
	int abi = *(int *)arg;
	struct file_fence *fence = file_fence_new();
	struct lh_cause cause;

	EXPECT(file_fence_allow(fence, "file", FILE_FENCE_WRITE, &cause),
	    LH_OK);
	EXPECT(file_fence_close(fence, abi, &cause), LH_OK);
	EXPECT(open_as("file", O_RDWR), 0);
	EXPECT(open_as("made", O_WRONLY | O_CREAT | O_TRUNC), 0);
	EXPECT(rename("made", "file"), 0);
	EXPECT(unlink("file"), 0);
	EXPECT(open_as("../out/file", O_RDONLY), EACCES);
	EXPECT(open_as("../out/made", O_WRONLY | O_CREAT), EACCES);
	EXPECT(unlink("../out/file"), -1);
	EXPECT(open_as("/etc/passwd", O_RDONLY), EACCES);
	EXPECT(open_as("/proc/self/mem", O_RDONLY), EACCES);
	EXPECT(bind_tcp(), abi >= 4 ? EACCES : 0);
	return 0;
}

static int
behind_a_fence_to_read(void *arg)
{
	int abi = *(int *)arg;
	struct file_fence *fence = file_fence_new();
	struct lh_cause cause;

	EXPECT(file_fence_allow(fence, "link", FILE_FENCE_READ, &cause),
	    LH_OK);
	EXPECT(file_fence_close(fence, abi, &cause), LH_OK);
	EXPECT(open_as("file", O_RDONLY), 0);
	EXPECT(open_as("link", O_RDONLY), 0);
	EXPECT(open_as("file", O_WRONLY), EACCES);
	EXPECT(open_as("made", O_WRONLY | O_CREAT), EACCES);
	EXPECT(unlink("file"), -1);
	EXPECT(truncate("file", 0), abi >= 3 ? -1 : 0);
	EXPECT(open_as("../out/file", O_RDONLY), EACCES);
	return 0;
}

/* Under every version that this kernel knows, so that an older one is seen. */
static void
closes_in_every_version(in_child_fn *behind)
{
	int last = file_fence_abi();

	if (last == 0) {
		print_message("this kernel has no Landlock\n");
		skip();
	}
	for (int abi = 1; abi <= last; abi++) {
		int status;

		put(".", "file");
		status = in_child(behind, &abi);
		if (status != 0)
			fail_msg("version %d: status %#x", abi, status);
	}
}

static void
what_is_not_allowed_is_closed(void **state)
{
	closes_in_every_version(behind_a_fence_to_write);
}

static void
what_is_to_be_read_cannot_be_written(void **state)
{
	closes_in_every_version(behind_a_fence_to_read);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_version_forbids_what_it_knows),
		cmocka_unit_test(a_kernel_without_it_is_told),
		cmocka_unit_test_setup_teardown(a_file_allows_its_folder,
		    enter, leave),
		cmocka_unit_test_setup_teardown(a_link_allows_where_it_leads,
		    enter, leave),
		cmocka_unit_test_setup_teardown(
		    a_missing_folder_allows_the_one_above, enter, leave),
		cmocka_unit_test(the_root_is_never_allowed),
		cmocka_unit_test_setup_teardown(
		    a_credential_that_is_a_folder_may_become_a_file, enter,
		    leave),
		cmocka_unit_test(a_device_allows_itself_only),
		cmocka_unit_test_setup_teardown(what_is_not_allowed_is_closed,
		    enter, leave),
		cmocka_unit_test_setup_teardown(
		    what_is_to_be_read_cannot_be_written, enter, leave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
