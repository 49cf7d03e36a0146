/*
 * http_parser - finds the end of a request head, then takes it apart.
 *
 * The search ends a line at LF, with or without a CR, so that a head with
 * wrong line ends is found and refused and not waited for. The parse demands
 * CRLF. Fields that decide about framing are picked out in the same pass and
 * judged together at the end.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "http/http_parser.h"

#include <string.h>

/* Room beside the target in a request line: method, blanks, version. */
#define LINE_SLACK 64
#define MAX_LENGTH_DIGITS 18

/* What the fields said about framing, before it is judged. */
struct framing {
	struct span authority;		/* of an absolute-form; else none */
	struct span host;
	struct span length;
	struct span coding;
	struct span expect;
	unsigned hosts;
	unsigned lengths;
	unsigned codings;
	unsigned expects;
	bool close;
	bool keep_alive;
};

static struct span take_line(struct span *text);
static unsigned parse_request_line(struct span line, size_t max_target_bytes,
    struct span *authority_out, struct http_request_head *out);
static unsigned parse_version(struct span version,
    struct http_request_head *out);
static unsigned parse_target(struct span target, struct span *authority_out,
    struct http_request_head *out);
static bool cut_authority(struct span *target, struct span *authority_out);
static bool is_target_text(struct span target);
static unsigned parse_field(struct span line, struct http_field *field);
static void note_field(const struct http_field *field,
    struct framing *framing);
static void note_once(struct span value, struct span *kept, unsigned *count);
static void note_connection(struct span value, struct framing *framing);
static unsigned judge(const struct framing *framing,
    struct http_request_head *out);
static unsigned judge_body(const struct framing *framing,
    struct http_request_head *out);
static bool is_host_text(struct span host);
static bool parse_length(struct span text, uint64_t *length_out);

enum http_scan_state
http_parser_scan(struct http_scan *scan, struct span data,
    const struct http_parser_limits *limits, size_t *head_len_out,
    unsigned *status_out)
{
	while (scan->looked < data.len) {
		size_t from = scan->looked;
		size_t at = from + span_find(span_skip(data, from), '\n');
		size_t line_len = at - scan->line_start;
		bool is_first = scan->line_start == 0;

		if (is_first && line_len > limits->max_target_bytes +
		    LINE_SLACK) {
			*status_out = 414;
			return HTTP_SCAN_REFUSED;
		}
		if (at >= limits->max_head_bytes) {
			*status_out = 431;
			return HTTP_SCAN_REFUSED;
		}
		if (at == data.len) {
			scan->looked = at;
			break;
		}
		scan->looked = at + 1;
		if (line_len == 0 ||
		    (line_len == 1 && data.ptr[at - 1] == '\r')) {
			*head_len_out = at + 1;
			return HTTP_SCAN_WHOLE;
		}
		scan->line_start = at + 1;
	}
	return HTTP_SCAN_MORE;
}

size_t
http_parser_skip_blank(struct span data)
{
	return span_starts(data, SPAN_LITERAL("\r\n")) ? 2 : 0;
}

unsigned
http_parser_parse(struct span head, const struct http_parser_limits *limits,
    struct http_request_head *out)
{
	struct framing framing = { .lengths = 0 };
	size_t max_fields = limits->max_fields < HTTP_PARSER_MAX_FIELDS ?
	    limits->max_fields : HTTP_PARSER_MAX_FIELDS;
	unsigned status;

	out->field_count = 0;
	status = parse_request_line(take_line(&head),
	    limits->max_target_bytes, &framing.authority, out);
	while (status == 0) {
		struct http_field *field = &out->fields[out->field_count];
		struct span line = take_line(&head);

		if (line.ptr == NULL)
			return 400;
		if (line.len == 0)
			return head.len == 0 ? judge(&framing, out) : 400;
		if (out->field_count == max_fields)
			return 431;
		status = parse_field(line, field);
		if (status == 0) {
			note_field(field, &framing);
			out->field_count++;
		}
	}
	return status;
}

/* The line without its CRLF; ptr NULL if there is none. */
static struct span
take_line(struct span *text)
{
	struct span line = *text;
	size_t at = span_find(*text, '\n');

	if (at == text->len || at == 0 || text->ptr[at - 1] != '\r')
		return SPAN_NONE;
	line.len = at - 1;
	*text = span_skip(*text, at + 1);
	return line;
}

static unsigned
parse_request_line(struct span line, size_t max_target_bytes,
    struct span *authority_out, struct http_request_head *out)
{
	struct span target;
	unsigned status;

	out->method = span_cut(&line, ' ');
	target = span_cut(&line, ' ');
	if (!http_is_token(out->method))
		return 400;
	status = parse_version(line, out);
	if (status != 0)
		return status;
	if (target.len > max_target_bytes)
		return 414;
	return parse_target(target, authority_out, out);
}

static unsigned
parse_version(struct span version, struct http_request_head *out)
{
	const char *p = version.ptr;

	if (version.len != 8 || memcmp(p, "HTTP/", 5) != 0 ||
	    p[5] < '0' || p[5] > '9' || p[6] != '.' ||
	    p[7] < '0' || p[7] > '9')
		return 400;
	if (p[5] != '1')
		return 505;
	/* A later 1.x is spoken to as 1.1 (RFC 9110 2.5). */
	out->minor_version = p[7] == '0' ? 0 : 1;
	return 0;
}

static unsigned
parse_target(struct span target, struct span *authority_out,
    struct http_request_head *out)
{
	if (!is_target_text(target))
		return 400;
	if (target.ptr[0] != '/' && !cut_authority(&target, authority_out))
		return 400;
	out->path = span_cut(&target, '?');
	out->query = target;
	if (out->path.len == 0)
		out->path = SPAN_LITERAL("/");
	return out->path.ptr[0] == '/' ? 0 : 400;
}

/* Makes an absolute-form into an origin-form, perhaps without a path. */
static bool
cut_authority(struct span *target, struct span *authority_out)
{
	struct span scheme = { target->ptr, span_find(*target, ':') };
	struct span authority;

	if (!span_equal_nocase(scheme, SPAN_LITERAL("http")) &&
	    !span_equal_nocase(scheme, SPAN_LITERAL("https")))
		return false;
	*target = span_skip(*target, scheme.len);
	if (!span_starts(*target, SPAN_LITERAL("://")))
		return false;
	*target = span_skip(*target, 3);
	authority.ptr = target->ptr;
	authority.len = 0;
	while (authority.len < target->len &&
	    target->ptr[authority.len] != '/' &&
	    target->ptr[authority.len] != '?')
		authority.len++;
	*target = span_skip(*target, authority.len);
	*authority_out = authority;
	return authority.len > 0 && is_host_text(authority);
}

static bool
is_target_text(struct span target)
{
	for (size_t i = 0; i < target.len; i++) {
		unsigned char c = (unsigned char)target.ptr[i];

		if (c <= ' ' || c > '~' || c == '#')
			return false;
	}
	return target.len > 0;
}

static unsigned
parse_field(struct span line, struct http_field *field)
{
	size_t colon = span_find(line, ':');

	if (colon == line.len)
		return 400;
	field->name = (struct span){ line.ptr, colon };
	field->value = span_skip(line, colon + 1);
	if (!http_is_token(field->name) || !http_is_field_value(field->value))
		return 400;
	field->value = span_trim(field->value);
	return 0;
}

static void
note_field(const struct http_field *field, struct framing *framing)
{
	struct span name = field->name;

	switch (name.len) {
	case 4:
		if (span_equal_nocase(name, SPAN_LITERAL("Host")))
			note_once(field->value, &framing->host,
			    &framing->hosts);
		break;
	case 6:
		if (span_equal_nocase(name, SPAN_LITERAL("Expect")))
			note_once(field->value, &framing->expect,
			    &framing->expects);
		break;
	case 10:
		if (span_equal_nocase(name, SPAN_LITERAL("Connection")))
			note_connection(field->value, framing);
		break;
	case 14:
		if (span_equal_nocase(name, SPAN_LITERAL("Content-Length")))
			note_once(field->value, &framing->length,
			    &framing->lengths);
		break;
	case 17:
		if (span_equal_nocase(name,
		    SPAN_LITERAL("Transfer-Encoding")))
			note_once(field->value, &framing->coding,
			    &framing->codings);
		break;
	}
}

static void
note_once(struct span value, struct span *kept, unsigned *count)
{
	*kept = value;
	(*count)++;
}

static void
note_connection(struct span value, struct framing *framing)
{
	while (value.ptr != NULL) {
		struct span option = span_trim(span_cut(&value, ','));

		if (span_equal_nocase(option, SPAN_LITERAL("close")))
			framing->close = true;
		else if (span_equal_nocase(option, SPAN_LITERAL("keep-alive")))
			framing->keep_alive = true;
	}
}

static unsigned
judge(const struct framing *framing, struct http_request_head *out)
{
	bool is_1_1 = out->minor_version >= 1;

	if (framing->hosts > 1 || (is_1_1 && framing->hosts == 0))
		return 400;
	if (!is_host_text(framing->host))
		return 400;
	/* Two names of the server, of which rules would see one. */
	if (framing->authority.ptr != NULL &&
	    !span_equal_nocase(framing->authority, framing->host))
		return 400;
	out->keep_alive = !framing->close && (is_1_1 || framing->keep_alive);
	out->expects_continue = is_1_1 && framing->expects > 0;
	if (out->expects_continue && (framing->expects > 1 ||
	    !span_equal_nocase(framing->expect, SPAN_LITERAL("100-continue"))))
		return 417;
	return judge_body(framing, out);
}

static unsigned
judge_body(const struct framing *framing, struct http_request_head *out)
{
	out->content_length = 0;
	out->body = HTTP_BODY_NONE;
	if (framing->codings > 0) {
		if (framing->lengths > 0 || out->minor_version == 0)
			return 400;
		if (framing->codings > 1 || !span_equal_nocase(
		    framing->coding, SPAN_LITERAL("chunked")))
			return 501;
		out->body = HTTP_BODY_CHUNKED;
	} else if (framing->lengths > 0) {
		if (framing->lengths > 1 ||
		    !parse_length(framing->length, &out->content_length))
			return 400;
		if (out->content_length > 0)
			out->body = HTTP_BODY_LENGTH;
	}
	/* It means nothing there, and servers differ on where it ends. */
	if (out->body != HTTP_BODY_NONE &&
	    span_equal(out->method, SPAN_LITERAL("HEAD")))
		return 400;
	return 0;
}

/* Of uri-host and port of RFC 3986; their structure is not looked at, since
 * nothing is decided by it. No userinfo. */
static bool
is_host_text(struct span host)
{
	for (size_t i = 0; i < host.len; i++) {
		char c = host.ptr[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    !(c >= '0' && c <= '9') &&
		    (c == '\0' || strchr("-._~!$&'()*+,;=%:[]", c) == NULL))
			return false;
	}
	return true;
}

static bool
parse_length(struct span text, uint64_t *length_out)
{
	uint64_t length = 0;

	if (text.len == 0 || text.len > MAX_LENGTH_DIGITS)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return false;
		length = length * 10 + (uint64_t)(text.ptr[i] - '0');
	}
	*length_out = length;
	return true;
}
