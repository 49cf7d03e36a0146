/*
 * kv - static answers: found, let in, dropped, watched.
 *
 * A read is turned into its path as Vault sees it; the row of that path, the
 * key of the entry (path, version) and the key of the flight (also who asks)
 * follow from it. Entries of one path hang at a place, so that a write finds
 * them by the texts of kv_path_family() alone, however many others there are.
 *
 * Writes are counted in a fixed number of slots, by the digest of a path; a
 * flight takes the count of its slot along and is current while it stands.
 * Paths that share a slot only fetch once more than needed.
 *
 * The age of an answer is counted from the moment it was asked for, and an
 * answer does not take the place of one that was asked for later.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "kv.h"

#include <stdlib.h>
#include <string.h>

/* For uthash: the process ends in our way when memory does. */
#define uthash_malloc(size) xmalloc(size)
#define uthash_free(memory, size) free(memory)
#include <uthash.h>
#include <utlist.h>

#include "base/lh_assert.h"
#include "base/xalloc.h"
#include "cache_policy.h"
#include "kv_gate.h"
#include "kv_path.h"
#include "kv_rights.h"
#include "kv_rows.h"
#include "kv_watch.h"
#include "vault/vault_envelope.h"
#include "vault/vault_path.h"

#define SLOTS 1024
#define MAX_NAP_MS 60000

struct kv_place {			/* a path with entries */
	struct kv_entry *first;
	UT_hash_handle hh;
	size_t len;
	char text[];
};

struct kv_entry {
	struct kv *kv;
	struct cache_entry *entry;
	const struct cache_static_row *row;
	struct kv_place *place;
	struct deadline_item expiry;
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
	uint64_t written[SLOTS];
};

/* A read, with all that follows from it. */
struct target {
	struct kv_path path;
	const struct cache_static_row *row;
	struct cache_key entry;
	struct cache_key reader;
	struct kv_entry *found;		/* by the look-up */
};

/* Does any row have to do with a path? */
struct row_search {
	const struct cache_static_options *options;
	bool is_found;
};

static void search_row(void *arg, struct span text);
static bool set_target(struct kv *kv, const struct cache_ask *ask,
    struct target *target);
static enum kv_verdict look_closer(struct kv *kv,
    const struct cache_ask *ask, const struct target *target,
    struct kv_look *look);
static unsigned slot_of(struct kv *kv, struct span text);
static void set_facts(struct kv *kv, const struct cache_ask *ask,
    const struct target *target, struct flight_facts *facts);
static struct kv_entry *find(struct kv *kv, const struct cache_key *entry,
    const struct cache_key *reader);
static enum kv_fresh fresh_of(const struct kv_entry *found, mono_ms now);
static void set_hit(const struct kv_entry *found, mono_ms now,
    struct cache_hit *hit);
static bool give(struct kv *kv, struct kv_entry *found,
    struct cache_hit *hit);
static bool may_replace(struct kv *kv, const struct flight_facts *facts,
    enum kv_fresh fresh);
static bool is_static_answer(const struct kv_arrival *arrival);
static struct cache_entry *place_answer(struct kv *kv,
    const struct kv_arrival *arrival, const struct target *target);
static bool is_same(const struct cache_entry *old,
    const struct cache_tags *tags);
static struct cache_entry *enter(struct kv *kv,
    const struct kv_arrival *arrival, const struct target *target,
    const struct cache_tags *tags);
static void link_entry(struct kv *kv, struct cache_entry *entry,
    const struct flight_facts *facts, bool is_negative);
static struct kv_place *place_of(struct kv *kv, struct span text);
static void set_life(struct kv_entry *entry, mono_ms born);
static void arm_timer(struct kv *kv);
static void on_timer(void *arg);
static void drop(struct kv_entry *entry, enum cache_cause cause);
static bool is_failure(unsigned status);
static void note_failure(struct kv *kv);
static void note_answer(struct kv *kv);
static void refuse(struct kv *kv, const struct cache_ask *ask,
    unsigned status);
static void wrote(struct kv *kv, const struct cache_ask *ask);
static bool names_login(struct span text);
static void wrote_path(void *arg, struct span text);
static void wrote_anything(struct kv *kv);
static bool flight_is_stale(void *arg, const struct flight_facts *facts);

struct kv *
kv_new(const struct kv_env *env)
{
	struct kv *kv;

	if (env->options->static_answers.row_count == 0)
		return NULL;
	kv = xcalloc(1, sizeof(*kv));
	kv->env = *env;
	kv->options = env->options->static_answers;
	kv_gate_init(&kv->gate);
	kv->rights = kv_rights_new(env->cache, &kv->options, &kv->gate);
	kv->watchers = kv_watchers_new(env->cache->loop,
	    kv->options.max_watchers);
	kv->expiries = deadline_heap_new();
	kv->timer = loop_timer_new(env->cache->loop, on_timer, kv);
	return kv;
}

void
kv_free(struct kv *kv)
{
	if (kv == NULL)
		return;
	lh_assert(kv->places == NULL && kv->entries == 0);
	kv_watchers_free(kv->watchers);
	kv_rights_free(kv->rights);
	loop_timer_free(kv->timer);
	deadline_heap_free(kv->expiries);
	free(kv);
}

enum kv_verdict
kv_look_up(struct kv *kv, const struct cache_ask *ask, struct kv_look *look)
{
	mono_ms now = loop_mono(kv->env.cache->loop);
	struct target target;

	if (!set_target(kv, ask, &target))
		return KV_NOT_STATIC;
	target.found = find(kv, &target.entry, &target.reader);
	if (target.found == NULL || fresh_of(target.found, now) != KV_FRESH ||
	    cache_policy_must_refetch(ask))
		return look_closer(kv, ask, &target, look);
	set_hit(target.found, now, &look->hit);
	cache_store_touch(kv->env.store, target.found->entry);
	return KV_GIVE;
}

bool
kv_find(struct kv *kv, const struct cache_ask *ask, struct cache_hit *hit)
{
	struct target target;
	struct kv_entry *found;

	if (!set_target(kv, ask, &target))
		return false;
	found = find(kv, &target.entry, &target.reader);
	return found != NULL && give(kv, found, hit);
}

bool
kv_is_current(const struct kv *kv, const struct flight_facts *facts)
{
	return facts->written == kv->written[facts->slot];
}

bool
kv_fallback(struct kv *kv, const struct flight_facts *facts,
    struct cache_hit *hit)
{
	struct kv_entry *found = find(kv, &facts->entry, &facts->reader);

	return kv->gate.is_away && found != NULL && give(kv, found, hit);
}

/* To the rules of leased answers a 404 is as good as a 200. */
bool
kv_wants(const struct kv *kv, const struct flight_facts *facts,
    const struct http_head *head)
{
	struct http_head seen = *head;

	if (head->status == 404 && facts->row->negative_ttl > 0)
		seen.status = 200;
	else if (head->status != 200)
		return false;
	return cache_policy_wants(&seen, kv->env.options->max_entry_bytes);
}

bool
kv_fill(struct kv *kv, const struct kv_arrival *arrival,
    struct cache_hit *hit)
{
	const struct cache_key *key = &arrival->facts->entry;
	mono_ms now = loop_mono(kv->env.cache->loop);
	struct cache_entry *entry;
	struct target target;

	if (!set_target(kv, arrival->ask, &target) ||
	    !kv_wants(kv, arrival->facts, arrival->head) ||
	    arrival->body.len > kv->env.options->max_entry_bytes)
		return false;
	if (!is_static_answer(arrival))
		return false;
	entry = place_answer(kv, arrival, &target);
	if (entry == NULL)
		return false;
	kv_rights_grant(kv->rights, &target.reader, arrival->ask, key,
	    &target.path);
	set_hit(entry->kv, now, hit);
	return true;
}

void
kv_not_static(struct kv *kv, const struct flight_facts *facts)
{
	unshareable_note(kv->env.paths, &facts->entry, UNSHAREABLE_YES,
	    loop_mono(kv->env.cache->loop));
}

bool
kv_is_write(const struct kv *kv, const struct cache_ask *ask)
{
	struct row_search search = { &kv->options, false };
	struct vault_path path;

	if (vault_method_is_safe(ask->method))
		return false;
	vault_path_classify(ask->path, &path);
	return path.kind == VAULT_PATH_OTHER &&
	    (!kv_path_family(ask, search_row, &search) || search.is_found);
}

void
kv_heard(struct kv *kv, const struct cache_ask *ask, unsigned status)
{
	if (kv_is_write(kv, ask)) {
		wrote(kv, ask);
		return;
	}
	if (!is_failure(status))
		note_answer(kv);
	if (is_failure(status) || status == 403 || status == 404)
		refuse(kv, ask, status);
}

void
kv_unheard(struct kv *kv, const struct cache_ask *ask)
{
	if (kv_is_write(kv, ask))
		wrote(kv, ask);
	else
		refuse(kv, ask, 0);
}

enum lh_err
kv_watch(struct kv *kv, const struct cache_ask *ask, cache_changed_fn *fn,
    void *arg, struct cache_watch **out)
{
	struct target target;

	if (!set_target(kv, ask, &target))
		return LH_ERR_NOT_FOUND;
	return kv_watch_start(kv->watchers, &target.entry, fn, arg, out);
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
		drop(lh_container_of(item, struct kv_entry, expiry),
		    CACHE_LEFT_EXPIRED);
}

void
kv_end_generation(struct kv *kv)
{
	kv_rights_drop_auto(kv->rights);
}

/* Revoking a token or a login ends tokens that we know nothing of. */
void
kv_revoked(struct kv *kv, const struct cache_ask *ask)
{
	struct vault_path path;

	vault_path_classify(ask->path, &path);
	switch (path.kind) {
	case VAULT_PATH_TOKEN_REVOKE:
	case VAULT_PATH_TOKEN_REVOKE_SELF:
	case VAULT_PATH_TOKEN_REVOKE_ACCESSOR:
	case VAULT_PATH_TOKEN_REVOKE_ORPHAN:
	case VAULT_PATH_LEASE_REVOKE_PREFIX:
	case VAULT_PATH_MOUNT:
		kv_rights_drop_all(kv->rights);
		break;
	case VAULT_PATH_LEASE_REVOKE:
		if (names_login(ask->path) || names_login(ask->body))
			kv_rights_drop_all(kv->rights);
		break;
	default:
		break;
	}
}

void
kv_doubt(struct kv *kv)
{
	kv_rights_drop_all(kv->rights);
}

bool
kv_find_away(struct kv *kv, const struct cache_ask *ask,
    struct cache_hit *hit)
{
	note_failure(kv);
	return kv_find(kv, ask, hit);
}

void
kv_count(const struct kv *kv, struct cache_counts *out)
{
	out->static_entries = kv->entries;
	out->watchers = kv_watchers_count(kv->watchers);
	out->is_away = kv->gate.is_away;
}

static void
search_row(void *arg, struct span text)
{
	struct row_search *search = arg;

	if (!search->is_found)
		search->is_found = kv_rows_match(search->options, text) !=
		    NULL;
}

static bool
set_target(struct kv *kv, const struct cache_ask *ask, struct target *target)
{
	struct digest *digest = kv->env.digest;
	uint64_t version;

	if (cache_policy_access(ask) != CACHE_POLICY_READ ||
	    http_fields_find(ask->fields, SPAN_LITERAL("X-Vault-MFA")) !=
	    NULL || !kv_path_set(&target->path, ask))
		return false;
	target->row = kv_rows_match(&kv->options, target->path.text);
	if (target->row == NULL)
		return false;
	version = target->path.version;
	digest_begin(digest);
	digest_add_span(digest, SPAN_LITERAL("static"));
	digest_add_span(digest, target->path.text);
	digest_add(digest, &version, sizeof(version));
	digest_end(digest, target->entry.digest);
	kv_rights_reader(&target->reader, digest, ask);
	return true;
}

/* It is not there, or it is not plainly fresh. */
static enum kv_verdict
look_closer(struct kv *kv, const struct cache_ask *ask,
    const struct target *target, struct kv_look *look)
{
	mono_ms now = loop_mono(kv->env.cache->loop);
	struct kv_entry *found = target->found;

	if (found == NULL && unshareable_recall(kv->env.paths, &target->entry,
	    now) == UNSHAREABLE_YES)
		return KV_NOT_STATIC;
	set_facts(kv, ask, target, &look->facts);
	look->has_fallback = false;
	if (found == NULL || cache_policy_must_refetch(ask))
		return KV_FETCH;
	if (!give(kv, found, &look->hit)) {
		look->has_fallback = fresh_of(found, now) == KV_OLD;
		return KV_FETCH;
	}
	cache_store_touch(kv->env.store, found->entry);
	return may_replace(kv, &look->facts, fresh_of(found, now)) ?
	    KV_REPLACE : KV_GIVE;
}

static unsigned
slot_of(struct kv *kv, struct span text)
{
	uint8_t sum[DIGEST_BYTES];

	digest_begin(kv->env.digest);
	digest_add(kv->env.digest, text.ptr, text.len);
	digest_end(kv->env.digest, sum);
	return (sum[0] | (unsigned)sum[1] << 8) % SLOTS;
}

static void
set_facts(struct kv *kv, const struct cache_ask *ask,
    const struct target *target, struct flight_facts *facts)
{
	struct digest *digest = kv->env.digest;

	*facts = (struct flight_facts){
		.identity = ask->identity,
		.generation = ask->generation,
		.is_static = true,
		.entry = target->entry,
		.reader = target->reader,
		.row = target->row,
		.asked = loop_mono(kv->env.cache->loop),
		.slot = slot_of(kv, target->path.text)
	};
	facts->written = kv->written[facts->slot];
	digest_begin(digest);
	digest_add(digest, &target->entry, sizeof(target->entry));
	digest_add(digest, &target->reader, sizeof(target->reader));
	digest_end(digest, facts->key.digest);
}

/* NULL: it is not there, or not for that reader. */
static struct kv_entry *
find(struct kv *kv, const struct cache_key *entry,
    const struct cache_key *reader)
{
	struct cache_entry *found = cache_store_find(kv->env.store, entry);

	if (found == NULL || !kv_rights_has(kv->rights, reader, entry))
		return NULL;
	return found->kv;
}

static enum kv_fresh
fresh_of(const struct kv_entry *found, mono_ms now)
{
	return kv_rows_fresh(found->row, found->is_negative,
	    now - found->entry->life.born);
}

static void
set_hit(const struct kv_entry *found, mono_ms now, struct cache_hit *hit)
{
	const struct cache_static_row *row = found->row;
	span_ms age = now - found->entry->life.born;

	*hit = (struct cache_hit){
		.answer = cache_answer_ref(found->entry->answer),
		.age_s = age / 1000,
		.fresh_for = (found->is_negative ? row->negative_ttl :
		    row->ttl) - age,
		.freshness = fresh_of(found, now) == KV_OLD ?
		    CACHE_STALE : CACHE_FRESH
	};
}

static bool
give(struct kv *kv, struct kv_entry *found, struct cache_hit *hit)
{
	mono_ms now = loop_mono(kv->env.cache->loop);
	enum kv_fresh fresh = fresh_of(found, now);

	if (fresh == KV_GONE || (fresh == KV_OLD && !kv->gate.is_away))
		return false;
	set_hit(found, now, hit);
	return true;
}

/* Behind a hit: one fetch for an entry that ages while Vault is well, and one
 * probe for all while it is away. */
static bool
may_replace(struct kv *kv, const struct flight_facts *facts,
    enum kv_fresh fresh)
{
	if (fresh == KV_FRESH ||
	    flight_find(kv->env.flights, &facts->key) != NULL)
		return false;
	return !kv->gate.is_away || kv_gate_take_probe(&kv->gate,
	    loop_mono(kv->env.cache->loop), random_unit());
}

/* What holds a lease, a token or a wrapping is never one. */
static bool
is_static_answer(const struct kv_arrival *arrival)
{
	struct vault_envelope envelope;
	struct vault_marks marks;
	bool is_kv;

	if (vault_scan(arrival->body, &marks) != LH_OK || marks.lease ||
	    marks.auth || marks.wrap)
		return false;
	if (!arrival->facts->row->only_kv || arrival->head->status == 404)
		return arrival->head->status != 404 ||
		    !arrival->facts->row->only_kv;
	if (vault_envelope_parse(arrival->body, &envelope) != LH_OK)
		return false;
	is_kv = strcmp(envelope.mount_type, "kv") == 0;
	vault_envelope_release(&envelope);
	return is_kv;
}

/* The same value again keeps the old bytes, and so its ETag. */
static struct cache_entry *
place_answer(struct kv *kv, const struct kv_arrival *arrival,
    const struct target *target)
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
		return old;
	}
	if (old != NULL)
		drop(old->kv, CACHE_LEFT_REPLACED);
	return enter(kv, arrival, target, &tags);
}

static bool
is_same(const struct cache_entry *old, const struct cache_tags *tags)
{
	return strcmp(cache_answer_tags(old->answer)->index, tags->index) == 0;
}

static struct cache_entry *
enter(struct kv *kv, const struct kv_arrival *arrival,
    const struct target *target, const struct cache_tags *tags)
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
	link_entry(kv, entry, arrival->facts, arrival->head->status == 404);
	return entry;
}

static void
link_entry(struct kv *kv, struct cache_entry *entry,
    const struct flight_facts *facts, bool is_negative)
{
	struct kv_entry *linked = xcalloc(1, sizeof(*linked));

	linked->kv = kv;
	linked->entry = entry;
	linked->row = facts->row;
	linked->is_negative = is_negative;
	linked->place = place_of(kv, entry->path);
	DL_APPEND(linked->place->first, linked);
	deadline_item_init(&linked->expiry);
	entry->kv = linked;
	kv->entries++;
	set_life(linked, facts->asked);
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
	deadline_heap_set(entry->kv->expiries, &entry->expiry, life->expires);
	arm_timer(entry->kv);
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

static void
on_timer(void *arg)
{
	struct kv *kv = arg;

	kv_expire(kv, loop_mono(kv->env.cache->loop));
	arm_timer(kv);
}

static void
drop(struct kv_entry *entry, enum cache_cause cause)
{
	struct kv *kv = entry->kv;

	kv->env.drop(kv->env.drop_arg, entry->entry, cause);
}

/* No answer, a server that fails, is sealed or lags behind, one that asks for
 * quiet. */
static bool
is_failure(unsigned status)
{
	return status == 0 || status >= 472 || status == 429 ||
	    status == 412;
}

static void
note_failure(struct kv *kv)
{
	if (kv_gate_failed(&kv->gate, loop_mono(kv->env.cache->loop),
	    random_unit()))
		log_warn(kv->env.cache->log, "static.vault_away",
		    log_num("entries", (int64_t)kv->entries));
}

static void
note_answer(struct kv *kv)
{
	if (kv_gate_answered(&kv->gate))
		log_info(kv->env.cache->log, "static.vault_back");
}

/* A token that may not read a path says nothing of others that may; ours is
 * the one that most entries were made with. */
static void
refuse(struct kv *kv, const struct cache_ask *ask, unsigned status)
{
	struct cache_entry *entry;
	struct target target;

	if (!set_target(kv, ask, &target))
		return;
	if (is_failure(status)) {
		note_failure(kv);
		return;
	}
	if (status == 403)
		kv_rights_revoke(kv->rights, &target.reader, &target.entry);
	entry = cache_store_find(kv->env.store, &target.entry);
	if (entry != NULL && (status == 404 ||
	    ask->identity == CACHE_IDENTITY_AUTO))
		drop(entry->kv, CACHE_LEFT_WRITTEN);
}

static void
wrote(struct kv *kv, const struct cache_ask *ask)
{
	if (!kv_path_family(ask, wrote_path, kv))
		wrote_anything(kv);
	flight_table_seclude_if(kv->env.flights, flight_is_stale, kv);
}

/* The lease of a login begins with auth/; however that is written. */
static bool
names_login(struct span text)
{
	for (; text.len > 0; text = span_skip(text, 1))
		if (span_starts(text, SPAN_LITERAL("auth")))
			return true;
	return false;
}

static void
wrote_path(void *arg, struct span text)
{
	struct kv *kv = arg;
	struct kv_entry *entry, *next;
	struct kv_place *place;

	kv->written[slot_of(kv, text)]++;
	HASH_FIND(hh, kv->places, text.ptr, text.len, place);
	if (place == NULL)
		return;
	/* The place goes with its last entry. */
	for (entry = place->first; entry != NULL; entry = next) {
		next = entry->next;
		drop(entry, CACHE_LEFT_WRITTEN);
	}
}

static void
wrote_anything(struct kv *kv)
{
	for (size_t i = 0; i < SLOTS; i++)
		kv->written[i]++;
	while (kv->places != NULL)
		drop(kv->places->first, CACHE_LEFT_WRITTEN);
}

static bool
flight_is_stale(void *arg, const struct flight_facts *facts)
{
	const struct kv *kv = arg;

	return facts->is_static && !kv_is_current(kv, facts);
}
