/*
 * proxy_lookup - the cache's side of a request: a hit, a wait for somebody
 * else's fetch or for a change, or on to Vault.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "proxy_request_priv.h"

#include "base/lh_assert.h"
#include "proxy_hit.h"

#define REPEATS_MAX 3		/* of a look-up that a write went between */

static void reply_hit(struct proxy_request *request,
    const struct cache_hit *hit);
static bool is_awaited(const struct proxy_request *request,
    const struct cache_hit *hit);
static void park(struct proxy_request *request, const struct cache_hit *hit);
static void on_changed(void *arg);
static void on_look_again(void *arg);
static void fetch_successor(struct proxy_request *request,
    const struct cache_ask *view, struct cache_result *found);
static void join(struct proxy_request *request, const struct cache_key *key);
static void on_landed(void *arg, enum cache_landing landing,
    const struct cache_hit *hit, struct cache_flight *flight);
static void on_join_late(void *arg);
static bool has_new_token(const struct proxy_request *request);

void
proxy_lookup_begin(struct proxy_request *request)
{
	struct cache *cache = request->proxy->env.cache;
	enum cache_verdict verdict;
	struct cache_result found;
	struct cache_ask view;

	if (cache == NULL) {
		proxy_forward_begin(request, NULL);
		return;
	}
	proxy_lookup_view(request, &view);
	verdict = cache_lookup(cache, &view, &found);
	request->is_static = found.is_static;
	request->has_fallback = found.has_fallback;
	switch (verdict) {
	case CACHE_HIT:
		if (found.flight != NULL)
			fetch_successor(request, &view, &found);
		reply_hit(request, &found.hit);
		break;
	case CACHE_LEAD:
		proxy_forward_begin(request, found.flight);
		break;
	case CACHE_JOIN:
		join(request, &found.key);
		break;
	case CACHE_BYPASS:
		proxy_forward_begin(request, NULL);
		break;
	}
}

void
proxy_lookup_view(const struct proxy_request *request, struct cache_ask *view)
{
	proxy_ask_view(request->http, &request->identity,
	    bytes_span(&request->namespace), view);
	view->query = request->query;
}

static void
reply_hit(struct proxy_request *request, const struct cache_hit *hit)
{
	struct metrics *metrics = request->proxy->env.metrics;
	struct proxy_hit given = { .hit = hit,
		.is_known = proxy_hit_is_known(hit, request->http->fields),
		.is_fetched = request->state == REQUEST_FETCHING };
	unsigned status = given.is_known ? 304 :
	    cache_answer_status(hit->answer);

	if (is_awaited(request, hit)) {
		park(request, hit);
		return;
	}
	metrics_add(metrics, given.is_fetched ? METRIC_CACHE_MISS :
	    METRIC_CACHE_HIT, 1);
	if (hit->freshness == CACHE_STALE)
		request->source = PROXY_SOURCE_STALE;
	else if (!given.is_fetched)
		request->source = request->state == REQUEST_JOINED ?
		    PROXY_SOURCE_JOINED : PROXY_SOURCE_HIT;
	proxy_hit_reply(&given, proxy_request_take_exchange(request, status));
	proxy_request_end(request);
}

/* Of a static read that went to Vault: what the cache has now. False: nothing
 * that could be given. is_failed: Vault did not tell. */
bool
proxy_lookup_static(struct proxy_request *request, bool is_failed)
{
	struct cache_hit hit;
	struct cache_ask view;

	if (!request->is_static || (is_failed && !request->has_fallback))
		return false;
	proxy_lookup_view(request, &view);
	if (!cache_static_find(request->proxy->env.cache, &view, &hit))
		return false;
	reply_hit(request, &hit);
	return true;
}

/* Our token ran out while Vault is away. */
bool
proxy_lookup_orphan(struct proxy_request *request)
{
	struct proxy *proxy = request->proxy;
	struct cache_hit hit;
	struct cache_ask view;

	if (proxy->env.cache == NULL ||
	    !vault_client_is_away(proxy->env.client))
		return false;
	proxy_lookup_view(request, &view);
	if (!cache_static_find_orphan(proxy->env.cache, &view, &hit))
		return false;
	reply_hit(request, &hit);
	return true;
}

/* The caller has that one, and waits for the next. */
static bool
is_awaited(const struct proxy_request *request, const struct cache_hit *hit)
{
	const struct cache_tags *tags = cache_answer_tags(hit->answer);

	return request->watch.wait > 0 && tags != NULL &&
	    span_equal(request->watch.index, span_of(tags->index)) &&
	    loop_mono(request->proxy->env.loop) < request->watch_end;
}

static void
park(struct proxy_request *request, const struct cache_hit *hit)
{
	struct proxy *proxy = request->proxy;
	span_ms nap = hit->freshness == CACHE_STALE ?
	    PROXY_WATCH_LOOK_AWAY_MS : hit->fresh_for;
	span_ms left = request->watch_end - loop_mono(proxy->env.loop);
	struct cache_answer *answer = hit->answer;
	struct cache_ask view;

	cache_answer_unref(&answer);
	proxy_lookup_view(request, &view);
	if (cache_watch_start(proxy->env.cache, &view, on_changed, request,
	    &request->watching) != LH_OK) {
		proxy_request_refuse(request, 503, "too many requests wait for a change");
		return;
	}
	proxy_request_set_state(request, REQUEST_WATCHING);
	if (request->watch_timer == NULL)
		request->watch_timer = loop_timer_new(proxy->env.loop,
		    on_look_again, request);
	if (nap < PROXY_WATCH_LOOK_MIN_MS)
		nap = PROXY_WATCH_LOOK_MIN_MS;
	loop_timer_set(request->watch_timer, nap < left ? nap : left);
}

static void
on_changed(void *arg)
{
	struct proxy_request *request = arg;

	request->watching = NULL;
	on_look_again(request);
}

static void
on_look_again(void *arg)
{
	struct proxy_request *request = arg;

	proxy_request_stop_waiting(request);
	proxy_request_start_over(request);
}

/* The entry is ending: this caller has it still, somebody fetches the next. */
static void
fetch_successor(struct proxy_request *request, const struct cache_ask *view,
    struct cache_result *found)
{
	struct proxy *proxy = request->proxy;
	struct proxy_ask *ask;

	ask = proxy_ask_new(request->id, view, &request->identity,
	    http_exchange_payload(request->exchange));
	if (ask == NULL)
		cache_fail(proxy->env.cache, &found->flight);
	else {
		ask->has_fallback = found->is_static;
		proxy_fetch_behind(proxy, &ask, found->flight, &found->key);
	}
}

static void
join(struct proxy_request *request, const struct cache_key *key)
{
	struct proxy *proxy = request->proxy;

	if (cache_join(proxy->env.cache, key, on_landed, request,
	    &request->joined) != LH_OK) {
		proxy_forward_begin(request, NULL);
		return;
	}
	metrics_add(proxy->env.metrics, METRIC_CACHE_JOINED, 1);
	proxy_request_set_state(request, REQUEST_JOINED);
	proxy_request_set_timer(request, proxy->options.join_wait, on_join_late);
	proxy_fetch_hurry(proxy, key);
}

static void
on_landed(void *arg, enum cache_landing landing, const struct cache_hit *hit,
    struct cache_flight *flight)
{
	struct proxy_request *request = arg;

	request->joined = NULL;
	loop_timer_stop(request->timer);
	switch (landing) {
	case CACHE_LANDED_HIT:
		reply_hit(request, hit);
		return;
	case CACHE_LANDED_LEAD:
		proxy_forward_begin(request, flight);
		return;
	case CACHE_LANDED_ALONE:
		request->has_fallback = false;
		if (has_new_token(request))
			proxy_request_start_over(request);
		else
			proxy_forward_begin(request, NULL);
		return;
	case CACHE_LANDED_AGAIN:
		if (request->repeats++ < REPEATS_MAX)
			proxy_request_start_over(request);
		else
			proxy_forward_begin(request, NULL);
		return;
	}
	lh_unreachable();
}

/* One leader after the other has failed. */
static void
on_join_late(void *arg)
{
	proxy_request_refuse(arg, 504,
	    "waited in vain for the answer to the same request");
}

/* Is the token that the request was to carry replaced by now? */
static bool
has_new_token(const struct proxy_request *request)
{
	const struct auth_token *token;

	if (request->identity.kind != CACHE_IDENTITY_AUTO)
		return false;
	token = auth_keeper_token(request->proxy->env.keeper);
	return token != NULL && auth_token_generation(token) !=
	    request->identity.generation;
}
