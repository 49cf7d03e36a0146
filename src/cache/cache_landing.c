/*
 * cache_landing - how what was fetched comes in: its leader brings the answer,
 * or says that there is none to share.
 *
 * A flight that something overtook (a revocation, a write, the end of our
 * token) brings nothing in, however good its answer is.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "cache_arrival.h"
#include "cache_entrance.h"
#include "cache_policy.h"
#include "cache_priv.h"

static void note_vain(struct cache *cache, const struct cache_flight *flight);

void
cache_depart(struct cache *cache, struct cache_flight *flight)
{
	flight_depart(flight, cache_purge_epoch(cache->purge),
	    loop_mono(cache->env.loop));
}

bool
cache_wants(const struct cache *cache, const struct cache_flight *flight,
    const struct http_head *head)
{
	const struct flight_facts *facts = flight_facts(flight);

	return cache_flight_is_current(cache, facts) &&
	    ((facts->is_static && kv_wants(cache->kv, facts, head)) ||
	    cache_policy_wants(head, cache->options.max_entry_bytes));
}

bool
cache_fill(struct cache *cache, struct cache_flight **flight,
    const struct cache_ask *ask, const struct http_head *head,
    struct span body)
{
	struct cache_arrival arrival = {
		.ask = ask, .facts = flight_facts(*flight), .head = head,
		.body = body
	};
	struct cache_hit hit;

	arrival.now = cache_enter(cache);
	arrival.wall = loop_wall(cache->env.loop);
	arrival.is_managed = cache_parent_of(cache, ask) != NULL;
	if (!cache_flight_is_current(cache, arrival.facts)) {
		cache_release(cache, flight);
		return false;
	}
	if (!cache_entrance_let_in(cache, &arrival, &hit)) {
		if (head->status < 300)
			cache_note_path(cache, flight_facts(*flight), false);
		cache_release(cache, flight);
		return false;
	}
	flight_land(flight, &hit);
	cache_answer_unref(&hit.answer);
	cache_entrance_make_room(cache);
	return true;
}

void
cache_share_none(struct cache *cache, struct cache_flight **flight)
{
	const struct flight_facts *facts = flight_facts(*flight);

	cache_note_path(cache, facts, false);
	if (facts->is_static && cache_flight_is_current(cache, facts))
		kv_not_static(cache->kv, facts);
	cache_release(cache, flight);
}

void
cache_release(struct cache *cache, struct cache_flight **flight)
{
	note_vain(cache, *flight);
	flight_release(flight);
}

/* Those that wait for a static answer are given the old one, if Vault is
 * away. */
void
cache_fail(struct cache *cache, struct cache_flight **flight)
{
	const struct flight_facts *facts = flight_facts(*flight);
	struct cache_hit hit;

	note_vain(cache, *flight);
	if (facts->is_static && kv_fallback(cache->kv, facts, &hit)) {
		flight_land(flight, &hit);
		cache_answer_unref(&hit.answer);
		return;
	}
	flight_fail(flight);
}

/* Only what differs from the rule for its method takes room. */
void
cache_note_path(struct cache *cache, const struct flight_facts *facts,
    bool is_shared)
{
	if (facts->is_static)
		return;		/* kv.c remembers for itself */
	if (is_shared == facts->is_read)
		unshareable_forget(cache->paths, &facts->mark);
	else
		unshareable_note(cache->paths, &facts->mark, is_shared ?
		    UNSHAREABLE_NO : UNSHAREABLE_YES,
		    loop_mono(cache->env.loop));
}

/* A flight that was to bring a successor and did not. */
static void
note_vain(struct cache *cache, const struct cache_flight *flight)
{
	const struct flight_facts *facts = flight_facts(flight);
	struct cache_entry *entry = facts->is_keyed_late ? NULL :
	    cache_store_find(cache->store, &facts->key);

	if (entry != NULL)
		lease_keeper_replace_failed(entry,
		    loop_mono(cache->env.loop));
}

/* Else what it brings may be dead already. */
bool
cache_flight_is_current(const struct cache *cache,
    const struct flight_facts *facts)
{
	return cache_identity_is_live(cache, facts->identity, facts->generation) &&
	    facts->epoch == cache_purge_epoch(cache->purge) &&
	    (!facts->is_static || kv_is_current(cache->kv, facts));
}
