/*
 * aws_sigv4 - the signature, version 4, of requests to AWS; pure.
 *
 * For requests without a query whose path needs no normalising. All fields
 * given are signed, so host and x-amz-date belong to them.
 * Source: the test suite that AWS published; RFC 2104.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_AUTH_AWS_SIGV4_H
#define LH_AUTH_AWS_SIGV4_H

#include "base/bytes.h"
#include "base/lh_err.h"
#include "base/span.h"
#include "base/timesource.h"
#include "http/http_header.h"

#define AWS_SIGV4_DATE_SIZE 17		/* "20150830T123600Z" and NUL */
#define AWS_SIGV4_MAX_FIELDS 16

struct aws_sigv4_request {
	struct span method;
	struct span path;		/* as it is sent */
	struct http_fields fields;
	struct span body;
};

struct aws_sigv4_signer {
	struct span access_key;
	struct span secret_key;
	const char *region;
	const char *service;		/* "sts" */
	wall_ms now;
};

/* The value of X-Amz-Date. */
void aws_sigv4_date(wall_ms now, char out[AWS_SIGV4_DATE_SIZE]);

/* Appends the value of Authorization. LH_ERR_LIMIT: too many fields, or into
 * is full; LH_ERR_SYSTEM: no HMAC to be had. */
enum lh_err aws_sigv4_authorization(const struct aws_sigv4_request *request,
    const struct aws_sigv4_signer *signer, struct bytes *into) LH_MUSTCHECK;

#endif
