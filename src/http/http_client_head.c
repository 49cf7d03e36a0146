/*
 * http_client_head - the head of an answer, collected line by line.
 *
 * curl gives one line a time, of interim answers, of the final one and of
 * trailers behind the body. Only the final head is kept: its lines lie one
 * after another in a buffer, and are cut into fields when the empty line
 * comes, because the buffer may move until then.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "http_client_parts.h"

#include "base/lh_assert.h"
#include "base/parse.h"
#include "base/xalloc.h"

#include <stdint.h>
#include <stdlib.h>

static enum lh_err	take_status(struct http_client_head *,
			    struct span, struct lh_cause *);
static enum lh_err	take_field(struct http_client_head *,
			    struct span, struct lh_cause *);
static enum lh_err	pass_over(struct http_client_head *,
			    struct span, struct lh_cause *);
static enum lh_err	cut_fields(struct http_client_head *,
			    struct lh_cause *);
static void		reserve(struct http_client_head *, size_t);
static enum lh_err	find_length(struct http_head *, struct lh_cause *);
static bool		is_line_end(struct span);

void
http_client_head_init(struct http_client_head *head, size_t max_bytes)
{
	*head = (struct http_client_head){ .state = HTTP_CLIENT_HEAD_STATUS };
	bytes_init(&head->text, max_bytes);
}

void
http_client_head_clear(struct http_client_head *head)
{
	bytes_clear(&head->text);
	head->state = HTTP_CLIENT_HEAD_STATUS;
	head->passed = 0;
	head->value = (struct http_head){ 0 };
}

void
http_client_head_release(struct http_client_head *head)
{
	bytes_release(&head->text);
	free(head->list);
	head->list = NULL;
	head->capacity = 0;
}

enum lh_err
http_client_head_line(struct http_client_head *head, struct span line,
    struct lh_cause *cause)
{
	switch (head->state) {
	case HTTP_CLIENT_HEAD_STATUS:
		return take_status(head, line, cause);
	case HTTP_CLIENT_HEAD_INTERIM:
		if (is_line_end(line))
			head->state = HTTP_CLIENT_HEAD_STATUS;
		return pass_over(head, line, cause);
	case HTTP_CLIENT_HEAD_FIELDS:
		return take_field(head, line, cause);
	case HTTP_CLIENT_HEAD_WHOLE:
		return pass_over(head, line, cause);
	}
	lh_unreachable();
}

/* "HTTP/1.1 200 OK", "HTTP/2 200" */
static enum lh_err
take_status(struct http_client_head *head, struct span line,
    struct lh_cause *cause)
{
	struct span rest = span_trim(line), version, code;
	uint64_t status;

	version = span_cut(&rest, ' ');
	code = span_cut(&rest, ' ');
	if (!span_starts(version, SPAN_LITERAL("HTTP/")) || code.len != 3 ||
	    parse_uint(code, 999, &status) != LH_OK || status < 100) {
		lh_cause_set(cause, "answer with a bad status line");
		return LH_ERR_UPSTREAM;
	}
	if (status == 101) {
		lh_cause_set(cause, "answer 101 to a request without upgrade");
		return LH_ERR_UPSTREAM;
	}
	head->value.status = (unsigned)status;
	head->state = status < 200 ? HTTP_CLIENT_HEAD_INTERIM :
	    HTTP_CLIENT_HEAD_FIELDS;
	return status < 200 ? pass_over(head, line, cause) : LH_OK;
}

static enum lh_err
take_field(struct http_client_head *head, struct span line,
    struct lh_cause *cause)
{
	if (is_line_end(line))
		return cut_fields(head, cause);
	if (line.ptr[0] == ' ' || line.ptr[0] == '\t') {
		lh_cause_set(cause, "answer with a folded header line");
		return LH_ERR_UPSTREAM;
	}
	if (bytes_append_span(&head->text, line) != LH_OK) {
		lh_cause_set(cause, "answer head above %zu bytes",
		    head->text.max);
		return LH_ERR_UPSTREAM;
	}
	return LH_OK;
}

/* Interim answers and trailers are not kept here, but curl keeps them. */
static enum lh_err
pass_over(struct http_client_head *head, struct span line,
    struct lh_cause *cause)
{
	head->passed += line.len;
	if (head->passed <= head->text.max)
		return LH_OK;
	lh_cause_set(cause, "answer with more than %zu bytes around its head",
	    head->text.max);
	return LH_ERR_UPSTREAM;
}

static enum lh_err
cut_fields(struct http_client_head *head, struct lh_cause *cause)
{
	struct span text = bytes_span(&head->text);
	size_t count = 0;

	while (text.len > 0) {
		struct span value = span_cut(&text, '\n');
		struct span name;
		bool has_colon = span_find(value, ':') < value.len;

		name = span_cut(&value, ':');
		value = span_trim(value);
		if (!has_colon || !http_is_token(name) ||
		    !http_is_field_value(value)) {
			lh_cause_set(cause, "answer with a bad header line");
			return LH_ERR_UPSTREAM;
		}
		if (count == HTTP_CLIENT_MAX_FIELDS) {
			lh_cause_set(cause, "answer head above %d fields",
			    HTTP_CLIENT_MAX_FIELDS);
			return LH_ERR_UPSTREAM;
		}
		reserve(head, count + 1);
		head->list[count++] = (struct http_field){ name, value };
	}
	head->value.fields = (struct http_fields){ head->list, count };
	head->state = HTTP_CLIENT_HEAD_WHOLE;
	return find_length(&head->value, cause);
}

static void
reserve(struct http_client_head *head, size_t count)
{
	if (count <= head->capacity)
		return;
	head->capacity = head->capacity == 0 ? 16 : 2 * head->capacity;
	head->list = xreallocarray(head->list, head->capacity,
	    sizeof(*head->list));
}

static enum lh_err
find_length(struct http_head *head, struct lh_cause *cause)
{
	static const struct span name = SPAN_LITERAL("content-length");
	uint64_t length, first = 0;
	bool seen = false;

	head->content_length = -1;
	for (size_t i = 0; i < head->fields.count; i++) {
		const struct http_field *field = &head->fields.list[i];

		if (!span_equal_nocase(field->name, name))
			continue;
		if (parse_uint(field->value, INT64_MAX, &length) != LH_OK ||
		    (seen && length != first)) {
			lh_cause_set(cause, "answer with a bad length");
			return LH_ERR_UPSTREAM;
		}
		first = length;
		seen = true;
	}
	if (seen && http_fields_find(head->fields,
	    SPAN_LITERAL("transfer-encoding")) == NULL)
		head->content_length = (int64_t)first;
	return LH_OK;
}

static bool
is_line_end(struct span line)
{
	return span_equal(line, SPAN_LITERAL("\r\n")) ||
	    span_equal(line, SPAN_LITERAL("\n"));
}
