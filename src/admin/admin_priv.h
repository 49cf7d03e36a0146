/*
 * admin_priv - the handlers of this folder, one file each, and what they
 * share.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_SRC_ADMIN_ADMIN_PRIV_H
#define LH_SRC_ADMIN_ADMIN_PRIV_H

#include <jansson.h>

#include "admin/admin.h"

struct admin {
	struct admin_env env;
	wall_ms started;
	struct admin_push *push;	/* NULL: nobody to send to */
	struct admin_summary *summary;
};

/* Handlers: arg is the struct admin. */
void admin_cache_clear(void *arg, struct http_exchange *exchange);
void admin_health(void *arg, struct http_exchange *exchange);
void admin_ready(void *arg, struct http_exchange *exchange);
void admin_status(void *arg, struct http_exchange *exchange);
void admin_metrics(void *arg, struct http_exchange *exchange);
void admin_metrics_agent(void *arg, struct http_exchange *exchange);
void admin_metrics_proxy(void *arg, struct http_exchange *exchange);
void admin_quit(void *arg, struct http_exchange *exchange);
void admin_not_found(void *arg, struct http_exchange *exchange);

/* A text of somebody else's: cut inside of a character, or of no encoding that
 * JSON knows, it is shown as far as it can be. */
json_t *admin_json_text(const char *text);

/* Takes the tree. */
void admin_reply_json(struct http_exchange *exchange, unsigned status,
    json_t *tree);
void admin_reply_text(struct http_exchange *exchange, unsigned status,
    struct span type, struct span text);
/* True: it is a GET or HEAD; else 405 was replied. */
bool admin_is_read(struct http_exchange *exchange);

/* Would a request go out with what it needs? Else a list of what is missing
 * is in why_not_out; it is the caller's in any case. */
bool admin_is_ready(const struct admin *admin, json_t **why_not_out);

/* Is there a living token, or is none asked for? */
bool admin_has_token(const struct admin *admin);

#endif
