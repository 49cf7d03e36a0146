/*
 * auth_body - what the methods' requests are made of: paths, JSON bodies.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_AUTH_AUTH_BODY_H
#define LH_AUTH_AUTH_BODY_H

#include "auth/auth_method.h"
#include "base/lh_err.h"
#include "base/secret.h"
#include "base/span.h"
#include "base/timesource.h"

#define AUTH_PATH_SIZE sizeof(((struct auth_request *)0)->path)

struct auth_member {
	const char *name;		/* NULL ends a list */
	struct span value;
};

/* {"name":"value",...} with sorted names, in place of *body. LH_ERR_FORMAT: a
 * value is no UTF-8; LH_ERR_LIMIT: too long. */
enum lh_err auth_body_set(struct secret **body,
    const struct auth_member *members, struct lh_cause *cause) LH_MUSTCHECK;

/* "/v1/<mount>/login", and "/<name>" percent-encoded when name is not NULL;
 * the caller frees. LH_ERR_CONFIG: no mount, or too long for a request. */
enum lh_err auth_body_login_path(const struct auth_method_options *options,
    const char *name, char **path_out, struct lh_cause *cause) LH_MUSTCHECK;

/* A time to live as Vault reads it: "300s". */
#define AUTH_BODY_TTL_SIZE 32
void auth_body_ttl(span_ms ttl, char out[AUTH_BODY_TTL_SIZE]);

/* Puts a login into request: PUT path with body. */
void auth_body_login(struct auth_request *request, const char *path,
    struct secret *body);

#endif
