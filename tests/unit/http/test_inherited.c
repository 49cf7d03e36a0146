/*
 * test_inherited - sockets of a service manager find their listener.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "http/http_inherited.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define FIRST 40		/* above what the test has open */

struct world {
	struct http_inherited *inherited;
	struct lh_cause cause;
	char pid[16];
	char folder[32];
	char path[64];
	char address[64];	/* of the TCP socket */
};

static int
setup(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	snprintf(world->pid, sizeof(world->pid), "%ld", (long)getpid());
	snprintf(world->folder, sizeof(world->folder), "%s",
	    "/tmp/test_inherited.XXXXXX");
	assert_non_null(mkdtemp(world->folder));
	snprintf(world->path, sizeof(world->path), "%s/socket",
	    world->folder);
	*state = world;
	return 0;
}

static int
teardown(void **state)
{
	struct world *world = *state;

	http_inherited_free(world->inherited);
	for (int fd = FIRST; fd < FIRST + 4; fd++)
		close(fd);
	unlink(world->path);
	rmdir(world->folder);
	free(world);
	return 0;
}

static void
move_to(int fd, int number)
{
	assert_true(fd >= 0);
	assert_int_equal(dup2(fd, number), number);
	close(fd);
}

static void
open_tcp(struct world *world, int number)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	snprintf(world->address, sizeof(world->address), "localhost:%u",
	    (unsigned)ntohs(at.sin_port));
	move_to(fd, number);
}

static void
open_unix(struct world *world, int number)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(name.sun_path, sizeof(name.sun_path), "%s", world->path);
	assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof(name)),
	    0);
	move_to(fd, number);
}

static enum lh_err
inherit(struct world *world, const char *count, const char *names)
{
	const struct http_inherited_options options = { .pid = world->pid,
		.count = count, .names = names, .first = FIRST };

	return http_inherited_new(&options, &world->inherited,
	    &world->cause);
}

static int
take(struct world *world, enum http_listener_kind kind, const char *address)
{
	const struct http_listener_options options = { .kind = kind,
		.address = address, .inherited_fd = HTTP_LISTENER_NO_FD };

	return http_inherited_take(world->inherited, &options);
}

static void
a_socket_is_found_by_its_address_once(void **state)
{
	struct world *world = *state;

	open_tcp(world, FIRST);
	open_unix(world, FIRST + 1);
	assert_int_equal(inherit(world, "2", "one:two"), LH_OK);
	assert_int_equal(take(world, HTTP_LISTENER_UNIX, world->path),
	    FIRST + 1);
	assert_int_equal(take(world, HTTP_LISTENER_UNIX, world->path),
	    HTTP_LISTENER_NO_FD);
	assert_int_equal(take(world, HTTP_LISTENER_TCP, world->address),
	    FIRST);
	assert_int_equal(http_inherited_check_taken(world->inherited,
	    &world->cause), LH_OK);
	assert_int_equal(fcntl(FIRST, F_GETFD), FD_CLOEXEC);
}

static void
an_address_of_another_kind_finds_nothing(void **state)
{
	struct world *world = *state;

	open_tcp(world, FIRST);
	assert_int_equal(inherit(world, "1", NULL), LH_OK);
	assert_int_equal(take(world, HTTP_LISTENER_UNIX, world->address),
	    HTTP_LISTENER_NO_FD);
	assert_int_equal(take(world, HTTP_LISTENER_UNIX, ""),
	    HTTP_LISTENER_NO_FD);
	assert_int_equal(take(world, HTTP_LISTENER_TCP, "[::1]:1"),
	    HTTP_LISTENER_NO_FD);
	assert_int_equal(take(world, HTTP_LISTENER_TCP, "127.0.0.1:1"),
	    HTTP_LISTENER_NO_FD);
}

static void
a_socket_that_nobody_takes_is_told_by_name_and_address(void **state)
{
	struct world *world = *state;

	open_tcp(world, FIRST);
	open_unix(world, FIRST + 1);
	assert_int_equal(inherit(world, "3", "a.socket:b.socket"), LH_OK);
	assert_int_equal(take(world, HTTP_LISTENER_TCP, world->address),
	    FIRST);
	assert_int_equal(http_inherited_check_taken(world->inherited,
	    &world->cause), LH_ERR_CONFIG);
	assert_non_null(strstr(world->cause.text, "b.socket"));
	assert_non_null(strstr(world->cause.text, world->path));
	assert_int_equal(take(world, HTTP_LISTENER_UNIX, world->path),
	    FIRST + 1);
	/* The third is no socket at all. */
	assert_int_equal(http_inherited_check_taken(world->inherited,
	    &world->cause), LH_ERR_CONFIG);
}

static void
sockets_for_another_process_are_left_alone(void **state)
{
	struct world *world = *state;

	open_tcp(world, FIRST);
	snprintf(world->pid, sizeof(world->pid), "1");
	assert_int_equal(inherit(world, "1", NULL), LH_OK);
	assert_int_equal(take(world, HTTP_LISTENER_TCP, world->address),
	    HTTP_LISTENER_NO_FD);
	assert_int_equal(http_inherited_check_taken(world->inherited,
	    &world->cause), LH_OK);
	assert_int_equal(fcntl(FIRST, F_GETFD), 0);
}

static void
a_count_that_cannot_be_is_refused(void **state)
{
	struct world *world = *state;

	assert_int_equal(inherit(world, "65", NULL), LH_ERR_CONFIG);
	assert_int_equal(inherit(world, "-1", NULL), LH_ERR_CONFIG);
	assert_int_equal(inherit(world, "x", NULL), LH_ERR_CONFIG);
	assert_null(world->inherited);
	assert_int_equal(inherit(world, NULL, NULL), LH_OK);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_socket_is_found_by_its_address_once),
		CASE(an_address_of_another_kind_finds_nothing),
		CASE(a_socket_that_nobody_takes_is_told_by_name_and_address),
		CASE(sockets_for_another_process_are_left_alone),
		CASE(a_count_that_cannot_be_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
