/*
 * kv_path - what a request asks of a KV engine, and what a write touches.
 *
 * Where the mount ends cannot be seen from a path. So every segment that is a
 * word of KV version 2 is taken for one, whatever stands before it for the
 * mount; and the whole is taken for a secret of version 1 as well. That drops
 * too much at times, never too little. Each word makes further paths, each of
 * which lies in all folders above it: of a path with more words or segments
 * than any secret has nothing is told.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "kv_path.h"

#include <string.h>

#include "base/parse.h"
#include "http/http_path.h"
#include "vault/vault_path.h"

#define ROOM_SIZE (CACHE_KEY_MAX_PATH + 2)
#define MAX_SEGMENTS 64
#define MAX_WORDS 8

static const struct span words[] = {
	{ "data", 4 }, { "metadata", 8 }, { "subkeys", 7 }, { "delete", 6 },
	{ "undelete", 8 }, { "destroy", 7 }
};

#define WORDS (sizeof(words) / sizeof(words[0]))
#define WORDS_READ 3		/* of them, what a GET can name */

struct family {
	kv_path_fn *fn;
	void *arg;
};

static bool read_query(struct kv_path *path, struct span query);
static bool canonical(const struct cache_ask *ask, char room[ROOM_SIZE],
    struct span *out);
static void lay_over(struct bytes *bytes, char *room, size_t size);
static bool is_small_enough(struct span path);
static bool is_word(struct span segment);
static bool is_in_cubbyhole(struct span path);
static void visit_lists(const struct family *family, struct span path,
    size_t from);
static void visit_version_2(const struct family *family, struct span before,
    struct span rest);

bool
kv_path_set(struct kv_path *path, const struct cache_ask *ask)
{
	bool ends_in_slash;

	path->version = 0;
	path->is_list = span_equal(ask->method, SPAN_LITERAL("LIST"));
	if ((!path->is_list &&
	    !span_equal(ask->method, SPAN_LITERAL("GET"))) ||
	    ask->body.len > 0 || !read_query(path, ask->query) ||
	    !canonical(ask, path->room, &path->text))
		return false;
	ends_in_slash = span_ends(path->text, SPAN_LITERAL("/"));
	if (ends_in_slash && !path->is_list)
		return false;
	if (path->is_list && !ends_in_slash)
		path->room[path->text.len++] = '/';
	return path->text.len > 1 && !is_in_cubbyhole(path->text);
}

bool
kv_path_family(const struct cache_ask *ask, kv_path_fn *fn, void *arg)
{
	const struct family family = { fn, arg };
	char room[ROOM_SIZE];
	struct span path, rest, segment;

	if (!canonical(ask, room, &path))
		return false;
	while (span_ends(path, SPAN_LITERAL("/")))
		path.len--;
	if (!is_small_enough(path))
		return false;
	fn(arg, path);
	visit_lists(&family, path, 0);
	rest = path;
	while (rest.len > 0) {
		segment = span_cut(&rest, '/');
		if (is_word(segment) && segment.ptr > path.ptr &&
		    rest.len > 0)
			visit_version_2(&family, (struct span){ path.ptr,
			    (size_t)(segment.ptr - path.ptr) }, rest);
	}
	return true;
}

/* What else a query may hold could change the answer. */
static bool
read_query(struct kv_path *path, struct span query)
{
	struct span value, name;

	while (query.len > 0) {
		value = span_cut(&query, '&');
		name = span_cut(&value, '=');
		if (name.len == 0 && value.len == 0)
			continue;
		if (span_equal(name, SPAN_LITERAL("version"))) {
			if (value.len == 0 || parse_uint(value, INT64_MAX,
			    &path->version) != LH_OK)
				return false;
		} else if (span_equal(name, SPAN_LITERAL("list"))) {
			if (!span_equal(value, SPAN_LITERAL("true")))
				return false;
			path->is_list = true;
		} else {
			return false;
		}
	}
	return true;
}

/* One byte of the room is left over. */
static bool
canonical(const struct cache_ask *ask, char room[ROOM_SIZE],
    struct span *out)
{
	char decoded[ROOM_SIZE];
	struct bytes plain, whole;

	lay_over(&plain, decoded, sizeof(decoded));
	lay_over(&whole, room, ROOM_SIZE - 1);
	if (!span_starts(ask->path, SPAN_LITERAL("/v1/")) ||
	    http_path_is_ambiguous(ask->path) ||
	    http_percent_decode(ask->path, &plain) != LH_OK ||
	    vault_path_join(ask->namespace, bytes_span(&plain), &whole) !=
	    LH_OK)
		return false;
	*out = bytes_span(&whole);
	return true;
}

/* As in cache_key.c: full before it would grow, so never released. */
static void
lay_over(struct bytes *bytes, char *room, size_t size)
{
	*bytes = (struct bytes){
		.data = room, .cap = size - 1, .max = size - 1
	};
}

static bool
is_small_enough(struct span path)
{
	unsigned segments = 0, found = 0;

	for (; path.len > 0; segments++)
		found += is_word(span_cut(&path, '/'));
	return segments <= MAX_SEGMENTS && found <= MAX_WORDS;
}

static bool
is_word(struct span segment)
{
	for (size_t i = 0; i < WORDS; i++)
		if (span_equal(segment, words[i]))
			return true;
	return false;
}

/* One path, and an answer for each token. In front of it may be namespaces,
 * which nothing tells from the mount and folders of a secret. */
static bool
is_in_cubbyhole(struct span path)
{
	while (path.len > 0)
		if (span_equal(span_cut(&path, '/'),
		    SPAN_LITERAL("cubbyhole")))
			return true;
	return false;
}

/* Every folder the path lies in, from that byte on. */
static void
visit_lists(const struct family *family, struct span path, size_t from)
{
	for (size_t i = from; i < path.len; i++)
		if (path.ptr[i] == '/')
			family->fn(family->arg,
			    (struct span){ path.ptr, i + 1 });
}

static void
visit_version_2(const struct family *family, struct span before,
    struct span rest)
{
	char room[ROOM_SIZE + 16];
	struct bytes text;

	for (size_t i = 0; i < WORDS_READ; i++) {
		lay_over(&text, room, sizeof(room));
		if (bytes_append_span(&text, before) != LH_OK ||
		    bytes_append_span(&text, words[i]) != LH_OK ||
		    bytes_append(&text, "/", 1) != LH_OK ||
		    bytes_append_span(&text, rest) != LH_OK)
			continue;
		family->fn(family->arg, bytes_span(&text));
		visit_lists(family, bytes_span(&text), before.len);
	}
}
