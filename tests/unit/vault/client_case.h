/*
 * client_case - a client before fake servers, a request, and what its caller
 * heard.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_TESTS_UNIT_VAULT_CLIENT_CASE_H
#define LH_TESTS_UNIT_VAULT_CLIENT_CASE_H

#include "fake_http.h"
#include "vault/vault_client.h"

#define CLIENT_CASE_PATH "/v1/secret/data/a"

struct heard {
	unsigned heads;
	unsigned status;
	char fields[128];		/* the value of X-Mark */
	char body[256];
	size_t body_bytes;
	unsigned dones;
	enum lh_err err;
	enum http_flow flow;		/* what it says to bytes */
	bool cancel_on_head;
	struct vault_call *call;
};

struct fixture {
	struct vault_client_options options;
	struct vault_client_env env;
	struct vault_client *client;
	struct vault_request request;	/* a safe GET of the path */
	struct heard heard;
};

/* What a call is started with to be heard. */
struct http_call_listener client_case_listener(struct heard *heard);

/* One server, https://vault:8200; for cmocka. */
int client_case_set_up(void **state);
int client_case_tear_down(void **state);

/* By the options; one that was there before goes. */
void client_case_make(struct fixture *f);
/* The request, with a client made if there is none. */
void client_case_start(struct fixture *f);

#endif
