/*
 * http_header - looking into lists of fields.
 *
 * Lists are short (a request carries about ten fields), so every look-up is a
 * walk; names of another length are passed over without comparing a byte.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "http/http_header.h"

#include <stdint.h>
#include <string.h>

#include "base/secret_alloc.h"

/* Character classes of RFC 9110 5.6.2 and 5.5. */
enum { CLASS_TOKEN = 1, CLASS_VALUE = 2 };

#define BOTH (CLASS_TOKEN | CLASS_VALUE)
static const uint8_t classes[256] = {
	['\t'] = CLASS_VALUE, [' '] = CLASS_VALUE,
	['!'] = BOTH, ['"'] = CLASS_VALUE,
	['#' ... '\''] = BOTH, ['(' ... ')'] = CLASS_VALUE,
	['*' ... '+'] = BOTH, [','] = CLASS_VALUE,
	['-' ... '.'] = BOTH, ['/'] = CLASS_VALUE,
	['0' ... '9'] = BOTH, [':' ... '@'] = CLASS_VALUE,
	['A' ... 'Z'] = BOTH, ['[' ... ']'] = CLASS_VALUE,
	['^' ... 'z'] = BOTH, ['{'] = CLASS_VALUE,
	['|'] = BOTH, ['}'] = CLASS_VALUE, ['~'] = BOTH,
	[0x80 ... 0xff] = CLASS_VALUE,
};

static struct span copy_text(char **at, struct span text);

/* Trailer and the Proxy-Auth fields are spent by whoever receives them. */
static const struct span hop_by_hop[] = {
	SPAN_LITERAL("Connection"),
	SPAN_LITERAL("Proxy-Connection"),
	SPAN_LITERAL("Keep-Alive"),
	SPAN_LITERAL("TE"),
	SPAN_LITERAL("Transfer-Encoding"),
	SPAN_LITERAL("Upgrade"),
	SPAN_LITERAL("Trailer"),
	SPAN_LITERAL("Proxy-Authenticate"),
	SPAN_LITERAL("Proxy-Authorization"),
};

static bool list_holds(struct span list, struct span token);
static struct span cut_element(struct span *list);
static bool all_of_class(struct span text, uint8_t class);

const struct http_field *
http_fields_find(struct http_fields fields, struct span name)
{
	for (size_t i = 0; i < fields.count; i++)
		if (span_equal_nocase(fields.list[i].name, name))
			return &fields.list[i];
	return NULL;
}

struct span
http_fields_value(struct http_fields fields, struct span name)
{
	const struct http_field *field = http_fields_find(fields, name);

	return field == NULL ? SPAN_NONE : field->value;
}

size_t
http_fields_count(struct http_fields fields, struct span name)
{
	size_t count = 0;

	for (size_t i = 0; i < fields.count; i++)
		if (span_equal_nocase(fields.list[i].name, name))
			count++;
	return count;
}

bool
http_field_is_hop_by_hop(struct http_fields fields, struct span name)
{
	for (size_t i = 0; i < sizeof(hop_by_hop) / sizeof(*hop_by_hop); i++)
		if (span_equal_nocase(hop_by_hop[i], name))
			return true;
	return http_fields_list_has(fields, hop_by_hop[0], name);
}

bool
http_fields_list_has(struct http_fields fields, struct span name,
    struct span token)
{
	for (size_t i = 0; i < fields.count; i++)
		if (span_equal_nocase(fields.list[i].name, name) &&
		    list_holds(fields.list[i].value, token))
			return true;
	return false;
}

enum lh_err
http_fields_copy(struct http_fields fields,
    struct http_fields *copy_out, void **block_out)
{
	size_t size = fields.count * sizeof(struct http_field), i;
	struct http_field *list;
	char *block, *at;

	for (i = 0; i < fields.count; i++)
		size += fields.list[i].name.len + fields.list[i].value.len;
	block = secret_malloc(size + 1);
	if (block == NULL)
		return LH_ERR_LIMIT;
	list = (struct http_field *)(void *)block;
	at = block + fields.count * sizeof(*list);
	for (i = 0; i < fields.count; i++) {
		list[i].name = copy_text(&at, fields.list[i].name);
		list[i].value = copy_text(&at, fields.list[i].value);
	}
	*copy_out = (struct http_fields){ list, fields.count };
	*block_out = block;
	return LH_OK;
}

bool
http_is_token(struct span text)
{
	return text.len > 0 && all_of_class(text, CLASS_TOKEN);
}

bool
http_is_field_value(struct span text)
{
	return all_of_class(text, CLASS_VALUE);
}

static bool
list_holds(struct span list, struct span token)
{
	while (list.len > 0) {
		struct span element = cut_element(&list);

		if (span_equal_nocase(span_trim(span_cut(&element, '=')),
		    token))
			return true;
	}
	return false;
}

/* Commas inside quotes do not separate. */
static struct span
cut_element(struct span *list)
{
	struct span element = *list;
	bool quoted = false;
	size_t i;

	for (i = 0; i < list->len; i++) {
		char c = list->ptr[i];

		if (c == ',' && !quoted)
			break;
		if (c == '\\' && quoted)
			i++;
		else if (c == '"')
			quoted = !quoted;
	}
	if (i > list->len)
		i = list->len;
	element.len = i;
	*list = span_skip(*list, i + 1);
	return element;
}

static bool
all_of_class(struct span text, uint8_t class)
{
	for (size_t i = 0; i < text.len; i++)
		if ((classes[(uint8_t)text.ptr[i]] & class) == 0)
			return false;
	return true;
}

static struct span
copy_text(char **at, struct span text)
{
	struct span copy = { *at, text.len };

	if (text.len > 0)
		memcpy(*at, text.ptr, text.len);
	*at += text.len;
	return copy;
}
