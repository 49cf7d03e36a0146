/*
 * http_address - where a listener listens: "host:port" as a socket address,
 * and back.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_SRC_HTTP_HTTP_ADDRESS_H
#define LH_SRC_HTTP_HTTP_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/lh_err.h"

#define HTTP_ADDRESS_TEXT_MAX 64

struct http_address {
	struct sockaddr_storage bytes;
	socklen_t len;
};

/* "127.0.0.1:8200", "[::1]:0", "localhost:8200", ":8200". */
enum lh_err http_address_resolve(const char *text, struct http_address *out,
    struct lh_cause *cause) LH_MUSTCHECK;
/* Same host and port; of other families than those of TCP, never. */
bool http_address_equal(const struct sockaddr *a, const struct sockaddr *b);
void http_address_format(const struct sockaddr *from, char *text,
    size_t size);

#endif
