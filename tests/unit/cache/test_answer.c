/*
 * test_answer - what is stored of an answer, and what goes out of it.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#include "cache/cache_answer.h"

static struct cache_answer *
answer_of(const char *body)
{
	struct http_head head = fixture_head();
	struct vault_marks marks;

	assert_int_equal(vault_scan(span_of(body), &marks), LH_OK);
	return cache_answer_new(&head, span_of(body), &marks);
}

/* Its data.ttl counts down too. */
static struct cache_answer *
answer_with_life(const char *body)
{
	struct http_head head = fixture_head();
	struct vault_member member;
	struct vault_marks marks;

	assert_int_equal(vault_scan(span_of(body), &marks), LH_OK);
	assert_int_equal(vault_scan_member(span_of(body),
	    SPAN_LITERAL("data.ttl"), &member), LH_OK);
	marks.life = (struct vault_place){ member.offset, member.text.len };
	return cache_answer_new(&head, span_of(body), &marks);
}

/* The body as it leaves, in text. Consumes the answer. */
static void
send_body(struct cache_answer *answer, int64_t remaining_s, char *text,
    size_t size)
{
	struct cache_answer_room room;
	struct http_stored stored;
	size_t i, len = 0;

	cache_answer_send(answer, remaining_s, 3, &room, &stored);
	for (i = 0; i < HTTP_STORED_PIECES; i++) {
		assert_true(len + stored.pieces[i].len < size);
		if (stored.pieces[i].len > 0)
			memcpy(text + len, stored.pieces[i].ptr,
			    stored.pieces[i].len);
		len += stored.pieces[i].len;
	}
	text[len] = '\0';
	stored.release(stored.arg);
}

static void
the_head_is_kept_without_what_belongs_to_the_moment(void **state)
{
	static const char expected[] = "HTTP/1.1 200 OK\r\n"
	    "Cache-Control: no-store\r\nContent-Type: application/json\r\n"
	    "X-Cache: HIT\r\n";
	struct cache_answer *answer = answer_of(FIXTURE_LEASE("db/1", 3600));
	struct cache_answer_room room;
	struct http_stored stored;

	cache_answer_send(answer, 5, 42, &room, &stored);
	assert_true(span_equal(stored.head, span_of(expected)));
	assert_true(span_equal(stored.more, SPAN_LITERAL("Age: 42\r\n")));
	stored.release(stored.arg);
}

static void
a_hit_tells_the_remaining_seconds_in_the_same_width(void **state)
{
	char text[512];

	send_body(answer_of(FIXTURE_LEASE("db/1", 3600)), 59, text,
	    sizeof(text));
	assert_non_null(strstr(text, "\"lease_duration\":59  ,"));
	assert_int_equal(strlen(text), strlen(FIXTURE_LEASE("db/1", 3600)));
}

static void
a_token_tells_its_seconds_and_keeps_the_zero_on_top(void **state)
{
	char text[512];

	send_body(answer_of(FIXTURE_AUTH("t", "a", 3600, true)), 59, text,
	    sizeof(text));
	assert_non_null(strstr(text, "\"lease_duration\":0,"));
	assert_non_null(strstr(text, "\"lease_duration\":59  ,"));
}

static void
a_life_too_long_for_the_room_is_told_shorter(void **state)
{
	char text[512];

	send_body(answer_of(FIXTURE_LEASE("db/1", 60)), 3600, text,
	    sizeof(text));
	assert_non_null(strstr(text, "\"lease_duration\":99,"));
}

static void
an_answer_that_cannot_tell_its_life_is_not_made(void **state)
{
	struct http_head head = fixture_head();
	struct vault_marks marks = { .lease = true };

	assert_null(cache_answer_new(&head, SPAN_LITERAL("{}"), &marks));
	marks.lease_duration = (struct vault_place){ 1, 30 };
	assert_null(cache_answer_new(&head, SPAN_LITERAL("{}"), &marks));
	marks.lease_duration = (struct vault_place){ 9, 1 };
	assert_null(cache_answer_new(&head, SPAN_LITERAL("{}"), &marks));
	marks = (struct vault_marks){ .life = { 1, 30 } };
	assert_null(cache_answer_new(&head, SPAN_LITERAL("{}"), &marks));
}

static void
seconds_in_the_data_are_told_anew_as_well(void **state)
{
	static const char body[] = "{\"lease_id\":\"aws/sts/a/1\","
	    "\"lease_duration\":3600,\"data\":{\"ttl\":3599}}";
	static const char before[] = "{\"data\":{\"ttl\":3599},"
	    "\"lease_id\":\"a/1\",\"lease_duration\":3600}";
	char text[256];

	send_body(answer_with_life(body), 59, text, sizeof(text));
	assert_string_equal(text, "{\"lease_id\":\"aws/sts/a/1\","
	    "\"lease_duration\":59  ,\"data\":{\"ttl\":59  }}");
	send_body(answer_with_life(before), 7, text, sizeof(text));
	assert_string_equal(text, "{\"data\":{\"ttl\":7   },"
	    "\"lease_id\":\"a/1\",\"lease_duration\":7   }");
	send_body(answer_with_life("{\"data\":{\"ttl\":15}}"), 3, text,
	    sizeof(text));
	assert_string_equal(text, "{\"data\":{\"ttl\":3 }}");
}

static void
one_place_named_twice_is_written_once(void **state)
{
	static const char body[] =
	    "{\"lease_id\":\"a/1\",\"lease_duration\":3600}";
	struct http_head head = fixture_head();
	struct vault_marks marks;
	char text[256];

	assert_int_equal(vault_scan(span_of(body), &marks), LH_OK);
	marks.life = marks.lease_duration;
	send_body(cache_answer_new(&head, span_of(body), &marks), 59, text,
	    sizeof(text));
	assert_string_equal(text,
	    "{\"lease_id\":\"a/1\",\"lease_duration\":59  }");
}

static void
the_last_reference_frees_it(void **state)
{
	struct cache_answer *answer = answer_of(FIXTURE_LEASE("db/1", 60));
	struct cache_answer *other = cache_answer_ref(answer);

	assert_true(span_equal(cache_answer_body(answer),
	    span_of(FIXTURE_LEASE("db/1", 60))));
	assert_true(cache_answer_bytes(answer) > 100);
	cache_answer_unref(&answer);
	assert_null(answer);
	cache_answer_unref(&other);
	cache_answer_unref(&other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    the_head_is_kept_without_what_belongs_to_the_moment),
		cmocka_unit_test(
		    a_hit_tells_the_remaining_seconds_in_the_same_width),
		cmocka_unit_test(
		    a_token_tells_its_seconds_and_keeps_the_zero_on_top),
		cmocka_unit_test(a_life_too_long_for_the_room_is_told_shorter),
		cmocka_unit_test(
		    an_answer_that_cannot_tell_its_life_is_not_made),
		cmocka_unit_test(seconds_in_the_data_are_told_anew_as_well),
		cmocka_unit_test(one_place_named_twice_is_written_once),
		cmocka_unit_test(the_last_reference_frees_it)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
