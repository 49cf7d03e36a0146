/*
 * kv_rights - which token may have which static entry.
 *
 * Each token has a job that comes round once an interval. A right that was not
 * used since rests from then on; for the others the server is asked, with that
 * token, in one call. One that rests counts while Vault is away, when nobody
 * could have it again, and a use of it then wakes it at the next round. It goes
 * when what it is for could be given no more. A token of which all rests has no
 * rounds until then: they would take the turns of those who have work.
 *
 * What happened between two runs nobody heard: the rights of the earlier one
 * rest.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "kv_rights.h"

#include <stdlib.h>
#include <string.h>

/* For uthash: the process ends in our way when memory does. */
#define uthash_malloc(size) xmalloc(size)
#define uthash_free(memory, size) free(memory)
#include <uthash.h>

#include "base/xalloc.h"
#include "vault/vault_capabilities.h"

struct right {
	struct cache_key entry;
	char *path;
	bool is_list;
	bool is_used;			/* since the last round */
	bool is_asked;			/* in the call under way */
	bool rests;
	span_ms lasts;			/* resting, from then on: */
	mono_ms confirmed;
	UT_hash_handle hh;
};

struct right_token {
	struct cache_key reader;
	struct kv_rights *rights;
	struct secret *secret;
	bool is_auto;
	bool rests;			/* with all its rights */
	struct right *all;
	struct scheduler_job job;
	struct vault_op *op;
	UT_hash_handle hh;
};

struct kv_rights {
	struct cache_env env;
	struct cache_static_options options;
	const struct kv_gate *gate;
	struct right_token *tokens;	/* the oldest first */
};

static struct right_token *find(const struct kv_rights *rights,
    const struct cache_key *reader);
static struct right *find_right(struct right_token *token,
    const struct cache_key *entry);
static struct right_token *add_token(struct kv_rights *rights,
    const struct cache_key *reader, const struct cache_ask *ask);
static struct right *add_right(struct right_token *token,
    const struct kv_grant *grant);
static void drop_excess_token(struct kv_rights *rights);
static void drop_token(struct right_token *token);
static void drop_excess_right(struct right_token *token);
static void drop_right(struct right_token *token, struct right *right);
static bool counts(const struct right_token *token,
    const struct right *right);
static void schedule(struct right_token *token);
static void wake(struct right_token *token);
static mono_ms end_of_rest(const struct right_token *token);
static void on_due(void *arg, mono_ms now);
static void pause_unused(struct right_token *token, mono_ms now);
static bool is_over(const struct right_token *token,
    const struct right *right, mono_ms now);
static bool ask_server(struct right_token *token);
static struct secret *question(struct right_token *token);
static void on_reply(void *arg, const struct vault_reply *reply);
static void keep_confirmed(struct right_token *token, struct span body);
static void judge(struct right_token *token, struct right *right,
    const struct vault_capabilities *told);
static void on_unknown(struct right_token *token);

struct kv_rights *
kv_rights_new(const struct cache_env *env,
    const struct cache_static_options *options, const struct kv_gate *gate)
{
	struct kv_rights *rights = xcalloc(1, sizeof(*rights));

	rights->env = *env;
	rights->options = *options;
	rights->gate = gate;
	return rights;
}

void
kv_rights_free(struct kv_rights *rights)
{
	if (rights == NULL)
		return;
	kv_rights_drop_all(rights);
	free(rights);
}

void
kv_rights_reader(struct cache_key *reader, struct digest *digest,
    const struct cache_ask *ask)
{
	uint64_t kind = (uint64_t)ask->identity;
	uint64_t generation = ask->identity == CACHE_IDENTITY_AUTO ?
	    ask->generation : 0;

	digest_begin(digest);
	digest_add(digest, &kind, sizeof(kind));
	digest_add(digest, &generation, sizeof(generation));
	if (ask->identity == CACHE_IDENTITY_OWN)
		digest_add_span(digest, secret_lend(ask->token));
	digest_end(digest, reader->digest);
}

bool
kv_rights_has(struct kv_rights *rights, const struct cache_key *reader,
    const struct cache_key *entry)
{
	struct right_token *token = find(rights, reader);
	struct right *right = find_right(token, entry);

	if (right == NULL || (right->rests && !(rights->gate->is_away &&
	    counts(token, right))))
		return false;
	right->is_used = true;
	if (token->rests)
		wake(token);
	return true;
}

bool
kv_rights_rests(const struct kv_rights *rights, const struct cache_key *reader,
    const struct cache_key *entry)
{
	struct right_token *token = find(rights, reader);
	const struct right *right = find_right(token, entry);

	return right != NULL && right->rests && counts(token, right);
}

void
kv_rights_grant(struct kv_rights *rights, const struct cache_key *reader,
    const struct cache_ask *ask, const struct kv_grant *grant)
{
	struct right_token *token = find(rights, reader);
	struct right *right = find_right(token, grant->entry);

	if (ask->identity == CACHE_IDENTITY_AUTO)
		CACHE_JOURNAL_TELL(rights->env.journal, granted, grant->entry);
	if (token == NULL)
		token = add_token(rights, reader, ask);
	if (right == NULL)
		right = add_right(token, grant);
	right->lasts = grant->lasts;
	right->confirmed = grant->confirmed;
	right->is_used = true;
	right->rests = false;
	if (token->rests)
		wake(token);
}

void
kv_rights_restore(struct kv_rights *rights, const struct cache_key *reader,
    const struct cache_ask *ask, const struct kv_grant *grant)
{
	struct right *right;

	kv_rights_grant(rights, reader, ask, grant);
	right = find_right(find(rights, reader), grant->entry);
	right->is_used = false;
	right->rests = true;
}

void
kv_rights_revoke(struct kv_rights *rights, const struct cache_key *reader,
    const struct cache_key *entry)
{
	struct right_token *token = find(rights, reader);
	struct right *right = find_right(token, entry);

	if (right != NULL)
		drop_right(token, right);
}

void
kv_rights_drop_auto(struct kv_rights *rights)
{
	struct right_token *token, *next;

	HASH_ITER(hh, rights->tokens, token, next)
		if (token->is_auto)
			drop_token(token);
}

void
kv_rights_drop_all(struct kv_rights *rights)
{
	while (rights->tokens != NULL)
		drop_token(rights->tokens);
}

size_t
kv_rights_tokens(const struct kv_rights *rights)
{
	return HASH_COUNT(rights->tokens);
}

static struct right_token *
find(const struct kv_rights *rights, const struct cache_key *reader)
{
	struct right_token *token;

	HASH_FIND(hh, rights->tokens, reader->digest, DIGEST_BYTES, token);
	return token;
}

/* NULL: none. */
static struct right *
find_right(struct right_token *token, const struct cache_key *entry)
{
	struct right *right = NULL;

	if (token != NULL)
		HASH_FIND(hh, token->all, entry->digest, DIGEST_BYTES, right);
	return right;
}

static struct right_token *
add_token(struct kv_rights *rights, const struct cache_key *reader,
    const struct cache_ask *ask)
{
	struct right_token *token;

	if (HASH_COUNT(rights->tokens) >= rights->options.max_tokens)
		drop_excess_token(rights);
	token = xcalloc(1, sizeof(*token));
	token->reader = *reader;
	token->rights = rights;
	token->secret = secret_new(secret_lend(ask->token));
	token->is_auto = ask->identity == CACHE_IDENTITY_AUTO;
	scheduler_job_init(&token->job, on_due, token);
	HASH_ADD(hh, rights->tokens, reader.digest, DIGEST_BYTES, token);
	schedule(token);
	return token;
}

static struct right *
add_right(struct right_token *token, const struct kv_grant *grant)
{
	struct right *right;

	if (HASH_COUNT(token->all) >= KV_RIGHTS_MAX_PER_TOKEN)
		drop_excess_right(token);
	right = xcalloc(1, sizeof(*right));
	right->entry = *grant->entry;
	right->path = span_dup(grant->path->text);
	right->is_list = grant->path->is_list;
	HASH_ADD(hh, token->all, entry.digest, DIGEST_BYTES, right);
	return right;
}

/* The oldest, of those that rest if any does. */
static void
drop_excess_token(struct kv_rights *rights)
{
	struct right_token *token, *next;

	HASH_ITER(hh, rights->tokens, token, next)
		if (token->rests)
			break;
	drop_token(token != NULL ? token : rights->tokens);
}

static void
drop_token(struct right_token *token)
{
	struct kv_rights *rights = token->rights;

	HASH_DEL(rights->tokens, token);
	while (token->all != NULL)
		drop_right(token, token->all);
	scheduler_cancel(rights->env.scheduler, &token->job);
	vault_op_cancel(token->op);
	secret_unref(&token->secret);
	free(token);
}

/* The oldest, of those that rest if any does. */
static void
drop_excess_right(struct right_token *token)
{
	struct right *right, *next;

	HASH_ITER(hh, token->all, right, next)
		if (right->rests)
			break;
	drop_right(token, right != NULL ? right : token->all);
}

static void
drop_right(struct right_token *token, struct right *right)
{
	if (token->is_auto)
		CACHE_JOURNAL_TELL(token->rights->env.journal, withdrawn,
		    &right->entry);
	HASH_DEL(token->all, right);
	free(right->path);
	free(right);
}

/* At rest, while Vault is away. */
static bool
counts(const struct right_token *token, const struct right *right)
{
	return !is_over(token, right, loop_mono(token->rights->env.loop));
}

static void
wake(struct right_token *token)
{
	token->rests = false;
	schedule(token);
}

static mono_ms
end_of_rest(const struct right_token *token)
{
	const struct right *right;
	mono_ms end = 0;

	for (right = token->all; right != NULL; right = right->hh.next)
		if (right->confirmed + right->lasts > end)
			end = right->confirmed + right->lasts;
	return end;
}

static void
schedule(struct right_token *token)
{
	struct kv_rights *rights = token->rights;

	scheduler_set(rights->env.scheduler, &token->job,
	    loop_mono(rights->env.loop) + rights->options.refresh_interval);
}

static void
on_due(void *arg, mono_ms now)
{
	struct right_token *token = arg;
	struct kv_rights *rights = token->rights;

	pause_unused(token, now);
	if (token->all == NULL) {
		drop_token(token);
		return;
	}
	if (!token->rests && !rights->gate->is_away && ask_server(token))
		return;
	scheduler_job_done(rights->env.scheduler, &token->job);
	if (token->rests)
		scheduler_set(rights->env.scheduler, &token->job,
		    end_of_rest(token));
	else
		on_unknown(token);
}

static void
pause_unused(struct right_token *token, mono_ms now)
{
	struct right *right, *next;

	token->rests = true;
	HASH_ITER(hh, token->all, right, next) {
		right->rests = !right->is_used;
		right->is_used = false;
		if (!right->rests)
			token->rests = false;
		else if (is_over(token, right, now))
			drop_right(token, right);
	}
}

/* A right that rests: does it serve nothing any more? */
static bool
is_over(const struct right_token *token, const struct right *right,
    mono_ms now)
{
	return now - right->confirmed >= right->lasts ||
	    token->rights->options.behavior == CACHE_STATIC_PESSIMISTIC;
}

static bool
ask_server(struct right_token *token)
{
	struct kv_rights *rights = token->rights;
	struct secret *body = question(token);
	struct vault_ask ask = {
		.method = SPAN_LITERAL("PUT"),
		.path = SPAN_LITERAL("/v1/sys/capabilities-self"),
		.token = token->secret, .body = body
	};
	enum lh_err err = LH_ERR_LIMIT;

	if (body != NULL && token->secret != NULL)
		err = vault_api_ask(rights->env.api, &ask, on_reply, token,
		    &token->op);
	secret_unref(&body);
	return err == LH_OK;
}

/* Rights that rest, or begin while the call is under way, are not in it. */
static struct secret *
question(struct right_token *token)
{
	struct span *paths = xcalloc(HASH_COUNT(token->all), sizeof(*paths));
	struct right *right, *next;
	struct secret *body;
	size_t count = 0;

	HASH_ITER(hh, token->all, right, next) {
		right->is_asked = !right->rests;
		if (right->is_asked)
			paths[count++] = span_of(right->path);
	}
	body = vault_capabilities_body(paths, count);
	free(paths);
	return body;
}

static void
on_reply(void *arg, const struct vault_reply *reply)
{
	struct right_token *token = arg;
	struct kv_rights *rights = token->rights;

	token->op = NULL;
	scheduler_job_done(rights->env.scheduler, &token->job);
	log_debug(rights->env.log, "static.capabilities",
	    log_num("status", reply->status),
	    log_num("paths", (int64_t)HASH_COUNT(token->all)));
	switch (reply->verdict) {
	case VAULT_VERDICT_OK:
		keep_confirmed(token, reply->body);
		break;
	case VAULT_VERDICT_BUSY:
	case VAULT_VERDICT_DOWN:
		on_unknown(token);
		break;
	default:
		drop_token(token);
		break;
	}
}

static void
keep_confirmed(struct right_token *token, struct span body)
{
	struct vault_capabilities *told;
	struct right *right, *next;

	if (vault_capabilities_read(body, &told) != LH_OK) {
		on_unknown(token);
		return;
	}
	HASH_ITER(hh, token->all, right, next)
		if (right->is_asked)
			judge(token, right, told);
	vault_capabilities_free(told);
	if (token->all == NULL)
		drop_token(token);
	else
		schedule(token);
}

static void
judge(struct right_token *token, struct right *right,
    const struct vault_capabilities *told)
{
	right->is_asked = false;
	right->confirmed = loop_mono(token->rights->env.loop);
	if (!vault_capabilities_has(told, span_of(right->path),
	    right->is_list ? "list" : "read"))
		drop_right(token, right);
}

static void
on_unknown(struct right_token *token)
{
	if (token->rights->options.behavior == CACHE_STATIC_PESSIMISTIC)
		drop_token(token);
	else
		schedule(token);
}
