/*
 * aws_source - where the AWS credentials of a login come from.
 *
 * Owns:       the credentials found last; the questions that lead to them.
 *
 * In this order, the first that is there: the configuration, the environment,
 * a web identity, the shared file, the container's service, the instance's.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_AUTH_AWS_SOURCE_H
#define LH_AUTH_AWS_SOURCE_H

#include "auth/auth_method.h"
#include "base/lh_err.h"
#include "base/secret.h"
#include "base/span.h"

struct aws_credentials {
	struct secret *access_key;
	struct secret *secret_key;
	struct secret *session_token;	/* NULL: keys for good */
};

struct aws_source;

/* Reads the environment. sts_url: lent for the life of it.
 * LH_ERR_CONFIG: half of something is configured. */
enum lh_err aws_source_new(const struct auth_method_options *options,
    const char *sts_url, struct aws_source **source_out,
    struct lh_cause *cause) LH_MUSTCHECK;
void aws_source_free(struct aws_source *source);

/* Looks for credentials anew. *ready_out false: what request holds is to be
 * asked elsewhere first, the answer goes to aws_source_answer(). */
enum lh_err aws_source_begin(struct aws_source *source,
    struct auth_request *request, bool *ready_out, struct lh_cause *cause)
    LH_MUSTCHECK;
enum lh_err aws_source_answer(struct aws_source *source, struct span body,
    struct auth_request *request, bool *ready_out, struct lh_cause *cause)
    LH_MUSTCHECK;

/* Lent until the next begin; after *ready_out was true. */
const struct aws_credentials *aws_source_credentials(const struct aws_source *source);
/* Has a file changed that the last begin read? */
bool aws_source_changed(struct aws_source *source);

#endif
