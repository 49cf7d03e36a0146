/*
 * test_scan - leases found in answers, and what is not JSON refused.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vault/vault_scan.h"

#define LEASED "{\"request_id\":\"r\",\"lease_id\":\"db/creds/a/x\"," \
	"\"renewable\":true,\"lease_duration\":3600,\"data\":{" \
	"\"lease_id\":\"no\",\"lease_duration\":7,\"auth\":{}}," \
	"\"wrap_info\":null,\"warnings\":null,\"auth\":null}\n"

static struct span
place_span(const char *body, struct vault_place place)
{
	return (struct span){ body + place.offset, place.width };
}

static void
the_lease_of_the_answer_is_found_not_that_in_data(void **state)
{
	struct vault_marks marks;

	assert_int_equal(vault_scan(SPAN_LITERAL(LEASED), &marks), LH_OK);
	assert_true(marks.lease);
	assert_false(marks.auth);
	assert_false(marks.wrap);
	assert_true(span_equal(place_span(LEASED, marks.lease_duration),
	    SPAN_LITERAL("3600")));
	assert_int_equal(marks.auth_duration.width, 0);
}

static void
the_duration_of_auth_is_found(void **state)
{
	static const char body[] = "{\"lease_id\":\"\",\"lease_duration\":0,"
	    "\"auth\":{\"metadata\":{\"lease_duration\":5},"
	    "\"lease_duration\" : 2764800 ,\"x\":[{\"lease_duration\":1}]},"
	    "\"x\":{\"lease_duration\":9},\"wrap_info\":{\"ttl\":1}}";
	struct vault_marks marks;

	assert_int_equal(vault_scan(span_of(body), &marks), LH_OK);
	assert_false(marks.lease);
	assert_true(marks.auth);
	assert_true(marks.wrap);
	assert_true(span_equal(place_span(body, marks.auth_duration),
	    SPAN_LITERAL("2764800")));
	assert_true(span_equal(place_span(body, marks.lease_duration),
	    SPAN_LITERAL("0")));
}

static void
only_a_plain_integer_is_a_place(void **state)
{
	static const char *const values[] = {
		"-1", "1.0", "1e3", "\"60\"", "null", "[60]", "{\"a\":60}"
	};
	struct vault_marks marks;
	char body[64];
	size_t i;

	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		snprintf(body, sizeof(body), "{\"lease_duration\":%s}",
		    values[i]);
		assert_int_equal(vault_scan(span_of(body), &marks), LH_OK);
		assert_int_equal(marks.lease_duration.width, 0);
	}
}

static void
what_is_not_json_is_refused(void **state)
{
	static const char *const bodies[] = {
		"", " ", "[]", "1", "\"a\"", "null", "{", "}", "{}x", "{}{}",
		"{,}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{\"a\":1 \"b\":2}",
		"{\"a\":[1,]}", "{\"a\":[,1]}", "{\"a\":[1}", "{\"a\":{]}",
		"{a:1}", "{'a':1}", "{\"a\":01}", "{\"a\":+1}", "{\"a\":.5}",
		"{\"a\":1.}", "{\"a\":1e}", "{\"a\":-}", "{\"a\":0x1}",
		"{\"a\":tru}", "{\"a\":nullx}", "{\"a\":True}",
		"{\"a\":\"\\x\"}", "{\"a\":\"\\u12g4\"}", "{\"a\":\"\\u123\"}",
		"{\"a\":\"\\", "{\"a\":\"b\nc\"}", "{\"a\":\"bcdefghij\tk\"}",
		"{\"a\":\"unended}", "{\"a\"::1}", "{1:2}", "\xef\xbb\xbf{}",
		"{\"a\":1}\v"
	};
	struct vault_marks marks;
	size_t i;

	for (i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		if (vault_scan(span_of(bodies[i]), &marks) != LH_ERR_FORMAT)
			fail_msg("taken: %s", bodies[i]);
	}
}

static void
all_of_json_is_taken(void **state)
{
	static const char *const bodies[] = {
		"{}", " {\r\n\t} \n", "{\"\":[]}", "{\"a\":[1,-0,0.5,1E+9,2e-3]}",
		"{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00fF\"}",
		"{\"a\":[true,false,null,{}, [ ] ,\"\"]}",
		"{\"a\":\"\xc3\xa4 long enough to pass over in blocks \x7f\"}",
		"{\"a\":99999999999999999999999999}"
	};
	struct vault_marks marks;
	size_t i;

	for (i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		if (vault_scan(span_of(bodies[i]), &marks) != LH_OK)
			fail_msg("refused: %s", bodies[i]);
	}
}

static void
a_key_that_matters_twice_or_in_disguise_is_refused(void **state)
{
	static const char *const bodies[] = {
		"{\"lease_id\":\"\",\"lease_id\":\"x\"}",
		"{\"lease_duration\":1,\"lease_duration\":2}",
		"{\"auth\":null,\"auth\":{}}",
		"{\"auth\":{\"lease_duration\":1,\"lease_duration\":2}}",
		"{\"lease\\u005fid\":\"x\"}",
		"{\"lease\\u005Fduration\":1}",
		"{\"\\u0061uth\":{}}",
		"{\"auth\":{\"lease_duratio\\u006e\":1}}"
	};
	struct vault_marks marks;
	size_t i;

	for (i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		if (vault_scan(span_of(bodies[i]), &marks) != LH_ERR_FORMAT)
			fail_msg("taken: %s", bodies[i]);
	}
	assert_int_equal(vault_scan(SPAN_LITERAL(
	    "{\"a\\u005fid\":1,\"lease_id\\n\":2,\"data\":"
	    "{\"lease\\u005fid\":1,\"a\":1,\"a\":2}}"), &marks), LH_OK);
}

static void
depth_is_bounded(void **state)
{
	struct vault_marks marks;
	char body[512];
	int depth;

	for (depth = VAULT_SCAN_MAX_DEPTH;
	    depth <= VAULT_SCAN_MAX_DEPTH + 1; depth++) {
		size_t len = 0;
		int i;

		len += (size_t)snprintf(body, sizeof(body), "{\"a\":");
		for (i = 1; i < depth; i++)
			body[len++] = '[';
		for (i = 1; i < depth; i++)
			body[len++] = ']';
		body[len++] = '}';
		assert_int_equal(vault_scan((struct span){ body, len },
		    &marks), depth > VAULT_SCAN_MAX_DEPTH ?
		    LH_ERR_LIMIT : LH_OK);
	}
}

/* Each cut is a buffer of its own, so that a sanitizer sees any step beyond. */
static void
no_cut_of_an_answer_is_json_or_read_beyond(void **state)
{
	struct vault_marks marks;
	size_t len;

	for (len = 1; len < sizeof(LEASED) - 2; len++) {
		char *cut = malloc(len);

		memcpy(cut, LEASED, len);
		assert_int_equal(vault_scan((struct span){ cut, len },
		    &marks), LH_ERR_FORMAT);
		(void)vault_scan_may_lease((struct span){ cut, len });
		free(cut);
	}
}

static void
an_answer_without_lease_is_known_at_once(void **state)
{
	assert_true(vault_scan_may_lease(SPAN_LITERAL(LEASED)));
	assert_true(vault_scan_may_lease(SPAN_LITERAL(
	    "{\"lease_id\":\"\",\"auth\" : {\"client_token\":\"x\"}}")));
	assert_true(vault_scan_may_lease(SPAN_LITERAL(
	    "{\"lease_id\":\"\",\"wrap_info\":{\"token\":\"x\"}}")));
	assert_false(vault_scan_may_lease(SPAN_LITERAL(
	    "{\"lease_id\": \"\",\"data\":{\"a\":\"auth\"},\"auth\":null,"
	    "\"wrap_info\":null}")));
	assert_false(vault_scan_may_lease(SPAN_LITERAL("")));
}

static void
seconds_are_written_into_their_room(void **state)
{
	static const struct { int64_t value; size_t width; const char *text; }
	cases[] = {
		{ 3600, 4, "3600" }, { 59, 4, "59  " }, { 0, 4, "0   " },
		{ -5, 2, "0 " }, { 100, 2, "99" }, { INT64_MAX, 3, "999" },
		{ INT64_MAX, 19, "9223372036854775807" }, { 7, 0, "" }
	};
	char room[21];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(room, '#', sizeof(room));
		vault_scan_write(room, cases[i].width, cases[i].value);
		assert_memory_equal(room, cases[i].text, cases[i].width);
		assert_int_equal(room[cases[i].width], '#');
	}
}

static void
a_member_is_found_at_its_path_alone(void **state)
{
	static const char body[] = "{\"ttl\":1,\"x\":[{\"ttl\":2}],\"y\":"
	    "{\"data\":{\"ttl\":3}},\"data\":{\"a\":{\"ttl\":4},\"b\":[[]],"
	    "\"ttl\" : 50 ,\"c\":{\"d\":{\"e\":\"f\"}},\"n\":null},"
	    "\"z\":{\"ttl\":6}}";
	static const struct { const char *path, *text; bool is_number; }
	cases[] = {
		{ "ttl", "1", true }, { "data.ttl", "50", true },
		{ "data.a.ttl", "4", true }, { "data.c.d.e", "f", false },
		{ "z.ttl", "6", true }, { "y.data.ttl", "3", true }
	};
	struct vault_member member;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(vault_scan_member(span_of(body),
		    span_of(cases[i].path), &member), LH_OK);
		assert_true(span_equal(member.text, span_of(cases[i].text)));
		assert_ptr_equal(body + member.offset, member.text.ptr);
		assert_int_equal(member.is_number, cases[i].is_number);
	}
}

static void
a_member_that_is_not_there_is_not_found(void **state)
{
	static const char *const paths[] = {
		"", "data", "data.x", "data.n", "data.a.b", "data.ttl.x",
		"data.list.ttl", "auth.ttl"
	};
	static const char body[] = "{\"data\":{\"ttl\":5,\"n\":null,"
	    "\"a\":[],\"list\":[{\"ttl\":1}]},\"auth\":null}";
	struct vault_member member;
	size_t i;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		assert_int_equal(vault_scan_member(span_of(body),
		    span_of(paths[i]), &member), LH_ERR_NOT_FOUND);
	assert_int_equal(vault_scan_member(span_of(body),
	    SPAN_LITERAL("a.b.c.d.e.f.g.h.i"), &member), LH_ERR_LIMIT);
}

static void
a_member_that_two_readers_could_read_twice_is_refused(void **state)
{
	static const char *const bodies[] = {
		"{\"data\":{\"ttl\":1,\"ttl\":2}}",
		"{\"data\":{\"ttl\":1},\"data\":{\"ttl\":2}}",
		"{\"data\":{},\"data\":{\"ttl\":2}}",
		"{\"d\\u0061ta\":{\"ttl\":2}}", "{\"data\":{\"ttl\":\"\\n\"}}",
		"[]", "", "{\"data\":{\"ttl\":1}", "{\"data\":{\"ttl\":1}}}"
	};
	struct vault_member member;
	size_t i;

	for (i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		assert_int_equal(vault_scan_member(span_of(bodies[i]),
		    SPAN_LITERAL("data.ttl"), &member), LH_ERR_FORMAT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    the_lease_of_the_answer_is_found_not_that_in_data),
		cmocka_unit_test(the_duration_of_auth_is_found),
		cmocka_unit_test(only_a_plain_integer_is_a_place),
		cmocka_unit_test(what_is_not_json_is_refused),
		cmocka_unit_test(all_of_json_is_taken),
		cmocka_unit_test(
		    a_key_that_matters_twice_or_in_disguise_is_refused),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(no_cut_of_an_answer_is_json_or_read_beyond),
		cmocka_unit_test(an_answer_without_lease_is_known_at_once),
		cmocka_unit_test(seconds_are_written_into_their_room),
		cmocka_unit_test(a_member_is_found_at_its_path_alone),
		cmocka_unit_test(a_member_that_is_not_there_is_not_found),
		cmocka_unit_test(
		    a_member_that_two_readers_could_read_twice_is_refused)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
