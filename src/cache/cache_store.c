/*
 * cache_store - all entries: found by key and by lease id, in the order of
 * their use, inside a budget.
 *
 * An entry lies in a slot, which holds its place in the index by lease; so
 * uthash is not seen from an entry. Keys, which each request looks for, have an
 * index of their own. Many entries have one path: it is kept once, counted, and
 * its bytes belong to nobody's account.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "cache_store.h"

#include <stdlib.h>
#include <string.h>

/* For uthash: the process ends in our way when memory does. */
#define uthash_malloc(size) xmalloc(size)
#define uthash_free(memory, size) free(memory)
#include <uthash.h>
#include <utlist.h>

#include "base/lh_assert.h"
#include "base/secret_alloc.h"
#include "base/xalloc.h"
#include "cache_index.h"

struct interned {
	UT_hash_handle hh;
	size_t refs;
	size_t len;
	char text[];
};

struct slot {
	struct interned *path;
	UT_hash_handle by_lease;
	struct cache_entry entry;
};

struct cache_store {
	struct cache_index *by_key;
	struct slot *by_lease;
	struct interned *paths;
	struct cache_entry *lru;	/* the least recently used first */
	struct metrics *metrics;
	size_t max_entries;
	size_t max_bytes;
	size_t entries;
	size_t bytes;
	uint64_t entered;
	uint64_t left[CACHE_LEFT_CAUSES];
};

_Static_assert(METRIC_EVICTED_WRITTEN - METRIC_EVICTED_EXPIRED + 1 ==
    CACHE_LEFT_CAUSES, "a metric for each cause, in their order");

static bool is_crowded(const struct cache_store *store);
static struct slot *slot_of(struct cache_entry *entry);
static struct interned *find_path(const struct cache_store *store,
    struct span path);
static struct interned *intern(struct cache_store *store, struct span path);
static void unintern(struct cache_store *store, struct interned *path);
static void show(const struct cache_store *store);

struct cache_store *
cache_store_new(const struct cache_options *options, struct metrics *metrics)
{
	struct cache_store *store = xcalloc(1, sizeof(*store));

	store->max_entries = options->max_entries;
	store->max_bytes = options->max_bytes;
	store->metrics = metrics;
	store->by_key = cache_index_new();
	return store;
}

void
cache_store_free(struct cache_store *store)
{
	if (store == NULL)
		return;
	lh_assert(store->entries == 0 && store->paths == NULL);
	cache_index_free(store->by_key);
	free(store);
}

struct cache_entry *
cache_store_add(struct cache_store *store, const struct cache_record *record)
{
	struct slot *slot = xcalloc(1, sizeof(*slot));
	struct cache_entry *entry = &slot->entry;

	lh_assert(cache_store_find(store, &record->key) == NULL);
	cache_entry_init(entry, record);
	slot->path = intern(store, record->path);
	entry->path = (struct span){ slot->path->text, slot->path->len };
	entry->bytes += sizeof(*slot);
	cache_index_add(store->by_key, entry);
	if (entry->lease_id != NULL)
		HASH_ADD_KEYPTR(by_lease, store->by_lease, entry->lease_id,
		    strlen(entry->lease_id), slot);
	DL_APPEND2(store->lru, entry, lru_prev, lru_next);
	store->entries++;
	store->entered++;
	store->bytes += entry->bytes;
	metrics_add(store->metrics, METRIC_CACHE_ENTERED, 1);
	show(store);
	return entry;
}

void
cache_store_remove(struct cache_store *store, struct cache_entry *entry,
    enum cache_cause cause)
{
	struct slot *slot = slot_of(entry);

	cache_store_hide(store, entry);
	if (entry->lease_id != NULL)
		HASH_DELETE(by_lease, store->by_lease, slot);
	DL_DELETE2(store->lru, entry, lru_prev, lru_next);
	lh_assert(store->entries > 0 && store->bytes >= entry->bytes);
	store->entries--;
	store->bytes -= entry->bytes;
	store->left[cause]++;
	metrics_add(store->metrics, METRIC_EVICTED_EXPIRED + cause, 1);
	unintern(store, slot->path);
	cache_entry_release(entry);
	secret_free(slot);
	show(store);
}

void
cache_store_hide(struct cache_store *store, struct cache_entry *entry)
{
	if (!entry->is_keyed)
		return;
	cache_index_remove(store->by_key, entry);
	entry->is_keyed = false;
}

struct cache_entry *
cache_store_find(const struct cache_store *store, const struct cache_key *key)
{
	return cache_index_find(store->by_key, key);
}

struct cache_entry *
cache_store_find_lease(const struct cache_store *store, struct span lease_id)
{
	struct slot *slot;

	if (lease_id.len == 0)
		return NULL;
	HASH_FIND(by_lease, store->by_lease, lease_id.ptr, lease_id.len, slot);
	return slot == NULL ? NULL : &slot->entry;
}

bool
cache_store_has_path(const struct cache_store *store, struct span path)
{
	return find_path(store, path) != NULL;
}

/* A move writes to the neighbours too, which are somewhere in memory. */
void
cache_store_touch(struct cache_store *store, struct cache_entry *entry,
    mono_ms now)
{
	if (now - entry->moved < CACHE_STORE_ORDER_MS && !is_crowded(store))
		return;
	entry->moved = now;
	if (entry->lru_next == NULL)
		return;
	DL_DELETE2(store->lru, entry, lru_prev, lru_next);
	DL_APPEND2(store->lru, entry, lru_prev, lru_next);
}

struct cache_entry *
cache_store_excess(const struct cache_store *store)
{
	if (store->entries <= store->max_entries &&
	    store->bytes <= store->max_bytes)
		return NULL;
	return store->lru;
}

struct cache_entry *
cache_store_first(const struct cache_store *store)
{
	return store->lru;
}

size_t
cache_store_entries(const struct cache_store *store)
{
	return store->entries;
}

void
cache_store_count(const struct cache_store *store, struct cache_counts *out)
{
	out->entries = store->entries;
	out->bytes = store->bytes;
	out->entered = store->entered;
	memcpy(out->left, store->left, sizeof(out->left));
}

/* More than three quarters of the budget are taken. */
static bool
is_crowded(const struct cache_store *store)
{
	return store->entries > store->max_entries / 4 * 3 ||
	    store->bytes > store->max_bytes / 4 * 3;
}

static struct slot *
slot_of(struct cache_entry *entry)
{
	return lh_container_of(entry, struct slot, entry);
}

static struct interned *
find_path(const struct cache_store *store, struct span path)
{
	struct interned *found;

	HASH_FIND(hh, store->paths, path.ptr, path.len, found);
	return found;
}

static struct interned *
intern(struct cache_store *store, struct span path)
{
	struct interned *found = find_path(store, path);

	if (found == NULL) {
		found = xcalloc(1, sizeof(*found) + path.len);
		found->len = path.len;
		memcpy(found->text, path.ptr, path.len);
		HASH_ADD(hh, store->paths, text, path.len, found);
	}
	found->refs++;
	return found;
}

static void
unintern(struct cache_store *store, struct interned *path)
{
	lh_assert(path->refs > 0);
	if (--path->refs > 0)
		return;
	HASH_DELETE(hh, store->paths, path);
	free(path);
}

static void
show(const struct cache_store *store)
{
	metrics_set(store->metrics, METRIC_CACHE_ENTRIES,
	    (int64_t)store->entries);
	metrics_set(store->metrics, METRIC_CACHE_BYTES,
	    (int64_t)store->bytes);
}
