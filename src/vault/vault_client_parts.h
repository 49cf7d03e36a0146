/*
 * vault_client_parts - what vault_client.c and vault_call.c share: the client,
 * its calls, and the counted http_client that both hold.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_SRC_VAULT_VAULT_CLIENT_PARTS_H
#define LH_SRC_VAULT_VAULT_CLIENT_PARTS_H

#include "vault/vault_client.h"

#include "vault_address.h"
#include "vault_kept.h"

/* An http_client lives until the client and the last try let go of it. */
struct vault_link {
	struct http_client *http;
	struct loop *loop;
	size_t holders;
};

struct vault_client {
	struct vault_client_options options;	/* texts are copies */
	struct vault_client_env env;
	struct vault_address address;
	struct vault_client_state state;
	struct vault_link *link;
	struct vault_call *calls;
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

	char *url;
	struct vault_target target;	/* lies in url */
	char *redirect_url;		/* of this try; NULL: url */
	char *method;
	struct http_fields fields;
	void *fields_block;
	struct secret *token;
	struct span body;
	bool has_body;

	enum vault_retry retry;
	span_ms max_retry_after;
	unsigned retries;		/* begun */
	span_ms wait;			/* before the next */
	mono_ms ends;
	struct loop_timer *wait_timer;	/* NULL: has not waited yet */
	struct loop_timer *deadline;

	struct http_call *http;		/* of the try under way, or NULL */
	struct vault_link *link;	/* it runs on */
	struct vault_kept kept;		/* the last whole answer */
	struct vault_kept coming;
	size_t left_bytes;		/* of a redirect */
};

struct vault_link *vault_client_link_ref(struct vault_link *link);
void vault_client_link_unref(struct vault_link **link);

/* What a try told about the server. */
void vault_client_saw_answer(struct vault_client *client, unsigned status);
void vault_client_saw_failure(struct vault_client *client, enum lh_err err,
    const struct lh_cause *cause);

#endif
