/*
 * vault_scan - finds lease, token and their seconds in an answer.
 *
 * Only members of the answer itself and of its auth count; whatever stands in
 * data is passed over. A member that counts must stand there once and be
 * spelled plainly: where two readers could see two answers, we see none. The
 * same holds for vault_scan_member() and the keys of its path.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "vault/vault_scan.h"

#include <string.h>

#include "vault_json.h"

_Static_assert(VAULT_SCAN_MAX_DEPTH == VAULT_JSON_MAX_DEPTH,
    "one limit for all who read JSON");

enum member {
	MEMBER_OTHER,
	MEMBER_LEASE_ID,
	MEMBER_LEASE_DURATION,
	MEMBER_AUTH,
	MEMBER_WRAP_INFO,
	MEMBER_AUTH_DURATION
};

struct scan {
	struct vault_json json;
	struct vault_marks marks;
	const char *start;
	enum member member;	/* whose value comes next */
	unsigned seen;		/* a bit a member */
	bool in_auth;
};

/* A walk along a path of keys. */
struct walk {
	struct vault_json json;
	const char *start;
	struct span parts[VAULT_SCAN_MAX_PARTS];
	unsigned count;
	unsigned inside;	/* so many keys lead to the open object */
	unsigned seen;		/* a bit a part */
	bool is_next;		/* the next value is that of parts[inside] */
	bool is_found;
	struct vault_member member;
};

static enum lh_err scan_key(struct scan *scan,
    const struct vault_json_token *key);
static enum member member_of(const struct scan *scan,
    const struct vault_json_token *key);
static void scan_value(struct scan *scan,
    const struct vault_json_token *value);
static void mark_place(struct scan *scan, struct vault_place *place,
    struct span number);
static enum lh_err split_path(struct walk *walk, struct span path);
static enum lh_err walk_on(struct walk *walk,
    const struct vault_json_token *token);
static enum lh_err walk_key(struct walk *walk,
    const struct vault_json_token *key);
static enum lh_err walk_value(struct walk *walk,
    const struct vault_json_token *value);
static bool key_counts(struct span text);
static bool value_counts(struct span rest, bool object);

enum lh_err
vault_scan(struct span body, struct vault_marks *out)
{
	struct scan scan = { .start = body.ptr };
	struct vault_json_token token;
	enum lh_err err;

	vault_json_init(&scan.json, body);
	err = vault_json_next(&scan.json, &token);
	if (err == LH_OK && token.kind != VAULT_JSON_OPEN_OBJECT)
		return LH_ERR_FORMAT;
	while (err == LH_OK && token.kind != VAULT_JSON_END) {
		err = vault_json_next(&scan.json, &token);
		if (err != LH_OK)
			break;
		if (token.kind == VAULT_JSON_KEY)
			err = scan_key(&scan, &token);
		else
			scan_value(&scan, &token);
	}
	if (err == LH_OK)
		*out = scan.marks;
	return err;
}

enum lh_err
vault_scan_member(struct span body, struct span path,
    struct vault_member *out)
{
	struct walk walk = { .start = body.ptr };
	struct vault_json_token token;
	enum lh_err err;

	err = split_path(&walk, path);
	if (err != LH_OK)
		return err;
	vault_json_init(&walk.json, body);
	err = vault_json_next(&walk.json, &token);
	if (err == LH_OK && token.kind != VAULT_JSON_OPEN_OBJECT)
		return LH_ERR_FORMAT;
	while (err == LH_OK && token.kind != VAULT_JSON_END) {
		err = vault_json_next(&walk.json, &token);
		if (err == LH_OK)
			err = walk_on(&walk, &token);
	}
	if (err != LH_OK)
		return err;
	if (!walk.is_found)
		return LH_ERR_NOT_FOUND;
	*out = walk.member;
	return LH_OK;
}

bool
vault_scan_may_lease(struct span body)
{
	const char *quote;

	while (body.len > 0) {
		quote = memchr(body.ptr, '"', body.len);
		if (quote == NULL)
			return false;
		body.len -= (size_t)(quote + 1 - body.ptr);
		body.ptr = quote + 1;
		if (key_counts(body))
			return true;
	}
	return false;
}

void
vault_scan_write(char *digits, size_t width, int64_t value)
{
	uint64_t left = value < 0 ? 0 : (uint64_t)value;
	char text[20];
	size_t len = 0, i;

	do {
		text[len++] = (char)('0' + left % 10);
		left /= 10;
	} while (left > 0);
	if (len > width) {
		memset(digits, '9', width);
		return;
	}
	for (i = 0; i < len; i++)
		digits[i] = text[len - 1 - i];
	memset(digits + len, ' ', width - len);
}

static enum lh_err
scan_key(struct scan *scan, const struct vault_json_token *key)
{
	unsigned bit;

	scan->member = member_of(scan, key);
	if (scan->member == MEMBER_OTHER)
		return LH_OK;
	bit = 1U << scan->member;
	if (key->escaped || (scan->seen & bit) != 0)
		return LH_ERR_FORMAT;
	scan->seen |= bit;
	return LH_OK;
}

static enum member
member_of(const struct scan *scan, const struct vault_json_token *key)
{
	bool duration;

	if (scan->json.depth > 2 ||
	    (scan->json.depth == 2 && !scan->in_auth))
		return MEMBER_OTHER;
	duration = vault_json_token_is(key, SPAN_LITERAL("lease_duration"));
	if (scan->json.depth == 2)
		return duration ? MEMBER_AUTH_DURATION : MEMBER_OTHER;
	if (duration)
		return MEMBER_LEASE_DURATION;
	if (vault_json_token_is(key, SPAN_LITERAL("lease_id")))
		return MEMBER_LEASE_ID;
	if (vault_json_token_is(key, SPAN_LITERAL("auth")))
		return MEMBER_AUTH;
	if (vault_json_token_is(key, SPAN_LITERAL("wrap_info")))
		return MEMBER_WRAP_INFO;
	return MEMBER_OTHER;
}

/* A value, an element, or the end of a container. */
static void
scan_value(struct scan *scan, const struct vault_json_token *value)
{
	struct vault_marks *marks = &scan->marks;
	bool object = value->kind == VAULT_JSON_OPEN_OBJECT;

	switch (scan->member) {
	case MEMBER_LEASE_ID:
		marks->lease = value->kind == VAULT_JSON_TEXT &&
		    value->raw.len > 0;
		break;
	case MEMBER_AUTH:
		marks->auth = scan->in_auth = object;
		break;
	case MEMBER_WRAP_INFO:
		marks->wrap = object;
		break;
	case MEMBER_LEASE_DURATION:
		if (value->kind == VAULT_JSON_NUMBER)
			mark_place(scan, &marks->lease_duration, value->raw);
		break;
	case MEMBER_AUTH_DURATION:
		if (value->kind == VAULT_JSON_NUMBER)
			mark_place(scan, &marks->auth_duration, value->raw);
		break;
	case MEMBER_OTHER:
		break;
	}
	scan->member = MEMBER_OTHER;
	if (scan->json.depth < 2)
		scan->in_auth = false;
}

/* Numbers with sign, fraction or exponent are no room for digits. */
static void
mark_place(struct scan *scan, struct vault_place *place, struct span number)
{
	size_t i;

	for (i = 0; i < number.len; i++) {
		if (number.ptr[i] < '0' || number.ptr[i] > '9')
			return;
	}
	place->offset = (size_t)(number.ptr - scan->start);
	place->width = number.len;
}

static enum lh_err
split_path(struct walk *walk, struct span path)
{
	while (path.len > 0) {
		if (walk->count == VAULT_SCAN_MAX_PARTS)
			return LH_ERR_LIMIT;
		walk->parts[walk->count++] = span_cut(&path, '.');
	}
	return walk->count > 0 ? LH_OK : LH_ERR_NOT_FOUND;
}

/* Objects that the path led into are the outermost ones: as soon as fewer are
 * open, it has led out of one. */
static enum lh_err
walk_on(struct walk *walk, const struct vault_json_token *token)
{
	if (token->kind == VAULT_JSON_KEY)
		return walk_key(walk, token);
	if (walk->is_next)
		return walk_value(walk, token);
	if (walk->json.depth <= walk->inside)
		walk->inside = walk->json.depth > 0 ?
		    walk->json.depth - 1 : 0;
	return LH_OK;
}

static enum lh_err
walk_key(struct walk *walk, const struct vault_json_token *key)
{
	unsigned bit = 1U << walk->inside;

	if (walk->json.depth != walk->inside + 1 ||
	    !vault_json_token_is(key, walk->parts[walk->inside]))
		return LH_OK;
	if (key->escaped || (walk->seen & bit) != 0)
		return LH_ERR_FORMAT;
	walk->seen |= bit;
	walk->is_next = true;
	return LH_OK;
}

static enum lh_err
walk_value(struct walk *walk, const struct vault_json_token *value)
{
	bool is_last = walk->inside + 1 == walk->count;

	walk->is_next = false;
	if (!is_last) {
		if (value->kind == VAULT_JSON_OPEN_OBJECT)
			walk->inside++;
		return LH_OK;
	}
	if (value->kind != VAULT_JSON_NUMBER && value->kind != VAULT_JSON_TEXT)
		return LH_OK;
	if (value->kind == VAULT_JSON_TEXT && value->escaped)
		return LH_ERR_FORMAT;
	walk->is_found = true;
	walk->member = (struct vault_member){
		.text = value->raw,
		.offset = (size_t)(value->raw.ptr - walk->start),
		.is_number = value->kind == VAULT_JSON_NUMBER
	};
	return LH_OK;
}

/* text: what follows a quotation mark. Does a key stand there, with a value
 * that counts? Most do not even begin like one. */
static bool
key_counts(struct span text)
{
	static const struct span lease = SPAN_LITERAL("lease_id\"");
	static const struct span auth = SPAN_LITERAL("auth\"");
	static const struct span wrap = SPAN_LITERAL("wrap_info\"");

	switch (text.len > 0 ? text.ptr[0] : '\0') {
	case 'l':
		return span_starts(text, lease) &&
		    value_counts(span_skip(text, lease.len), false);
	case 'a':
		return span_starts(text, auth) &&
		    value_counts(span_skip(text, auth.len), true);
	case 'w':
		return span_starts(text, wrap) &&
		    value_counts(span_skip(text, wrap.len), true);
	default:
		return false;
	}
}

/* rest: what follows a key. Is it a value that is not the key's way to say
 * nothing: an object where object, else anything but an empty text? */
static bool
value_counts(struct span rest, bool object)
{
	rest = span_trim(rest);
	if (rest.len == 0 || rest.ptr[0] != ':')
		return false;
	rest = span_trim(span_skip(rest, 1));
	if (object)
		return span_starts(rest, SPAN_LITERAL("{"));
	return !span_starts(rest, SPAN_LITERAL("\"\""));
}
