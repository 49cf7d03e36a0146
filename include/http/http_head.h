/*
 * http_head - the head of an answer kept beyond the callback it came in.
 *
 * Owns:       one block with the texts; wiped when freed, since a field may
 *             hold a secret.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_HTTP_HTTP_HEAD_H
#define LH_HTTP_HTTP_HEAD_H

#include "http/http_message.h"

struct http_kept_head;

/* NULL: no memory. */
struct http_kept_head *http_head_keep(const struct http_head *head);
void http_head_free(struct http_kept_head *kept);
const struct http_head *http_head_lend(const struct http_kept_head *kept);

#endif
