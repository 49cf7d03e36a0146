/*
 * cache_tags - what tells one static answer from another; pure.
 *
 * Vault puts a new request_id into each answer. It comes first in the body,
 * and is left out of what the index is made of, so that a value that is read
 * again has the same index. Where it does not come first the index is of the
 * whole body: then a change is told where none was, never the other way.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "cache/cache_static.h"

#define ETAG_BYTES 16
#define INDEX_BYTES 8

static struct span without_request_id(struct span body);
static void write_hex(char *to, const uint8_t *bytes, size_t count);
static bool take(struct span *text, struct span word);

void
cache_tags_set(struct cache_tags *tags, struct digest *digest,
    unsigned status, struct span body)
{
	uint8_t sum[DIGEST_BYTES];

	digest_begin(digest);
	digest_add(digest, body.ptr, body.len);
	digest_end(digest, sum);
	tags->etag[0] = '"';
	write_hex(tags->etag + 1, sum, ETAG_BYTES);
	tags->etag[CACHE_ETAG_SIZE - 2] = '"';
	tags->etag[CACHE_ETAG_SIZE - 1] = '\0';
	digest_begin(digest);
	digest_add(digest, &status, sizeof(status));
	digest_add_span(digest, without_request_id(body));
	digest_end(digest, sum);
	write_hex(tags->index, sum, INDEX_BYTES);
	tags->index[CACHE_INDEX_SIZE - 1] = '\0';
}

/* Compared weakly, as RFC 9110 section 13.1.2 wants it. */
bool
cache_tags_match(const struct cache_tags *tags, struct span value)
{
	struct span tag;

	while (value.len > 0) {
		tag = span_trim(span_cut(&value, ','));
		if (span_equal(tag, SPAN_LITERAL("*")))
			return true;
		(void)take(&tag, SPAN_LITERAL("W/"));
		if (span_equal(tag, span_of(tags->etag)))
			return true;
	}
	return false;
}

static struct span
without_request_id(struct span body)
{
	struct span rest = span_trim(body);

	if (!take(&rest, SPAN_LITERAL("{")))
		return body;
	rest = span_trim(rest);
	if (!take(&rest, SPAN_LITERAL("\"request_id\"")))
		return body;
	rest = span_trim(rest);
	if (!take(&rest, SPAN_LITERAL(":")))
		return body;
	rest = span_trim(rest);
	if (!take(&rest, SPAN_LITERAL("\"")))
		return body;
	(void)span_cut(&rest, '"');
	return rest.ptr != NULL ? rest : body;
}

static void
write_hex(char *to, const uint8_t *bytes, size_t count)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < count; i++) {
		*to++ = digits[bytes[i] >> 4];
		*to++ = digits[bytes[i] & 15];
	}
}

static bool
take(struct span *text, struct span word)
{
	if (!span_starts(*text, word))
		return false;
	*text = span_skip(*text, word.len);
	return true;
}
