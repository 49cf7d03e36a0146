/*
 * proxy_redirect - see proxy_redirect.h.
 *
 * The server knows no such path and says 404, as if a secret was not there.
 * Only what leads to /v1/ is redirected: it cannot name another host.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "proxy_redirect.h"

bool
proxy_redirect_target(const struct http_request *request, struct bytes *into)
{
	struct span path = request->path;

	if (!span_starts(path, SPAN_LITERAL("//")))
		return false;
	while (span_starts(path, SPAN_LITERAL("//")))
		path = span_skip(path, 1);
	if (!span_starts(path, SPAN_LITERAL("/v1/")) ||
	    bytes_append_span(into, path) != LH_OK)
		return false;
	return request->query.len == 0 ||
	    (bytes_append(into, "?", 1) == LH_OK &&
	    bytes_append_span(into, request->query) == LH_OK);
}

void
proxy_redirect_reply(struct http_exchange *exchange, struct span target)
{
	const struct http_field location = { SPAN_LITERAL("Location"),
		target };
	const struct http_reply reply = { .status = 301,
		.fields = { &location, 1 } };

	http_exchange_reply(exchange, &reply);
}
