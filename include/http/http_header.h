/*
 * http_header - header fields as lent lists of name and value.
 *
 * Never:      copies: the spans live as long as the message they came from.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_HTTP_HTTP_HEADER_H
#define LH_HTTP_HTTP_HEADER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/lh_err.h"
#include "base/span.h"

struct http_field {
	struct span name;
	struct span value;	/* without blanks around it */
};

struct http_fields {
	const struct http_field *list;
	size_t count;
};

#define HTTP_FIELDS_NONE ((struct http_fields){ NULL, 0 })

/* The first field of that name (case folded), or NULL. */
const struct http_field *http_fields_find(struct http_fields fields,
    struct span name);
/* Its value, or SPAN_NONE (ptr NULL) when there is none. */
struct span http_fields_value(struct http_fields fields, struct span name);
size_t http_fields_count(struct http_fields fields, struct span name);

/* Belongs to the connection and not to the message: the set of RFC 9110
 * 7.6.1 and whatever a Connection field of these fields names. */
bool http_field_is_hop_by_hop(struct http_fields fields, struct span name);
/* Does a comma list (Connection, Cache-Control ...) in any field of that name
 * hold token, case folded? Arguments after '=' do not count. */
bool http_fields_list_has(struct http_fields fields, struct span name,
    struct span token);

/* The list and all it points to in one block, which begins with the list and
 * which secret_free() frees, since a field may hold a secret. LH_ERR_LIMIT: no
 * memory. */
enum lh_err http_fields_copy(struct http_fields fields,
    struct http_fields *copy_out, void **block_out) LH_MUSTCHECK;

bool http_is_token(struct span text);		/* RFC 9110 5.6.2 */
bool http_is_field_value(struct span text);	/* visible, blank, obs-text */

#endif
