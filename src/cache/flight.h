/*
 * flight - keys being fetched upstream, and the callers waiting for them.
 *
 * Owns:       a record a flight, which its leader holds as a handle, and one a
 *             waiter.
 * Invariant:  a key is present at most once, while one leader fetches it; each
 *             waiter hears once, or has left and never hears.
 * Never:      calls a waiter from inside any function here; looks at the
 *             clock.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_CACHE_FLIGHT_H
#define LH_CACHE_FLIGHT_H

#include "base/loop.h"
#include "cache/cache.h"

struct flight_table;

/* What the flight was begun with, to be judged by at its end. */
struct flight_facts {
	struct cache_key key;
	bool is_keyed_late;	/* key is not set, and nobody can join: the
				 * answer gets one if it is kept */
	struct cache_key mark;	/* of the path, for what is remembered of it */
	bool is_read;		/* asked with a method that reads */
	enum cache_identity_kind identity;
	uint64_t generation;
	uint64_t epoch;		/* of revocations by prefix */
	mono_ms asked;		/* no answer is older than that */
	/* Of a static answer; the rest is kv.c's. */
	bool is_static;
	struct cache_key entry;		/* where it is to lie */
	struct cache_key reader;	/* who asks */
	const struct cache_static_row *row;
	unsigned slot;			/* of epochs of writes */
	uint64_t written;		/* that epoch at the start */
};

struct flight_table *flight_table_new(struct loop *loop,
    unsigned max_waiters);
/* Waiters and flights are dropped silently; handles die. */
void flight_table_free(struct flight_table *table);

/* The leader's handle. To be ended by one of land, release, fail. */
struct cache_flight *flight_start(struct flight_table *table,
    const struct flight_facts *facts);		/* key is not present */
/* Nobody can join this one. */
struct cache_flight *flight_start_alone(struct flight_table *table,
    const struct flight_facts *facts);

struct cache_flight *flight_find(const struct flight_table *table,
    const struct cache_key *key);
const struct flight_facts *flight_facts(const struct cache_flight *flight);

/* LH_ERR_LIMIT: too many wait. */
enum lh_err flight_join(struct cache_flight *flight, cache_landing_fn *fn,
    void *arg, struct cache_waiter **waiter_out) LH_MUSTCHECK;
void flight_leave(struct cache_waiter *waiter);		/* NULL ok */

/* The request goes out now: what comes is no older than asked, nor than any
 * revocation up to this epoch. */
void flight_depart(struct cache_flight *flight, uint64_t epoch,
    mono_ms asked);
bool flight_has_departed(const struct cache_flight *flight);

/* hit: every waiter gets a reference of its own. */
void flight_land(struct cache_flight **flight, const struct cache_hit *hit);
/* Everybody goes alone. */
void flight_release(struct cache_flight **flight);
/* One waiter leads from now on; without any the flight is over. */
void flight_fail(struct cache_flight **flight);

/* Those that wait go alone and nobody joins any more; the leader's handle
 * stays good. */
void flight_seclude(struct cache_flight *flight);
/* The same for every flight under a token of ours. */
void flight_table_seclude_auto(struct flight_table *table);

/* The same for each that is_stale() names, but that those who wait are to look
 * up anew. */
typedef bool flight_test_fn(void *arg, const struct flight_facts *facts);
void flight_table_seclude_if(struct flight_table *table,
    flight_test_fn *is_stale, void *arg);

size_t flight_table_flights(const struct flight_table *table);
size_t flight_table_waiters(const struct flight_table *table);

#endif
