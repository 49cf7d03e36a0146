/*
 * test_bytes - the growable buffer, its ceiling, and the wiping allocator.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

#include "config.h"
#include "base/bytes.h"
#include "base/secret_alloc.h"

static void
appended_bytes_follow_one_another(void **state)
{
	struct bytes bytes;

	bytes_init(&bytes, 100);
	assert_int_equal(bytes_append(&bytes, "ab\0c", 4), LH_OK);
	assert_int_equal(bytes_append_span(&bytes, SPAN_LITERAL("def")),
	    LH_OK);
	assert_int_equal(bytes_span(&bytes).len, 7);
	assert_memory_equal(bytes_span(&bytes).ptr, "ab\0cdef", 7);
	bytes_release(&bytes);
}

static void
nothing_may_be_appended(void **state)
{
	struct bytes bytes;

	bytes_init(&bytes, 0);
	assert_int_equal(bytes_append(&bytes, NULL, 0), LH_OK);
	assert_int_equal(bytes_append_span(&bytes, SPAN_NONE), LH_OK);
	assert_int_equal(bytes_printf(&bytes, "%s", ""), LH_OK);
	assert_int_equal(bytes.len, 0);
	bytes_release(&bytes);
}

/* With the NUL of what was printed; what stood before stays. */
static void
what_is_cut_off_is_wiped(void **state)
{
	static const char wiped[sizeof("hvs.secret")];
	struct bytes bytes;

	bytes_init(&bytes, 100);
	bytes_cut(&bytes, 0);
	assert_int_equal(bytes_append(&bytes, "kept", 4), LH_OK);
	assert_int_equal(bytes_printf(&bytes, "%s", "hvs.secret"), LH_OK);
	bytes.data[bytes.len] = 'x';
	bytes_cut(&bytes, 4);
	assert_int_equal(bytes.len, 4);
	assert_memory_equal(bytes.data, "kept", 4);
	assert_memory_equal(bytes.data + 4, wiped, sizeof(wiped));
	bytes_release(&bytes);
}

static void
the_ceiling_can_be_reached_but_not_passed(void **state)
{
	struct bytes bytes;

	bytes_init(&bytes, 5);
	assert_int_equal(bytes_append(&bytes, "abc", 3), LH_OK);
	assert_int_equal(bytes_append(&bytes, "def", 3), LH_ERR_LIMIT);
	assert_int_equal(bytes.len, 3);
	assert_int_equal(bytes_append(&bytes, "de", 2), LH_OK);
	assert_memory_equal(bytes.data, "abcde", 5);
	assert_int_equal(bytes_append(&bytes, "f", 1), LH_ERR_LIMIT);
	assert_true(bytes.cap <= bytes.max);
	bytes_release(&bytes);
}

static void
a_length_that_would_wrap_is_refused(void **state)
{
	struct bytes bytes;

	bytes_init(&bytes, SIZE_MAX - 1);
	assert_int_equal(bytes_append(&bytes, "x", 1), LH_OK);
	assert_int_equal(bytes_append(&bytes, "x", SIZE_MAX), LH_ERR_LIMIT);
	assert_int_equal(bytes.len, 1);
	bytes_release(&bytes);
}

static void
growth_keeps_what_was_there(void **state)
{
	struct bytes bytes;
	size_t i;

	bytes_init(&bytes, 5000);
	for (i = 0; i < 5000; i++) {
		char c = (char)('a' + i % 26);

		assert_int_equal(bytes_append(&bytes, &c, 1), LH_OK);
		assert_true(bytes.len <= bytes.cap && bytes.cap <= bytes.max);
	}
	for (i = 0; i < 5000; i++)
		assert_int_equal(bytes.data[i], 'a' + (int)(i % 26));
	bytes_release(&bytes);
}

static void
printed_text_fills_a_buffer_to_the_last_byte(void **state)
{
	struct bytes bytes;

	bytes_init(&bytes, 8);
	assert_int_equal(bytes_printf(&bytes, "%s=%d", "key", 42), LH_OK);
	assert_int_equal(bytes_printf(&bytes, "%d", 789), LH_ERR_LIMIT);
	assert_int_equal(bytes.len, 6);
	assert_int_equal(bytes_printf(&bytes, "%d", 78), LH_OK);
	assert_memory_equal(bytes.data, "key=4278", 8);
	bytes_release(&bytes);
}

static void
clearing_frees_the_memory_and_keeps_the_ceiling(void **state)
{
	struct bytes bytes;

	bytes_init(&bytes, 4);
	assert_int_equal(bytes_append(&bytes, "abcd", 4), LH_OK);
	bytes_clear(&bytes);
	assert_null(bytes.data);
	assert_int_equal(bytes.len, 0);
	assert_int_equal(bytes_append(&bytes, "abcde", 5), LH_ERR_LIMIT);
	assert_int_equal(bytes_append(&bytes, "efgh", 4), LH_OK);
	bytes_release(&bytes);
	bytes_release(&bytes);
}

static void
a_resized_block_keeps_its_bytes(void **state)
{
	char *block = secret_strdup("0123456789");

	block = secret_realloc(block, 4000);
	assert_non_null(block);
	assert_string_equal(block, "0123456789");
	block = secret_realloc(block, 4);
	assert_non_null(block);
	assert_memory_equal(block, "0123", 4);
	assert_null(secret_realloc(block, 0));
}

static void
a_library_hears_of_no_memory_only_when_it_asks_for_much(void **state)
{
	char *block = secret_need_strdup("0123456789");

	block = secret_need_realloc(block, 4000);
	assert_string_equal(block, "0123456789");
	assert_null(secret_need_realloc(block, 0));
#ifndef LH_SANITIZERS		/* they end the process at such a size */
	assert_null(secret_need_malloc(SIZE_MAX / 2));
#endif
	assert_null(secret_need_calloc(SIZE_MAX / 2, 4));
	block = secret_need_calloc(2, 8);
	assert_int_equal(block[15], 0);
	secret_free(block);
}

static void
the_allocator_obeys_its_model(void **state)
{
	unsigned char *block = secret_calloc(3, 5);
	static const unsigned char zeros[15];

	assert_memory_equal(block, zeros, sizeof(zeros));
	secret_free(block);
	secret_free(NULL);
	block = secret_realloc(NULL, 7);
	assert_non_null(block);
	secret_free(block);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(appended_bytes_follow_one_another),
		cmocka_unit_test(nothing_may_be_appended),
		cmocka_unit_test(what_is_cut_off_is_wiped),
		cmocka_unit_test(the_ceiling_can_be_reached_but_not_passed),
		cmocka_unit_test(a_length_that_would_wrap_is_refused),
		cmocka_unit_test(growth_keeps_what_was_there),
		cmocka_unit_test(printed_text_fills_a_buffer_to_the_last_byte),
		cmocka_unit_test(
		    clearing_frees_the_memory_and_keeps_the_ceiling),
		cmocka_unit_test(a_resized_block_keeps_its_bytes),
		cmocka_unit_test(
		    a_library_hears_of_no_memory_only_when_it_asks_for_much),
		cmocka_unit_test(the_allocator_obeys_its_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
