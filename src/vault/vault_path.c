/*
 * vault_path - what a request path means.
 *
 * The path is read segment by segment in the way the server does it: escapes
 * are decoded first, so %2F separates too, and empty segments do not count.
 * Nothing is copied: segments are compared while being decoded, and what is
 * handed out lies in the raw path.
 *
 * The first segment auth or sys ends the namespace; both are names that no
 * namespace can have. A secret stored below "secret/data/auth/" looks like a
 * namespace to us. That errs to the safe side: it is kept from the cache and
 * nothing else happens to it.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "vault/vault_path.h"

#include "base/lh_assert.h"
#include "base/parse.h"

#define OLD_TOKEN_MIN 24	/* of "s." and what follows */
#define USERINFO_SEGMENTS 5	/* of identity/oidc/provider/NAME/userinfo */

struct pattern {
	const char *words;
	enum vault_path_kind kind;
};

/* The first that fits wins; what follows its words is the argument. */
static const struct pattern patterns[] = {
	{ "auth/token/create", VAULT_PATH_TOKEN_CREATE },
	{ "auth/token/create-orphan", VAULT_PATH_TOKEN_CREATE },
	{ "auth/token/lookup-self", VAULT_PATH_LOOKUP_SELF },
	{ "auth/token/lookup", VAULT_PATH_LOOKUP },
	{ "auth/token/renew-self", VAULT_PATH_TOKEN_RENEW_SELF },
	{ "auth/token/renew", VAULT_PATH_TOKEN_RENEW },
	{ "auth/token/renew-accessor", VAULT_PATH_TOKEN_RENEW_ACCESSOR },
	{ "auth/token/revoke", VAULT_PATH_TOKEN_REVOKE },
	{ "auth/token/revoke-self", VAULT_PATH_TOKEN_REVOKE_SELF },
	{ "auth/token/revoke-accessor", VAULT_PATH_TOKEN_REVOKE_ACCESSOR },
	{ "auth/token/revoke-orphan", VAULT_PATH_TOKEN_REVOKE_ORPHAN },
	{ "auth/token", VAULT_PATH_TOKEN_OTHER },
	{ "sys/health", VAULT_PATH_HEALTH },
	{ "sys/wrapping/wrap", VAULT_PATH_WRAP },
	{ "sys/leases/renew", VAULT_PATH_LEASE_RENEW },
	{ "sys/renew", VAULT_PATH_LEASE_RENEW },
	{ "sys/leases/revoke", VAULT_PATH_LEASE_REVOKE },
	{ "sys/revoke", VAULT_PATH_LEASE_REVOKE },
	{ "sys/leases/revoke-prefix", VAULT_PATH_LEASE_REVOKE_PREFIX },
	{ "sys/leases/revoke-force", VAULT_PATH_LEASE_REVOKE_PREFIX },
	{ "sys/revoke-prefix", VAULT_PATH_LEASE_REVOKE_PREFIX },
	{ "sys/revoke-force", VAULT_PATH_LEASE_REVOKE_PREFIX },
	{ "sys/mounts", VAULT_PATH_MOUNT },
	{ "sys/auth", VAULT_PATH_MOUNT },
	{ "sys/namespaces", VAULT_PATH_MOUNT },
	{ "sys/remount", VAULT_PATH_MOUNT },
	{ "sys", VAULT_PATH_SYS },
	{ "auth", VAULT_PATH_AUTH_OTHER }
};

static void classify_operation(struct span rest, struct vault_path *out);
static bool pattern_fits(const char *words, struct span *rest);
static bool refine_kind(enum vault_path_kind *kind, struct span argument);
static bool has_login_segment(struct span argument);
static bool last_segment_is(struct span path, struct span word);
static bool looks_like_token(struct span segment);
static bool next_segment(struct span *rest, struct span *segment_out);
static bool segment_is(struct span segment, struct span word);
static size_t separator_width(struct span text);
static size_t decode_byte(struct span text, unsigned char *byte_out);

void
vault_path_classify(struct span path, struct vault_path *out)
{
	struct span rest = path, segment, before;
	const char *start;

	out->kind = VAULT_PATH_OTHER;
	out->ns = SPAN_NONE;
	out->argument = SPAN_NONE;
	if (!next_segment(&rest, &segment) ||
	    !segment_is(segment, SPAN_LITERAL("v1")))
		return;
	before = rest;
	if (!next_segment(&rest, &segment))
		return;
	start = segment.ptr;
	while (!segment_is(segment, SPAN_LITERAL("auth")) &&
	    !segment_is(segment, SPAN_LITERAL("sys"))) {
		before = rest;
		if (!next_segment(&rest, &segment))
			return;
	}
	out->ns = (struct span){ start, (size_t)(segment.ptr - start) };
	classify_operation(before, out);
}

bool
vault_path_tells_token(enum vault_path_kind kind)
{
	return kind == VAULT_PATH_LOOKUP_SELF || kind == VAULT_PATH_LOOKUP ||
	    kind == VAULT_PATH_TOKEN_RENEW_SELF ||
	    kind == VAULT_PATH_TOKEN_RENEW ||
	    kind == VAULT_PATH_TOKEN_REVOKE_SELF;
}

/* identity/oidc/provider/<name>/userinfo, below v1 and a namespace. */
bool
vault_path_wants_bearer(struct span path)
{
	struct span last[USERINFO_SEGMENTS];
	size_t count = 0;

	while (next_segment(&path, &last[count % USERINFO_SEGMENTS]))
		count++;
	return count > USERINFO_SEGMENTS &&
	    segment_is(last[count % USERINFO_SEGMENTS],
	    SPAN_LITERAL("identity")) &&
	    segment_is(last[(count + 1) % USERINFO_SEGMENTS],
	    SPAN_LITERAL("oidc")) &&
	    segment_is(last[(count + 2) % USERINFO_SEGMENTS],
	    SPAN_LITERAL("provider")) &&
	    segment_is(last[(count + 4) % USERINFO_SEGMENTS],
	    SPAN_LITERAL("userinfo"));
}

struct span
vault_path_shown(struct span path)
{
	struct span rest = path, segment;
	struct vault_path meaning;

	vault_path_classify(path, &meaning);
	if (meaning.argument.len > 0)
		path.len = (size_t)(meaning.argument.ptr - path.ptr);
	while (next_segment(&rest, &segment)) {
		size_t before = (size_t)(segment.ptr - path.ptr);

		if (before < path.len && looks_like_token(segment))
			path.len = before;
	}
	return path;
}

enum lh_err
vault_path_join(struct span namespace_header, struct span path,
    struct bytes *into)
{
	enum lh_err err;

	err = vault_namespace_canonical(namespace_header, into);
	if (err != LH_OK)
		return err;
	if (span_starts(path, SPAN_LITERAL("/v1/")))
		path = span_skip(path, 4);
	return bytes_append_span(into, path);
}

enum lh_err
vault_namespace_canonical(struct span ns, struct bytes *into)
{
	size_t before = into->len;
	enum lh_err err;

	while (ns.len > 0 && ns.ptr[0] == '/')
		ns = span_skip(ns, 1);
	while (ns.len > 0 && ns.ptr[ns.len - 1] == '/')
		ns.len--;
	if (ns.len == 0 || span_equal(ns, SPAN_LITERAL("root")))
		return LH_OK;
	err = bytes_append_span(into, ns);
	if (err != LH_OK)
		return err;
	err = bytes_append(into, "/", 1);
	if (err != LH_OK)
		bytes_cut(into, before);
	return err;
}

bool
vault_method_is_safe(struct span method)
{
	static const char *const safe[] = {
		"GET", "HEAD", "LIST", "SCAN", "OPTIONS"
	};
	size_t i;

	for (i = 0; i < sizeof(safe) / sizeof(safe[0]); i++) {
		if (span_equal(method, span_of(safe[i])))
			return true;
	}
	return false;
}

/* rest: from the segment auth or sys on. */
static void
classify_operation(struct span rest, struct vault_path *out)
{
	size_t i, width;

	for (i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		struct span tail = rest;

		out->kind = patterns[i].kind;
		if (!pattern_fits(patterns[i].words, &tail))
			continue;
		while ((width = separator_width(tail)) > 0)
			tail = span_skip(tail, width);
		if (refine_kind(&out->kind, tail) && tail.len > 0)
			out->argument = tail;
		return;
	}
	lh_unreachable();
}

/* Steps over the segments of words, when they come first in rest. */
static bool
pattern_fits(const char *words, struct span *rest)
{
	struct span left = span_of(words), word, segment;

	while (left.len > 0) {
		word = span_cut(&left, '/');
		if (!next_segment(rest, &segment) ||
		    !segment_is(segment, word))
			return false;
	}
	return true;
}

/* Where the words do not tell enough. Says whether the kind has an argument. */
static bool
refine_kind(enum vault_path_kind *kind, struct span argument)
{
	switch (*kind) {
	case VAULT_PATH_AUTH_OTHER:
		if (has_login_segment(argument))
			*kind = VAULT_PATH_LOGIN;
		return false;
	case VAULT_PATH_MOUNT:
		if (last_segment_is(argument, SPAN_LITERAL("tune")))
			*kind = VAULT_PATH_SYS;
		return *kind == VAULT_PATH_MOUNT;
	case VAULT_PATH_SYS:
	case VAULT_PATH_TOKEN_OTHER:
		return false;
	default:
		return true;
	}
}

/* Behind the mount, which may itself be of several segments. */
static bool
has_login_segment(struct span argument)
{
	struct span segment;

	if (!next_segment(&argument, &segment))
		return false;
	while (next_segment(&argument, &segment)) {
		if (segment_is(segment, SPAN_LITERAL("login")))
			return true;
	}
	return false;
}

/* Of this or the older form; it stands where none belongs, by mistake. */
static bool
looks_like_token(struct span segment)
{
	static const char *const marks[] = { "hvs.", "hvb.", "hvr." };

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (span_starts(segment, span_of(marks[i])))
			return true;
	return segment.len >= OLD_TOKEN_MIN &&
	    (span_starts(segment, SPAN_LITERAL("s.")) ||
	    span_starts(segment, SPAN_LITERAL("b.")));
}

/* The settings of a mount lie below it: sys/mounts/<mount>/tune. */
static bool
last_segment_is(struct span path, struct span word)
{
	struct span segment, last = SPAN_NONE;

	if (!next_segment(&path, &segment))
		return false;
	while (next_segment(&path, &segment))
		last = segment;
	return last.ptr != NULL && segment_is(last, word);
}

/* rest stops in front of the separator. */
static bool
next_segment(struct span *rest, struct span *segment_out)
{
	size_t width, len;

	while ((width = separator_width(*rest)) > 0)
		*rest = span_skip(*rest, width);
	if (rest->len == 0)
		return false;
	for (len = 1; len < rest->len; len++) {
		char c = rest->ptr[len];

		if (c == '/' || (c == '%' &&
		    separator_width(span_skip(*rest, len)) > 0))
			break;
	}
	*segment_out = (struct span){ rest->ptr, len };
	*rest = span_skip(*rest, len);
	return true;
}

static bool
segment_is(struct span segment, struct span word)
{
	unsigned char byte;

	if (segment.len < word.len)
		return false;
	if (segment.len == word.len)
		return span_equal(segment, word);
	while (segment.len > 0 && word.len > 0) {
		segment = span_skip(segment, decode_byte(segment, &byte));
		if (byte != (unsigned char)word.ptr[0])
			return false;
		word = span_skip(word, 1);
	}
	return segment.len == 0 && word.len == 0;
}

/* How many bytes at the start of text are a slash; 0: there is none. */
static size_t
separator_width(struct span text)
{
	unsigned char byte;
	size_t width;

	if (text.len == 0 || (text.ptr[0] != '/' && text.ptr[0] != '%'))
		return 0;
	width = decode_byte(text, &byte);
	return byte == '/' ? width : 0;
}

/* A bad escape stands for its bytes; the server will refuse it. */
static size_t
decode_byte(struct span text, unsigned char *byte_out)
{
	int high, low;

	*byte_out = (unsigned char)text.ptr[0];
	if (text.ptr[0] != '%' || text.len < 3)
		return 1;
	high = parse_hex_digit(text.ptr[1]);
	low = parse_hex_digit(text.ptr[2]);
	if (high < 0 || low < 0)
		return 1;
	*byte_out = (unsigned char)(high << 4 | low);
	return 3;
}
