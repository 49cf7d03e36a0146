/*
 * proxy_rules - see proxy/proxy_rules.h.
 *
 * A request is first brought to one form: the verb as the server takes it
 * (PUT is POST, HEAD is GET, GET with list=true is LIST), and the path with
 * its namespace behind /v1/. Patterns are brought to the same form, so the
 * comparison itself is plain.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "proxy/proxy_rules.h"

#include <string.h>

#include "base/bytes.h"
#include "base/parse.h"
#include "http/http_path.h"
#include "vault/vault_path.h"

#define MAX_SUBJECT (64 * 1024)
#define MAX_NAME 64

static const struct span v1 = SPAN_LITERAL("/v1/");

static bool find_verb(const struct http_request *request,
    struct span *verb_out);
static bool note_pair(struct span pair, struct span *verb, unsigned *seen);
static bool decode_short(struct span text, char room[MAX_NAME],
    struct span *out);
static bool find_subject(const struct http_request *request,
    struct bytes *into);
static enum lh_err join_below_v1(struct span ns, struct span path,
    struct bytes *into);
static bool is_clear_namespace(struct span ns);
static bool holds_escaped_percent(struct span text);
static bool rule_fits(const struct proxy_rule *rule, struct span verb,
    struct span subject);
static bool method_fits(const struct text_list *methods, struct span verb);
static bool path_fits(const struct text_list *paths, struct span subject);
static bool pattern_fits(struct span pattern, struct span subject);
static struct span canonical_verb(struct span method);

const char *
proxy_rules_method_fault(struct span method)
{
	if (method.len == 0 || method.len > MAX_NAME)
		return "name a method, such as GET or LIST";
	for (size_t i = 0; i < method.len; i++)
		if (method.ptr[i] < 'A' || method.ptr[i] > 'Z')
			return "name methods in capitals, such as GET or LIST";
	return NULL;
}

const char *
proxy_rules_path_fault(struct span path)
{
	struct span rest = path;
	bool from_root = span_starts(path, SPAN_LITERAL("/"));
	size_t star = span_find(path, '*');

	if (path.len == 0 || path.len > PROXY_RULES_MAX_PATH)
		return "hold 1 to 512 bytes";
	if (from_root && path.len == 1)
		return "name something below /";
	if (memchr(path.ptr, '%', path.len) != NULL ||
	    memchr(path.ptr, '\\', path.len) != NULL ||
	    memchr(path.ptr, '?', path.len) != NULL)
		return "be written without escapes and without a query";
	if (star + 1 < path.len)
		return "have its * at the end";
	rest = span_skip(rest, from_root ? 1 : 0);
	while (rest.len > 0) {
		struct span segment = span_cut(&rest, '/');

		if (segment.len == 0 ||
		    span_equal(segment, SPAN_LITERAL(".")) ||
		    span_equal(segment, SPAN_LITERAL("..")))
			return "not hold empty segments or dots alone";
		if (segment.len > 1 &&
		    memchr(segment.ptr, '+', segment.len) != NULL)
			return "have + as a whole segment";
	}
	return NULL;
}

enum proxy_verdict
proxy_rules_judge(const struct proxy_rules *rules,
    const struct http_request *request)
{
	enum proxy_verdict verdict = PROXY_VERDICT_ALLOW;
	struct bytes subject;
	struct span verb;

	if (rules->count == 0)
		return PROXY_VERDICT_ALLOW;
	bytes_init(&subject, MAX_SUBJECT);
	if (!find_verb(request, &verb) || !find_subject(request, &subject)) {
		bytes_release(&subject);
		return PROXY_VERDICT_AMBIGUOUS;
	}
	for (size_t i = 0; i < rules->count; i++) {
		const struct proxy_rule *rule = &rules->list[i];

		if (rule->allows)
			verdict = PROXY_VERDICT_DENY;
		if (!rule_fits(rule, verb, bytes_span(&subject)))
			continue;
		bytes_release(&subject);
		return rule->allows ? PROXY_VERDICT_ALLOW :
		    PROXY_VERDICT_DENY;
	}
	bytes_release(&subject);
	return verdict;
}

/* False: the server might see another one. */
static bool
find_verb(const struct http_request *request, struct span *verb_out)
{
	struct span query = request->query;
	unsigned seen = 0;

	*verb_out = canonical_verb(request->method);
	if (!span_equal(*verb_out, SPAN_LITERAL("GET")))
		return true;
	if (memchr(query.ptr != NULL ? query.ptr : "", ';', query.len) != NULL)
		return false;	/* old servers end a pair there */
	while (query.ptr != NULL)
		if (!note_pair(span_cut(&query, '&'), verb_out, &seen))
			return false;
	return true;
}

/* Turns a GET into a LIST or SCAN, when the pair says so. Two words on that
 * are one too many, and so is one that is no boolean. */
static bool
note_pair(struct span pair, struct span *verb, unsigned *seen)
{
	char name_room[MAX_NAME], value_room[MAX_NAME];
	struct span name = span_cut(&pair, '='), value;
	bool is_list, on;

	if (!decode_short(name, name_room, &name))
		return true;	/* longer than what we look for, or broken */
	is_list = span_equal(name, SPAN_LITERAL("list"));
	if (!is_list && !span_equal(name, SPAN_LITERAL("scan")))
		return true;
	if ((*seen)++ > 0 || !decode_short(pair, value_room, &value))
		return false;
	if (value.len == 0)
		return true;
	if (parse_bool_loose(value, &on) != LH_OK)
		return false;
	if (on)
		*verb = is_list ? SPAN_LITERAL("LIST") : SPAN_LITERAL("SCAN");
	return true;
}

static bool
decode_short(struct span text, char room[MAX_NAME], struct span *out)
{
	struct bytes decoded;
	bool ok;

	bytes_init(&decoded, MAX_NAME);
	ok = http_percent_decode(text, &decoded) == LH_OK;
	if (ok && decoded.len > 0)
		memcpy(room, decoded.data, decoded.len);
	*out = (struct span){ room, ok ? decoded.len : 0 };
	bytes_release(&decoded);
	return ok;
}

/* False: it is ambiguous, or too long to be looked at. */
static bool
find_subject(const struct http_request *request, struct bytes *into)
{
	struct span header = SPAN_LITERAL("X-Vault-Namespace");
	struct span ns = http_fields_value(request->fields, header);
	struct span path = request->path;
	bool below_v1 = span_starts(path, v1);
	struct bytes joined;
	bool ok;

	if (http_path_is_ambiguous(path) || holds_escaped_percent(path) ||
	    http_fields_count(request->fields, header) > 1 ||
	    (below_v1 && !is_clear_namespace(ns)))
		return false;
	bytes_init(&joined, MAX_SUBJECT);
	ok = (below_v1 ? join_below_v1(ns, path, &joined) :
	    bytes_append_span(&joined, path)) == LH_OK &&
	    http_percent_decode(bytes_span(&joined), into) == LH_OK;
	if (ok && !span_ends(bytes_span(into), SPAN_LITERAL("/")))
		ok = bytes_append(into, "/", 1) == LH_OK;
	bytes_release(&joined);
	return ok;
}

static enum lh_err
join_below_v1(struct span ns, struct span path, struct bytes *into)
{
	enum lh_err err = bytes_append_span(into, v1);

	return err == LH_OK ? vault_path_join(ns, path, into) : err;
}

/* The server does not decode it, and takes off one slash at either end. */
static bool
is_clear_namespace(struct span ns)
{
	if (span_starts(ns, SPAN_LITERAL("/")))
		ns = span_skip(ns, 1);
	if (span_ends(ns, SPAN_LITERAL("/")))
		ns.len--;
	if (ns.len == 0)
		return true;
	if (memchr(ns.ptr, '%', ns.len) != NULL ||
	    memchr(ns.ptr, '\\', ns.len) != NULL)
		return false;
	if (span_equal_nocase(ns, SPAN_LITERAL("root")))
		return span_equal(ns, SPAN_LITERAL("root"));
	while (ns.len > 0) {
		struct span segment = span_cut(&ns, '/');

		if (segment.len == 0 ||
		    span_equal(segment, SPAN_LITERAL(".")) ||
		    span_equal(segment, SPAN_LITERAL("..")))
			return false;
	}
	return true;
}

/* Of a percent sign, for somebody who decodes twice; or a backslash, which
 * some take for a slash. */
static bool
holds_escaped_percent(struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '\\')
			return true;
		if (text.len - i >= 3 && memcmp(text.ptr + i, "%25", 3) == 0)
			return true;
	}
	return false;
}

static bool
rule_fits(const struct proxy_rule *rule, struct span verb,
    struct span subject)
{
	return method_fits(&rule->methods, verb) &&
	    path_fits(&rule->paths, subject);
}

static bool
method_fits(const struct text_list *methods, struct span verb)
{
	for (size_t i = 0; i < methods->count; i++)
		if (span_equal(canonical_verb(span_of(methods->list[i])),
		    verb))
			return true;
	return methods->count == 0;
}

static bool
path_fits(const struct text_list *paths, struct span subject)
{
	for (size_t i = 0; i < paths->count; i++)
		if (pattern_fits(span_of(paths->list[i]), subject))
			return true;
	return paths->count == 0;
}

/* subject ends in a slash. */
static bool
pattern_fits(struct span pattern, struct span subject)
{
	bool is_prefix = span_ends(pattern, SPAN_LITERAL("*"));

	if (!span_starts(pattern, SPAN_LITERAL("/"))) {
		if (!span_starts(subject, v1))
			return false;
		subject = span_skip(subject, v1.len);
	}
	if (is_prefix)
		pattern.len--;
	if (!is_prefix && span_ends(pattern, SPAN_LITERAL("/")))
		pattern.len--;
	while (pattern.len > 0) {
		struct span rest = pattern;
		struct span word = span_cut(&rest, '/');
		size_t len = span_find(subject, '/');

		if (is_prefix && rest.ptr == NULL)
			return span_starts(subject, word);
		if (len == subject.len ||
		    (!span_equal(word, SPAN_LITERAL("+")) &&
		    !span_equal(word, (struct span){ subject.ptr, len })))
			return false;
		pattern = rest;
		subject = span_skip(subject, len + 1);
	}
	return is_prefix || subject.len == 0;
}

static struct span
canonical_verb(struct span method)
{
	if (span_equal(method, SPAN_LITERAL("PUT")))
		return SPAN_LITERAL("POST");
	if (span_equal(method, SPAN_LITERAL("HEAD")))
		return SPAN_LITERAL("GET");
	return method;
}
