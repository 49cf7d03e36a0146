/*
 * http_path - comparing forms of paths and queries.
 *
 * Nothing here changes what is sent to the server: the results are for rules,
 * routes and cache keys only.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "http/http_path.h"

#include <stdlib.h>
#include <string.h>

#include "base/parse.h"

struct pair {
	struct span text;
	struct span name;
};

static bool segment_is_ambiguous(struct span segment);
static bool has_bad_escape(struct span segment);
static bool read_escape(struct span text, size_t at, unsigned char *out);
static bool is_unreserved(unsigned char c);
static int by_name(const void *a, const void *b);
static enum lh_err append_char(struct bytes *into, char c);

bool
http_path_is_ambiguous(struct span path)
{
	if (path.len == 0 || path.ptr[0] != '/')
		return true;
	path = span_skip(path, 1);
	while (path.ptr != NULL) {
		struct span segment = span_cut(&path, '/');

		if (segment.len == 0 && path.ptr != NULL)
			return true;
		if (segment_is_ambiguous(segment))
			return true;
	}
	return false;
}

enum lh_err
http_path_normalise(struct span path, struct bytes *into)
{
	static const char digits[] = "0123456789ABCDEF";
	enum lh_err err = LH_OK;

	for (size_t i = 0; i < path.len && err == LH_OK; i++) {
		unsigned char c = (unsigned char)path.ptr[i];
		char escape[3] = { '%', 0, 0 };

		if (c != '%') {
			err = append_char(into, path.ptr[i]);
			continue;
		}
		if (!read_escape(path, i, &c))
			return LH_ERR_FORMAT;
		i += 2;
		escape[1] = digits[c >> 4];
		escape[2] = digits[c & 15];
		err = is_unreserved(c) ? append_char(into, (char)c) :
		    bytes_append(into, escape, sizeof(escape));
	}
	return err;
}

enum lh_err
http_query_sort(struct span query, struct bytes *into)
{
	struct pair pairs[HTTP_QUERY_MAX_PAIRS];
	size_t count = 0;
	enum lh_err err = LH_OK;

	while (query.ptr != NULL) {
		struct span text = span_cut(&query, '&'), name = text;

		if (count == HTTP_QUERY_MAX_PAIRS)
			return LH_ERR_LIMIT;
		pairs[count].text = text;
		pairs[count++].name = span_cut(&name, '=');
	}
	qsort(pairs, count, sizeof(*pairs), by_name);
	for (size_t i = 0; i < count && err == LH_OK; i++) {
		if (i > 0)
			err = append_char(into, '&');
		if (err == LH_OK)
			err = bytes_append_span(into, pairs[i].text);
	}
	return err;
}

struct span
http_query_value(struct span query, struct span name)
{
	while (query.ptr != NULL) {
		struct span pair = span_cut(&query, '&');
		size_t name_len = span_find(pair, '=');
		struct span key = { pair.ptr, name_len };

		if (span_equal(key, name) && pair.ptr != NULL)
			return span_skip(pair, name_len + 1);
	}
	return SPAN_NONE;
}

enum lh_err
http_percent_decode(struct span text, struct bytes *into)
{
	enum lh_err err = LH_OK;

	for (size_t i = 0; i < text.len && err == LH_OK; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		if (c == '%') {
			if (!read_escape(text, i, &c))
				return LH_ERR_FORMAT;
			i += 2;
		}
		err = append_char(into, (char)c);
	}
	return err;
}

static bool
segment_is_ambiguous(struct span segment)
{
	return span_equal(segment, SPAN_LITERAL(".")) ||
	    span_equal(segment, SPAN_LITERAL("..")) ||
	    has_bad_escape(segment);
}

/* Malformed, or of a byte that would be structure if it were decoded. */
static bool
has_bad_escape(struct span segment)
{
	for (size_t i = 0; i < segment.len; i++) {
		unsigned char c;

		if (segment.ptr[i] != '%')
			continue;
		if (!read_escape(segment, i, &c))
			return true;
		if (c == '/' || c == '.' || c == '\0' || c == '\\')
			return true;
		i += 2;
	}
	return false;
}

static bool
read_escape(struct span text, size_t at, unsigned char *out)
{
	int high, low;

	if (text.len - at < 3)
		return false;
	high = parse_hex_digit(text.ptr[at + 1]);
	low = parse_hex_digit(text.ptr[at + 2]);
	if (high < 0 || low < 0)
		return false;
	*out = (unsigned char)(high << 4 | low);
	return true;
}

static bool
is_unreserved(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
	    c == '~';
}

/* Equal names stay in the order they came, which is that of their addresses:
 * all pairs lie in one text. */
static int
by_name(const void *a, const void *b)
{
	struct span x = ((const struct pair *)a)->name;
	struct span y = ((const struct pair *)b)->name;
	size_t len = x.len < y.len ? x.len : y.len;
	int order = len == 0 ? 0 : memcmp(x.ptr, y.ptr, len);

	if (order == 0 && x.len != y.len)
		order = x.len < y.len ? -1 : 1;
	if (order == 0)
		order = x.ptr < y.ptr ? -1 : x.ptr > y.ptr;
	return order;
}

static enum lh_err
append_char(struct bytes *into, char c)
{
	return bytes_append(into, &c, 1);
}
