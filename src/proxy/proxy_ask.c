/*
 * proxy_ask - see proxy_ask.h.
 *
 * All texts lie in one block, one after the other; its size is bounded by the
 * limits of the request's head. The body is counted, not copied.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "proxy_ask.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret_alloc.h"
#include "base/xalloc.h"
#include "proxy_headers.h"

static size_t text_bytes(const struct cache_ask *view);
static void move_text(struct span *text, char **to);

void
proxy_ask_view(const struct http_request *request,
    const struct proxy_identity *identity, struct span namespace,
    struct cache_ask *view)
{
	view->method = request->method;
	view->path = request->path;
	view->query = request->query;
	view->namespace = namespace;
	view->fields = request->fields;
	view->body = request->body;
	view->has_credential = proxy_headers_has_credential(request->fields);
	view->identity = identity->kind;
	view->token = identity->token;
	view->generation = identity->generation;
}

struct proxy_ask *
proxy_ask_new(uint64_t id, const struct cache_ask *view,
    const struct proxy_identity *identity, struct http_payload *payload)
{
	struct proxy_ask *ask = xcalloc(1, sizeof(*ask));
	char *to;

	ask->id = id;
	ask->cache = *view;
	ask->payload = http_payload_ref(payload);
	proxy_identity_copy(&ask->identity, identity);
	ask->cache.token = ask->identity.token;
	/* The fields may hold the caller's token: wiped when freed. */
	ask->block = to = secret_malloc(text_bytes(view) + 1);
	ask->fields = secret_calloc(view->fields.count + 1,
	    sizeof(*ask->fields));
	if (ask->block == NULL || ask->fields == NULL) {
		proxy_ask_free(ask);
		return NULL;
	}
	memcpy(ask->fields, view->fields.list,
	    view->fields.count * sizeof(*ask->fields));
	ask->cache.fields.list = ask->fields;
	move_text(&ask->cache.method, &to);
	move_text(&ask->cache.path, &to);
	move_text(&ask->cache.query, &to);
	move_text(&ask->cache.namespace, &to);
	for (size_t i = 0; i < view->fields.count; i++) {
		move_text(&ask->fields[i].name, &to);
		move_text(&ask->fields[i].value, &to);
	}
	return ask;
}

void
proxy_ask_free(struct proxy_ask *ask)
{
	if (ask == NULL)
		return;
	proxy_identity_release(&ask->identity);
	proxy_ask_drop_body(ask);
	secret_free(ask->fields);
	secret_free(ask->block);
	free(ask);
}

void
proxy_ask_drop_body(struct proxy_ask *ask)
{
	http_payload_unref(&ask->payload);
	ask->cache.body = SPAN_NONE;
}

static size_t
text_bytes(const struct cache_ask *view)
{
	size_t sum = view->method.len + view->path.len + view->query.len +
	    view->namespace.len;

	for (size_t i = 0; i < view->fields.count; i++)
		sum += view->fields.list[i].name.len +
		    view->fields.list[i].value.len;
	return sum;
}

static void
move_text(struct span *text, char **to)
{
	if (text->ptr == NULL)
		return;
	memcpy(*to, text->ptr, text->len);
	text->ptr = *to;
	*to += text->len;
}
