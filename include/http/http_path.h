/*
 * http_path - paths and queries in a form that can be compared; pure.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_HTTP_HTTP_PATH_H
#define LH_HTTP_HTTP_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/lh_err.h"
#include "base/span.h"

/* Could a reader of the path see another path than we do? True for dot
 * segments, empty segments inside, encoded slashes, dots or NUL, bad escapes:
 * rules and routes never match such a path. */
bool http_path_is_ambiguous(struct span path);

/* The path with %XX of unreserved characters decoded and the other escapes in
 * upper case. LH_ERR_FORMAT: bad escape. LH_ERR_LIMIT: into is full. */
enum lh_err http_path_normalise(struct span path, struct bytes *into)
    LH_MUSTCHECK;

#define HTTP_QUERY_MAX_PAIRS 256

/* The pairs in sorted order (bytewise, stable for equal names), joined by
 * '&'. LH_ERR_LIMIT: too many pairs or into is full. */
enum lh_err http_query_sort(struct span query, struct bytes *into)
    LH_MUSTCHECK;
/* The raw value of the first pair of that name; ptr NULL if there is none. */
struct span http_query_value(struct span query, struct span name);

/* Decodes %XX. LH_ERR_FORMAT: bad escape. */
enum lh_err http_percent_decode(struct span text, struct bytes *into)
    LH_MUSTCHECK;

#endif
