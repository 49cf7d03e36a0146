/*
 * kv - static answers: found, let in, dropped, watched. See cache_static.h
 * for the model.
 *
 * Owns:       what static entries have beyond others (their place under a
 *             path, their date), the rights, the watchers, the gate.
 * Invariant:  an answer that was asked for before a write of its secret
 *             passed is not stored after it; an entry is given to a token
 *             that has a right to it, and to no other.
 * Never:      holds an entry that the store does not: who removes one from
 *             there calls kv_forget().
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_CACHE_KV_H
#define LH_CACHE_KV_H

#include "cache_store.h"
#include "flight.h"
#include "lease_keeper.h"
#include "unshareable.h"

struct kv;

/* What it works with; borrowed. drop: to remove an entry, with kv_forget(). */
struct kv_env {
	const struct cache_env *cache;
	const struct cache_options *options;
	struct digest *digest;
	struct cache_store *store;
	struct flight_table *flights;
	struct unshareable *paths;
	lease_keeper_drop_fn *drop;
	void *drop_arg;
};

/* NULL: there is no row. */
struct kv *kv_new(const struct kv_env *env);
void kv_free(struct kv *kv);		/* no entry is left; NULL ok */

/* What a look-up found, or where its flight is to go. */
enum kv_verdict {
	KV_NOT_STATIC,
	KV_GIVE,	/* hit */
	KV_REPLACE,	/* hit, and one flight in the background */
	KV_FETCH	/* has_fallback: an old answer is there */
};
struct kv_look {
	struct cache_hit hit;
	struct flight_facts facts;	/* but epoch */
	bool has_fallback;
};
enum kv_verdict kv_look_up(struct kv *kv, const struct cache_ask *ask,
    struct kv_look *look);
bool kv_find(struct kv *kv, const struct cache_ask *ask,
    struct cache_hit *hit);

bool kv_is_current(const struct kv *kv, const struct flight_facts *facts);
/* The old answer for those who wait for that flight, while Vault is away. */
bool kv_fallback(struct kv *kv, const struct flight_facts *facts,
    struct cache_hit *hit);

struct kv_arrival {
	const struct cache_ask *ask;
	const struct flight_facts *facts;
	const struct http_head *head;
	struct span body;
};
bool kv_wants(const struct kv *kv, const struct flight_facts *facts,
    const struct http_head *head);
/* True: it is there now. False: it is none. */
bool kv_fill(struct kv *kv, const struct kv_arrival *arrival,
    struct cache_hit *hit);
/* It is no such answer, or none any more: what there was goes, and the next
 * readers do not wait for each other. */
void kv_not_static(struct kv *kv, const struct flight_facts *facts);

/* Does the cache need to see how that ends? */
bool kv_is_write(const struct kv *kv, const struct cache_ask *ask);
void kv_heard(struct kv *kv, const struct cache_ask *ask, unsigned status);
void kv_unheard(struct kv *kv, const struct cache_ask *ask, enum lh_err why);

enum lh_err kv_watch(struct kv *kv, const struct cache_ask *ask,
    cache_changed_fn *fn, void *arg, struct cache_watch **out) LH_MUSTCHECK;

void kv_forget(struct cache_entry *entry);
void kv_expire(struct kv *kv, mono_ms now);
/* Our own tokens lose what they might have. */
void kv_end_generation(struct kv *kv);
/* That revocation was done: whom it reaches is not known. */
void kv_revoked(struct kv *kv, const struct cache_ask *ask);
/* All have to read anew. */
void kv_doubt(struct kv *kv);
/* As kv_find(), by one who knows that Vault is away. */
bool kv_find_away(struct kv *kv, const struct cache_ask *ask,
    struct cache_hit *hit);

/* An entry of an earlier run. False: no row has it, or its time is over. */
bool kv_restore(struct kv *kv, const struct cache_record *record);
/* Our token had the right to that path, which an entry has. */
void kv_restore_right(struct kv *kv, const struct cache_ask *ask,
    const struct cache_entry *entry);

/* Fills static_entries, watchers and is_away. */
void kv_count(const struct kv *kv, struct cache_counts *out);

#endif
