/*
 * cache_answer - a stored answer: an immutable counted block, ready to send.
 *
 * Owns:       the head as it goes out (status line and fields, X-Cache: HIT,
 *             no Date, Age, Content-Length) and the body, wiped at the end.
 * Invariant:  the body never changes; the seconds of its lease are replaced on
 *             the way out, in the same width, so that its length stays.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_CACHE_CACHE_ANSWER_H
#define LH_CACHE_CACHE_ANSWER_H

#include <stddef.h>
#include <stdint.h>

#include "base/lh_err.h"
#include "base/pack.h"
#include "base/span.h"
#include "cache/cache_static.h"
#include "http/http_message.h"
#include "http/http_server.h"
#include "vault/vault_scan.h"

struct cache_answer;

/* Copies. head: of the upstream's answer; hop-by-hop fields, Date, Age,
 * X-Cache and Content-Length are left out. NULL: no memory. */
struct cache_answer *cache_answer_new(const struct http_head *head,
    struct span body, const struct vault_marks *marks);
/* A static one: with ETag and X-Leasehold-Index in its head, and without
 * X-Cache. */
struct cache_answer *cache_answer_new_static(const struct http_head *head,
    struct span body, const struct cache_tags *tags);
/* NULL: it is no static one. */
const struct cache_tags *cache_answer_tags(const struct cache_answer *answer);
struct cache_answer *cache_answer_ref(struct cache_answer *answer);
void cache_answer_unref(struct cache_answer **answer);

/* All of it as bytes, and back. NULL: they are none. */
void cache_answer_pack(const struct cache_answer *answer, struct pack *pack);
struct cache_answer *cache_answer_unpack(struct span packed);

size_t cache_answer_bytes(const struct cache_answer *answer);	/* all told */
unsigned cache_answer_status(const struct cache_answer *answer);
struct span cache_answer_body(const struct cache_answer *answer); /* lent */

/* What goes out now: fills head, more (Age) and pieces of *out; release and
 * arg give back the reference of the caller, which is consumed. room: holds
 * the replaced digits and the Age field; lent from the caller until the
 * http_exchange_reply_stored() that follows returns. */
struct cache_answer_room {
	char digits[2][24];
	char age[48];
};
void cache_answer_send(struct cache_answer *answer, int64_t remaining_s,
    int64_t age_s, struct cache_answer_room *room, struct http_stored *out);

#endif
