/*
 * http_head - see http_head.h. One allocation: the struct, its fields, their
 * texts.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "http/http_head.h"

#include <string.h>

#include "base/secret_alloc.h"

struct http_kept_head {
	struct http_head head;
	struct http_field fields[];
};

static size_t
text_bytes(struct http_fields fields)
{
	size_t sum = 0;

	for (size_t i = 0; i < fields.count; i++)
		sum += fields.list[i].name.len + fields.list[i].value.len;
	return sum;
}

static struct span
copy_text(struct span text, char **to)
{
	struct span copy = { *to, text.len };

	if (text.len > 0)
		memcpy(*to, text.ptr, text.len);
	*to += text.len;
	return copy;
}

struct http_kept_head *
http_head_keep(const struct http_head *head)
{
	struct http_fields from = head->fields;
	size_t fixed = sizeof(struct http_kept_head) +
	    from.count * sizeof(struct http_field);
	struct http_kept_head *kept = secret_malloc(fixed + text_bytes(from));
	char *to = (char *)kept + fixed;

	if (kept == NULL)
		return NULL;
	kept->head = *head;
	kept->head.fields.list = kept->fields;
	for (size_t i = 0; i < from.count; i++) {
		kept->fields[i].name = copy_text(from.list[i].name, &to);
		kept->fields[i].value = copy_text(from.list[i].value, &to);
	}
	return kept;
}

void
http_head_free(struct http_kept_head *kept)
{
	secret_free(kept);
}

const struct http_head *
http_head_lend(const struct http_kept_head *kept)
{
	return &kept->head;
}
