/*
 * http_tls - the TLS side of a listener: certificate, key, client CAs.
 *
 * Owns:       the context that new connections are made from; a reload
 *             replaces it in one step, open connections keep the old one.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_HTTP_HTTP_TLS_H
#define LH_HTTP_HTTP_TLS_H

#include <stdbool.h>

#include "base/lh_err.h"

struct http_tls_options {
	const char *cert_file;		/* PEM, leaf first */
	const char *key_file;		/* PEM, not encrypted */
	const char *client_ca_file;	/* NULL: client certificates not asked */
	bool require_client_cert;	/* else asked for, verified if given */
	int min_version;		/* TLS1_2_VERSION ... of OpenSSL; 0: 1.2 */
	int max_version;		/* 0: the newest */
	const char *ciphers;		/* OpenSSL names, TLS 1.2; NULL: default */
};

struct http_tls;

/* Causes name the file. */
enum lh_err http_tls_new(const struct http_tls_options *options,
    struct http_tls **tls_out, struct lh_cause *cause) LH_MUSTCHECK;
/* Reads the files again; on failure the old context stays in use. */
enum lh_err http_tls_reload(struct http_tls *tls, struct lh_cause *cause)
    LH_MUSTCHECK;
void http_tls_free(struct http_tls *tls);

#endif
