/*
 * config_kinds - the kinds of values that many keys share: from a node to a
 * field, and from the field to HCL.
 *
 * What a setter refuses it explains in slot->why, worded to follow the name of
 * the key: "must be ...".
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config_schema.h"

#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/lh_assert.h"
#include "base/parse.h"
#include "vault/vault_path.h"

#define MS_PER_S 1000
#define MAX_NAMESPACE 1024

static bool
refuse_kind(const struct config_slot *slot, const struct config_node *node,
    const char *expected)
{
	lh_cause_set(slot->why, "must be %s, not %s", expected,
	    config_kind_name(node->kind));
	return false;
}

static bool
is_text(const struct config_node *node)
{
	return node->kind == CONFIG_TEXT || node->kind == CONFIG_NUMBER;
}

static void
store_text(const struct config_slot *slot, struct span text)
{
	*(const char **)slot->field = text.len > 0
	    ? config_texts_keep(slot->texts, text) : NULL;
}

static bool
set_text(const struct config_slot *slot, const struct config_node *node)
{
	if (!is_text(node))
		return refuse_kind(slot, node, "text in double quotes");
	store_text(slot, span_of(node->text));
	return true;
}

static bool
print_text(const struct config_key *key, const void *field,
    struct bytes *into, enum lh_err *err)
{
	const char *text = *(const char *const *)field;

	if (text == NULL || text[0] == '\0')
		return false;
	*err = config_print_text(into, span_of(text));
	return true;
}

static bool
set_strict_bool(const struct config_slot *slot, const struct config_node *node)
{
	if (node->kind != CONFIG_BOOL)
		return refuse_kind(slot, node,
		    "true or false without quotes");
	*(bool *)slot->field = node->text[0] == 't';
	return true;
}

static bool
set_bool(const struct config_slot *slot, const struct config_node *node)
{
	bool value;

	if (node->kind == CONFIG_NUMBER) {
		*(bool *)slot->field = strtod(node->text, NULL) != 0;
		return true;
	}
	if (node->kind != CONFIG_BOOL && node->kind != CONFIG_TEXT)
		return refuse_kind(slot, node, "true or false");
	if (parse_bool_loose(span_of(node->text), &value) != LH_OK) {
		lh_cause_set(slot->why, "must be true or false, not \"%.40s\"",
		    node->text);
		return false;
	}
	*(bool *)slot->field = value;
	return true;
}

static bool
print_bool(const struct config_key *key, const void *field,
    struct bytes *into, enum lh_err *err)
{
	*err = bytes_printf(into, "%s",
	    *(const bool *)field ? "true" : "false");
	return true;
}

static void
store_number(const struct config_slot *slot, int64_t value)
{
	if (slot->key->field.size == sizeof(int64_t)) {
		memcpy(slot->field, &value, sizeof(value));
		return;
	}
	lh_assert(slot->key->field.size == sizeof(int));
	*(unsigned *)slot->field = (unsigned)value;
}

static int64_t
load_number(const struct config_key *key, const void *field)
{
	int64_t value;

	if (key->field.size == sizeof(int))
		return *(const unsigned *)field;
	memcpy(&value, field, sizeof(value));
	return value;
}

static bool
set_count(const struct config_slot *slot, const struct config_node *node)
{
	int64_t value;

	if (!is_text(node))
		return refuse_kind(slot, node, "a whole number");
	if (!config_node_integer(node, &value) ||
	    value < slot->key->range.min || value > slot->key->range.max) {
		lh_cause_set(slot->why, "must be a whole number from %" PRId64
		    " to %" PRId64 ", not %.40s", slot->key->range.min,
		    slot->key->range.max, node->text);
		return false;
	}
	store_number(slot, value);
	return true;
}

static bool
print_number(const struct config_key *key, const void *field,
    struct bytes *into, enum lh_err *err)
{
	*err = bytes_printf(into, "%" PRId64, load_number(key, field));
	return true;
}

/* A number is seconds, with a fraction too; rounded up as texts are. */
static bool
read_duration(const struct config_node *node, span_ms *out)
{
	int64_t seconds;
	double exact;

	if (node->kind == CONFIG_TEXT)
		return parse_duration(span_of(node->text), out) == LH_OK;
	if (node->kind != CONFIG_NUMBER)
		return false;
	if (config_node_integer(node, &seconds)) {
		if (seconds < 0 || seconds > INT64_MAX / MS_PER_S)
			return false;
		*out = seconds * MS_PER_S;
		return true;
	}
	exact = ceil(strtod(node->text, NULL) * MS_PER_S);
	if (!(exact >= 0 && exact < 9e15))
		return false;
	*out = (span_ms)exact;
	return true;
}

static enum lh_err
print_span(struct bytes *into, span_ms value)
{
	if (value % MS_PER_S == 0)
		return bytes_printf(into, "%" PRId64 "s", value / MS_PER_S);
	return bytes_printf(into, "%" PRId64 "ms", value);
}

static bool
set_duration(const struct config_slot *slot, const struct config_node *node)
{
	struct bytes bounds;
	span_ms value;

	if (!is_text(node))
		return refuse_kind(slot, node, "a duration such as \"30s\"");
	if (!read_duration(node, &value)) {
		lh_cause_set(slot->why, "must be a duration such as \"30s\" "
		    "or a number of seconds, not \"%.40s\"", node->text);
		return false;
	}
	if (value >= slot->key->range.min && value <= slot->key->range.max) {
		store_number(slot, value);
		return true;
	}
	bytes_init(&bounds, LH_CAUSE_MAX);
	if (print_span(&bounds, slot->key->range.min) == LH_OK &&
	    bytes_append(&bounds, " to ", 4) == LH_OK &&
	    print_span(&bounds, slot->key->range.max) == LH_OK)
		lh_cause_set(slot->why, "must be from %.*s, not %.40s",
		    (int)bounds.len, bounds.data, node->text);
	bytes_release(&bounds);
	return false;
}

static bool
print_duration(const struct config_key *key, const void *field,
    struct bytes *into, enum lh_err *err)
{
	*err = bytes_append(into, "\"", 1);
	if (*err == LH_OK)
		*err = print_span(into, load_number(key, field));
	if (*err == LH_OK)
		*err = bytes_append(into, "\"", 1);
	return true;
}

static bool
set_size(const struct config_slot *slot, const struct config_node *node)
{
	uint64_t value;

	if (!is_text(node))
		return refuse_kind(slot, node, "a size such as \"32MiB\"");
	if (parse_size(span_of(node->text), &value) != LH_OK ||
	    value < (uint64_t)slot->key->range.min ||
	    value > (uint64_t)slot->key->range.max) {
		lh_cause_set(slot->why, "must be a size such as \"32MiB\" or "
		    "a number of bytes, from %" PRId64 " to %" PRId64
		    ", not \"%.40s\"", slot->key->range.min,
		    slot->key->range.max, node->text);
		return false;
	}
	store_number(slot, (int64_t)value);
	return true;
}

static bool
set_choice(const struct config_slot *slot, const struct config_node *node)
{
	const struct config_choice *choice;
	const char *text = node->text;
	struct bytes words;

	if (node->kind != CONFIG_TEXT)
		return refuse_kind(slot, node, "a word in double quotes");
	if (text[0] == '\0')
		text = slot->key->preset;
	for (choice = slot->key->choices; choice->word != NULL; choice++) {
		if (strcasecmp(choice->word, text) == 0) {
			store_number(slot, choice->number);
			return true;
		}
	}
	bytes_init(&words, LH_CAUSE_MAX);
	for (choice = slot->key->choices; choice->word != NULL; choice++) {
		if (choice->word[0] == '\0')
			continue;
		if (bytes_printf(&words, "%s%s", words.len > 0 ? ", " : "",
		    choice->word) != LH_OK)
			break;
	}
	lh_cause_set(slot->why, "must be one of %.*s, not \"%.40s\"",
	    (int)words.len, words.data, node->text);
	bytes_release(&words);
	return false;
}

static bool
print_choice(const struct config_key *key, const void *field,
    struct bytes *into, enum lh_err *err)
{
	int number = (int)load_number(key, field);
	const struct config_choice *choice = key->choices;

	while (choice->word != NULL && choice->number != number)
		choice++;
	if (choice->word == NULL)
		return false;
	*err = config_print_text(into, span_of(choice->word));
	return true;
}

static bool
set_namespace(const struct config_slot *slot, const struct config_node *node)
{
	struct bytes canonical;
	enum lh_err err;

	if (!is_text(node))
		return refuse_kind(slot, node, "text in double quotes");
	bytes_init(&canonical, MAX_NAMESPACE);
	err = vault_namespace_canonical(span_of(node->text), &canonical);
	if (err == LH_OK)
		*(const char **)slot->field = config_texts_keep(slot->texts,
		    bytes_span(&canonical));
	else
		lh_cause_set(slot->why, "must be at most %d bytes long",
		    MAX_NAMESPACE);
	bytes_release(&canonical);
	return err == LH_OK;
}

/* Permission bits as a number, for octal digits are what is meant: 0640. */
static bool
set_file_mode(const struct config_slot *slot, const struct config_node *node)
{
	int64_t value;

	if (node->kind != CONFIG_NUMBER)
		return refuse_kind(slot, node,
		    "a number such as 0640 without quotes");
	if (!config_node_integer(node, &value) || value < 0 || value > 0777) {
		lh_cause_set(slot->why, "must be permission bits such as "
		    "0640 (in JSON decimal, 416), not %.40s", node->text);
		return false;
	}
	store_number(slot, value);
	return true;
}

static bool
print_file_mode(const struct config_key *key, const void *field,
    struct bytes *into, enum lh_err *err)
{
	*err = bytes_printf(into, "0%o", *(const unsigned *)field);
	return true;
}

/* A user or group id as a number; -1 leaves it. */
static bool
set_owner(const struct config_slot *slot, const struct config_node *node)
{
	int64_t value;

	if (node->kind != CONFIG_NUMBER)
		return refuse_kind(slot, node, "a number without quotes");
	if (!config_node_integer(node, &value) || value < -1 ||
	    value >= UINT32_MAX) {
		lh_cause_set(slot->why, "must be an id, or -1, not %.40s",
		    node->text);
		return false;
	}
	*(unsigned *)slot->field = value < 0 ? FILE_IO_KEEP_ID
	    : (unsigned)value;
	return true;
}

static bool
print_owner(const struct config_key *key, const void *field,
    struct bytes *into, enum lh_err *err)
{
	if (*(const unsigned *)field == FILE_IO_KEEP_ID)
		return false;
	*err = bytes_printf(into, "%u", *(const unsigned *)field);
	return true;
}

/* Read again it is the same: no ${ is left for the reader to step over. */
enum lh_err
config_print_text(struct bytes *into, struct span text)
{
	enum lh_err err = bytes_append(into, "\"", 1);
	unsigned char c;
	size_t i;

	for (i = 0; i < text.len && err == LH_OK; i++) {
		c = (unsigned char)text.ptr[i];
		if (c == '"' || c == '\\')
			err = bytes_printf(into, "\\%c", c);
		else if (c < ' ' || c == 0x7f || (c == '$' &&
		    i + 1 < text.len && text.ptr[i + 1] == '{'))
			err = bytes_printf(into, "\\x%02x", c);
		else
			err = bytes_append(into, &c, 1);
	}
	return err == LH_OK ? bytes_append(into, "\"", 1) : err;
}

const struct config_kind_ops config_kind_text = {
	"text", CONFIG_TEXT, set_text, print_text
};
const struct config_kind_ops config_kind_path = {
	"path", CONFIG_TEXT, set_text, print_text
};
const struct config_kind_ops config_kind_strict_bool = {
	"bool", CONFIG_BOOL, set_strict_bool, print_bool
};
const struct config_kind_ops config_kind_bool = {
	"bool", CONFIG_BOOL, set_bool, print_bool
};
const struct config_kind_ops config_kind_count = {
	"number", CONFIG_NUMBER, set_count, print_number
};
const struct config_kind_ops config_kind_duration = {
	"duration", CONFIG_TEXT, set_duration, print_duration
};
const struct config_kind_ops config_kind_size = {
	"size", CONFIG_TEXT, set_size, print_number
};
const struct config_kind_ops config_kind_choice = {
	"word", CONFIG_TEXT, set_choice, print_choice
};
const struct config_kind_ops config_kind_namespace = {
	"namespace", CONFIG_TEXT, set_namespace, print_text
};
const struct config_kind_ops config_kind_file_mode = {
	"mode", CONFIG_NUMBER, set_file_mode, print_file_mode
};
const struct config_kind_ops config_kind_owner = {
	"id", CONFIG_NUMBER, set_owner, print_owner
};
