/*
 * vault_kept - heads copied into one block, bodies into bytes.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "vault_kept.h"

#include <string.h>

#include "base/secret_alloc.h"

enum lh_err
vault_kept_init(struct vault_kept *kept, const struct http_head *head,
    size_t max_body)
{
	struct http_fields fields;
	enum lh_err err;

	err = http_fields_copy(head->fields, &fields, &kept->block);
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
