/*
 * kv - static answers: found, let in, dropped, watched.
 *
 * A read is turned into its path as Vault sees it; the row of that path, the
 * key of the entry (path, version) and the key of the flight (also who asks)
 * follow from it. Of a list the server may leave out what the caller must not
 * know, so its entry belongs to who asked alone. Writes are in kv_write.c.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "kv_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/lh_assert.h"
#include "base/xalloc.h"
#include "cache_policy.h"
#include "vault/vault_envelope.h"
#include "vault/vault_path.h"

static bool is_told_apart(const struct kv *kv, struct http_fields fields);
static bool set_target(struct kv *kv, const struct cache_ask *ask,
    struct kv_target *target);
static enum kv_verdict look_closer(struct kv *kv,
    const struct cache_ask *ask, const struct kv_target *target,
    struct kv_look *look);
static bool is_resting(const struct kv *kv, const struct kv_target *target,
    mono_ms now);
static void set_facts(struct kv *kv, const struct cache_ask *ask,
    const struct kv_target *target, struct flight_facts *facts);
static struct kv_entry *find(struct kv *kv, const struct cache_key *entry,
    const struct cache_key *reader);
static enum kv_fresh fresh_of(const struct kv_entry *found, mono_ms now);
static span_ms life_of(const struct kv_entry *found);
static void set_hit(const struct kv_entry *found, mono_ms now,
    struct cache_hit *hit);
static bool give(struct kv *kv, struct kv_entry *found,
    struct cache_hit *hit);
static bool may_replace(struct kv *kv, const struct flight_facts *facts,
    enum kv_fresh fresh);
static bool is_static_answer(const struct kv_arrival *arrival);
static bool is_failure(unsigned status);
static void note_failure(struct kv *kv);
static void note_answer(struct kv *kv);
static void refuse(struct kv *kv, const struct cache_ask *ask,
    unsigned status);
static bool names_login(struct span text);

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
	kv->timer = loop_timer_new(env->cache->loop, kv_entries_on_timer, kv);
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
	struct kv_target target;

	if (!set_target(kv, ask, &target))
		return KV_NOT_STATIC;
	target.found = find(kv, &target.entry, &target.reader);
	if (target.found == NULL || fresh_of(target.found, now) != KV_FRESH ||
	    cache_policy_must_refetch(ask))
		return look_closer(kv, ask, &target, look);
	set_hit(target.found, now, &look->hit);
	cache_store_touch(kv->env.store, target.found->entry, now);
	return KV_GIVE;
}

bool
kv_find(struct kv *kv, const struct cache_ask *ask, struct cache_hit *hit)
{
	struct kv_target target;
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
	struct kv_target target;

	if (!set_target(kv, arrival->ask, &target) ||
	    !kv_wants(kv, arrival->facts, arrival->head) ||
	    arrival->body.len > kv->env.options->max_entry_bytes)
		return false;
	if (!is_static_answer(arrival))
		return false;
	entry = kv_entries_put(kv, arrival, &target);
	if (entry == NULL)
		return false;
	kv_rights_grant(kv->rights, &target.reader, arrival->ask,
	    &(struct kv_grant){ key, &target.path, life_of(entry->kv), now });
	set_hit(entry->kv, now, hit);
	return true;
}

void
kv_not_static(struct kv *kv, const struct flight_facts *facts)
{
	struct cache_entry *old = cache_store_find(kv->env.store,
	    &facts->entry);

	if (old != NULL && old->life.born <= facts->asked)
		kv_entries_drop(old->kv, CACHE_LEFT_REPLACED);
	unshareable_note(kv->env.paths, &facts->entry, UNSHAREABLE_YES,
	    loop_mono(kv->env.cache->loop));
}

void
kv_heard(struct kv *kv, const struct cache_ask *ask, unsigned status)
{
	if (kv_is_write(kv, ask)) {
		kv_write_heard(kv, ask, status);
		return;
	}
	if (!is_failure(status))
		note_answer(kv);
	if (is_failure(status) || status == 403 || status == 404)
		refuse(kv, ask, status);
}

void
kv_unheard(struct kv *kv, const struct cache_ask *ask, enum lh_err why)
{
	if (!kv_is_write(kv, ask))
		refuse(kv, ask, 0);
	else if (why != LH_ERR_UNREACHABLE)
		kv_write_heard(kv, ask, 0);
}

enum lh_err
kv_watch(struct kv *kv, const struct cache_ask *ask, cache_changed_fn *fn,
    void *arg, struct cache_watch **out)
{
	struct kv_target target;

	if (!set_target(kv, ask, &target))
		return LH_ERR_NOT_FOUND;
	return kv_watch_start(kv->watchers, &target.entry, fn, arg, out);
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
kv_restore_right(struct kv *kv, const struct cache_ask *ask,
    const struct cache_entry *entry)
{
	struct kv_path path = { .text = entry->path,
	    .is_list = span_ends(entry->path, SPAN_LITERAL("/")) };
	struct cache_key reader;

	kv_rights_reader(&reader, kv->env.digest, ask);
	kv_rights_restore(kv->rights, &reader, ask, &(struct kv_grant){
	    &entry->key, &path, life_of(entry->kv), entry->life.born });
}

void
kv_count(const struct kv *kv, struct cache_counts *out)
{
	out->static_entries = kv->entries;
	out->watchers = kv_watchers_count(kv->watchers);
	out->is_away = kv->gate.is_away;
}

/* By a field that counts where leases lie. Here there is one answer for all. */
static bool
is_told_apart(const struct kv *kv, struct http_fields fields)
{
	const struct text_list *headers = &kv->env.options->key_headers;

	for (size_t i = 0; i < headers->count; i++)
		if (http_fields_find(fields, span_of(headers->list[i])) !=
		    NULL)
			return true;
	return http_fields_find(fields, SPAN_LITERAL("X-Vault-MFA")) != NULL;
}

static bool
set_target(struct kv *kv, const struct cache_ask *ask, struct kv_target *target)
{
	struct digest *digest = kv->env.digest;
	uint64_t version;

	if (cache_policy_access(ask) != CACHE_POLICY_READ ||
	    is_told_apart(kv, ask->fields) ||
	    !kv_path_set(&target->path, ask))
		return false;
	target->row = kv_rows_match(&kv->options, target->path.text);
	if (target->row == NULL)
		return false;
	version = target->path.version;
	kv_rights_reader(&target->reader, digest, ask);
	digest_begin(digest);
	digest_add_span(digest, SPAN_LITERAL("static"));
	digest_add_span(digest, target->path.text);
	digest_add(digest, &version, sizeof(version));
	if (target->path.is_list)
		digest_add(digest, &target->reader, sizeof(target->reader));
	digest_end(digest, target->entry.digest);
	return true;
}

/* It is not there, or it is not plainly fresh. */
static enum kv_verdict
look_closer(struct kv *kv, const struct cache_ask *ask,
    const struct kv_target *target, struct kv_look *look)
{
	mono_ms now = loop_mono(kv->env.cache->loop);
	struct kv_entry *found = target->found;

	if (found == NULL && unshareable_recall(kv->env.paths, &target->entry,
	    now) == UNSHAREABLE_YES)
		return KV_NOT_STATIC;
	set_facts(kv, ask, target, &look->facts);
	look->has_fallback = false;
	if (cache_policy_must_refetch(ask))
		return KV_FETCH;
	if (found == NULL) {
		look->has_fallback = is_resting(kv, target, now);
		return KV_FETCH;
	}
	if (!give(kv, found, &look->hit)) {
		look->has_fallback = fresh_of(found, now) == KV_OLD;
		return KV_FETCH;
	}
	cache_store_touch(kv->env.store, found->entry, now);
	return may_replace(kv, &look->facts, fresh_of(found, now)) ?
	    KV_REPLACE : KV_GIVE;
}

/* It is there for that reader as soon as Vault is away. */
static bool
is_resting(const struct kv *kv, const struct kv_target *target, mono_ms now)
{
	struct cache_entry *entry = cache_store_find(kv->env.store,
	    &target->entry);

	return entry != NULL && fresh_of(entry->kv, now) != KV_GONE &&
	    kv_rights_rests(kv->rights, &target->reader, &target->entry);
}

static void
set_facts(struct kv *kv, const struct cache_ask *ask,
    const struct kv_target *target, struct flight_facts *facts)
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
		.slot = kv_write_slot(kv, target->path.text)
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

static span_ms
life_of(const struct kv_entry *found)
{
	return kv_rows_life(found->row, found->is_negative);
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
	struct kv_target target;

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
		kv_entries_drop(entry->kv, CACHE_LEFT_WRITTEN);
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
