/*
 * fuzz_config - any bytes as a configuration file.
 *
 * Holds: the tree keeps its bounds, and no text in it holds a NUL; a file that
 * is refused is refused on one of its lines, with a reason; what is read into
 * the options and printed reads back to the same print.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <stdint.h>
#include <string.h>

#include "../../src/config/config_state.h"
#include "base/lh_assert.h"

#define MAX_BYTES 65536
#define MAX_PRINT (8 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static size_t
check_node(const struct config_node *node, unsigned depth, unsigned lines)
{
	const struct config_node *child;
	size_t count = 1;

	lh_assert(depth <= CONFIG_MAX_DEPTH + 1);
	lh_assert(node->line >= 1 && node->line <= lines);
	lh_assert((node->text != NULL) == (node->kind == CONFIG_TEXT ||
	    node->kind == CONFIG_NUMBER || node->kind == CONFIG_BOOL));
	for (child = node->first; child != NULL; child = child->next) {
		lh_assert((child->key != NULL) ==
		    (node->kind == CONFIG_OBJECT));
		count += check_node(child, depth + 1, lines);
	}
	return count;
}

static const char *
no_variables(const char *name)
{
	return NULL;
}

/* NULL: it was refused. */
static struct config_state *
load(const struct config_node *root)
{
	static const struct config_flags no_flags;
	struct config_notes notes;
	struct config_state *state;

	config_notes_init(&notes);
	state = config_state_new(&notes);
	config_block_read_file(state, "fuzz", root);
	config_environ_apply(state, &no_flags, no_variables);
	config_check(state);
	if (notes.errors > 0) {
		lh_assert(notes.text.len > 0);
		config_state_free(state);
		state = NULL;
	}
	config_notes_release(&notes);
	return state;
}

static void
print_and_read(const struct config_state *state, struct bytes *print)
{
	struct config_state *again;
	struct config_node *root;
	struct lh_cause cause;
	struct bytes second;
	unsigned line;

	lh_assert(config_dump(&state->config, print) == LH_OK);
	lh_assert(config_tree_read(bytes_span(print), &root, &line,
	    &cause) == LH_OK);
	again = load(root);
	lh_assert(again != NULL);
	config_tree_free(root);
	bytes_init(&second, MAX_PRINT);
	lh_assert(config_dump(&again->config, &second) == LH_OK);
	lh_assert(span_equal(bytes_span(print), bytes_span(&second)));
	bytes_release(&second);
	config_state_free(again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct span text = { (const char *)data, len };
	struct config_state *state;
	struct lh_cause cause = { "" };
	struct config_node *root;
	struct bytes print;
	unsigned lines = 1, line = 0;
	size_t i;

	if (len > MAX_BYTES)
		return 0;
	for (i = 0; i < len; i++)
		lines += data[i] == '\n';
	if (config_tree_read(text, &root, &line, &cause) != LH_OK) {
		lh_assert(line >= 1 && line <= lines && cause.text[0] != 0);
		return 0;
	}
	lh_assert(check_node(root, 0, lines) <= CONFIG_MAX_NODES + 1);
	state = load(root);
	config_tree_free(root);
	if (state == NULL)
		return 0;
	bytes_init(&print, MAX_PRINT);
	print_and_read(state, &print);
	bytes_release(&print);
	config_state_free(state);
	return 0;
}
