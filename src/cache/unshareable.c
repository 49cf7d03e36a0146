/*
 * unshareable - what answers of a path were seen to be: shared, or not.
 *
 * uthash walks its items in the order in which they were added; a verdict
 * that is noted again is added again, unless it is young. So the first is
 * always the oldest.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "unshareable.h"

#include <stdlib.h>

/* For uthash: the process ends in our way when memory does. */
#define uthash_malloc(size) xmalloc(size)
#define uthash_free(memory, size) free(memory)
#include <uthash.h>

#include "base/xalloc.h"
#include "cache_key.h"

/* What was noted less than this part of its time ago is left as it is. */
#define YOUNG_PART 8

struct remembered {
	struct cache_key mark;
	mono_ms until;
	enum unshareable_verdict verdict;
	UT_hash_handle hh;
};

struct unshareable {
	struct remembered *all;
	unsigned max;
	span_ms keep;
};

static struct remembered *find(const struct unshareable *memory,
    const struct cache_key *mark);
static void drop(struct unshareable *memory, struct remembered *item);

struct unshareable *
unshareable_new(unsigned max, span_ms keep)
{
	struct unshareable *memory = xcalloc(1, sizeof(*memory));

	memory->max = max;
	memory->keep = keep;
	return memory;
}

void
unshareable_free(struct unshareable *memory)
{
	if (memory == NULL)
		return;
	while (memory->all != NULL)
		drop(memory, memory->all);
	free(memory);
}

void
unshareable_note(struct unshareable *memory, const struct cache_key *mark,
    enum unshareable_verdict verdict, mono_ms now)
{
	struct remembered *item = find(memory, mark);

	if (item != NULL && item->verdict == verdict &&
	    item->until - now > memory->keep - memory->keep / YOUNG_PART)
		return;
	if (item != NULL)
		drop(memory, item);
	if (memory->max == 0)
		return;
	if (HASH_COUNT(memory->all) >= memory->max)
		drop(memory, memory->all);
	item = xcalloc(1, sizeof(*item));
	item->mark = *mark;
	item->verdict = verdict;
	item->until = now + memory->keep;
	HASH_ADD_BYHASHVALUE(hh, memory->all, mark.digest, DIGEST_BYTES,
	    cache_key_hash(mark), item);
}

enum unshareable_verdict
unshareable_recall(struct unshareable *memory, const struct cache_key *mark,
    mono_ms now)
{
	struct remembered *item = find(memory, mark);

	if (item == NULL)
		return UNSHAREABLE_UNKNOWN;
	if (now < item->until)
		return item->verdict;
	drop(memory, item);
	return UNSHAREABLE_UNKNOWN;
}

void
unshareable_forget(struct unshareable *memory, const struct cache_key *mark)
{
	struct remembered *item = find(memory, mark);

	if (item != NULL)
		drop(memory, item);
}

size_t
unshareable_count(const struct unshareable *memory)
{
	return HASH_COUNT(memory->all);
}

static struct remembered *
find(const struct unshareable *memory, const struct cache_key *mark)
{
	struct remembered *item;

	HASH_FIND_BYHASHVALUE(hh, memory->all, mark->digest, DIGEST_BYTES,
	    cache_key_hash(mark), item);
	return item;
}

static void
drop(struct unshareable *memory, struct remembered *item)
{
	HASH_DELETE(hh, memory->all, item);
	free(item);
}
