/*
 * proxy_access - see proxy_access.h.
 *
 * A page in a browser can make it send requests to any address, and, once the
 * page's own name was made to resolve to ours, read the answers. It cannot
 * keep the browser from telling the page's origin, or the name it asked for.
 *
 * A wrong host is answered 421, as RFC 9110 has it for a request that went to
 * the wrong server: a client of Vault would take a 403 for a dead token.
 *
 * Whoever a TRACE gets to, be it a load balancer, answers with the request as it
 * came there, our token with it; behind a CONNECT there are no requests to judge.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "proxy_access.h"

static bool is_for_the_way(struct span method);
static bool is_from_browser(struct http_fields fields);
static bool is_host_allowed(const struct text_list *hosts,
    struct http_fields fields);
static struct span without_port(struct span host);
static bool has_request_header(struct http_fields fields);
static bool refuse(struct proxy_refusal *refusal, unsigned status,
    const char *text);

bool
proxy_access_allows(const struct proxy_access *access,
    const struct http_request *request, struct proxy_refusal *refusal_out)
{
	if (is_for_the_way(request->method))
		return refuse(refusal_out, 501,
		    "this method is not passed on");
	if (!access->allow_browsers && is_from_browser(request->fields))
		return refuse(refusal_out, 403,
		    "requests of web pages are refused here");
	if (!is_host_allowed(&access->hosts, request->fields))
		return refuse(refusal_out, 421,
		    "the Host is none of this listener's allowed_hosts");
	if (access->require_request_header &&
	    !has_request_header(request->fields))
		return refuse(refusal_out, 412,
		    "missing \"X-Vault-Request\" header");
	switch (proxy_rules_judge(&access->rules, request)) {
	case PROXY_VERDICT_ALLOW:
		return true;
	case PROXY_VERDICT_DENY:
		return refuse(refusal_out, 403,
		    "refused by a rule of this listener");
	case PROXY_VERDICT_AMBIGUOUS:
		break;
	}
	return refuse(refusal_out, 400,
	    "the rules of this listener cannot tell what is asked for");
}

/* Not every server minds the case. */
static bool
is_for_the_way(struct span method)
{
	return span_equal_nocase(method, SPAN_LITERAL("TRACE")) ||
	    span_equal_nocase(method, SPAN_LITERAL("TRACK")) ||
	    span_equal_nocase(method, SPAN_LITERAL("CONNECT"));
}

static bool
is_from_browser(struct http_fields fields)
{
	struct span name = SPAN_LITERAL("Sec-Fetch-Site");

	if (http_fields_count(fields, SPAN_LITERAL("Origin")) > 0)
		return true;
	for (size_t i = 0; i < fields.count; i++) {
		struct span value = fields.list[i].value;

		if (span_equal_nocase(fields.list[i].name, name) &&
		    !span_equal(value, SPAN_LITERAL("none")) &&
		    !span_equal(value, SPAN_LITERAL("same-origin")))
			return true;
	}
	return false;
}

/* Only HTTP/1.0 may do without a Host, which no browser speaks. */
static bool
is_host_allowed(const struct text_list *hosts, struct http_fields fields)
{
	const struct http_field *host = http_fields_find(fields,
	    SPAN_LITERAL("Host"));

	if (hosts->count == 0 || host == NULL)
		return true;
	for (size_t i = 0; i < hosts->count; i++) {
		struct span allowed = span_of(hosts->list[i]);

		if (span_equal(allowed, SPAN_LITERAL("*")) ||
		    span_equal_nocase(allowed, host->value) ||
		    span_equal_nocase(allowed, without_port(host->value)))
			return true;
	}
	return false;
}

/* "[::1]:8200" is "[::1]". What is no port is left. */
static struct span
without_port(struct span host)
{
	size_t len = host.len;

	while (len > 0 && host.ptr[len - 1] >= '0' && host.ptr[len - 1] <= '9')
		len--;
	if (len > 0 && host.ptr[len - 1] == ':')
		host.len = len - 1;
	return host;
}

static bool
has_request_header(struct http_fields fields)
{
	struct span name = SPAN_LITERAL("X-Vault-Request");

	return http_fields_count(fields, name) == 1 &&
	    span_equal(http_fields_value(fields, name), SPAN_LITERAL("true"));
}

static bool
refuse(struct proxy_refusal *refusal, unsigned status, const char *text)
{
	*refusal = (struct proxy_refusal){ status, text };
	return false;
}
