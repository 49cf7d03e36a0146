/*
 * vault_kept - a copy of an answer, for when no better one comes.
 *
 * Owns:       the copies, wiped when released.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_SRC_VAULT_VAULT_KEPT_H
#define LH_SRC_VAULT_VAULT_KEPT_H

#include "base/bytes.h"
#include "base/lh_err.h"
#include "http/http_message.h"

struct vault_kept {
	struct http_head head;	/* status 0: nothing is kept */
	struct bytes body;
	void *block;		/* what head points into */
};

/* kept: empty (all zero). max_body: of the body. */
enum lh_err vault_kept_init(struct vault_kept *kept,
    const struct http_head *head, size_t max_body) LH_MUSTCHECK;
void vault_kept_release(struct vault_kept *kept);

#endif
