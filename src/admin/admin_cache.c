/*
 * admin_cache - cache-clear: what is asked, checked, and done at once.
 * Source: behaviour section 4.1, texts included, since scripts match them.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "admin_priv.h"

#include <string.h>

#include "http/http_error.h"

/* As a tree JSON takes some twenty times its bytes. */
#define MAX_ASKED_BYTES (128 * 1024)

struct clear_type {
	const char *name;
	enum cache_clear_type type;
	const char *missing;	/* said when there is no value; NULL: none */
};

static const struct clear_type types[] = {
	{ "all", CACHE_CLEAR_ALL, NULL },
	{ "request_path", CACHE_CLEAR_REQUEST_PATH,
	    "failed to clear cache: request path not provided" },
	{ "lease", CACHE_CLEAR_LEASE,
	    "failed to clear cache: lease not provided" },
	{ "token", CACHE_CLEAR_TOKEN,
	    "failed to clear cache: token not provided" },
	{ "token_accessor", CACHE_CLEAR_ACCESSOR,
	    "failed to clear cache: token accessor not provided" },
};

static void clear_as_asked(const struct admin *admin,
    struct http_exchange *exchange, const json_t *asked);
static const struct clear_type *type_of(const char *name);
static struct span text_of(const json_t *asked, const char *key);

void
admin_cache_clear(void *arg, struct http_exchange *exchange)
{
	const struct admin *admin = arg;
	const struct http_request *request = http_exchange_request(exchange);
	json_error_t error;
	json_t *asked;
	char text[256];

	if (admin->env.cache == NULL ||
	    (!span_equal(request->method, SPAN_LITERAL("POST")) &&
	    !span_equal(request->method, SPAN_LITERAL("PUT")))) {
		http_exchange_reply(exchange,
		    &(struct http_reply){ .status = 200 });
		return;
	}
	if (request->body.len == 0) {
		http_error_reply(exchange, 400, "failed to parse JSON input: "
		    "empty JSON provided");
		return;
	}
	if (request->body.len > MAX_ASKED_BYTES) {
		http_error_reply(exchange, 413, "the request is longer than "
		    "any that clears");
		return;
	}
	asked = json_loadb(request->body.ptr, request->body.len, 0, &error);
	if (asked != NULL && !json_is_object(asked))
		http_error_reply(exchange, 400, "failed to parse JSON input: "
		    "it is no object");
	else if (asked == NULL) {
		/* The library's text may quote the input: only where. */
		snprintf(text, sizeof(text), "failed to parse JSON input: "
		    "no JSON (line %d, column %d)", error.line,
		    error.column);
		http_error_reply(exchange, 400, text);
	} else
		clear_as_asked(admin, exchange, asked);
	json_decref(asked);
}

static void
clear_as_asked(const struct admin *admin, struct http_exchange *exchange,
    const json_t *asked)
{
	struct span name = text_of(asked, "type");
	struct span value = text_of(asked, "value");
	const struct clear_type *type = type_of(name.ptr);
	size_t left;

	if (name.len == 0) {
		http_error_reply(exchange, 400, "failed to parse clear input: "
		    "no type provided");
		return;
	}
	if (type == NULL) {
		http_error_reply(exchange, 400, "failed to clear cache: "
		    "invalid type provided");
		return;
	}
	if (type->missing != NULL && value.len == 0) {
		http_error_reply(exchange, 500, type->missing);
		return;
	}
	left = cache_clear(admin->env.cache, type->type, value,
	    text_of(asked, "namespace"));
	log_info(admin->env.log, "cache.cleared", log_text("type", type->name),
	    log_num("entries", (int64_t)left));
	http_exchange_reply(exchange, &(struct http_reply){ .status = 200 });
}

static const struct clear_type *
type_of(const char *name)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (name != NULL && strcmp(types[i].name, name) == 0)
			return &types[i];
	return NULL;
}

static struct span
text_of(const json_t *asked, const char *key)
{
	return span_of(json_string_value(json_object_get(asked, key)));
}
