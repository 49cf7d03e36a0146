/*
 * cache_lifetime - secrets that live without a lease that can be renewed.
 *
 * A kind is a row: the member that tells the life, its unit, and how long
 * before that end we stop. A lease that cannot be renewed ends what it covers
 * too, so the sooner of both ends counts.
 *
 * The server tells the seconds up to the rotation of a static role rounded to
 * the nearest one. A second is taken off, or the last half of it could give out
 * a password that is no more.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "cache/cache_lifetime.h"

#include <string.h>

#include "base/certificate.h"
#include "base/moment.h"
#include "base/parse.h"
#include "base/secret.h"

#define NEVER INT64_MAX
#define MS 1000
#define MAX_UNIX_S 253402300799ULL	/* the end of the year 9999 */

struct kind {
	const char *member;
	enum cache_lifetime_unit unit;
	span_ms margin;
};

static const struct kind kinds[] = {
	[CACHE_LIFETIME_MEMBER] = { NULL, CACHE_LIFETIME_OF_KIND, 0 },
	[CACHE_LIFETIME_CERTIFICATE] = { "data.expiration",
	    CACHE_LIFETIME_UNIX, 0 },
	[CACHE_LIFETIME_TTL] = { "data.ttl", CACHE_LIFETIME_SECONDS, 0 },
	[CACHE_LIFETIME_STATIC_ROLE] = { "data.ttl", CACHE_LIFETIME_SECONDS,
	    1 * MS },
	[CACHE_LIFETIME_SECURITY_TOKEN] = { "data.ttl",
	    CACHE_LIFETIME_SECONDS, 0 }
};

static bool is_plain(struct span text);
static bool path_fits(struct span pattern, struct span path);
static enum lh_err read_member(const struct cache_lifetime *lifetime,
    const struct cache_lifetime_answer *answer,
    struct cache_lifetime_reading *out);
static enum lh_err read_end(enum cache_lifetime_unit unit,
    const struct cache_lifetime_answer *answer,
    const struct vault_member *member, mono_ms *out);
static enum lh_err read_seconds(const struct vault_member *member,
    span_ms *out);
static enum lh_err read_certificate(
    const struct cache_lifetime_answer *answer, mono_ms *out);
static bool has_security_token(struct span body);
static mono_ms moment_of(const struct cache_lifetime_answer *answer,
    wall_ms end);
static bool is_digits(struct span text);

const char *
cache_lifetime_path_fault(struct span path)
{
	size_t star = span_find(path, '*');
	struct span rest = path, segment;

	if (path.len == 0 || path.len > CACHE_LIFETIME_MAX_TEXT ||
	    !is_plain(path))
		return "be the path of a secret, as it stands in a request";
	if (path.ptr[0] == '/' || span_starts(path, SPAN_LITERAL("v1/")))
		return "begin with a namespace or mount, not with / or v1/";
	if (star < path.len && star + 1 < path.len)
		return "have its * at the end";
	while (rest.len > 0) {
		segment = span_cut(&rest, '/');
		if (segment.len > 1 &&
		    span_find(segment, '+') < segment.len)
			return "have + in place of a whole segment";
		if (segment.len == 0)
			return "have no empty segment";
	}
	return NULL;
}

const char *
cache_lifetime_member_fault(struct span member)
{
	struct span rest = member;
	unsigned parts = 0;

	if (member.len == 0 || member.len > CACHE_LIFETIME_MAX_TEXT ||
	    !is_plain(member) || member.ptr[member.len - 1] == '.')
		return "be keys with dots between, as in data.ttl";
	for (; rest.len > 0; parts++)
		if (span_cut(&rest, '.').len == 0)
			return "be keys with dots between, as in data.ttl";
	if (parts > VAULT_SCAN_MAX_PARTS)
		return "not lead that deep";
	return NULL;
}

const struct cache_lifetime *
cache_lifetime_find(const struct cache_lifetimes *lifetimes,
    struct span path)
{
	const struct cache_lifetime *best = NULL, *lifetime;
	size_t i;

	for (i = 0; i < lifetimes->count; i++) {
		lifetime = &lifetimes->list[i];
		if ((best == NULL ||
		    strlen(lifetime->path) > strlen(best->path)) &&
		    path_fits(span_of(lifetime->path), path))
			best = lifetime;
	}
	return best;
}

enum cache_lifetime_verdict
cache_lifetime_read(const struct cache_lifetime *lifetime,
    const struct cache_lifetime_answer *answer,
    struct cache_lifetime_reading *out)
{
	const struct vault_envelope *envelope = answer->envelope;
	bool is_leased = envelope->lease_id != NULL &&
	    envelope->lease_duration_s > 0;
	mono_ms lease_end;
	enum lh_err err;

	*out = (struct cache_lifetime_reading){ .expires = NEVER };
	err = read_member(lifetime, answer, out);
	if (lifetime->kind == CACHE_LIFETIME_SECURITY_TOKEN) {
		if (!has_security_token(answer->body))
			return CACHE_LIFETIME_UNTOLD;
		if (err == LH_ERR_NOT_FOUND && is_leased)
			err = LH_OK;
	}
	if (err != LH_OK)
		return CACHE_LIFETIME_UNTOLD;
	if (is_leased) {
		lease_end = answer->asked + envelope->lease_duration_s * MS;
		if (lease_end < out->expires)
			out->expires = lease_end;
	}
	out->expires -= kinds[lifetime->kind].margin;
	return out->expires > answer->now ? CACHE_LIFETIME_TOLD :
	    CACHE_LIFETIME_OVER;
}

bool
cache_lifetime_is_in_turn(const struct cache_lifetime *lifetime)
{
	return lifetime->kind == CACHE_LIFETIME_STATIC_ROLE;
}

/* No blank, nothing that ends a path or a text of a configuration. */
static bool
is_plain(struct span text)
{
	size_t i;

	for (i = 0; i < text.len; i++)
		if (text.ptr[i] <= ' ' || text.ptr[i] > '~' ||
		    strchr("?#\"\\$", text.ptr[i]) != NULL)
			return false;
	return true;
}

static bool
path_fits(struct span pattern, struct span path)
{
	struct span wanted, segment;

	while (pattern.len > 0) {
		if (span_equal(pattern, SPAN_LITERAL("*")))
			return path.len > 0;
		wanted = span_cut(&pattern, '/');
		if (span_ends(wanted, SPAN_LITERAL("*"))) {
			wanted.len--;
			return span_starts(path, wanted);
		}
		segment = span_cut(&path, '/');
		if (segment.len == 0 ||
		    (!span_equal(wanted, SPAN_LITERAL("+")) &&
		    !span_equal(wanted, segment)))
			return false;
	}
	return path.len == 0;
}

static enum lh_err
read_member(const struct cache_lifetime *lifetime,
    const struct cache_lifetime_answer *answer,
    struct cache_lifetime_reading *out)
{
	const struct kind *kind = &kinds[lifetime->kind];
	bool is_own = lifetime->kind == CACHE_LIFETIME_MEMBER;
	enum cache_lifetime_unit unit = is_own ? lifetime->unit : kind->unit;
	struct vault_member member;
	enum lh_err err;

	err = vault_scan_member(answer->body,
	    span_of(is_own ? lifetime->member : kind->member), &member);
	if (err == LH_ERR_NOT_FOUND &&
	    lifetime->kind == CACHE_LIFETIME_CERTIFICATE)
		return read_certificate(answer, &out->expires);
	if (err != LH_OK)
		return err;
	if (unit == CACHE_LIFETIME_SECONDS && member.is_number)
		out->place = (struct vault_place){
			member.offset, member.text.len
		};
	return read_end(unit, answer, &member, &out->expires);
}

static enum lh_err
read_end(enum cache_lifetime_unit unit,
    const struct cache_lifetime_answer *answer,
    const struct vault_member *member, mono_ms *out)
{
	wall_ms end = 0;
	span_ms life = 0;
	uint64_t seconds;
	enum lh_err err;

	switch (unit) {
	case CACHE_LIFETIME_SECONDS:
		err = read_seconds(member, &life);
		break;
	case CACHE_LIFETIME_UNIX:
		err = parse_uint(member->text, MAX_UNIX_S, &seconds);
		if (err == LH_OK)
			end = (wall_ms)seconds * MS;
		break;
	case CACHE_LIFETIME_TIME:
		err = member->is_number ? LH_ERR_FORMAT :
		    moment_of_rfc3339(member->text, &end);
		break;
	default:
		return LH_ERR_FORMAT;
	}
	if (err == LH_OK)
		*out = unit == CACHE_LIFETIME_SECONDS ?
		    answer->asked + life : moment_of(answer, end);
	return err;
}

/* What stands in a KV version 1 may be text: "30m". */
static enum lh_err
read_seconds(const struct vault_member *member, span_ms *out)
{
	enum lh_err err;

	if (member->is_number && !is_digits(member->text))
		return LH_ERR_FORMAT;
	err = parse_duration(member->text, out);
	if (err == LH_OK && *out > VAULT_DURATION_MAX_S * MS)
		*out = VAULT_DURATION_MAX_S * MS;
	return err;
}

static enum lh_err
read_certificate(const struct cache_lifetime_answer *answer, mono_ms *out)
{
	struct secret *pem = vault_envelope_data_secret(answer->body,
	    "certificate");
	enum lh_err err = LH_ERR_NOT_FOUND;
	wall_ms end;

	if (pem != NULL)
		err = certificate_not_after(secret_lend(pem), &end);
	if (err == LH_OK)
		*out = moment_of(answer, end);
	secret_unref(&pem);
	return err;
}

static bool
has_security_token(struct span body)
{
	struct vault_member member;

	return vault_scan_member(body, SPAN_LITERAL("data.security_token"),
	    &member) == LH_OK && !member.is_number && member.text.len > 0;
}

/* Cut as every span that the server tells. */
static mono_ms
moment_of(const struct cache_lifetime_answer *answer, wall_ms end)
{
	span_ms left = end - answer->wall;

	if (left > VAULT_DURATION_MAX_S * MS)
		left = VAULT_DURATION_MAX_S * MS;
	return answer->now + left;
}

static bool
is_digits(struct span text)
{
	size_t i;

	for (i = 0; i < text.len; i++)
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return false;
	return text.len > 0;
}
