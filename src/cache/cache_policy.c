/*
 * cache_policy - what may be asked of the cache, what may be kept, until when;
 * pure.
 *
 * The rules are those of the incumbents, in their order, with these of our
 * own: nothing wrapped, no answer of a renewal, a look-up or anything under
 * sys/, none to who shows a credential beside the token; broken JSON passes; a
 * token that counts its uses is not given twice.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "cache_policy.h"

#include <string.h>

#include "http/http_path.h"
#include "vault/vault_path.h"

#define MAX_LEASE_ID 4096
/* Two thirds, give or take a tenth of that. */
#define RENEW_AT 0.6667
#define RENEW_JITTER 0.1
/* A renewal must add more than this part of the first life to count. */
#define GAIN_DIVISOR 20
#define GAIN_MIN_MS 1000

static bool identity_may_ask(const struct cache_ask *ask,
    enum vault_path_kind kind);
static bool path_may_be_kept(struct span path, enum vault_path_kind kind);
static enum cache_policy_access method_access(struct span method);
static bool is_json(struct span content_type);

enum cache_policy_access
cache_policy_access(const struct cache_ask *ask)
{
	enum cache_policy_access access = method_access(ask->method);
	struct vault_path path;

	if (access == CACHE_POLICY_PASS ||
	    !span_starts(ask->path, SPAN_LITERAL("/v1/")))
		return CACHE_POLICY_PASS;
	if (ask->has_credential || http_fields_find(ask->fields,
	    SPAN_LITERAL("X-Vault-Wrap-TTL")) != NULL ||
	    http_fields_list_has(ask->fields, SPAN_LITERAL("Cache-Control"),
	    SPAN_LITERAL("no-store")))
		return CACHE_POLICY_PASS;
	vault_path_classify(ask->path, &path);
	if (!path_may_be_kept(ask->path, path.kind) ||
	    !identity_may_ask(ask, path.kind))
		return CACHE_POLICY_PASS;
	return access;
}

bool
cache_policy_is_read(const struct cache_ask *ask)
{
	return method_access(ask->method) == CACHE_POLICY_READ;
}

bool
cache_policy_must_refetch(const struct cache_ask *ask)
{
	return http_fields_list_has(ask->fields,
	    SPAN_LITERAL("Cache-Control"), SPAN_LITERAL("no-cache"));
}

bool
cache_policy_wants(const struct http_head *head, size_t max_body)
{
	if (head->status < 200 || head->status >= 300)
		return false;
	if (head->content_length == 0 || (head->content_length > 0 &&
	    (uint64_t)head->content_length > max_body))
		return false;
	return is_json(http_fields_value(head->fields,
	    SPAN_LITERAL("Content-Type")));
}

enum cache_policy_verdict
cache_policy_judge(const struct vault_envelope *envelope, bool is_managed)
{
	if (envelope->has_wrap)
		return CACHE_POLICY_DROP;
	if (!envelope->renewable && !envelope->data_renewable &&
	    !(envelope->has_auth && envelope->auth.renewable))
		return CACHE_POLICY_DROP;
	if (envelope->lease_id != NULL)
		return is_managed && envelope->lease_duration_s > 0 &&
		    strlen(envelope->lease_id) <= MAX_LEASE_ID ?
		    CACHE_POLICY_KEEP_LEASE : CACHE_POLICY_DROP;
	if (!envelope->has_auth || envelope->auth.token == NULL ||
	    envelope->auth.is_batch || envelope->auth.num_uses > 0 ||
	    envelope->auth.ttl_s <= 0)
		return CACHE_POLICY_DROP;
	return is_managed || envelope->auth.orphan ?
	    CACHE_POLICY_KEEP_TOKEN : CACHE_POLICY_DROP;
}

/* What can be renewed is kept as a lease or not at all. */
bool
cache_policy_may_live(const struct vault_envelope *envelope, bool is_managed)
{
	return is_managed && !envelope->has_wrap && !envelope->has_auth &&
	    !envelope->renewable && (envelope->lease_id == NULL ||
	    strlen(envelope->lease_id) <= MAX_LEASE_ID);
}

span_ms
cache_policy_floor(const struct cache_options *options, span_ms life)
{
	span_ms floor = life * options->floor_percent / 100;

	return floor > options->floor_min ? floor : options->floor_min;
}

span_ms
cache_policy_renew_after(span_ms life, double unit)
{
	double factor = 1 - RENEW_JITTER + 2 * RENEW_JITTER * unit;

	return (span_ms)((double)life * RENEW_AT * factor);
}

/* Who renews twice in a row gains nothing by the second time; that the life is
 * whole again says that its end is far. */
bool
cache_policy_is_ending(const struct cache_policy_renewal *renewal)
{
	span_ms gain = renewal->granted / GAIN_DIVISOR;

	if (gain < GAIN_MIN_MS)
		gain = GAIN_MIN_MS;
	if (!renewal->renewable || renewal->life < renewal->granted / 2)
		return true;
	return renewal->life < renewal->left + gain &&
	    renewal->life < renewal->granted - gain;
}

/* Without a token there is no answer to keep, but that of a login. */
static bool
identity_may_ask(const struct cache_ask *ask, enum vault_path_kind kind)
{
	if (ask->identity == CACHE_IDENTITY_NONE)
		return kind == VAULT_PATH_LOGIN;
	return ask->token != NULL;
}

/* A path that Vault might read as another than we do could lead around the
 * rules for sys/ and for revocations. */
static bool
path_may_be_kept(struct span path, enum vault_path_kind kind)
{
	switch (kind) {
	case VAULT_PATH_OTHER:
	case VAULT_PATH_LOGIN:
	case VAULT_PATH_TOKEN_CREATE:
	case VAULT_PATH_AUTH_OTHER:
		return !http_path_is_ambiguous(path);
	default:
		return false;
	}
}

static enum cache_policy_access
method_access(struct span method)
{
	if (span_equal(method, SPAN_LITERAL("GET")) ||
	    span_equal(method, SPAN_LITERAL("LIST")))
		return CACHE_POLICY_READ;
	if (span_equal(method, SPAN_LITERAL("PUT")) ||
	    span_equal(method, SPAN_LITERAL("POST")))
		return CACHE_POLICY_WRITE;
	return CACHE_POLICY_PASS;
}

/* Exactly, or with a charset and no other parameter. */
static bool
is_json(struct span content_type)
{
	struct span parameter = content_type;
	struct span type = span_trim(span_cut(&parameter, ';'));

	parameter = span_trim(parameter);
	if (!span_equal_nocase(type, SPAN_LITERAL("application/json")))
		return false;
	if (parameter.len == 0)
		return true;
	return span_find(parameter, ';') == parameter.len &&
	    span_equal_nocase(span_cut(&parameter, '='),
	    SPAN_LITERAL("charset"));
}
