/*
 * config_kinds_url - addresses: one, or a list of the servers.
 *
 * A list may also be one text with commas, as an environment variable is; a
 * comma divides where a scheme follows, and may stand in a password or a path
 * otherwise, but not in a host.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config_schema.h"

#include <string.h>

#define MAX_ADDRESSES VAULT_CLIENT_MAX_UPSTREAMS

struct address_list {
	const struct config_slot *slot;
	struct span addresses[MAX_ADDRESSES];
	size_t count;
};

static const struct span schemes[] = {
	SPAN_LITERAL("http://"), SPAN_LITERAL("https://"),
	SPAN_LITERAL("unix:///")
};

#define SCHEMES (sizeof(schemes) / sizeof(schemes[0]))

static bool is_url(struct span text);
static bool refuse_url(const struct config_slot *slot, struct span text);
static bool add_addresses(struct address_list *list, struct span text);
static bool add_address(struct address_list *list, struct span address);
static struct span cut_address(struct span *rest);
static bool starts_url(struct span text);
static struct span host_part(struct span address);
static enum lh_err print_masked(struct bytes *into, const char *text);

static bool
set_url(const struct config_slot *slot, const struct config_node *node)
{
	if (node->kind != CONFIG_TEXT) {
		lh_cause_set(slot->why, "must be an address in double quotes, "
		    "not %s", config_kind_name(node->kind));
		return false;
	}
	if (!is_url(span_of(node->text)))
		return refuse_url(slot, span_of(node->text));
	*(const char **)slot->field = config_texts_keep(slot->texts,
	    span_of(node->text));
	return true;
}

static bool
print_url(const struct config_key *key, const void *field,
    struct bytes *into, enum lh_err *err)
{
	const char *text = *(const char *const *)field;

	if (text == NULL)
		return false;
	*err = print_masked(into, text);
	return true;
}

static bool
set_addresses(const struct config_slot *slot, const struct config_node *node)
{
	struct address_list list = { .slot = slot };
	const char **field = slot->field;
	const struct config_node *child;
	size_t i;

	if (node->kind == CONFIG_TEXT && !add_addresses(&list, span_of(
	    node->text[0] != '\0' ? node->text : slot->key->preset)))
		return false;
	for (child = node->kind == CONFIG_LIST ? node->first : NULL;
	    child != NULL; child = child->next) {
		if (child->kind != CONFIG_TEXT)
			break;
		if (!add_addresses(&list, span_of(child->text)))
			return false;
	}
	if (child != NULL || list.count == 0) {
		lh_cause_set(slot->why, "must be an address in double quotes, "
		    "or a list of some");
		return false;
	}
	for (i = 0; i < MAX_ADDRESSES; i++)
		field[i] = i < list.count ? config_texts_keep(slot->texts,
		    list.addresses[i]) : NULL;
	return true;
}

static bool
print_addresses(const struct config_key *key, const void *field,
    struct bytes *into, enum lh_err *err)
{
	const char *const *texts = field;
	size_t i;

	if (texts[1] == NULL)
		return print_url(key, field, into, err);
	*err = bytes_append(into, "[", 1);
	for (i = 0; i < MAX_ADDRESSES && texts[i] != NULL; i++) {
		if (*err == LH_OK && i > 0)
			*err = bytes_append(into, ", ", 2);
		if (*err == LH_OK)
			*err = print_masked(into, texts[i]);
	}
	if (*err == LH_OK)
		*err = bytes_append(into, "]", 1);
	return true;
}

/* A scheme that is known, and something of a host or path behind it. */
static bool
is_url(struct span text)
{
	size_t i;

	for (i = 0; i < text.len; i++) {
		if ((unsigned char)text.ptr[i] <= ' ' ||
		    strchr("?#\\\x7f", text.ptr[i]) != NULL)
			return false;
	}
	for (i = 0; i < SCHEMES; i++) {
		if (text.len > schemes[i].len && span_starts(text, schemes[i]))
			return text.ptr[schemes[i].len] != '/' &&
			    text.ptr[schemes[i].len] != ':';
	}
	return false;
}

/* A password in it is not shown. */
static bool
refuse_url(const struct config_slot *slot, struct span text)
{
	if (span_find(text, '@') < text.len)
		text = SPAN_LITERAL("...");
	lh_cause_set(slot->why, "must be http://host[:port], "
	    "https://host[:port] or unix:///path, not \"%.*s\"",
	    (int)(text.len < 80 ? text.len : 80), text.ptr);
	return false;
}

static bool
add_addresses(struct address_list *list, struct span text)
{
	struct span address;

	do {
		address = cut_address(&text);
		if (!add_address(list, address))
			return false;
	} while (text.len > 0);
	return true;
}

static bool
add_address(struct address_list *list, struct span address)
{
	const struct span https = SPAN_LITERAL("https:");
	const struct span http = SPAN_LITERAL("http:");
	const struct config_slot *slot = list->slot;
	struct span host = host_part(address);
	size_t i;

	if (!is_url(address) || (!span_starts(address, SPAN_LITERAL("unix:"))
	    && span_find(host, ',') < host.len))
		return refuse_url(slot, address);
	for (i = 0; i < list->count; i++) {
		struct span other = list->addresses[i];

		if (span_equal(other, address)) {
			lh_cause_set(slot->why, "must not name a server "
			    "twice");
			return false;
		}
		if ((span_starts(other, https) && span_starts(address, http))
		    || (span_starts(other, http) &&
		    span_starts(address, https))) {
			lh_cause_set(slot->why, "must not mix https:// and "
			    "http://, for requests go from one to the other");
			return false;
		}
	}
	if (list->count == MAX_ADDRESSES) {
		lh_cause_set(slot->why, "must be %d addresses at most",
		    MAX_ADDRESSES);
		return false;
	}
	list->addresses[list->count++] = address;
	return true;
}

static struct span
cut_address(struct span *rest)
{
	struct span address = *rest, tail;
	size_t i;

	for (i = 0; i < rest->len; i++) {
		tail = span_trim(span_skip(*rest, i + 1));
		if (rest->ptr[i] != ',' || !starts_url(tail))
			continue;
		address.len = i;
		*rest = tail;
		return span_trim(address);
	}
	*rest = SPAN_NONE;
	return address;
}

static bool
starts_url(struct span text)
{
	size_t i;

	for (i = 0; i < SCHEMES; i++) {
		if (span_starts(text, schemes[i]))
			return true;
	}
	return false;
}

/* With its port. */
static struct span
host_part(struct span address)
{
	struct span host = span_skip(address, span_find(address, '/'));

	host = span_skip(host, 2);
	host.len = span_find(host, '/');
	while (span_find(host, '@') < host.len)
		host = span_skip(host, span_find(host, '@') + 1);
	return host;
}

/* The user and password before an @ are masked. */
static enum lh_err
print_masked(struct bytes *into, const char *text)
{
	const char *host = strstr(text, "://") + 3;
	const char *at = memrchr(host, '@', strcspn(host, "/"));
	struct bytes masked;
	enum lh_err err;

	if (at == NULL)
		return config_print_text(into, span_of(text));
	bytes_init(&masked, CONFIG_MAX_FILE_BYTES);
	err = bytes_printf(&masked, "%.*s***%s", (int)(host - text), text,
	    at);
	if (err == LH_OK)
		err = config_print_text(into, bytes_span(&masked));
	bytes_release(&masked);
	return err;
}

const struct config_kind_ops config_kind_url = {
	"address", CONFIG_TEXT, set_url, print_url
};
const struct config_kind_ops config_kind_addresses = {
	"addresses", CONFIG_TEXT, set_addresses, print_addresses
};
