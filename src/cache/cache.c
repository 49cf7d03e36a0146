/*
 * cache - leased answers, keyed by the request.
 *
 * The facade joins the parts: policy says what may be, the store and lineage
 * hold what is, flights what is coming, the keeper sees to lives, purge to
 * ends. Every entrance first lets go what has expired, so that what is found
 * afterwards is alive; a timer does the same when nobody asks.
 *
 * Whoever shall fetch gets a flight, also when nobody may join it: there is
 * one way to bring an answer in. Reads are joined unless their path is known
 * to give nothing that can be shared; writes only where it is known to.
 *
 * Most writes go where nothing is kept, some with large bodies, of which the
 * key is a digest. So a write whose path has no entry, and where nobody would
 * join it, is keyed when its answer is to be kept.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "cache/cache.h"

#include <stdlib.h>
#include <string.h>

#include "base/lh_assert.h"
#include "base/xalloc.h"
#include "cache_key.h"
#include "cache_policy.h"
#include "cache_priv.h"
#include "cache_purge.h"
#include "cache_store.h"
#include "flight.h"
#include "kv.h"
#include "lease_keeper.h"
#include "lease_revoker.h"
#include "lineage.h"
#include "unshareable.h"

#define MS 1000
#define MEBI (1024 * 1024)
#define ANCESTORS_TOUCHED 8

static bool serve(struct cache *cache, const struct cache_ask *ask,
    struct span path, struct cache_result *out);
static void serve_static(struct cache *cache, enum kv_verdict verdict,
    struct kv_look *look, struct cache_result *out);
static enum cache_verdict fly_static(struct cache *cache,
    const struct cache_ask *ask, struct kv_look *look,
    struct cache_result *out);
static span_ms floor_of(const struct cache *cache,
    const struct cache_entry *entry);
static void touch(struct cache *cache, struct cache_entry *entry,
    mono_ms now);
static bool fly_unkeyed(struct cache *cache, const struct cache_ask *ask,
    struct span path, struct cache_result *out);
static enum cache_verdict fly(struct cache *cache,
    const struct cache_ask *ask, struct span path, struct cache_result *out);
static struct flight_facts facts_of(const struct cache *cache,
    const struct cache_ask *ask, struct span path,
    const struct cache_key *key);
static struct cache_flight *flight_to_join(struct cache *cache,
    const struct cache_key *key);
static bool may_share(struct cache *cache, const struct flight_facts *facts);
static bool is_any(void *arg, const struct flight_facts *facts);
static void drop_root(struct cache *cache);
static void drop_orphan(struct cache *cache);
static void on_dropped(void *arg, struct cache_entry *entry,
    enum cache_cause cause);

void
cache_options_init(struct cache_options *options)
{
	*options = (struct cache_options){
		.max_entries = 200000,
		.max_bytes = 256 * (size_t)MEBI,
		.max_entry_bytes = MEBI,
		.max_waiters = 16384,
		.max_unshareable = 8192,
		.unshareable_for = 600 * MS,
		.floor_percent = 10,
		.floor_min = MS,
		.static_answers = {
			.refresh_interval = 300 * MS,
			.try_timeout = 2 * MS,
			.max_tokens = 1024,
			.max_watchers = 1024
		}
	};
}

struct cache *
cache_new(const struct cache_options *options, const struct cache_env *env)
{
	struct cache *cache = xcalloc(1, sizeof(*cache));

	cache->options = *options;
	cache->env = *env;
	cache->digest = digest_new();
	cache->keyer = (struct cache_keyer){ cache->digest,
	    options->key_headers };
	cache->store = cache_store_new(options, env->metrics);
	cache->lineage = lineage_new();
	cache->flights = flight_table_new(env->loop, options->max_waiters);
	cache->keeper = lease_keeper_new(env, on_dropped, cache);
	cache->revoker = lease_revoker_new(env);
	cache->purge = cache_purge_new(cache->store, cache->lineage,
	    env->journal);
	cache->paths = unshareable_new(options->max_unshareable,
	    options->unshareable_for);
	cache->kv = kv_new(&(struct kv_env){ .cache = &cache->env,
	    .options = &cache->options, .digest = cache->digest,
	    .store = cache->store, .flights = cache->flights,
	    .paths = cache->paths, .drop = on_dropped, .drop_arg = cache });
	return cache;
}

void
cache_free(struct cache *cache)
{
	if (cache == NULL)
		return;
	cache_purge_all(cache->purge, CACHE_LEFT_CLEARED);
	secret_unref(&cache->orphan);
	flight_table_free(cache->flights);
	kv_free(cache->kv);
	cache_purge_free(cache->purge);
	lease_revoker_free(cache->revoker);
	lease_keeper_free(cache->keeper);
	cache_store_free(cache->store);
	lineage_free(cache->lineage);
	unshareable_free(cache->paths);
	digest_free(cache->digest);
	free(cache);
}

enum cache_verdict
cache_lookup(struct cache *cache, const struct cache_ask *ask,
    struct cache_result *out)
{
	enum kv_verdict verdict = KV_NOT_STATIC;
	struct cache_key_path path LH_ROOM;
	struct kv_look look;

	cache_enter(cache);
	memset(out, 0, sizeof(*out));
	if (cache_policy_access(ask) == CACHE_POLICY_PASS ||
	    !cache_identity_is_live(cache, ask->identity, ask->generation))
		return CACHE_BYPASS;
	if (cache->kv != NULL)
		verdict = kv_look_up(cache->kv, ask, &look);
	if (verdict == KV_GIVE || verdict == KV_REPLACE) {
		serve_static(cache, verdict, &look, out);
		return CACHE_HIT;
	}
	if (cache_key_path_set(&path, ask) != LH_OK)
		return CACHE_BYPASS;
	if (fly_unkeyed(cache, ask, path.text, out))
		return CACHE_LEAD;
	if (cache_key_set(&out->key, &cache->keyer, ask, path.text) != LH_OK)
		return CACHE_BYPASS;
	if (!cache_policy_must_refetch(ask) && serve(cache, ask, path.text,
	    out))
		return CACHE_HIT;
	if (verdict == KV_FETCH)
		return fly_static(cache, ask, &look, out);
	return fly(cache, ask, path.text, out);
}

enum lh_err
cache_join(struct cache *cache, const struct cache_key *key,
    cache_landing_fn *fn, void *arg, struct cache_waiter **waiter_out)
{
	struct cache_flight *flight = flight_find(cache->flights, key);

	if (flight == NULL)
		return LH_ERR_NOT_FOUND;
	return flight_join(flight, fn, arg, waiter_out);
}

void
cache_waiter_leave(struct cache_waiter *waiter)
{
	flight_leave(waiter);
}

size_t
cache_max_entry_bytes(const struct cache *cache)
{
	return cache->options.max_entry_bytes;
}

enum cache_interest
cache_interest(const struct cache *cache, const struct cache_ask *ask)
{
	enum cache_interest interest = cache_purge_interest(ask);

	if (interest == CACHE_INTEREST_NONE && cache->kv != NULL &&
	    kv_is_write(cache->kv, ask))
		return CACHE_INTEREST_STATUS;
	return interest;
}

void
cache_observe(struct cache *cache, const struct cache_ask *ask,
    unsigned status, struct span body)
{
	cache_enter(cache);
	if (status < 200 || status >= 300)
		return;
	cache_purge_observe(cache->purge, ask, body);
	if (cache->kv != NULL)
		kv_revoked(cache->kv, ask);
	cache_journal_settle(cache->env.journal);
}

void
cache_heard(struct cache *cache, const struct cache_ask *ask, unsigned status)
{
	lease_keeper_heard(cache->keeper, status);
	if (cache->kv == NULL)
		return;
	kv_heard(cache->kv, ask, status);
	cache_journal_settle(cache->env.journal);
}

void
cache_unheard(struct cache *cache, const struct cache_ask *ask,
    enum lh_err why)
{
	if (cache->kv == NULL)
		return;
	kv_unheard(cache->kv, ask, why);
	cache_journal_settle(cache->env.journal);
}

bool
cache_static_find(struct cache *cache, const struct cache_ask *ask,
    struct cache_hit *hit)
{
	cache_enter(cache);
	return cache->kv != NULL &&
	    cache_identity_is_live(cache, ask->identity, ask->generation) &&
	    kv_find(cache->kv, ask, hit);
}

span_ms
cache_static_try_timeout(const struct cache *cache)
{
	return cache->options.static_answers.try_timeout;
}

enum lh_err
cache_watch_start(struct cache *cache, const struct cache_ask *ask,
    cache_changed_fn *fn, void *arg, struct cache_watch **out)
{
	if (cache->kv == NULL)
		return LH_ERR_NOT_FOUND;
	return kv_watch(cache->kv, ask, fn, arg, out);
}

void
cache_begin_generation(struct cache *cache, uint64_t generation,
    struct secret *token, const char *accessor)
{
	struct lineage_token *known;

	cache_enter(cache);
	if (cache->root != NULL && generation == cache->generation)
		return;
	drop_root(cache);
	drop_orphan(cache);
	known = lineage_find(cache->lineage, secret_lend(token));
	if (known != NULL)
		cache_purge_token(cache->purge, known, CACHE_LEFT_GENERATION);
	cache->root = lineage_add(cache->lineage, token, accessor, NULL);
	cache->generation = generation;
}

void
cache_end_generation(struct cache *cache, uint64_t generation)
{
	cache_enter(cache);
	if (generation != cache->generation)
		return;
	drop_root(cache);
	drop_orphan(cache);
}

void
cache_outlive_generation(struct cache *cache, uint64_t generation)
{
	cache_enter(cache);
	if (generation != cache->generation || cache->root == NULL)
		return;
	secret_unref(&cache->orphan);
	cache->orphan = lineage_ref_secret(cache->root);
	drop_root(cache);
}

bool
cache_static_find_orphan(struct cache *cache, const struct cache_ask *ask,
    struct cache_hit *hit)
{
	struct cache_ask theirs = *ask;

	cache_enter(cache);
	if (cache->kv == NULL || cache->orphan == NULL)
		return false;
	theirs.identity = CACHE_IDENTITY_AUTO;
	theirs.token = cache->orphan;
	theirs.generation = cache->generation;
	return kv_find_away(cache->kv, &theirs, hit);
}

/* Our token stays under management, with nothing under it. What is on its way
 * is as old as what leaves: those who wait for it look up anew. */
size_t
cache_clear(struct cache *cache, enum cache_clear_type type,
    struct span value, struct span namespace)
{
	size_t count;

	cache_enter(cache);
	count = cache_purge_clear(cache->purge, type, value, namespace);
	flight_table_seclude_if(cache->flights, is_any, NULL);
	if (cache->kv != NULL && (type == CACHE_CLEAR_TOKEN ||
	    type == CACHE_CLEAR_ACCESSOR))
		kv_doubt(cache->kv);
	cache_journal_settle(cache->env.journal);
	log_info(cache->env.log, "cache.cleared",
	    log_num("entries", (int64_t)count));
	return count;
}

const char *
cache_cause_name(enum cache_cause cause)
{
	static const char *const names[CACHE_LEFT_CAUSES] = {
		[CACHE_LEFT_EXPIRED] = "expired",
		[CACHE_LEFT_REVOKED] = "revoked",
		[CACHE_LEFT_REFUSED] = "refused",
		[CACHE_LEFT_REPLACED] = "replaced",
		[CACHE_LEFT_CROWDED] = "crowded",
		[CACHE_LEFT_CLEARED] = "cleared",
		[CACHE_LEFT_GENERATION] = "generation",
		[CACHE_LEFT_WRITTEN] = "written"
	};

	lh_assert(cause < CACHE_LEFT_CAUSES);
	return names[cause];
}

void
cache_count(struct cache *cache, struct cache_counts *out)
{
	cache_enter(cache);
	memset(out, 0, sizeof(*out));
	cache_store_count(cache->store, out);
	out->ending = lease_keeper_ending(cache->keeper);
	out->flights = flight_table_flights(cache->flights);
	out->waiters = flight_table_waiters(cache->flights);
	if (cache->kv != NULL)
		kv_count(cache->kv, out);
}

mono_ms
cache_enter(struct cache *cache)
{
	mono_ms now = loop_mono(cache->env.loop);

	lease_keeper_expire(cache->keeper, now);
	if (cache->kv != NULL)
		kv_expire(cache->kv, now);
	return now;
}

bool
cache_identity_is_live(const struct cache *cache,
    enum cache_identity_kind identity, uint64_t generation)
{
	return identity != CACHE_IDENTITY_AUTO ||
	    (cache->root != NULL && generation == cache->generation);
}

static bool
serve(struct cache *cache, const struct cache_ask *ask, struct span path,
    struct cache_result *out)
{
	struct cache_entry *entry = cache_store_find(cache->store, &out->key);
	mono_ms now = loop_mono(cache->env.loop);
	struct flight_facts facts;

	if (entry == NULL ||
	    cache_entry_left(entry, now) < floor_of(cache, entry))
		return false;
	touch(cache, entry, now);
	cache_hit_of(entry, now, &out->hit);
	if (lease_keeper_may_replace(entry, now) &&
	    flight_to_join(cache, &out->key) == NULL) {
		facts = facts_of(cache, ask, path, &out->key);
		out->flight = flight_start(cache->flights, &facts);
	}
	return true;
}

static void
serve_static(struct cache *cache, enum kv_verdict verdict,
    struct kv_look *look, struct cache_result *out)
{
	out->is_static = true;
	out->hit = look->hit;
	if (verdict == KV_GIVE)
		return;
	look->facts.epoch = cache_purge_epoch(cache->purge);
	out->key = look->facts.key;
	out->flight = flight_start(cache->flights, &look->facts);
}

/* As fly(), but all readers with one token fetch together. */
static enum cache_verdict
fly_static(struct cache *cache, const struct cache_ask *ask,
    struct kv_look *look, struct cache_result *out)
{
	struct cache_flight *flight;

	look->facts.epoch = cache_purge_epoch(cache->purge);
	out->is_static = true;
	out->has_fallback = look->has_fallback;
	out->key = look->facts.key;
	flight = flight_to_join(cache, &out->key);
	if (flight != NULL && !cache_policy_must_refetch(ask))
		return CACHE_JOIN;
	out->flight = flight == NULL ?
	    flight_start(cache->flights, &look->facts) :
	    flight_start_alone(cache->flights, &look->facts);
	return CACHE_LEAD;
}

/* What would be fetched in its place ahead of its end is the same. */
static span_ms
floor_of(const struct cache *cache, const struct cache_entry *entry)
{
	return entry->life.course == CACHE_COURSE_IN_TURN ? 1 :
	    cache_policy_floor(&cache->options, entry->life.latest);
}

/* A token is in use while what was got with it is. */
static void
touch(struct cache *cache, struct cache_entry *entry, mono_ms now)
{
	unsigned i;

	for (i = 0; entry != NULL && i < ANCESTORS_TOUCHED; i++) {
		cache_store_touch(cache->store, entry, now);
		entry = entry->under == NULL ? NULL :
		    lineage_holder(entry->under);
	}
}

/* Above the floor there is a second at least, or one that was taken off; so
 * the caller is never told of none. */
void
cache_hit_of(const struct cache_entry *entry, mono_ms now,
    struct cache_hit *out)
{
	int64_t remaining_s = cache_entry_left(entry, now) / MS;

	out->answer = cache_answer_ref(entry->answer);
	out->remaining_s = remaining_s > 1 ? remaining_s : 1;
	out->age_s = (now - entry->life.born) / MS;
}

/* Of a write for which there is nothing to find and nobody to join. */
static bool
fly_unkeyed(struct cache *cache, const struct cache_ask *ask, struct span path,
    struct cache_result *out)
{
	struct flight_facts facts;

	if (cache_policy_is_read(ask) ||
	    cache_store_has_path(cache->store, path))
		return false;
	facts = facts_of(cache, ask, path, &out->key);
	if (may_share(cache, &facts))
		return false;
	facts.is_keyed_late = true;
	out->flight = flight_start_alone(cache->flights, &facts);
	return true;
}

/* Who revalidates wants what is fetched from now on, not what is under way. */
static enum cache_verdict
fly(struct cache *cache, const struct cache_ask *ask, struct span path,
    struct cache_result *out)
{
	struct cache_flight *flight = flight_to_join(cache, &out->key);
	struct flight_facts facts;

	if (flight != NULL && !cache_policy_must_refetch(ask))
		return CACHE_JOIN;
	facts = facts_of(cache, ask, path, &out->key);
	if (flight == NULL && may_share(cache, &facts))
		out->flight = flight_start(cache->flights, &facts);
	else
		out->flight = flight_start_alone(cache->flights, &facts);
	return CACHE_LEAD;
}

/* What a revocation overtook on its way brings nothing to share: the next
 * caller leads a new flight. */
static struct cache_flight *
flight_to_join(struct cache *cache, const struct cache_key *key)
{
	struct cache_flight *flight = flight_find(cache->flights, key);

	if (flight == NULL || !flight_has_departed(flight) ||
	    cache_flight_is_current(cache, flight_facts(flight)))
		return flight;
	flight_seclude(flight);
	return NULL;
}

static struct flight_facts
facts_of(const struct cache *cache, const struct cache_ask *ask,
    struct span path, const struct cache_key *key)
{
	struct flight_facts facts = {
		.key = *key,
		.is_read = cache_policy_is_read(ask),
		.identity = ask->identity,
		.generation = ask->generation,
		.epoch = cache_purge_epoch(cache->purge),
		.asked = loop_mono(cache->env.loop)
	};

	cache_key_set_mark(&facts.mark, cache->digest, ask, path);
	return facts;
}

static bool
may_share(struct cache *cache, const struct flight_facts *facts)
{
	enum unshareable_verdict verdict = unshareable_recall(cache->paths,
	    &facts->mark, facts->asked);

	if (facts->is_read)
		return verdict != UNSHAREABLE_YES;
	return verdict == UNSHAREABLE_NO;
}

/* The token of the request, if it is under management. */
struct lineage_token *
cache_parent_of(const struct cache *cache, const struct cache_ask *ask)
{
	switch (ask->identity) {
	case CACHE_IDENTITY_AUTO:
		return cache->root;
	case CACHE_IDENTITY_OWN:
		return lineage_find(cache->lineage, secret_lend(ask->token));
	default:
		return NULL;
	}
}

static bool
is_any(void *arg, const struct flight_facts *facts)
{
	(void)arg;
	(void)facts;
	return true;
}

static void
drop_root(struct cache *cache)
{
	if (cache->root == NULL)
		return;
	flight_table_seclude_auto(cache->flights);
	cache_purge_token(cache->purge, cache->root, CACHE_LEFT_GENERATION);
	lineage_remove(cache->lineage, cache->root);
	cache->root = NULL;
}

static void
drop_orphan(struct cache *cache)
{
	secret_unref(&cache->orphan);
	if (cache->kv != NULL)
		kv_end_generation(cache->kv);
}

static void
on_dropped(void *arg, struct cache_entry *entry, enum cache_cause cause)
{
	struct cache *cache = arg;

	cache_purge_entry(cache->purge, entry, cause);
}
