/*
 * test_kv_path - what a read asks for, what a write touches.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#include "../../../src/cache/kv_path.h"

struct seen {
	size_t count;
	char texts[64][128];
};

static struct cache_ask
ask_of(const char *method, const char *path, const char *query)
{
	return (struct cache_ask){
		.method = span_of(method), .path = span_of(path),
		.query = span_of(query)
	};
}

static const char *
canonical(const char *method, const char *path, const char *query)
{
	static struct kv_path set;
	const struct cache_ask ask = ask_of(method, path, query);

	if (!kv_path_set(&set, &ask))
		return "";
	set.room[set.text.len] = '\0';
	return set.room;
}

static void
see(void *arg, struct span text)
{
	struct seen *seen = arg;

	assert_true(seen->count < 64 && text.len < 128);
	snprintf(seen->texts[seen->count++], 128, "%.*s", (int)text.len,
	    text.ptr);
}

static void
look(struct seen *seen, const char *path)
{
	const struct cache_ask ask = ask_of("PUT", path, NULL);

	seen->count = 0;
	assert_true(kv_path_family(&ask, see, seen));
}

static bool
saw(const struct seen *seen, const char *text)
{
	for (size_t i = 0; i < seen->count; i++)
		if (strcmp(seen->texts[i], text) == 0)
			return true;
	return false;
}

static void
a_list_ends_in_a_slash_however_it_is_asked_for(void **state)
{
	assert_string_equal(canonical("LIST", "/v1/kv/a", NULL), "kv/a/");
	assert_string_equal(canonical("LIST", "/v1/kv/a/", NULL), "kv/a/");
	assert_string_equal(canonical("GET", "/v1/kv/a/", "list=true"),
	    "kv/a/");
	assert_string_equal(canonical("GET", "/v1/kv/a", NULL), "kv/a");
	assert_string_equal(canonical("GET", "/v1/kv/a/", NULL), "");
}

static void
spellings_of_one_path_are_one(void **state)
{
	assert_string_equal(canonical("GET", "/v1/kv/%61$", NULL), "kv/a$");
	assert_string_equal(canonical("GET", "/v1/kv/a%24", NULL), "kv/a$");
}

static void
what_could_be_read_as_another_path_is_none(void **state)
{
	assert_string_equal(canonical("GET", "/v1/kv//a", NULL), "");
	assert_string_equal(canonical("GET", "/v1/kv/a%2fb", NULL), "");
	assert_string_equal(canonical("GET", "/v1/kv/../a", NULL), "");
	assert_string_equal(canonical("GET", "/other", NULL), "");
}

static void
other_methods_and_questions_are_none(void **state)
{
	assert_string_equal(canonical("HEAD", "/v1/kv/a", NULL), "");
	assert_string_equal(canonical("POST", "/v1/kv/a", NULL), "");
	assert_string_equal(canonical("GET", "/v1/kv/a", "help=1"), "");
	assert_string_equal(canonical("GET", "/v1/kv/a", "list=false"), "");
	assert_string_equal(canonical("GET", "/v1/kv/a", "version=x"), "");
}

static void
the_version_is_told(void **state)
{
	const struct cache_ask ask = ask_of("GET", "/v1/kv/a", "version=7");
	struct kv_path path;

	assert_true(kv_path_set(&path, &ask));
	assert_int_equal(path.version, 7);
}

static void
the_namespace_stands_in_front(void **state)
{
	struct cache_ask ask = ask_of("GET", "/v1/kv/a", NULL);
	struct kv_path path;

	ask.namespace = SPAN_LITERAL("team");
	assert_true(kv_path_set(&path, &ask));
	assert_true(span_equal(path.text, SPAN_LITERAL("team/kv/a")));
}

static void
count_call(void *arg, struct span text)
{
	(void)text;
	++*(unsigned *)arg;
}

/* Of a write below the mount, of so many segments. */
static bool
count_family(const char *segment, unsigned segments, unsigned *calls)
{
	char path[4096] = "/v1/secret";
	struct cache_ask ask;

	for (unsigned i = 0; i < segments; i++)
		snprintf(path + strlen(path), sizeof(path) - strlen(path),
		    "/%s", segment);
	ask = ask_of("PUT", path, NULL);
	*calls = 0;
	return kv_path_family(&ask, count_call, calls);
}

static void
a_path_made_of_words_costs_little(void **state)
{
	unsigned calls;

	assert_true(count_family("data", 8, &calls));
	assert_in_range(calls, 8, 8 * 3 * 10);
	assert_true(count_family("x", 63, &calls));
	assert_in_range(calls, 64, 64);
	assert_false(count_family("data", 9, &calls));
	assert_false(count_family("x", 64, &calls));
	assert_false(count_family("data", 800, &calls));
	assert_int_equal(calls, 0);
}

static void
a_write_touches_data_metadata_and_lists(void **state)
{
	static const char *const words[] = {
		"data", "metadata", "delete", "undelete", "destroy"
	};
	struct seen seen;
	char path[64];

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		snprintf(path, sizeof(path), "/v1/secret/%s/a/b", words[i]);
		look(&seen, path);
		assert_true(saw(&seen, "secret/data/a/b"));
		assert_true(saw(&seen, "secret/metadata/a/b"));
		assert_true(saw(&seen, "secret/subkeys/a/b"));
		assert_true(saw(&seen, "secret/metadata/a/"));
		assert_true(saw(&seen, "secret/metadata/"));
		assert_false(saw(&seen, "secret/data/a"));
	}
}

static void
a_write_of_version_1_touches_itself_and_its_folders(void **state)
{
	struct seen seen;

	look(&seen, "/v1/kv1/a/b");
	assert_true(saw(&seen, "kv1/a/b"));
	assert_true(saw(&seen, "kv1/a/"));
	assert_true(saw(&seen, "kv1/"));
	assert_false(saw(&seen, "kv1/a"));
	assert_int_equal(seen.count, 3);
}

/* Which of them is the word cannot be known. */
static void
a_secret_named_like_a_word_is_found_by_either_reading(void **state)
{
	struct seen seen;

	look(&seen, "/v1/secret/data/data/x");
	assert_true(saw(&seen, "secret/metadata/data/x"));
	assert_true(saw(&seen, "secret/data/metadata/x"));
	assert_true(saw(&seen, "secret/metadata/"));
}

static void
a_write_that_cannot_be_read_may_touch_anything(void **state)
{
	const struct cache_ask ask = ask_of("PUT", "/v1/kv//a", NULL);
	struct seen seen;

	assert_false(kv_path_family(&ask, see, &seen));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_list_ends_in_a_slash_however_it_is_asked_for),
		cmocka_unit_test(spellings_of_one_path_are_one),
		cmocka_unit_test(what_could_be_read_as_another_path_is_none),
		cmocka_unit_test(other_methods_and_questions_are_none),
		cmocka_unit_test(the_version_is_told),
		cmocka_unit_test(the_namespace_stands_in_front),
		cmocka_unit_test(a_path_made_of_words_costs_little),
		cmocka_unit_test(a_write_touches_data_metadata_and_lists),
		cmocka_unit_test(
		    a_write_of_version_1_touches_itself_and_its_folders),
		cmocka_unit_test(
		    a_secret_named_like_a_word_is_found_by_either_reading),
		cmocka_unit_test(
		    a_write_that_cannot_be_read_may_touch_anything)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
