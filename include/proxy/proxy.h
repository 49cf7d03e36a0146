/*
 * proxy - requests of callers, from arrival to reply.
 *
 * Owns:       every request under way and every fetch from Vault, also those
 *             that go on without a caller.
 * Invariant:  each exchange that comes in is answered once, or its caller left.
 * Source: DESIGN sections 2 to 4 of the house; behaviour section 2.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_PROXY_PROXY_H
#define LH_PROXY_PROXY_H

#include <stdbool.h>
#include <stddef.h>

#include "auth/auth_keeper.h"
#include "base/lh_err.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/metrics.h"
#include "base/scheduler.h"
#include "cache/cache.h"
#include "http/http_server.h"
#include "proxy/proxy_rules.h"
#include "vault/vault_client.h"

enum proxy_auto_auth {
	PROXY_AUTO_AUTH_OFF,	/* the caller's token, or none */
	PROXY_AUTO_AUTH_ON,	/* ours where the caller has none */
	PROXY_AUTO_AUTH_FORCE	/* always ours */
};

struct proxy_options {
	enum proxy_auto_auth auto_auth;
	span_ms token_wait;		/* for the first token; default 10 s */
	span_ms join_wait;		/* for another's answer; default 60 s */
	/* Under way at once; and, beside them, those whose callers have left.
	 * Default 8192. */
	unsigned max_requests;
	/* Of an answer held to be judged; 1 MiB. One up to the limit of the
	 * cache's entries is held in any case. */
	size_t max_held_bytes;
	const char *namespace;		/* put before the caller's; "" none */
};

struct proxy_env {			/* borrowed; keeper, cache may be NULL */
	struct loop *loop;
	struct log *log;
	struct metrics *metrics;
	struct scheduler *scheduler;	/* of fetches that nobody waits for */
	struct vault_client *client;
	struct auth_keeper *keeper;
	struct cache *cache;
};

struct proxy;
struct proxy_door;

void proxy_options_init(struct proxy_options *options);

struct proxy *proxy_new(const struct proxy_options *options,
    const struct proxy_env *env);
/* Requests under way are answered 503, fetches are cancelled. */
void proxy_free(struct proxy *proxy);

/* What a listener asks of its callers; lists are lent. */
struct proxy_access {
	bool require_request_header;	/* X-Vault-Request: true */
	bool allow_browsers;		/* Origin, Sec-Fetch-Site as they like */
	/* The hosts that a caller may think it talks to, "name" or "name:port";
	 * none, or "*": any. */
	struct text_list hosts;
	struct proxy_rules rules;
};

/* A door is a listener's way in; freed with the proxy. */
struct proxy_door *proxy_door_new(struct proxy *proxy,
    const struct proxy_access *access);
/* What stands behind the door: requests go to Vault. Not guarded by itself. */
struct http_handler proxy_door_handler(struct proxy_door *door);
/* The door itself: inner hears only what the access rules let in. Put around
 * the whole router of a listener, it covers every path. */
struct http_handler proxy_door_guard(struct proxy_door *door,
    struct http_handler inner);

/* We stop soon: who waits for a change is answered with what there is. */
void proxy_end_waits(struct proxy *proxy);

size_t proxy_under_way(const struct proxy *proxy);

#endif
