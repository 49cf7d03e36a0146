/*
 * responder - the limit: answers every request with the same bytes.
 *
 * One thread, one epoll set, one read and one write a request. It looks for
 * the end of the head and for Content-Length and at nothing else, so what it
 * reaches is what the system allows a server of one core; a row of the bench
 * to measure the others by, and no server for anything.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS 512
#define INPUT_MAX 16384

struct peer {
	int fd;
	size_t len;		/* of input */
	size_t skip;		/* of a body, still to come */
	size_t owed;		/* replies to send */
	size_t sent;		/* of the first of them */
	char input[INPUT_MAX];
};

struct answer {
	char *bytes;
	size_t len;
};

static struct answer make_answer(size_t body_len);
static int open_door(unsigned short port);
static void accept_all(int set, int door);
static void serve(struct peer *peer, const struct answer *answer);
static bool take_input(struct peer *peer);
static void count_requests(struct peer *peer);
static size_t body_length(const char *head, const char *end);
static bool send_owed(struct peer *peer, const struct answer *answer);
static void drop(struct peer *peer);

int
main(int argc, char **argv)
{
	struct epoll_event events[EVENTS];
	struct epoll_event at_door = { .events = EPOLLIN };
	struct answer answer;
	int door, set, count, i;

	if (argc != 3) {
		fprintf(stderr, "usage: responder PORT BODY_BYTES\n");
		return 2;
	}
	answer = make_answer(strtoul(argv[2], NULL, 10));
	door = open_door((unsigned short)strtoul(argv[1], NULL, 10));
	set = epoll_create1(EPOLL_CLOEXEC);
	if (epoll_ctl(set, EPOLL_CTL_ADD, door, &at_door) != 0) {
		perror("responder: epoll");
		return 1;
	}
	for (;;) {
		count = epoll_wait(set, events, EVENTS, -1);
		for (i = 0; i < count; i++) {
			if (events[i].data.ptr == NULL)
				accept_all(set, door);
			else
				serve(events[i].data.ptr, &answer);
		}
	}
}

static struct answer
make_answer(size_t body_len)
{
	struct answer answer = { .bytes = malloc(body_len + 128) };
	int head;

	if (answer.bytes == NULL)
		exit(1);
	head = snprintf(answer.bytes, 128, "HTTP/1.1 200 OK\r\n"
	    "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
	    body_len);
	memset(answer.bytes + head, 'x', body_len);
	answer.len = (size_t)head + body_len;
	return answer;
}

static int
open_door(unsigned short port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
	    listen(fd, SOMAXCONN) != 0) {
		perror("responder: listen");
		exit(1);
	}
	return fd;
}

static void
accept_all(int set, int door)
{
	struct epoll_event event = { .events = EPOLLIN };
	struct peer *peer;
	int fd, on = 1;

	while ((fd = accept4(door, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >=
	    0) {
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		peer = calloc(1, sizeof(*peer));
		if (peer == NULL)
			exit(1);
		peer->fd = fd;
		event.data.ptr = peer;
		epoll_ctl(set, EPOLL_CTL_ADD, fd, &event);
	}
}

/* Large answers are written by waiting: only the small ones are a limit. */
static void
serve(struct peer *peer, const struct answer *answer)
{
	if (!take_input(peer)) {
		drop(peer);
		return;
	}
	count_requests(peer);
	if (!send_owed(peer, answer))
		drop(peer);
}

static bool
take_input(struct peer *peer)
{
	ssize_t got = read(peer->fd, peer->input + peer->len,
	    INPUT_MAX - peer->len);

	if (got <= 0)
		return got < 0 && errno == EAGAIN;
	peer->len += (size_t)got;
	return true;
}

static void
count_requests(struct peer *peer)
{
	char *at = peer->input, *end = at + peer->len, *head_end;

	for (;;) {
		size_t here = (size_t)(end - at) < peer->skip ?
		    (size_t)(end - at) : peer->skip;

		at += here;
		peer->skip -= here;
		head_end = memmem(at, (size_t)(end - at), "\r\n\r\n", 4);
		if (peer->skip > 0 || head_end == NULL)
			break;
		peer->skip = body_length(at, head_end);
		at = head_end + 4;
		peer->owed++;
	}
	peer->len = (size_t)(end - at);
	memmove(peer->input, at, peer->len);
}

static size_t
body_length(const char *head, const char *end)
{
	static const char name[] = "\r\nContent-Length:";
	size_t len = sizeof(name) - 1;

	for (; head + len < end; head++)
		if (*head == '\r' && strncasecmp(head, name, len) == 0)
			return strtoul(head + len, NULL, 10);
	return 0;
}

static bool
send_owed(struct peer *peer, const struct answer *answer)
{
	ssize_t sent;

	while (peer->owed > 0) {
		sent = send(peer->fd, answer->bytes + peer->sent,
		    answer->len - peer->sent, MSG_NOSIGNAL);
		if (sent < 0 && errno == EAGAIN) {
			struct pollfd room = { peer->fd, POLLOUT, 0 };

			poll(&room, 1, 1000);
			continue;
		}
		if (sent < 0)
			return false;
		peer->sent += (size_t)sent;
		if (peer->sent == answer->len) {
			peer->sent = 0;
			peer->owed--;
		}
	}
	return true;
}

static void
drop(struct peer *peer)
{
	close(peer->fd);
	free(peer);
}
