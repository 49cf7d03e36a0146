/*
 * http_address - host and port, as text and as the system has them.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "http_address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"

static const struct addrinfo *preferred(const struct addrinfo *list);

enum lh_err
http_address_resolve(const char *text, struct http_address *out,
    struct lh_cause *cause)
{
	struct addrinfo hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
	};
	const char *colon = strrchr(text, ':');
	const struct addrinfo *info;
	struct addrinfo *list;
	struct span host;
	char *name;
	int code;

	if (colon == NULL || colon[1] == '\0') {
		lh_cause_set(cause, "address %s has no port", text);
		return LH_ERR_CONFIG;
	}
	host = (struct span){ text, (size_t)(colon - text) };
	if (span_starts(host, SPAN_LITERAL("[")) &&
	    span_ends(host, SPAN_LITERAL("]")))
		host = (struct span){ host.ptr + 1, host.len - 2 };
	name = span_dup(host);
	code = getaddrinfo(host.len > 0 ? name : NULL, colon + 1, &hints,
	    &list);
	free(name);
	if (code != 0) {
		lh_cause_set(cause, "address %s: %s", text,
		    gai_strerror(code));
		return LH_ERR_CONFIG;
	}
	info = preferred(list);
	memset(out, 0, sizeof(*out));
	memcpy(&out->bytes, info->ai_addr, info->ai_addrlen);
	out->len = info->ai_addrlen;
	freeaddrinfo(list);
	return LH_OK;
}

bool
http_address_equal(const struct sockaddr *a, const struct sockaddr *b)
{
	const struct sockaddr_in *a4 = (const struct sockaddr_in *)a;
	const struct sockaddr_in *b4 = (const struct sockaddr_in *)b;
	const struct sockaddr_in6 *a6 = (const struct sockaddr_in6 *)a;
	const struct sockaddr_in6 *b6 = (const struct sockaddr_in6 *)b;

	if (a->sa_family != b->sa_family)
		return false;
	if (a->sa_family == AF_INET)
		return a4->sin_port == b4->sin_port &&
		    a4->sin_addr.s_addr == b4->sin_addr.s_addr;
	return a->sa_family == AF_INET6 && a6->sin6_port == b6->sin6_port &&
	    a6->sin6_scope_id == b6->sin6_scope_id &&
	    IN6_ARE_ADDR_EQUAL(&a6->sin6_addr, &b6->sin6_addr);
}

void
http_address_format(const struct sockaddr *from, char *text, size_t size)
{
	char host[INET6_ADDRSTRLEN] = "unknown";
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)from;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)from;

	if (from->sa_family == AF_INET6) {
		inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof(host));
		snprintf(text, size, "[%s]:%u", host,
		    (unsigned)ntohs(v6->sin6_port));
	} else {
		inet_ntop(AF_INET, &v4->sin_addr, host, sizeof(host));
		snprintf(text, size, "%s:%u", host,
		    (unsigned)ntohs(v4->sin_port));
	}
}

/* A name that is both means IPv4, as with the incumbents. */
static const struct addrinfo *
preferred(const struct addrinfo *list)
{
	for (const struct addrinfo *i = list; i != NULL; i = i->ai_next)
		if (i->ai_family == AF_INET)
			return i;
	return list;
}
