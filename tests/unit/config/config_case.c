/*
 * config_case - configurations loaded from text, for the tests.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <dirent.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/xalloc.h"

/* The variables of the case at hand: config_env_fn has no argument. */
static const char *const *variables;

static const char *
look_up(const char *name)
{
	const char *const *pair;

	for (pair = variables; pair != NULL && *pair != NULL; pair += 2) {
		if (strcmp(pair[0], name) == 0)
			return pair[1];
	}
	return NULL;
}

void
config_case_init(struct config_case *it)
{
	memset(it, 0, sizeof(*it));
	strncpy(it->folder, "/tmp/lh-config-XXXXXX", sizeof(it->folder) - 1);
	assert_non_null(mkdtemp(it->folder));
	config_notes_init(&it->notes);
}

void
config_case_release(struct config_case *it)
{
	struct dirent *entry;
	DIR *dir = opendir(it->folder);
	char *path;
	size_t i;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		path = xasprintf("%s/%s", it->folder, entry->d_name);
		if (entry->d_name[0] != '.' || entry->d_name[1] == '#')
			unlink(path);
		free(path);
	}
	closedir(dir);
	rmdir(it->folder);
	for (i = 0; i < it->flags.path_count; i++)
		free((char *)it->flags.paths[i]);
	config_notes_release(&it->notes);
	config_free(it->config);
}

char *
config_case_write(struct config_case *it, const char *name, const char *text)
{
	char *path = xasprintf("%s/%s", it->folder, name);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
	assert_int_equal(fclose(file), 0);
	return path;
}

void
config_case_add(struct config_case *it, const char *name, const char *text)
{
	it->flags.paths[it->flags.path_count++] =
	    config_case_write(it, name, text);
}

void
config_case_load(struct config_case *it)
{
	enum lh_err err;

	variables = it->variables;
	err = config_load(&it->flags, look_up, &it->notes, &it->config);
	assert_true((err == LH_OK) == (it->config != NULL));
	assert_true((err == LH_OK) == (it->notes.errors == 0));
	assert_true(err == LH_OK || err == LH_ERR_CONFIG);
}

void
config_case_read(struct config_case *it, const char *text)
{
	config_case_init(it);
	config_case_add(it, text[0] == '{' ? "a.json" : "a.hcl", text);
	config_case_load(it);
}

void
config_case_read_with(struct config_case *it, const char *const *pairs,
    const char *text)
{
	config_case_init(it);
	config_case_add(it, "a.hcl", text);
	it->variables = pairs;
	config_case_load(it);
}

bool
config_case_says(const struct config_case *it, const char *text)
{
	const char *mark = strstr(text, "FILE");
	char *wanted, *notes;
	bool found;

	if (mark != NULL)
		wanted = xasprintf("%.*s%s/a.hcl%s", (int)(mark - text), text,
		    it->folder, mark + 4);
	else
		wanted = xstrdup(text);
	notes = xasprintf("%.*s", (int)it->notes.text.len,
	    it->notes.text.len > 0 ? it->notes.text.data : "");
	found = strstr(notes, wanted) != NULL;
	if (!found)
		print_message("wanted: %s\nsaid:\n%s\n", wanted, notes);
	free(wanted);
	free(notes);
	return found;
}

void
config_case_expect(const struct config_case *it, const char *text)
{
	assert_true(config_case_says(it, text));
}

void
config_case_expect_good(const struct config_case *it)
{
	if (it->config == NULL)
		print_message("%.*s\n", (int)it->notes.text.len,
		    it->notes.text.data);
	assert_non_null(it->config);
}
