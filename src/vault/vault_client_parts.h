/*
 * vault_client_parts - what vault_client.c, vault_call.c, vault_call_request.c,
 * vault_round.c and vault_probe.c share: the client, its servers, its calls, and
 * the counted http_client that calls and probes hold.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_SRC_VAULT_VAULT_CLIENT_PARTS_H
#define LH_SRC_VAULT_VAULT_CLIENT_PARTS_H

#include "vault/vault_client.h"

#include "base/backoff.h"
#include "vault_address.h"
#include "vault_kept.h"

/* An http_client lives until the client and the last try let go of it. */
struct vault_link {
	struct http_client *http;
	struct loop *loop;
	size_t holders;
};

/* Which of the links to a server a call takes; each has connections of its own.
 * Callers who fill all of theirs with slow requests hold back no renewal of the
 * token, no look at a server's health. */
enum vault_line {
	VAULT_LINE_CALLERS,
	VAULT_LINE_OWN,
	VAULT_LINES
};

/* Asks one server for its health, again and again. */
struct vault_probe {
	struct loop_timer *timer;	/* NULL: it is never asked */
	char *url;			/* of its health */
	struct backoff backoff;		/* while it is down */
	struct http_call *http;		/* under way, or NULL */
	struct vault_link *link;	/* it runs on */
	size_t bytes;			/* of the answer */
};

struct vault_upstream {
	struct vault_client *client;
	struct vault_address address;
	struct vault_link *links[VAULT_LINES];
	struct vault_client_state seen;
	mono_ms last_use;		/* an answer to a request; 0 none */
	bool in_doubt;			/* its role has to be asked */
	struct vault_probe probe;
};

struct vault_client {
	struct vault_client_options options;	/* texts are copies */
	struct vault_client_env env;
	struct vault_upstream upstreams[VAULT_CLIENT_MAX_UPSTREAMS];
	size_t upstream_count;
	size_t current;			/* served the last request */
	struct vault_call *calls;
};

/* What follows a try that failed. */
enum vault_next {
	VAULT_NEXT_END,
	VAULT_NEXT_MOVE,	/* to another server, at once */
	VAULT_NEXT_WAIT		/* and try again */
};

/* What the tries of a call have come to. A round is over when each server was
 * tried; then there is a wait. */
struct vault_round {
	unsigned tried;		/* a bit each */
	bool may_repeat;	/* one of its tries may be repeated */
	unsigned waits;		/* begun, of the whole call */
	enum vault_next next;	/* of the try that ends */
	bool is_spent;		/* that server is not asked again in this round */
	bool is_repeatable;	/* that try */
	span_ms wait;
};

enum vault_call_state {
	VAULT_CALL_TRYING,	/* no head yet */
	VAULT_CALL_KEEPING,	/* of an answer to retry over, if it ends well */
	VAULT_CALL_LEAVING,	/* the body of a redirect */
	VAULT_CALL_WAITING,	/* for the next try */
	VAULT_CALL_STREAMING,	/* the listener has had the head */
	VAULT_CALL_OVER,
	VAULT_CALL_STATES
};

struct vault_call {
	struct vault_call *prev, *next;		/* in client->calls */
	struct vault_client *client;
	struct http_call_listener listener;
	enum vault_call_state state;

	enum vault_line line;
	struct vault_upstream *upstream;	/* of the last try */
	char *url;			/* there */
	struct vault_target target;	/* lies in url */
	char *redirect_url;		/* of this try; NULL: url */
	char *method;
	struct http_fields fields;	/* the token with them */
	void *fields_block;		/* begins with their list */
	struct secret *token;
	struct span body;
	bool has_body;

	bool is_safe;			/* may be done twice */
	bool is_health;			/* sys/health: any answer is one */
	bool may_stream;		/* sys/monitor and the like */
	enum vault_retry retry;
	span_ms max_retry_after;
	struct vault_round round;
	mono_ms ends;
	struct loop_timer *wait_timer;	/* NULL: has not waited yet */
	struct loop_timer *deadline;

	mono_us began;			/* the last try */
	struct http_call *http;		/* of the try under way, or NULL */
	struct vault_link *link;	/* it runs on */
	struct vault_kept kept;		/* the last whole answer */
	struct vault_kept coming;
	bool is_held;			/* coming is the answer, if it ends well */
	size_t left_bytes;		/* of a redirect */
};

struct vault_link *vault_client_link_ref(struct vault_link *link);
void vault_client_link_unref(struct vault_link **link);

/* The best server of those that were not tried. */
struct vault_upstream *vault_client_choose(struct vault_client *client,
    unsigned tried);
unsigned vault_upstream_bit(const struct vault_upstream *upstream);
unsigned vault_client_all_bits(const struct vault_client *client);

/* What a try or a probe told about a server. */
void vault_client_saw_answer(struct vault_upstream *upstream,
    unsigned status);
void vault_client_saw_failure(struct vault_upstream *upstream,
    enum lh_err err, const struct lh_cause *cause);
void vault_client_saw_role(struct vault_upstream *upstream,
    enum vault_upstream_state role);

/* vault_call.c: the server does not answer; calls that wait for it and may be
 * done twice go to others. */
void vault_call_leave(struct vault_client *client,
    const struct vault_upstream *upstream);

/* vault_call_request.c: keeps what is asked for. LH_ERR_FORMAT: the path or
 * query could not stand in a URL. */
enum lh_err vault_call_copy_request(struct vault_call *call,
    const struct vault_request *request);
/* The next try goes there; target may lie in the URL that is replaced. */
enum lh_err vault_call_aim(struct vault_call *call,
    struct vault_upstream *upstream, const struct vault_target *target);

/* vault_round.c: what follows a try that ended with this head, or with err;
 * into call->round. */
enum vault_next vault_round_after_head(struct vault_call *call,
    const struct http_head *head);
enum vault_next vault_round_after_error(struct vault_call *call,
    enum lh_err err);
/* The try is over and next is done: the round counts it. */
void vault_round_advance(struct vault_call *call);

/* vault_probe.c */
void vault_probe_start(struct vault_upstream *upstream);
void vault_probe_stop(struct vault_upstream *upstream);

#endif
