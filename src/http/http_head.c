/*
 * http_head - see http_head.h.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "http/http_head.h"

#include "base/secret_alloc.h"

struct http_kept_head {
	struct http_head head;
	void *block;		/* what its fields point into */
};

struct http_kept_head *
http_head_keep(const struct http_head *head)
{
	struct http_kept_head *kept = secret_calloc(1, sizeof(*kept));

	if (kept == NULL)
		return NULL;
	kept->head = *head;
	if (http_fields_copy(head->fields, &kept->head.fields,
	    &kept->block) != LH_OK) {
		secret_free(kept);
		return NULL;
	}
	return kept;
}

void
http_head_free(struct http_kept_head *kept)
{
	if (kept == NULL)
		return;
	secret_free(kept->block);
	secret_free(kept);
}

const struct http_head *
http_head_lend(const struct http_kept_head *kept)
{
	return &kept->head;
}
