/*
 * config_tree - the nodes: their end, and what a number among them is worth.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config_tree.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/secret_alloc.h"

void
config_tree_free(struct config_node *root)
{
	struct config_node *child, *next;

	if (root == NULL)
		return;
	for (child = root->first; child != NULL; child = next) {
		next = child->next;
		config_tree_free(child);
	}
	free(root->key);
	secret_free(root->text);
	free(root);
}

bool
config_node_integer(const struct config_node *node, int64_t *out)
{
	const char *text = node->text;
	char *end;
	intmax_t value;

	if (node->kind != CONFIG_NUMBER && node->kind != CONFIG_TEXT)
		return false;
	if (text[text[0] == '-'] < '0' || text[text[0] == '-'] > '9')
		return false;
	errno = 0;
	value = strtoimax(text, &end, 0);
	if (errno != 0 || *end != '\0' || value > INT64_MAX ||
	    value < INT64_MIN)
		return false;
	*out = value;
	return true;
}

const char *
config_kind_name(enum config_kind kind)
{
	static const char *const names[] = { "text", "a number",
	    "true or false", "null", "a list", "a block" };

	return names[kind];
}
