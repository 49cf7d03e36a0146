/*
 * test_spare - memory of large bodies: kept for the next, not for long.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "../../../src/http/http_spare.h"
#include "base/timesource.h"

#define LARGE (200 * 1000)

struct fixture {
	struct timesource *source;
	struct loop *loop;
	struct http_spares *spares;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->source = timesource_new_manual(1000000, 784111777000);
	assert_int_equal(loop_new(f->source, &f->loop), LH_OK);
	f->spares = http_spares_new(f->loop);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	http_spares_free(f->spares);
	loop_free(f->loop);
	timesource_free(f->source);
	free(f);
	return 0;
}

static struct bytes
body_of(size_t len)
{
	struct bytes bytes;

	bytes_init(&bytes, SIZE_MAX / 2);
	assert_int_equal(bytes_reserve(&bytes, len), LH_OK);
	memset(bytes.data, 's', len);
	bytes.len = len;
	return bytes;
}

static void
put(struct fixture *f, size_t len)
{
	struct bytes body = body_of(len);

	http_spares_put(f->spares, &body);
	assert_null(body.data);
}

static void
the_next_body_gets_the_memory_wiped(void **state)
{
	struct fixture *f = *state;
	struct bytes body = body_of(LARGE), next;
	const char *data = body.data;

	http_spares_put(f->spares, &body);
	assert_int_equal(http_spares_count(f->spares), 1);
	bytes_init(&next, 10 * LARGE);
	assert_true(http_spares_take(f->spares, &next, LARGE - 1));
	assert_ptr_equal(next.data, data);
	assert_true(next.cap >= LARGE && next.len == 0);
	for (size_t i = 0; i < LARGE; i++)
		assert_int_equal(next.data[i], 0);
	assert_int_equal(http_spares_count(f->spares), 0);
	bytes_release(&next);
}

static void
what_does_not_fit_is_not_given(void **state)
{
	struct fixture *f = *state;
	struct bytes next;

	put(f, LARGE);
	bytes_init(&next, 10 * LARGE);
	assert_false(http_spares_take(f->spares, &next, 5 * LARGE));
	assert_false(http_spares_take(f->spares, &next, 1));
	bytes_init(&next, LARGE - 1);
	assert_false(http_spares_take(f->spares, &next, LARGE - 1));
	assert_int_equal(http_spares_count(f->spares), 1);
}

static void
few_are_kept_and_none_too_small_or_too_large(void **state)
{
	struct fixture *f = *state;

	put(f, 100);
	put(f, HTTP_SPARE_MAX + 1);
	put(f, 0);
	assert_int_equal(http_spares_count(f->spares), 0);
	for (int i = 0; i < HTTP_SPARE_BLOCKS + 2; i++)
		put(f, LARGE);
	assert_int_equal(http_spares_count(f->spares), HTTP_SPARE_BLOCKS);
}

static void
none_is_kept_for_long_when_none_is_needed(void **state)
{
	struct fixture *f = *state;
	struct bytes next;

	put(f, LARGE);
	put(f, LARGE);
	bytes_init(&next, 10 * LARGE);
	assert_true(http_spares_take(f->spares, &next, LARGE));
	bytes_release(&next);
	http_spares_look(f->spares);
	assert_int_equal(http_spares_count(f->spares), 1);
	http_spares_look(f->spares);
	assert_int_equal(http_spares_count(f->spares), 0);
	put(f, LARGE);
	http_spares_look(f->spares);
	assert_int_equal(http_spares_count(f->spares), 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(the_next_body_gets_the_memory_wiped),
		CASE(what_does_not_fit_is_not_given),
		CASE(few_are_kept_and_none_too_small_or_too_large),
		CASE(none_is_kept_for_long_when_none_is_needed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
