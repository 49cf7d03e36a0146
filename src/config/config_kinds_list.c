/*
 * config_kinds_list - kinds of values that are lists: hosts, users, groups,
 * header fields, and the methods and paths of a rule.
 *
 * As in config_kinds.c: a refusal is worded to follow the name of the key.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config_schema.h"

#include <grp.h>
#include <pwd.h>
#include <string.h>

#include "base/parse.h"
#include "http/http_header.h"

#define MAX_HOST 255

typedef const char *fault_fn(struct span text);

static bool
check_count(const struct config_slot *slot, const struct config_node *node,
    size_t max)
{
	const struct config_node *child;
	size_t count = 0;

	if (node->kind != CONFIG_LIST) {
		lh_cause_set(slot->why, "must be a list, in brackets, not %s",
		    config_kind_name(node->kind));
		return false;
	}
	for (child = node->first; child != NULL; child = child->next)
		count++;
	if (count >= 1 && count <= max)
		return true;
	lh_cause_set(slot->why, "must have from 1 to %zu members", max);
	return false;
}

static bool
set_texts(const struct config_slot *slot, const struct config_node *node,
    fault_fn *fault)
{
	const char *list[PROXY_RULES_MAX_TEXTS];
	struct text_list *field = slot->field;
	const struct config_node *child;
	const char *wrong;
	size_t count = 0;

	if (!check_count(slot, node, PROXY_RULES_MAX_TEXTS))
		return false;
	for (child = node->first; child != NULL; child = child->next) {
		if (child->kind != CONFIG_TEXT) {
			lh_cause_set(slot->why, "must hold text in double "
			    "quotes");
			return false;
		}
		wrong = fault(span_of(child->text));
		if (wrong != NULL) {
			lh_cause_set(slot->why, "must %s, not \"%.80s\"",
			    wrong, child->text);
			return false;
		}
		list[count++] = config_texts_keep(slot->texts,
		    span_of(child->text));
	}
	*field = (struct text_list){ config_texts_keep_block(slot->texts,
	    list, count * sizeof(list[0])), count };
	return true;
}

static bool
print_texts(const struct config_key *key, const void *field,
    struct bytes *into, enum lh_err *err)
{
	const struct text_list *texts = field;
	size_t i;

	if (texts->count == 0)
		return false;
	*err = LH_OK;
	for (i = 0; i < texts->count && *err == LH_OK; i++) {
		*err = bytes_printf(into, "%s", i == 0 ? "[" : ", ");
		if (*err == LH_OK)
			*err = config_print_text(into,
			    span_of(texts->list[i]));
	}
	if (*err == LH_OK)
		*err = bytes_append(into, "]", 1);
	return true;
}

/* A name, an IPv4 address or an IPv6 one in brackets, perhaps with a port. */
static const char *
host_fault(struct span host)
{
	size_t i;

	if (span_equal(host, SPAN_LITERAL("*")))
		return NULL;
	if (host.len == 0 || host.len > MAX_HOST)
		return "hold hosts of 1 to 255 bytes";
	for (i = 0; i < host.len; i++) {
		unsigned char c = (unsigned char)host.ptr[i];

		if (c <= ' ' || c >= 0x7f || strchr("/*@?#\\", c) != NULL)
			return "hold hosts as clients name them, "
			    "\"name\" or \"name:port\", or \"*\"";
	}
	return NULL;
}

static bool
set_hosts(const struct config_slot *slot, const struct config_node *node)
{
	return set_texts(slot, node, host_fault);
}

static bool
set_methods(const struct config_slot *slot, const struct config_node *node)
{
	return set_texts(slot, node, proxy_rules_method_fault);
}

static bool
set_paths(const struct config_slot *slot, const struct config_node *node)
{
	return set_texts(slot, node, proxy_rules_path_fault);
}

static const char *
header_fault(struct span name)
{
	return http_is_token(name) ? NULL :
	    "hold names of header fields, such as \"X-Request-Region\"";
}

static bool
set_headers(const struct config_slot *slot, const struct config_node *node)
{
	return set_texts(slot, node, header_fault);
}

/* By number, or by the name in the system's list. */
static bool
find_user(const char *text, unsigned *id_out)
{
	const struct passwd *user;
	uint64_t id;

	if (parse_uint(span_of(text), UINT32_MAX - 1, &id) == LH_OK) {
		*id_out = (unsigned)id;
		return true;
	}
	user = getpwnam(text);
	if (user != NULL)
		*id_out = user->pw_uid;
	return user != NULL;
}

static bool
find_group(const char *text, unsigned *id_out)
{
	const struct group *group;
	uint64_t id;

	if (parse_uint(span_of(text), UINT32_MAX - 1, &id) == LH_OK) {
		*id_out = (unsigned)id;
		return true;
	}
	group = getgrnam(text);
	if (group != NULL)
		*id_out = group->gr_gid;
	return group != NULL;
}

static bool
set_ids(const struct config_slot *slot, const struct config_node *node,
    bool (*find)(const char *text, unsigned *id_out))
{
	unsigned list[HTTP_LISTENER_MAX_IDS];
	struct http_ids *field = slot->field;
	const struct config_node *child;
	size_t count = 0;

	if (!check_count(slot, node, HTTP_LISTENER_MAX_IDS))
		return false;
	for (child = node->first; child != NULL; child = child->next) {
		if (child->kind != CONFIG_TEXT &&
		    child->kind != CONFIG_NUMBER) {
			lh_cause_set(slot->why, "must hold names or numbers");
			return false;
		}
		if (!find(child->text, &list[count++])) {
			lh_cause_set(slot->why, "holds \"%.64s\", which is "
			    "not known here", child->text);
			return false;
		}
	}
	*field = (struct http_ids){ config_texts_keep_block(slot->texts, list,
	    count * sizeof(list[0])), count };
	return true;
}

static bool
set_users(const struct config_slot *slot, const struct config_node *node)
{
	return set_ids(slot, node, find_user);
}

static bool
set_groups(const struct config_slot *slot, const struct config_node *node)
{
	return set_ids(slot, node, find_group);
}

static bool
print_ids(const struct config_key *key, const void *field,
    struct bytes *into, enum lh_err *err)
{
	const struct http_ids *ids = field;
	size_t i;

	if (ids->count == 0)
		return false;
	*err = LH_OK;
	for (i = 0; i < ids->count && *err == LH_OK; i++)
		*err = bytes_printf(into, "%s%u", i == 0 ? "[" : ", ",
		    ids->list[i]);
	if (*err == LH_OK)
		*err = bytes_append(into, "]", 1);
	return true;
}

const struct config_kind_ops config_kind_hosts = {
	"hosts", CONFIG_LIST, set_hosts, print_texts
};
const struct config_kind_ops config_kind_methods = {
	"methods", CONFIG_LIST, set_methods, print_texts
};
const struct config_kind_ops config_kind_rule_paths = {
	"paths", CONFIG_LIST, set_paths, print_texts
};
const struct config_kind_ops config_kind_headers = {
	"names", CONFIG_LIST, set_headers, print_texts
};
const struct config_kind_ops config_kind_users = {
	"users", CONFIG_LIST, set_users, print_ids
};
const struct config_kind_ops config_kind_groups = {
	"groups", CONFIG_LIST, set_groups, print_ids
};
