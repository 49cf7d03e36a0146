/*
 * cache_entrance - see cache_entrance.h. What has the same key, lease or token
 * leaves first; then the entry gets its place among the tokens, and its lease
 * its keeper.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "cache_entrance.h"

#include "cache_key.h"
#include "cache_policy.h"

static struct lineage_token *fate_of(const struct cache *cache,
    const struct cache_arrival *arrival);
static bool share_arrival(const struct cache_arrival *arrival,
    struct cache_hit *out);
static bool let_in_leased(struct cache *cache, struct cache_arrival *arrival,
    struct cache_hit *out);
static bool find_key(const struct cache *cache,
    struct cache_arrival *arrival);
static bool store_arrival(struct cache *cache,
    struct cache_arrival *arrival, struct cache_hit *out);
static bool clear_place(struct cache *cache,
    const struct cache_arrival *arrival);
static void replace(struct cache *cache, struct cache_entry *old);
static struct cache_entry *enter(struct cache *cache,
    const struct cache_arrival *arrival, struct cache_answer *answer);

/* The token with which the entry falls. An orphan outlives the token that made
 * it; but what was got with ours is found under its generation alone. */
static struct lineage_token *
fate_of(const struct cache *cache, const struct cache_arrival *arrival)
{
	if (arrival->verdict == CACHE_POLICY_KEEP_TOKEN &&
	    arrival->envelope.auth.orphan &&
	    arrival->ask->identity != CACHE_IDENTITY_AUTO)
		return NULL;
	return cache_parent_of(cache, arrival->ask);
}

static bool
share_arrival(const struct cache_arrival *arrival, struct cache_hit *out)
{
	*out = (struct cache_hit){
		.answer = cache_answer_new(arrival->head, arrival->body,
		    &arrival->marks)
	};
	return out->answer != NULL;
}

bool
cache_entrance_let_in(struct cache *cache, struct cache_arrival *arrival,
    struct cache_hit *out)
{
	struct kv_arrival answer = { arrival->ask, arrival->facts,
	    arrival->head, arrival->body };

	if (!arrival->facts->is_static)
		return let_in_leased(cache, arrival, out);
	if (kv_fill(cache->kv, &answer, out))
		return true;
	if (arrival->head->status < 300)
		kv_not_static(cache->kv, arrival->facts);
	return let_in_leased(cache, arrival, out);
}

static bool
let_in_leased(struct cache *cache, struct cache_arrival *arrival,
    struct cache_hit *out)
{
	bool is_kept = cache_arrival_read(arrival, &cache->options) &&
	    (arrival->verdict == CACHE_POLICY_SHARE ?
	    share_arrival(arrival, out) :
	    store_arrival(cache, arrival, out));

	cache_arrival_release(arrival);
	if (is_kept)
		cache_note_path(cache, arrival->facts, true);
	return is_kept;
}

/* Where it is to lie: of a flight without a key that is found out now; and what
 * was taken for static and holds a lease after all lies where leases lie. */
static bool
find_key(const struct cache *cache, struct cache_arrival *arrival)
{
	const struct flight_facts *facts = arrival->facts;
	struct cache_key_path path LH_ROOM;

	arrival->key = facts->key;
	return (!facts->is_static && !facts->is_keyed_late) ||
	    (cache_key_path_set(&path, arrival->ask) == LH_OK &&
	    cache_key_set(&arrival->key, &cache->keyer, arrival->ask,
	    path.text) == LH_OK);
}

static bool
store_arrival(struct cache *cache, struct cache_arrival *arrival,
    struct cache_hit *out)
{
	struct cache_answer *answer;
	struct cache_entry *entry = NULL;

	if (!find_key(cache, arrival))
		return false;
	answer = cache_answer_new(arrival->head, arrival->body,
	    &arrival->marks);
	if (answer != NULL && clear_place(cache, arrival))
		entry = enter(cache, arrival, answer);
	cache_answer_unref(&answer);
	if (entry == NULL)
		return false;
	cache_hit_of(entry, arrival->now, out);
	return true;
}

/* What has the same key, lease or token leaves. False: the token is our own, or
 * the one that the request needs left as well. */
static bool
clear_place(struct cache *cache, const struct cache_arrival *arrival)
{
	bool is_token = arrival->verdict == CACHE_POLICY_KEEP_TOKEN;
	struct cache_entry *old;
	struct lineage_token *known = NULL;

	old = cache_store_find(cache->store, &arrival->key);
	if (old != NULL)
		replace(cache, old);
	if (is_token)
		known = lineage_find(cache->lineage,
		    secret_lend(arrival->envelope.auth.token));
	if (known != NULL && lineage_holder(known) == NULL)
		return false;
	old = known != NULL ? lineage_holder(known) : NULL;
	if (!is_token)
		old = cache_store_find_lease(cache->store,
		    span_of(arrival->envelope.lease_id));
	if (old != NULL)
		cache_purge_entry(cache->purge, old, CACHE_LEFT_REPLACED);
	return cache_parent_of(cache, arrival->ask) != NULL ||
	    (is_token && arrival->envelope.auth.orphan);
}

/* A token that somebody still works with is only not given out again. */
static void
replace(struct cache *cache, struct cache_entry *old)
{
	if (old->holds == NULL || lineage_first(old->holds) == NULL) {
		cache_purge_entry(cache->purge, old, CACHE_LEFT_REPLACED);
		return;
	}
	cache_store_hide(cache->store, old);
	CACHE_JOURNAL_TELL(cache->env.journal, hidden, old);
}

/* NULL: the path does not fit, which its look-up would have found. */
static struct cache_entry *
enter(struct cache *cache, const struct cache_arrival *arrival,
    struct cache_answer *answer)
{
	bool is_token = arrival->verdict == CACHE_POLICY_KEEP_TOKEN;
	const struct vault_envelope *envelope = &arrival->envelope;
	struct cache_key_path path LH_ROOM;
	struct cache_entry *entry;
	struct cache_record record = {
		.key = arrival->key,
		.answer = answer,
		.lease_id = is_token ? NULL : envelope->lease_id,
		.ns_len = cache_key_namespace_bytes(arrival->ask),
		.life = arrival->life
	};

	if (cache_key_path_set(&path, arrival->ask) != LH_OK)
		return NULL;
	record.path = path.text;
	entry = cache_store_add(cache->store, &record);
	lineage_link(fate_of(cache, arrival), entry);
	if (is_token)
		entry->holds = lineage_add(cache->lineage,
		    envelope->auth.token, envelope->auth.accessor, entry);
	lease_keeper_take(cache->keeper, entry, arrival->now);
	CACHE_JOURNAL_TELL(cache->env.journal, entered, entry);
	return entry;
}

void
cache_entrance_make_room(struct cache *cache)
{
	struct cache_entry *entry;

	while ((entry = cache_store_excess(cache->store)) != NULL) {
		if (cache->options.revoke_evicted)
			lease_revoker_add(cache->revoker, entry);
		cache_purge_entry(cache->purge, entry, CACHE_LEFT_CROWDED);
	}
}
