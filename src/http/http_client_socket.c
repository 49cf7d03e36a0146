/*
 * http_client_socket - curl's sockets in our loop.
 *
 * curl stops to watch a connection whenever a call ends, and watches it again
 * for the next, which would cost two system calls a request. So a socket that
 * we opened stays registered as it is; when it stirs while curl does not care
 * (the server closed it), the registration goes. When the server has spoken
 * unasked there, the socket is ended too: what it said would be taken for the
 * answer to somebody's next request. In TLS it may speak unasked, but its end
 * is waited for, and then the socket is ended: curl takes the farewell that
 * lies there for a sign of life. Because of all that we must know when a
 * descriptor dies, hence the hooks for opening and closing. Sockets of curl's
 * own making (its resolver's) are let go at once.
 *
 * curl may send a request on a kept connection, and have its answer, before it
 * says that it watches the socket. So a socket is only judged while every call
 * under way is known to be on some other; else it is looked at again soon.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "http_client_parts.h"

#include "base/lh_assert.h"
#include "base/lh_need.h"
#include "base/xalloc.h"

#include <event2/event.h>

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TLS_FIRST_TYPE 20	/* of records: change_cipher_spec */
#define TLS_LAST_TYPE 24	/* heartbeat */
#define MAX_DRAINS 1024
#define LOOK_AGAIN_US 5000

struct watch {
	struct http_client_sockets *sockets;
	struct event *event;		/* NULL: not registered */
	short registered;		/* EV_READ, EV_WRITE; EV_CLOSED */
	short wanted;			/* by curl, now */
	bool is_ours;			/* its close will be heard */
	bool is_idle;			/* no call has it */
	bool is_doubtful;		/* spoke while it could not be judged */
};

struct http_client_sockets {
	struct event_base *base;
	struct http_client_socket_user user;
	struct event *later;		/* looks at the doubtful again */
	struct watch **by_fd;
	size_t capacity;
};

static struct watch	*find_watch(struct http_client_sockets *,
			    curl_socket_t);
static struct watch	*need_watch(struct http_client_sockets *,
			    curl_socket_t);
static void		drop_watch(struct http_client_sockets *,
			    curl_socket_t);
static int		enlist(struct watch *, curl_socket_t, short);
static void		delist(struct watch *);
static struct http_call	*call_of(CURL *);
static bool		is_paused(CURL *);
static void		stirred_idle(struct watch *, evutil_socket_t);
static void		look_again_later(struct http_client_sockets *);
static void		on_later(evutil_socket_t, short, void *);
static bool		ends_if_over(evutil_socket_t);
static bool		is_heard_to_the_end(evutil_socket_t);
static void		on_event(evutil_socket_t, short, void *);

struct http_client_sockets *
http_client_sockets_new(struct event_base *base,
    const struct http_client_socket_user *user)
{
	struct http_client_sockets *sockets = xcalloc(1, sizeof(*sockets));

	sockets->base = base;
	sockets->user = *user;
	sockets->later = event_new(base, -1, 0, on_later, sockets);
	lh_need(sockets->later != NULL, "make a timer");
	return sockets;
}

void
http_client_sockets_free(struct http_client_sockets *sockets)
{
	if (sockets == NULL)
		return;
	for (size_t fd = 0; fd < sockets->capacity; fd++)
		drop_watch(sockets, (curl_socket_t)fd);
	event_free(sockets->later);
	free(sockets->by_fd);
	free(sockets);
}

int
http_client_sockets_watch(CURL *easy, curl_socket_t fd, int what,
    void *sockets, void *unused)
{
	struct http_call *call;
	struct watch *watch;
	short wanted = 0;

	if (what == CURL_POLL_REMOVE) {
		watch = find_watch(sockets, fd);
		if (watch == NULL)
			return 0;
		watch->wanted = 0;
		watch->is_idle = !is_paused(easy);
		if (!watch->is_ours)
			drop_watch(sockets, fd);
		return 0;
	}
	watch = need_watch(sockets, fd);
	call = call_of(easy);
	if (call != NULL) {
		call->is_placed = true;
		call->is_resolving = !watch->is_ours;
	}
	if (what & CURL_POLL_IN)
		wanted |= EV_READ;
	if (what & CURL_POLL_OUT)
		wanted |= EV_WRITE;
	watch->wanted = wanted;
	watch->is_idle = false;
	return enlist(watch, fd, wanted);
}

curl_socket_t
http_client_sockets_open(void *sockets, curlsocktype purpose,
    struct curl_sockaddr *address)
{
	int fd = socket(address->family, address->socktype | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, address->protocol);

	if (fd < 0)
		return CURL_SOCKET_BAD;
	drop_watch(sockets, fd);
	need_watch(sockets, fd)->is_ours = true;
	return fd;
}

int
http_client_sockets_close(void *sockets, curl_socket_t fd)
{
	drop_watch(sockets, fd);
	return close(fd);
}

static struct watch *
find_watch(struct http_client_sockets *sockets, curl_socket_t fd)
{
	return (size_t)fd < sockets->capacity ? sockets->by_fd[fd] : NULL;
}

static struct watch *
need_watch(struct http_client_sockets *sockets, curl_socket_t fd)
{
	size_t old = sockets->capacity, capacity;
	struct watch *watch;

	lh_assert(fd >= 0);
	if ((size_t)fd >= old) {
		capacity = ((size_t)fd + 64) * 2;
		sockets->by_fd = xreallocarray(sockets->by_fd, capacity,
		    sizeof(*sockets->by_fd));
		memset(sockets->by_fd + old, 0,
		    (capacity - old) * sizeof(*sockets->by_fd));
		sockets->capacity = capacity;
	}
	watch = sockets->by_fd[fd];
	if (watch == NULL) {
		watch = xcalloc(1, sizeof(*watch));
		watch->sockets = sockets;
		sockets->by_fd[fd] = watch;
	}
	return watch;
}

static void
drop_watch(struct http_client_sockets *sockets, curl_socket_t fd)
{
	struct watch *watch = find_watch(sockets, fd);

	if (watch == NULL)
		return;
	delist(watch);
	free(watch);
	sockets->by_fd[fd] = NULL;
}

static int
enlist(struct watch *watch, curl_socket_t fd, short events)
{
	if (watch->registered == events)
		return 0;
	delist(watch);
	watch->event = event_new(watch->sockets->base, fd,
	    (short)(events | EV_PERSIST), on_event, watch);
	if (watch->event == NULL || event_add(watch->event, NULL) != 0) {
		delist(watch);
		return -1;
	}
	watch->registered = events;
	return 0;
}

static void
delist(struct watch *watch)
{
	if (watch->event != NULL)
		event_free(watch->event);
	watch->event = NULL;
	watch->registered = 0;
}

static struct http_call *
call_of(CURL *easy)
{
	struct http_call *call = NULL;

	if (easy == NULL || curl_easy_getinfo(easy, CURLINFO_PRIVATE,
	    &call) != CURLE_OK)
		return NULL;
	return call;
}

/* Without a word about the call it is taken for paused: nothing is done. */
static bool
is_paused(CURL *easy)
{
	struct http_call *call = call_of(easy);

	return call == NULL || call->is_paused;
}

static void
stirred_idle(struct watch *watch, evutil_socket_t fd)
{
	struct http_client_sockets *sockets = watch->sockets;

	if (sockets->user.has_unplaced(sockets->user.arg)) {
		watch->is_doubtful = true;
		look_again_later(sockets);
	} else if (!ends_if_over(fd) && enlist(watch, fd, EV_CLOSED) != 0)
		delist(watch);
}

static void
look_again_later(struct http_client_sockets *sockets)
{
	static const struct timeval soon = { 0, LOOK_AGAIN_US };

	lh_need(event_add(sockets->later, &soon) == 0, "start a timer");
}

static void
on_later(evutil_socket_t unused, short events, void *arg)
{
	struct http_client_sockets *sockets = arg;

	for (size_t fd = 0; fd < sockets->capacity; fd++) {
		struct watch *watch = sockets->by_fd[fd];

		if (watch == NULL || !watch->is_doubtful)
			continue;
		watch->is_doubtful = false;
		if (watch->is_idle && watch->wanted == 0 &&
		    enlist(watch, (curl_socket_t)fd, EV_READ) != 0)
			delist(watch);
	}
}

/* TLS may have something to say of its own; its records are curl's to read.
 * False: the connection stays. */
static bool
ends_if_over(evutil_socket_t fd)
{
	unsigned char room[4096];
	ssize_t len = recv(fd, room, sizeof(room), MSG_PEEK | MSG_DONTWAIT);

	if (len <= 0)
		return true;
	if (room[0] >= TLS_FIRST_TYPE && room[0] <= TLS_LAST_TYPE &&
	    !is_heard_to_the_end(fd))
		return false;
	/* Both can only fail for a socket that has ended already. */
	(void)shutdown(fd, SHUT_RDWR);
	for (int i = 0; i < MAX_DRAINS && len > 0; i++)
		len = recv(fd, room, sizeof(room), MSG_DONTWAIT);
	return true;
}

static bool
is_heard_to_the_end(evutil_socket_t fd)
{
	struct pollfd pollfd = { fd, POLLRDHUP, 0 };

	return poll(&pollfd, 1, 0) > 0;
}

static void
on_event(evutil_socket_t fd, short events, void *arg)
{
	struct watch *watch = arg;
	int mask = 0;

	if (watch->wanted == 0) {
		delist(watch);
		if (watch->is_idle)
			stirred_idle(watch, fd);
		return;
	}
	if (events & EV_READ)
		mask |= CURL_CSELECT_IN;
	if (events & EV_WRITE)
		mask |= CURL_CSELECT_OUT;
	watch->sockets->user.ready(watch->sockets->user.arg, fd, mask);
}
