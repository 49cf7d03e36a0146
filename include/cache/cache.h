/*
 * cache - leased answers, keyed by the request: looked up, shared while in
 * flight, stored, renewed, replaced, evicted.
 *
 * Owns:       entries, flights, lineage, and the scheduler jobs that renew.
 * Invariant:  no answer leaves with less life than its floor; an entry of one
 *             identity never reaches another; entered = present + left by
 *             each cause (cache_counts()).
 * Never:      sends a caller's request itself: who leads a flight fetches.
 * Source: DESIGN sections 3 and 4 of the house; behaviour section 3.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_CACHE_CACHE_H
#define LH_CACHE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/lh_err.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/metrics.h"
#include "base/scheduler.h"
#include "base/secret.h"
#include "base/text_list.h"
#include "cache/cache_answer.h"
#include "cache/cache_journal.h"
#include "cache/cache_lifetime.h"
#include "cache/cache_static.h"
#include "http/http_message.h"
#include "vault/vault_api.h"

struct cache_options {
	size_t max_entries;		/* default 200000 */
	size_t max_bytes;		/* of all entries; default 256 MiB */
	size_t max_entry_bytes;		/* larger answers pass; 1 MiB */
	unsigned max_waiters;		/* of one flight; default 16384 */
	unsigned max_unshareable;	/* remembered paths; default 8192 */
	span_ms unshareable_for;	/* how long; default 10 min */
	unsigned floor_percent;		/* of the life; default 10 */
	span_ms floor_min;		/* default 1 s */
	bool revoke_evicted;		/* default false */
	/* Fields by whose values requests are told apart, beside
	 * X-Vault-Wrap-TTL, X-Vault-MFA, Content-Type; lent. Default none. */
	struct text_list key_headers;
	struct cache_static_options static_answers;	/* no row: none kept */
	struct cache_lifetimes lifetimes;	/* lent; default none */
};

struct cache_env {			/* borrowed; log, metrics may be NULL */
	struct loop *loop;
	struct log *log;
	struct metrics *metrics;
	struct scheduler *scheduler;
	struct vault_api *api;
	struct cache_journal journal;	/* or none */
};

/* Under whose rights a request goes out. */
enum cache_identity_kind {
	CACHE_IDENTITY_NONE,		/* no token */
	CACHE_IDENTITY_OWN,		/* the caller's token */
	CACHE_IDENTITY_AUTO		/* ours; generation counts */
};

/* A request as the cache sees it; all lent for the call. */
struct cache_ask {
	struct span method;
	struct span path;		/* raw, "/v1/..." */
	struct span query;
	struct span namespace;		/* as it is sent to Vault; "" none */
	struct http_fields fields;	/* the caller's */
	struct span body;
	/* A field shows who asks, beside the token: what comes is nobody
	 * else's. */
	bool has_credential;
	enum cache_identity_kind identity;
	const struct secret *token;	/* OWN and AUTO */
	uint64_t generation;		/* AUTO */
};

struct cache_key {
	uint8_t digest[DIGEST_BYTES];
};

enum cache_verdict {
	CACHE_HIT,		/* answer with result.hit */
	CACHE_LEAD,		/* fetch for all: result.flight */
	CACHE_JOIN,		/* somebody fetches: cache_join(result.key) */
	CACHE_BYPASS		/* fetch for this caller alone */
};

enum cache_freshness {
	CACHE_LEASED,		/* remaining_s tells */
	CACHE_FRESH,		/* static, within its ttl */
	CACHE_STALE		/* static, beyond it: Vault is away */
};

struct cache_hit {
	struct cache_answer *answer;	/* a reference, given */
	int64_t remaining_s;		/* CACHE_LEASED */
	int64_t age_s;
	enum cache_freshness freshness;
	span_ms fresh_for;		/* static; below 0: is old */
};

struct cache;
struct cache_flight;		/* the leader's handle */
struct cache_waiter;

struct cache_result {
	struct cache_key key;		/* CACHE_JOIN; CACHE_HIT with flight */
	struct cache_hit hit;		/* CACHE_HIT */
	bool is_static;
	bool has_fallback;		/* CACHE_LEAD: try once, shortly; then
					 * cache_static_find() */
	/* CACHE_LEAD: must end in cache_fill(), cache_share_none() or
	 * cache_fail(). With CACHE_HIT: not NULL when the entry is ending: start
	 * one fetch of its successor in the background and land it the same
	 * way. */
	struct cache_flight *flight;
};

void cache_options_init(struct cache_options *options);
struct cache *cache_new(const struct cache_options *options,
    const struct cache_env *env);
void cache_free(struct cache *cache);	/* waiters are dropped silently */

enum cache_verdict cache_lookup(struct cache *cache,
    const struct cache_ask *ask, struct cache_result *out);

/* How a flight ended for one that joined it. */
enum cache_landing {
	CACHE_LANDED_HIT,	/* hit: the shared answer, reference given */
	CACHE_LANDED_LEAD,	/* the leader failed: flight is yours now */
	CACHE_LANDED_ALONE,	/* not shareable: fetch for yourself */
	CACHE_LANDED_AGAIN	/* a write passed: look up anew */
};
typedef void cache_landing_fn(void *arg, enum cache_landing landing,
    const struct cache_hit *hit, struct cache_flight *flight);
/* LH_ERR_LIMIT: too many wait; LH_ERR_NOT_FOUND: the flight is over. fn is
 * called once, never from inside. */
enum lh_err cache_join(struct cache *cache, const struct cache_key *key,
    cache_landing_fn *fn, void *arg, struct cache_waiter **waiter_out)
    LH_MUSTCHECK;
void cache_waiter_leave(struct cache_waiter *waiter);	/* NULL ok */

/* The leader asks Vault now, perhaps long after the look-up: what was revoked
 * in between is no matter to the answer. To be called before each asking. */
void cache_depart(struct cache *cache, struct cache_flight *flight);

/* The leader has a head: is the body wanted whole for cache_fill()? False: it
 * is not shareable, call cache_share_none() and stream. */
bool cache_wants(const struct cache *cache, const struct cache_flight *flight,
    const struct http_head *head);
size_t cache_max_entry_bytes(const struct cache *cache);

/* The answer came whole. ask: as in the look-up (or a copy). True: shared with
 * all who waited, and stored if it has a life left. False: passed on, they
 * fetch alone. */
bool cache_fill(struct cache *cache, struct cache_flight **flight,
    const struct cache_ask *ask, const struct http_head *head,
    struct span body);
/* A good answer, but not shareable: everybody goes alone, and the path is
 * remembered. */
void cache_share_none(struct cache *cache, struct cache_flight **flight);
/* Not shareable this time (a refusal): everybody goes alone, nothing is
 * remembered. */
void cache_release(struct cache *cache, struct cache_flight **flight);
/* No answer: one waiter leads from now on. */
void cache_fail(struct cache *cache, struct cache_flight **flight);

/* What the cache must see of an exchange that is no hit, before the caller
 * does: revocations evict, renewals move the expiry. */
enum cache_interest {
	CACHE_INTEREST_NONE,
	CACHE_INTEREST_STATUS,		/* observe with an empty body */
	CACHE_INTEREST_BODY		/* observe with the whole answer */
};
enum cache_interest cache_interest(const struct cache *cache,
    const struct cache_ask *ask);
void cache_observe(struct cache *cache, const struct cache_ask *ask,
    unsigned status, struct span body);

/* What the cache must know of every exchange before the caller does: the
 * status of an answer, or why none came: unless no server was reached, a write
 * may have been done. */
void cache_heard(struct cache *cache, const struct cache_ask *ask,
    unsigned status);
void cache_unheard(struct cache *cache, const struct cache_ask *ask,
    enum lh_err why);

/* The static answer there is for that ask: fresh, or old while Vault is away.
 * False: none. */
bool cache_static_find(struct cache *cache, const struct cache_ask *ask,
    struct cache_hit *hit);
/* For a request that would carry our token while there is none, since it ran
 * out: what the last one had read. To be asked while Vault is away only. */
bool cache_static_find_orphan(struct cache *cache,
    const struct cache_ask *ask, struct cache_hit *hit);
/* Of a fetch that has a fallback, or is a static one that nobody waits for. */
span_ms cache_static_try_timeout(const struct cache *cache);

/* Tells once when the static answer to ask changes or leaves; never from
 * inside. LH_ERR_LIMIT: too many wait. */
typedef void cache_changed_fn(void *arg);
struct cache_watch;
enum lh_err cache_watch_start(struct cache *cache,
    const struct cache_ask *ask, cache_changed_fn *fn, void *arg,
    struct cache_watch **out) LH_MUSTCHECK;
void cache_watch_leave(struct cache_watch *watch);	/* NULL ok */

/* A new token of ours: all of older generations goes, and what is fetched
 * with it from now on is kept. */
void cache_begin_generation(struct cache *cache, uint64_t generation,
    struct secret *token, const char *accessor);
/* That token is dead: all of its generation goes. */
void cache_end_generation(struct cache *cache, uint64_t generation);
/* It ran out: as above, but what it had read of static answers is kept for
 * cache_static_find_orphan(). */
void cache_outlive_generation(struct cache *cache, uint64_t generation);

/* cache-clear (behaviour section 4.1). Returns how many entries left. Nothing
 * that was asked for before is kept after it. */
enum cache_clear_type {
	CACHE_CLEAR_ALL,
	CACHE_CLEAR_REQUEST_PATH,	/* prefix, namespace-aware */
	CACHE_CLEAR_LEASE,
	CACHE_CLEAR_TOKEN,		/* and all under it */
	CACHE_CLEAR_ACCESSOR
};
size_t cache_clear(struct cache *cache, enum cache_clear_type type,
    struct span value, struct span namespace);

enum cache_cause {
	CACHE_LEFT_EXPIRED,
	CACHE_LEFT_REVOKED,		/* seen passing, or its parent's end */
	CACHE_LEFT_REFUSED,		/* a renewal was refused for good */
	CACHE_LEFT_REPLACED,		/* by its successor */
	CACHE_LEFT_CROWDED,		/* least recently used */
	CACHE_LEFT_CLEARED,
	CACHE_LEFT_GENERATION,
	CACHE_LEFT_WRITTEN,		/* static: a write passed, 403, 404 */
	CACHE_LEFT_CAUSES
};
const char *cache_cause_name(enum cache_cause cause);

struct cache_counts {
	size_t entries;
	size_t bytes;
	size_t ending;			/* leases renewed to no use */
	size_t flights;
	size_t waiters;
	size_t static_entries;		/* of entries */
	size_t watchers;
	bool is_away;			/* static answers: Vault is */
	uint64_t entered;
	uint64_t left[CACHE_LEFT_CAUSES];
};
/* What has expired by now is gone, and counted so. */
void cache_count(struct cache *cache, struct cache_counts *out);

#endif
