/*
 * test_syntax - HCL and JSON to a tree: what is read, what is refused, where.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/config.h"
#include "../../../src/config/config_tree.h"

/* A tree as text: {key:value ...} [a b] "text" 12 true null; labels as #. */
static void
write_tree(FILE *to, const struct config_node *node)
{
	const struct config_node *child;
	const char *mark = "";

	if (node->key != NULL)
		fprintf(to, "%s%s:", node->is_label ? "#" : "", node->key);
	switch (node->kind) {
	case CONFIG_TEXT:
		fprintf(to, "\"%s\"", node->text);
		return;
	case CONFIG_NUMBER:
	case CONFIG_BOOL:
		fputs(node->text, to);
		return;
	case CONFIG_NULL:
		fputs("null", to);
		return;
	case CONFIG_LIST:
	case CONFIG_OBJECT:
		break;
	}
	fputc(node->kind == CONFIG_LIST ? '[' : '{', to);
	for (child = node->first; child != NULL; child = child->next) {
		fputs(mark, to);
		write_tree(to, child);
		mark = " ";
	}
	fputc(node->kind == CONFIG_LIST ? ']' : '}', to);
}

static void
expect_tree(const char *text, const char *expected)
{
	struct config_node *root = NULL;
	struct lh_cause cause = { "" };
	unsigned line = 0;
	char *shown = NULL;
	size_t size;
	FILE *to;

	if (config_tree_read(span_of(text), &root, &line, &cause) != LH_OK)
		fail_msg("%s\n: line %u: %s", text, line, cause.text);
	to = open_memstream(&shown, &size);
	write_tree(to, root);
	fclose(to);
	assert_string_equal(shown, expected);
	free(shown);
	config_tree_free(root);
}

static void
expect_refusal_of(struct span text, unsigned line, const char *part)
{
	struct config_node *root = NULL;
	struct lh_cause cause = { "" };
	unsigned at = 0;

	assert_int_equal(config_tree_read(text, &root, &at, &cause),
	    LH_ERR_FORMAT);
	assert_null(root);
	if (strstr(cause.text, part) == NULL)
		fail_msg("wanted \"%s\", got \"%s\"", part, cause.text);
	assert_int_equal(at, line);
}

static void
expect_refusal(const char *text, unsigned line, const char *part)
{
	expect_refusal_of(span_of(text), line, part);
}

static void
assignments_and_blocks_are_read(void **state)
{
	expect_tree("", "{}");
	expect_tree("a = 1\nb = \"x\"\nc = true\n", "{a:1 b:\"x\" c:true}");
	expect_tree("a { b = 1 }", "{a:{b:1}}");
	expect_tree("a = { b = 1 }", "{a:{b:1}}");
	expect_tree("a { b { c { } } }", "{a:{b:{c:{}}}}");
	expect_tree("\"quoted key\" = 1", "{quoted key:1}");
	expect_tree("a.b-c_d = 1", "{a.b-c_d:1}");
	expect_tree("a = { b = 1, c = 2, }", "{a:{b:1 c:2}}");
}

static void
labels_are_objects_around_the_block(void **state)
{
	expect_tree("a \"l\" { b = 1 }", "{a:{#l:{b:1}}}");
	expect_tree("a \"l\" \"m\" { }", "{a:{#l:{#m:{}}}}");
	expect_tree("a l { }", "{a:{#l:{}}}");
	expect_tree("a {}\na {}", "{a:{} a:{}}");
}

static void
comments_are_blanks(void **state)
{
	expect_tree("# one\n// two\n/* three\n * four */ a = 1 # five",
	    "{a:1}");
	expect_tree("a = [ 1, # one\n 2 /* two */ ]", "{a:[1 2]}");
	expect_refusal("a = 1\n/* b", 2, "a comment without end");
	expect_refusal("/", 1, "a lone /");
}

static void
text_of_hcl_knows_escapes(void **state)
{
	expect_tree("a = \"\\a\\b\\f\\n\\r\\t\\v\\\\\\\"\"",
	    "{a:\"\a\b\f\n\r\t\v\\\"\"}");
	expect_tree("a = \"\\101\\x42\\u0043\\U00000044\"", "{a:\"ABCD\"}");
	expect_tree("a = \"\\u00e9\\u20ac\\U0001f600\"",
	    "{a:\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"}");
	expect_refusal("a = \"\\q\"", 1, "unknown escape");
	expect_refusal("a = \"\\000\"", 1, "a NUL in text");
	expect_refusal("a = \"\\x0\"", 1, "\\x needs 2 hexadecimal digits");
	expect_refusal("a = \"\\ud800\"", 1, "no such character");
	expect_refusal("a = \"\\U00110000\"", 1, "no such character");
	expect_refusal("a = \"\\777\"", 1, "above 377");
	expect_refusal("a = \"\\18\"", 1, "three digits");
	expect_refusal("\na = \"x", 2, "text that does not end");
	expect_refusal("a = \"x\n\"", 1, "a line ends within text");
}

static void
interpolation_is_kept_byte_for_byte(void **state)
{
	expect_tree("a = \"x${ f(\"y\\n\") }z\"",
	    "{a:\"x${ f(\"y\\n\") }z\"}");
	expect_tree("a = \"${{\n}}\"\nb = 1", "{a:\"${{\n}}\" b:1}");
	expect_tree("a = \"$x\"", "{a:\"$x\"}");
	expect_refusal("a = \"${x\"", 1, "${ without its brace");
}

static void
heredocs_are_read(void **state)
{
	expect_tree("a = <<EOF\none\n  two \\n\nEOF\nb = 1",
	    "{a:\"one\n  two \\n\n\" b:1}");
	expect_tree("a = <<EOF\nEOF\n", "{a:\"\"}");
	expect_tree("a = <<EOF\none\n   EOF\n", "{a:\"one\n\"}");
	expect_tree("a = <<EOF\r\none\r\nEOF\r\nb = 1",
	    "{a:\"one\n\" b:1}");
	expect_tree("a = <<-EOF\n    one\n      two\n    EOF\n",
	    "{a:\"one\n  two\n\"}");
	expect_tree("a = <<-EOF\n  one\n    two\n    EOF\n",
	    "{a:\"  one\n    two\n\"}");
	expect_tree("a = [<<EOF\none\nEOF\n, 2]", "{a:[\"one\n\" 2]}");
	expect_refusal("a = <<EOF\none\n", 1, "without its end \"EOF\"");
	expect_refusal("a = <<\none\n", 1, "a heredoc needs a short name");
	expect_refusal("a = <<EOF", 1, "a heredoc without end");
}

static void
numbers_keep_their_text(void **state)
{
	expect_tree("a = [0, -1, 0644, 0x1f, 1.5, 1e3, 1.5E-3]",
	    "{a:[0 -1 0644 0x1f 1.5 1e3 1.5E-3]}");
	expect_refusal("a = 08", 1, "not a number: 08");
	expect_refusal("a = 1.", 1, "not a number");
	expect_refusal("a = 1e", 1, "not a number");
	expect_refusal("a = -", 1, "not a number");
	expect_refusal("a = 0x", 1, "not a number");
	expect_refusal("a = 10s", 1, "not a number: 10s");
}

static void
lists_allow_a_last_comma_and_objects_without(void **state)
{
	expect_tree("a = []", "{a:[]}");
	expect_tree("a = [1, \"b\", true, [2],]", "{a:[1 \"b\" true [2]]}");
	expect_tree("a = [{ b = 1 } { c = 2 }, { }]", "{a:[{b:1} {c:2} {}]}");
	expect_refusal("a = [1 2]", 1, "a comma or ] is missing");
	expect_refusal("a = [1", 1, "a comma or ] is missing");
	expect_refusal("a = [,]", 1, "a value should stand here");
}

static void
json_is_known_by_its_brace(void **state)
{
	expect_tree(" \n{\"a\": 1, \"b\": [true, null, \"x\"], \"c\": {}}\n",
	    "{a:1 b:[true null \"x\"] c:{}}");
	expect_tree("{}", "{}");
	expect_tree("{\"a\": \"\\u00e9\\ud83d\\ude00\\/\"}",
	    "{a:\"\xc3\xa9\xf0\x9f\x98\x80/\"}");
	expect_tree("{\"a\": \"${x\"}", "{a:\"${x\"}");
}

static void
json_is_read_strictly_but_for_a_last_comma(void **state)
{
	expect_refusal("{\"a\" = 1}", 1, "\"a\" needs a colon");
	expect_refusal("{a: 1}", 1, "a key should stand here");
	expect_tree("{\"a\": [1,], \"b\": 2,}", "{a:[1] b:2}");
	expect_refusal("{\"a\": 1 \"b\": 2}", 1, "a comma or } is missing");
	expect_refusal("{\"a\": 1,,}", 1, "a key should stand here");
	expect_refusal("{,}", 1, "a key should stand here");
	expect_refusal("{\"a\": 01}", 1, "not a number");
	expect_refusal("{\"a\": 0x1}", 1, "not a number");
	expect_refusal("{\"a\": \"\\x41\"}", 1, "unknown escape");
	expect_refusal("{\"a\": \"\\ud83d\"}", 1, "half a surrogate pair");
	expect_refusal("{\"a\": \"\t\"}", 1, "a line ends within text");
	expect_refusal("{\"a\": <<EOF\nEOF\n}", 1, "a value should stand");
	expect_refusal("{\n}\nx", 3, "something follows");
	expect_refusal("{\n\"a\": 1\n", 3, "a closing brace is missing");
	expect_refusal("{ # no\n}", 1, "JSON has no comments");
}

static void
hcl_refuses_what_is_no_statement(void **state)
{
	expect_refusal("a", 1, "\"a\" needs = and a value");
	expect_refusal("\na b = 1", 2, "with a label needs a block");
	expect_refusal("a = b", 1, "b is no value");
	expect_refusal("a =", 1, "a value should stand here");
	expect_refusal("= 1", 1, "a key should stand here");
	expect_refusal("a = 1\n}", 2, "a key should stand here");
	expect_refusal("a {\n\n", 3, "(opened on line 1)");
	expect_refusal_of((struct span){ "a = 1\n\0b = 2", 12 }, 2, "a NUL");
	expect_refusal_of((struct span){ "a = \"\0\"", 7 }, 1, "a NUL");
}

static void
each_value_has_the_line_of_its_key(void **state)
{
	struct config_node *root;
	struct config_node *node;
	struct lh_cause cause;
	unsigned line;

	assert_int_equal(config_tree_read(span_of("a = 1\n\nb {\n  c = <<E\n"
	    "x\nE\n  d =\n  2\n}\n"), &root, &line, &cause), LH_OK);
	assert_int_equal(root->first->line, 1);
	node = root->first->next;
	assert_int_equal(node->line, 3);
	assert_int_equal(node->first->line, 4);
	assert_int_equal(node->first->next->line, 7);
	config_tree_free(root);
}

static void
nesting_has_a_limit(void **state)
{
	char text[2 * CONFIG_MAX_DEPTH + 16];
	size_t depth;

	for (depth = CONFIG_MAX_DEPTH; depth <= CONFIG_MAX_DEPTH + 1;
	    depth++) {
		memcpy(text, "a=", 2);
		memset(text + 2, '[', depth);
		memset(text + 2 + depth, ']', depth);
		text[2 + 2 * depth] = '\0';
		if (depth > CONFIG_MAX_DEPTH) {
			expect_refusal(text, 1, "nested more than");
		} else {
			struct config_node *root;
			struct lh_cause cause;
			unsigned line;

			assert_int_equal(config_tree_read(span_of(text),
			    &root, &line, &cause), LH_OK);
			config_tree_free(root);
		}
	}
	expect_refusal("a a a a a a a a a a a a a a a a a a a a a a a a a a "
	    "a a a a a a a a a a {}", 1, "nested more than");
}

static void
values_have_a_limit(void **state)
{
	size_t len = 2 * CONFIG_MAX_NODES + 8;
	char *text = malloc(len);
	size_t i;

	assert_non_null(text);
	memcpy(text, "a=[ ", 4);
	for (i = 4; i < len; i += 2)
		memcpy(text + i, "1,", 2);
	expect_refusal_of((struct span){ text, len }, 1, "more than 65536");
	free(text);
}

static void
whole_numbers_have_their_base(void **state)
{
	static const struct {
		const char *text;
		bool ok;
		int64_t value;
	} rows[] = {
		{ "0", true, 0 }, { "-1", true, -1 }, { "0644", true, 420 },
		{ "0x10", true, 16 }, { "9223372036854775807", true,
		    INT64_MAX }, { "9223372036854775808", false, 0 },
		{ "1.5", false, 0 }, { "", false, 0 }, { "-", false, 0 },
		{ " 1", false, 0 }, { "1 ", false, 0 }, { "+1", false, 0 },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[32];
		struct config_node node = { .kind = CONFIG_NUMBER,
		    .text = text };
		int64_t value = 0;

		snprintf(text, sizeof(text), "%s", rows[i].text);
		assert_int_equal(config_node_integer(&node, &value),
		    rows[i].ok);
		assert_true(value == rows[i].value);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(assignments_and_blocks_are_read),
		cmocka_unit_test(labels_are_objects_around_the_block),
		cmocka_unit_test(comments_are_blanks),
		cmocka_unit_test(text_of_hcl_knows_escapes),
		cmocka_unit_test(interpolation_is_kept_byte_for_byte),
		cmocka_unit_test(heredocs_are_read),
		cmocka_unit_test(numbers_keep_their_text),
		cmocka_unit_test(lists_allow_a_last_comma_and_objects_without),
		cmocka_unit_test(json_is_known_by_its_brace),
		cmocka_unit_test(json_is_read_strictly_but_for_a_last_comma),
		cmocka_unit_test(hcl_refuses_what_is_no_statement),
		cmocka_unit_test(each_value_has_the_line_of_its_key),
		cmocka_unit_test(nesting_has_a_limit),
		cmocka_unit_test(values_have_a_limit),
		cmocka_unit_test(whole_numbers_have_their_base),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
