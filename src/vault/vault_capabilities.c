/*
 * vault_capabilities - what a token may do on paths.
 *
 * The lists stand in data, under the paths as they were asked for.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "vault/vault_capabilities.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/secret_alloc.h"
#include "base/xalloc.h"
#include "vault_json.h"

struct vault_capabilities {
	json_t *root;
};

static bool holds(const json_t *list, const char *word);

struct secret *
vault_capabilities_body(const struct span *paths, size_t count)
{
	json_t *list = json_array();
	struct secret *body = NULL;
	char *text = NULL;
	json_t *root;
	size_t len;

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list,
		    json_stringn(paths[i].ptr, paths[i].len));
	root = json_pack("{s:o}", "paths", list);
	len = json_dumpb(root, NULL, 0, JSON_COMPACT);
	if (len > 0)
		text = secret_malloc(len);
	if (text != NULL && json_dumpb(root, text, len, JSON_COMPACT) == len)
		body = secret_new_bulk((struct span){ text, len });
	json_decref(root);
	secret_free(text);
	return body;
}

enum lh_err
vault_capabilities_read(struct span body, struct vault_capabilities **out)
{
	enum lh_err err = vault_json_check(body);
	json_t *root;

	if (err != LH_OK)
		return err;
	root = json_loadb(body.ptr, body.len,
	    JSON_DECODE_INT_AS_REAL | JSON_ALLOW_NUL, NULL);
	if (!json_is_object(json_object_get(root, "data"))) {
		json_decref(root);
		return LH_ERR_FORMAT;
	}
	*out = xcalloc(1, sizeof(**out));
	(*out)->root = root;
	return LH_OK;
}

void
vault_capabilities_free(struct vault_capabilities *capabilities)
{
	if (capabilities == NULL)
		return;
	json_decref(capabilities->root);
	free(capabilities);
}

bool
vault_capabilities_has(const struct vault_capabilities *capabilities,
    struct span path, const char *word)
{
	const json_t *data = json_object_get(capabilities->root, "data");
	char *key = span_dup(path);
	const json_t *list = json_object_get(data, key);
	bool has = holds(list, word) || holds(list, "root");

	free(key);
	return has;
}

static bool
holds(const json_t *list, const char *word)
{
	const char *text;

	for (size_t i = 0; i < json_array_size(list); i++) {
		text = json_string_value(json_array_get(list, i));
		if (text != NULL && strcmp(text, word) == 0)
			return true;
	}
	return false;
}
