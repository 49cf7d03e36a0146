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
 *
 * The load may be late itself, when the system lets another program run on its
 * core. That counts too, since nobody can tell it from the server's part in
 * the wait; but how late it saw that requests were due is told as well
 * (late99): a wait of that length says nothing of the server.
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
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define EVENTS 256
#define INPUT_MAX 65536
#define AWAKE_S 10e-6		/* before a request is due */
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

struct waits {
	unsigned long count;
	unsigned long buckets[BUCKETS];
};

struct load {
	unsigned short port;
	const char *path;
	const char *number;	/* where its number stands, or NULL */
	char request[1024];
	size_t request_len;
	double rate;
	unsigned long count;
	double start;
	unsigned long issued, errors;
	struct peer *idle;
	struct waits answers;
	struct waits late;	/* one for each request that fell due */
};

static double now_s(void);
static void connect_peers(struct load *load, int set, unsigned count);
static void issue_due(struct load *load);
static void see_due(struct load *load, double now);
static bool send_request(struct load *load, struct peer *peer);
static void write_request(struct load *load);
static struct timespec pause_of(const struct load *load);
static void on_readable(struct load *load, struct peer *peer);
static bool take_head(struct load *load, struct peer *peer);
static void note(struct waits *waits, double seconds);
static double percentile(const struct waits *waits, double part);
static void print_result(const struct load *load);

int
main(int argc, char **argv)
{
	struct epoll_event events[EVENTS];
	struct load load = { 0 };
	struct timespec pause;
	int set = epoll_create1(EPOLL_CLOEXEC), got, i;

	if (argc != 6) {
		fprintf(stderr,
		    "usage: load PORT PATH RATE COUNT CONNECTIONS\n");
		return 2;
	}
	load.port = (unsigned short)strtoul(argv[1], NULL, 10);
	load.path = argv[2];
	load.number = strstr(load.path, "%d");
	write_request(&load);
	load.rate = strtod(argv[3], NULL);
	load.count = strtoul(argv[4], NULL, 10);
	connect_peers(&load, set, (unsigned)strtoul(argv[5], NULL, 10));
	prctl(PR_SET_TIMERSLACK, 1);
	load.start = now_s();
	while (load.answers.count < load.count && load.errors == 0) {
		issue_due(&load);
		pause = pause_of(&load);
		got = epoll_pwait2(set, events, EVENTS, &pause, NULL);
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

	see_due(load, now);
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

/* Whether or not a connection is idle for it. */
static void
see_due(struct load *load, double now)
{
	double due;

	while (load->rate > 0 && load->late.count < load->count) {
		due = load->start + (double)load->late.count / load->rate;
		if (due > now)
			return;
		note(&load->late, now - due);
	}
}

static bool
send_request(struct load *load, struct peer *peer)
{
	if (load->number != NULL)
		write_request(load);
	return send(peer->fd, load->request, load->request_len,
	    MSG_NOSIGNAL) == (ssize_t)load->request_len;
}

static void
write_request(struct load *load)
{
	char number[32] = "";
	int head = (int)strlen(load->path);
	int len;

	if (load->number != NULL) {
		head = (int)(load->number - load->path);
		snprintf(number, sizeof(number), "%lu", load->issued);
	}
	len = snprintf(load->request, sizeof(load->request),
	    "GET %.*s%s%s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", head,
	    load->path, number, load->number == NULL ? "" : load->number + 2);
	if (len < 0 || (size_t)len >= sizeof(load->request))
		exit(2);
	load->request_len = (size_t)len;
}

/* To wake up takes a while, so the last part is no sleep; but who never sleeps
 * has to give way to others for long. */
static struct timespec
pause_of(const struct load *load)
{
	double left;

	if (load->rate <= 0 || load->idle == NULL ||
	    load->issued == load->count)
		return (struct timespec){ .tv_sec = 1 };
	left = load->start + (double)load->issued / load->rate - now_s() -
	    AWAKE_S;
	if (left <= 0)
		return (struct timespec){ 0 };
	return (struct timespec){ .tv_sec = (time_t)left,
		.tv_nsec = (long)((left - (double)(time_t)left) * 1e9) };
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
	note(&load->answers, now_s() - peer->due);
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
	length = strstr(peer->input, "\r\nContent-Length:");
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
note(struct waits *waits, double seconds)
{
	double us = seconds * 1e6;
	unsigned bucket = 0;

	waits->count++;
	while (us >= 2 && bucket < BUCKETS - BUCKETS_PER_OCTAVE) {
		us /= 2;
		bucket += BUCKETS_PER_OCTAVE;
	}
	if (us >= 1)
		bucket += (unsigned)((us - 1) * BUCKETS_PER_OCTAVE);
	waits->buckets[bucket]++;
}

/* In us, the upper end of its bucket: 6 % wide. */
static double
percentile(const struct waits *waits, double part)
{
	unsigned long left = (unsigned long)((double)waits->count * part);
	unsigned bucket = 0;

	while (bucket < BUCKETS - 1 && left >= waits->buckets[bucket])
		left -= waits->buckets[bucket++];
	bucket++;
	return (double)(1ULL << (bucket / BUCKETS_PER_OCTAVE)) *
	    (1 + (double)(bucket % BUCKETS_PER_OCTAVE) / BUCKETS_PER_OCTAVE);
}

static void
print_result(const struct load *load)
{
	printf("{\"requests\": %lu, \"errors\": %lu, \"seconds\": %.4f, "
	    "\"p50\": %.0f, \"p90\": %.0f, \"p99\": %.0f, \"p999\": %.0f, "
	    "\"late99\": %.0f}\n",
	    load->answers.count, load->errors, now_s() - load->start,
	    percentile(&load->answers, .5), percentile(&load->answers, .9),
	    percentile(&load->answers, .99), percentile(&load->answers, .999),
	    percentile(&load->late, .99));
}
