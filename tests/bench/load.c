/*
 * load - an open-loop load: requests leave at fixed times, whether or not the
 * earlier ones were answered, and each wait counts from the time at which its
 * request was due. A slow server so pays for those that queue up behind it,
 * which a closed loop (wrk) hides.
 *
 * With rate 0 the loop is closed and ends after count requests: that is how
 * the bench fills caches. "%d" in the path becomes the number of the request.
 * The first answer that is none, or not 200, ends it: nothing was measured.
 * Prints one line of JSON: requests, errors, seconds, and percentiles in us.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define EVENTS 256
#define INPUT_MAX 65536
#define BUCKETS_PER_OCTAVE 16
#define BUCKETS (40 * BUCKETS_PER_OCTAVE)

struct peer {
	int fd;
	double due;		/* of the request under way, in seconds */
	size_t len;
	size_t left;		/* of an answer's body; head is over when > 0 */
	struct peer *next_idle;
	char input[INPUT_MAX];
};

struct load {
	unsigned short port;
	const char *path;
	double rate;
	unsigned long count;
	double start;
	unsigned long issued, answered, errors;
	struct peer *idle;
	unsigned long buckets[BUCKETS];
};

static double now_s(void);
static void connect_peers(struct load *load, int set, unsigned count);
static void issue_due(struct load *load);
static bool send_request(struct load *load, struct peer *peer);
static int wait_ms(const struct load *load);
static void on_readable(struct load *load, struct peer *peer);
static bool take_head(struct load *load, struct peer *peer);
static void note(struct load *load, double seconds);
static double percentile(const struct load *load, double part);
static void print_result(const struct load *load);

int
main(int argc, char **argv)
{
	struct epoll_event events[EVENTS];
	struct load load = { 0 };
	int set = epoll_create1(EPOLL_CLOEXEC), got, i;

	if (argc != 6) {
		fprintf(stderr,
		    "usage: load PORT PATH RATE COUNT CONNECTIONS\n");
		return 2;
	}
	load.port = (unsigned short)strtoul(argv[1], NULL, 10);
	load.path = argv[2];
	load.rate = strtod(argv[3], NULL);
	load.count = strtoul(argv[4], NULL, 10);
	connect_peers(&load, set, (unsigned)strtoul(argv[5], NULL, 10));
	load.start = now_s();
	while (load.answered < load.count && load.errors == 0) {
		issue_due(&load);
		got = epoll_wait(set, events, EVENTS, wait_ms(&load));
		for (i = 0; i < got; i++)
			on_readable(&load, events[i].data.ptr);
	}
	print_result(&load);
	return load.errors > 0;
}

static double
now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void
connect_peers(struct load *load, int set, unsigned count)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(load->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)
	};
	struct epoll_event event = { .events = EPOLLIN };
	int on = 1;

	while (count-- > 0) {
		struct peer *peer = calloc(1, sizeof(*peer));

		if (peer == NULL)
			exit(1);
		peer->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (connect(peer->fd, (struct sockaddr *)&address,
		    sizeof(address)) != 0) {
			perror("load: connect");
			exit(1);
		}
		setsockopt(peer->fd, IPPROTO_TCP, TCP_NODELAY, &on,
		    sizeof(on));
		event.data.ptr = peer;
		epoll_ctl(set, EPOLL_CTL_ADD, peer->fd, &event);
		peer->next_idle = load->idle;
		load->idle = peer;
	}
}

/* What is due and finds no idle connection waits, and its time runs. */
static void
issue_due(struct load *load)
{
	double now = now_s();

	while (load->idle != NULL && load->issued < load->count) {
		struct peer *peer = load->idle;
		double due = load->rate > 0 ?
		    load->start + (double)load->issued / load->rate : now;

		if (due > now)
			return;
		load->idle = peer->next_idle;
		peer->due = due;
		if (!send_request(load, peer))
			load->errors++;
		load->issued++;
	}
}

static bool
send_request(struct load *load, struct peer *peer)
{
	char path[512], text[1024];
	int len;

	snprintf(path, sizeof(path), "%s", load->path);
	if (strstr(load->path, "%d") != NULL) {
		int head = (int)(strstr(load->path, "%d") - load->path);

		snprintf(path, sizeof(path), "%.*s%lu%s", head, load->path,
		    load->issued, load->path + head + 2);
	}
	len = snprintf(text, sizeof(text),
	    "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", path);
	return send(peer->fd, text, (size_t)len, MSG_NOSIGNAL) == len;
}

static int
wait_ms(const struct load *load)
{
	double due;

	if (load->rate <= 0 || load->idle == NULL ||
	    load->issued == load->count)
		return 1000;
	due = load->start + (double)load->issued / load->rate - now_s();
	return due > 0.002 ? (int)(due * 1000) : 0;
}

static void
on_readable(struct load *load, struct peer *peer)
{
	ssize_t got = recv(peer->fd, peer->input + peer->len,
	    INPUT_MAX - peer->len, MSG_DONTWAIT);
	size_t used;

	if (got <= 0) {
		if (got < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		load->errors++;
		close(peer->fd);
		return;
	}
	peer->len += (size_t)got;
	if (peer->left == 0 && !take_head(load, peer))
		return;
	used = peer->len < peer->left ? peer->len : peer->left;
	peer->left -= used;
	peer->len = 0;
	if (peer->left > 0)
		return;
	note(load, now_s() - peer->due);
	peer->next_idle = load->idle;
	load->idle = peer;
}

/* False: it is not whole yet, or there is no body (which is an error). */
static bool
take_head(struct load *load, struct peer *peer)
{
	char *end = memmem(peer->input, peer->len, "\r\n\r\n", 4);
	char *length;

	if (end == NULL)
		return false;
	*end = '\0';
	length = strcasestr(peer->input, "\r\nContent-Length:");
	if (length == NULL || strncmp(peer->input, "HTTP/1.1 200", 12) != 0) {
		load->errors++;
		peer->len = 0;
		return false;
	}
	peer->left = strtoul(length + 17, NULL, 10);
	peer->len -= (size_t)(end + 4 - peer->input);
	return true;
}

static void
note(struct load *load, double seconds)
{
	double us = seconds * 1e6;
	unsigned bucket = 0;

	load->answered++;
	while (us >= 2 && bucket < BUCKETS - BUCKETS_PER_OCTAVE) {
		us /= 2;
		bucket += BUCKETS_PER_OCTAVE;
	}
	if (us >= 1)
		bucket += (unsigned)((us - 1) * BUCKETS_PER_OCTAVE);
	load->buckets[bucket]++;
}

/* In us, the upper end of its bucket: 6 % wide. */
static double
percentile(const struct load *load, double part)
{
	unsigned long left = (unsigned long)((double)load->answered * part);
	unsigned bucket = 0;

	while (bucket < BUCKETS - 1 && left >= load->buckets[bucket])
		left -= load->buckets[bucket++];
	bucket++;
	return (double)(1ULL << (bucket / BUCKETS_PER_OCTAVE)) *
	    (1 + (double)(bucket % BUCKETS_PER_OCTAVE) / BUCKETS_PER_OCTAVE);
}

static void
print_result(const struct load *load)
{
	printf("{\"requests\": %lu, \"errors\": %lu, \"seconds\": %.4f, "
	    "\"p50\": %.0f, \"p90\": %.0f, \"p99\": %.0f, \"p999\": %.0f}\n",
	    load->answered, load->errors, now_s() - load->start,
	    percentile(load, .5), percentile(load, .9),
	    percentile(load, .99), percentile(load, .999));
}
