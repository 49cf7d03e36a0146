/*
 * persist - the cache across restarts: what is written when it changes.
 *
 * Records are put behind one another in memory; a frame is what was put there
 * until it is written. While a new file is made (persist_rewrite.c), changes
 * go into both, and are of no effect in one that has not got the entry yet; an
 * entry that comes meanwhile waits for its turn in the new one.
 *
 * When the clock of the wall is turned back, what was written before would live
 * longer for who reads it later: the file is made anew.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "persist_priv.h"

#include <utlist.h>

#include "base/file_io.h"
#include "base/lh_assert.h"
#include "cache_priv.h"

#define RETRY_MIN_MS 10000
#define RETRY_MAX_MS 300000
#define LOOK_MS 60000			/* between looks at the key */
#define TURNED_BACK_MS 1000		/* less is a clock that is steered */

static void on_entered(void *arg, struct cache_entry *entry);
static void on_renewed(void *arg, struct cache_entry *entry);
static void on_hidden(void *arg, struct cache_entry *entry);
static void on_left(void *arg, struct cache_entry *entry);
static void on_granted(void *arg, const struct cache_key *key);
static void on_withdrawn(void *arg, const struct cache_key *key);
static void on_settle(void *arg);
static void put_entered(struct persist *persist, struct persist_item *item,
    const struct bytes *record);
static struct persist_item *item_of(const struct persist *persist,
    const struct cache_key *key);
static void put_id(struct persist *persist, enum persist_kind kind,
    const struct persist_item *item);
static void put_token(struct persist *persist);
static void on_flush(void *arg);
static void look_at_clock(struct persist *persist);
static void make_anew(struct persist *persist);
static void on_look(void *arg);
static enum lh_err read_key(const struct persist *persist,
    struct secret **key_out, struct lh_cause *cause);

static const struct cache_journal_ops journal_ops = {
	.entered = on_entered, .renewed = on_renewed, .hidden = on_hidden,
	.left = on_left, .granted = on_granted, .withdrawn = on_withdrawn,
	.settle = on_settle
};

enum lh_err
persist_new(const struct persist_options *options,
    const struct persist_env *env, struct persist **persist_out,
    struct lh_cause *cause)
{
	struct persist *persist = xcalloc(1, sizeof(*persist));
	enum lh_err err;

	persist->options = *options;
	persist->env = *env;
	persist->last_id = PERSIST_FIRST_ID - 1;
	persist->wall_ahead = persist_wall_ahead(persist);
	persist_room(persist, &persist->now.pending);
	persist_room(persist, &persist->next.pending);
	persist->flush = loop_timer_new(env->loop, on_flush, persist);
	persist->step = loop_timer_new(env->loop, persist_on_step, persist);
	persist->look = loop_timer_new(env->loop, on_look, persist);
	loop_timer_set(persist->look, LOOK_MS);
	backoff_init(&persist->backoff, RETRY_MIN_MS, RETRY_MAX_MS);
	err = read_key(persist, &persist->key, cause);
	if (err == LH_OK)
		err = persist_folder_open(options->folder,
		    &(struct file_owner){ 0600, options->uid, options->gid },
		    &persist->folder, cause);
	if (err != LH_OK) {
		persist_free(persist);
		return err;
	}
	*persist_out = persist;
	return LH_OK;
}

void
persist_close(struct persist *persist)
{
	struct lh_cause cause;

	if (persist == NULL || persist->is_off)
		return;
	if (persist->now.log != NULL &&
	    (persist_stream_flush(&persist->now, &cause) != LH_OK ||
	    sealed_log_sync(persist->now.log, &cause) != LH_OK))
		persist_fail(persist, &cause);
	persist->is_off = true;
	persist_give_up_next(persist);
	loop_timer_stop(persist->flush);
	loop_timer_stop(persist->step);
	loop_timer_stop(persist->look);
}

void
persist_free(struct persist *persist)
{
	if (persist == NULL)
		return;
	persist_close(persist);
	lh_assert(persist->items == NULL);
	sealed_log_free(persist->now.log);
	bytes_release(&persist->now.pending);
	bytes_release(&persist->next.pending);
	persist_record_release_token(&persist->token);
	persist_folder_free(persist->folder);
	secret_unref(&persist->key);
	loop_timer_free(persist->flush);
	loop_timer_free(persist->step);
	loop_timer_free(persist->look);
	free(persist);
}

struct cache_journal
persist_journal(struct persist *persist)
{
	return (struct cache_journal){ &journal_ops, persist };
}

const struct persist_token *
persist_token(const struct persist *persist)
{
	return persist->token.secret == NULL ? NULL : &persist->token;
}

void
persist_set_token(struct persist *persist, const struct persist_token *token)
{
	struct persist_token old = persist->token;

	persist_record_copy_token(&persist->token, token);
	persist_record_release_token(&old);
	put_token(persist);
}

void
persist_drop_token(struct persist *persist)
{
	if (persist->token.secret == NULL)
		return;
	persist_record_release_token(&persist->token);
	put_token(persist);
}

void
persist_count(const struct persist *persist, struct persist_counts *out)
{
	*out = (struct persist_counts){
		.is_written = persist->now.log != NULL && !persist->is_off,
		.entries = persist->entries,
		.bytes = persist->now.log == NULL ? 0 :
		    sealed_log_bytes(persist->now.log),
		.restored = persist->restored
	};
}

enum persist_kind
persist_write_token(const struct persist *persist, struct bytes *record)
{
	struct pack pack = { record, LH_OK };

	if (persist->token.secret == NULL)
		return PERSIST_TOKEN_GONE;
	persist_record_token(&persist->token, &pack);
	return PERSIST_TOKEN;
}

void
persist_put(struct persist *persist, enum persist_kind kind,
    const struct bytes *record)
{
	struct persist_stream *streams[] = { &persist->now, &persist->next };

	if (persist->is_off)
		return;
	metrics_add(persist->env.metrics, METRIC_PERSIST_RECORDS, 1);
	for (size_t i = 0; i < 2; i++)
		if (streams[i]->log != NULL)
			persist_stream_put(persist, streams[i], kind, record);
	if (persist->now.pending.len > PERSIST_FLUSH_BYTES ||
	    persist->next.pending.len > PERSIST_FLUSH_BYTES)
		on_flush(persist);
}

/* There is room for a full frame and the largest record. The new file is
 * written at each step. */
void
persist_stream_put(struct persist *persist, struct persist_stream *stream,
    enum persist_kind kind, const struct bytes *record)
{
	struct pack pack = { &stream->pending, LH_OK };

	if (stream == &persist->now)
		look_at_clock(persist);
	if (stream->pending.len == 0) {
		pack_number(&pack, PERSIST_TIME);
		pack_number(&pack, sizeof(uint64_t));
		pack_number(&pack,
		    (uint64_t)loop_wall(persist->env.loop));
		if (stream == &persist->now)
			loop_timer_set(persist->flush, PERSIST_FLUSH_MS);
	}
	pack_number(&pack, kind);
	pack_text(&pack, bytes_span(record));
	lh_assert(pack.err == LH_OK);
}

enum lh_err
persist_stream_flush(struct persist_stream *stream, struct lh_cause *cause)
{
	enum lh_err err;

	if (stream->pending.len == 0)
		return LH_OK;
	err = sealed_log_append(stream->log, bytes_span(&stream->pending),
	    cause);
	bytes_clear(&stream->pending);
	return err;
}

size_t
persist_max_record(const struct persist *persist)
{
	return persist->env.cache->max_entry_bytes + PERSIST_MAX_HEAD_BYTES;
}

void
persist_room(const struct persist *persist, struct bytes *record)
{
	bytes_init(record, PERSIST_FLUSH_BYTES +
	    2 * persist_max_record(persist));
}

struct persist_item *
persist_item_add(struct persist *persist, struct cache_entry *entry)
{
	struct persist_item *item = xcalloc(1, sizeof(*item));

	item->entry = entry;
	item->id = ++persist->last_id;
	entry->persisted = item;
	DL_APPEND(persist->items, item);
	persist->entries++;
	return item;
}

void
persist_item_drop(struct persist *persist, struct persist_item *item)
{
	if (persist->cursor == item)
		persist->cursor = item->next;
	item->entry->persisted = NULL;
	DL_DELETE(persist->items, item);
	persist->live_bytes -= item->bytes;
	persist->entries--;
	free(item);
}

static void
on_entered(void *arg, struct cache_entry *entry)
{
	struct persist *persist = arg;
	struct persist_item *item;
	struct bytes record;

	if (persist->is_off)
		return;
	item = persist_item_add(persist, entry);
	persist_room(persist, &record);
	if (persist_write_item(persist, item, &record)) {
		item->bytes = record.len;
		persist->live_bytes += record.len;
		put_entered(persist, item, &record);
	} else
		persist_item_drop(persist, item);
	bytes_release(&record);
}

/* The new file gets it in its turn, behind the token that it hangs under. */
static void
put_entered(struct persist *persist, struct persist_item *item,
    const struct bytes *record)
{
	metrics_add(persist->env.metrics, METRIC_PERSIST_RECORDS, 1);
	if (persist->next.log != NULL && persist->cursor == NULL)
		persist->cursor = item;
	if (persist->now.log != NULL)
		persist_stream_put(persist, &persist->now, PERSIST_ENTERED,
		    record);
	if (persist->now.pending.len > PERSIST_FLUSH_BYTES)
		on_flush(persist);
}

static void
on_renewed(void *arg, struct cache_entry *entry)
{
	struct persist *persist = arg;
	struct persist_life life;
	struct bytes record;
	struct pack pack = { &record, LH_OK };

	if (entry->persisted == NULL || persist->is_off)
		return;
	persist_room(persist, &record);
	persist_life_of(persist, entry, &life);
	pack_number(&pack, entry->persisted->id);
	persist_record_life(&life, &pack);
	persist_put(persist, PERSIST_RENEWED, &record);
	bytes_release(&record);
}

static void
on_hidden(void *arg, struct cache_entry *entry)
{
	if (entry->persisted != NULL)
		put_id(arg, PERSIST_HIDDEN, entry->persisted);
}

/* Of the others, coming back would be no more than out of date. */
static void
on_left(void *arg, struct cache_entry *entry)
{
	struct persist *persist = arg;

	if (entry->persisted == NULL)
		return;
	switch (entry->fall_cause) {
	case CACHE_LEFT_REVOKED:
	case CACHE_LEFT_REFUSED:
	case CACHE_LEFT_CLEARED:
	case CACHE_LEFT_WRITTEN:
		persist->is_unsettled = true;
		break;
	default:
		break;
	}
	put_id(persist, PERSIST_LEFT, entry->persisted);
	persist_item_drop(persist, entry->persisted);
}

static void
on_granted(void *arg, const struct cache_key *key)
{
	struct persist_item *item = item_of(arg, key);

	if (item == NULL || item->is_granted)
		return;
	item->is_granted = true;
	put_id(arg, PERSIST_GRANTED, item);
}

static void
on_withdrawn(void *arg, const struct cache_key *key)
{
	struct persist_item *item = item_of(arg, key);
	struct persist *persist = arg;

	if (item == NULL || !item->is_granted)
		return;
	item->is_granted = false;
	persist->is_unsettled = true;
	put_id(persist, PERSIST_WITHDRAWN, item);
}

static void
on_settle(void *arg)
{
	struct persist *persist = arg;
	struct lh_cause cause;

	if (persist->is_left_behind && !persist->is_off)
		persist_take_away(persist);
	if (!persist->is_unsettled || persist->is_off)
		return;
	persist->is_unsettled = false;
	if (persist->now.log == NULL)
		return;		/* there is no file to say otherwise */
	metrics_add(persist->env.metrics, METRIC_PERSIST_SYNCS, 1);
	if (persist_stream_flush(&persist->now, &cause) != LH_OK ||
	    sealed_log_sync(persist->now.log, &cause) != LH_OK)
		persist_fail(persist, &cause);
}

static struct persist_item *
item_of(const struct persist *persist, const struct cache_key *key)
{
	struct cache_entry *entry = persist->cache == NULL ? NULL :
	    cache_store_find(persist->cache->store, key);

	return entry == NULL ? NULL : entry->persisted;
}

static void
put_id(struct persist *persist, enum persist_kind kind,
    const struct persist_item *item)
{
	struct bytes record;
	struct pack pack = { &record, LH_OK };

	persist_room(persist, &record);
	pack_number(&pack, item->id);
	persist_put(persist, kind, &record);
	bytes_release(&record);
}

/* At once: it is rare, and saves a login. */
static void
put_token(struct persist *persist)
{
	struct bytes record;
	enum persist_kind kind;

	persist_room(persist, &record);
	kind = persist_write_token(persist, &record);
	persist_put(persist, kind, &record);
	bytes_release(&record);
	on_flush(persist);
}

static void
on_flush(void *arg)
{
	struct persist *persist = arg;
	struct lh_cause cause;

	if (persist->is_off)
		return;
	if (persist->now.log != NULL &&
	    persist_stream_flush(&persist->now, &cause) != LH_OK) {
		persist_fail(persist, &cause);
		return;
	}
	if (persist->next.log != NULL &&
	    persist_stream_flush(&persist->next, &cause) != LH_OK)
		persist_fail(persist, &cause);
	persist_rewrite_if_due(persist);
	persist_show(persist);
}

span_ms
persist_wall_ahead(const struct persist *persist)
{
	return loop_wall(persist->env.loop) - loop_mono(persist->env.loop);
}

static void
look_at_clock(struct persist *persist)
{
	span_ms ahead = persist_wall_ahead(persist);

	if (ahead >= persist->wall_ahead)
		persist->wall_ahead = ahead;
	if (ahead >= persist->wall_ahead - TURNED_BACK_MS)
		return;
	if (persist->token.expires != PERSIST_NEVER)
		persist->token.expires -= persist->wall_ahead - ahead;
	persist->wall_ahead = ahead;
	log_info(persist->env.log, "persist.clock_turned_back");
	make_anew(persist);
}

static void
make_anew(struct persist *persist)
{
	persist_give_up_next(persist);
	loop_timer_set(persist->step, 0);
}

/* A token of a service account is replaced by the time it is old, and who
 * starts next has the new one only. */
static void
on_look(void *arg)
{
	struct persist *persist = arg;
	struct secret *key = NULL;
	struct lh_cause cause;

	if (persist->is_off)
		return;
	loop_timer_set(persist->look, LOOK_MS);
	look_at_clock(persist);
	if (read_key(persist, &key, &cause) != LH_OK) {
		log_debug(persist->env.log, "persist.key",
		    log_text("error", cause.text));
	} else if (!secret_equal(key, persist->key)) {
		secret_unref(&persist->key);
		persist->key = secret_ref(key);
		log_info(persist->env.log, "persist.new_key");
		make_anew(persist);
	}
	secret_unref(&key);
}

static enum lh_err
read_key(const struct persist *persist, struct secret **key_out,
    struct lh_cause *cause)
{
	const char *path = persist->options.key_file;
	enum lh_err err = file_read_secret(path, key_out, cause);

	if (err != LH_OK)
		return err;
	if (secret_lend(*key_out).len >= SEALED_LOG_MIN_KEY)
		return LH_OK;
	secret_unref(key_out);
	lh_cause_set(cause, "%s holds less than the %d bytes that a key is "
	    "made of", path, SEALED_LOG_MIN_KEY);
	return LH_ERR_CONFIG;
}
