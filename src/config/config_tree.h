/*
 * config_tree - a configuration file as a tree; private to config.
 *
 * HCL and JSON give the same tree: a block is an object, a label of a block is
 * an object of one member around it, a repeated block is a member that comes
 * again. Members keep their order, repeated keys and the text of numbers as
 * written, each with its line: what a JSON library would lose.
 *
 * Owns:       its texts and all nodes below.
 * Invariant:  at most CONFIG_MAX_DEPTH deep, CONFIG_MAX_NODES in all; no text
 *             holds a NUL.
 * Source: behaviour sections 1.1 and 1.2.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_CONFIG_CONFIG_TREE_H
#define LH_CONFIG_CONFIG_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/lh_err.h"
#include "base/span.h"

#define CONFIG_MAX_NODES 65536

enum config_kind {
	CONFIG_TEXT,
	CONFIG_NUMBER,		/* text is as written: "0644", "1e3" */
	CONFIG_BOOL,		/* text is "true" or "false" */
	CONFIG_NULL,		/* JSON only */
	CONFIG_LIST,
	CONFIG_OBJECT
};

struct config_node {
	enum config_kind kind;
	unsigned line;		/* of its key; in a list, its own */
	bool is_label;		/* stands for a label of HCL */
	char *key;		/* NULL in a list */
	char *text;		/* NULL for lists, objects and null */
	struct config_node *first, *last;	/* children */
	struct config_node *next;
};

/* Reads a whole file. LH_ERR_FORMAT: *line_out is where, cause says what. */
enum lh_err config_tree_read(struct span text, struct config_node **root_out,
    unsigned *line_out, struct lh_cause *cause) LH_MUSTCHECK;
void config_tree_free(struct config_node *root);

/* Of a number, or of text that is one, base by its prefix. False: it is none,
 * or has a fraction, or is out of the range of the type. */
bool config_node_integer(const struct config_node *node, int64_t *out);

const char *config_kind_name(enum config_kind kind);	/* "a list" */

#endif
