/*
 * persist_priv - the persistent cache as its files see it.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_CACHE_PERSIST_PRIV_H
#define LH_CACHE_PERSIST_PRIV_H

#include <stdlib.h>

#include "base/backoff.h"
#include "base/sealed_log.h"
#include "base/xalloc.h"
#include "cache/persist.h"
#include "persist_folder.h"
#include "persist_record.h"

#define PERSIST_FLUSH_BYTES (256 * 1024)	/* of a frame, mostly */
#define PERSIST_MAX_HEAD_BYTES (256 * 1024)	/* of a record, less its body */

/* An entry that is in the file. */
struct persist_item {
	struct cache_entry *entry;
	uint64_t id;
	size_t bytes;			/* of its record */
	bool is_granted;
	struct persist_item *prev;
	struct persist_item *next;
};

/* A file, and what waits to be its next frame. */
struct persist_stream {
	struct sealed_log *log;		/* NULL: there is none */
	struct bytes pending;
	uint64_t synced_at;		/* its bytes then */
};

struct persist {
	struct persist_options options;
	struct persist_env env;
	struct cache *cache;
	struct persist_folder *folder;
	struct secret *key;
	struct persist_stream now;
	struct persist_stream next;	/* takes the place of now when done */
	struct persist_item *items;	/* in the order of their ids */
	struct persist_item *cursor;	/* the first that next still lacks */
	uint64_t last_id;
	uint64_t live_bytes;
	struct persist_token token;	/* secret NULL: none */
	span_ms wall_ahead;		/* of the clock of the loop, at most */
	struct loop_timer *flush;
	struct loop_timer *step;
	struct loop_timer *look;	/* at the key */
	struct backoff backoff;
	bool is_off;			/* nothing is written any more */
	bool is_unsettled;		/* an end is not on the disk */
	bool is_left_behind;		/* a file that could not be removed */
	size_t entries;
	uint64_t restored;
};

/* persist.c: */
struct persist_item *persist_item_add(struct persist *persist,
    struct cache_entry *entry);
void persist_item_drop(struct persist *persist, struct persist_item *item);
/* What a moment of the loop's clock is to be taken for in the file; less than
 * before when that of the wall was turned back. */
span_ms persist_wall_ahead(const struct persist *persist);
/* A change, into all files there are. */
void persist_put(struct persist *persist, enum persist_kind kind,
    const struct bytes *record);
/* What there is to be said of our token. */
enum persist_kind persist_write_token(const struct persist *persist,
    struct bytes *record);
void persist_stream_put(struct persist *persist,
    struct persist_stream *stream, enum persist_kind kind,
    const struct bytes *record);
enum lh_err persist_stream_flush(struct persist_stream *stream,
    struct lh_cause *cause) LH_MUSTCHECK;
size_t persist_max_record(const struct persist *persist);
void persist_room(const struct persist *persist, struct bytes *record);

/* persist_rewrite.c: */
/* A new file with all there is, at once. */
enum lh_err persist_rewrite(struct persist *persist, struct lh_cause *cause)
    LH_MUSTCHECK;
uint64_t persist_max_bytes(const struct persist *persist);
void persist_rewrite_if_due(struct persist *persist);
void persist_on_step(void *arg);
/* False: it is not one to be kept. */
bool persist_write_item(struct persist *persist,
    const struct persist_item *item, struct bytes *record);
void persist_life_of(const struct persist *persist,
    const struct cache_entry *entry, struct persist_life *out);
void persist_give_up_next(struct persist *persist);
/* The file cannot be written: it goes, and is made anew after a while. */
void persist_fail(struct persist *persist, const struct lh_cause *cause);
void persist_take_away(struct persist *persist);
void persist_show(const struct persist *persist);

#endif
