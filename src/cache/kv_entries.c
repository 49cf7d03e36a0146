/*
 * kv_entries - static entries: each hangs at the place of its path, and leaves
 * when it is of no more use.
 *
 * The age of an answer is counted from the moment it was asked for, and an
 * answer does not take the place of one that was asked for later. A secret of
 * KV version 2 may tell that it is deleted at some time: then it is gone.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "kv_priv.h"

#include <stdlib.h>
#include <string.h>

/* For uthash: the process ends in our way when memory does. */
#define uthash_malloc(size) xmalloc(size)
#define uthash_free(memory, size) free(memory)
#include <uthash.h>
#include <utlist.h>

#include "base/lh_assert.h"
#include "base/moment.h"
#include "base/xalloc.h"
#include "vault/vault_scan.h"

#define MAX_NAP_MS 60000
#define NEVER INT64_MAX

struct kv_place {
	struct kv_entry *first;
	UT_hash_handle hh;
	size_t len;
	char text[];
};

static void visit(struct kv_place *place, kv_entry_fn *fn);
static bool is_same(const struct cache_entry *old,
    const struct cache_tags *tags);
static struct cache_entry *enter(struct kv *kv,
    const struct kv_arrival *arrival, const struct kv_target *target,
    const struct cache_tags *tags);
static void link_entry(struct kv *kv, struct cache_entry *entry,
    const struct cache_static_row *row);
static mono_ms end_of(const struct loop *loop, struct span body);
static struct kv_place *place_of(struct kv *kv, struct span text);
static void set_life(struct kv_entry *entry, mono_ms born);
static void cut_life(struct kv_entry *entry, mono_ms end);
static void arm_timer(struct kv *kv);

/* The same value again keeps the old bytes, and so its ETag. */
struct cache_entry *
kv_entries_put(struct kv *kv, const struct kv_arrival *arrival,
    const struct kv_target *target)
{
	struct cache_entry *old = cache_store_find(kv->env.store,
	    &target->entry);
	struct cache_tags tags;

	cache_tags_set(&tags, kv->env.digest, arrival->head->status,
	    arrival->body);
	if (old != NULL && old->life.born > arrival->facts->asked)
		return old;
	if (old != NULL && is_same(old, &tags)) {
		set_life(old->kv, arrival->facts->asked);
		CACHE_JOURNAL_TELL(kv->env.cache->journal, renewed, old);
		return old;
	}
	if (old != NULL)
		kv_entries_drop(old->kv, CACHE_LEFT_REPLACED);
	return enter(kv, arrival, target, &tags);
}

bool
kv_restore(struct kv *kv, const struct cache_record *record)
{
	const struct cache_static_row *row = kv_rows_match(&kv->options,
	    record->path);
	bool is_negative = cache_answer_status(record->answer) == 404;
	mono_ms now = loop_mono(kv->env.cache->loop);
	struct cache_entry *entry;

	if (row == NULL || kv_rows_fresh(row, is_negative,
	    now - record->life.born) == KV_GONE)
		return false;
	entry = cache_store_add(kv->env.store, record);
	link_entry(kv, entry, row);
	if (entry->kv->end != NEVER && entry->kv->end > record->life.expires)
		cut_life(entry->kv, record->life.expires);
	return true;
}

void
kv_entries_drop(struct kv_entry *entry, enum cache_cause cause)
{
	struct kv *kv = entry->kv;

	kv->env.drop(kv->env.drop_arg, entry->entry, cause);
}

void
kv_entries_written(struct kv_entry *entry)
{
	kv_entries_drop(entry, CACHE_LEFT_WRITTEN);
}

/* Its life goes on as it was: an outage has the same use for it. */
void
kv_entries_doubted(struct kv_entry *entry)
{
	struct cache_life *life = &entry->entry->life;
	mono_ms now = loop_mono(entry->kv->env.cache->loop);
	mono_ms born = now - entry->row->ttl;

	if (kv_rows_fresh(entry->row, entry->is_negative, now - born) !=
	    KV_OLD) {
		kv_entries_written(entry);
		return;
	}
	if (life->born <= born)
		return;
	life->born = born;
	kv_watch_wake(entry->kv->watchers, &entry->entry->key);
}

void
kv_entries_of_path(struct kv *kv, struct span text, kv_entry_fn *fn)
{
	struct kv_place *place;

	HASH_FIND(hh, kv->places, text.ptr, text.len, place);
	if (place != NULL)
		visit(place, fn);
}

void
kv_entries_all(struct kv *kv, kv_entry_fn *fn)
{
	struct kv_place *place, *next;

	HASH_ITER(hh, kv->places, place, next)
		visit(place, fn);
}

void
kv_forget(struct cache_entry *entry)
{
	struct kv_entry *left = entry->kv;
	struct kv_place *place = left->place;
	struct kv *kv = left->kv;

	kv_watch_wake(kv->watchers, &entry->key);
	deadline_heap_remove(kv->expiries, &left->expiry);
	DL_DELETE(place->first, left);
	if (place->first == NULL) {
		HASH_DEL(kv->places, place);
		free(place);
	}
	kv->entries--;
	entry->kv = NULL;
	free(left);
}

void
kv_expire(struct kv *kv, mono_ms now)
{
	struct deadline_item *item;

	while ((item = deadline_heap_pop(kv->expiries, now)) != NULL)
		kv_entries_drop(lh_container_of(item, struct kv_entry, expiry),
		    CACHE_LEFT_EXPIRED);
}

void
kv_entries_on_timer(void *arg)
{
	struct kv *kv = arg;

	kv_expire(kv, loop_mono(kv->env.cache->loop));
	arm_timer(kv);
}

/* The place goes with its last entry. */
static void
visit(struct kv_place *place, kv_entry_fn *fn)
{
	struct kv_entry *entry, *next;

	for (entry = place->first; entry != NULL; entry = next) {
		next = entry->next;
		fn(entry);
	}
}

static bool
is_same(const struct cache_entry *old, const struct cache_tags *tags)
{
	return strcmp(cache_answer_tags(old->answer)->index, tags->index) == 0;
}

static struct cache_entry *
enter(struct kv *kv, const struct kv_arrival *arrival,
    const struct kv_target *target, const struct cache_tags *tags)
{
	struct cache_answer *answer = cache_answer_new_static(arrival->head,
	    arrival->body, tags);
	mono_ms born = arrival->facts->asked;
	struct cache_record record = {
		.key = target->entry, .answer = answer,
		.path = target->path.text,
		.ns_len = cache_key_namespace_bytes(arrival->ask),
		.life = { .born = born }
	};
	struct cache_entry *entry;

	if (answer == NULL)
		return NULL;
	entry = cache_store_add(kv->env.store, &record);
	cache_answer_unref(&answer);
	link_entry(kv, entry, arrival->facts->row);
	CACHE_JOURNAL_TELL(kv->env.cache->journal, entered, entry);
	return entry;
}

static void
link_entry(struct kv *kv, struct cache_entry *entry,
    const struct cache_static_row *row)
{
	struct kv_entry *linked = xcalloc(1, sizeof(*linked));

	linked->kv = kv;
	linked->entry = entry;
	linked->row = row;
	linked->is_negative = cache_answer_status(entry->answer) == 404;
	linked->end = end_of(kv->env.cache->loop,
	    cache_answer_body(entry->answer));
	linked->place = place_of(kv, entry->path);
	DL_APPEND(linked->place->first, linked);
	deadline_item_init(&linked->expiry);
	entry->kv = linked;
	kv->entries++;
	set_life(linked, entry->life.born);
}

/* What is not a time in there, the empty text above all, says nothing. */
static mono_ms
end_of(const struct loop *loop, struct span body)
{
	struct vault_member member;
	wall_ms end;

	if (vault_scan_member(body,
	    SPAN_LITERAL("data.metadata.deletion_time"), &member) != LH_OK ||
	    moment_of_rfc3339(member.text, &end) != LH_OK)
		return NEVER;
	return loop_mono(loop) + (end - loop_wall(loop));
}

static struct kv_place *
place_of(struct kv *kv, struct span text)
{
	struct kv_place *place;

	HASH_FIND(hh, kv->places, text.ptr, text.len, place);
	if (place != NULL)
		return place;
	place = xcalloc(1, sizeof(*place) + text.len);
	place->len = text.len;
	memcpy(place->text, text.ptr, text.len);
	HASH_ADD(hh, kv->places, text, text.len, place);
	return place;
}

static void
set_life(struct kv_entry *entry, mono_ms born)
{
	struct cache_life *life = &entry->entry->life;

	life->born = born;
	life->granted = kv_rows_life(entry->row, entry->is_negative);
	life->latest = life->granted;
	life->expires = born + life->granted;
	if (life->expires > entry->end)
		life->expires = entry->end;
	deadline_heap_set(entry->kv->expiries, &entry->expiry, life->expires);
	arm_timer(entry->kv);
}

/* The clock that tells the end may have been turned back. */
static void
cut_life(struct kv_entry *entry, mono_ms end)
{
	entry->end = end;
	set_life(entry, entry->entry->life.born);
}

static void
arm_timer(struct kv *kv)
{
	struct deadline_item *first = deadline_heap_first(kv->expiries);
	span_ms nap;

	if (first == NULL)
		return;
	nap = first->due - loop_mono(kv->env.cache->loop);
	if (nap < 0)
		nap = 0;
	loop_timer_set(kv->timer, nap < MAX_NAP_MS ? nap : MAX_NAP_MS);
}
