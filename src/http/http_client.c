/*
 * http_client - calls on libcurl's multi interface, driven by our loop.
 *
 * curl tells which sockets it watches and when it wants to be woken; both wake
 * drive(), which lets curl work and then settles what curl left behind. Two
 * things curl forbids shape this file: its functions may not be called from
 * inside its callbacks, where our listeners run too. So what a listener asks
 * for there is written down, and settle() does it when curl has returned:
 *
 *	start   the call waits in queued
 *	cancel  the call waits in dead, its callbacks fail from now on
 *	resume  the call waits in resumed
 *	free    the last one out of busy does it
 *
 * A look-up of a name has a thread, which nobody can end. So who leaves during
 * one leaves it to curl, where it takes the place of a connection until it is
 * over: there are never more threads than there may be connections.
 *
 * Connections belong to the multi handle. One has one call at a time, in HTTP/2
 * too: of a connection that others read from, curl reads what is for a paused
 * call as well, up to 64 MB each, and makes the others wait for it.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "http_client_parts.h"

#include "base/lh_assert.h"
#include "base/secret_alloc.h"
#include "base/xalloc.h"

#include <stdlib.h>

static void		copy_options(struct http_client *,
			    const struct http_client_options *);
static void		release_options(struct http_client_options *);
static enum lh_err	set_up_multi(struct http_client *);
static void		destroy(struct http_client *);
static void		leave(struct http_client *);
static void		drive(void *, curl_socket_t, int);
static bool		has_unplaced(void *);
static void		settle(struct http_client *);
static void		start_queued(struct http_client *);
static void		reap_dead(struct http_client *);
static void		continue_resumed(struct http_client *);
static bool		end_finished(struct http_client *);
static void		end_call(struct http_call *, CURLcode);
static void		on_timer(void *);
static void		on_later(void *);
static void		look_later(struct http_client *);
static int		on_curl_timer(CURLM *, long, void *);
static enum lh_err	launch(struct http_call *);

void
http_client_options_init(struct http_client_options *options)
{
	*options = (struct http_client_options){
		.max_connections = 128,
		.max_calls = 4096,
		.connect_timeout = 10 * 1000,
		.max_head_bytes = 64 * 1024,
	};
}

enum lh_err
http_client_start_library(void)
{
	CURLcode code;

	/* It names a file into which curl writes the keys of connections. */
	if (unsetenv("SSLKEYLOGFILE") != 0)
		return LH_ERR_SYSTEM;
	code = curl_global_init_mem(CURL_GLOBAL_ALL,
	    secret_need_malloc, secret_free, secret_need_realloc,
	    secret_need_strdup, secret_need_calloc);
	return code == CURLE_OK ? LH_OK : LH_ERR_SYSTEM;
}

void
http_client_stop_library(void)
{
	curl_global_cleanup();
}

enum lh_err
http_client_new(const struct http_client_options *options, struct loop *loop,
    struct http_client **client_out, struct lh_cause *cause)
{
	struct http_client *client = xcalloc(1, sizeof(*client));
	enum lh_err err;

	lh_assert(options->max_connections > 0);
	client->loop = loop;
	TAILQ_INIT(&client->idle);
	TAILQ_INIT(&client->queued);
	TAILQ_INIT(&client->running);
	TAILQ_INIT(&client->dead);
	TAILQ_INIT(&client->left);
	TAILQ_INIT(&client->ending);
	TAILQ_INIT(&client->resumed);
	bytes_init(&client->ca_pem, HTTP_CLIENT_MAX_CA_BYTES);
	copy_options(client, options);
	http_client_place_init(&client->place, options);
	client->timer = loop_timer_new(loop, on_timer, client);
	client->sockets = http_client_sockets_new(loop_event_base(loop),
	    &(struct http_client_socket_user){ drive, has_unplaced, client });
	err = http_client_tls_check(options, &client->ca_pem, cause);
	if (err == LH_OK && set_up_multi(client) != LH_OK) {
		lh_cause_set(cause, "libcurl gave no multi handle");
		err = LH_ERR_SYSTEM;
	}
	if (err != LH_OK) {
		destroy(client);
		return err;
	}
	*client_out = client;
	return LH_OK;
}

void
http_client_free(struct http_client *client)
{
	struct http_call *call;

	if (client == NULL)
		return;
	client->is_freed = true;
	client->busy++;
	while ((call = TAILQ_FIRST(&client->queued)) != NULL)
		http_call_cancel(call);
	while ((call = TAILQ_FIRST(&client->running)) != NULL)
		http_call_cancel(call);
	leave(client);
}

enum lh_err
http_client_start(struct http_client *client,
    const struct http_call_request *request,
    const struct http_call_listener *listener, struct http_call **call_out)
{
	struct http_call *call;
	enum lh_err err;

	lh_assert(!client->is_freed);
	if (client->call_count >= client->options.max_calls)
		return LH_ERR_LIMIT;
	call = http_client_call_take(client);
	if (call == NULL)
		return LH_ERR_SYSTEM;
	err = http_client_call_prepare(call, request);
	if (err == LH_OK) {
		http_client_call_move(call, CALL_QUEUED);
		if (client->inside_curl == 0)
			err = launch(call);
	}
	if (err != LH_OK) {
		http_client_call_retire(call);
		return err;
	}
	call->listener = *listener;
	if (request->timeout > 0)
		loop_timer_set(call->timer, request->timeout);
	*call_out = call;
	return LH_OK;
}

void
http_call_cancel(struct http_call *call)
{
	bool is_running;

	if (call == NULL || call->state == CALL_ENDING ||
	    call->state == CALL_DEAD || call->state == CALL_LEFT)
		return;
	lh_assert(call->state != CALL_IDLE);
	is_running = call->state == CALL_RUNNING;
	if (is_running)
		loop_timer_stop(call->timer);
	if (is_running && call->is_resolving)
		http_client_call_move(call, CALL_LEFT);
	else if (is_running && call->client->inside_curl > 0)
		http_client_call_move(call, CALL_DEAD);
	else
		http_client_call_retire(call);
}

void
http_call_resume(struct http_call *call)
{
	struct http_client *client = call->client;

	if (call->state != CALL_RUNNING || !call->is_full)
		return;
	call->is_full = false;
	if (!call->is_paused || call->is_resuming)
		return;
	call->is_resuming = true;
	TAILQ_INSERT_TAIL(&client->resumed, call, resume_link);
	if (client->busy == 0)
		look_later(client);
}

static void
copy_options(struct http_client *client,
    const struct http_client_options *options)
{
	struct http_client_options *ours = &client->options;

	*ours = *options;
	ours->ca_file = xstrdup(options->ca_file);
	ours->ca_path = xstrdup(options->ca_path);
	ours->ca_pem = SPAN_NONE;
	ours->client_cert = xstrdup(options->client_cert);
	ours->client_key = xstrdup(options->client_key);
	ours->tls_server_name = xstrdup(options->tls_server_name);
	ours->unix_socket = xstrdup(options->unix_socket);
	ours->proxy = xstrdup(options->proxy);
}

static void
release_options(struct http_client_options *options)
{
	free((char *)(uintptr_t)options->ca_file);
	free((char *)(uintptr_t)options->ca_path);
	free((char *)(uintptr_t)options->client_cert);
	free((char *)(uintptr_t)options->client_key);
	free((char *)(uintptr_t)options->tls_server_name);
	free((char *)(uintptr_t)options->unix_socket);
	free((char *)(uintptr_t)options->proxy);
	*options = (struct http_client_options){ 0 };
}

static enum lh_err
set_up_multi(struct http_client *client)
{
	long connections = (long)client->options.max_connections;
	CURLM *multi = curl_multi_init();

	if (multi == NULL)
		return LH_ERR_SYSTEM;
	client->multi = multi;
	if (curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION,
	    http_client_sockets_watch) != CURLM_OK ||
	    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, client->sockets) !=
	    CURLM_OK ||
	    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_curl_timer) !=
	    CURLM_OK ||
	    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, client) != CURLM_OK ||
	    curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS,
	    connections) != CURLM_OK ||
	    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, connections) !=
	    CURLM_OK || curl_multi_setopt(multi, CURLMOPT_PIPELINING,
	    CURLPIPE_NOTHING) != CURLM_OK)
		return LH_ERR_SYSTEM;
	return LH_OK;
}

/* What loop_later() still holds is freed by on_later(). */
static void
destroy(struct http_client *client)
{
	struct http_call *call;

	reap_dead(client);
	while ((call = TAILQ_FIRST(&client->left)) != NULL)
		http_client_call_retire(call);
	lh_assert(TAILQ_EMPTY(&client->running));
	lh_assert(TAILQ_EMPTY(&client->queued));
	while ((call = TAILQ_FIRST(&client->idle)) != NULL)
		http_client_call_free(call);
	http_client_place_release(&client->place);
	/* Closes connections, so the sockets go after it. */
	curl_multi_cleanup(client->multi);
	client->multi = NULL;
	http_client_sockets_free(client->sockets);
	client->sockets = NULL;
	loop_timer_free(client->timer);
	client->timer = NULL;
	bytes_release(&client->ca_pem);
	release_options(&client->options);
	if (!client->is_later)
		free(client);
}

static void
leave(struct http_client *client)
{
	lh_assert(client->busy > 0);
	if (--client->busy == 0 && client->is_freed)
		destroy(client);
}

static void
drive(void *arg, curl_socket_t fd, int mask)
{
	struct http_client *client = arg;
	int running;

	client->busy++;
	client->inside_curl++;
	curl_multi_socket_action(client->multi, fd, mask, &running);
	client->inside_curl--;
	settle(client);
	leave(client);
}

static bool
has_unplaced(void *arg)
{
	struct http_client *client = arg;
	struct http_call *call;

	TAILQ_FOREACH(call, &client->running, link)
		if (!call->is_placed)
			return true;
	return false;
}

/* What is continued may be cancelled, or start others, before curl returns. */
static void
settle(struct http_client *client)
{
	do {
		reap_dead(client);
		start_queued(client);
		continue_resumed(client);
	} while (end_finished(client) || !TAILQ_EMPTY(&client->dead) ||
	    !TAILQ_EMPTY(&client->queued));
}

static void
start_queued(struct http_client *client)
{
	struct http_call *call;

	while ((call = TAILQ_FIRST(&client->queued)) != NULL)
		if (launch(call) != LH_OK)
			end_call(call, CURLE_FAILED_INIT);
}

static void
reap_dead(struct http_client *client)
{
	struct http_call *call;

	while ((call = TAILQ_FIRST(&client->dead)) != NULL)
		http_client_call_retire(call);
}

static void
continue_resumed(struct http_client *client)
{
	struct http_call *call;
	CURLcode code;

	while ((call = TAILQ_FIRST(&client->resumed)) != NULL) {
		TAILQ_REMOVE(&client->resumed, call, resume_link);
		call->is_resuming = false;
		call->is_paused = false;
		client->inside_curl++;
		code = curl_easy_pause(call->easy, CURLPAUSE_CONT);
		client->inside_curl--;
		/* curl does not report the end of a call that failed here. */
		if (code != CURLE_OK && call->state == CALL_RUNNING)
			end_call(call, code);
	}
}

/* Was there any? */
static bool
end_finished(struct http_client *client)
{
	struct http_call *call;
	CURLMsg *message;
	bool any = false;
	int left;

	while ((message = curl_multi_info_read(client->multi, &left)) !=
	    NULL) {
		CURLcode code = message->data.result;

		if (message->msg != CURLMSG_DONE ||
		    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE,
		    &call) != CURLE_OK)
			lh_unreachable();
		any = true;
		if (call->state == CALL_RUNNING)
			end_call(call, code);
		else
			http_client_call_retire(call);
	}
	return any;
}

/* The only place where on_done is called. */
static void
end_call(struct http_call *call, CURLcode code)
{
	struct http_call_listener listener = call->listener;
	struct http_client_result result = {
		.easy = call->easy,
		.code = code,
		.was_sent = call->was_sent,
		.curl_text = call->curl_text,
		.target = call->client->options.unix_socket,
		.url = call->request.url,
	};

	if (call->err == LH_OK && code != CURLE_OK)
		call->err = http_client_easy_error(&result, &call->cause);
	if (call->err == LH_OK && call->head.state != HTTP_CLIENT_HEAD_WHOLE) {
		lh_cause_set(&call->cause, "answer without a head");
		call->err = LH_ERR_UPSTREAM;
	}
	http_client_call_end(call);
	listener.on_done(listener.arg, call->err, &call->cause);
	http_client_call_retire(call);
}

static void
on_timer(void *arg)
{
	drive(arg, CURL_SOCKET_TIMEOUT, 0);
}

static void
on_later(void *arg)
{
	struct http_client *client = arg;

	client->is_later = false;
	if (client->multi == NULL) {
		free(client);
		return;
	}
	if (client->is_due) {
		client->is_due = false;
		drive(client, CURL_SOCKET_TIMEOUT, 0);
		return;
	}
	client->busy++;
	settle(client);
	leave(client);
}

static void
look_later(struct http_client *client)
{
	if (client->is_later)
		return;
	client->is_later = true;
	loop_later(client->loop, on_later, client);
}

void
http_client_on_timeout(void *arg)
{
	struct http_call *call = arg;
	struct http_client *client = call->client;

	client->busy++;
	end_call(call, CURLE_OPERATION_TIMEDOUT);
	settle(client);
	leave(client);
}

/* Each call that starts asks for no time at all: it begins when the turn ends,
 * together with all others of that turn, without a wait for events between. */
static int
on_curl_timer(CURLM *multi, long after_ms, void *arg)
{
	struct http_client *client = arg;

	client->is_due = after_ms == 0;
	if (after_ms > 0)
		loop_timer_set(client->timer, after_ms);
	else
		loop_timer_stop(client->timer);
	if (client->is_due)
		look_later(client);
	return 0;
}

static enum lh_err
launch(struct http_call *call)
{
	struct http_client *client = call->client;

	lh_assert(client->inside_curl == 0);
	if (curl_multi_add_handle(client->multi, call->easy) != CURLM_OK)
		return LH_ERR_SYSTEM;
	http_client_call_move(call, CALL_RUNNING);
	return LH_OK;
}
