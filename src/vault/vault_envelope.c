/*
 * vault_envelope - facts out of the JSON of answers and requests.
 *
 * jansson makes the tree, after vault_json has seen that the text is no deeper
 * than we accept. Integers are read as reals, so that a number in data that
 * fits no machine word does not spoil the answer it stands in.
 *
 * What a caller shall not see is cut out of the text itself: a tree written
 * again would lose the digits of large numbers and the spelling of all.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "vault/vault_envelope.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/lh_assert.h"
#include "base/secret_alloc.h"
#include "base/xalloc.h"
#include "vault_json.h"

#define WORD_MAX 20		/* longer tokens stand nowhere by chance */

enum strip_part { STRIP_NONE, STRIP_DATA, STRIP_AUTH };

/* A walk over the members of data and auth. */
struct strip {
	struct vault_json json;
	struct vault_json_token token;
	struct bytes *into;
	const char *copied;	/* what stands before it is in into */
	const char *member_end;	/* of the member before, in this part */
	bool kept;		/* a member of this part stayed */
	enum strip_part part;
};

static enum lh_err load_object(struct span body, json_t **root_out);
static void read_auth(const json_t *auth, struct vault_token_facts *out);
static void read_wrap(const json_t *wrap, struct vault_wrap_facts *out);
static bool has_policy_root(const json_t *policies);
static struct span get_text(const json_t *object, const char *key);
static char *get_copy(const json_t *object, const char *key);
static struct secret *get_secret(const json_t *object, const char *key);
static bool get_true(const json_t *object, const char *key);
static int64_t get_number(const json_t *object, const char *key);
static enum lh_err find_token(struct span body,
    const struct vault_token_names *ours, bool *named_out);
static bool names_token(const json_t *about, const char *key,
    const struct vault_token_names *ours);
static bool text_is_secret(struct span text, const struct secret *secret);
static bool holds_secret(struct span text, const struct secret *secret);
static enum lh_err strip_members(struct strip *strip);
static enum strip_part part_of(const struct vault_json_token *key);
static enum lh_err strip_member(struct strip *strip);
static bool top_tells(const struct vault_json_token *key);
static enum lh_err empty_next(struct strip *strip);
static enum lh_err empty_value(struct strip *strip, const char *value);
static bool member_tells(const struct strip *strip);
static enum lh_err remove_member(struct strip *strip, const char *start);
static enum lh_err skip_value(struct strip *strip, const char **start_out);
static enum lh_err copy_up_to(struct strip *strip, const char *place);
static size_t append_text(char *out, size_t len, struct span text);

void
vault_envelope_start_library(void)
{
	json_set_alloc_funcs(secret_need_malloc, secret_free);
}

enum lh_err
vault_envelope_parse(struct span body, struct vault_envelope *out)
{
	const json_t *auth, *wrap, *data;
	struct span text;
	enum lh_err err;
	json_t *root;

	err = load_object(body, &root);
	if (err != LH_OK)
		return err;
	memset(out, 0, sizeof(*out));
	data = json_object_get(root, "data");
	auth = json_object_get(root, "auth");
	wrap = json_object_get(root, "wrap_info");
	out->lease_id = get_copy(root, "lease_id");
	out->lease_duration_s = get_number(root, "lease_duration");
	out->renewable = get_true(root, "renewable");
	out->data_renewable = get_true(data, "renewable");
	out->has_data = json_is_object(data);
	out->has_auth = json_is_object(auth);
	if (out->has_auth)
		read_auth(auth, &out->auth);
	out->has_wrap = json_is_object(wrap);
	if (out->has_wrap)
		read_wrap(wrap, &out->wrap);
	text = get_text(root, "mount_type");
	if (text.len > 0 && text.len < sizeof(out->mount_type))
		memcpy(out->mount_type, text.ptr, text.len);
	json_decref(root);
	return LH_OK;
}

void
vault_envelope_release(struct vault_envelope *envelope)
{
	if (envelope == NULL)
		return;
	secret_free(envelope->lease_id);
	vault_token_facts_release(&envelope->auth);
	secret_unref(&envelope->wrap.token);
	secret_free(envelope->wrap.accessor);
	secret_free(envelope->wrap.creation_path);
	secret_free(envelope->wrap.creation_time);
	secret_free(envelope->wrap.wrapped_accessor);
	memset(envelope, 0, sizeof(*envelope));
}

enum lh_err
vault_envelope_token_data(struct span body, struct vault_token_facts *out)
{
	const json_t *data;
	enum lh_err err;
	json_t *root;

	err = load_object(body, &root);
	if (err != LH_OK)
		return err;
	data = json_object_get(root, "data");
	if (!json_is_object(data)) {
		json_decref(root);
		return LH_ERR_FORMAT;
	}
	memset(out, 0, sizeof(*out));
	out->token = get_secret(data, "id");
	out->accessor = get_copy(data, "accessor");
	out->ttl_s = get_number(data, "ttl");
	out->explicit_max_ttl_s = get_number(data, "explicit_max_ttl");
	out->period_s = get_number(data, "period");
	out->num_uses = get_number(data, "num_uses");
	out->renewable = get_true(data, "renewable");
	out->orphan = get_true(data, "orphan");
	out->is_batch = span_equal(get_text(data, "type"),
	    SPAN_LITERAL("batch"));
	out->is_root = out->ttl_s == 0 &&
	    has_policy_root(json_object_get(data, "policies"));
	json_decref(root);
	return LH_OK;
}

void
vault_token_facts_release(struct vault_token_facts *facts)
{
	if (facts == NULL)
		return;
	secret_unref(&facts->token);
	secret_free(facts->accessor);
	memset(facts, 0, sizeof(*facts));
}

struct secret *
vault_envelope_data_secret(struct span body, const char *key)
{
	struct secret *secret;
	json_t *root;

	if (load_object(body, &root) != LH_OK)
		return NULL;
	secret = get_secret(json_object_get(root, "data"), key);
	json_decref(root);
	return secret;
}

void
vault_errors_text(struct span body, char out[VAULT_ERRORS_MAX])
{
	const json_t *text;
	json_t *root;
	size_t i, len = 0;

	out[0] = '\0';
	if (load_object(body, &root) != LH_OK)
		return;
	json_array_foreach(json_object_get(root, "errors"), i, text) {
		struct span part = { json_string_value(text),
		    json_string_length(text) };

		if (part.len == 0)
			continue;
		if (len > 0)
			len = append_text(out, len, SPAN_LITERAL("; "));
		len = append_text(out, len, part);
	}
	json_decref(root);
}

enum lh_err
vault_envelope_strip(struct span body, const struct vault_token_names *ours,
    struct bytes *into, bool *changed_out)
{
	struct strip strip = { .into = into, .copied = body.ptr };
	size_t before = into->len;
	enum lh_err err;
	bool named;

	err = find_token(body, ours, &named);
	if (err != LH_OK)
		return err;
	*changed_out = named;
	if (!named)
		return holds_secret(body, ours->token) ? LH_ERR_FORMAT : LH_OK;
	vault_json_init(&strip.json, body);
	err = strip_members(&strip);
	if (err == LH_OK)
		err = copy_up_to(&strip, body.ptr + body.len);
	if (err == LH_OK && holds_secret(span_skip(bytes_span(into), before),
	    ours->token))
		err = LH_ERR_FORMAT;
	if (err != LH_OK)
		bytes_cut(into, before);
	return err;
}

static enum lh_err
load_object(struct span body, json_t **root_out)
{
	enum lh_err err = vault_json_check(body);
	json_t *root;

	if (err != LH_OK)
		return err;
	root = json_loadb(body.ptr, body.len,
	    JSON_DECODE_INT_AS_REAL | JSON_ALLOW_NUL, NULL);
	if (root == NULL || !json_is_object(root)) {
		json_decref(root);
		return LH_ERR_FORMAT;
	}
	*root_out = root;
	return LH_OK;
}

static void
read_auth(const json_t *auth, struct vault_token_facts *out)
{
	out->token = get_secret(auth, "client_token");
	out->accessor = get_copy(auth, "accessor");
	out->ttl_s = get_number(auth, "lease_duration");
	out->num_uses = get_number(auth, "num_uses");
	out->renewable = get_true(auth, "renewable");
	out->orphan = get_true(auth, "orphan");
	out->is_batch = span_equal(get_text(auth, "token_type"),
	    SPAN_LITERAL("batch"));
}

static void
read_wrap(const json_t *wrap, struct vault_wrap_facts *out)
{
	out->token = get_secret(wrap, "token");
	out->accessor = get_copy(wrap, "accessor");
	out->creation_path = get_copy(wrap, "creation_path");
	out->creation_time = get_copy(wrap, "creation_time");
	out->wrapped_accessor = get_copy(wrap, "wrapped_accessor");
	out->ttl_s = get_number(wrap, "ttl");
}

static bool
has_policy_root(const json_t *policies)
{
	const json_t *policy;
	size_t i;

	json_array_foreach(policies, i, policy) {
		const char *name = json_string_value(policy);

		if (name != NULL && strcmp(name, "root") == 0)
			return true;
	}
	return false;
}

/* ptr NULL: absent, no text, or a text with a NUL in it. */
static struct span
get_text(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);
	struct span text;

	if (!json_is_string(value))
		return SPAN_NONE;
	text.ptr = json_string_value(value);
	text.len = json_string_length(value);
	return strlen(text.ptr) == text.len ? text : SPAN_NONE;
}

/* NULL: as get_text(), or empty. */
static char *
get_copy(const json_t *object, const char *key)
{
	struct span text = get_text(object, key);

	return text.len == 0 ? NULL : secret_strdup(text.ptr);
}

static struct secret *
get_secret(const json_t *object, const char *key)
{
	struct span text = get_text(object, key);

	return text.len == 0 ? NULL : secret_new(text);
}

static bool
get_true(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}

static int64_t
get_number(const json_t *object, const char *key)
{
	double value = json_real_value(json_object_get(object, key));

	if (!(value > 0))
		return 0;
	if (value >= (double)VAULT_DURATION_MAX_S)
		return VAULT_DURATION_MAX_S;
	return (int64_t)value;
}

static enum lh_err
find_token(struct span body, const struct vault_token_names *ours,
    bool *named_out)
{
	enum lh_err err;
	json_t *root;

	err = load_object(body, &root);
	if (err != LH_OK)
		return err;
	*named_out = names_token(root, "id", ours) ||
	    names_token(json_object_get(root, "data"), "id", ours) ||
	    names_token(json_object_get(root, "auth"), "client_token", ours);
	json_decref(root);
	return LH_OK;
}

static bool
names_token(const json_t *about, const char *key,
    const struct vault_token_names *ours)
{
	return text_is_secret(get_text(about, key), ours->token) ||
	    (ours->accessor != NULL && span_equal(get_text(about, "accessor"),
	    span_of(ours->accessor)));
}

/* Without a copy, and in a time that does not tell where they differ. */
static bool
text_is_secret(struct span text, const struct secret *secret)
{
	struct span bytes = secret_lend(secret);
	volatile unsigned char differs = 0;
	size_t i;

	if (text.len == 0 || text.len != bytes.len)
		return false;
	for (i = 0; i < text.len; i++)
		differs |= (unsigned char)(text.ptr[i] ^ bytes.ptr[i]);
	return differs == 0;
}

/* A short token may be a word, such as the name of a policy. */
static bool
holds_secret(struct span text, const struct secret *secret)
{
	struct span bytes = secret_lend(secret);

	return bytes.len > WORD_MAX &&
	    memmem(text.ptr, text.len, bytes.ptr, bytes.len) != NULL;
}

static enum lh_err
strip_members(struct strip *strip)
{
	enum lh_err err;

	do {
		err = vault_json_next(&strip->json, &strip->token);
		if (err != LH_OK || strip->token.kind != VAULT_JSON_KEY)
			continue;
		if (strip->json.depth == 1) {
			strip->part = part_of(&strip->token);
			strip->kept = false;
			if (top_tells(&strip->token))
				err = empty_next(strip);
		} else if (strip->json.depth == 2 &&
		    strip->part != STRIP_NONE)
			err = strip_member(strip);
	} while (err == LH_OK && strip->token.kind != VAULT_JSON_END);
	return err;
}

static enum strip_part
part_of(const struct vault_json_token *key)
{
	if (vault_json_token_is(key, SPAN_LITERAL("data")))
		return STRIP_DATA;
	if (vault_json_token_is(key, SPAN_LITERAL("auth")))
		return STRIP_AUTH;
	return STRIP_NONE;
}

/* The key was read, its value comes next. */
static enum lh_err
strip_member(struct strip *strip)
{
	const char *key = strip->token.raw.ptr - 1, *value;
	bool tells = member_tells(strip);
	enum lh_err err;

	err = skip_value(strip, &value);
	if (err != LH_OK)
		return err;
	if (tells && strip->part == STRIP_DATA)
		err = remove_member(strip, key);
	else {
		if (tells)
			err = empty_value(strip, value);
		strip->kept = true;
	}
	strip->member_end = strip->json.at;
	return err;
}

static bool
top_tells(const struct vault_json_token *key)
{
	return vault_json_token_is(key, SPAN_LITERAL("id")) ||
	    vault_json_token_is(key, SPAN_LITERAL("accessor"));
}

static enum lh_err
empty_next(struct strip *strip)
{
	const char *value;
	enum lh_err err = skip_value(strip, &value);

	return err == LH_OK ? empty_value(strip, value) : err;
}

/* The value that begins there was read. */
static enum lh_err
empty_value(struct strip *strip, const char *value)
{
	enum lh_err err = copy_up_to(strip, value);

	if (err == LH_OK)
		err = bytes_append(strip->into, "\"\"", 2);
	strip->copied = strip->json.at;
	return err;
}

static bool
member_tells(const struct strip *strip)
{
	const struct vault_json_token *key = &strip->token;

	if (vault_json_token_is(key, SPAN_LITERAL("accessor")))
		return true;
	return strip->part == STRIP_DATA ?
	    vault_json_token_is(key, SPAN_LITERAL("id")) :
	    vault_json_token_is(key, SPAN_LITERAL("client_token"));
}

/* With the comma before it, or, where nothing before it stayed, with the one
 * behind it. */
static enum lh_err
remove_member(struct strip *strip, const char *start)
{
	struct vault_json *json = &strip->json;
	const char *at = json->at;
	enum lh_err err;

	err = copy_up_to(strip, strip->kept ? strip->member_end : start);
	strip->copied = at;
	if (strip->kept)
		return err;
	while (at < json->end && strchr(" \t\r\n", *at) != NULL)
		at++;
	if (at < json->end && *at == ',')
		strip->copied = at + 1;
	return err;
}

static enum lh_err
skip_value(struct strip *strip, const char **start_out)
{
	unsigned depth = strip->json.depth;
	enum lh_err err;

	err = vault_json_next(&strip->json, &strip->token);
	*start_out = strip->token.raw.ptr -
	    (strip->token.kind == VAULT_JSON_TEXT);
	while (err == LH_OK && strip->json.depth > depth)
		err = vault_json_next(&strip->json, &strip->token);
	return err;
}

/* Never back: a comma may be gone already. */
static enum lh_err
copy_up_to(struct strip *strip, const char *place)
{
	enum lh_err err;

	if (place <= strip->copied)
		return LH_OK;
	err = bytes_append(strip->into, strip->copied,
	    (size_t)(place - strip->copied));
	strip->copied = place;
	return err;
}

/* Without control bytes; what does not fit is cut. */
static size_t
append_text(char *out, size_t len, struct span text)
{
	size_t i;

	for (i = 0; i < text.len && len < VAULT_ERRORS_MAX - 1; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		if (c >= 0x20 && c != 0x7f)
			out[len++] = (char)c;
	}
	out[len] = '\0';
	return len;
}
