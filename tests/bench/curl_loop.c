/*
 * curl_loop - what libcurl alone reaches: its multi interface on epoll, so
 * many transfers at once, each handle used again, nothing done with answers.
 *
 * The row that says which part of a pass-through request is libcurl's: what
 * a proxy built on it does at most, were its own work and its caller's
 * connection free. Prints requests per second.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>

#include <curl/curl.h>

#define EVENTS 256

static double now_s(void);
static size_t on_bytes(char *bytes, size_t size, size_t count, void *arg);
static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg,
    void *socket_arg);
static int on_timer(CURLM *multi, long after_ms, void *arg);
static CURL *make_transfer(char **argv, struct curl_slist *fields);
static unsigned long restart_finished(CURLM *multi);

int
main(int argc, char **argv)
{
	struct epoll_event events[EVENTS];
	struct curl_slist *fields = NULL;
	unsigned long done = 0;
	int set = epoll_create1(EPOLL_CLOEXEC), running, got, i;
	long timer = -1;
	double start, seconds;
	CURLM *multi;

	if (argc != 5) {
		fprintf(stderr,
		    "usage: curl_loop URL SECONDS TRANSFERS CA_FILE\n");
		return 2;
	}
	seconds = strtod(argv[2], NULL);
	curl_global_init(CURL_GLOBAL_ALL);
	multi = curl_multi_init();
	curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, &set);
	curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(multi, CURLMOPT_TIMERDATA, &timer);
	fields = curl_slist_append(fields, "X-Vault-Token: bench");
	fields = curl_slist_append(fields, "X-Vault-Request: true");
	for (i = (int)strtoul(argv[3], NULL, 10); i > 0; i--)
		curl_multi_add_handle(multi, make_transfer(argv, fields));
	start = now_s();
	while (now_s() - start < seconds) {
		got = epoll_wait(set, events, EVENTS, timer < 0 ? 100 :
		    (int)timer);
		if (got == 0) {
			timer = -1;
			curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0,
			    &running);
		}
		for (i = 0; i < got; i++)
			curl_multi_socket_action(multi, events[i].data.fd,
			    (events[i].events & EPOLLOUT ? CURL_CSELECT_OUT :
			    0) | (events[i].events & ~(uint32_t)EPOLLOUT ?
			    CURL_CSELECT_IN : 0), &running);
		done += restart_finished(multi);
	}
	printf("%.0f\n", (double)done / (now_s() - start));
	return 0;
}

static double
now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static size_t
on_bytes(char *bytes, size_t size, size_t count, void *arg)
{
	(void)bytes;
	(void)arg;
	return size * count;
}

static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
	struct epoll_event event = { .data.fd = fd };
	int set = *(int *)arg;

	(void)easy;
	(void)socket_arg;
	if (what == CURL_POLL_REMOVE) {
		epoll_ctl(set, EPOLL_CTL_DEL, fd, NULL);
		return 0;
	}
	event.events = (what & CURL_POLL_IN ? EPOLLIN : 0) |
	    (what & CURL_POLL_OUT ? EPOLLOUT : 0);
	if (epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) != 0)
		epoll_ctl(set, EPOLL_CTL_MOD, fd, &event);
	return 0;
}

static int
on_timer(CURLM *multi, long after_ms, void *arg)
{
	(void)multi;
	*(long *)arg = after_ms;
	return 0;
}

static CURL *
make_transfer(char **argv, struct curl_slist *fields)
{
	CURL *easy = curl_easy_init();

	curl_easy_setopt(easy, CURLOPT_URL, argv[1]);
	curl_easy_setopt(easy, CURLOPT_CAINFO, argv[4]);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_bytes);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, fields);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	return easy;
}

static unsigned long
restart_finished(CURLM *multi)
{
	unsigned long count = 0;
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(multi, &left)) != NULL) {
		CURL *easy = message->easy_handle;

		if (message->data.result != CURLE_OK) {
			fprintf(stderr, "curl_loop: %s\n",
			    curl_easy_strerror(message->data.result));
			exit(1);
		}
		curl_multi_remove_handle(multi, easy);
		curl_multi_add_handle(multi, easy);
		count++;
	}
	return count;
}
