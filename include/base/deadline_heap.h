/*
 * deadline_heap - things that fall due, soonest first; pure.
 *
 * Owns:       an array of pointers. Items are embedded in their owners and
 *             know their place, so that moving and removing are O(log n).
 * Invariant:  an item is in at most one heap; its index tells whether.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_BASE_DEADLINE_HEAP_H
#define LH_BASE_DEADLINE_HEAP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/timesource.h"

#define DEADLINE_ABSENT ((size_t)-1)

struct deadline_item {
	mono_ms due;
	size_t index;		/* DEADLINE_ABSENT while in no heap */
};

struct deadline_heap;

struct deadline_heap *deadline_heap_new(void);
void deadline_heap_free(struct deadline_heap *heap);	/* items stay theirs */

void deadline_item_init(struct deadline_item *item);
bool deadline_item_is_set(const struct deadline_item *item);

/* Adds the item, or moves it when it is there. */
void deadline_heap_set(struct deadline_heap *heap, struct deadline_item *item,
    mono_ms due);
void deadline_heap_remove(struct deadline_heap *heap,
    struct deadline_item *item);		/* absent: nothing */

/* The soonest item, or NULL; stays in. */
struct deadline_item *deadline_heap_first(const struct deadline_heap *heap);
/* Takes the soonest item out if it is due, else NULL. */
struct deadline_item *deadline_heap_pop(struct deadline_heap *heap,
    mono_ms now);
size_t deadline_heap_count(const struct deadline_heap *heap);

#endif
