/*
 * proxy_headers - see proxy_headers.h.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "proxy_headers.h"

#include <string.h>

#include "vault/vault_path.h"

static bool is_authorization(const struct http_field *field);
static bool is_bearer(struct span value, struct span *token_out);
static bool add_field(struct proxy_headers *headers, struct span name,
    struct span value);
static bool is_one_of(struct span name, const struct span *list, size_t count);
static bool passes_upward(const struct proxy_upward *from,
    const struct http_field *field);
static bool add_user_agent(const struct proxy_upward *from,
    struct proxy_headers *headers);
static size_t put_text(struct proxy_headers *headers, size_t len,
    struct span text);

#define COUNT_OF(list) (sizeof(list) / sizeof(*(list)))

struct http_fields
proxy_headers_lend(const struct proxy_headers *headers)
{
	return (struct http_fields){ headers->list, headers->count };
}

enum lh_err
proxy_headers_upward(const struct proxy_upward *from,
    struct proxy_headers *headers)
{
	struct span wrap_ttl = SPAN_LITERAL("X-Vault-Wrap-TTL");

	headers->count = 0;
	for (size_t i = 0; i < from->fields.count; i++) {
		const struct http_field *field = &from->fields.list[i];

		if (!passes_upward(from, field))
			continue;
		if (!add_field(headers, field->name, field->value))
			return LH_ERR_LIMIT;
	}
	if (!add_user_agent(from, headers))
		return LH_ERR_LIMIT;
	if (from->wrap_default &&
	    http_fields_find(from->fields, wrap_ttl) == NULL &&
	    !add_field(headers, wrap_ttl, SPAN_LITERAL("5m")))
		return LH_ERR_LIMIT;
	return LH_OK;
}

struct span
proxy_headers_bearer(struct http_fields fields)
{
	struct span token = SPAN_NONE;

	for (size_t i = 0; i < fields.count && token.len == 0; i++)
		if (is_authorization(&fields.list[i]))
			(void)is_bearer(fields.list[i].value, &token);
	return token;
}

bool
proxy_headers_has_credential(struct http_fields fields)
{
	struct span token;

	for (size_t i = 0; i < fields.count; i++)
		if (is_authorization(&fields.list[i]) &&
		    !is_bearer(fields.list[i].value, &token))
			return true;
	return false;
}

void
proxy_headers_downward(const struct http_head *head,
    struct proxy_headers *headers)
{
	static const struct span ours[] = {
		{ "Content-Length", 14 }, { "X-Cache", 7 }, { "Age", 3 },
	};

	headers->count = 0;
	if (head->status < 400)
		(void)add_field(headers, SPAN_LITERAL("X-Cache"),
		    SPAN_LITERAL("MISS"));
	for (size_t i = 0; i < head->fields.count; i++) {
		const struct http_field *field = &head->fields.list[i];

		if (is_one_of(field->name, ours, COUNT_OF(ours)) ||
		    http_field_is_hop_by_hop(head->fields, field->name))
			continue;
		(void)add_field(headers, field->name, field->value);
	}
}

enum lh_err
proxy_headers_namespace(const char *configured, struct http_fields fields,
    struct bytes *into)
{
	struct span theirs = http_fields_value(fields,
	    SPAN_LITERAL("X-Vault-Namespace"));
	enum lh_err err;

	if (configured == NULL || *configured == '\0')
		return bytes_append_span(into, theirs);
	err = vault_namespace_canonical(span_of(configured), into);
	if (err != LH_OK)
		return err;
	return vault_namespace_canonical(theirs, into);
}

static bool
is_authorization(const struct http_field *field)
{
	return span_equal_nocase(field->name, SPAN_LITERAL("Authorization"));
}

/* token_out stays when it is none. */
static bool
is_bearer(struct span value, struct span *token_out)
{
	struct span scheme = span_cut(&value, ' ');

	if (!span_equal_nocase(scheme, SPAN_LITERAL("Bearer")))
		return false;
	*token_out = span_trim(value);
	return true;
}

static bool
add_field(struct proxy_headers *headers, struct span name, struct span value)
{
	if (headers->count == PROXY_HEADERS_MAX)
		return false;
	headers->list[headers->count].name = name;
	headers->list[headers->count].value = value;
	headers->count++;
	return true;
}

static bool
is_one_of(struct span name, const struct span *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (span_equal_nocase(name, list[i]))
			return true;
	return false;
}

static bool
passes_upward(const struct proxy_upward *from, const struct http_field *field)
{
	/* Set anew by the client below, or settled with us already. */
	static const struct span ours[] = {
		{ "Host", 4 }, { "Content-Length", 14 }, { "Expect", 6 },
		{ "Accept-Encoding", 15 }, { "User-Agent", 10 },
		{ "X-Vault-Token", 13 }, { "X-Vault-Namespace", 17 },
	};
	struct span token;

	if (is_one_of(field->name, ours, COUNT_OF(ours)))
		return false;
	if (is_authorization(field) && is_bearer(field->value, &token))
		return from->by_bearer &&
		    token.ptr == proxy_headers_bearer(from->fields).ptr;
	return !http_field_is_hop_by_hop(from->fields, field->name);
}

static bool
add_user_agent(const struct proxy_upward *from, struct proxy_headers *headers)
{
	struct span theirs = http_fields_value(from->fields,
	    SPAN_LITERAL("User-Agent"));
	struct span ours = { headers->user_agent, 0 };

	ours.len = put_text(headers, 0, span_of(from->product));
	if (theirs.len > PROXY_USER_AGENT_MAX / 2)
		theirs.len = PROXY_USER_AGENT_MAX / 2;
	if (theirs.len > 0) {
		ours.len = put_text(headers, ours.len, SPAN_LITERAL("; "));
		ours.len = put_text(headers, ours.len, theirs);
	}
	return add_field(headers, SPAN_LITERAL("User-Agent"), ours);
}

/* As much of it as there is room for, behind the first len bytes. Where it
 * ends. */
static size_t
put_text(struct proxy_headers *headers, size_t len, struct span text)
{
	size_t room = sizeof(headers->user_agent) - len;
	size_t taken = text.len < room ? text.len : room;

	if (taken > 0)
		memcpy(headers->user_agent + len, text.ptr, taken);
	return len + taken;
}
