/*
 * admin_collector - see admin_collector.h.
 *
 *	asked -> found, asked anew after a while, the socket stays meanwhile
 *	      -> not found, asked anew the next time
 *
 * A number is found at once. A name is looked up by a thread of the C library:
 * as getaddrinfo(3) would, but nobody waits.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "admin_collector.h"

#include <sys/socket.h>

#include <netdb.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/xalloc.h"

/* The C library writes into it until it is answered. */
struct question {
	struct gaicb lookup;
	struct addrinfo hints;
	char *host;
	char *port;
};

struct admin_collector {
	char *address;
	struct log *log;
	struct question *question;
	bool is_asked;
	bool is_lost;			/* as the log says */
	mono_ms due;			/* of the next look-up */
	int fd;				/* -1: none */
};

static struct question *question_new(struct span host, const char *port);
static void question_free(struct question *question);
static void ask(struct admin_collector *collector, mono_ms now);
static void look(struct admin_collector *collector, mono_ms now);
static void take(struct admin_collector *collector, int code,
    struct addrinfo *list, mono_ms now);
static bool connect_any(struct admin_collector *collector,
    const struct addrinfo *list);
static void complain(struct admin_collector *collector, const char *text);

enum lh_err
admin_collector_new(const char *address, struct log *log,
    struct admin_collector **out, struct lh_cause *cause)
{
	const char *colon = strrchr(address, ':');
	struct span host = span_of(address);
	struct admin_collector *collector;

	*out = NULL;
	if (colon == NULL || colon == address || colon[1] == '\0') {
		lh_cause_set(cause, "telemetry: \"%s\" is not host:port",
		    address);
		return LH_ERR_CONFIG;
	}
	host.len = (size_t)(colon - address);
	if (host.len > 2 && host.ptr[0] == '[' &&
	    host.ptr[host.len - 1] == ']') {
		host.ptr++;
		host.len -= 2;
	}
	collector = xcalloc(1, sizeof(*collector));
	collector->address = xstrdup(address);
	collector->log = log;
	collector->question = question_new(host, colon + 1);
	collector->fd = -1;
	*out = collector;
	return LH_OK;
}

/* A look-up that cannot be called back keeps its question to the end of the
 * process. */
void
admin_collector_free(struct admin_collector *collector)
{
	if (collector == NULL)
		return;
	if (!collector->is_asked ||
	    gai_cancel(&collector->question->lookup) != EAI_NOTCANCELED)
		question_free(collector->question);
	if (collector->fd >= 0)
		close(collector->fd);
	free(collector->address);
	free(collector);
}

void
admin_collector_tend(struct admin_collector *collector, mono_ms now)
{
	if (!collector->is_asked && now >= collector->due)
		ask(collector, now);
	if (collector->is_asked)
		look(collector, now);
}

void
admin_collector_send(struct admin_collector *collector, struct span datagram)
{
	if (collector->fd >= 0)
		(void)send(collector->fd, datagram.ptr, datagram.len,
		    MSG_DONTWAIT | MSG_NOSIGNAL);
}

static struct question *
question_new(struct span host, const char *port)
{
	struct question *question = xcalloc(1, sizeof(*question));

	question->host = span_dup(host);
	question->port = xstrdup(port);
	question->hints.ai_socktype = SOCK_DGRAM;
	question->lookup.ar_name = question->host;
	question->lookup.ar_service = question->port;
	question->lookup.ar_request = &question->hints;
	return question;
}

static void
question_free(struct question *question)
{
	if (question->lookup.ar_result != NULL)
		freeaddrinfo(question->lookup.ar_result);
	free(question->host);
	free(question->port);
	free(question);
}

static void
ask(struct admin_collector *collector, mono_ms now)
{
	struct question *question = collector->question;
	struct gaicb *lookups[] = { &question->lookup };
	struct addrinfo *list = NULL;
	int code;

	question->hints.ai_flags = AI_NUMERICHOST;
	code = getaddrinfo(question->host, question->port, &question->hints,
	    &list);
	question->hints.ai_flags = 0;
	if (code == EAI_NONAME) {
		code = getaddrinfo_a(GAI_NOWAIT, lookups, 1, NULL);
		collector->is_asked = code == 0;
	}
	if (!collector->is_asked)
		take(collector, code, list, now);
}

static void
look(struct admin_collector *collector, mono_ms now)
{
	struct gaicb *lookup = &collector->question->lookup;
	int code = gai_error(lookup);
	struct addrinfo *list = lookup->ar_result;

	if (code == EAI_INPROGRESS)
		return;
	collector->is_asked = false;
	lookup->ar_result = NULL;
	take(collector, code, code == 0 ? list : NULL, now);
}

/* Whoever could not be found may be there the next time. */
static void
take(struct admin_collector *collector, int code, struct addrinfo *list,
    mono_ms now)
{
	if (code != 0)
		complain(collector, gai_strerror(code));
	else if (!connect_any(collector, list))
		complain(collector, "there is no way to it");
	else {
		collector->due = now + ADMIN_COLLECTOR_LOOKUP_MS;
		collector->is_lost = false;
	}
	if (list != NULL)
		freeaddrinfo(list);
}

/* The socket of before stays unless there is another. */
static bool
connect_any(struct admin_collector *collector, const struct addrinfo *list)
{
	for (; list != NULL; list = list->ai_next) {
		int fd = socket(list->ai_family,
		    SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

		if (fd < 0)
			continue;
		if (connect(fd, list->ai_addr, list->ai_addrlen) == 0) {
			if (collector->fd >= 0)
				close(collector->fd);
			collector->fd = fd;
			return true;
		}
		close(fd);
	}
	return false;
}

static void
complain(struct admin_collector *collector, const char *text)
{
	if (collector->is_lost)
		return;
	collector->is_lost = true;
	log_warn(collector->log, "telemetry.no_collector",
	    log_text("address", collector->address),
	    log_text("error", text));
}
