/*
 * vault_client - the upstream, one server or several: addresses, TLS, retries,
 * redirects, failover.
 *
 * Owns:       an http_client a server, and each call until its end. A call may
 *             take several tries; the listener sees the last one only.
 * Invariant:  one deadline covers all tries, waits and the body. When it comes
 *             before the head, the last answer had is passed on; so it is
 *             at once when the next wait would outlast the deadline. A wait
 *             begins only when no other server is left to ask at once.
 * Source: behaviour sections 1.6, 1.7, 2.4, 2.7.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_VAULT_VAULT_CLIENT_H
#define LH_VAULT_VAULT_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/lh_err.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/metrics.h"
#include "base/secret.h"
#include "http/http_client.h"
#include "vault/vault_upstream.h"

#define VAULT_CLIENT_KEPT_BYTES (64 * 1024)	/* of an answer retried over */
#define VAULT_CLIENT_MAX_UPSTREAMS 8

struct vault_client_options {
	/* http(s)://host[:port][/prefix] or unix:///path; NULL behind the last
	 * of less than all. */
	const char *addresses[VAULT_CLIENT_MAX_UPSTREAMS];
	struct http_client_options http;
	unsigned max_retries;		/* default 12 */
	span_ms retry_wait;		/* 1 s: try n waits n * [1, 1.5) of it */
	span_ms timeout;		/* of a call, all tries; 60 s */
	/* With several servers, each one that serves no requests is asked for
	 * its health that often; 10 s. 0: never. */
	span_ms health_interval;
	const char *user_agent;		/* product token, "leasehold/0.1.0" */
};

struct vault_client_env {	/* borrowed; log and metrics may be NULL */
	struct loop *loop;
	struct log *log;
	struct metrics *metrics;
};

/* When the same may be asked again after a wait. Another server is asked at
 * once, whatever stands here, when the first one cannot have done it. */
enum vault_retry {
	VAULT_RETRY_NEVER,	/* (logins; sys/health) */
	VAULT_RETRY_SAFE,	/* 412, 429, 5xx but 501, broken connections */
	VAULT_RETRY_UNSAFE	/* 412, 429, 503, connections never made */
};

struct vault_request {
	struct span method;
	struct span path;		/* raw, "/v1/..." */
	struct span query;		/* raw; ptr NULL: none */
	struct http_fields fields;	/* further fields, sent as they are */
	const struct secret *token;	/* X-Vault-Token; NULL: none */
	struct span namespace;		/* X-Vault-Namespace; empty: none */
	struct span body;		/* lent until the call ends */
	bool has_body;
	bool is_own;			/* not for a caller: on lines that
					 * callers cannot use up */
	enum vault_retry retry;
	span_ms timeout;		/* 0: the options' */
	/* A Retry-After above it is passed on, not waited for; 0: any. */
	span_ms max_retry_after;
};

struct vault_client;
struct vault_call;

void vault_client_options_init(struct vault_client_options *options);

enum lh_err vault_client_new(const struct vault_client_options *options,
    const struct vault_client_env *env, struct vault_client **client_out,
    struct lh_cause *cause) LH_MUSTCHECK;
void vault_client_free(struct vault_client *client);

/* The certificates of the options are read anew for further connections; on
 * failure the old ones stay. */
enum lh_err vault_client_reload(struct vault_client *client,
    struct lh_cause *cause) LH_MUSTCHECK;

/* Everything of request but body is copied. token and namespace, when given,
 * replace such fields. As http_client_start() otherwise; LH_ERR_FORMAT: the
 * path or query could not stand in a URL.
 *
 * A redirect to the leader (301, 302, 307) is followed once a try, with all
 * fields and the body, if it leads to the same path and query, not from https
 * to http, and not away from a unix socket. The host may be another one: the
 * server that holds our trust says so, and https proves the other as it
 * proved this one. Any other redirect is passed on. */
enum lh_err vault_client_start(struct vault_client *client,
    const struct vault_request *request,
    const struct http_call_listener *listener,
    struct vault_call **call_out) LH_MUSTCHECK;
void vault_call_cancel(struct vault_call *call);	/* silent; NULL ok */
void vault_call_resume(struct vault_call *call);

/* What was seen of a server last, for status and readiness. */
struct vault_client_state {
	enum vault_upstream_state role;
	bool reachable;			/* the last try had an answer */
	unsigned last_status;		/* of it; 0 none yet */
	mono_ms last_answer;
	mono_ms last_failure;
	char last_error[128];		/* "" none; never a secret */
};
/* Of the server that is in use. */
void vault_client_state(const struct vault_client *client,
    struct vault_client_state *out);

/* The servers are numbered from 0, in the order of the options. */
size_t vault_client_upstreams(const struct vault_client *client);
size_t vault_client_current(const struct vault_client *client);
void vault_client_upstream_state(const struct vault_client *client, size_t n,
    struct vault_client_state *out);
/* Lent for the client's life; without a user part. */
const char *vault_client_upstream_address(const struct vault_client *client,
    size_t n);
/* The last try had no answer, or one of a server that fails. */
bool vault_client_is_away(const struct vault_client *client);

/* Lent for the client's life. */
const char *vault_client_product(const struct vault_client *client);

#endif
