/*
 * proxy_fetch - one request to Vault, and what becomes of its answer: held
 * and judged where it may be kept or must be looked at, else streamed.
 *
 * Owns:       the request's copy, the call, the flight it leads, the bytes
 *             held.
 * Invariant:  a flight that was handed over is landed once, whatever happens.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_PROXY_PROXY_FETCH_H
#define LH_PROXY_PROXY_FETCH_H

#include "base/lh_err.h"
#include "cache/cache.h"
#include "http/http_message.h"
#include "proxy_ask.h"
#include "proxy_priv.h"

/* The caller's side. After on_answer, on_end or on_broken the fetch is over.
 * Any may call proxy_fetch_leave(). */
struct fetch_listener {
	/* The whole answer, held and judged; lent. The body may be taken. */
	void (*on_answer)(void *arg, const struct http_head *head,
	    struct bytes *body);
	/* A stream: its head, its bytes, its end. */
	void (*on_start)(void *arg, const struct http_head *head);
	enum http_flow (*on_bytes)(void *arg, struct span bytes);
	void (*on_end)(void *arg);
	/* Nothing more comes. */
	void (*on_broken)(void *arg, enum lh_err err,
	    const struct lh_cause *cause);
	void *arg;
};

/* Takes *ask and flight (NULL: leads none), also on failure. */
enum lh_err proxy_fetch_start(struct proxy *proxy, struct proxy_ask **ask,
    struct cache_flight *flight, const struct fetch_listener *listener,
    struct proxy_fetch **fetch_out) LH_MUSTCHECK;

/* For nobody: the successor of an ending entry. Waits for its turn in the
 * scheduler. */
void proxy_fetch_behind(struct proxy *proxy, struct proxy_ask **ask,
    struct cache_flight *flight, const struct cache_key *key);
/* Somebody waits for that key now: its queued fetch starts at once. */
void proxy_fetch_hurry(struct proxy *proxy, const struct cache_key *key);

/* The caller is gone: the fetch goes on for others if it leads, else it is
 * cancelled. Nulls. */
void proxy_fetch_leave(struct proxy_fetch **fetch);
/* After on_bytes said FULL. */
void proxy_fetch_resume(struct proxy_fetch *fetch);

/* Cancels; no listener hears. */
void proxy_fetch_free_all(struct proxy *proxy);

#endif
