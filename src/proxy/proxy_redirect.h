/*
 * proxy_redirect - a path with slashes too many in front, as an address that
 * ends in a slash makes it, and where it was meant to lead.
 * Source: behaviour section 2.1.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_PROXY_PROXY_REDIRECT_H
#define LH_PROXY_PROXY_REDIRECT_H

#include <stdbool.h>

#include "base/bytes.h"
#include "http/http_server.h"

/* Of "//v1/secret/x?a=b" into gets "/v1/secret/x?a=b". False: the path is none
 * such, or into is full. */
bool proxy_redirect_target(const struct http_request *request,
    struct bytes *into);

/* 301 with that Location. */
void proxy_redirect_reply(struct http_exchange *exchange, struct span target);

#endif
