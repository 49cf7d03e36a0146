/*
 * vault_request - see vault/vault_request.h.
 *
 * JSON is read up to the end of its first value, and of members with one name
 * the last counts. The text of the member alone is decoded: whatever else is
 * in the body need not be UTF-8.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "vault/vault_request.h"

#include <stdbool.h>

#include <jansson.h>

#include "http/http_path.h"
#include "vault_json.h"

static enum lh_err find_member(struct span body, struct span key,
    struct span *quoted_out);
static enum lh_err text_of_form(struct span form, struct span key,
    struct bytes *into);
static bool is_named(struct span escaped, struct span name);

enum lh_err
vault_request_text(struct span body, const char *key, struct bytes *into)
{
	struct span rest = body;

	while (rest.len > 0 && (*rest.ptr == ' ' || *rest.ptr == '\t' ||
	    *rest.ptr == '\n' || *rest.ptr == '\r'))
		rest = span_skip(rest, 1);
	return span_starts(rest, SPAN_LITERAL("{")) ?
	    vault_request_json_text(rest, key, into) :
	    text_of_form(rest, span_of(key), into);
}

enum lh_err
vault_request_json_text(struct span body, const char *key, struct bytes *into)
{
	struct span quoted = SPAN_NONE;
	enum lh_err err;
	json_t *text;

	if (body.len > VAULT_REQUEST_MAX_BYTES)
		return LH_ERR_LIMIT;
	err = find_member(body, span_of(key), &quoted);
	if (err != LH_OK || quoted.ptr == NULL)
		return err == LH_ERR_LIMIT ? err : LH_ERR_NOT_FOUND;
	text = json_loadb(quoted.ptr, quoted.len,
	    JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	err = text == NULL ? LH_ERR_NOT_FOUND : bytes_append(into,
	    json_string_value(text), json_string_length(text));
	json_decref(text);
	return err;
}

/* quoted_out: the last such text with its quotes, or ptr NULL. */
static enum lh_err
find_member(struct span body, struct span key, struct span *quoted_out)
{
	struct vault_json_token token;
	struct vault_json json;
	bool is_next = false;
	enum lh_err err;

	vault_json_init(&json, body);
	do {
		err = vault_json_next(&json, &token);
		if (err != LH_OK)
			return err;
		if (is_next)
			*quoted_out = token.kind != VAULT_JSON_TEXT ?
			    SPAN_NONE : (struct span){ token.raw.ptr - 1,
			    token.raw.len + 2 };
		is_next = json.depth == 1 && token.kind == VAULT_JSON_KEY &&
		    vault_json_token_is(&token, key);
	} while (json.depth > 0);
	return LH_OK;
}

/* A + stays one: what is looked for holds no blanks. */
static enum lh_err
text_of_form(struct span form, struct span key, struct bytes *into)
{
	struct span name, value;

	if (form.len > VAULT_REQUEST_MAX_BYTES)
		return LH_ERR_LIMIT;
	while (form.len > 0) {
		value = span_cut(&form, '&');
		name = span_cut(&value, '=');
		if (is_named(name, key))
			return http_percent_decode(value, into);
	}
	return LH_ERR_NOT_FOUND;
}

static bool
is_named(struct span escaped, struct span name)
{
	struct bytes plain;
	bool is_same;

	bytes_init(&plain, name.len);
	is_same = http_percent_decode(escaped, &plain) == LH_OK &&
	    span_equal(bytes_span(&plain), name);
	bytes_release(&plain);
	return is_same;
}
