/*
 * kv_priv - static answers as the files of kv see them.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_SRC_CACHE_KV_PRIV_H
#define LH_SRC_CACHE_KV_PRIV_H

#include "kv.h"
#include "kv_gate.h"
#include "kv_path.h"
#include "kv_rights.h"
#include "kv_rows.h"
#include "kv_watch.h"

#define KV_SLOTS 1024

struct kv_place;		/* a path with entries */

struct kv_entry {
	struct kv *kv;
	struct cache_entry *entry;
	const struct cache_static_row *row;
	struct kv_place *place;
	struct deadline_item expiry;
	mono_ms end;			/* as the secret tells, or never */
	bool is_negative;
	struct kv_entry *prev;
	struct kv_entry *next;
};

struct kv {
	struct kv_env env;
	struct cache_static_options options;
	struct kv_rights *rights;
	struct kv_watchers *watchers;
	struct kv_gate gate;
	struct kv_place *places;
	struct deadline_heap *expiries;
	struct loop_timer *timer;
	size_t entries;
	uint64_t written[KV_SLOTS];
};

/* A read, with all that follows from it. */
struct kv_target {
	struct kv_path path;
	const struct cache_static_row *row;
	struct cache_key entry;
	struct cache_key reader;
	struct kv_entry *found;		/* by the look-up */
};

/* That write was done, or may have been, or was turned away; status 0: no
 * answer came. */
void kv_write_heard(struct kv *kv, const struct cache_ask *ask,
    unsigned status);
unsigned kv_write_slot(const struct kv *kv, struct span text);

/* The entry that holds the answer from now on. NULL: it cannot be one. */
struct cache_entry *kv_entries_put(struct kv *kv,
    const struct kv_arrival *arrival, const struct kv_target *target);
void kv_entries_drop(struct kv_entry *entry, enum cache_cause cause);
/* What to do to an entry; it may go. */
typedef void kv_entry_fn(struct kv_entry *entry);
/* A write was done to it. */
kv_entry_fn kv_entries_written;
/* A write may have been done to it: it is old from now on. */
kv_entry_fn kv_entries_doubted;
/* To all of that path; to all. */
void kv_entries_of_path(struct kv *kv, struct span text, kv_entry_fn *fn);
void kv_entries_all(struct kv *kv, kv_entry_fn *fn);
void kv_entries_on_timer(void *arg);

#endif
