/*
 * config_kinds_own - kinds of values that one or two keys have.
 *
 * As in config_kinds.c: a refusal is worded to follow the name of the key.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config_schema.h"

#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <string.h>
#include <strings.h>

#include "base/parse.h"

#define DEFAULT_RETRIES 12
#define MAX_RETRIES 100
#define MAX_TAG_BYTES 512

/* The suites of TLS 1.2 that the incumbents know: their names (IANA's), and
 * those of OpenSSL. */
struct suite {
	const char *iana;
	const char *openssl;
};

static const struct suite suites[] = {
	{ "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
	    "ECDHE-ECDSA-AES128-GCM-SHA256" },
	{ "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
	    "ECDHE-RSA-AES128-GCM-SHA256" },
	{ "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
	    "ECDHE-ECDSA-AES256-GCM-SHA384" },
	{ "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
	    "ECDHE-RSA-AES256-GCM-SHA384" },
	{ "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
	    "ECDHE-ECDSA-CHACHA20-POLY1305" },
	{ "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
	    "ECDHE-RSA-CHACHA20-POLY1305" },
	{ "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305",
	    "ECDHE-ECDSA-CHACHA20-POLY1305" },
	{ "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305",
	    "ECDHE-RSA-CHACHA20-POLY1305" },
	{ "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
	    "ECDHE-ECDSA-AES128-SHA256" },
	{ "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
	    "ECDHE-RSA-AES128-SHA256" },
	{ "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
	    "ECDHE-ECDSA-AES128-SHA" },
	{ "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "ECDHE-RSA-AES128-SHA" },
	{ "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
	    "ECDHE-ECDSA-AES256-SHA" },
	{ "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "ECDHE-RSA-AES256-SHA" },
	{ "TLS_RSA_WITH_AES_128_GCM_SHA256", "AES128-GCM-SHA256" },
	{ "TLS_RSA_WITH_AES_256_GCM_SHA384", "AES256-GCM-SHA384" },
	{ "TLS_RSA_WITH_AES_128_CBC_SHA256", "AES128-SHA256" },
	{ "TLS_RSA_WITH_AES_128_CBC_SHA", "AES128-SHA" },
	{ "TLS_RSA_WITH_AES_256_CBC_SHA", "AES256-SHA" },
};

#define SUITES (sizeof(suites) / sizeof(suites[0]))

static const struct config_choice subsystems[] = {
	{ "auto-auth", CONFIG_SUBSYSTEM_AUTO_AUTH },
	{ "caching", CONFIG_SUBSYSTEM_CACHING },
	{ "proxying", CONFIG_SUBSYSTEM_PROXYING },
	{ "templating", CONFIG_SUBSYSTEM_TEMPLATING },
	{ NULL, 0 }
};

static bool
set_auto_auth(const struct config_slot *slot, const struct config_node *node)
{
	enum config_auto_auth value;
	bool truth = false;

	if (node->kind == CONFIG_TEXT && strcasecmp(node->text, "force") == 0)
		value = CONFIG_AUTO_AUTH_FORCE;
	else if ((node->kind == CONFIG_TEXT || node->kind == CONFIG_BOOL ||
	    node->kind == CONFIG_NUMBER) &&
	    parse_bool_loose(span_of(node->text), &truth) == LH_OK)
		value = truth ? CONFIG_AUTO_AUTH_TRUE : CONFIG_AUTO_AUTH_FALSE;
	else {
		lh_cause_set(slot->why, "must be true, false or \"force\"");
		return false;
	}
	*(enum config_auto_auth *)slot->field = value;
	return true;
}

static bool
print_auto_auth(const struct config_key *key, const void *field,
    struct bytes *into, enum lh_err *err)
{
	switch (*(const enum config_auto_auth *)field) {
	case CONFIG_AUTO_AUTH_FORCE:
		*err = config_print_text(into, SPAN_LITERAL("force"));
		return true;
	case CONFIG_AUTO_AUTH_TRUE:
		*err = bytes_append(into, "true", 4);
		return true;
	case CONFIG_AUTO_AUTH_FALSE:
	case CONFIG_AUTO_AUTH_UNSET:
		break;
	}
	*err = bytes_append(into, "false", 5);
	return true;
}

static bool
set_never(const struct config_slot *slot, const struct config_node *node)
{
	if (node->kind == CONFIG_TEXT && strcasecmp(node->text, "never") == 0)
		return true;
	if (node->kind == CONFIG_TEXT && strcasecmp(node->text, "always") == 0)
		lh_cause_set(slot->why, "\"always\" is not built yet; "
		    "only \"never\" is");
	else
		lh_cause_set(slot->why, "must be \"never\"");
	return false;
}

static bool
print_nothing(const struct config_key *key, const void *field,
    struct bytes *into, enum lh_err *err)
{
	return false;
}

/* 0 is the default, -1 none: the incumbents could not tell 0 from absent. */
static bool
set_retries(const struct config_slot *slot, const struct config_node *node)
{
	int64_t value;

	if (!config_node_integer(node, &value) || value < -1 ||
	    value > MAX_RETRIES) {
		lh_cause_set(slot->why, "must be a whole number from -1 to %d",
		    MAX_RETRIES);
		return false;
	}
	*(unsigned *)slot->field = value < 0 ? 0
	    : value == 0 ? DEFAULT_RETRIES : (unsigned)value;
	return true;
}

static bool
print_retries(const struct config_key *key, const void *field,
    struct bytes *into, enum lh_err *err)
{
	unsigned value = *(const unsigned *)field;

	*err = value == 0 ? bytes_append(into, "-1", 2)
	    : bytes_printf(into, "%u", value);
	return true;
}

/* The field is the whole struct http_listener_options. */
static bool
set_socket_mode(const struct config_slot *slot, const struct config_node *node)
{
	struct http_listener_options *socket = slot->field;
	unsigned mode;

	if (node->kind == CONFIG_TEXT && node->text[0] == '\0') {
		socket->set_mode = false;
		return true;
	}
	if ((node->kind != CONFIG_TEXT && node->kind != CONFIG_NUMBER) ||
	    parse_mode(span_of(node->text), &mode) != LH_OK || mode > 0777) {
		lh_cause_set(slot->why,
		    "must be octal permission bits such as \"0660\"");
		return false;
	}
	socket->mode = mode;
	socket->set_mode = true;
	return true;
}

static bool
print_socket_mode(const struct config_key *key, const void *field,
    struct bytes *into, enum lh_err *err)
{
	const struct http_listener_options *socket = field;

	if (!socket->set_mode)
		return false;
	*err = bytes_printf(into, "\"%04o\"", socket->mode);
	return true;
}

/* An id of digits; "" leaves it. False: node is no such thing. */
static bool
read_id(const struct config_node *node, unsigned *out)
{
	uint64_t id;

	if (node->text[0] == '\0') {
		*out = FILE_IO_KEEP_ID;
		return true;
	}
	if (parse_uint(span_of(node->text), UINT32_MAX - 1, &id) != LH_OK)
		return false;
	*out = (unsigned)id;
	return true;
}

static bool
set_user(const struct config_slot *slot, const struct config_node *node)
{
	const struct passwd *user;

	if (node->kind != CONFIG_TEXT && node->kind != CONFIG_NUMBER) {
		lh_cause_set(slot->why, "must be a user's name or number");
		return false;
	}
	if (read_id(node, slot->field))
		return true;
	user = getpwnam(node->text);
	if (user == NULL) {
		lh_cause_set(slot->why, "there is no user \"%.64s\"",
		    node->text);
		return false;
	}
	*(unsigned *)slot->field = user->pw_uid;
	return true;
}

static bool
set_group(const struct config_slot *slot, const struct config_node *node)
{
	const struct group *group;

	if (node->kind != CONFIG_TEXT && node->kind != CONFIG_NUMBER) {
		lh_cause_set(slot->why, "must be a group's name or number");
		return false;
	}
	if (read_id(node, slot->field))
		return true;
	group = getgrnam(node->text);
	if (group == NULL) {
		lh_cause_set(slot->why, "there is no group \"%.64s\"",
		    node->text);
		return false;
	}
	*(unsigned *)slot->field = group->gr_gid;
	return true;
}

static bool
print_id(const struct config_key *key, const void *field,
    struct bytes *into, enum lh_err *err)
{
	if (*(const unsigned *)field == FILE_IO_KEEP_ID)
		return false;
	*err = bytes_printf(into, "\"%u\"", *(const unsigned *)field);
	return true;
}

static const char *
find_suite(struct span name)
{
	size_t i;

	for (i = 0; i < SUITES; i++) {
		if (span_equal(name, span_of(suites[i].iana)))
			return suites[i].openssl;
	}
	return NULL;
}

/* The suites of TLS 1.3 are always on, naming them changes nothing. */
static bool
is_tls13_suite(struct span name)
{
	return span_starts(name, SPAN_LITERAL("TLS_AES_")) ||
	    span_equal(name, SPAN_LITERAL("TLS_CHACHA20_POLY1305_SHA256"));
}

static bool
set_ciphers(const struct config_slot *slot, const struct config_node *node)
{
	struct span rest, name;
	const char *openssl;
	struct bytes list;
	bool ok = true;

	if (node->kind != CONFIG_TEXT) {
		lh_cause_set(slot->why,
		    "must be names with commas between, in double quotes");
		return false;
	}
	bytes_init(&list, CONFIG_MAX_FILE_BYTES);
	for (rest = span_of(node->text); rest.len > 0 && ok;) {
		name = span_trim(span_cut(&rest, ','));
		if (name.len == 0 || is_tls13_suite(name))
			continue;
		openssl = find_suite(name);
		ok = openssl != NULL && bytes_printf(&list, "%s%s",
		    list.len > 0 ? ":" : "", openssl) == LH_OK;
		if (!ok)
			lh_cause_set(slot->why, "knows no cipher suite "
			    "\"%.*s\"; names are those of IANA",
			    (int)(name.len < 60 ? name.len : 60), name.ptr);
	}
	if (ok)
		*(const char **)slot->field = list.len == 0 ? NULL
		    : config_texts_keep(slot->texts, bytes_span(&list));
	bytes_release(&list);
	return ok;
}

static bool
print_ciphers(const struct config_key *key, const void *field,
    struct bytes *into, enum lh_err *err)
{
	struct span rest = span_of(*(const char *const *)field);
	const char *mark = "\"";
	struct span name;
	size_t i;

	if (rest.len == 0)
		return false;
	*err = LH_OK;
	while (rest.len > 0 && *err == LH_OK) {
		name = span_cut(&rest, ':');
		for (i = 0; i < SUITES; i++) {
			if (span_equal(name, span_of(suites[i].openssl)))
				break;
		}
		*err = bytes_printf(into, "%s%s", mark,
		    i < SUITES ? suites[i].iana : "");
		mark = ",";
	}
	if (*err == LH_OK)
		*err = bytes_append(into, "\"", 1);
	return true;
}

static bool
add_subsystem(const struct config_slot *slot, struct span name, unsigned *bits)
{
	const struct config_choice *choice;

	name = span_trim(name);
	if (name.len == 0)
		return true;
	for (choice = subsystems; choice->word != NULL; choice++) {
		if (span_equal_nocase(name, span_of(choice->word))) {
			*bits |= (unsigned)choice->number;
			return true;
		}
	}
	lh_cause_set(slot->why, "must hold auto-auth, caching, proxying or "
	    "templating, not \"%.*s\"",
	    (int)(name.len < 60 ? name.len : 60), name.ptr);
	return false;
}

static bool
set_subsystems(const struct config_slot *slot, const struct config_node *node)
{
	const struct config_node *child;
	struct span rest;
	unsigned bits = 0;

	if (node->kind == CONFIG_TEXT) {
		for (rest = span_of(node->text); rest.len > 0;) {
			if (!add_subsystem(slot, span_cut(&rest, ','), &bits))
				return false;
		}
	} else if (node->kind != CONFIG_LIST) {
		lh_cause_set(slot->why, "must be a list of words");
		return false;
	}
	for (child = node->first; child != NULL; child = child->next) {
		if (child->kind != CONFIG_TEXT) {
			lh_cause_set(slot->why, "must be a list of words");
			return false;
		}
		if (!add_subsystem(slot, span_of(child->text), &bits))
			return false;
	}
	*(unsigned *)slot->field = bits;
	return true;
}

static bool
print_subsystems(const struct config_key *key, const void *field,
    struct bytes *into, enum lh_err *err)
{
	unsigned bits = *(const unsigned *)field;
	const struct config_choice *choice;
	const char *mark = "";

	if (bits == 0)
		return false;
	*err = bytes_append(into, "[", 1);
	for (choice = subsystems; choice->word != NULL; choice++) {
		if (!(bits & (unsigned)choice->number) || *err != LH_OK)
			continue;
		*err = bytes_printf(into, "%s\"%s\"", mark, choice->word);
		mark = ", ";
	}
	if (*err == LH_OK)
		*err = bytes_append(into, "]", 1);
	return true;
}

static bool
add_tag(const struct config_slot *slot, struct span tag, struct bytes *joined)
{
	size_t i;

	for (i = 0; i < tag.len; i++) {
		if ((unsigned char)tag.ptr[i] <= ' ' ||
		    strchr(",|\x7f", tag.ptr[i]) != NULL)
			break;
	}
	if (tag.len > 0 && i == tag.len && bytes_printf(joined, "%s%.*s",
	    joined->len > 0 ? "," : "", (int)tag.len, tag.ptr) == LH_OK)
		return true;
	lh_cause_set(slot->why, "must hold tags without blanks, commas and "
	    "bars, not \"%.*s\"", (int)(tag.len < 60 ? tag.len : 60), tag.ptr);
	return false;
}

/* The tags in the form in which they are sent. */
static bool
set_tags(const struct config_slot *slot, const struct config_node *node)
{
	const struct config_node *child;
	struct bytes joined;
	bool ok = node->kind == CONFIG_LIST;

	if (node->kind == CONFIG_TEXT && node->text[0] == '\0')
		return true;
	if (!ok)
		lh_cause_set(slot->why, "must be a list of texts");
	bytes_init(&joined, MAX_TAG_BYTES);
	for (child = node->first; ok && child != NULL; child = child->next) {
		ok = child->kind == CONFIG_TEXT;
		if (ok)
			ok = add_tag(slot, span_of(child->text), &joined);
		else
			lh_cause_set(slot->why, "must be a list of texts");
	}
	if (ok)
		*(const char **)slot->field = joined.len == 0 ? NULL
		    : config_texts_keep(slot->texts, bytes_span(&joined));
	bytes_release(&joined);
	return ok;
}

static bool
print_tags(const struct config_key *key, const void *field,
    struct bytes *into, enum lh_err *err)
{
	struct span rest = span_of(*(const char *const *)field);
	const char *mark = "";

	if (rest.len == 0)
		return false;
	*err = bytes_append(into, "[", 1);
	for (; rest.len > 0 && *err == LH_OK; mark = ", ") {
		*err = bytes_printf(into, "%s", mark);
		if (*err == LH_OK)
			*err = config_print_text(into, span_cut(&rest, ','));
	}
	if (*err == LH_OK)
		*err = bytes_append(into, "]", 1);
	return true;
}

/* What a label says too; whoever reads the block has looked at it already. */
static bool
set_type(const struct config_slot *slot, const struct config_node *node)
{
	if (node->kind == CONFIG_TEXT)
		return true;
	lh_cause_set(slot->why, "must be text in double quotes");
	return false;
}

static bool
set_listen(const struct config_slot *slot, const struct config_node *node)
{
	if (node->kind != CONFIG_TEXT) {
		lh_cause_set(slot->why, "must be host:port or a path, "
		    "in double quotes");
		return false;
	}
	if (strstr(node->text, "{{") != NULL) {
		lh_cause_set(slot->why, "templates in addresses are not built "
		    "yet; give host:port");
		return false;
	}
	if (node->text[0] != '\0')
		*(const char **)slot->field = config_texts_keep(slot->texts,
		    span_of(node->text));
	return true;
}

static bool
print_listen(const struct config_key *key, const void *field,
    struct bytes *into, enum lh_err *err)
{
	*err = config_print_text(into, span_of(*(const char *const *)field));
	return true;
}

const struct config_kind_ops config_kind_auto_auth = {
	"bool or word", CONFIG_BOOL, set_auto_auth, print_auto_auth
};
const struct config_kind_ops config_kind_never = {
	"word", CONFIG_TEXT, set_never, print_nothing
};
const struct config_kind_ops config_kind_retries = {
	"number", CONFIG_NUMBER, set_retries, print_retries
};
const struct config_kind_ops config_kind_socket_mode = {
	"mode", CONFIG_TEXT, set_socket_mode, print_socket_mode
};
const struct config_kind_ops config_kind_user = {
	"user", CONFIG_TEXT, set_user, print_id
};
const struct config_kind_ops config_kind_group = {
	"group", CONFIG_TEXT, set_group, print_id
};
const struct config_kind_ops config_kind_ciphers = {
	"names", CONFIG_TEXT, set_ciphers, print_ciphers
};
const struct config_kind_ops config_kind_subsystems = {
	"list", CONFIG_LIST, set_subsystems, print_subsystems
};
const struct config_kind_ops config_kind_type = {
	"word", CONFIG_TEXT, set_type, print_nothing
};
const struct config_kind_ops config_kind_listen = {
	"address", CONFIG_TEXT, set_listen, print_listen
};
const struct config_kind_ops config_kind_tags = {
	"list", CONFIG_LIST, set_tags, print_tags
};
