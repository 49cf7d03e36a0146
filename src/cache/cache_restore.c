/*
 * cache_restore - what an earlier run had: its token, its entries.
 *
 * They are put where an answer that just came would be, less all questions of
 * whether it may be kept, which were asked then.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "cache_restore.h"

#include "cache_entrance.h"
#include "cache_priv.h"

static bool has_place(const struct cache *cache,
    const struct cache_restored *restored);
static struct cache_entry *restore_static(struct cache *cache,
    const struct cache_restored *restored);
static struct lineage_token *token_above(const struct cache *cache,
    const struct cache_restored *restored);

struct cache_entry *
cache_restore_entry(struct cache *cache,
    const struct cache_restored *restored)
{
	struct cache_entry *entry;
	struct secret *token = NULL;

	if (!has_place(cache, restored))
		return NULL;
	if (restored->is_static)
		return restore_static(cache, restored);
	if (restored->token.len > 0 &&
	    (token = secret_new(restored->token)) == NULL)
		return NULL;
	entry = cache_store_add(cache->store, &restored->record);
	lineage_link(token_above(cache, restored), entry);
	if (token != NULL)
		entry->holds = lineage_add(cache->lineage, token,
		    restored->accessor, entry);
	secret_unref(&token);
	lease_keeper_take(cache->keeper, entry, loop_mono(cache->env.loop));
	if (restored->is_hidden)
		cache_store_hide(cache->store, entry);
	return entry;
}

void
cache_restore_end(struct cache *cache)
{
	cache_entrance_make_room(cache);
}

static bool
has_place(const struct cache *cache, const struct cache_restored *restored)
{
	const struct cache_record *record = &restored->record;

	if (cache_store_find(cache->store, &record->key) != NULL ||
	    (record->lease_id != NULL && cache_store_find_lease(cache->store,
	    span_of(record->lease_id)) != NULL))
		return false;
	if (restored->is_static)
		return cache->kv != NULL;
	if (restored->token.len > 0)
		return restored->token.len <= SECRET_MAX_BYTES &&
		    lineage_find(cache->lineage, restored->token) == NULL;
	return token_above(cache, restored) != NULL;
}

static struct cache_entry *
restore_static(struct cache *cache, const struct cache_restored *restored)
{
	const struct cache_ask ask = {
		.identity = CACHE_IDENTITY_AUTO,
		.generation = cache->generation,
		.token = cache->root == NULL ? NULL :
		    lineage_secret(cache->root)
	};
	struct cache_entry *entry;

	if (!kv_restore(cache->kv, &restored->record))
		return NULL;
	entry = cache_store_find(cache->store, &restored->record.key);
	if (restored->is_granted && cache->root != NULL)
		kv_restore_right(cache->kv, &ask, entry);
	return entry;
}

static struct lineage_token *
token_above(const struct cache *cache, const struct cache_restored *restored)
{
	if (restored->is_under_root)
		return cache->root;
	return restored->parent == NULL ? NULL : restored->parent->holds;
}
