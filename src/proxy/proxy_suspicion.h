/*
 * proxy_suspicion - a refused answer, kept until the keeper knows whether our
 * token still lives.
 *
 * Owns:       copies of the answer, its place among the keeper's waiters.
 * Invariant:  tells once, never from inside proxy_suspicion_new(); nothing
 *             after proxy_suspicion_free().
 * Source: behaviour section 2.11.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_PROXY_PROXY_SUSPICION_H
#define LH_PROXY_PROXY_SUSPICION_H

#include <stdbool.h>
#include <stdint.h>

#include "http/http_message.h"
#include "proxy_priv.h"

/* has_successor: there is a new token, the request can be tried again. Else
 * the answer stands. */
typedef void proxy_suspicion_fn(void *arg, bool has_successor);

struct proxy_suspicion;

/* A request that carried our token of that generation was refused with this
 * answer. NULL: there is nothing to wait for. */
struct proxy_suspicion *proxy_suspicion_new(struct proxy *proxy,
    uint64_t generation, const struct http_head *head, struct span body);
/* Within token_wait. */
void proxy_suspicion_ask(struct proxy_suspicion *suspicion,
    proxy_suspicion_fn *fn, void *arg);
void proxy_suspicion_free(struct proxy_suspicion *suspicion);

/* The answer; lent. The body may be taken. */
const struct http_head *proxy_suspicion_head(
    const struct proxy_suspicion *suspicion);
struct bytes *proxy_suspicion_body(struct proxy_suspicion *suspicion);

#endif
