/*
 * config_case - configurations loaded from text, for the tests.
 *
 * Owns:       a temporary folder with the files written, the notes, and the
 *             configuration if one came.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_TESTS_UNIT_CONFIG_CONFIG_CASE_H
#define LH_TESTS_UNIT_CONFIG_CONFIG_CASE_H

#include "config/config.h"

struct config_case {
	char folder[64];
	struct config_flags flags;	/* -config paths are added by write */
	const char *const *variables;	/* name, value ... NULL; or NULL */
	struct config_notes notes;
	struct config *config;		/* NULL: there were errors */
};

void config_case_init(struct config_case *it);
void config_case_release(struct config_case *it);
/* Writes a file into the folder; the caller frees the path. */
char *config_case_write(struct config_case *it, const char *name,
    const char *text);
void config_case_add(struct config_case *it, const char *name,
    const char *text);	/* writes it and adds its path */
void config_case_load(struct config_case *it);

/* One file of text, loaded; a.json when it begins with a brace. */
void config_case_read(struct config_case *it, const char *text);
/* The same in HCL, in an environment of pairs. */
void config_case_read_with(struct config_case *it, const char *const *pairs,
    const char *text);

/* Do the notes hold a text, "FILE" in it standing for the path of a.hcl? */
bool config_case_says(const struct config_case *it, const char *text);
/* As above, and asserts; prints the notes otherwise. */
void config_case_expect(const struct config_case *it, const char *text);
/* Asserts that there is a configuration, and prints the notes otherwise. */
void config_case_expect_good(const struct config_case *it);

#endif
