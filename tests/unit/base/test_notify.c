/*
 * test_notify - what the service manager reads, and when it is not asked.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "base/notify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

struct world {
	int manager;
	char folder[32];
	char address[64];
	struct notify *notify;
	char text[1024];
};

static void
world_open(struct world *world, const char *address)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	size_t len = strlen(address);
	struct lh_cause cause;

	memcpy(name.sun_path, address, len);
	if (address[0] == '@')
		name.sun_path[0] = '\0';
	else
		len++;
	world->manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	assert_true(world->manager >= 0);
	assert_int_equal(bind(world->manager, (struct sockaddr *)&name,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)), 0);
	assert_int_equal(notify_new(address, &world->notify, &cause), LH_OK);
}

static int
setup(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	snprintf(world->folder, sizeof(world->folder), "%s",
	    "/tmp/test_notify.XXXXXX");
	assert_non_null(mkdtemp(world->folder));
	snprintf(world->address, sizeof(world->address), "%s/notify",
	    world->folder);
	*state = world;
	return 0;
}

static int
teardown(void **state)
{
	struct world *world = *state;

	notify_free(world->notify);
	if (world->manager > 0)
		close(world->manager);
	unlink(world->address);
	rmdir(world->folder);
	free(world);
	return 0;
}

static const char *
heard(struct world *world)
{
	ssize_t n = recv(world->manager, world->text,
	    sizeof(world->text) - 1, 0);

	world->text[n > 0 ? n : 0] = '\0';
	return world->text;
}

static void
each_piece_of_news_is_a_datagram(void **state)
{
	struct world *world = *state;

	world_open(world, world->address);
	assert_true(notify_ready(world->notify));
	assert_true(notify_alive(world->notify));
	assert_true(notify_stopping(world->notify));
	assert_string_equal(heard(world), "READY=1");
	assert_string_equal(heard(world), "WATCHDOG=1");
	assert_string_equal(heard(world), "STOPPING=1");
	assert_string_equal(heard(world), "");
}

static void
a_reload_tells_its_moment(void **state)
{
	struct world *world = *state;
	const char *head = "RELOADING=1\nMONOTONIC_USEC=";

	world_open(world, world->address);
	assert_true(notify_reloading(world->notify));
	assert_memory_equal(heard(world), head, strlen(head));
	assert_true(strtoll(world->text + strlen(head), NULL, 10) > 0);
}

static void
a_status_cannot_say_anything_else(void **state)
{
	struct world *world = *state;
	char text[2 * NOTIFY_STATUS_MAX];

	world_open(world, world->address);
	assert_true(notify_status(world->notify,
	    SPAN_LITERAL("no token: \"x\"\nMAINPID=1\r\x7f")));
	assert_string_equal(heard(world),
	    "STATUS=no token: \"x\" MAINPID=1  ");
	memset(text, 'a', sizeof(text));
	assert_true(notify_status(world->notify,
	    (struct span){ text, sizeof(text) }));
	assert_int_equal(strlen(heard(world)), 7 + NOTIFY_STATUS_MAX);
}

static void
an_abstract_name_is_an_address(void **state)
{
	struct world *world = *state;
	char name[64];

	snprintf(name, sizeof(name), "@test_notify.%ld", (long)getpid());
	world_open(world, name);
	assert_true(notify_ready(world->notify));
	assert_string_equal(heard(world), "READY=1");
}

static void
a_manager_that_is_away_holds_nobody_up(void **state)
{
	struct world *world = *state;

	world_open(world, world->address);
	for (int i = 0; i < 100000 && notify_ready(world->notify); i++)
		continue;
	assert_false(notify_ready(world->notify));
	close(world->manager);
	world->manager = 0;
	assert_false(notify_ready(world->notify));
}

static void
other_addresses_are_refused(void **state)
{
	static const char *const addresses[] = { "", "@", "/", "notify",
		"vsock:2:1234", NULL };
	char path[200];
	struct notify *notify = NULL;
	struct lh_cause cause;

	for (size_t i = 0; addresses[i] != NULL; i++)
		assert_int_equal(notify_new(addresses[i], &notify, &cause),
		    LH_ERR_CONFIG);
	memset(path, '/', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(notify_new(path, &notify, &cause), LH_ERR_CONFIG);
	assert_null(notify);
}

static void
half_the_watchdogs_time_is_used(void **state)
{
	char us[16];

	assert_int_equal(notify_alive_every(NULL, NULL), 0);
	assert_int_equal(notify_alive_every("", NULL), 0);
	assert_int_equal(notify_alive_every("0", NULL), 0);
	assert_int_equal(notify_alive_every("-5", NULL), 0);
	assert_int_equal(notify_alive_every("30000000", NULL), 15000);
	assert_int_equal(notify_alive_every("1000", NULL), 1);
	snprintf(us, sizeof(us), "%ld", (long)getpid());
	assert_int_equal(notify_alive_every("3000000", us), 1500);
	assert_int_equal(notify_alive_every("3000000", "1"), 0);
	assert_int_equal(notify_alive_every("3000000", ""), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    each_piece_of_news_is_a_datagram, setup, teardown),
		cmocka_unit_test_setup_teardown(a_reload_tells_its_moment,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_status_cannot_say_anything_else, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    an_abstract_name_is_an_address, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_manager_that_is_away_holds_nobody_up, setup, teardown),
		cmocka_unit_test(other_addresses_are_refused),
		cmocka_unit_test(half_the_watchdogs_time_is_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
