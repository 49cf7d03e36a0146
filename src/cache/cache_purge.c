/*
 * cache_purge - what leaves, with all that falls with it.
 *
 * Whatever is to go is first put on a list through the entries themselves;
 * then the list is emptied from its head. An entry that holds a token puts
 * what is under that token on the list before it goes. So there is no
 * recursion, however long a chain of tokens is, and no walk over entries that
 * vanish meanwhile.
 *
 * Revocations are read leniently: the server has already said yes. What they
 * name stands in the path or in the body; what we do not know has no effect.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "cache_purge.h"

#include <stdlib.h>
#include <string.h>

#include "base/lh_assert.h"
#include "base/xalloc.h"
#include "cache_ended.h"
#include "http/http_path.h"
#include "kv.h"
#include "lease_keeper.h"
#include "vault/vault_envelope.h"
#include "vault/vault_path.h"
#include "vault/vault_request.h"

#define NAME_MAX_BYTES 16384	/* of a token, a lease id, a prefix */

struct cache_purge {
	struct cache_store *store;
	struct lineage *lineage;
	struct cache_journal journal;
	uint64_t epoch;
};

/* What is to go, the last one put there first. */
struct fall {
	struct cache_entry *first;
	enum cache_cause cause;
};

/* A request seen passing. */
struct sight {
	const struct cache_ask *ask;
	struct vault_path path;
	struct span name;	/* what it names; empty when nothing */
	struct span answer;
};

typedef void sight_fn(struct cache_purge *purge, const struct sight *sight);

struct sight_rule {
	enum vault_path_kind kind;
	enum cache_interest interest;
	sight_fn *fn;
	const char *key;	/* of the body; NULL: it names nothing there */
};

static void mark(struct fall *fall, struct cache_entry *entry);
static void mark_under(struct fall *fall, struct lineage_token *token);
static size_t empty(struct cache_purge *purge, struct fall *fall);
static void remove_entry(struct cache_purge *purge,
    struct cache_entry *entry, enum cache_cause cause);
static enum cache_cause cause_below(enum cache_cause cause);
static size_t clear_path(struct cache_purge *purge, struct span value,
    struct span namespace);
static void mark_path(const struct cache_purge *purge, struct fall *fall,
    struct span value, struct span namespace);
static const struct sight_rule *rule_of(const struct cache_ask *ask,
    const struct vault_path *path);
static bool name_in_path(struct sight *sight, struct bytes *room);
static enum lh_err name_in_body(struct sight *sight, const char *key,
    struct bytes *room);
static sight_fn on_lease_revoked;
static sight_fn on_prefix_revoked;
static sight_fn on_token_revoked;
static sight_fn on_self_revoked;
static sight_fn on_accessor_revoked;
static sight_fn on_orphan_revoked;
static sight_fn on_unmounted;
static sight_fn on_remounted;
static sight_fn on_lives_ended;
static sight_fn on_lease_renewed;
static sight_fn on_token_renewed;
static void revoke_token(struct cache_purge *purge,
    struct lineage_token *token);
static void revoke_prefix(struct cache_purge *purge,
    const struct sight *sight, struct span prefix);
static void revoke_mount(struct cache_purge *purge,
    const struct sight *sight, struct span parent);

static const struct sight_rule rules[] = {
	{ VAULT_PATH_LEASE_REVOKE, CACHE_INTEREST_STATUS,
	    on_lease_revoked, "lease_id" },
	{ VAULT_PATH_LEASE_REVOKE_PREFIX, CACHE_INTEREST_STATUS,
	    on_prefix_revoked, NULL },
	{ VAULT_PATH_TOKEN_REVOKE, CACHE_INTEREST_STATUS,
	    on_token_revoked, "token" },
	{ VAULT_PATH_TOKEN_REVOKE_SELF, CACHE_INTEREST_STATUS,
	    on_self_revoked, NULL },
	{ VAULT_PATH_TOKEN_REVOKE_ACCESSOR, CACHE_INTEREST_STATUS,
	    on_accessor_revoked, "accessor" },
	{ VAULT_PATH_TOKEN_REVOKE_ORPHAN, CACHE_INTEREST_STATUS,
	    on_orphan_revoked, "token" },
	{ VAULT_PATH_LEASE_RENEW, CACHE_INTEREST_BODY,
	    on_lease_renewed, NULL },
	{ VAULT_PATH_TOKEN_RENEW, CACHE_INTEREST_BODY,
	    on_token_renewed, NULL },
	{ VAULT_PATH_TOKEN_RENEW_SELF, CACHE_INTEREST_BODY,
	    on_token_renewed, NULL },
	{ VAULT_PATH_TOKEN_RENEW_ACCESSOR, CACHE_INTEREST_BODY,
	    on_token_renewed, NULL }
};

static const struct sight_rule unmount_rule = {
	VAULT_PATH_MOUNT, CACHE_INTEREST_STATUS, on_unmounted, NULL
};
static const struct sight_rule remount_rule = {
	VAULT_PATH_MOUNT, CACHE_INTEREST_STATUS, on_remounted, "from"
};
static const struct sight_rule life_rule = {
	VAULT_PATH_OTHER, CACHE_INTEREST_STATUS, on_lives_ended, NULL
};

struct cache_purge *
cache_purge_new(struct cache_store *store, struct lineage *lineage,
    struct cache_journal journal)
{
	struct cache_purge *purge = xcalloc(1, sizeof(*purge));

	purge->store = store;
	purge->lineage = lineage;
	purge->journal = journal;
	return purge;
}

void
cache_purge_free(struct cache_purge *purge)
{
	free(purge);
}

size_t
cache_purge_entry(struct cache_purge *purge, struct cache_entry *entry,
    enum cache_cause cause)
{
	struct fall fall = { .cause = cause };

	mark(&fall, entry);
	return empty(purge, &fall);
}

size_t
cache_purge_all(struct cache_purge *purge, enum cache_cause cause)
{
	struct cache_entry *entry = cache_store_first(purge->store);
	struct fall fall = { .cause = cause };

	for (; entry != NULL; entry = entry->lru_next)
		mark(&fall, entry);
	return empty(purge, &fall);
}

size_t
cache_purge_token(struct cache_purge *purge, struct lineage_token *token,
    enum cache_cause cause)
{
	struct fall fall = { .cause = cause };

	if (lineage_holder(token) != NULL)
		mark(&fall, lineage_holder(token));
	else
		mark_under(&fall, token);
	return empty(purge, &fall);
}

size_t
cache_purge_clear(struct cache_purge *purge, enum cache_clear_type type,
    struct span value, struct span namespace)
{
	struct lineage_token *token;
	struct cache_entry *entry;

	purge->epoch++;
	switch (type) {
	case CACHE_CLEAR_ALL:
		return cache_purge_all(purge, CACHE_LEFT_CLEARED);
	case CACHE_CLEAR_REQUEST_PATH:
		return clear_path(purge, value, namespace);
	case CACHE_CLEAR_LEASE:
		entry = cache_store_find_lease(purge->store, value);
		return entry == NULL ? 0 :
		    cache_purge_entry(purge, entry, CACHE_LEFT_CLEARED);
	case CACHE_CLEAR_TOKEN:
		token = lineage_find(purge->lineage, value);
		break;
	case CACHE_CLEAR_ACCESSOR:
		token = lineage_find_accessor(purge->lineage, value);
		break;
	default:
		lh_unreachable();
	}
	return token == NULL ? 0 :
	    cache_purge_token(purge, token, CACHE_LEFT_CLEARED);
}

enum cache_interest
cache_purge_interest(const struct cache_ask *ask)
{
	const struct sight_rule *rule;
	struct vault_path path;

	vault_path_classify(ask->path, &path);
	rule = rule_of(ask, &path);
	return rule == NULL ? CACHE_INTEREST_NONE : rule->interest;
}

/* Where path and body name different things, which of them the server took is
 * not known: both count. What cannot be read for its size may name anything. */
void
cache_purge_observe(struct cache_purge *purge, const struct cache_ask *ask,
    struct span body)
{
	struct sight sight = { .ask = ask, .answer = body };
	const struct sight_rule *rule;
	struct bytes room;
	bool is_named;

	vault_path_classify(ask->path, &sight.path);
	rule = rule_of(ask, &sight.path);
	if (rule == NULL)
		return;
	bytes_init(&room, NAME_MAX_BYTES);
	is_named = name_in_path(&sight, &room);
	if (is_named)
		rule->fn(purge, &sight);
	switch (name_in_body(&sight, rule->key, &room)) {
	case LH_ERR_LIMIT:
		purge->epoch++;
		cache_purge_all(purge, CACHE_LEFT_REVOKED);
		break;
	case LH_OK:
		rule->fn(purge, &sight);
		break;
	default:
		if (!is_named)
			rule->fn(purge, &sight);
		break;
	}
	bytes_release(&room);
}

uint64_t
cache_purge_epoch(const struct cache_purge *purge)
{
	return purge->epoch;
}

static void
mark(struct fall *fall, struct cache_entry *entry)
{
	if (entry->is_falling)
		return;
	entry->is_falling = true;
	entry->fall_cause = fall->cause;
	entry->fall_next = fall->first;
	fall->first = entry;
}

/* They are unlinked at once: the token may go before they do. */
static void
mark_under(struct fall *fall, struct lineage_token *token)
{
	struct cache_entry *entry;

	while ((entry = lineage_first(token)) != NULL) {
		lineage_unlink(entry);
		mark(fall, entry);
	}
}

static size_t
empty(struct cache_purge *purge, struct fall *fall)
{
	struct cache_entry *entry;
	size_t count = 0;

	fall->cause = cause_below(fall->cause);
	while ((entry = fall->first) != NULL) {
		fall->first = entry->fall_next;
		if (entry->holds != NULL)
			mark_under(fall, entry->holds);
		remove_entry(purge, entry, entry->fall_cause);
		count++;
	}
	return count;
}

/* Nothing is under it any more. */
static void
remove_entry(struct cache_purge *purge, struct cache_entry *entry,
    enum cache_cause cause)
{
	CACHE_JOURNAL_TELL(purge->journal, left, entry);
	if (entry->kv != NULL)
		kv_forget(entry);
	else
		lease_keeper_forget(entry);
	lineage_unlink(entry);
	if (entry->holds != NULL)
		lineage_remove(purge->lineage, entry->holds);
	cache_store_remove(purge->store, entry, cause);
}

/* What happened to the parent is an end of its own for those below, but when
 * both were meant. */
static enum cache_cause
cause_below(enum cache_cause cause)
{
	switch (cause) {
	case CACHE_LEFT_CLEARED:
	case CACHE_LEFT_GENERATION:
		return cause;
	default:
		return CACHE_LEFT_REVOKED;
	}
}

/* Escapes stand as they came in the path of an entry, and decoded in that of a
 * static one. */
static size_t
clear_path(struct cache_purge *purge, struct span value,
    struct span namespace)
{
	struct fall fall = { .cause = CACHE_LEFT_CLEARED };
	struct bytes plain;

	if (span_starts(SPAN_LITERAL("/v1/"), value))
		value = SPAN_LITERAL("/v1/");
	if (!span_starts(value, SPAN_LITERAL("/v1/")))
		return 0;
	mark_path(purge, &fall, value, namespace);
	bytes_init(&plain, NAME_MAX_BYTES);
	if (http_percent_decode(value, &plain) == LH_OK)
		mark_path(purge, &fall, bytes_span(&plain), namespace);
	bytes_release(&plain);
	return empty(purge, &fall);
}

static void
mark_path(const struct cache_purge *purge, struct fall *fall,
    struct span value, struct span namespace)
{
	struct cache_entry *entry = cache_store_first(purge->store);
	struct bytes prefix;

	bytes_init(&prefix, NAME_MAX_BYTES);
	if (vault_path_join(namespace, value, &prefix) != LH_OK)
		entry = NULL;
	for (; entry != NULL; entry = entry->lru_next)
		if (span_starts(entry->path, bytes_span(&prefix)))
			mark(fall, entry);
	bytes_release(&prefix);
}

/* NULL: not of interest. */
static const struct sight_rule *
rule_of(const struct cache_ask *ask, const struct vault_path *path)
{
	struct cache_ended ended;
	size_t i;

	/* The help on a revocation revokes nothing. */
	if (vault_method_is_safe(ask->method))
		return NULL;
	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].kind == path->kind)
			return &rules[i];
	if (path->kind == VAULT_PATH_OTHER &&
	    cache_ended_find(ask->path, &ended))
		return &life_rule;
	if (path->kind != VAULT_PATH_MOUNT)
		return NULL;
	if (span_equal(ask->method, SPAN_LITERAL("DELETE")))
		return &unmount_rule;
	return path->argument.len == 0 && ask->body.len > 0 ?
	    &remount_rule : NULL;
}

static bool
name_in_path(struct sight *sight, struct bytes *room)
{
	if (sight->path.argument.len == 0 ||
	    http_percent_decode(sight->path.argument, room) != LH_OK)
		return false;
	sight->name = bytes_span(room);
	return true;
}

/* To the server what the query of a form says is as good. */
static enum lh_err
name_in_body(struct sight *sight, const char *key, struct bytes *room)
{
	enum lh_err err;

	sight->name = SPAN_NONE;
	bytes_clear(room);
	if (key == NULL)
		return LH_ERR_NOT_FOUND;
	err = vault_request_text(sight->ask->body, key, room);
	if (err == LH_ERR_NOT_FOUND)
		err = vault_request_text(sight->ask->query, key, room);
	if (err == LH_OK)
		sight->name = bytes_span(room);
	return err;
}

static void
on_lease_revoked(struct cache_purge *purge, const struct sight *sight)
{
	struct cache_entry *entry = cache_store_find_lease(purge->store,
	    sight->name);

	if (entry != NULL)
		cache_purge_entry(purge, entry, CACHE_LEFT_REVOKED);
	else if (span_starts(sight->name, SPAN_LITERAL("auth/")))
		revoke_prefix(purge, sight, sight->name);
}

static void
on_prefix_revoked(struct cache_purge *purge, const struct sight *sight)
{
	purge->epoch++;
	revoke_prefix(purge, sight, sight->name);
}

static void
on_token_revoked(struct cache_purge *purge, const struct sight *sight)
{
	revoke_token(purge, lineage_find(purge->lineage, sight->name));
}

static void
on_self_revoked(struct cache_purge *purge, const struct sight *sight)
{
	revoke_token(purge, lineage_find(purge->lineage,
	    secret_lend(sight->ask->token)));
}

static void
on_accessor_revoked(struct cache_purge *purge, const struct sight *sight)
{
	revoke_token(purge, lineage_find_accessor(purge->lineage,
	    sight->name));
}

/* Its leases go with it; tokens made with it live on, under nobody. */
static void
on_orphan_revoked(struct cache_purge *purge, const struct sight *sight)
{
	struct lineage_token *token = lineage_find(purge->lineage,
	    sight->name);
	struct cache_entry *entry, *next;

	if (token == NULL)
		return;
	for (entry = lineage_first(token); entry != NULL; entry = next) {
		next = entry->sibling_next;
		if (entry->holds != NULL)
			lineage_unlink(entry);
	}
	revoke_token(purge, token);
}

/* sys/mounts/M ends the leases under M/, sys/auth/M those under auth/M/; and
 * sys/namespaces/N all that lies in N/. */
static void
on_unmounted(struct cache_purge *purge, const struct sight *sight)
{
	struct span before = sight->ask->path;

	if (sight->path.argument.len == 0)
		return;
	before.len = (size_t)(sight->path.argument.ptr - before.ptr);
	revoke_mount(purge, sight, span_ends(before, SPAN_LITERAL("auth/")) ?
	    SPAN_LITERAL("auth/") : SPAN_NONE);
}

static void
on_remounted(struct cache_purge *purge, const struct sight *sight)
{
	revoke_mount(purge, sight, SPAN_NONE);
}

static void
on_lives_ended(struct cache_purge *purge, const struct sight *sight)
{
	struct cache_entry *entry = cache_store_first(purge->store);
	struct fall fall = { .cause = CACHE_LEFT_REVOKED };
	struct cache_ended ended;
	struct bytes path;

	purge->epoch++;
	bytes_init(&path, NAME_MAX_BYTES);
	if (vault_path_join(sight->ask->namespace, sight->ask->path, &path) !=
	    LH_OK || !cache_ended_find(bytes_span(&path), &ended))
		entry = NULL;
	for (; entry != NULL; entry = entry->lru_next)
		if (entry->life.course == ended.course &&
		    span_starts(entry->path, ended.engine) && span_ends(
		    span_skip(entry->path, ended.engine.len), ended.name))
			mark(&fall, entry);
	bytes_release(&path);
	empty(purge, &fall);
}

/* Anybody can write to a path that looks like a renewal. Only an answer that
 * names the lease itself was given by who grants leases. */
static void
on_lease_renewed(struct cache_purge *purge, const struct sight *sight)
{
	struct vault_envelope envelope;
	struct cache_entry *entry;

	if (vault_envelope_parse(sight->answer, &envelope) != LH_OK)
		return;
	entry = cache_store_find_lease(purge->store,
	    span_of(envelope.lease_id));
	if (entry != NULL)
		lease_keeper_renewed(entry, &envelope);
	vault_envelope_release(&envelope);
}

static void
on_token_renewed(struct cache_purge *purge, const struct sight *sight)
{
	struct vault_envelope envelope;
	struct lineage_token *token;

	if (vault_envelope_parse(sight->answer, &envelope) != LH_OK)
		return;
	token = lineage_find(purge->lineage,
	    secret_lend(envelope.auth.token));
	if (token == NULL && envelope.auth.token == NULL)
		token = lineage_find_accessor(purge->lineage,
		    span_of(envelope.auth.accessor));
	if (token != NULL && lineage_holder(token) != NULL)
		lease_keeper_renewed(lineage_holder(token), &envelope);
	vault_envelope_release(&envelope);
}

static void
revoke_token(struct cache_purge *purge, struct lineage_token *token)
{
	if (token == NULL)
		return;
	purge->epoch++;
	cache_purge_token(purge, token, CACHE_LEFT_REVOKED);
}

/* prefix: as Vault sees it, inside of the namespace of the request. */
static void
revoke_prefix(struct cache_purge *purge, const struct sight *sight,
    struct span prefix)
{
	struct cache_entry *entry = cache_store_first(purge->store);
	struct fall fall = { .cause = CACHE_LEFT_REVOKED };
	struct bytes joined;

	while (prefix.len > 0 && prefix.ptr[0] == '/')
		prefix = span_skip(prefix, 1);
	bytes_init(&joined, NAME_MAX_BYTES);
	if (vault_namespace_canonical(sight->ask->namespace, &joined) ==
	    LH_OK && vault_namespace_canonical(sight->path.ns, &joined) ==
	    LH_OK && bytes_append_span(&joined, prefix) == LH_OK)
		for (; entry != NULL; entry = entry->lru_next)
			if (cache_entry_is_under(entry, bytes_span(&joined)))
				mark(&fall, entry);
	bytes_release(&joined);
	empty(purge, &fall);
}

static void
revoke_mount(struct cache_purge *purge, const struct sight *sight,
    struct span parent)
{
	struct bytes mount;

	purge->epoch++;
	bytes_init(&mount, NAME_MAX_BYTES);
	if (sight->name.len > 0 &&
	    bytes_append_span(&mount, parent) == LH_OK &&
	    vault_namespace_canonical(sight->name, &mount) == LH_OK)
		revoke_prefix(purge, sight, bytes_span(&mount));
	bytes_release(&mount);
}
