/*
 * http_listener - a listening socket and its accepts.
 *
 * A unix socket is bound while the umask lets nobody else in, then opened to
 * whom the options name; so there is no moment at which it is open wider.
 * When descriptors run out, accepting pauses: the waiting connection would
 * wake the loop again at once, for nothing.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "http/http_listener.h"

#include <event2/listener.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/file_io.h"
#include "base/xalloc.h"
#include "http_address.h"

#define DEFAULT_BACKLOG 1024
#define PAUSE_MS 100
#define KEEP_ALIVE_S 180
#define MAX_REFUSED 16		/* users a log tells of */
#define MAX_GROUPS 1024		/* of a peer; with more, the first alone */

struct http_listener {
	struct http_server *server;
	struct http_server_env env;
	struct http_handler handler;
	struct http_tls *tls;
	struct evconnlistener *accepter;	/* owns the descriptor */
	struct loop_timer *pause;
	enum http_listener_kind kind;
	char *address;
	char *bound_path;	/* the file that is ours; NULL: none */
	dev_t device;
	ino_t inode;
	bool was_short;		/* of descriptors; said once */
	struct http_ids allow_uids;	/* borrowed */
	struct http_ids allow_gids;
	uid_t refused[MAX_REFUSED];	/* users who were told of */
	size_t refused_count;
};

static enum lh_err open_socket(struct http_listener *listener,
    const struct http_listener_options *options, int *fd_out,
    struct lh_cause *cause);
static enum lh_err check_inherited(const struct http_listener_options *options,
    struct lh_cause *cause);
static enum lh_err check_mode(const struct http_listener_options *options,
    struct lh_cause *cause);
static enum lh_err open_tcp(const char *address, int *fd_out,
    struct lh_cause *cause);
static enum lh_err open_unix(struct http_listener *listener,
    const struct http_listener_options *options, int *fd_out,
    struct lh_cause *cause);
static enum lh_err remove_stale(const struct sockaddr_un *name,
    struct lh_cause *cause);
static enum lh_err bind_unix(int fd, const struct sockaddr_un *name,
    struct lh_cause *cause);
static enum lh_err set_owner(const struct http_listener_options *options,
    struct lh_cause *cause);
static enum lh_err fail(struct lh_cause *cause, const char *what,
    const char *address);
static void set_tcp_options(int fd);
static void note_address(struct http_listener *listener,
    const struct http_listener_options *options, int fd);
static void on_accept(struct evconnlistener *accepter, evutil_socket_t fd,
    struct sockaddr *from, int from_len, void *arg);
static void on_accept_error(struct evconnlistener *accepter, void *arg);
static void on_pause_over(void *arg);
static void describe_peer(struct http_listener *listener, int fd,
    const struct sockaddr *from, struct http_peer *peer);
static bool may_connect(const struct http_listener *listener, int fd,
    const struct http_peer *peer);
static bool is_member(const struct http_listener *listener, int fd);
static bool holds_id(const struct http_ids *ids, unsigned id);
static void note_refused(struct http_listener *listener,
    const struct http_peer *peer);

enum lh_err
http_listener_new(struct http_server *server,
    const struct http_server_env *env,
    const struct http_listener_options *options, struct http_tls *tls,
    struct http_handler handler, struct http_listener **listener_out,
    struct lh_cause *cause)
{
	struct http_listener *listener = xcalloc(1, sizeof(*listener));
	int backlog = options->backlog > 0 ? options->backlog :
	    DEFAULT_BACKLOG;
	int fd = -1;
	enum lh_err err;

	listener->server = server;
	listener->env = *env;
	listener->handler = handler;
	listener->tls = tls;
	listener->kind = options->kind;
	listener->allow_uids = options->allow_uids;
	listener->allow_gids = options->allow_gids;
	err = open_socket(listener, options, &fd, cause);
	if (err != LH_OK)
		goto out;
	listener->accepter = evconnlistener_new(loop_event_base(env->loop),
	    on_accept, listener,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_DISABLED,
	    backlog, fd);
	if (listener->accepter == NULL) {
		err = fail(cause, "cannot listen", options->address);
		goto out;
	}
	listener->pause = loop_timer_new(env->loop, on_pause_over, listener);
	if (evconnlistener_enable(listener->accepter) != 0) {
		err = fail(cause, "cannot wait for connections to",
		    options->address);
		fd = -1;	/* closed with the accepter */
		goto out;
	}
	evconnlistener_set_error_cb(listener->accepter, on_accept_error);
	note_address(listener, options, fd);
	*listener_out = listener;
	listener = NULL;	/* the caller's now, and the descriptor its */
	fd = -1;
out:
	if (fd >= 0)
		close(fd);
	http_listener_free(listener);
	return err;
}

void
http_listener_free(struct http_listener *listener)
{
	struct stat now;

	if (listener == NULL)
		return;
	if (listener->accepter != NULL)
		evconnlistener_free(listener->accepter);
	loop_timer_free(listener->pause);
	/* Another process may have put its own socket there meanwhile. */
	if (listener->bound_path != NULL &&
	    lstat(listener->bound_path, &now) == 0 &&
	    now.st_dev == listener->device && now.st_ino == listener->inode)
		unlink(listener->bound_path);
	free(listener->bound_path);
	free(listener->address);
	free(listener);
}

const char *
http_listener_address(const struct http_listener *listener)
{
	return listener->address;
}

static enum lh_err
open_socket(struct http_listener *listener,
    const struct http_listener_options *options, int *fd_out,
    struct lh_cause *cause)
{
	enum lh_err err;

	if (options->inherited_fd == HTTP_LISTENER_NO_FD)
		return options->kind == HTTP_LISTENER_UNIX ?
		    open_unix(listener, options, fd_out, cause) :
		    open_tcp(options->address, fd_out, cause);
	err = check_inherited(options, cause);
	if (err == LH_OK)
		*fd_out = options->inherited_fd;
	return err;
}

static enum lh_err
check_inherited(const struct http_listener_options *options,
    struct lh_cause *cause)
{
	int fd = options->inherited_fd, listening = 0, domain = 0;
	socklen_t len = sizeof(int);

	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) != 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) != 0)
		return fail(cause, "inherited descriptor",
		    options->address);
	if (listening == 0 ||
	    (domain == AF_UNIX) != (options->kind == HTTP_LISTENER_UNIX)) {
		lh_cause_set(cause, "inherited descriptor %d for %s is not a "
		    "listening socket of that kind", fd, options->address);
		return LH_ERR_SYSTEM;
	}
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 ||
	    fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
		return fail(cause, "inherited descriptor",
		    options->address);
	return options->kind == HTTP_LISTENER_UNIX ?
	    check_mode(options, cause) : LH_OK;
}

/* The file is another's: it is not changed, but must not let in more users
 * than the configuration says. */
static enum lh_err
check_mode(const struct http_listener_options *options,
    struct lh_cause *cause)
{
	struct stat now;

	if (!options->set_mode)
		return LH_OK;
	if (lstat(options->address, &now) != 0)
		return fail(cause, "cannot look at", options->address);
	if ((now.st_mode & 0777 & ~options->mode) == 0)
		return LH_OK;
	lh_cause_set(cause, "the inherited socket %s has mode %04o, which is "
	    "wider than socket_mode %04o; set SocketMode= of its unit",
	    options->address, (unsigned)(now.st_mode & 0777), options->mode);
	return LH_ERR_CONFIG;
}

static enum lh_err
open_tcp(const char *address, int *fd_out, struct lh_cause *cause)
{
	struct http_address at;
	int fd, family, on = 1, off = 0;
	enum lh_err err = http_address_resolve(address, &at, cause);

	if (err != LH_OK)
		return err;
	family = at.bytes.ss_family;
	fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd >= 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
	    (family != AF_INET6 || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY,
	    &off, sizeof(off)) == 0) &&
	    bind(fd, (const struct sockaddr *)&at.bytes, at.len) == 0) {
		*fd_out = fd;
		return LH_OK;
	}
	err = fail(cause, "cannot bind", address);
	if (fd >= 0)
		close(fd);
	return err;
}

static enum lh_err
open_unix(struct http_listener *listener,
    const struct http_listener_options *options, int *fd_out,
    struct lh_cause *cause)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	size_t len = strlen(options->address);
	struct stat now;
	enum lh_err err;
	int fd;

	if (len == 0 || len >= sizeof(name.sun_path)) {
		lh_cause_set(cause, "%s: a socket path has 1 to %zu bytes",
		    options->address, sizeof(name.sun_path) - 1);
		return LH_ERR_CONFIG;
	}
	memcpy(name.sun_path, options->address, len);
	err = remove_stale(&name, cause);
	if (err != LH_OK)
		return err;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fail(cause, "cannot make a socket", options->address);
	err = bind_unix(fd, &name, cause);
	if (err == LH_OK && lstat(name.sun_path, &now) == 0) {
		listener->bound_path = xstrdup(name.sun_path);
		listener->device = now.st_dev;
		listener->inode = now.st_ino;
		err = set_owner(options, cause);
	}
	if (err == LH_OK)
		*fd_out = fd;
	else
		close(fd);
	return err;
}

/* A socket that nobody answers at is left from an earlier life. */
static enum lh_err
remove_stale(const struct sockaddr_un *name, struct lh_cause *cause)
{
	struct stat now;
	int fd, answered, problem;

	if (lstat(name->sun_path, &now) != 0)
		return errno == ENOENT ? LH_OK :
		    fail(cause, "cannot look at", name->sun_path);
	if (!S_ISSOCK(now.st_mode)) {
		lh_cause_set(cause, "%s is there and is not a socket",
		    name->sun_path);
		return LH_ERR_SYSTEM;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fail(cause, "cannot make a socket", name->sun_path);
	answered = connect(fd, (const struct sockaddr *)name, sizeof(*name));
	problem = errno;
	close(fd);
	if (answered == 0 || problem != ECONNREFUSED) {
		lh_cause_set(cause, "socket %s is in use", name->sun_path);
		return LH_ERR_SYSTEM;
	}
	if (unlink(name->sun_path) != 0)
		return fail(cause, "cannot remove", name->sun_path);
	return LH_OK;
}

static enum lh_err
bind_unix(int fd, const struct sockaddr_un *name, struct lh_cause *cause)
{
	mode_t old_mask = umask(0177);
	int result = bind(fd, (const struct sockaddr *)name, sizeof(*name));
	int problem = errno;

	umask(old_mask);
	errno = problem;
	return result == 0 ? LH_OK : fail(cause, "cannot bind",
	    name->sun_path);
}

static enum lh_err
set_owner(const struct http_listener_options *options, struct lh_cause *cause)
{
	const char *path = options->address;

	if ((options->uid != FILE_IO_KEEP_ID ||
	    options->gid != FILE_IO_KEEP_ID) &&
	    lchown(path, options->uid, options->gid) != 0)
		return fail(cause, "cannot change the owner", path);
	if (options->set_mode && chmod(path, options->mode & 0777) != 0)
		return fail(cause, "cannot change the mode", path);
	return LH_OK;
}

static enum lh_err
fail(struct lh_cause *cause, const char *what, const char *address)
{
	lh_cause_set(cause, "%s %s: %s", what, address, strerror(errno));
	return LH_ERR_SYSTEM;
}

/* Best effort: a connection without them still works. */
static void
set_tcp_options(int fd)
{
	int on = 1, seconds = KEEP_ALIVE_S;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &seconds,
	    sizeof(seconds));
}

static void
note_address(struct http_listener *listener,
    const struct http_listener_options *options, int fd)
{
	struct sockaddr_storage bound = { .ss_family = AF_UNSPEC };
	socklen_t len = sizeof(bound);
	char text[sizeof(((struct http_peer *)NULL)->address)];

	if (listener->kind == HTTP_LISTENER_UNIX ||
	    getsockname(fd, (struct sockaddr *)&bound, &len) != 0) {
		listener->address = xstrdup(options->address);
		return;
	}
	http_address_format((struct sockaddr *)&bound, text, sizeof(text));
	listener->address = xstrdup(text);
}

static void
on_accept(struct evconnlistener *accepter, evutil_socket_t fd,
    struct sockaddr *from, int from_len, void *arg)
{
	struct http_listener *listener = arg;
	struct http_peer peer = { .is_unix = false };

	listener->was_short = false;
	describe_peer(listener, fd, from, &peer);
	if (listener->kind == HTTP_LISTENER_TCP)
		set_tcp_options(fd);
	else if (!may_connect(listener, fd, &peer)) {
		peer.is_refused = true;
		note_refused(listener, &peer);
	}
	http_server_adopt(listener->server, fd, &peer, listener->tls,
	    listener->handler);
}

static void
on_accept_error(struct evconnlistener *accepter, void *arg)
{
	struct http_listener *listener = arg;

	if (!listener->was_short)
		log_warn(listener->env.log, "listener.accept_failed",
		    log_text("address", listener->address),
		    log_text("reason", strerror(errno)));
	listener->was_short = true;
	evconnlistener_disable(accepter);
	loop_timer_set(listener->pause, PAUSE_MS);
}

static void
on_pause_over(void *arg)
{
	struct http_listener *listener = arg;

	if (evconnlistener_enable(listener->accepter) != 0)
		loop_timer_set(listener->pause, PAUSE_MS);
}

static void
describe_peer(struct http_listener *listener, int fd,
    const struct sockaddr *from, struct http_peer *peer)
{
	struct ucred who;
	socklen_t len = sizeof(who);

	if (listener->kind == HTTP_LISTENER_TCP) {
		http_address_format(from, peer->address, sizeof(peer->address));
		return;
	}
	snprintf(peer->address, sizeof(peer->address), "unix");
	/* Without the kernel's word it is nobody: no rule lets that in. */
	peer->is_unix = true;
	peer->uid = (uid_t)-1;
	peer->gid = (gid_t)-1;
	peer->pid = -1;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) != 0)
		return;
	peer->uid = who.uid;
	peer->gid = who.gid;
	peer->pid = who.pid;
}

static bool
may_connect(const struct http_listener *listener, int fd,
    const struct http_peer *peer)
{
	if (listener->allow_uids.count == 0 && listener->allow_gids.count == 0)
		return true;
	return holds_id(&listener->allow_uids, peer->uid) ||
	    holds_id(&listener->allow_gids, peer->gid) ||
	    is_member(listener, fd);
}

/* By a further group of the peer's, as it was when it connected. */
static bool
is_member(const struct http_listener *listener, int fd)
{
	gid_t groups[MAX_GROUPS];
	socklen_t len = sizeof(groups);

	if (listener->allow_gids.count == 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) != 0)
		return false;
	for (size_t i = 0; i < len / sizeof(groups[0]); i++)
		if (holds_id(&listener->allow_gids, groups[i]))
			return true;
	return false;
}

static bool
holds_id(const struct http_ids *ids, unsigned id)
{
	for (size_t i = 0; i < ids->count; i++)
		if (ids->list[i] == id)
			return true;
	return false;
}

/* Once a user, so that nobody can fill the log. */
static void
note_refused(struct http_listener *listener, const struct http_peer *peer)
{
	for (size_t i = 0; i < listener->refused_count; i++)
		if (listener->refused[i] == peer->uid)
			return;
	if (listener->refused_count == MAX_REFUSED)
		return;
	listener->refused[listener->refused_count++] = peer->uid;
	log_warn(listener->env.log, "listener.peer_refused",
	    log_text("address", listener->address),
	    log_num("uid", peer->uid), log_num("gid", peer->gid),
	    log_num("pid", peer->pid));
}
