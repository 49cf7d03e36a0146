/*
 * kv_rights - which token may have which static entry.
 *
 * Owns:       a bounded number of tokens, each with references to its secret
 *             and to a bounded number of rights, and the calls that ask the
 *             server whether they still hold.
 * Invariant:  a right begins with an answer that the token itself got; it
 *             outlasts a refresh interval only when the server, asked for the
 *             token's capabilities, said so, or (unless pessimistic) could
 *             not be asked. One that is not used for an interval rests: it
 *             counts only while Vault is away (unless pessimistic).
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_CACHE_KV_RIGHTS_H
#define LH_CACHE_KV_RIGHTS_H

#include "cache/cache.h"
#include "kv_gate.h"
#include "kv_path.h"

#define KV_RIGHTS_MAX_PER_TOKEN 1024

struct kv_rights;

/* gate: no question is asked while Vault is away. All borrowed. */
struct kv_rights *kv_rights_new(const struct cache_env *env,
    const struct cache_static_options *options, const struct kv_gate *gate);
void kv_rights_free(struct kv_rights *rights);

/* Who asks, as one value. */
void kv_rights_reader(struct cache_key *reader, struct digest *digest,
    const struct cache_ask *ask);

/* Now; this is a use of it. */
bool kv_rights_has(struct kv_rights *rights, const struct cache_key *reader,
    const struct cache_key *entry);
/* Would it count if Vault were away? */
bool kv_rights_rests(const struct kv_rights *rights,
    const struct cache_key *reader, const struct cache_key *entry);

struct kv_grant {
	const struct cache_key *entry;
	const struct kv_path *path;
	span_ms lasts;			/* for as long it may rest */
	mono_ms confirmed;		/* counted from then on */
};
/* That ask was answered. */
void kv_rights_grant(struct kv_rights *rights, const struct cache_key *reader,
    const struct cache_ask *ask, const struct kv_grant *grant);
/* It was in an earlier run: it rests. */
void kv_rights_restore(struct kv_rights *rights,
    const struct cache_key *reader, const struct cache_ask *ask,
    const struct kv_grant *grant);
void kv_rights_revoke(struct kv_rights *rights,
    const struct cache_key *reader, const struct cache_key *entry);
/* All of our own tokens go; of callers' stay. */
void kv_rights_drop_auto(struct kv_rights *rights);
void kv_rights_drop_all(struct kv_rights *rights);

size_t kv_rights_tokens(const struct kv_rights *rights);

#endif
