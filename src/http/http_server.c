/*
 * http_server - who is connected, and what all connections share: limits, the
 * date, the numbering of requests, the drain.
 *
 * How one connection lives is told in http_conn.c.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "http/http_server.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/lh_assert.h"
#include "base/xalloc.h"
#include "http_conn.h"

static void remember(struct http_server *server, struct http_conn *conn);
static void tell_drained(void *arg);

void
http_server_options_init(struct http_server_options *options)
{
	*options = (struct http_server_options){
		.head = {
			.max_head_bytes = 32 * 1024,
			.max_target_bytes = 8 * 1024,
			.max_fields = HTTP_PARSER_MAX_FIELDS,
		},
		.max_body_bytes = (size_t)32 * 1024 * 1024,
		.max_buffered_bytes = (size_t)256 * 1024 * 1024,
		.max_output_bytes = 256 * 1024,
		.max_connections = 16384,
		.head_timeout = 10 * 1000,
		.body_timeout = 30 * 1000,
		.idle_timeout = 5 * 60 * 1000,
		.write_timeout = 60 * 1000,
	};
}

struct http_server *
http_server_new(const struct http_server_options *options,
    const struct http_server_env *env)
{
	struct http_server *server = xcalloc(1, sizeof(*server));

	lh_assert(options->head.max_fields <= HTTP_PARSER_MAX_FIELDS);
	server->options = *options;
	server->env = *env;
	server->date_s = -1;
	server->spares = http_spares_new(env->loop);
	server->drain_timer = loop_timer_new(env->loop, tell_drained, server);
	return server;
}

void
http_server_free(struct http_server *server)
{
	if (server == NULL)
		return;
	while (server->first != NULL)
		http_conn_die(server->first);
	lh_assert(server->count == 0);
	lh_assert(server->buffered == 0);
	loop_timer_free(server->drain_timer);
	http_spares_free(server->spares);
	free(server);
}

void
http_server_adopt(struct http_server *server, int fd,
    const struct http_peer *peer, struct http_tls *tls,
    struct http_handler handler)
{
	struct http_conn *conn = NULL;

	if (server->draining ||
	    server->count >= server->options.max_connections)
		close(fd);
	else
		conn = http_conn_new(server, fd, peer, tls);
	if (conn == NULL) {
		metrics_add(server->env.metrics, METRIC_CONNECTIONS_REFUSED,
		    1);
		log_debug(server->env.log, "http.connection_refused",
		    log_text("peer", peer->address),
		    log_num("connections", (int64_t)server->count));
		return;
	}
	conn->handler = handler;
	remember(server, conn);
	http_conn_start(conn);
}

void
http_server_drain(struct http_server *server, loop_fn *drained, void *arg)
{
	struct http_conn *conn, *next;

	server->draining = true;
	server->drained = drained;
	server->drained_arg = arg;
	for (conn = server->first; conn != NULL; conn = next) {
		next = conn->next;
		http_conn_close_idle(conn);
	}
	if (server->count == 0)
		loop_timer_set(server->drain_timer, 0);
}

size_t
http_server_connections(const struct http_server *server)
{
	return server->count;
}

void
http_server_forget(struct http_server *server, struct http_conn *conn)
{
	if (conn->prev != NULL)
		conn->prev->next = conn->next;
	else
		server->first = conn->next;
	if (conn->next != NULL)
		conn->next->prev = conn->prev;
	conn->prev = conn->next = NULL;
	lh_assert(server->count > 0);
	server->count--;
	metrics_add(server->env.metrics, METRIC_CONNECTIONS, -1);
	if (server->draining && server->count == 0)
		loop_timer_set(server->drain_timer, 0);
}

struct span
http_server_date(struct http_server *server)
{
	int64_t now_s = loop_wall(server->env.loop) / 1000;

	if (now_s < 0)
		now_s = 0;
	if (now_s != server->date_s) {
		http_writer_date(now_s, server->date);
		server->date_s = now_s;
	}
	return (struct span){ server->date, sizeof(server->date) };
}

bool
http_server_take_bytes(struct http_server *server, size_t len)
{
	if (len > http_server_free_bytes(server))
		return false;
	server->buffered += len;
	return true;
}

void
http_server_give_bytes(struct http_server *server, size_t len)
{
	lh_assert(len <= server->buffered);
	server->buffered -= len;
}

size_t
http_server_free_bytes(const struct http_server *server)
{
	return server->options.max_buffered_bytes - server->buffered;
}

static void
remember(struct http_server *server, struct http_conn *conn)
{
	conn->next = server->first;
	if (server->first != NULL)
		server->first->prev = conn;
	server->first = conn;
	server->count++;
	metrics_add(server->env.metrics, METRIC_CONNECTIONS, 1);
}

static void
tell_drained(void *arg)
{
	struct http_server *server = arg;
	loop_fn *drained = server->drained;

	server->drained = NULL;
	if (drained != NULL)
		drained(server->drained_arg);
}
