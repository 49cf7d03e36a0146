/*
 * http_error - replies of our own that say what went wrong, in the shape of
 * Vault's: {"errors":["text"]} and a newline.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_HTTP_HTTP_ERROR_H
#define LH_HTTP_HTTP_ERROR_H

#include "base/bytes.h"
#include "base/lh_err.h"
#include "http/http_server.h"

#define HTTP_ERROR_MAX_BYTES 4096

/* text: lower case, no secret; cut when too long. Ends the exchange. */
void http_error_reply(struct http_exchange *exchange, unsigned status,
    const char *text);

/* The body alone. LH_ERR_LIMIT: into is full. */
enum lh_err http_error_body(const char *text, struct bytes *into)
    LH_MUSTCHECK;

#endif
