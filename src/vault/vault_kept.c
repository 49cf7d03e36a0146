/*
 * vault_kept - heads copied into one block, bodies into bytes.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "vault_kept.h"

#include <string.h>

#include "base/secret_alloc.h"

static struct span copy_text(char **at, struct span text);

enum lh_err
vault_kept_copy_fields(struct http_fields fields,
    struct http_fields *copy_out, char **block_out)
{
	size_t size = fields.count * sizeof(struct http_field), i;
	struct http_field *list;
	char *block, *at;

	for (i = 0; i < fields.count; i++)
		size += fields.list[i].name.len + fields.list[i].value.len;
	block = secret_malloc(size + 1);
	if (block == NULL)
		return LH_ERR_LIMIT;
	list = (struct http_field *)(void *)block;
	at = block + fields.count * sizeof(*list);
	for (i = 0; i < fields.count; i++) {
		list[i].name = copy_text(&at, fields.list[i].name);
		list[i].value = copy_text(&at, fields.list[i].value);
	}
	*copy_out = (struct http_fields){ list, fields.count };
	*block_out = block;
	return LH_OK;
}

enum lh_err
vault_kept_init(struct vault_kept *kept, const struct http_head *head,
    size_t max_body)
{
	struct http_fields fields;
	enum lh_err err;

	err = vault_kept_copy_fields(head->fields, &fields, &kept->block);
	if (err != LH_OK)
		return err;
	kept->head = *head;
	kept->head.fields = fields;
	bytes_init(&kept->body, max_body);
	return LH_OK;
}

void
vault_kept_release(struct vault_kept *kept)
{
	secret_free(kept->block);
	bytes_release(&kept->body);
	memset(kept, 0, sizeof(*kept));
}

static struct span
copy_text(char **at, struct span text)
{
	struct span copy = { *at, text.len };

	if (text.len > 0)
		memcpy(*at, text.ptr, text.len);
	*at += text.len;
	return copy;
}
