/*
 * cache_index - entries by their keys.
 *
 * Among many entries what a look-up costs is waiting for memory: a table, an
 * entry and an answer which no cache of the processor has, each found by the
 * one before; uthash, which chains the entries themselves, touches those that
 * are not meant as well. So a place of the table tells by a part of the key
 * whether the entry is the one, and names the answer too: both are asked for at
 * once, and come while other things are done.
 *
 * The table is open: what finds its place taken goes to the next one that is
 * free. A key is a digest already and tells its place. Whatever stands behind
 * a place that becomes free moves up, so that no search ends too early. The
 * table doubles without a look at the entries.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "cache_index.h"

#include <stdlib.h>
#include <string.h>

#include "base/lh_assert.h"
#include "base/xalloc.h"
#include "cache_key.h"

#define PLACES_AT_FIRST 64
#define LINE_BYTES 64		/* of the processor's caches */
#define ENTRY_HOT_BYTES 192	/* of a hit; a line begins anywhere in it */
#define ANSWER_HOT_BYTES 768	/* with the entry: what may come at once */

struct place {
	unsigned hash;
	struct cache_entry *entry;	/* NULL: free */
	const struct cache_answer *answer;
};

struct cache_index {
	struct place *places;
	size_t mask;			/* their number, a power of 2, less 1 */
	size_t count;
};

static void expect(const void *memory, size_t bytes);
static bool is_full(const struct cache_index *index);
static void grow(struct cache_index *index);
static void put(struct cache_index *index, const struct place *place);
static size_t place_of(const struct cache_index *index,
    const struct cache_entry *entry);
static void close_up(struct cache_index *index, size_t at);

struct cache_index *
cache_index_new(void)
{
	struct cache_index *index = xcalloc(1, sizeof(*index));

	index->places = xcalloc(PLACES_AT_FIRST, sizeof(index->places[0]));
	index->mask = PLACES_AT_FIRST - 1;
	return index;
}

void
cache_index_free(struct cache_index *index)
{
	if (index == NULL)
		return;
	free(index->places);
	free(index);
}

struct cache_entry *
cache_index_find(const struct cache_index *index, const struct cache_key *key)
{
	unsigned hash = cache_key_hash(key);
	const struct place *place;
	size_t at = hash & index->mask;

	for (;; at = (at + 1) & index->mask) {
		place = &index->places[at];
		if (place->entry == NULL)
			return NULL;
		if (place->hash != hash)
			continue;
		expect(place->entry, ENTRY_HOT_BYTES);
		expect(place->answer, ANSWER_HOT_BYTES);
		if (memcmp(&place->entry->key, key, sizeof(*key)) == 0)
			return place->entry;
	}
}

void
cache_index_add(struct cache_index *index, struct cache_entry *entry)
{
	struct place place = {
		.hash = cache_key_hash(&entry->key),
		.entry = entry,
		.answer = entry->answer
	};

	if (is_full(index))
		grow(index);
	put(index, &place);
	index->count++;
}

void
cache_index_remove(struct cache_index *index, const struct cache_entry *entry)
{
	close_up(index, place_of(index, entry));
	index->count--;
}

/* What of it lies in memory alone comes to the processor meanwhile. */
static void
expect(const void *memory, size_t bytes)
{
	const char *start = memory;

	for (size_t at = 0; at < bytes; at += LINE_BYTES)
		__builtin_prefetch(start + at);
}

/* A quarter stays free. */
static bool
is_full(const struct cache_index *index)
{
	return index->count >= (index->mask + 1) / 4 * 3;
}

static void
grow(struct cache_index *index)
{
	struct place *old = index->places;
	size_t old_places = index->mask + 1;

	index->places = xcalloc(old_places * 2, sizeof(old[0]));
	index->mask = old_places * 2 - 1;
	for (size_t i = 0; i < old_places; i++)
		if (old[i].entry != NULL)
			put(index, &old[i]);
	free(old);
}

static void
put(struct cache_index *index, const struct place *place)
{
	size_t at = place->hash & index->mask;

	while (index->places[at].entry != NULL)
		at = (at + 1) & index->mask;
	index->places[at] = *place;
}

static size_t
place_of(const struct cache_index *index, const struct cache_entry *entry)
{
	size_t at = cache_key_hash(&entry->key) & index->mask;

	while (index->places[at].entry != entry) {
		lh_assert(index->places[at].entry != NULL);
		at = (at + 1) & index->mask;
	}
	return at;
}

/* One that stands between its own place and the free one, seen backwards, may
 * take that. */
static void
close_up(struct cache_index *index, size_t at)
{
	size_t hole = at, home;

	for (;;) {
		at = (at + 1) & index->mask;
		if (index->places[at].entry == NULL)
			break;
		home = index->places[at].hash & index->mask;
		if (((at - home) & index->mask) < ((at - hole) & index->mask))
			continue;
		index->places[hole] = index->places[at];
		hole = at;
	}
	index->places[hole] = (struct place){ 0 };
}
