/*
 * config_notes - what is said about a configuration, and where it is;
 * private to config.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_CONFIG_CONFIG_NOTES_H
#define LH_CONFIG_CONFIG_NOTES_H

#include "config/config.h"

/* A line of a file; line 0: the name alone, of a variable or flag. */
struct config_place {
	const char *file;
	unsigned line;
};

void config_notes_error(struct config_notes *notes, struct config_place place,
    const char *format, ...) LH_PRINTF(3, 4);
void config_notes_warn(struct config_notes *notes, struct config_place place,
    const char *format, ...) LH_PRINTF(3, 4);
/* Of a key that nobody knows: an error, or a warning if that is forgiven. */
void config_notes_unknown(struct config_notes *notes,
    struct config_place place, const char *format, ...) LH_PRINTF(3, 4);

#endif
