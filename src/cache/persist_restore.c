/*
 * persist_restore - the file of an earlier run, read and put into the cache.
 *
 * It is read twice. The first time finds out whether all of it can be read,
 * which entries have not left since, and what their lives are; only the second
 * puts those into the cache. So nothing of a file that was altered gets there,
 * and nothing that comes later in the file is missed.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <string.h>
#include <unistd.h>

/* For uthash: the process ends in our way when memory does. */
#define uthash_malloc(size) xmalloc(size)
#define uthash_free(memory, size) free(memory)
#include "persist_priv.h"
#include <uthash.h>

#include "base/digest.h"
#include "cache_restore.h"

/* An entry that has not left. */
struct survivor {
	uint64_t id;
	struct persist_life life;
	bool is_hidden;
	bool is_granted;
	struct cache_entry *entry;	/* NULL: not put back */
	UT_hash_handle hh;
};

struct restoring {
	struct persist *persist;
	struct cache *cache;
	struct survivor *survivors;
	struct persist_token token;
	bool is_ours;			/* the owner was right */
	bool is_of_others;
	bool has_living_token;
	wall_ms last;			/* the latest time in the file */
	wall_ms wall;			/* what we take for now */
	mono_ms now;
	uint64_t dropped;		/* run out, or without their token */
};

typedef bool record_fn(struct restoring *restoring, enum persist_kind kind,
    struct span record);

static enum lh_err read_file(struct persist *persist, struct cache *cache,
    struct lh_cause *cause);
static enum lh_err read_twice(struct restoring *restoring, int fd,
    struct lh_cause *cause);
static void take_token(struct restoring *restoring);
static bool walk(struct restoring *restoring, struct span frame,
    record_fn *fn);
static bool survey_frame(void *arg, struct span frame);
static bool survey(struct restoring *restoring, enum persist_kind kind,
    struct span record);
static bool survey_one(struct restoring *restoring, enum persist_kind kind,
    struct span record);
static bool survey_token(struct restoring *restoring, struct span record);
static bool survey_entry(struct restoring *restoring, struct span record);
static bool enter_frame(void *arg, struct span frame);
static bool enter(struct restoring *restoring, enum persist_kind kind,
    struct span record);
static void put_back(struct restoring *restoring,
    const struct persist_written *written, struct survivor *survivor);
static bool place(struct restoring *restoring,
    const struct persist_written *written, const struct survivor *survivor,
    struct cache_restored *out);
static bool set_life(const struct restoring *restoring,
    const struct persist_life *life, struct cache_life *out);
static struct survivor *find(const struct restoring *restoring, uint64_t id);
static void forget(struct restoring *restoring, struct survivor *survivor);
static enum lh_err stop_after_import(struct persist *persist,
    struct lh_cause *cause);

enum lh_err
persist_restore(struct persist *persist, struct cache *cache,
    struct lh_cause *cause)
{
	struct lh_cause why;
	enum lh_err err;

	persist->cache = cache;
	if (persist_folder_has_foreign(persist->folder))
		log_warn(persist->env.log, "persist.foreign", log_text("file",
		    "vault-agent-cache.db"), log_text("advice", "the cache "
		    "of an incumbent is neither read nor changed"));
	err = read_file(persist, cache, &why);
	if (err == LH_OK && !persist->options.keep_after_import)
		return stop_after_import(persist, cause);
	if (err == LH_ERR_CONFIG || err == LH_ERR_SYSTEM ||
	    (err != LH_OK && err != LH_ERR_NOT_FOUND &&
	    persist->options.exit_on_err)) {
		lh_cause_set(cause, "the persistent cache: %s", why.text);
		return err;
	}
	if (err != LH_OK && err != LH_ERR_NOT_FOUND)
		log_error(persist->env.log, "persist.discarded",
		    log_text("error", why.text),
		    log_text("advice", "the cache begins empty"));
	if (persist_rewrite(persist, &why) != LH_OK)
		persist_fail(persist, &why);
	return LH_OK;
}

static enum lh_err
read_file(struct persist *persist, struct cache *cache,
    struct lh_cause *cause)
{
	struct restoring restoring = { .persist = persist, .cache = cache };
	struct survivor *survivor, *next;
	enum lh_err err;
	int fd;

	err = persist_folder_old(persist->folder, &fd, cause);
	if (err != LH_OK)
		return err;
	err = read_twice(&restoring, fd, cause);
	close(fd);
	HASH_ITER(hh, restoring.survivors, survivor, next)
		forget(&restoring, survivor);
	persist_record_release_token(&restoring.token);
	return err;
}

static enum lh_err
read_twice(struct restoring *restoring, int fd, struct lh_cause *cause)
{
	struct persist *persist = restoring->persist;
	struct sealed_log_reader reader = {
		.key = secret_lend(persist->key),
		.max_bytes = persist_max_bytes(persist),
		.fn = survey_frame, .arg = restoring
	};
	enum lh_err err = sealed_log_read(fd, &reader, cause);

	if (restoring->is_of_others) {
		lh_cause_set(cause, "it was written for another server, "
		    "namespace or method of login");
		return LH_ERR_DENIED;
	}
	if (err != LH_OK)
		return err;
	if (reader.cut_bytes > 0)
		log_warn(persist->env.log, "persist.cut",
		    log_num("bytes", (int64_t)reader.cut_bytes),
		    log_text("advice", "the last change was not whole and is "
		    "left out"));
	restoring->now = loop_mono(persist->env.loop);
	restoring->wall = loop_wall(persist->env.loop);
	if (restoring->wall < restoring->last)
		restoring->wall = restoring->last;
	take_token(restoring);
	reader.fn = enter_frame;
	err = sealed_log_read(fd, &reader, cause);
	if (persist->token.secret != NULL && !restoring->has_living_token)
		cache_outlive_generation(restoring->cache,
		    persist->token.generation);
	cache_restore_end(restoring->cache);
	metrics_add(persist->env.metrics, METRIC_PERSIST_RESTORED,
	    (int64_t)persist->restored);
	log_info(persist->env.log, "persist.restored",
	    log_num("entries", (int64_t)persist->restored),
	    log_num("dropped", (int64_t)restoring->dropped),
	    log_text("token", persist->token.secret == NULL ? "none" :
	    restoring->has_living_token ? "kept" : "run out"));
	return err;
}

/* It cannot live longer than what it was ever given. Its end becomes one of the
 * clock as it is. */
static void
take_token(struct restoring *restoring)
{
	struct persist_token *token = &restoring->persist->token;
	span_ms left;

	if (restoring->token.secret == NULL)
		return;
	*token = restoring->token;
	restoring->token = (struct persist_token){ .secret = NULL };
	restoring->has_living_token = token->expires > restoring->wall;
	if (token->expires != PERSIST_NEVER) {
		left = token->expires - restoring->wall;
		token->expires = loop_wall(restoring->persist->env.loop) +
		    (left < token->grant ? left : token->grant);
	}
	cache_begin_generation(restoring->cache, token->generation,
	    token->secret, token->accessor);
}

/* False: the frame is not what we write. */
static bool
walk(struct restoring *restoring, struct span frame, record_fn *fn)
{
	struct span record;
	uint64_t kind;

	while (frame.len > 0) {
		if (!unpack_number(&frame, &kind) || kind == 0 ||
		    kind >= PERSIST_KINDS || !unpack_text(&frame, &record) ||
		    !fn(restoring, (enum persist_kind)kind, record))
			return false;
	}
	return true;
}

static bool
survey_frame(void *arg, struct span frame)
{
	return walk(arg, frame, survey);
}

static bool
survey(struct restoring *restoring, enum persist_kind kind,
    struct span record)
{
	uint64_t time;

	switch (kind) {
	case PERSIST_OWNER:
		restoring->is_ours = record.len == DIGEST_BYTES &&
		    memcmp(record.ptr, restoring->persist->env.belongs_to,
		    DIGEST_BYTES) == 0;
		restoring->is_of_others = !restoring->is_ours;
		return restoring->is_ours;
	case PERSIST_TIME:
		if (!unpack_number(&record, &time))
			return false;
		if ((wall_ms)time > restoring->last)
			restoring->last = (wall_ms)time;
		return true;
	case PERSIST_TOKEN:
		return restoring->is_ours && survey_token(restoring, record);
	case PERSIST_TOKEN_GONE:
		persist_record_release_token(&restoring->token);
		return true;
	case PERSIST_ENTERED:
		return restoring->is_ours && survey_entry(restoring, record);
	default:
		return survey_one(restoring, kind, record);
	}
}

/* About one that is there, or not any more. */
static bool
survey_one(struct restoring *restoring, enum persist_kind kind,
    struct span record)
{
	struct survivor *survivor;
	uint64_t id;

	if (!unpack_number(&record, &id))
		return false;
	survivor = find(restoring, id);
	if (survivor == NULL)
		return true;
	switch (kind) {
	case PERSIST_RENEWED:
		return persist_record_read_life(&record, &survivor->life);
	case PERSIST_HIDDEN:
		survivor->is_hidden = true;
		return true;
	case PERSIST_LEFT:
		forget(restoring, survivor);
		return true;
	case PERSIST_GRANTED:
		survivor->is_granted = true;
		return true;
	case PERSIST_WITHDRAWN:
		survivor->is_granted = false;
		return true;
	default:
		return false;
	}
}

static bool
survey_token(struct restoring *restoring, struct span record)
{
	persist_record_release_token(&restoring->token);
	return persist_record_read_token(record, &restoring->token);
}

static bool
survey_entry(struct restoring *restoring, struct span record)
{
	struct persist_written written;
	struct survivor *survivor;

	if (!persist_record_read_entry(record, &written) ||
	    find(restoring, written.id) != NULL)
		return false;
	survivor = xcalloc(1, sizeof(*survivor));
	survivor->id = written.id;
	survivor->life = written.life;
	survivor->is_hidden = written.is_hidden;
	HASH_ADD(hh, restoring->survivors, id, sizeof(survivor->id),
	    survivor);
	return true;
}

static bool
enter_frame(void *arg, struct span frame)
{
	return walk(arg, frame, enter);
}

static bool
enter(struct restoring *restoring, enum persist_kind kind,
    struct span record)
{
	struct persist_written written;
	struct survivor *survivor;

	if (kind != PERSIST_ENTERED)
		return true;
	if (!persist_record_read_entry(record, &written))
		return false;
	survivor = find(restoring, written.id);
	if (survivor != NULL)
		put_back(restoring, &written, survivor);
	return true;
}

static void
put_back(struct restoring *restoring, const struct persist_written *written,
    struct survivor *survivor)
{
	struct persist *persist = restoring->persist;
	struct cache_restored restored = { .is_hidden = survivor->is_hidden };
	struct persist_item *item;
	char *lease_id = NULL, *accessor = span_dup(written->accessor);

	restored.accessor = accessor;
	if (written->lease_id.len > 0)
		restored.record.lease_id = lease_id =
		    span_dup(written->lease_id);
	restored.record.answer = cache_answer_unpack(written->answer);
	if (restored.record.answer != NULL &&
	    place(restoring, written, survivor, &restored))
		survivor->entry = cache_restore_entry(restoring->cache,
		    &restored);
	cache_answer_unref(&restored.record.answer);
	free(accessor);
	free(lease_id);
	if (survivor->entry == NULL) {
		restoring->dropped++;
		return;
	}
	item = persist_item_add(persist, survivor->entry);
	item->is_granted = survivor->is_granted &&
	    persist->token.secret != NULL;
	persist->restored++;
}

/* False: its time is over, or the token above it is not there. */
static bool
place(struct restoring *restoring, const struct persist_written *written,
    const struct survivor *survivor, struct cache_restored *out)
{
	struct survivor *above;

	out->record.key = written->key;
	out->record.path = written->path;
	out->record.ns_len = (size_t)written->ns_len;
	out->is_static = written->is_static;
	out->is_granted = survivor->is_granted;
	out->token = written->token;
	if (!set_life(restoring, &survivor->life, &out->record.life))
		return false;
	if (written->under == PERSIST_UNDER_ROOT)
		out->is_under_root = true;
	else if (written->under != PERSIST_UNDER_NONE) {
		above = find(restoring, written->under);
		if (above == NULL || above->entry == NULL)
			return false;
		out->parent = above->entry;
	}
	return !out->is_under_root || restoring->has_living_token;
}

static bool
set_life(const struct restoring *restoring, const struct persist_life *life,
    struct cache_life *out)
{
	span_ms left = life->expires - restoring->wall;
	span_ms age = restoring->wall - life->born;

	if (left > life->latest)
		left = life->latest;
	if (age < 0)
		age = 0;
	*out = (struct cache_life){
		.born = restoring->now - age,
		.expires = restoring->now + left,
		.granted = life->granted,
		.latest = life->latest,
		.course = (enum cache_course)life->course
	};
	return left > 0;
}

static struct survivor *
find(const struct restoring *restoring, uint64_t id)
{
	struct survivor *survivor;

	HASH_FIND(hh, restoring->survivors, &id, sizeof(id), survivor);
	return survivor;
}

static void
forget(struct restoring *restoring, struct survivor *survivor)
{
	HASH_DEL(restoring->survivors, survivor);
	free(survivor);
}

static enum lh_err
stop_after_import(struct persist *persist, struct lh_cause *cause)
{
	log_info(persist->env.log, "persist.imported", log_text("advice",
	    "the file is removed and nothing more is written, as "
	    "keep_after_import is false"));
	persist->is_off = true;
	return persist_folder_remove(persist->folder, cause);
}
