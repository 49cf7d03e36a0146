/*
 * sink_dh - a token encrypted for the one reader whose public key lies in a
 * file.
 *
 * Owns:       a key pair of its own, the reader's key seen last.
 * Source: behaviour section 7.4, which says what the reader expects.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_AUTH_SINK_DH_H
#define LH_AUTH_SINK_DH_H

#include "auth/sink.h"

struct sink_dh;

/* options: copied. LH_ERR_SYSTEM: no key could be made. */
enum lh_err sink_dh_new(const struct sink_dh_options *options,
    struct sink_dh **dh_out, struct lh_cause *cause) LH_MUSTCHECK;
void sink_dh_free(struct sink_dh *dh);

/* sealed_out: the JSON of the envelope and a line end. LH_ERR_NOT_FOUND and
 * what else file_read() says: there is no key of the reader yet;
 * LH_ERR_FORMAT: what is there is none. */
enum lh_err sink_dh_seal(struct sink_dh *dh, const struct secret *content,
    struct secret **sealed_out, struct lh_cause *cause) LH_MUSTCHECK;

#endif
