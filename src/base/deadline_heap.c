/*
 * deadline_heap - a binary heap of pointers, each item told its place.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "base/deadline_heap.h"

#include <stdlib.h>

#include "base/lh_assert.h"
#include "base/xalloc.h"

#define ROOM_AT_FIRST 16

struct deadline_heap {
	size_t count;
	size_t room;
	struct deadline_item **items;
};

static bool holds(const struct deadline_heap *heap,
    const struct deadline_item *item);
static void put(struct deadline_heap *heap, size_t index,
    struct deadline_item *item);
static void settle(struct deadline_heap *heap, struct deadline_item *item);
static void rise(struct deadline_heap *heap, struct deadline_item *item);
static void sink(struct deadline_heap *heap, struct deadline_item *item);

struct deadline_heap *
deadline_heap_new(void)
{
	return xcalloc(1, sizeof(struct deadline_heap));
}

void
deadline_heap_free(struct deadline_heap *heap)
{
	if (heap == NULL)
		return;
	for (size_t i = 0; i < heap->count; i++)
		heap->items[i]->index = DEADLINE_ABSENT;
	free(heap->items);
	free(heap);
}

void
deadline_item_init(struct deadline_item *item)
{
	item->due = 0;
	item->index = DEADLINE_ABSENT;
}

bool
deadline_item_is_set(const struct deadline_item *item)
{
	return item->index != DEADLINE_ABSENT;
}

void
deadline_heap_set(struct deadline_heap *heap, struct deadline_item *item,
    mono_ms due)
{
	item->due = due;
	if (!deadline_item_is_set(item)) {
		if (heap->count == heap->room) {
			heap->room = heap->room == 0 ? ROOM_AT_FIRST :
			    heap->room * 2;
			heap->items = xreallocarray(heap->items, heap->room,
			    sizeof(heap->items[0]));
		}
		put(heap, heap->count++, item);
	}
	lh_assert(holds(heap, item));
	settle(heap, item);
}

void
deadline_heap_remove(struct deadline_heap *heap, struct deadline_item *item)
{
	struct deadline_item *last;
	size_t index = item->index;

	if (!deadline_item_is_set(item))
		return;
	lh_assert(holds(heap, item));
	item->index = DEADLINE_ABSENT;
	last = heap->items[--heap->count];
	if (last == item)
		return;
	put(heap, index, last);
	settle(heap, last);
}

struct deadline_item *
deadline_heap_first(const struct deadline_heap *heap)
{
	return heap->count == 0 ? NULL : heap->items[0];
}

struct deadline_item *
deadline_heap_pop(struct deadline_heap *heap, mono_ms now)
{
	struct deadline_item *first = deadline_heap_first(heap);

	if (first == NULL || first->due > now)
		return NULL;
	deadline_heap_remove(heap, first);
	return first;
}

size_t
deadline_heap_count(const struct deadline_heap *heap)
{
	return heap->count;
}

static bool
holds(const struct deadline_heap *heap, const struct deadline_item *item)
{
	return item->index < heap->count && heap->items[item->index] == item;
}

static void
put(struct deadline_heap *heap, size_t index, struct deadline_item *item)
{
	heap->items[index] = item;
	item->index = index;
}

/* Finds the right place for an item that is in a place. */
static void
settle(struct deadline_heap *heap, struct deadline_item *item)
{
	rise(heap, item);
	sink(heap, item);
}

static void
rise(struct deadline_heap *heap, struct deadline_item *item)
{
	size_t index = item->index;

	while (index > 0) {
		struct deadline_item *above = heap->items[(index - 1) / 2];

		if (above->due <= item->due)
			break;
		put(heap, index, above);
		index = (index - 1) / 2;
	}
	put(heap, index, item);
}

static void
sink(struct deadline_heap *heap, struct deadline_item *item)
{
	size_t index = item->index;

	for (;;) {
		size_t below = 2 * index + 1;

		if (below >= heap->count)
			break;
		if (below + 1 < heap->count && heap->items[below + 1]->due <
		    heap->items[below]->due)
			below++;
		if (item->due <= heap->items[below]->due)
			break;
		put(heap, index, heap->items[below]);
		index = below;
	}
	put(heap, index, item);
}
