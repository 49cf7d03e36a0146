/*
 * http_client_request - a request in the form that curl borrows.
 *
 * curl keeps pointers to the list of header lines and to the list of places
 * to connect to, so both live here for the time of a call: list nodes first,
 * texts behind, all in one block that is wiped when released. The size is
 * counted in a first walk over the same code that writes in the second: a
 * struct pen without memory only counts.
 *
 * curl adds header fields by itself. A line "Name:" takes such a default
 * away; a field that is to be sent empty is written "Name;".
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "http_client_parts.h"

#include "base/lh_assert.h"
#include "base/secret_alloc.h"

#include <stdint.h>
#include <string.h>

#define MAX_OWN_NODES 5		/* three defaults off, Host, connect_to */

struct pen {
	char *at;			/* NULL: counts only */
	size_t len;
	struct curl_slist *node;	/* the next free one */
};

static bool		is_sendable(const struct http_call_request *);
static bool		is_ours(struct span);
static void		write_all(struct pen *, struct http_client_request *,
			    const struct http_call_request *, const char *);
static const char	*write_named_url(struct pen *, const char *,
			    const char *);
static void		write_fields(struct pen *, struct curl_slist ***,
			    const struct http_call_request *);
static void		add_line(struct pen *, struct curl_slist ***,
			    const char *);
static const char	*put(struct pen *, struct span);

enum lh_err
http_client_request_make(struct http_client_request *made,
    const struct http_call_request *request, const char *tls_name)
{
	struct pen counter = { NULL, 0, NULL }, pen;
	struct http_client_request unused;
	size_t nodes = request->fields.count + MAX_OWN_NODES;
	char *memory;

	if (!is_sendable(request))
		return LH_ERR_FORMAT;
	write_all(&counter, &unused, request, tls_name);
	memory = secret_malloc(nodes * sizeof(*pen.node) + counter.len);
	if (memory == NULL)
		return LH_ERR_LIMIT;
	pen.node = (struct curl_slist *)(void *)memory;
	pen.at = memory + nodes * sizeof(*pen.node);
	pen.len = 0;
	write_all(&pen, made, request, tls_name);
	lh_assert(pen.len == counter.len);
	made->memory = memory;
	return LH_OK;
}

void
http_client_request_release(struct http_client_request *made)
{
	secret_free(made->memory);
	*made = (struct http_client_request){ 0 };
}

/* Some load balancers refuse such a method without one (411). */
bool
http_client_request_tells_length(const struct http_call_request *request)
{
	return request->has_body ||
	    span_equal(request->method, SPAN_LITERAL("POST")) ||
	    span_equal(request->method, SPAN_LITERAL("PUT")) ||
	    span_equal(request->method, SPAN_LITERAL("PATCH"));
}

struct span
http_client_request_authority(const char *url)
{
	const char *start = strstr(url, "://");
	struct span authority;

	start = start == NULL ? url : start + 3;
	authority = (struct span){ start, strcspn(start, "/?#") };
	while (span_find(authority, '@') < authority.len)
		span_cut(&authority, '@');
	return authority;
}

static bool
is_sendable(const struct http_call_request *request)
{
	const char *url = request->url;

	if (!http_is_token(request->method))
		return false;
	/* curl would wait for a body in the answer to its "POST". */
	if (span_equal(request->method, SPAN_LITERAL("HEAD")) &&
	    request->body.len > 0)
		return false;
	for (; *url != '\0'; url++)
		if ((unsigned char)*url <= ' ' || *url == 0x7f)
			return false;
	for (size_t i = 0; i < request->fields.count; i++) {
		const struct http_field *field = &request->fields.list[i];

		if (!http_is_token(field->name) || is_ours(field->name) ||
		    !http_is_field_value(field->value))
			return false;
	}
	return true;
}

/* Where the message ends and whom it is for is not the caller's to say. */
static bool
is_ours(struct span name)
{
	return span_equal_nocase(name, SPAN_LITERAL("Host")) ||
	    span_equal_nocase(name, SPAN_LITERAL("Content-Length")) ||
	    span_equal_nocase(name, SPAN_LITERAL("Transfer-Encoding"));
}

static void
write_all(struct pen *pen, struct http_client_request *made,
    const struct http_call_request *request, const char *tls_name)
{
	struct curl_slist **end = &made->fields, **connect_end;
	struct span authority;

	*made = (struct http_client_request){ 0 };
	connect_end = &made->connect_to;
	made->method = put(pen, request->method);
	put(pen, SPAN_LITERAL("\0"));
	if (tls_name == NULL || strncasecmp(request->url, "https:", 6) != 0) {
		made->url = request->url;
	} else {
		authority = http_client_request_authority(request->url);
		made->url = write_named_url(pen, request->url, tls_name);
		add_line(pen, &end, put(pen, SPAN_LITERAL("Host: ")));
		put(pen, authority);
		put(pen, SPAN_LITERAL("\0"));
		add_line(pen, &connect_end, put(pen, SPAN_LITERAL("::")));
		put(pen, authority);
		put(pen, SPAN_LITERAL("\0"));
	}
	write_fields(pen, &end, request);
}

/* The URL with another host, port kept. */
static const char *
write_named_url(struct pen *pen, const char *url, const char *tls_name)
{
	struct span authority = http_client_request_authority(url);
	size_t before = (size_t)(authority.ptr - url), host;
	const char *text;

	host = authority.len;
	if (host > 0 && authority.ptr[0] == '[')
		host = span_find(authority, ']') + 1;
	else
		host = span_find(authority, ':');
	if (host > authority.len)
		host = authority.len;
	text = put(pen, (struct span){ url, before });
	put(pen, span_of(tls_name));
	put(pen, span_of(authority.ptr + host));
	put(pen, SPAN_LITERAL("\0"));
	return text;
}

static void
write_fields(struct pen *pen, struct curl_slist ***end,
    const struct http_call_request *request)
{
	struct http_fields fields = request->fields;

	for (size_t i = 0; i < fields.count; i++) {
		struct span value = span_trim(fields.list[i].value);

		add_line(pen, end, put(pen, fields.list[i].name));
		put(pen, value.len == 0 ? SPAN_LITERAL(";") :
		    SPAN_LITERAL(": "));
		put(pen, value);
		put(pen, SPAN_LITERAL("\0"));
	}
	if (http_fields_find(fields, SPAN_LITERAL("Accept")) == NULL)
		add_line(pen, end, put(pen, SPAN_LITERAL("Accept:\0")));
	if (!http_client_request_tells_length(request))
		return;
	if (http_fields_find(fields, SPAN_LITERAL("Expect")) == NULL)
		add_line(pen, end, put(pen, SPAN_LITERAL("Expect:\0")));
	if (http_fields_find(fields, SPAN_LITERAL("Content-Type")) == NULL)
		add_line(pen, end, put(pen, SPAN_LITERAL("Content-Type:\0")));
}

static void
add_line(struct pen *pen, struct curl_slist ***end, const char *line)
{
	struct curl_slist *node = pen->node;

	if (node == NULL)
		return;
	node->data = (char *)(uintptr_t)line;
	node->next = NULL;
	**end = node;
	*end = &node->next;
	pen->node++;
}

/* Where the text begins; without a NUL. */
static const char *
put(struct pen *pen, struct span text)
{
	char *start = pen->at;

	pen->len += text.len;
	if (start == NULL)
		return "";
	if (text.len > 0)
		memcpy(start, text.ptr, text.len);
	pen->at += text.len;
	return start;
}
