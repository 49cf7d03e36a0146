/*
 * vault_call_request - what is asked for, as the call keeps it until its last
 * try: method, target, fields, token. The body stays lent.
 *
 * The URL is that of the server the next try goes to; the target lies in it.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "vault_client_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret_alloc.h"
#include "base/xalloc.h"
#include "vault/vault_path.h"

#define MAX_OWN_FIELDS 3	/* token, namespace, User-Agent */

static enum lh_err copy_fields(struct vault_call *call,
    const struct vault_request *request);
static struct http_fields choose_fields(const struct vault_call *call,
    const struct vault_request *request, struct http_field *list);

enum lh_err
vault_call_copy_request(struct vault_call *call, const struct vault_request *request)
{
	const struct vault_target target = { request->path, request->query };
	struct vault_path meaning;
	enum lh_err err;

	if (!vault_target_is_clean(&target))
		return LH_ERR_FORMAT;
	err = vault_call_aim(call, vault_client_choose(call->client, 0), &target);
	if (err != LH_OK)
		return err;
	vault_path_classify(request->path, &meaning);
	call->is_health = meaning.kind == VAULT_PATH_HEALTH;
	call->may_stream = meaning.kind == VAULT_PATH_SYS;
	call->is_safe = vault_method_is_safe(request->method);
	call->method = span_dup(request->method);
	call->token = secret_ref((struct secret *)request->token);
	call->body = request->body;
	call->has_body = request->has_body;
	call->line = request->is_own ? VAULT_LINE_OWN : VAULT_LINE_CALLERS;
	call->retry = request->retry;
	call->max_retry_after = request->max_retry_after;
	return copy_fields(call, request);
}

enum lh_err
vault_call_aim(struct vault_call *call, struct vault_upstream *upstream,
    const struct vault_target *target)
{
	char *url = vault_address_url(&upstream->address, target);
	const char *path;

	if (url == NULL)
		return LH_ERR_LIMIT;
	path = url + strlen(upstream->address.base);
	call->target = *target;
	call->target.path.ptr = path;
	if (target->query.ptr != NULL)
		call->target.query.ptr = path + target->path.len + 1;
	secret_free(call->url);
	call->url = url;
	call->upstream = upstream;
	return LH_OK;
}

/* The token is lent, not copied: it stays where it is safe. */
static enum lh_err
copy_fields(struct vault_call *call, const struct vault_request *request)
{
	struct http_field *list;
	struct http_fields fields;
	enum lh_err err;

	list = xcalloc(request->fields.count + MAX_OWN_FIELDS, sizeof(*list));
	fields = choose_fields(call, request, list);
	err = http_fields_copy(fields, &call->fields, &call->fields_block);
	free(list);
	if (err == LH_OK && call->token != NULL) {
		list = call->fields_block;
		list[fields.count - 1].value = secret_lend(call->token);
	}
	return err;
}

/* Into list. The token is the last, without its value. */
static struct http_fields
choose_fields(const struct vault_call *call,
    const struct vault_request *request, struct http_field *list)
{
	const struct span token = SPAN_LITERAL("X-Vault-Token");
	const struct span ns = SPAN_LITERAL("X-Vault-Namespace");
	const struct span agent = SPAN_LITERAL("User-Agent");
	const char *product = call->client->options.user_agent;
	size_t count = 0, i;

	for (i = 0; i < request->fields.count; i++) {
		struct span name = request->fields.list[i].name;

		if (call->token != NULL && span_equal_nocase(name, token))
			continue;
		if (request->namespace.len > 0 && span_equal_nocase(name, ns))
			continue;
		list[count++] = request->fields.list[i];
	}
	if (request->namespace.len > 0)
		list[count++] = (struct http_field){ ns, request->namespace };
	if (product != NULL &&
	    http_fields_find(request->fields, agent) == NULL)
		list[count++] = (struct http_field){ agent,
		    span_of(product) };
	if (call->token != NULL)
		list[count++] = (struct http_field){ token, SPAN_NONE };
	return (struct http_fields){ list, count };
}
