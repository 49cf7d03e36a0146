/*
 * replay - runs a fuzz harness over the files of its corpus.
 *
 * Folders are given as arguments; without any, the corpus in the source tree
 * that bears the program's name. A folder without files is a failure: it
 * would prove nothing.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static int replay_own_corpus(const char *program);
static int replay_folder(const char *folder);
static int replay_file(const char *folder, const char *name);

int
main(int argc, char **argv)
{
	int failed = 0;

	if (argc < 2)
		return replay_own_corpus(argv[0]);
	for (int i = 1; i < argc; i++)
		failed |= replay_folder(argv[i]);
	return failed;
}

static int
replay_own_corpus(const char *program)
{
	const char *source = getenv("srcdir");
	const char *name = strrchr(program, '/');
	char folder[4096];

	snprintf(folder, sizeof(folder), "%s/tests/fuzz/corpus/%s",
	    source == NULL ? "." : source, name == NULL ? program : name + 1);
	return replay_folder(folder);
}

static int
replay_folder(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	int failed = 0, files = 0;

	if (dir == NULL) {
		fprintf(stderr, "%s: %s\n", folder, strerror(errno));
		return 1;
	}
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		failed |= replay_file(folder, entry->d_name);
		files++;
	}
	closedir(dir);
	printf("%s: %d files\n", folder, files);
	return failed != 0 || files == 0;
}

/* The bytes are handed over in a block of their size, so that a read beyond
 * them is seen by the sanitizer. */
static int
replay_file(const char *folder, const char *name)
{
	char path[4096];
	uint8_t *data = NULL;
	FILE *file;
	long size;
	int failed = 1;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "rb");
	if (file == NULL)
		goto out;
	if (fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) < 0 ||
	    fseek(file, 0, SEEK_SET) != 0)
		goto out;
	data = malloc(size == 0 ? 1 : (size_t)size);
	if (data == NULL || fread(data, 1, (size_t)size, file) !=
	    (size_t)size)
		goto out;
	LLVMFuzzerTestOneInput(data, (size_t)size);
	failed = 0;
out:
	if (failed != 0)
		fprintf(stderr, "%s: cannot be read\n", path);
	if (file != NULL)
		fclose(file);
	free(data);
	return failed;
}
