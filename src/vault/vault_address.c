/*
 * vault_address - http(s)://[user@]host[:port][/prefix] or unix:///path.
 *
 * Only the parts that decide where bytes go are looked at; the rest of a host
 * is libcurl's to refuse. Whatever could end a host or a path early (blanks,
 * control bytes, '?', '#', a backslash) is refused here.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "vault_address.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret_alloc.h"
#include "base/xalloc.h"

static enum lh_err init_unix(struct vault_address *address,
    struct span path, struct lh_cause *cause);
static bool is_same_path(const struct vault_address *address,
    struct span asked, struct span told);
static bool cut_scheme(struct span *text, struct span *scheme_out);
static bool is_clean(struct span text, const char *forbidden);
static char *join(const struct span *parts, size_t count);

enum lh_err
vault_address_init(struct vault_address *address, const char *text,
    struct lh_cause *cause)
{
	struct span base = span_trim(span_of(text)), rest, scheme, host;

	if (span_starts(base, SPAN_LITERAL("unix://")))
		return init_unix(address, span_skip(base, 7), cause);
	while (base.len > 0 && base.ptr[base.len - 1] == '/')
		base.len--;
	rest = base;
	if (!cut_scheme(&rest, &scheme)) {
		lh_cause_set(cause, "the address of the server must begin "
		    "with https://, http:// or unix://");
		return LH_ERR_CONFIG;
	}
	host = rest;
	host.len = span_find(host, '/');
	if (span_find(host, '@') < host.len)
		(void)span_cut(&host, '@');
	if (host.len == 0 || !is_clean(base, "?#\\") ||
	    span_find(host, '@') < host.len) {
		lh_cause_set(cause, "the address of the server has no host, "
		    "or more than host, port and path");
		return LH_ERR_CONFIG;
	}
	address->tls = span_equal_nocase(scheme, SPAN_LITERAL("https"));
	address->unix_socket = NULL;
	address->base = span_dup(base);
	address->text = xasprintf("%.*s://%.*s", (int)scheme.len, scheme.ptr,
	    (int)(base.ptr + base.len - host.ptr), host.ptr);
	return LH_OK;
}

void
vault_address_release(struct vault_address *address)
{
	free(address->text);
	free(address->base);
	free(address->unix_socket);
	memset(address, 0, sizeof(*address));
}

bool
vault_target_is_clean(const struct vault_target *target)
{
	return target->path.len > 0 && target->path.ptr[0] == '/' &&
	    is_clean(target->path, "?#") && is_clean(target->query, "#");
}

char *
vault_address_url(const struct vault_address *address,
    const struct vault_target *target)
{
	struct span parts[] = {
		span_of(address->base), target->path,
		target->query.ptr == NULL ? SPAN_NONE : SPAN_LITERAL("?"),
		target->query
	};

	return join(parts, sizeof(parts) / sizeof(parts[0]));
}

char *
vault_address_redirect(const struct vault_address *address,
    const struct vault_target *target, struct span location)
{
	struct span rest = location, scheme, host, path, query;
	bool absolute = cut_scheme(&rest, &scheme);

	host = rest;
	host.len = span_find(rest, '/');
	if (absolute != (host.len > 0) || !is_clean(location, "#\\") ||
	    span_starts(rest, SPAN_LITERAL("//")) ||
	    span_find(host, '@') < host.len)
		return NULL;
	query = span_skip(rest, host.len);
	path = span_cut(&query, '?');
	if (!span_equal(query, target->query) ||
	    (query.ptr == NULL) != (target->query.ptr == NULL))
		return NULL;
	if (!is_same_path(address, target->path, path))
		return NULL;
	if (!absolute)
		return vault_address_url(address, target);
	if (address->unix_socket != NULL || (address->tls &&
	    !span_equal_nocase(scheme, SPAN_LITERAL("https"))))
		return NULL;
	return join(&location, 1);
}

/* Behind a prefix the server may know of it or not. */
static bool
is_same_path(const struct vault_address *address, struct span asked,
    struct span told)
{
	struct span prefix = span_of(strstr(address->base, "://") + 3);

	prefix = span_skip(prefix, span_find(prefix, '/'));
	return span_equal(told, asked) || (span_starts(told, prefix) &&
	    span_equal(span_skip(told, prefix.len), asked));
}

static enum lh_err
init_unix(struct vault_address *address, struct span path,
    struct lh_cause *cause)
{
	if (path.len < 2 || path.ptr[0] != '/') {
		lh_cause_set(cause, "the address of the server must name a "
		    "socket by its full path: unix:///path");
		return LH_ERR_CONFIG;
	}
	address->tls = false;
	address->unix_socket = span_dup(path);
	address->base = xstrdup("http://localhost");
	address->text = xasprintf("unix://%s", address->unix_socket);
	return LH_OK;
}

static bool
cut_scheme(struct span *text, struct span *scheme_out)
{
	struct span scheme = *text;

	scheme.len = span_find(scheme, ':');
	if (!span_equal_nocase(scheme, SPAN_LITERAL("http")) &&
	    !span_equal_nocase(scheme, SPAN_LITERAL("https")))
		return false;
	if (!span_starts(span_skip(*text, scheme.len), SPAN_LITERAL("://")))
		return false;
	*text = span_skip(*text, scheme.len + 3);
	*scheme_out = scheme;
	return true;
}

/* Neither blanks nor control bytes nor any of forbidden. */
static bool
is_clean(struct span text, const char *forbidden)
{
	for (; *forbidden != '\0'; forbidden++)
		if (span_find(text, *forbidden) < text.len)
			return false;
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		if (c <= 0x20 || c == 0x7f)
			return false;
	}
	return true;
}

static char *
join(const struct span *parts, size_t count)
{
	size_t len = 0, i;
	char *text;

	for (i = 0; i < count; i++)
		len += parts[i].len;
	text = secret_malloc(len + 1);
	if (text == NULL)
		return NULL;
	for (len = 0, i = 0; i < count; i++) {
		if (parts[i].len > 0)
			memcpy(text + len, parts[i].ptr, parts[i].len);
		len += parts[i].len;
	}
	text[len] = '\0';
	return text;
}
