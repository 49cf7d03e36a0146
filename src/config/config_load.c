/*
 * config_load - files and directories, merged from left to right, then the
 * environment, then flags, then the rules.
 *
 * The rules across keys are only asked when every file could be read: with a
 * file missing they would complain of what it holds.
 * Source: behaviour sections 1.5 and 1.6.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config_state.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file_io.h"
#include "base/xalloc.h"

/* A run of reading files. */
struct loading {
	struct config_state *state;
	size_t files;
	bool unread;		/* a file, or its syntax */
};

static void read_paths(struct loading *loading,
    const struct config_flags *flags, config_env_fn *environment);
static void read_path_list(struct loading *loading, const char *list);
static void read_path(struct loading *loading, const char *path);
static void read_directory(struct loading *loading, const char *path);
static int wants_entry(const struct dirent *entry);
static void read_file(struct loading *loading, const char *path);
static void read_text(struct loading *loading, const char *path,
    struct span text);
static void note_unread(struct loading *loading, struct config_place place,
    const char *what);

enum lh_err
config_load(const struct config_flags *flags, config_env_fn *environment,
    struct config_notes *notes, struct config **config_out)
{
	unsigned before = notes->errors;
	struct loading loading = { config_state_new(notes), 0, false };
	struct config_state *state = loading.state;

	notes->forgives_unknown = flags->ignore_unknown;
	read_paths(&loading, flags, environment);
	config_environ_apply(state, flags, environment);
	if (!loading.unread)
		config_check(state);
	if (notes->errors > before) {
		config_state_free(state);
		return LH_ERR_CONFIG;
	}
	state->notes = NULL;
	*config_out = &state->config;
	return LH_OK;
}

enum lh_err
config_load_server(const struct config_flags *flags,
    config_env_fn *environment, struct config_notes *notes,
    struct config **config_out)
{
	unsigned before = notes->errors;
	struct config_state *state = config_state_new(notes);

	config_environ_apply(state, flags, environment);
	config_check_server(state);
	if (notes->errors > before) {
		config_state_free(state);
		return LH_ERR_CONFIG;
	}
	state->notes = NULL;
	*config_out = &state->config;
	return LH_OK;
}

static void
read_paths(struct loading *loading, const struct config_flags *flags,
    config_env_fn *environment)
{
	struct config_place nowhere = { "-config", 0 };
	const char *list;
	size_t i;

	for (i = 0; i < flags->path_count; i++)
		read_path(loading, flags->paths[i]);
	if (flags->path_count > 0)
		return;
	list = environment("BAO_PROXY_CONFIG_PATH");
	if (list == NULL)
		list = environment("BAO_AGENT_CONFIG_PATH");
	if (list == NULL || list[0] == '\0')
		note_unread(loading, nowhere,
		    "at least one path of a file or directory is needed");
	else
		read_path_list(loading, list);
}

static void
read_path_list(struct loading *loading, const char *list)
{
	struct span rest = span_of(list);
	struct span path;

	while (rest.len > 0) {
		path = span_trim(span_cut(&rest, ','));
		if (path.len > 0)
			read_path(loading, config_texts_keep(
			    &loading->state->texts, path));
	}
}

static void
read_path(struct loading *loading, const char *path)
{
	struct config_place nowhere = { "-config", 0 };
	struct stat info;

	if (path[0] == '\0')
		note_unread(loading, nowhere, "an empty path");
	else if (stat(path, &info) == 0 && S_ISDIR(info.st_mode))
		read_directory(loading, path);
	else
		read_file(loading, path);
}

static void
read_directory(struct loading *loading, const char *path)
{
	struct config_place place = { path, 0 };
	struct dirent **entries;
	struct stat info;
	int count, i;
	char *file;

	count = scandir(path, &entries, wants_entry, alphasort);
	if (count < 0) {
		note_unread(loading, place, strerror(errno));
		return;
	}
	if (count == 0)
		config_notes_warn(loading->state->notes, place,
		    "no file in it ends in .hcl or .json");
	for (i = 0; i < count; i++) {
		file = xasprintf("%s%s%s", path,
		    path[strlen(path) - 1] == '/' ? "" : "/",
		    entries[i]->d_name);
		if (stat(file, &info) != 0 || !S_ISDIR(info.st_mode))
			read_file(loading, file);
		free(file);
		free(entries[i]);
	}
	free(entries);
}

/* Not what editors leave behind. */
static int
wants_entry(const struct dirent *entry)
{
	struct span name = span_of(entry->d_name);

	if (span_starts(name, SPAN_LITERAL(".#")) ||
	    span_starts(name, SPAN_LITERAL("#")))
		return 0;
	return span_ends(name, SPAN_LITERAL(".hcl")) ||
	    span_ends(name, SPAN_LITERAL(".json"));
}

static void
read_file(struct loading *loading, const char *path)
{
	struct config_place place = { path, 0 };
	struct lh_cause cause;
	struct bytes text;
	enum lh_err err;

	if (loading->files++ == CONFIG_MAX_FILES) {
		note_unread(loading, place, "too many files");
		return;
	}
	bytes_init(&text, CONFIG_MAX_FILE_BYTES);
	err = file_read_stream(path, &text, &cause);
	if (err == LH_OK)
		read_text(loading, path, bytes_span(&text));
	else if (err == LH_ERR_LIMIT)
		note_unread(loading, place, "the file is larger than 1 MiB");
	else
		note_unread(loading, place, cause.text);
	bytes_release(&text);
}

static void
read_text(struct loading *loading, const char *path, struct span text)
{
	struct config_state *state = loading->state;
	struct config_place place = { path, 0 };
	struct config_node *root;
	struct lh_cause cause;

	if (config_tree_read(text, &root, &place.line, &cause) != LH_OK) {
		note_unread(loading, place, cause.text);
		return;
	}
	config_block_read_file(state,
	    config_texts_keep(&state->texts, span_of(path)), root);
	config_tree_free(root);
}

static void
note_unread(struct loading *loading, struct config_place place,
    const char *what)
{
	config_notes_error(loading->state->notes, place, "%s", what);
	loading->unread = true;
}
