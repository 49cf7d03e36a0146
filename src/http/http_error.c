/*
 * http_error - see http_error.h.
 *
 * Causes come from libraries and peers and may hold any byte: what is not
 * printable ASCII is written as a question mark.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "http/http_error.h"

#include <string.h>

static enum lh_err add_text(struct bytes *into, const char *text);

void
http_error_reply(struct http_exchange *exchange, unsigned status,
    const char *text)
{
	static const struct http_field fields[] = {
		{ { "Content-Type", 12 }, { "application/json", 16 } },
	};
	struct http_reply reply = { .status = status,
		.fields = { fields, 1 } };
	struct bytes body;

	bytes_init(&body, HTTP_ERROR_MAX_BYTES);
	if (http_error_body(text, &body) == LH_OK)
		reply.body = bytes_span(&body);
	else
		reply.body = SPAN_LITERAL("{\"errors\":[]}\n");
	http_exchange_reply(exchange, &reply);
	bytes_release(&body);
}

enum lh_err
http_error_body(const char *text, struct bytes *into)
{
	enum lh_err err;

	err = bytes_append_span(into, SPAN_LITERAL("{\"errors\":[\""));
	if (err == LH_OK)
		err = add_text(into, text);
	if (err == LH_OK)
		err = bytes_append_span(into, SPAN_LITERAL("\"]}\n"));
	return err;
}

static enum lh_err
add_text(struct bytes *into, const char *text)
{
	enum lh_err err = LH_OK;

	for (; err == LH_OK && *text != '\0'; text++) {
		char c = (char)(*text >= ' ' && *text <= '~' ? *text : '?');

		if (c == '"' || c == '\\')
			err = bytes_append(into, "\\", 1);
		if (err == LH_OK)
			err = bytes_append(into, &c, 1);
	}
	return err;
}
