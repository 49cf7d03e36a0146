/*
 * vault_request - what the body of a request names, read as the server reads
 * it; pure.
 *
 * Owns:       nothing.
 * Source:     RFC 8259; the forms that a browser sends.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_VAULT_VAULT_REQUEST_H
#define LH_VAULT_VAULT_REQUEST_H

#include <stddef.h>

#include "base/bytes.h"
#include "base/lh_err.h"
#include "base/span.h"

#define VAULT_REQUEST_MAX_BYTES ((size_t)256 * 1024)
/* A text member of a request body ("token", "lease_id", "accessor"), which is
 * a JSON object or else a form: appended to into. LH_ERR_NOT_FOUND: absent, or
 * no text; LH_ERR_LIMIT: too large or too deep to be read, or into is full;
 * LH_ERR_FORMAT: it is there, but badly escaped. */
enum lh_err vault_request_text(struct span body, const char *key,
    struct bytes *into) LH_MUSTCHECK;
/* The same of a JSON object alone. */
enum lh_err vault_request_json_text(struct span body, const char *key,
    struct bytes *into) LH_MUSTCHECK;

#endif
