/*
 * lease_revoker - asks Vault to revoke leases that were crowded out.
 *
 * Owns:       a job for each such lease until Vault has answered.
 * Invariant:  one try a lease, in the scheduler's order and budget; at most
 *             LEASE_REVOKER_MAX of them wait, further leases are left to
 *             expire.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_CACHE_LEASE_REVOKER_H
#define LH_CACHE_LEASE_REVOKER_H

#include "cache_entry.h"

#define LEASE_REVOKER_MAX 1024

struct lease_revoker;

/* env: borrowed, copied. */
struct lease_revoker *lease_revoker_new(const struct cache_env *env);
void lease_revoker_free(struct lease_revoker *revoker);

/* The entry may leave afterwards. One without a lease: nothing happens. */
void lease_revoker_add(struct lease_revoker *revoker,
    const struct cache_entry *entry);

#endif
