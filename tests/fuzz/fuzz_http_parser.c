/*
 * fuzz_http_parser - any bytes as the head of a request.
 *
 * Holds: the end of the head is the same whether the bytes come one by one or
 * at once; what is accepted consists of legal parts that lie in the input.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <stdint.h>

#include "base/lh_assert.h"
#include "http/http_parser.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const struct http_parser_limits limits = {
	.max_head_bytes = 4096,
	.max_target_bytes = 1024,
	.max_fields = 16,
};

static enum http_scan_state
scan_at_once(struct span text, size_t *head_len)
{
	struct http_scan scan = { 0, 0 };
	unsigned status;

	return http_parser_scan(&scan, text, &limits, head_len, &status);
}

static enum http_scan_state
scan_by_byte(struct span text, size_t *head_len)
{
	enum http_scan_state found = HTTP_SCAN_MORE;
	struct http_scan scan = { 0, 0 };
	unsigned status;

	for (size_t i = 1; i <= text.len && found == HTTP_SCAN_MORE; i++)
		found = http_parser_scan(&scan, (struct span){ text.ptr, i },
		    &limits, head_len, &status);
	return found;
}

static void
check_inside(struct span part, struct span text)
{
	lh_assert(part.ptr >= text.ptr &&
	    part.ptr + part.len <= text.ptr + text.len);
}

static void
check_head(const struct http_request_head *head, struct span text)
{
	lh_assert(head->field_count <= limits.max_fields);
	lh_assert(http_is_token(head->method));
	lh_assert(head->path.len > 0 && head->path.ptr[0] == '/');
	lh_assert(head->minor_version <= 1);
	lh_assert((head->body == HTTP_BODY_LENGTH) ==
	    (head->content_length > 0));
	check_inside(head->method, text);
	for (size_t i = 0; i < head->field_count; i++) {
		check_inside(head->fields[i].name, text);
		check_inside(head->fields[i].value, text);
		lh_assert(http_is_token(head->fields[i].name));
		lh_assert(http_is_field_value(head->fields[i].value));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct span text = { (const char *)data, len };
	struct http_request_head head;
	size_t len_at_once = 0, len_by_byte = 0;
	enum http_scan_state found;
	unsigned status;

	text = span_skip(text, http_parser_skip_blank(text));
	found = scan_at_once(text, &len_at_once);
	lh_assert(scan_by_byte(text, &len_by_byte) == found);
	lh_assert(len_at_once == len_by_byte);
	if (found == HTTP_SCAN_WHOLE)
		text.len = len_at_once;
	status = http_parser_parse(text, &limits, &head);
	if (status == 0)
		check_head(&head, text);
	else
		lh_assert(status >= 400 && status <= 505);
	return 0;
}
