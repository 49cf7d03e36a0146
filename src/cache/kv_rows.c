/*
 * kv_rows - which row a path belongs to, and what its times mean.
 *
 * There are a handful of rows, so all are tried. The one with the most literal
 * bytes wins, of equals the first.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "kv_rows.h"

static bool matches(struct span pattern, struct span path);
static bool matches_segments(struct span pattern, struct span path);
static size_t literal_bytes(struct span pattern);

const struct cache_static_row *
kv_rows_match(const struct cache_static_options *options, struct span path)
{
	const struct cache_static_row *best = NULL;
	size_t most = 0;

	for (size_t i = 0; i < options->row_count; i++) {
		const struct cache_static_row *row = &options->rows[i];
		size_t literal = literal_bytes(span_of(row->pattern));

		if ((best != NULL && literal <= most) ||
		    !matches(span_of(row->pattern), path))
			continue;
		best = row;
		most = literal;
	}
	return best;
}

enum kv_fresh
kv_rows_fresh(const struct cache_static_row *row, bool is_negative,
    span_ms age)
{
	if (is_negative)
		return age < row->negative_ttl ? KV_FRESH : KV_GONE;
	if (age < row->ttl)
		return row->revalidate > 0 && age >= row->revalidate ?
		    KV_FRESH_AGING : KV_FRESH;
	return age < row->ttl + row->stale_if_error ? KV_OLD : KV_GONE;
}

span_ms
kv_rows_life(const struct cache_static_row *row, bool is_negative)
{
	return is_negative ? row->negative_ttl :
	    row->ttl + row->stale_if_error;
}

/* The star stands for any rest, also an empty one. */
static bool
matches(struct span pattern, struct span path)
{
	size_t len = 0;
	struct span segments;

	if (!span_ends(pattern, SPAN_LITERAL("*")))
		return matches_segments(pattern, path);
	pattern.len--;
	/* As many segments of the path as the pattern has; of the last one
	 * as many bytes. */
	segments = pattern;
	while (segments.ptr != NULL) {
		struct span part = span_cut(&segments, '/');
		struct span rest = span_skip(path, len);
		size_t size = part.len;

		if (segments.ptr != NULL &&
		    span_equal(part, SPAN_LITERAL("+")))
			size = span_find(rest, '/');
		if (size > rest.len)
			return false;
		len += size + (segments.ptr != NULL);
		if (len > path.len)
			return false;
	}
	return matches_segments(pattern, (struct span){ path.ptr, len });
}

static bool
matches_segments(struct span pattern, struct span path)
{
	struct span ours, theirs;

	while (pattern.ptr != NULL && path.ptr != NULL) {
		ours = span_cut(&pattern, '/');
		theirs = span_cut(&path, '/');
		if (!span_equal(ours, theirs) && (theirs.len == 0 ||
		    !span_equal(ours, SPAN_LITERAL("+"))))
			return false;
	}
	return pattern.ptr == NULL && path.ptr == NULL;
}

static size_t
literal_bytes(struct span pattern)
{
	size_t count = 0;

	for (size_t i = 0; i < pattern.len; i++)
		count += pattern.ptr[i] != '+' && pattern.ptr[i] != '*';
	return count;
}
