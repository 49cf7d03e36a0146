/*
 * test_listener - unix sockets in a folder of the test's own, and inherited
 * descriptors.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/file_io.h"
#include "base/loop.h"
#include "base/timesource.h"
#include "http/http_listener.h"

#define TURNS 20

struct fixture {
	struct timesource *source;
	struct http_server_env env;
	struct http_server *server;
	struct http_listener_options options;
	struct lh_cause cause;
	struct http_peer peer;		/* of the last request */
	char folder[64];
	char path[96];
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct http_server_options options;

	signal(SIGPIPE, SIG_IGN);
	f->source = timesource_new_manual(1000, 1000);
	assert_int_equal(loop_new(f->source, &f->env.loop), LH_OK);
	http_server_options_init(&options);
	f->server = http_server_new(&options, &f->env);
	snprintf(f->folder, sizeof(f->folder), "/tmp/lh-listener-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	snprintf(f->path, sizeof(f->path), "%s/socket", f->folder);
	f->options = (struct http_listener_options){
		.kind = HTTP_LISTENER_UNIX,
		.address = f->path,
		.inherited_fd = HTTP_LISTENER_NO_FD,
		.uid = FILE_IO_KEEP_ID,
		.gid = FILE_IO_KEEP_ID,
	};
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	http_server_free(f->server);
	loop_free(f->env.loop);
	timesource_free(f->source);
	unlink(f->path);
	rmdir(f->folder);
	free(f);
	return 0;
}

static void
stop(void *arg)
{
	loop_stop(arg);
}

static void
turn(struct fixture *f)
{
	for (int i = 0; i < TURNS; i++) {
		loop_later(f->env.loop, stop, f->env.loop);
		loop_run(f->env.loop);
	}
}

static void
note_peer(void *arg, struct http_exchange *exchange)
{
	struct fixture *f = arg;
	struct http_reply reply = { .status = 200 };

	f->peer = *http_exchange_request(exchange)->peer;
	http_exchange_reply(exchange, &reply);
}

static enum lh_err
listen_with(struct fixture *f, struct http_listener **listener_out)
{
	return http_listener_new(f->server, &f->env, &f->options, NULL,
	    (struct http_handler){ note_peer, f }, listener_out, &f->cause);
}

static int
unix_socket(const char *path, bool bound)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(name.sun_path, sizeof(name.sun_path), "%s", path);
	if (bound)
		assert_int_equal(bind(fd, (struct sockaddr *)&name,
		    sizeof(name)), 0);
	else
		assert_int_equal(connect(fd, (struct sockaddr *)&name,
		    sizeof(name)), 0);
	return fd;
}

static void
the_kernel_names_the_peer(void **state)
{
	struct fixture *f = *state;
	struct http_listener *listener = NULL;
	int fd;

	assert_int_equal(listen_with(f, &listener), LH_OK);
	assert_string_equal(http_listener_address(listener), f->path);
	fd = unix_socket(f->path, false);
	assert_int_equal(send(fd, "GET / HTTP/1.0\r\n\r\n", 18, 0), 18);
	turn(f);
	assert_true(f->peer.is_unix);
	assert_int_equal(f->peer.uid, getuid());
	assert_int_equal(f->peer.pid, getpid());
	close(fd);
	http_listener_free(listener);
	assert_int_equal(access(f->path, F_OK), -1);
}

static void
a_socket_is_private_unless_opened(void **state)
{
	struct fixture *f = *state;
	struct http_listener *listener = NULL;
	struct stat now;

	assert_int_equal(listen_with(f, &listener), LH_OK);
	assert_int_equal(stat(f->path, &now), 0);
	assert_int_equal(now.st_mode & 0777, 0600);
	http_listener_free(listener);
	f->options.set_mode = true;
	f->options.mode = 0666;
	assert_int_equal(listen_with(f, &listener), LH_OK);
	assert_int_equal(stat(f->path, &now), 0);
	assert_int_equal(now.st_mode & 0777, 0666);
	http_listener_free(listener);
}

static void
a_stale_socket_is_replaced_and_a_live_one_is_not(void **state)
{
	struct fixture *f = *state;
	struct http_listener *listener = NULL, *second = NULL;

	close(unix_socket(f->path, true));
	assert_int_equal(listen_with(f, &listener), LH_OK);
	assert_int_equal(listen_with(f, &second), LH_ERR_SYSTEM);
	assert_null(second);
	assert_non_null(strstr(f->cause.text, f->path));
	assert_int_equal(access(f->path, F_OK), 0);
	http_listener_free(listener);
}

static void
a_file_that_is_no_socket_is_left_alone(void **state)
{
	struct fixture *f = *state;
	struct http_listener *listener = NULL;

	close(open(f->path, O_CREAT | O_WRONLY, 0600));
	assert_int_equal(listen_with(f, &listener), LH_ERR_SYSTEM);
	assert_int_equal(access(f->path, F_OK), 0);
}

static void
a_socket_that_another_put_there_is_left_alone(void **state)
{
	struct fixture *f = *state;
	struct http_listener *listener = NULL;
	int other;

	assert_int_equal(listen_with(f, &listener), LH_OK);
	assert_int_equal(unlink(f->path), 0);
	other = unix_socket(f->path, true);
	http_listener_free(listener);
	assert_int_equal(access(f->path, F_OK), 0);
	close(other);
}

static void
an_inherited_descriptor_must_listen(void **state)
{
	struct fixture *f = *state;
	struct http_listener *listener = NULL;
	int fd = unix_socket(f->path, true);

	f->options.inherited_fd = fd;
	assert_int_equal(listen_with(f, &listener), LH_ERR_SYSTEM);
	assert_int_equal(listen(fd, 1), 0);
	f->options.kind = HTTP_LISTENER_TCP;
	assert_int_equal(listen_with(f, &listener), LH_ERR_SYSTEM);
	f->options.kind = HTTP_LISTENER_UNIX;
	assert_int_equal(listen_with(f, &listener), LH_OK);
	http_listener_free(listener);
	assert_int_equal(access(f->path, F_OK), 0);
}

static void
addresses_without_sense_are_refused(void **state)
{
	static const char *addresses[] = { "", "127.0.0.1", "127.0.0.1:",
	    "127.0.0.1:port", "[::1]" };
	struct fixture *f = *state;
	struct http_listener *listener = NULL;

	f->options.kind = HTTP_LISTENER_TCP;
	for (size_t i = 0; i < sizeof(addresses) / sizeof(*addresses); i++) {
		f->options.address = addresses[i];
		assert_int_equal(listen_with(f, &listener), LH_ERR_CONFIG);
	}
	f->options.kind = HTTP_LISTENER_UNIX;
	f->options.address = "";
	assert_int_equal(listen_with(f, &listener), LH_ERR_CONFIG);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(the_kernel_names_the_peer),
		CASE(a_socket_is_private_unless_opened),
		CASE(a_stale_socket_is_replaced_and_a_live_one_is_not),
		CASE(a_file_that_is_no_socket_is_left_alone),
		CASE(a_socket_that_another_put_there_is_left_alone),
		CASE(an_inherited_descriptor_must_listen),
		CASE(addresses_without_sense_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
