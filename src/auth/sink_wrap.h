/*
 * sink_wrap - a token that is handed out under a wrapping.
 *
 * Owns:       the question to Vault, one at most.
 * Invariant:  an ask is answered once, later, or was cancelled.
 * Source: behaviour section 7.3.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_AUTH_SINK_WRAP_H
#define LH_AUTH_SINK_WRAP_H

#include "auth/sink.h"

/* content: lent; NULL when it failed, then cause says why. */
typedef void sink_wrap_fn(void *arg, struct secret *content,
    const struct lh_cause *cause);

struct sink_wrap;

/* env: borrowed. */
struct sink_wrap *sink_wrap_new(span_ms ttl, const struct sinks_env *env,
    sink_wrap_fn *fn, void *arg);
void sink_wrap_free(struct sink_wrap *wrap);

/* Takes the place of an ask that was not answered yet. */
void sink_wrap_ask(struct sink_wrap *wrap, struct secret *token);
void sink_wrap_cancel(struct sink_wrap *wrap);	/* silent; NULL ok */

/* wrap_info as the incumbents write it: one line of JSON and its end. NULL: it
 * holds no token. */
struct secret *sink_wrap_text(const struct vault_wrap_facts *wrap);

#endif
