/*
 * lease_keeper - when to renew what is kept, renewing it, giving up.
 *
 * Owns:       the dates of renewal and expiry of every entry, the calls under
 *             way.
 * Invariant:  every kept entry has a date of expiry; it has a renewal in
 *             sight exactly when it is SCHEDULED, RENEWING or PARKED. While
 *             Vault is unwell one renewal at most is tried at a time, after
 *             waits that grow for all together.
 * Never:      removes an entry itself: it says so to lease_keeper_drop_fn.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_CACHE_LEASE_KEEPER_H
#define LH_CACHE_LEASE_KEEPER_H

#include "cache_entry.h"
#include "vault/vault_envelope.h"

struct lease_keeper;

/* To call lease_keeper_forget() and remove the entry. */
typedef void lease_keeper_drop_fn(void *arg, struct cache_entry *entry,
    enum cache_cause cause);

/* env: borrowed, copied. */
struct lease_keeper *lease_keeper_new(const struct cache_env *env,
    lease_keeper_drop_fn *drop, void *arg);
void lease_keeper_free(struct lease_keeper *keeper);	/* nothing is kept */

/* From now on its life is seen to. The entry is linked in lineage. */
void lease_keeper_take(struct lease_keeper *keeper, struct cache_entry *entry,
    mono_ms now);
void lease_keeper_forget(struct cache_entry *entry);

/* A renewal gave that, ours or one seen passing. The entry may be gone after
 * this. */
void lease_keeper_renewed(struct cache_entry *entry,
    const struct vault_envelope *envelope);

/* Drops what has come to its end. */
void lease_keeper_expire(struct lease_keeper *keeper, mono_ms now);

/* The entry is ending, or fixed and late in its life: may its successor be
 * fetched now? */
bool lease_keeper_may_replace(const struct cache_entry *entry, mono_ms now);
/* That failed: not again at once. */
void lease_keeper_replace_failed(struct cache_entry *entry, mono_ms now);

/* A caller's request had an answer of that status: a Vault that was silent may
 * be back. */
void lease_keeper_heard(struct lease_keeper *keeper, unsigned status);

size_t lease_keeper_ending(const struct lease_keeper *keeper);

#endif
