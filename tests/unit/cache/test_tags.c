/*
 * test_tags - what tells one static answer from another.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

static struct cache_tags
tags_of(unsigned status, const char *body)
{
	struct digest *digest = digest_new();
	struct cache_tags tags;

	cache_tags_set(&tags, digest, status, span_of(body));
	digest_free(digest);
	return tags;
}

static void
the_etag_is_of_every_byte(void **state)
{
	struct cache_tags one = tags_of(200, "{\"request_id\":\"1\",\"a\":1}");
	struct cache_tags two = tags_of(200, "{\"request_id\":\"2\",\"a\":1}");

	assert_string_not_equal(one.etag, two.etag);
	assert_int_equal(strlen(one.etag), CACHE_ETAG_SIZE - 1);
	assert_int_equal(one.etag[0], '"');
	assert_int_equal(one.etag[CACHE_ETAG_SIZE - 2], '"');
}

static void
the_index_is_of_the_value(void **state)
{
	struct cache_tags one = tags_of(200, "{\"request_id\":\"1\",\"a\":1}");
	struct cache_tags same = tags_of(200,
	    "{ \"request_id\": \"2\",\"a\":1}");
	struct cache_tags other = tags_of(200,
	    "{\"request_id\":\"1\",\"a\":2}");
	struct cache_tags gone = tags_of(404,
	    "{\"request_id\":\"1\",\"a\":1}");

	assert_string_equal(one.index, same.index);
	assert_string_not_equal(one.index, other.index);
	assert_string_not_equal(one.index, gone.index);
}

static void
a_request_id_elsewhere_is_part_of_the_value(void **state)
{
	struct cache_tags one = tags_of(200, "{\"a\":1,\"request_id\":\"1\"}");
	struct cache_tags two = tags_of(200, "{\"a\":1,\"request_id\":\"2\"}");
	struct cache_tags cut = tags_of(200, "{\"request_id\":\"1");

	assert_string_not_equal(one.index, two.index);
	assert_string_not_equal(one.index, cut.index);
}

static void
a_list_of_tags_is_searched(void **state)
{
	struct cache_tags tags = tags_of(200, "{}");
	char list[128];

	snprintf(list, sizeof(list), "\"x\", W/%s", tags.etag);
	assert_true(cache_tags_match(&tags, span_of(tags.etag)));
	assert_true(cache_tags_match(&tags, span_of(list)));
	assert_true(cache_tags_match(&tags, SPAN_LITERAL("*")));
	assert_false(cache_tags_match(&tags, SPAN_LITERAL("\"x\"")));
	assert_false(cache_tags_match(&tags, SPAN_NONE));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_etag_is_of_every_byte),
		cmocka_unit_test(the_index_is_of_the_value),
		cmocka_unit_test(a_request_id_elsewhere_is_part_of_the_value),
		cmocka_unit_test(a_list_of_tags_is_searched)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
