/*
 * vault_json - a pull reader for JSON.
 *
 * No recursion: the kind of every open container is one bit. Long texts are
 * where the time goes, so they are passed over eight bytes at a time until a
 * quote, a backslash or a control byte is in sight.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "vault_json.h"

#include <string.h>

#include "base/parse.h"

static enum lh_err close_container(struct vault_json *json,
    struct vault_json_token *token);
static enum lh_err read_key(struct vault_json *json,
    struct vault_json_token *token);
static enum lh_err read_value(struct vault_json *json,
    struct vault_json_token *token);
static enum lh_err open_container(struct vault_json *json,
    struct vault_json_token *token);
static enum lh_err read_text(struct vault_json *json,
    struct vault_json_token *token);
static const char *skip_plain(const char *at, const char *end);
static uint64_t stops_in(uint64_t block);
static const char *skip_escape(const char *at, const char *end);
static enum lh_err read_number(struct vault_json *json,
    struct vault_json_token *token);
static bool take_digits(struct vault_json *json);
static enum lh_err read_word(struct vault_json *json,
    struct vault_json_token *token);
static void skip_blanks(struct vault_json *json);
static bool next_is(const struct vault_json *json, char c);
static bool take(struct vault_json *json, char c);
static bool in_object(const struct vault_json *json);

void
vault_json_init(struct vault_json *json, struct span text)
{
	memset(json, 0, sizeof(*json));
	if (text.len == 0)
		text = SPAN_LITERAL("");
	json->at = text.ptr;
	json->end = text.ptr + text.len;
}

enum lh_err
vault_json_next(struct vault_json *json, struct vault_json_token *token)
{
	skip_blanks(json);
	if (json->depth == 0 && json->has_root) {
		token->kind = VAULT_JSON_END;
		token->raw = (struct span){ json->at, 0 };
		return json->at == json->end ? LH_OK : LH_ERR_FORMAT;
	}
	if (json->depth == 0 || json->has_key)
		return read_value(json, token);
	if (next_is(json, in_object(json) ? '}' : ']'))
		return close_container(json, token);
	if (!json->expects_item && !take(json, ','))
		return LH_ERR_FORMAT;
	json->expects_item = false;
	skip_blanks(json);
	return in_object(json) ? read_key(json, token) :
	    read_value(json, token);
}

enum lh_err
vault_json_check(struct span text)
{
	struct vault_json_token token;
	struct vault_json json;
	enum lh_err err;

	vault_json_init(&json, text);
	do
		err = vault_json_next(&json, &token);
	while (err == LH_OK && token.kind != VAULT_JSON_END);
	return err;
}

bool
vault_json_token_is(const struct vault_json_token *token, struct span word)
{
	const char *at = token->raw.ptr, *end = at + token->raw.len;
	size_t i;

	if (!token->escaped)
		return span_equal(token->raw, word);
	for (i = 0; i < word.len && at < end; i++) {
		int c = (unsigned char)*at;

		if (c == '\\' && at[1] == 'u') {
			c = parse_hex_digit(at[2]) << 12 | parse_hex_digit(at[3]) << 8 |
			    parse_hex_digit(at[4]) << 4 | parse_hex_digit(at[5]);
			at += 6;
		} else if (c == '\\') {
			c = at[1] == '/' || at[1] == '\\' || at[1] == '"' ?
			    at[1] : -1;
			at += 2;
		} else
			at++;
		if (c != (unsigned char)word.ptr[i])
			return false;
	}
	return i == word.len && at == end;
}

static enum lh_err
close_container(struct vault_json *json, struct vault_json_token *token)
{
	token->kind = in_object(json) ? VAULT_JSON_CLOSE_OBJECT :
	    VAULT_JSON_CLOSE_ARRAY;
	token->raw = (struct span){ json->at, 1 };
	json->at++;
	json->depth--;
	json->expects_item = false;
	return LH_OK;
}

static enum lh_err
read_key(struct vault_json *json, struct vault_json_token *token)
{
	enum lh_err err = read_text(json, token);

	if (err != LH_OK)
		return err;
	skip_blanks(json);
	if (!take(json, ':'))
		return LH_ERR_FORMAT;
	token->kind = VAULT_JSON_KEY;
	json->has_key = true;
	return LH_OK;
}

static enum lh_err
read_value(struct vault_json *json, struct vault_json_token *token)
{
	json->has_key = false;
	json->has_root = true;
	if (next_is(json, '{') || next_is(json, '['))
		return open_container(json, token);
	if (next_is(json, '"'))
		return read_text(json, token);
	if (json->at < json->end && *json->at >= 'a')
		return read_word(json, token);
	return read_number(json, token);
}

static enum lh_err
open_container(struct vault_json *json, struct vault_json_token *token)
{
	uint64_t bit;

	if (json->depth == VAULT_JSON_MAX_DEPTH)
		return LH_ERR_LIMIT;
	bit = (uint64_t)1 << json->depth++;
	if (*json->at == '{') {
		json->objects |= bit;
		token->kind = VAULT_JSON_OPEN_OBJECT;
	} else {
		json->objects &= ~bit;
		token->kind = VAULT_JSON_OPEN_ARRAY;
	}
	token->raw = (struct span){ json->at, 1 };
	json->at++;
	json->expects_item = true;
	return LH_OK;
}

static enum lh_err
read_text(struct vault_json *json, struct vault_json_token *token)
{
	const char *at, *start;

	if (!take(json, '"'))
		return LH_ERR_FORMAT;
	token->escaped = false;
	start = json->at;
	at = skip_plain(start, json->end);
	while (at < json->end && *at == '\\') {
		token->escaped = true;
		at = skip_escape(at, json->end);
		if (at == NULL)
			return LH_ERR_FORMAT;
		at = skip_plain(at, json->end);
	}
	if (at == json->end || *at != '"')
		return LH_ERR_FORMAT;
	token->kind = VAULT_JSON_TEXT;
	token->raw = (struct span){ start, (size_t)(at - start) };
	json->at = at + 1;
	return LH_OK;
}

/* To the first quote, backslash or control byte, or to end. */
static const char *
skip_plain(const char *at, const char *end)
{
	uint64_t block;

	while (end - at >= (ptrdiff_t)sizeof(block)) {
		memcpy(&block, at, sizeof(block));
		if (stops_in(block) != 0)
			break;
		at += sizeof(block);
	}
	while (at < end && *at != '"' && *at != '\\' &&
	    (unsigned char)*at >= 0x20)
		at++;
	return at;
}

/* Not 0 when one of the eight bytes is a quote, a backslash or below 0x20.
 * (x - 0x01..) & ~x has the top bit of a byte set where that byte is 0, and
 * maybe in bytes above a borrow; that is enough for a yes or no. */
static uint64_t
stops_in(uint64_t block)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	const uint64_t tops = ones << 7;
	uint64_t quotes = block ^ ones * '"';
	uint64_t slashes = block ^ ones * '\\';

	return (((quotes - ones) & ~quotes) | ((slashes - ones) & ~slashes) |
	    ((block - ones * 0x20) & ~block)) & tops;
}

/* NULL: no escape of JSON. */
static const char *
skip_escape(const char *at, const char *end)
{
	int i;

	if (end - at < 2 || at[1] == '\0')
		return NULL;
	if (at[1] != 'u')
		return strchr("\"\\/bfnrt", at[1]) != NULL ? at + 2 : NULL;
	if (end - at < 6)
		return NULL;
	for (i = 2; i < 6; i++) {
		if (parse_hex_digit(at[i]) < 0)
			return NULL;
	}
	return at + 6;
}

static enum lh_err
read_number(struct vault_json *json, struct vault_json_token *token)
{
	const char *start = json->at;

	(void)take(json, '-');
	if (!take(json, '0') && !take_digits(json))
		return LH_ERR_FORMAT;
	if (take(json, '.') && !take_digits(json))
		return LH_ERR_FORMAT;
	if (take(json, 'e') || take(json, 'E')) {
		if (!take(json, '+'))
			(void)take(json, '-');
		if (!take_digits(json))
			return LH_ERR_FORMAT;
	}
	token->kind = VAULT_JSON_NUMBER;
	token->raw = (struct span){ start, (size_t)(json->at - start) };
	return LH_OK;
}

static bool
take_digits(struct vault_json *json)
{
	const char *start = json->at;

	while (json->at < json->end && *json->at >= '0' && *json->at <= '9')
		json->at++;
	return json->at > start;
}

static enum lh_err
read_word(struct vault_json *json, struct vault_json_token *token)
{
	static const char *const words[] = { "true", "false", "null" };
	struct span rest = { json->at, (size_t)(json->end - json->at) };
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!span_starts(rest, span_of(words[i])))
			continue;
		token->kind = VAULT_JSON_WORD;
		token->raw = (struct span){ rest.ptr, strlen(words[i]) };
		json->at += token->raw.len;
		return LH_OK;
	}
	return LH_ERR_FORMAT;
}

static void
skip_blanks(struct vault_json *json)
{
	while (json->at < json->end && (*json->at == ' ' ||
	    *json->at == '\n' || *json->at == '\t' || *json->at == '\r'))
		json->at++;
}

static bool
next_is(const struct vault_json *json, char c)
{
	return json->at < json->end && *json->at == c;
}

static bool
take(struct vault_json *json, char c)
{
	if (!next_is(json, c))
		return false;
	json->at++;
	return true;
}

static bool
in_object(const struct vault_json *json)
{
	return (json->objects >> (json->depth - 1) & 1) != 0;
}
