/*
 * proxy_access - see proxy_access.h.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "proxy_access.h"

static bool
has_request_header(struct http_fields fields)
{
	struct span name = SPAN_LITERAL("X-Vault-Request");

	return http_fields_count(fields, name) == 1 &&
	    span_equal(http_fields_value(fields, name), SPAN_LITERAL("true"));
}

bool
proxy_access_allows(const struct proxy_access *access,
    const struct http_request *request, struct proxy_refusal *refusal_out)
{
	if (access->require_request_header &&
	    !has_request_header(request->fields)) {
		refusal_out->status = 412;
		refusal_out->text = "missing \"X-Vault-Request\" header";
		return false;
	}
	return true;
}
