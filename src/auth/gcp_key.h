/*
 * gcp_key - the key of a service account, and what it signs.
 *
 * Owns:       the texts of the key file; embedded in a method.
 * Source: RFC 7515, RFC 7519.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_AUTH_GCP_KEY_H
#define LH_AUTH_GCP_KEY_H

#include <stdint.h>

#include "base/lh_err.h"
#include "base/secret.h"
#include "base/span.h"

struct gcp_key {
	struct secret *email;		/* NULL: no key was read */
	struct secret *id;
	struct secret *pem;
	struct secret *token_url;	/* NULL: the file tells none */
};

/* Of a key file's JSON, in place of what key held. LH_ERR_UNSUPPORTED: it is
 * of another kind; LH_ERR_FORMAT: it lacks something. */
enum lh_err gcp_key_read(struct gcp_key *key, struct span json,
    struct lh_cause *cause) LH_MUSTCHECK;
void gcp_key_release(struct gcp_key *key);

/* The members of a JSON web token; NULL: left out. */
struct gcp_claims {
	const char *issuer;
	const char *subject;
	const char *audience;
	const char *scope;
	int64_t issued_s;		/* 0: left out */
	int64_t expires_s;
};
/* As JSON, in place of *json. */
enum lh_err gcp_key_claims(const struct gcp_claims *claims,
    struct secret **json, struct lh_cause *cause) LH_MUSTCHECK;
/* The token, signed by RS256, in place of *jwt. LH_ERR_FORMAT: the key is
 * none. */
enum lh_err gcp_key_sign(const struct gcp_key *key,
    const struct gcp_claims *claims, struct secret **jwt,
    struct lh_cause *cause) LH_MUSTCHECK;

#endif
