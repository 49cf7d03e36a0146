/*
 * config_nearest - the name that somebody may have meant.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config_schema.h"

#include <stdint.h>
#include <string.h>

#define MAX_WORD 64

static void note_nearer(const char *candidate, const char *name,
    const char **best, size_t *best_distance);

const char *
config_schema_nearest(const char *block, const char *name)
{
	size_t distance = strlen(name) / 3 + 1;
	const struct config_block *inner;
	const struct config_key *key;
	const char *best = NULL;
	size_t i;

	for (i = 0; (key = config_schema_at(i)) != NULL; i++) {
		if (config_schema_is_in(key, block))
			note_nearer(config_key_name(key), name, &best,
			    &distance);
	}
	for (i = 0; (inner = config_schema_block_at(i)) != NULL; i++) {
		if (config_path_is_in(inner->path, block))
			note_nearer(config_path_name(inner->path), name,
			    &best, &distance);
	}
	return best;
}

/* Letters to be put in, left out or replaced; SIZE_MAX for overlong words. */
size_t
config_word_distance(const char *a, const char *b)
{
	size_t costs[MAX_WORD + 1];
	size_t len = strlen(b);
	size_t i, j, corner, above;

	if (len > MAX_WORD || strlen(a) > MAX_WORD)
		return SIZE_MAX;
	for (j = 0; j <= len; j++)
		costs[j] = j;
	for (i = 1; a[i - 1] != '\0'; i++) {
		corner = costs[0];
		costs[0] = i;
		for (j = 1; j <= len; j++) {
			above = costs[j];
			costs[j] = corner + (a[i - 1] != b[j - 1]);
			if (above + 1 < costs[j])
				costs[j] = above + 1;
			if (costs[j - 1] + 1 < costs[j])
				costs[j] = costs[j - 1] + 1;
			corner = above;
		}
	}
	return costs[len];
}

static void
note_nearer(const char *candidate, const char *name, const char **best,
    size_t *best_distance)
{
	size_t distance = config_word_distance(candidate, name);

	if (distance < *best_distance) {
		*best = candidate;
		*best_distance = distance;
	}
}
