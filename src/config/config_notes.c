/*
 * config_notes - the texts for the operator, one a line, a bounded number.
 *
 * Texts quote keys and values of files: bytes that a terminal would take for
 * commands are shown as question marks.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config_notes.h"

#include <stdarg.h>
#include <stdio.h>

#define MAX_NOTE_BYTES 1024

static void add_note(struct config_notes *notes, struct config_place place,
    const char *mark, const char *format, va_list args);
static void make_printable(char *text);
static void add_line(struct config_notes *notes, const char *line);

void
config_notes_init(struct config_notes *notes)
{
	*notes = (struct config_notes){ .errors = 0 };
	bytes_init(&notes->text,
	    (size_t)(CONFIG_MAX_NOTES + 1) * (MAX_NOTE_BYTES + 1));
}

void
config_notes_release(struct config_notes *notes)
{
	bytes_release(&notes->text);
}

void
config_notes_error(struct config_notes *notes, struct config_place place,
    const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_note(notes, place, "", format, args);
	va_end(args);
	notes->errors++;
}

void
config_notes_warn(struct config_notes *notes, struct config_place place,
    const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_note(notes, place, "warning: ", format, args);
	va_end(args);
	notes->warnings++;
}

void
config_notes_unknown(struct config_notes *notes, struct config_place place,
    const char *format, ...)
{
	char text[MAX_NOTE_BYTES];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (notes->forgives_unknown)
		config_notes_warn(notes, place, "%s; it is ignored", text);
	else
		config_notes_error(notes, place, "%s", text);
}

static void
add_note(struct config_notes *notes, struct config_place place,
    const char *mark, const char *format, va_list args)
{
	unsigned before = notes->errors + notes->warnings;
	char text[MAX_NOTE_BYTES], line[MAX_NOTE_BYTES];
	int len;

	if (before > CONFIG_MAX_NOTES)
		return;
	if (before == CONFIG_MAX_NOTES) {
		add_line(notes, "more was found; correct these first");
		return;
	}
	vsnprintf(text, sizeof(text), format, args);
	if (place.line > 0)
		len = snprintf(line, sizeof(line), "%s:%u: %s%s", place.file,
		    place.line, mark, text);
	else
		len = snprintf(line, sizeof(line), "%s: %s%s", place.file,
		    mark, text);
	if (len < 0)
		return;
	make_printable(line);
	add_line(notes, line);
}

static void
make_printable(char *text)
{
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = '?';
	}
}

static void
add_line(struct config_notes *notes, const char *line)
{
	/* It fits: the ceiling was made for as many lines of this length. Only
	 * memory can be missing, and then the counts still tell. */
	if (bytes_printf(&notes->text, "%s\n", line) != LH_OK)
		notes->text.max = notes->text.len;
}
