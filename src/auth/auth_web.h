/*
 * auth_web - what the methods share that ask elsewhere than Vault.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_AUTH_AUTH_WEB_H
#define LH_AUTH_AUTH_WEB_H

#include "auth/auth_method.h"
#include "base/bytes.h"
#include "base/lh_err.h"
#include "base/secret.h"
#include "base/span.h"

/* Where a key of the configuration says: "https://host[:port][/path]" without
 * a slash at its end; the caller frees. NULL when there is none.
 * LH_ERR_CONFIG: no such address. */
enum lh_err auth_web_endpoint(const struct auth_method_options *options,
    const char *key, char **endpoint_out, struct lh_cause *cause)
    LH_MUSTCHECK;

/* The same for a text that came from elsewhere; name is for cause. */
enum lh_err auth_web_address(const char *name, const char *text,
    char **address_out, struct lh_cause *cause) LH_MUSTCHECK;
/* A variable of the environment; NULL when it is empty, too. */
const char *auth_web_environment(const char *name);

/* The next question: url is taken in place of *kept, which lends it. */
struct auth_web_question {
	struct span verb;
	char *url;
	const char *what;
	struct http_fields fields;	/* lent as request->fields is */
	struct secret *body;
};
void auth_web_ask(struct auth_request *request, char **kept,
    const struct auth_web_question *question);

/* A text member of a JSON object, "compute.name" of one in it; NULL: absent,
 * no text, or no JSON. */
struct secret *auth_web_member(struct span json, const char *path);
/* The trimmed answer as a secret. LH_ERR_FORMAT: empty or not one line;
 * LH_ERR_LIMIT. cause speaks of what. */
enum lh_err auth_web_line(struct span text, const char *what,
    struct secret **line_out, struct lh_cause *cause) LH_MUSTCHECK;

/* What a buffer has gathered as a secret in place of *secret; releases it.
 * err: of the gathering. LH_ERR_LIMIT: too long. */
enum lh_err auth_web_take(struct secret **secret, struct bytes *text,
    enum lh_err err, struct lh_cause *cause) LH_MUSTCHECK;

#endif
