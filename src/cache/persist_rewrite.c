/*
 * persist_rewrite - the file of the persistent cache, made anew.
 *
 * At the start at once; later, when more than half of it is of no more use, a
 * piece at each turn of the loop, with changes going into both files, until
 * the new one is complete, synced, and renamed over the old one. After a
 * failure there is no old one, and the same steps bring one back.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "persist_priv.h"

#include "base/digest.h"
#include "cache_priv.h"

#define STEP_BYTES (256 * 1024)
#define SYNC_BYTES (4 * 1024 * 1024)	/* the last sync has little left */
#define STEP_MS 1
#define WORTH_BYTES (1024 * 1024)	/* a smaller file may be all garbage */
#define MAX_FACTOR 4			/* of max_bytes, and: */
#define MAX_MORE ((uint64_t)64 * 1024 * 1024)

static enum lh_err begin(struct persist *persist, struct lh_cause *cause);
static void put_head(struct persist *persist);
static enum lh_err copy_some(struct persist *persist, struct lh_cause *cause);
static void copy_item(struct persist *persist, struct persist_item *item);
static enum lh_err finish(struct persist *persist, struct lh_cause *cause);
static uint64_t under_of(const struct cache_entry *entry);

enum lh_err
persist_rewrite(struct persist *persist, struct lh_cause *cause)
{
	enum lh_err err = begin(persist, cause);

	while (err == LH_OK && persist->cursor != NULL)
		err = copy_some(persist, cause);
	if (err == LH_OK)
		err = finish(persist, cause);
	return err;
}

void
persist_rewrite_if_due(struct persist *persist)
{
	struct lh_cause cause;

	if (persist->now.log != NULL && sealed_log_bytes(persist->now.log) >
	    persist_max_bytes(persist)) {
		lh_cause_set(&cause, "the file is larger than %d times "
		    "max_bytes", MAX_FACTOR);
		persist_fail(persist, &cause);
	}
	if (persist->now.log == NULL || persist->next.log != NULL ||
	    sealed_log_bytes(persist->now.log) < WORTH_BYTES +
	    2 * persist->live_bytes)
		return;
	loop_timer_set(persist->step, STEP_MS);
}

void
persist_on_step(void *arg)
{
	struct persist *persist = arg;
	struct lh_cause cause;
	enum lh_err err = LH_OK;

	if (persist->is_off)
		return;
	if (persist->is_left_behind)
		persist_take_away(persist);
	if (persist->next.log == NULL)
		err = begin(persist, &cause);
	if (err == LH_OK && persist->cursor != NULL)
		err = copy_some(persist, &cause);
	else if (err == LH_OK)
		err = finish(persist, &cause);
	if (err != LH_OK)
		persist_fail(persist, &cause);
	else if (persist->next.log != NULL)
		loop_timer_set(persist->step, STEP_MS);
}

uint64_t
persist_max_bytes(const struct persist *persist)
{
	return MAX_FACTOR * (uint64_t)persist->env.cache->max_bytes +
	    MAX_MORE;
}

void
persist_give_up_next(struct persist *persist)
{
	sealed_log_free(persist->next.log);
	persist->next.log = NULL;
	persist->cursor = NULL;
	bytes_clear(&persist->next.pending);
	if (persist->folder != NULL)
		persist_folder_abandon(persist->folder);
}

void
persist_fail(struct persist *persist, const struct lh_cause *cause)
{
	span_ms wait = backoff_next(&persist->backoff, random_unit());

	log_error(persist->env.log, "persist.failed",
	    log_text("error", cause->text), log_num("retry_ms", wait));
	metrics_add(persist->env.metrics, METRIC_PERSIST_FAILURES, 1);
	persist_give_up_next(persist);
	sealed_log_free(persist->now.log);
	persist->now.log = NULL;
	bytes_clear(&persist->now.pending);
	persist_take_away(persist);
	loop_timer_set(persist->step, wait);
	persist_show(persist);
}

/* Tried again whenever it matters. */
void
persist_take_away(struct persist *persist)
{
	struct lh_cause cause;
	bool was_left = persist->is_left_behind;

	persist->is_left_behind = persist_folder_remove(persist->folder,
	    &cause) != LH_OK;
	if (persist->is_left_behind && !was_left)
		log_error(persist->env.log, "persist.left_behind",
		    log_text("error", cause.text), log_text("advice",
		    "remove the file: what it holds may be revoked by now"));
}

void
persist_show(const struct persist *persist)
{
	struct persist_counts counts;

	persist_count(persist, &counts);
	metrics_set(persist->env.metrics, METRIC_PERSIST_BYTES,
	    (int64_t)counts.bytes);
	metrics_set(persist->env.metrics, METRIC_PERSIST_ENTRIES,
	    (int64_t)counts.entries);
}

bool
persist_write_item(struct persist *persist, const struct persist_item *item,
    struct bytes *record)
{
	const struct cache_entry *entry = item->entry;
	struct pack pack = { record, LH_OK };
	struct persist_written written = {
		.id = item->id, .under = under_of(entry),
		.is_static = entry->kv != NULL,
		.is_hidden = !entry->is_keyed,
		.key = entry->key, .ns_len = entry->ns_len,
		.path = entry->path, .lease_id = span_of(entry->lease_id)
	};

	if (entry->under != NULL && written.under == PERSIST_UNDER_NONE)
		return false;
	if (entry->holds != NULL) {
		written.token = secret_lend(lineage_secret(entry->holds));
		written.accessor = span_of(lineage_accessor(entry->holds));
	}
	persist_life_of(persist, entry, &written.life);
	persist_record_entry(&written, entry->answer, &pack);
	return pack.err == LH_OK && record->len <= persist_max_record(persist);
}

void
persist_life_of(const struct persist *persist,
    const struct cache_entry *entry, struct persist_life *out)
{
	span_ms offset = persist_wall_ahead(persist);

	*out = (struct persist_life){
		.born = entry->life.born + offset,
		.expires = entry->life.expires + offset,
		.granted = entry->life.granted,
		.latest = entry->life.latest,
		.course = entry->life.course
	};
}

static enum lh_err
begin(struct persist *persist, struct lh_cause *cause)
{
	enum lh_err err;
	int fd;

	err = persist_folder_begin(persist->folder, &fd, cause);
	if (err == LH_OK)
		err = sealed_log_new(fd, secret_lend(persist->key),
		    &persist->next.log, cause);
	if (err != LH_OK)
		return err;
	persist->cursor = persist->items;
	persist->next.synced_at = 0;
	put_head(persist);
	return LH_OK;
}

static void
put_head(struct persist *persist)
{
	struct bytes record = { .data = (char *)persist->env.belongs_to,
		.len = DIGEST_BYTES };
	enum persist_kind kind;

	persist_stream_put(persist, &persist->next, PERSIST_OWNER, &record);
	persist_room(persist, &record);
	kind = persist_write_token(persist, &record);
	persist_stream_put(persist, &persist->next, kind, &record);
	bytes_release(&record);
}

static enum lh_err
copy_some(struct persist *persist, struct lh_cause *cause)
{
	struct persist_stream *next = &persist->next;
	uint64_t bytes = sealed_log_bytes(next->log);
	struct persist_item *item;
	enum lh_err err;

	while ((item = persist->cursor) != NULL &&
	    next->pending.len < STEP_BYTES) {
		persist->cursor = item->next;
		copy_item(persist, item);
	}
	err = persist_stream_flush(next, cause);
	if (err == LH_OK && bytes - next->synced_at > SYNC_BYTES) {
		next->synced_at = bytes;
		err = sealed_log_sync(next->log, cause);
	}
	return err;
}

static void
copy_item(struct persist *persist, struct persist_item *item)
{
	struct bytes record;

	persist_room(persist, &record);
	if (persist_write_item(persist, item, &record))
		persist_stream_put(persist, &persist->next, PERSIST_ENTERED,
		    &record);
	persist->live_bytes += record.len - item->bytes;
	item->bytes = record.len;
	if (item->is_granted) {
		struct pack pack = { &record, LH_OK };

		bytes_clear(&record);
		pack_number(&pack, item->id);
		persist_stream_put(persist, &persist->next, PERSIST_GRANTED,
		    &record);
	}
	bytes_release(&record);
}

static enum lh_err
finish(struct persist *persist, struct lh_cause *cause)
{
	enum lh_err err = persist_stream_flush(&persist->next, cause);

	if (err == LH_OK)
		err = sealed_log_sync(persist->next.log, cause);
	if (err == LH_OK)
		err = persist_folder_replace(persist->folder, cause);
	if (err != LH_OK)
		return err;
	sealed_log_free(persist->now.log);
	persist->now.log = persist->next.log;
	persist->next.log = NULL;
	bytes_clear(&persist->now.pending);
	persist->is_unsettled = persist->is_left_behind = false;
	backoff_reset(&persist->backoff);
	log_debug(persist->env.log, "persist.rewritten",
	    log_num("entries", (int64_t)persist->entries),
	    log_num("bytes", (int64_t)sealed_log_bytes(persist->now.log)));
	persist_show(persist);
	return LH_OK;
}

/* NONE for one that hangs below an entry which is not in the file. */
static uint64_t
under_of(const struct cache_entry *entry)
{
	struct cache_entry *holder;

	if (entry->under == NULL)
		return PERSIST_UNDER_NONE;
	holder = lineage_holder(entry->under);
	if (holder == NULL)
		return PERSIST_UNDER_ROOT;
	return holder->persisted == NULL ? PERSIST_UNDER_NONE :
	    holder->persisted->id;
}
