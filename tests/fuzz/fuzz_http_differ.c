/*
 * fuzz_http_differ - any bytes as the head of a request, read by us and by
 * Node's http_parser, which proxies and servers have in common with others.
 *
 * Holds: a head that both accept means the same to both: method, target,
 * fields in their order, length of the body, its coding. We may refuse more,
 * and close a connection that http_parser would keep; never the reverse of
 * the latter, but for lists that it does not read to their end.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <http_parser.h>
#include <stdint.h>
#include <string.h>

#include "base/lh_assert.h"
#include "http/http_header.h"
#include "http/http_parser.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* What http_parser has seen. */
struct theirs {
	struct span target;
	struct http_field fields[HTTP_PARSER_MAX_FIELDS];
	size_t count;
	bool is_whole, is_in_value;
	unsigned flags;
	uint64_t length;
	bool keep_alive;
};

static void
extend(struct span *span, const char *at, size_t len)
{
	if (span->ptr == NULL)
		span->ptr = at;
	span->len = (size_t)(at + len - span->ptr);
}

static int
on_target(http_parser *parser, const char *at, size_t len)
{
	extend(&((struct theirs *)parser->data)->target, at, len);
	return 0;
}

static int
on_name(http_parser *parser, const char *at, size_t len)
{
	struct theirs *theirs = parser->data;

	if (theirs->count == 0 || theirs->is_in_value) {
		if (theirs->count == HTTP_PARSER_MAX_FIELDS)
			return -1;
		theirs->count++;
	}
	theirs->is_in_value = false;
	extend(&theirs->fields[theirs->count - 1].name, at, len);
	return 0;
}

static int
on_value(http_parser *parser, const char *at, size_t len)
{
	struct theirs *theirs = parser->data;

	theirs->is_in_value = true;
	extend(&theirs->fields[theirs->count - 1].value, at, len);
	return 0;
}

/* Stops there: bodies have a harness of their own. A coding that http_parser
 * does not know as chunked it refuses behind the head; with tabs behind it that
 * is one which we do (RFC 9110 5.5: they are no part of a value). */
static int
on_whole(http_parser *parser)
{
	struct theirs *theirs = parser->data;

	theirs->is_whole = !parser->uses_transfer_encoding ||
	    (parser->flags & F_CHUNKED) != 0;
	theirs->flags = parser->flags;
	theirs->length = (parser->flags & F_CONTENTLENGTH) != 0 ?
	    parser->content_length : 0;
	theirs->keep_alive = http_should_keep_alive(parser) != 0;
	return -1;
}

static void
check_target(const struct http_request_head *ours, struct span target)
{
	struct span path = { NULL, 0 }, query = { NULL, 0 };
	struct http_parser_url url;

	http_parser_url_init(&url);
	if (http_parser_parse_url(target.ptr, target.len, 0, &url) != 0)
		return;
	if ((url.field_set & (1 << UF_PATH)) != 0)
		path = (struct span){ target.ptr + url.field_data[UF_PATH].off,
		    url.field_data[UF_PATH].len };
	else
		path = SPAN_LITERAL("/");
	if ((url.field_set & (1 << UF_QUERY)) != 0)
		query = (struct span){
		    target.ptr + url.field_data[UF_QUERY].off,
		    url.field_data[UF_QUERY].len };
	lh_assert(span_equal(path, ours->path));
	lh_assert(span_equal(query, ours->query));
}

/* Of a word that http_parser looks for, but not all of it. */
static bool
is_begun_word(struct span member)
{
	static const char *const words[] = { "close", "keep-alive", "upgrade" };

	while (member.len > 0 && *member.ptr == ' ')
		member = span_skip(member, 1);
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (member.len < strlen(words[i]) && span_equal_nocase(member,
		    (struct span){ words[i], member.len }))
			return true;
	return false;
}

/* RFC 9110 5.6.1: empty members are no part of a list, nor are tabs around
 * one; http_parser reads on behind neither, nor behind what is no token, nor
 * behind a begun word. */
static bool
is_plain_list(struct span value)
{
	const char *start = value.ptr;
	char before = ',';

	for (size_t i = 0; i < value.len; i++) {
		struct span one = { value.ptr + i, 1 };

		if (*one.ptr == ' ')
			continue;
		if (*one.ptr != ',' && !http_is_token(one))
			return false;
		if (*one.ptr == ',' && (before == ',' || is_begun_word(
		    (struct span){ start, (size_t)(one.ptr - start) })))
			return false;
		if (*one.ptr == ',')
			start = one.ptr + 1;
		before = *one.ptr;
	}
	return true;
}

static void
check_same(const struct http_request_head *ours, const http_parser *parser)
{
	const struct theirs *theirs = parser->data;
	bool chunked = (theirs->flags & F_CHUNKED) != 0;
	bool is_plain = true;

	lh_assert(span_equal(ours->method,
	    span_of(http_method_str(parser->method))));
	check_target(ours, theirs->target);
	lh_assert(ours->field_count == theirs->count);
	for (size_t i = 0; i < theirs->count; i++) {
		lh_assert(span_equal(ours->fields[i].name,
		    theirs->fields[i].name));
		lh_assert(span_equal(ours->fields[i].value,
		    span_trim(theirs->fields[i].value)));
		if (span_fold_equal(ours->fields[i].name,
		    SPAN_LITERAL("connection")))
			is_plain = is_plain &&
			    is_plain_list(theirs->fields[i].value);
	}
	lh_assert((ours->body == HTTP_BODY_CHUNKED) == chunked);
	lh_assert(chunked || ours->content_length == theirs->length);
	lh_assert(!ours->keep_alive || theirs->keep_alive || !is_plain);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct http_parser_limits limits = {
		.max_head_bytes = 32768, .max_target_bytes = 8192,
		.max_fields = HTTP_PARSER_MAX_FIELDS,
	};
	static const http_parser_settings settings = {
		.on_url = on_target, .on_header_field = on_name,
		.on_header_value = on_value, .on_headers_complete = on_whole,
	};
	struct span text = { (const char *)data, len };
	struct http_scan scan = { 0, 0 };
	struct http_request_head ours;
	struct theirs theirs = { 0 };
	http_parser parser;
	unsigned status;

	text = span_skip(text, http_parser_skip_blank(text));
	if (http_parser_scan(&scan, text, &limits, &text.len, &status) !=
	    HTTP_SCAN_WHOLE || http_parser_parse(text, &limits, &ours) != 0)
		return 0;
	http_parser_init(&parser, HTTP_REQUEST);
	parser.data = &theirs;
	(void)http_parser_execute(&parser, &settings, text.ptr, text.len);
	if (theirs.is_whole)
		check_same(&ours, &parser);
	return 0;
}
