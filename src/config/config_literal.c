/*
 * config_literal - quoted text, heredocs and numbers of HCL and JSON.
 *
 * HCL's ${ ... } is carried over byte for byte, quotes and newlines included;
 * nothing is ever put in its place.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config_reader.h"

#include <stdint.h>
#include <string.h>

#include "base/parse.h"
#include "base/span.h"

#define MAX_HEREDOC_ID 64
#define MAX_CODE_POINT 0x10ffff

struct escape {
	char letter;
	char meaning;
};

static const struct escape hcl_escapes[] = {
	{ 'a', '\a' }, { 'b', '\b' }, { 'f', '\f' }, { 'n', '\n' },
	{ 'r', '\r' }, { 't', '\t' }, { 'v', '\v' }, { '\\', '\\' },
	{ '"', '"' }, { 0, 0 }
};

static const struct escape json_escapes[] = {
	{ 'b', '\b' }, { 'f', '\f' }, { 'n', '\n' }, { 'r', '\r' },
	{ 't', '\t' }, { '\\', '\\' }, { '"', '"' }, { '/', '/' }, { 0, 0 }
};

/* What a number, or a word written in place of one, is made of. */
static const char number_bytes[] = "0123456789abcdefghijklmnopqrstuvwxyz"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ_.+-";

/* A heredoc while it is looked at: lines from body up to the terminator. */
struct heredoc {
	struct span id;
	bool may_indent;	/* <<- */
	const char *body;
	const char *terminator;	/* start of its line */
	size_t indent;		/* of the terminator */
};

static enum lh_err read_escape(struct config_reader *reader,
    struct bytes *into);
static enum lh_err read_hex_escape(struct config_reader *reader, char letter,
    struct bytes *into);
static enum lh_err read_octal_escape(struct config_reader *reader,
    struct bytes *into);
static enum lh_err read_surrogate(struct config_reader *reader,
    uint32_t *code);
static enum lh_err copy_interpolation(struct config_reader *reader,
    struct bytes *into);
static enum lh_err append_byte(struct config_reader *reader,
    struct bytes *into, char byte);
static enum lh_err append_code(struct config_reader *reader,
    struct bytes *into, uint32_t code);
static bool take_hex(struct config_reader *reader, unsigned digits,
    uint32_t *out);
static enum lh_err find_terminator(struct config_reader *reader,
    struct heredoc *doc);
static bool is_terminator(const struct heredoc *doc, struct span line,
    size_t *indent);
static bool all_indented(const struct heredoc *doc);
static enum lh_err copy_lines(struct config_reader *reader,
    const struct heredoc *doc, struct bytes *into);
static struct span line_at(const char *at, const char *end);
static size_t count_blanks(struct span line);
static bool is_number(struct span text, enum config_syntax syntax);
static size_t skip_digits(struct span text, size_t at);
static bool is_digits_of(struct span text, unsigned base);

enum lh_err
config_literal_quoted(struct config_reader *reader, struct bytes *into)
{
	enum lh_err err = LH_OK;
	char c;

	reader->at++;
	while (err == LH_OK) {
		if (reader->at == reader->end)
			return config_reader_fail(reader,
			    "text that does not end");
		c = *reader->at;
		if (c == '"') {
			reader->at++;
			return LH_OK;
		}
		if (c == '\n' || (reader->syntax == CONFIG_SYNTAX_JSON &&
		    (unsigned char)c < ' '))
			return config_reader_fail(reader,
			    "a line ends within text; write \\n");
		if (c == '\\')
			err = read_escape(reader, into);
		else if (reader->syntax == CONFIG_SYNTAX_HCL && c == '$' &&
		    config_reader_peek(reader, 1) == '{')
			err = copy_interpolation(reader, into);
		else {
			reader->at++;
			err = append_byte(reader, into, c);
		}
	}
	return err;
}

enum lh_err
config_literal_heredoc(struct config_reader *reader, struct bytes *into)
{
	struct heredoc doc = { .id = SPAN_NONE };
	struct span line;
	enum lh_err err;

	reader->at += 2;
	if (config_reader_peek(reader, 0) == '-') {
		doc.may_indent = true;
		reader->at++;
	}
	line = line_at(reader->at, reader->end);
	doc.id = span_trim(line);
	if (doc.id.len == 0 || doc.id.len > MAX_HEREDOC_ID)
		return config_reader_fail(reader,
		    "a heredoc needs a short name after <<");
	if (line.ptr + line.len == reader->end)
		return config_reader_fail(reader, "a heredoc without end");
	doc.body = line.ptr + line.len + 1;
	err = find_terminator(reader, &doc);
	if (err != LH_OK)
		return err;
	return copy_lines(reader, &doc, into);
}

enum lh_err
config_literal_number(struct config_reader *reader, struct bytes *into)
{
	struct span text = { reader->at, 0 };
	char c;

	for (;;) {
		c = config_reader_peek(reader, text.len);
		if (c == '\0' || strchr(number_bytes, c) == NULL)
			break;
		text.len++;
	}
	if (!is_number(text, reader->syntax))
		return config_reader_fail(reader, 
		    "not a number: %.*s; text stands in double quotes",
		    (int)(text.len < 40 ? text.len : 40), text.ptr);
	reader->at += text.len;
	if (bytes_append_span(into, text) != LH_OK)
		return config_reader_fail(reader, "text too long");
	return LH_OK;
}

static enum lh_err
read_escape(struct config_reader *reader, struct bytes *into)
{
	const struct escape *escape = reader->syntax == CONFIG_SYNTAX_JSON
	    ? json_escapes : hcl_escapes;
	char letter = config_reader_peek(reader, 1);

	if (letter >= '0' && letter <= '7' &&
	    reader->syntax == CONFIG_SYNTAX_HCL)
		return read_octal_escape(reader, into);
	if (letter == 'u' || ((letter == 'x' || letter == 'U') &&
	    reader->syntax == CONFIG_SYNTAX_HCL))
		return read_hex_escape(reader, letter, into);
	for (; escape->letter != 0; escape++) {
		if (escape->letter != letter)
			continue;
		reader->at += 2;
		return append_byte(reader, into, escape->meaning);
	}
	return config_reader_fail(reader, "unknown escape in text");
}

static enum lh_err
read_hex_escape(struct config_reader *reader, char letter, struct bytes *into)
{
	unsigned digits = letter == 'x' ? 2 : letter == 'u' ? 4 : 8;
	enum lh_err err;
	uint32_t code;

	reader->at += 2;
	if (!take_hex(reader, digits, &code))
		return config_reader_fail(reader,
		    "\\%c needs %u hexadecimal digits", letter, digits);
	if (letter == 'x')
		return append_byte(reader, into, (char)code);
	if (reader->syntax == CONFIG_SYNTAX_JSON) {
		err = read_surrogate(reader, &code);
		if (err != LH_OK)
			return err;
	}
	return append_code(reader, into, code);
}

/* JSON writes what lies above U+FFFF as a pair. */
static enum lh_err
read_surrogate(struct config_reader *reader, uint32_t *code)
{
	uint32_t low;

	if (*code < 0xd800 || *code > 0xdbff)
		return LH_OK;
	if (config_reader_peek(reader, 0) != '\\' ||
	    config_reader_peek(reader, 1) != 'u')
		return config_reader_fail(reader, "half a surrogate pair");
	reader->at += 2;
	if (!take_hex(reader, 4, &low) || low < 0xdc00 || low > 0xdfff)
		return config_reader_fail(reader, "half a surrogate pair");
	*code = 0x10000 + ((*code - 0xd800) << 10) + (low - 0xdc00);
	return LH_OK;
}

static enum lh_err
read_octal_escape(struct config_reader *reader, struct bytes *into)
{
	unsigned code = 0;
	unsigned i;
	char c;

	for (i = 1; i <= 3; i++) {
		c = config_reader_peek(reader, i);
		if (c < '0' || c > '7')
			return config_reader_fail(reader,
			    "an octal escape needs three digits");
		code = code * 8 + (unsigned)(c - '0');
	}
	if (code > 0xff)
		return config_reader_fail(reader, "an octal escape above 377");
	reader->at += 4;
	return append_byte(reader, into, (char)code);
}

static enum lh_err
copy_interpolation(struct config_reader *reader, struct bytes *into)
{
	unsigned braces = 0;
	enum lh_err err;
	char c;

	do {
		if (reader->at == reader->end)
			return config_reader_fail(reader,
			    "${ without its brace");
		c = *reader->at++;
		if (c == '{')
			braces++;
		else if (c == '}')
			braces--;
		err = append_byte(reader, into, c);
		if (err != LH_OK)
			return err;
		if (c == '\n')
			reader->line++;
	} while (braces > 0 || c == '$');
	return LH_OK;
}

static enum lh_err
append_byte(struct config_reader *reader, struct bytes *into, char byte)
{
	if (byte == '\0')
		return config_reader_fail(reader, "a NUL in text");
	if (bytes_append(into, &byte, 1) != LH_OK)
		return config_reader_fail(reader, "text too long");
	return LH_OK;
}

static enum lh_err
append_code(struct config_reader *reader, struct bytes *into, uint32_t code)
{
	char utf8[4];
	size_t len = 0;

	if (code == 0 || code > MAX_CODE_POINT ||
	    (code >= 0xd800 && code <= 0xdfff))
		return config_reader_fail(reader, "no such character: U+%04X",
		    (unsigned)code);
	if (code < 0x80) {
		utf8[len++] = (char)code;
	} else if (code < 0x800) {
		utf8[len++] = (char)(0xc0 | code >> 6);
	} else if (code < 0x10000) {
		utf8[len++] = (char)(0xe0 | code >> 12);
		utf8[len++] = (char)(0x80 | (code >> 6 & 0x3f));
	} else {
		utf8[len++] = (char)(0xf0 | code >> 18);
		utf8[len++] = (char)(0x80 | (code >> 12 & 0x3f));
		utf8[len++] = (char)(0x80 | (code >> 6 & 0x3f));
	}
	if (code >= 0x80)
		utf8[len++] = (char)(0x80 | (code & 0x3f));
	if (bytes_append(into, utf8, len) != LH_OK)
		return config_reader_fail(reader, "text too long");
	return LH_OK;
}

static bool
take_hex(struct config_reader *reader, unsigned digits, uint32_t *out)
{
	uint32_t value = 0;
	unsigned i;
	int digit;

	for (i = 0; i < digits; i++) {
		digit = parse_hex_digit(config_reader_peek(reader, i));
		if (digit < 0)
			return false;
		value = value << 4 | (uint32_t)digit;
	}
	reader->at += digits;
	*out = value;
	return true;
}

static enum lh_err
find_terminator(struct config_reader *reader, struct heredoc *doc)
{
	const char *at = doc->body;
	struct span line;

	for (;;) {
		line = line_at(at, reader->end);
		if (is_terminator(doc, line, &doc->indent)) {
			doc->terminator = at;
			return LH_OK;
		}
		at = line.ptr + line.len;
		if (at == reader->end)
			return config_reader_fail(reader,
			    "a heredoc without its end \"%.*s\"",
			    (int)doc->id.len, doc->id.ptr);
		at++;
	}
}

static bool
is_terminator(const struct heredoc *doc, struct span line, size_t *indent)
{
	*indent = count_blanks(line);
	line = span_skip(line, *indent);
	if (span_ends(line, SPAN_LITERAL("\r")))
		line.len--;
	return span_equal(line, doc->id);
}

static bool
all_indented(const struct heredoc *doc)
{
	const char *at = doc->body;
	struct span line;

	while (at < doc->terminator) {
		line = line_at(at, doc->terminator);
		if (count_blanks(line) < doc->indent)
			return false;
		at = line.ptr + line.len + 1;
	}
	return true;
}

/* Copies the body, and goes past the terminator. */
static enum lh_err
copy_lines(struct config_reader *reader, const struct heredoc *doc,
    struct bytes *into)
{
	size_t drop = doc->may_indent && all_indented(doc) ? doc->indent : 0;
	const char *at = doc->body;
	struct span line;

	while (at < doc->terminator) {
		line = line_at(at, doc->terminator);
		at = line.ptr + line.len + 1;
		line = span_skip(line, drop);
		if (span_ends(line, SPAN_LITERAL("\r")))
			line.len--;
		if (line.len > 0 && memchr(line.ptr, '\0', line.len) != NULL)
			return config_reader_fail(reader, "a NUL in text");
		if (bytes_append_span(into, line) != LH_OK ||
		    bytes_append(into, "\n", 1) != LH_OK)
			return config_reader_fail(reader, "text too long");
		reader->line++;
	}
	reader->line++;
	reader->at = doc->terminator + doc->indent + doc->id.len;
	return LH_OK;
}

/* Without its newline. */
static struct span
line_at(const char *at, const char *end)
{
	struct span rest = { at, (size_t)(end - at) };

	rest.len = span_find(rest, '\n');
	return rest;
}

static size_t
count_blanks(struct span line)
{
	size_t n = 0;

	while (n < line.len && (line.ptr[n] == ' ' || line.ptr[n] == '\t'))
		n++;
	return n;
}

static bool
is_number(struct span text, enum config_syntax syntax)
{
	size_t at;

	if (text.len > 0 && text.ptr[0] == '-')
		text = span_skip(text, 1);
	if (syntax == CONFIG_SYNTAX_HCL && text.len > 2 &&
	    text.ptr[0] == '0' && (text.ptr[1] | 0x20) == 'x')
		return is_digits_of(span_skip(text, 2), 16);
	at = skip_digits(text, 0);
	if (at == 0)
		return false;
	if (at == text.len && at > 1 && text.ptr[0] == '0')
		return syntax == CONFIG_SYNTAX_HCL && is_digits_of(text, 8);
	if (syntax == CONFIG_SYNTAX_JSON && at > 1 && text.ptr[0] == '0')
		return false;
	if (at < text.len && text.ptr[at] == '.') {
		if (skip_digits(text, at + 1) == at + 1)
			return false;
		at = skip_digits(text, at + 1);
	}
	if (at < text.len && (text.ptr[at] | 0x20) == 'e') {
		at++;
		if (at < text.len && strchr("+-", text.ptr[at]) != NULL)
			at++;
		return skip_digits(text, at) == text.len && at < text.len;
	}
	return at == text.len;
}

static size_t
skip_digits(struct span text, size_t at)
{
	while (at < text.len && text.ptr[at] >= '0' && text.ptr[at] <= '9')
		at++;
	return at;
}

static bool
is_digits_of(struct span text, unsigned base)
{
	size_t i;
	int digit;

	for (i = 0; i < text.len; i++) {
		digit = parse_hex_digit(text.ptr[i]);
		if (digit < 0 || (unsigned)digit >= base)
			return false;
	}
	return text.len > 0;
}
