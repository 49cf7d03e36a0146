/*
 * test_watch - the parameters of a caller who waits, and that Vault does not
 * see them.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "../../../src/proxy/proxy_watch.h"

static void
strip(const char *query, const char *expected)
{
	struct bytes room;
	struct span out;

	bytes_init(&room, 256);
	assert_int_equal(proxy_watch_strip(span_of(query), &room, &out),
	    LH_OK);
	assert_true(span_equal(out, span_of(expected)));
	bytes_release(&room);
}

static void
our_parameters_are_taken_out(void **state)
{
	strip("", "");
	strip("version=2", "version=2");
	strip("leasehold_wait=1s", "");
	strip("a=1&leasehold_wait=1s&leasehold_index=x&b=2", "a=1&b=2");
	strip("a&&leasehold_later=1", "a&");
}

static void
wait_and_index_are_read(void **state)
{
	struct proxy_watch watch;

	assert_int_equal(proxy_watch_read(span_of(
	    "leasehold_index=ab&leasehold_wait=1500ms"), &watch), LH_OK);
	assert_int_equal(watch.wait, 1500);
	assert_true(span_equal(watch.index, SPAN_LITERAL("ab")));
	assert_int_equal(proxy_watch_read(span_of("list=true"), &watch),
	    LH_OK);
	assert_int_equal(watch.wait, 0);
}

static void
a_wait_is_bounded_and_a_duration(void **state)
{
	struct proxy_watch watch;

	assert_int_equal(proxy_watch_read(span_of("leasehold_wait=48h"),
	    &watch), LH_OK);
	assert_int_equal(watch.wait, PROXY_WATCH_MAX_WAIT_MS);
	assert_int_equal(proxy_watch_read(span_of("leasehold_wait=soon"),
	    &watch), LH_ERR_FORMAT);
	assert_int_equal(proxy_watch_read(span_of("leasehold_wait="),
	    &watch), LH_ERR_FORMAT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(our_parameters_are_taken_out),
		cmocka_unit_test(wait_and_index_are_read),
		cmocka_unit_test(a_wait_is_bounded_and_a_duration)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
