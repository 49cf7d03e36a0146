/*
 * auth_encode - texts in the forms that logins send: base64, URLs, web forms.
 *
 * All but auth_encode_percent(): appended to into; LH_ERR_LIMIT: no room.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_AUTH_AUTH_ENCODE_H
#define LH_AUTH_AUTH_ENCODE_H

#include "auth_body.h"
#include "base/bytes.h"
#include "base/lh_err.h"
#include "base/secret.h"
#include "base/span.h"

enum lh_err auth_encode_base64(struct span text, struct bytes *into)
    LH_MUSTCHECK;
/* The alphabet of URLs, no padding: JSON web tokens. */
enum lh_err auth_encode_base64url(struct span text, struct bytes *into)
    LH_MUSTCHECK;
/* Lower case. */
enum lh_err auth_encode_hex(struct span text, struct bytes *into)
    LH_MUSTCHECK;

/* A copy in which all but the unreserved characters of RFC 3986 are percent
 * encoded; the caller frees. For texts of the configuration. */
char *auth_encode_percent(const char *text) __attribute__((malloc));

/* "name=value&..." in the given order, in place of *body. */
enum lh_err auth_encode_form(struct secret **body,
    const struct auth_member *members, struct lh_cause *cause) LH_MUSTCHECK;

#endif
