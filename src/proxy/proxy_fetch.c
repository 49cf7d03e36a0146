/*
 * proxy_fetch - see proxy_fetch.h.
 *
 *   QUEUED -> CALLING -> HOLDING -> OVER
 *                |  \       |        ^
 *                |   +---> STREAMING |
 *                +-------------+-----+
 *
 * An answer is held when it may be kept, when the cache has to see its body,
 * when our own token must be cut out of it, or when it is a refusal that may
 * tell of the end of our token. Everything else streams.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "proxy_fetch.h"

#include <stdlib.h>

/* For uthash: the process ends in our way when memory does. */
#define uthash_malloc(size) xmalloc(size)
#define uthash_free(memory, size) free(memory)
#include <uthash.h>
#include <utlist.h>

#include "base/lh_assert.h"
#include "base/moment.h"
#include "base/xalloc.h"
#include "http/http_head.h"
#include "proxy_headers.h"
#include "vault/vault_envelope.h"
#include "vault/vault_path.h"

enum fetch_state {
	FETCH_QUEUED,
	FETCH_CALLING,
	FETCH_HOLDING,
	FETCH_STREAMING,
	FETCH_OVER
};

struct proxy_fetch {
	struct proxy_fetch *prev, *next;
	struct proxy *proxy;
	enum fetch_state state;
	struct proxy_ask *ask;
	struct cache_flight *flight;
	struct fetch_listener listener;
	bool has_caller;
	bool is_left;			/* its caller is gone: left_count */

	struct scheduler_job job;	/* of one that nobody waits for */
	bool in_background;
	struct cache_key key;
	bool is_queued;			/* for its turn: by_key */
	UT_hash_handle by_key;

	struct vault_call *call;
	enum cache_interest interest;
	bool outlives;			/* goes on when its caller leaves */
	struct auth_token *strip;	/* ours, to be cut out, or NULL */
	struct http_kept_head *head;	/* while holding */
	struct bytes held;
};

static void set_state(struct proxy_fetch *fetch, enum fetch_state state);
static struct proxy_fetch *fetch_new(struct proxy *proxy,
    struct proxy_ask **ask, struct cache_flight *flight);
static void unqueue(struct proxy_fetch *fetch);
static size_t max_held(const struct proxy *proxy);
static void fetch_end(struct proxy_fetch *fetch);
static void fetch_free(void *arg);
static void prepare_to_outlive(struct proxy_fetch *fetch);
static void on_turn_come(void *arg, mono_ms now);
static enum lh_err start_call(struct proxy_fetch *fetch);
static enum lh_err call_vault(struct proxy_fetch *fetch,
    const struct proxy_headers *headers, enum vault_path_kind kind);
static void choose_strip(struct proxy_fetch *fetch,
    enum vault_path_kind kind);
static void on_head(void *arg, const struct http_head *head);
static enum http_flow on_body(void *arg, struct span bytes);
static void on_done(void *arg, enum lh_err err, const struct lh_cause *cause);
static bool must_hold(const struct proxy_fetch *fetch,
    const struct http_head *head);
static void hold(struct proxy_fetch *fetch, const struct http_head *head);
static void begin_stream(struct proxy_fetch *fetch,
    const struct http_head *head);
static enum http_flow overflow(struct proxy_fetch *fetch, struct span bytes);
static void land(struct proxy_fetch *fetch);
static bool strip(struct proxy_fetch *fetch);
static void land_flight(struct proxy_fetch *fetch,
    const struct http_head *head, struct span body);
static void land_unshared(struct proxy_fetch *fetch, unsigned status);
static void observe(struct proxy_fetch *fetch, unsigned status,
    struct span body);
static void obey_retry_after(struct proxy_fetch *fetch,
    const struct http_head *head);
static void fail(struct proxy_fetch *fetch, enum lh_err err,
    const struct lh_cause *cause);

enum lh_err
proxy_fetch_start(struct proxy *proxy, struct proxy_ask **ask,
    struct cache_flight *flight, const struct fetch_listener *listener,
    struct proxy_fetch **fetch_out)
{
	struct proxy_fetch *fetch = fetch_new(proxy, ask, flight);
	enum lh_err err;

	fetch->listener = *listener;
	fetch->has_caller = true;
	prepare_to_outlive(fetch);
	err = proxy->left_count < proxy->options.max_requests ?
	    start_call(fetch) : LH_ERR_LIMIT;
	if (err != LH_OK) {
		fetch_end(fetch);
		return err;
	}
	*fetch_out = fetch;
	return LH_OK;
}

void
proxy_fetch_behind(struct proxy *proxy, struct proxy_ask **ask,
    struct cache_flight *flight, const struct cache_key *key)
{
	struct proxy_fetch *fetch = fetch_new(proxy, ask, flight);

	fetch->in_background = true;
	fetch->key = *key;
	fetch->is_queued = true;
	HASH_ADD(by_key, proxy->queued, key, sizeof(fetch->key), fetch);
	prepare_to_outlive(fetch);
	scheduler_set(proxy->env.scheduler, &fetch->job,
	    loop_mono(proxy->env.loop));
}

void
proxy_fetch_hurry(struct proxy *proxy, const struct cache_key *key)
{
	struct proxy_fetch *fetch;

	HASH_FIND(by_key, proxy->queued, key, sizeof(*key), fetch);
	if (fetch == NULL)
		return;
	scheduler_cancel(proxy->env.scheduler, &fetch->job);
	unqueue(fetch);
	fetch->in_background = false;
	on_turn_come(fetch, loop_mono(proxy->env.loop));
}

void
proxy_fetch_leave(struct proxy_fetch **fetch)
{
	struct proxy_fetch *left = *fetch;

	*fetch = NULL;
	if (left == NULL || left->state == FETCH_OVER)
		return;
	left->has_caller = false;
	if (left->outlives && left->state != FETCH_STREAMING) {
		left->is_left = true;
		left->proxy->left_count++;
		return;
	}
	/* Cut off: a write may have been done. */
	if (left->interest != CACHE_INTEREST_NONE)
		cache_unheard(left->proxy->env.cache, &left->ask->cache,
		    LH_ERR_CANCELLED);
	fetch_end(left);
}

void
proxy_fetch_resume(struct proxy_fetch *fetch)
{
	if (fetch->call != NULL)
		vault_call_resume(fetch->call);
}

void
proxy_fetch_free_all(struct proxy *proxy)
{
	while (proxy->fetches != NULL) {
		proxy->fetches->has_caller = false;
		fetch_end(proxy->fetches);
	}
}

static void
set_state(struct proxy_fetch *fetch, enum fetch_state state)
{
	static const unsigned allowed[] = {
		[FETCH_QUEUED] = 1u << FETCH_CALLING | 1u << FETCH_OVER,
		[FETCH_CALLING] = 1u << FETCH_HOLDING |
		    1u << FETCH_STREAMING | 1u << FETCH_OVER,
		[FETCH_HOLDING] = 1u << FETCH_STREAMING | 1u << FETCH_OVER,
		[FETCH_STREAMING] = 1u << FETCH_OVER,
		[FETCH_OVER] = 0,
	};

	lh_assert(allowed[fetch->state] & 1u << state);
	fetch->state = state;
}

static struct proxy_fetch *
fetch_new(struct proxy *proxy, struct proxy_ask **ask,
    struct cache_flight *flight)
{
	struct proxy_fetch *fetch = xcalloc(1, sizeof(*fetch));

	fetch->proxy = proxy;
	fetch->ask = *ask;
	*ask = NULL;
	fetch->flight = flight;
	fetch->state = FETCH_QUEUED;
	bytes_init(&fetch->held, max_held(proxy));
	scheduler_job_init(&fetch->job, on_turn_come, fetch);
	DL_APPEND(proxy->fetches, fetch);
	proxy->fetch_count++;
	return fetch;
}

static void
unqueue(struct proxy_fetch *fetch)
{
	if (fetch->is_queued)
		HASH_DELETE(by_key, fetch->proxy->queued, fetch);
	fetch->is_queued = false;
}

/* What the cache would keep is held, however large. */
static size_t
max_held(const struct proxy *proxy)
{
	size_t max = proxy->options.max_held_bytes;

	if (proxy->env.cache != NULL &&
	    cache_max_entry_bytes(proxy->env.cache) > max)
		max = cache_max_entry_bytes(proxy->env.cache);
	return max;
}

/* Whoever is inside one of the call's callbacks still looks at the state. */
static void
fetch_end(struct proxy_fetch *fetch)
{
	unqueue(fetch);
	set_state(fetch, FETCH_OVER);
	vault_call_cancel(fetch->call);
	fetch->call = NULL;
	proxy_ask_drop_body(fetch->ask);
	if (fetch->flight != NULL)
		cache_fail(fetch->proxy->env.cache, &fetch->flight);
	if (fetch->in_background)
		scheduler_cancel(fetch->proxy->env.scheduler, &fetch->job);
	DL_DELETE(fetch->proxy->fetches, fetch);
	fetch->proxy->fetch_count--;
	if (fetch->is_left)
		fetch->proxy->left_count--;
	loop_later(fetch->proxy->env.loop, fetch_free, fetch);
}

static void
fetch_free(void *arg)
{
	struct proxy_fetch *fetch = arg;

	proxy_ask_free(fetch->ask);
	auth_token_unref(&fetch->strip);
	http_head_free(fetch->head);
	bytes_release(&fetch->held);
	free(fetch);
}

/* Others wait for what a leader fetches, and the cache must hear of a
 * revocation also when its caller does not. */
static void
prepare_to_outlive(struct proxy_fetch *fetch)
{
	struct proxy *proxy = fetch->proxy;

	if (proxy->env.cache != NULL)
		fetch->interest = cache_interest(proxy->env.cache,
		    &fetch->ask->cache);
	fetch->outlives = fetch->flight != NULL ||
	    fetch->interest != CACHE_INTEREST_NONE;
}

/* The scheduler's word, or somebody's hurry. */
static void
on_turn_come(void *arg, mono_ms now)
{
	struct proxy_fetch *fetch = arg;

	(void)now;
	unqueue(fetch);
	if (start_call(fetch) != LH_OK)
		fetch_end(fetch);
}

static enum lh_err
start_call(struct proxy_fetch *fetch)
{
	struct proxy *proxy = fetch->proxy;
	struct vault_path meaning;
	struct proxy_headers headers LH_ROOM;
	struct proxy_upward upward = {
		.fields = fetch->ask->cache.fields,
		.product = vault_client_product(proxy->env.client),
	};
	enum lh_err err;

	vault_path_classify(fetch->ask->cache.path, &meaning);
	upward.wrap_default = meaning.kind == VAULT_PATH_WRAP;
	upward.by_bearer = proxy_token_stays_bearer(&fetch->ask->cache);
	choose_strip(fetch, meaning.kind);
	if (fetch->flight != NULL)
		cache_depart(proxy->env.cache, fetch->flight);
	err = proxy_headers_upward(&upward, &headers);
	if (err == LH_OK)
		err = call_vault(fetch, &headers, meaning.kind);
	if (err == LH_OK)
		set_state(fetch, FETCH_CALLING);
	return err;
}

static enum lh_err
call_vault(struct proxy_fetch *fetch, const struct proxy_headers *headers,
    enum vault_path_kind kind)
{
	const struct cache_ask *ask = &fetch->ask->cache;
	const struct http_call_listener listener = { .on_head = on_head,
		.on_body = on_body, .on_done = on_done, .arg = fetch };
	struct vault_request request = {
		.method = ask->method, .path = ask->path, .query = ask->query,
		.fields = proxy_headers_lend(headers),
		.token = proxy_token_stays_bearer(ask) ? NULL : ask->token,
		.namespace = ask->namespace,
		.body = ask->body, .has_body = ask->body.len > 0 ||
		    http_fields_find(ask->fields,
		    SPAN_LITERAL("Content-Length")) != NULL,
		.retry = vault_method_is_safe(ask->method) ?
		    VAULT_RETRY_SAFE : VAULT_RETRY_UNSAFE,
	};

	if (kind == VAULT_PATH_HEALTH || fetch->in_background ||
	    fetch->ask->has_fallback)
		request.retry = VAULT_RETRY_NEVER;
	if (fetch->ask->has_fallback)
		request.timeout = cache_static_try_timeout(
		    fetch->proxy->env.cache);
	return vault_client_start(fetch->proxy->env.client, &request,
	    &listener, &fetch->call);
}

/* Answers about a token must not tell ours (behaviour section 2.10). */
static void
choose_strip(struct proxy_fetch *fetch, enum vault_path_kind kind)
{
	const struct auth_keeper *keeper = fetch->proxy->env.keeper;
	struct auth_token *ours = fetch->ask->identity.ours;

	if (!vault_path_tells_token(kind))
		return;
	if (ours == NULL && keeper != NULL)
		ours = auth_keeper_token(keeper);
	fetch->strip = auth_token_ref(ours);
}

static void
on_head(void *arg, const struct http_head *head)
{
	struct proxy_fetch *fetch = arg;

	obey_retry_after(fetch, head);
	if (fetch->proxy->env.cache != NULL)
		cache_heard(fetch->proxy->env.cache, &fetch->ask->cache,
		    head->status);
	if (must_hold(fetch, head))
		hold(fetch, head);
	else
		begin_stream(fetch, head);
}

static enum http_flow
on_body(void *arg, struct span bytes)
{
	struct proxy_fetch *fetch = arg;

	if (fetch->state == FETCH_STREAMING)
		return fetch->listener.on_bytes(fetch->listener.arg, bytes);
	if (bytes_append_span(&fetch->held, bytes) == LH_OK)
		return HTTP_FLOW_GO;
	return overflow(fetch, bytes);
}

static void
on_done(void *arg, enum lh_err err, const struct lh_cause *cause)
{
	struct proxy_fetch *fetch = arg;

	fetch->call = NULL;
	if (fetch->in_background)
		scheduler_job_done(fetch->proxy->env.scheduler, &fetch->job);
	if (err != LH_OK) {
		fail(fetch, err, cause);
		return;
	}
	if (fetch->state == FETCH_HOLDING)
		land(fetch);
	else if (fetch->has_caller)
		fetch->listener.on_end(fetch->listener.arg);
	if (fetch->state != FETCH_OVER)
		fetch_end(fetch);
}

static bool
must_hold(const struct proxy_fetch *fetch, const struct http_head *head)
{
	bool good = head->status >= 200 && head->status < 300;

	if (fetch->flight != NULL &&
	    cache_wants(fetch->proxy->env.cache, fetch->flight, head))
		return true;
	if (good && (fetch->strip != NULL ||
	    fetch->interest == CACHE_INTEREST_BODY))
		return true;
	if (fetch->ask->has_fallback && head->status >= 400)
		return true;
	return head->status == 403 &&
	    fetch->ask->identity.kind == CACHE_IDENTITY_AUTO;
}

static void
hold(struct proxy_fetch *fetch, const struct http_head *head)
{
	struct lh_cause cause;

	fetch->head = http_head_keep(head);
	if (fetch->head == NULL) {
		lh_cause_set(&cause, "no memory for the head of the answer");
		fail(fetch, LH_ERR_LIMIT, &cause);
		return;
	}
	/* What does not fit is met again when it comes. */
	if (head->content_length > 0 &&
	    bytes_reserve(&fetch->held, (size_t)head->content_length) != LH_OK)
		log_debug(fetch->proxy->env.log, "fetch.above_limit",
		    log_num("bytes", head->content_length));
	set_state(fetch, FETCH_HOLDING);
}

static void
begin_stream(struct proxy_fetch *fetch, const struct http_head *head)
{
	land_unshared(fetch, head->status);
	if (fetch->interest == CACHE_INTEREST_STATUS)
		observe(fetch, head->status, SPAN_NONE);
	set_state(fetch, FETCH_STREAMING);
	if (fetch->has_caller)
		fetch->listener.on_start(fetch->listener.arg, head);
	else
		fetch_end(fetch);	/* nobody is left to hear it */
}

/* More came than is held. The last word of the caller counts: what made it full
 * may have gone out meanwhile, and then no room is told of. */
static enum http_flow
overflow(struct proxy_fetch *fetch, struct span bytes)
{
	const struct fetch_listener *caller = &fetch->listener;
	struct lh_cause cause;

	if (fetch->strip != NULL) {
		lh_cause_set(&cause, "the answer about a token is above "
		    "%zu bytes", fetch->held.max);
		fail(fetch, LH_ERR_LIMIT, &cause);
		return HTTP_FLOW_GO;
	}
	begin_stream(fetch, http_head_lend(fetch->head));
	if (fetch->state != FETCH_OVER)
		(void)caller->on_bytes(caller->arg, bytes_span(&fetch->held));
	bytes_clear(&fetch->held);
	if (fetch->state == FETCH_OVER)
		return HTTP_FLOW_GO;
	return caller->on_bytes(caller->arg, bytes);
}

static void
land(struct proxy_fetch *fetch)
{
	const struct http_head *head = http_head_lend(fetch->head);
	struct span body = bytes_span(&fetch->held);

	if (fetch->interest != CACHE_INTEREST_NONE)
		observe(fetch, head->status, body);
	land_flight(fetch, head, body);
	if (fetch->has_caller && strip(fetch))
		fetch->listener.on_answer(fetch->listener.arg, head,
		    &fetch->held);
}

/* False: the answer could not be read, and our token may stand in it. */
static bool
strip(struct proxy_fetch *fetch)
{
	struct vault_token_names names;
	struct bytes stripped;
	bool changed = false;
	struct lh_cause cause;

	if (fetch->strip == NULL || fetch->held.len == 0 ||
	    http_head_lend(fetch->head)->status >= 300)
		return true;
	names.token = auth_token_secret(fetch->strip);
	names.accessor = auth_token_accessor(fetch->strip);
	bytes_init(&stripped, fetch->held.max);
	if (vault_envelope_strip(bytes_span(&fetch->held), &names,
	    &stripped, &changed) != LH_OK) {
		bytes_release(&stripped);
		lh_cause_set(&cause, "the answer about a token is not JSON "
		    "that can be checked");
		fail(fetch, LH_ERR_UPSTREAM, &cause);
		return false;
	}
	bytes_release(changed ? &fetch->held : &stripped);
	if (changed)
		fetch->held = stripped;
	return true;
}

static void
land_flight(struct proxy_fetch *fetch, const struct http_head *head,
    struct span body)
{
	if (fetch->flight == NULL)
		return;
	if ((head->status < 200 || head->status >= 300) &&
	    !cache_wants(fetch->proxy->env.cache, fetch->flight, head))
		land_unshared(fetch, head->status);
	else
		(void)cache_fill(fetch->proxy->env.cache, &fetch->flight,
		    &fetch->ask->cache, head, body);
}

/* What may be better next time is not held against the path. */
static void
land_unshared(struct proxy_fetch *fetch, unsigned status)
{
	struct cache *cache = fetch->proxy->env.cache;

	if (fetch->flight == NULL)
		return;
	if (status >= 500 || status == 429 || status == 412)
		cache_fail(cache, &fetch->flight);
	else if (status >= 300)
		cache_release(cache, &fetch->flight);
	else
		cache_share_none(cache, &fetch->flight);
}

static void
observe(struct proxy_fetch *fetch, unsigned status, struct span body)
{
	const struct proxy_env *env = &fetch->proxy->env;

	if (status < 200 || status >= 300)
		return;
	cache_observe(env->cache, &fetch->ask->cache, status, body);
	proxy_token_passed(env->keeper, &fetch->ask->cache);
}

/* Vault asks for quiet: the work that nobody waits for obeys, but not for
 * longer than our token and leases can bear. */
static void
obey_retry_after(struct proxy_fetch *fetch, const struct http_head *head)
{
	struct loop *loop = fetch->proxy->env.loop;
	struct span value;
	span_ms wait;

	if (head->status != 429 && head->status != 503)
		return;
	value = http_fields_value(head->fields, SPAN_LITERAL("Retry-After"));
	if (moment_of_retry_after(value, loop_wall(loop), &wait) != LH_OK)
		return;
	if (wait > SCHEDULER_HOLD_MAX_MS)
		wait = SCHEDULER_HOLD_MAX_MS;
	scheduler_hold(fetch->proxy->env.scheduler, loop_mono(loop) + wait);
}

static void
fail(struct proxy_fetch *fetch, enum lh_err err, const struct lh_cause *cause)
{
	if (fetch->proxy->env.cache != NULL)
		cache_unheard(fetch->proxy->env.cache, &fetch->ask->cache, err);
	if (fetch->flight != NULL)
		cache_fail(fetch->proxy->env.cache, &fetch->flight);
	if (fetch->has_caller)
		fetch->listener.on_broken(fetch->listener.arg, err, cause);
	if (fetch->state != FETCH_OVER)
		fetch_end(fetch);
}
