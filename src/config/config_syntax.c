/*
 * config_syntax - HCL version 1 and JSON to a tree; the only file that knows
 * which of both it reads.
 *
 * One recursive descent for both: they differ in how a key is tied to its
 * value, in comments and labels, and in how strict commas are. A file is JSON
 * when its first byte that is no blank is a brace; a comma before a closing
 * one is taken, as the incumbents take it. The first mistake ends the reading:
 * what follows it would be guesswork.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config_reader.h"
#include "config_tree.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/xalloc.h"
#include "config/config.h"

#define END '\0'	/* where an object of no braces ends */

static enum lh_err read_members(struct config_reader *reader,
    struct config_node *object, char closing);
static enum lh_err read_member(struct config_reader *reader,
    struct config_node *object);
static enum lh_err read_key(struct config_reader *reader, char **key_out);
static enum lh_err read_labels(struct config_reader *reader,
    struct config_node **inmost);
static enum lh_err read_binding(struct config_reader *reader,
    struct config_node *outer, struct config_node *node);
static enum lh_err read_value(struct config_reader *reader,
    struct config_node *node);
static enum lh_err read_object(struct config_reader *reader,
    struct config_node *node);
static enum lh_err read_list(struct config_reader *reader,
    struct config_node *list);
static enum lh_err read_comma(struct config_reader *reader,
    const struct config_node *list);
static enum lh_err read_scalar(struct config_reader *reader,
    struct config_node *node);
static enum lh_err read_word(struct config_reader *reader,
    struct config_node *node);
static enum lh_err add_child(struct config_reader *reader,
    struct config_node *parent, struct config_node **child_out);
static enum lh_err enter(struct config_reader *reader);
static enum lh_err skip_blanks(struct config_reader *reader);
static enum lh_err skip_comment(struct config_reader *reader);
static size_t word_length(const struct config_reader *reader);

enum lh_err
config_tree_read(struct span text, struct config_node **root_out,
    unsigned *line_out, struct lh_cause *cause)
{
	struct config_reader reader = { text.ptr, text.ptr + text.len, 1,
	    CONFIG_SYNTAX_HCL, 0, 0, 0, cause };
	struct config_node *root = xcalloc(1, sizeof(*root));
	enum lh_err err;

	root->kind = CONFIG_OBJECT;
	root->line = 1;
	if (span_starts(span_trim(text), SPAN_LITERAL("{")))
		reader.syntax = CONFIG_SYNTAX_JSON;
	err = skip_blanks(&reader);
	if (err == LH_OK && reader.syntax == CONFIG_SYNTAX_JSON)
		err = read_object(&reader, root);
	else if (err == LH_OK)
		err = read_members(&reader, root, END);
	if (err == LH_OK)
		err = skip_blanks(&reader);
	if (err == LH_OK && reader.at != reader.end)
		err = config_reader_fail(&reader,
		    "something follows the closing brace");
	if (err != LH_OK) {
		*line_out = reader.bad_line;
		config_tree_free(root);
		return err;
	}
	*root_out = root;
	return LH_OK;
}

char
config_reader_peek(const struct config_reader *reader, size_t ahead)
{
	if (ahead >= (size_t)(reader->end - reader->at))
		return '\0';
	return reader->at[ahead];
}

enum lh_err
config_reader_fail(struct config_reader *reader, const char *format, ...)
{
	char text[LH_CAUSE_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	lh_cause_set(reader->cause, "%s", text);
	reader->bad_line = reader->line;
	return LH_ERR_FORMAT;
}

static enum lh_err
read_members(struct config_reader *reader, struct config_node *object,
    char closing)
{
	bool json = reader->syntax == CONFIG_SYNTAX_JSON;
	enum lh_err err = skip_blanks(reader);

	while (err == LH_OK && config_reader_peek(reader, 0) != closing) {
		if (reader->at == reader->end)
			return config_reader_fail(reader,
			    "a closing brace is missing (opened on line %u)",
			    object->line);
		if (json && object->first != NULL) {
			if (*reader->at != ',')
				return config_reader_fail(reader,
				    "a comma or } is missing");
			reader->at++;
			err = skip_blanks(reader);
			if (err != LH_OK)
				return err;
			if (config_reader_peek(reader, 0) == closing)
				break;
		}
		err = read_member(reader, object);
		if (err == LH_OK)
			err = skip_blanks(reader);
		if (err == LH_OK && !json && closing != END &&
		    config_reader_peek(reader, 0) == ',') {
			reader->at++;
			err = skip_blanks(reader);
		}
	}
	if (err == LH_OK && closing == END && reader->at != reader->end)
		return config_reader_fail(reader, "a NUL byte");
	return err;
}

static enum lh_err
read_member(struct config_reader *reader, struct config_node *object)
{
	struct config_node *node, *inmost;
	enum lh_err err = add_child(reader, object, &node);

	if (err != LH_OK)
		return err;
	err = read_key(reader, &node->key);
	if (err == LH_OK)
		err = skip_blanks(reader);
	inmost = node;
	if (err == LH_OK && reader->syntax == CONFIG_SYNTAX_HCL)
		err = read_labels(reader, &inmost);
	if (err == LH_OK)
		err = read_binding(reader, node, inmost);
	return err;
}

static enum lh_err
read_key(struct config_reader *reader, char **key_out)
{
	struct bytes text;
	enum lh_err err = LH_OK;
	size_t len = word_length(reader);

	bytes_init(&text, CONFIG_MAX_FILE_BYTES);
	if (config_reader_peek(reader, 0) == '"') {
		err = config_literal_quoted(reader, &text);
	} else if (reader->syntax == CONFIG_SYNTAX_HCL && len > 0) {
		err = bytes_append(&text, reader->at, len);
		reader->at += len;
	} else {
		err = config_reader_fail(reader, "a key should stand here");
	}
	if (err == LH_OK)
		*key_out = text.len > 0 ? span_dup(bytes_span(&text))
		    : xstrdup("");
	bytes_release(&text);
	return err;
}

/* Wraps an object around the block for each label. */
static enum lh_err
read_labels(struct config_reader *reader, struct config_node **inmost)
{
	unsigned depth = reader->depth;
	enum lh_err err = LH_OK;

	while (err == LH_OK && (config_reader_peek(reader, 0) == '"' ||
	    word_length(reader) > 0)) {
		(*inmost)->kind = CONFIG_OBJECT;
		err = enter(reader);
		if (err == LH_OK)
			err = add_child(reader, *inmost, inmost);
		if (err != LH_OK)
			return err;
		(*inmost)->is_label = true;
		err = read_key(reader, &(*inmost)->key);
		if (err == LH_OK)
			err = skip_blanks(reader);
	}
	reader->depth = depth;
	return err;
}

/* What stands between a key and its value, and the value. */
static enum lh_err
read_binding(struct config_reader *reader, struct config_node *outer,
    struct config_node *node)
{
	char tie = reader->syntax == CONFIG_SYNTAX_JSON ? ':' : '=';
	enum lh_err err;

	if (config_reader_peek(reader, 0) == tie && node == outer) {
		reader->at++;
		err = skip_blanks(reader);
		return err == LH_OK ? read_value(reader, node) : err;
	}
	if (reader->syntax == CONFIG_SYNTAX_HCL &&
	    config_reader_peek(reader, 0) == '{')
		return read_object(reader, node);
	reader->line = outer->line;
	if (reader->syntax == CONFIG_SYNTAX_JSON)
		return config_reader_fail(reader, "\"%.60s\" needs a colon",
		    outer->key);
	if (node != outer)
		return config_reader_fail(reader,
		    "\"%.60s\" with a label needs a block in braces",
		    outer->key);
	return config_reader_fail(reader,
	    "\"%.60s\" needs = and a value, or a block in braces",
	    outer->key);
}

static enum lh_err
read_value(struct config_reader *reader, struct config_node *node)
{
	switch (config_reader_peek(reader, 0)) {
	case '{':
		return read_object(reader, node);
	case '[':
		return read_list(reader, node);
	default:
		return read_scalar(reader, node);
	}
}

static enum lh_err
read_object(struct config_reader *reader, struct config_node *node)
{
	enum lh_err err = enter(reader);

	if (err != LH_OK)
		return err;
	node->kind = CONFIG_OBJECT;
	reader->at++;
	err = read_members(reader, node, '}');
	if (err != LH_OK)
		return err;
	reader->at++;
	reader->depth--;
	return LH_OK;
}

static enum lh_err
read_list(struct config_reader *reader, struct config_node *list)
{
	struct config_node *child;
	enum lh_err err = enter(reader);

	if (err != LH_OK)
		return err;
	list->kind = CONFIG_LIST;
	reader->at++;
	err = skip_blanks(reader);
	while (err == LH_OK && config_reader_peek(reader, 0) != ']') {
		err = add_child(reader, list, &child);
		if (err == LH_OK)
			err = read_value(reader, child);
		if (err == LH_OK)
			err = skip_blanks(reader);
		if (err == LH_OK)
			err = read_comma(reader, list);
	}
	if (err != LH_OK)
		return err;
	reader->at++;
	reader->depth--;
	return LH_OK;
}

/* A comma may stand before the bracket; HCL needs none between objects. */
static enum lh_err
read_comma(struct config_reader *reader, const struct config_node *list)
{
	char c = config_reader_peek(reader, 0);

	if (c == ',') {
		reader->at++;
		return skip_blanks(reader);
	}
	if (c == ']' || (reader->syntax == CONFIG_SYNTAX_HCL && c == '{' &&
	    list->last->kind == CONFIG_OBJECT))
		return LH_OK;
	return config_reader_fail(reader,
	    "a comma or ] is missing in the list (opened on line %u)",
	    list->line);
}

static enum lh_err
read_scalar(struct config_reader *reader, struct config_node *node)
{
	bool hcl = reader->syntax == CONFIG_SYNTAX_HCL;
	char c = config_reader_peek(reader, 0);
	struct bytes text;
	enum lh_err err;

	bytes_init(&text, CONFIG_MAX_FILE_BYTES);
	if (c == '"') {
		err = config_literal_quoted(reader, &text);
	} else if (hcl && c == '<' && config_reader_peek(reader, 1) == '<') {
		err = config_literal_heredoc(reader, &text);
	} else if (c == '-' || (c >= '0' && c <= '9')) {
		node->kind = CONFIG_NUMBER;
		err = config_literal_number(reader, &text);
	} else {
		return read_word(reader, node);
	}
	if (err == LH_OK)
		node->text = text.len > 0 ? span_dup(bytes_span(&text))
		    : xstrdup("");
	bytes_release(&text);
	return err;
}

static enum lh_err
read_word(struct config_reader *reader, struct config_node *node)
{
	struct span word = { reader->at, word_length(reader) };

	if (span_equal(word, SPAN_LITERAL("true")) ||
	    span_equal(word, SPAN_LITERAL("false"))) {
		node->kind = CONFIG_BOOL;
		node->text = span_dup(word);
	} else if (reader->syntax == CONFIG_SYNTAX_JSON &&
	    span_equal(word, SPAN_LITERAL("null"))) {
		node->kind = CONFIG_NULL;
	} else if (word.len > 0) {
		return config_reader_fail(reader,
		    "%.*s is no value; text stands in double quotes",
		    (int)(word.len < 60 ? word.len : 60), word.ptr);
	} else {
		return config_reader_fail(reader,
		    "a value should stand here");
	}
	reader->at += word.len;
	return LH_OK;
}

static enum lh_err
add_child(struct config_reader *reader, struct config_node *parent,
    struct config_node **child_out)
{
	struct config_node *child;

	if (++reader->nodes > CONFIG_MAX_NODES)
		return config_reader_fail(reader,
		    "more than %d values in a file", CONFIG_MAX_NODES);
	child = xcalloc(1, sizeof(*child));
	child->line = reader->line;
	if (parent->first == NULL)
		parent->first = child;
	else
		parent->last->next = child;
	parent->last = child;
	*child_out = child;
	return LH_OK;
}

static enum lh_err
enter(struct config_reader *reader)
{
	if (++reader->depth > CONFIG_MAX_DEPTH)
		return config_reader_fail(reader,
		    "nested more than %d deep", CONFIG_MAX_DEPTH);
	return LH_OK;
}

/* And comments, which only HCL has. */
static enum lh_err
skip_blanks(struct config_reader *reader)
{
	enum lh_err err = LH_OK;

	while (err == LH_OK && reader->at < reader->end) {
		switch (*reader->at) {
		case '\n':
			reader->line++;
			/* FALLTHROUGH */
		case ' ':
		case '\t':
		case '\r':
			reader->at++;
			break;
		case '#':
		case '/':
			if (reader->syntax == CONFIG_SYNTAX_JSON)
				return config_reader_fail(reader,
				    "JSON has no comments");
			err = skip_comment(reader);
			break;
		default:
			return LH_OK;
		}
	}
	return err;
}

static enum lh_err
skip_comment(struct config_reader *reader)
{
	char second = config_reader_peek(reader, 1);
	unsigned opened = reader->line;

	if (*reader->at == '#' || second == '/') {
		while (reader->at < reader->end && *reader->at != '\n')
			reader->at++;
		return LH_OK;
	}
	if (second != '*')
		return config_reader_fail(reader, "a lone /");
	for (reader->at += 2; reader->at < reader->end; reader->at++) {
		if (*reader->at == '*' &&
		    config_reader_peek(reader, 1) == '/') {
			reader->at += 2;
			return LH_OK;
		}
		if (*reader->at == '\n')
			reader->line++;
	}
	return config_reader_fail(reader,
	    "a comment without end (opened on line %u)", opened);
}

static size_t
word_length(const struct config_reader *reader)
{
	size_t len = 0;
	char c;

	for (;;) {
		c = config_reader_peek(reader, len);
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    c == '_' || (len > 0 && ((c >= '0' && c <= '9') ||
		    c == '-' || c == '.'))))
			return len;
		len++;
	}
}
