/*
 * proxy_request_priv - a request as the files that conduct it see it:
 * proxy_request.c its life, proxy_lookup.c the cache's side, proxy_forward.c
 * Vault's.
 *
 * Invariant:  proxy_request_set_state() is the one door between states; after
 *             proxy_request_end() nothing calls back.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_SRC_PROXY_PROXY_REQUEST_PRIV_H
#define LH_SRC_PROXY_PROXY_REQUEST_PRIV_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "proxy_ask.h"
#include "proxy_fetch.h"
#include "proxy_priv.h"
#include "proxy_reply.h"
#include "proxy_suspicion.h"
#include "proxy_token.h"
#include "proxy_watch.h"

enum request_state {
	REQUEST_RECEIVED,
	REQUEST_AWAITING_TOKEN,
	REQUEST_JOINED,
	REQUEST_FETCHING,
	REQUEST_STREAMING,
	REQUEST_SUSPECTING,
	REQUEST_WATCHING,
	REQUEST_DONE
};

struct proxy_request {
	struct proxy_request *prev, *next;
	struct proxy *proxy;
	uint64_t id;
	enum request_state state;
	struct http_exchange *exchange;		/* NULL once answered */
	const struct http_request *http;	/* lent by the exchange */
	mono_us arrived;
	mono_ms asked;				/* Vault, last */
	unsigned status;			/* of the reply */
	enum proxy_source source;

	struct proxy_identity identity;
	struct bytes namespace;
	struct bytes query_room;
	struct span query;			/* as it is sent to Vault */
	bool replayed;
	bool is_static;				/* by the last look-up */
	bool has_fallback;
	unsigned repeats;

	struct loop_timer *timer;		/* of the wait for a token */
	struct auth_waiter *token_waiter;
	struct cache_waiter *joined;
	struct proxy_fetch *fetch;
	struct proxy_suspicion *suspicion;
	struct proxy_watch watch;
	mono_ms watch_end;
	struct loop_timer *watch_timer;
	struct cache_watch *watching;
};

void proxy_request_set_state(struct proxy_request *request,
    enum request_state state);
/* The exchange is answered or gone. */
void proxy_request_end(struct proxy_request *request);
void proxy_request_stop_waiting(struct proxy_request *request);
/* Before the reply: what it is made of may be lent by the exchange. */
struct http_exchange *proxy_request_take_exchange(
    struct proxy_request *request, unsigned status);
void proxy_request_refuse(struct proxy_request *request, unsigned status,
    const char *text);
void proxy_request_set_timer(struct proxy_request *request, span_ms wait,
    loop_fn *fn);
/* From the choice of a token on. */
void proxy_request_start_over(struct proxy_request *request);

/* Asks the cache: answered, joined or forwarded. */
void proxy_lookup_begin(struct proxy_request *request);
void proxy_lookup_view(const struct proxy_request *request,
    struct cache_ask *view);
/* What the cache has instead of an answer of Vault; false: nothing that could
 * be given, nothing was done. */
bool proxy_lookup_static(struct proxy_request *request, bool is_failed);
bool proxy_lookup_orphan(struct proxy_request *request);

/* To Vault; flight: led for others, taken, or NULL. */
void proxy_forward_begin(struct proxy_request *request,
    struct cache_flight *flight);

#endif
