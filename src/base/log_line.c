/*
 * log_line - writes time, level, event and fields.
 *
 * A field is written whole or taken back whole, so a line is always well
 * formed. Text passes through text_next(), which tells one UTF-8 character,
 * or one byte that is none, from the rest; what is not fit to print is shown
 * escaped: as \xNN in the standard format, in JSON by JSON's own means, with
 * the replacement character for bytes that are not UTF-8.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "log_line.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/lh_err.h"

#define TAIL_BYTES 32		/* kept for the end of a line that was cut */

static void add_standard(struct log_line *line, const struct log_event *event);
static void add_json(struct log_line *line, const struct log_event *event);
static void add_standard_field(struct log_line *line,
    const struct log_field *field);
static void add_json_field(struct log_line *line,
    const struct log_field *field);
static void add_standard_text(struct log_line *line, struct span text);
static void add_json_text(struct log_line *line, struct span text);
static void add_json_char(struct log_line *line, struct span c);
static void add_time(struct log_line *line, wall_ms at);
static void add(struct log_line *line, struct span bytes);
static void add_format(struct log_line *line, const char *format, ...)
    LH_PRINTF(2, 3);
static struct span cut_value(struct span text);
static bool is_plain(struct span text);
static bool is_control(struct span c);
static struct span text_next(struct span *text, bool *valid_out);
static size_t utf8_length(struct span text);

void
log_line_make(struct log_line *line, enum log_format format,
    const struct log_event *event)
{
	line->len = 0;
	line->time_len = 0;
	line->full = false;
	if (format == LOG_FORMAT_JSON)
		add_json(line, event);
	else
		add_standard(line, event);
	line->bytes[line->len++] = '\n';
}

struct span
log_line_lend(const struct log_line *line)
{
	return (struct span){ line->bytes, line->len };
}

struct span
log_line_lend_untimed(const struct log_line *line)
{
	return span_skip(log_line_lend(line), line->time_len);
}

static void
add_standard(struct log_line *line, const struct log_event *event)
{
	static const char *const levels[] = {
		[LOG_LEVEL_ERROR] = "[ERROR]",
		[LOG_LEVEL_WARN] = "[WARN] ",
		[LOG_LEVEL_INFO] = "[INFO] ",
		[LOG_LEVEL_DEBUG] = "[DEBUG]",
		[LOG_LEVEL_TRACE] = "[TRACE]",
	};

	add_time(line, event->at);
	add(line, SPAN_LITERAL(" "));
	line->time_len = line->len;
	add_format(line, "%s %s", levels[event->level], event->name);
	for (const struct log_field *f = event->fields; f->key != NULL; f++) {
		size_t before = line->len;

		add_standard_field(line, f);
		if (line->full) {
			line->len = before;
			break;
		}
	}
	if (line->full)
		line->len += (size_t)snprintf(line->bytes + line->len,
		    TAIL_BYTES, " cut=1");
}

static void
add_json(struct log_line *line, const struct log_event *event)
{
	static const char *const levels[] = {
		[LOG_LEVEL_ERROR] = "error",
		[LOG_LEVEL_WARN] = "warn",
		[LOG_LEVEL_INFO] = "info",
		[LOG_LEVEL_DEBUG] = "debug",
		[LOG_LEVEL_TRACE] = "trace",
	};

	add_format(line, "{\"@level\":\"%s\",\"@message\":",
	    levels[event->level]);
	add_json_text(line, span_of(event->name));
	add(line, SPAN_LITERAL(",\"@timestamp\":\""));
	add_time(line, event->at);
	add(line, SPAN_LITERAL("\""));
	for (const struct log_field *f = event->fields; f->key != NULL; f++) {
		size_t before = line->len;

		add_json_field(line, f);
		if (line->full) {
			line->len = before;
			break;
		}
	}
	line->len += (size_t)snprintf(line->bytes + line->len, TAIL_BYTES,
	    "%s}", line->full ? ",\"cut\":1" : "");
}

static void
add_standard_field(struct log_line *line, const struct log_field *field)
{
	add_format(line, " %s=", field->key);
	if (field->is_number)
		add_format(line, "%" PRId64, field->number);
	else
		add_standard_text(line, cut_value(field->text));
}

static void
add_json_field(struct log_line *line, const struct log_field *field)
{
	add(line, SPAN_LITERAL(","));
	add_json_text(line, span_of(field->key));
	add(line, SPAN_LITERAL(":"));
	if (field->is_number)
		add_format(line, "%" PRId64, field->number);
	else
		add_json_text(line, cut_value(field->text));
}

static void
add_standard_text(struct log_line *line, struct span text)
{
	bool valid;

	if (is_plain(text)) {
		add(line, text);
		return;
	}
	add(line, SPAN_LITERAL("\""));
	while (text.len > 0) {
		struct span c = text_next(&text, &valid);

		if (*c.ptr == '"' || *c.ptr == '\\')
			add(line, SPAN_LITERAL("\\"));
		if (valid && !is_control(c)) {
			add(line, c);
			continue;
		}
		for (size_t i = 0; i < c.len; i++)
			add_format(line, "\\x%02x", (unsigned char)c.ptr[i]);
	}
	add(line, SPAN_LITERAL("\""));
}

static void
add_json_text(struct log_line *line, struct span text)
{
	bool valid;

	add(line, SPAN_LITERAL("\""));
	while (text.len > 0) {
		struct span c = text_next(&text, &valid);

		if (valid)
			add_json_char(line, c);
		else
			add(line, SPAN_LITERAL("\\ufffd"));
	}
	add(line, SPAN_LITERAL("\""));
}

static void
add_json_char(struct log_line *line, struct span c)
{
	if (*c.ptr == '"' || *c.ptr == '\\')
		add(line, SPAN_LITERAL("\\"));
	if (!is_control(c))
		add(line, c);
	else if (c.len == 1)
		add_format(line, "\\u%04x", (unsigned char)*c.ptr);
	else
		add_format(line, "\\u%04x", (unsigned char)c.ptr[1]);
}

static void
add_time(struct log_line *line, wall_ms at)
{
	wall_ms ms = at % 1000;
	char text[32] = "";
	time_t seconds;
	struct tm tm;

	if (ms < 0)
		ms += 1000;
	seconds = (time_t)((at - ms) / 1000);
	if (gmtime_r(&seconds, &tm) != NULL)
		(void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	add_format(line, "%s.%03dZ", text, (int)ms);
}

static void
add(struct log_line *line, struct span bytes)
{
	if (bytes.len > sizeof(line->bytes) - TAIL_BYTES - line->len) {
		line->full = true;
		return;
	}
	if (bytes.len > 0)
		memcpy(line->bytes + line->len, bytes.ptr, bytes.len);
	line->len += bytes.len;
}

static void
add_format(struct log_line *line, const char *format, ...)
{
	char text[256];
	va_list ap;
	int len;

	va_start(ap, format);
	len = vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (len < 0 || (size_t)len >= sizeof(text))
		line->full = true;
	else
		add(line, (struct span){ text, (size_t)len });
}

/* Not in the midst of a character. */
static struct span
cut_value(struct span text)
{
	size_t start = LOG_VALUE_MAX;

	if (text.len <= LOG_VALUE_MAX)
		return text;
	while (start > LOG_VALUE_MAX - 3 &&
	    ((unsigned char)text.ptr[start] & 0xc0) == 0x80)
		start--;
	if (utf8_length(span_skip(text, start)) > 0)
		text.len = start;
	else
		text.len = LOG_VALUE_MAX;
	return text;
}

/* May stand without quotes. */
static bool
is_plain(struct span text)
{
	bool valid;

	if (text.len == 0)
		return false;
	while (text.len > 0) {
		struct span c = text_next(&text, &valid);

		if (!valid || is_control(c) || *c.ptr == ' ' ||
		    *c.ptr == '"' || *c.ptr == '=' || *c.ptr == '\\')
			return false;
	}
	return true;
}

/* C0, DEL, and C1 as UTF-8 writes it. */
static bool
is_control(struct span c)
{
	unsigned char first = (unsigned char)c.ptr[0];

	if (c.len == 1)
		return first < 0x20 || first == 0x7f;
	return c.len == 2 && first == 0xc2 && (unsigned char)c.ptr[1] < 0xa0;
}

/* Takes the next character, or the next byte when it begins none. */
static struct span
text_next(struct span *text, bool *valid_out)
{
	struct span c = *text;
	size_t len = utf8_length(*text);

	*valid_out = len > 0;
	c.len = len > 0 ? len : 1;
	*text = span_skip(*text, c.len);
	return c;
}

/* Bytes of the character at the start, 0: it is not UTF-8. */
static size_t
utf8_length(struct span text)
{
	const unsigned char *p = (const unsigned char *)text.ptr;
	size_t len;

	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	len = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (text.len < len)
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	/* Longer than needed, surrogates, beyond the last character. */
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return len;
}
