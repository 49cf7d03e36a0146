/*
 * test_digest - known hashes, reuse of the state, random numbers in range.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/crypto.h>

#include "base/digest.h"

#define EMPTY_HASH							\
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define ABC_HASH							\
	"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static unsigned allocations;	/* of libcrypto */
static size_t largest;

static void *
count_malloc(size_t size, const char *file, int line)
{
	allocations++;
	largest = size > largest ? size : largest;
	return malloc(size);
}

static void *
count_realloc(void *old, size_t size, const char *file, int line)
{
	allocations++;
	return realloc(old, size);
}

static void
count_free(void *memory, const char *file, int line)
{
	free(memory);
}

static void
assert_ends_as(struct digest *digest, const char *expected)
{
	char hex[2 * DIGEST_BYTES + 1];
	uint8_t out[DIGEST_BYTES];
	size_t i;

	digest_end(digest, out);
	for (i = 0; i < DIGEST_BYTES; i++)
		snprintf(hex + 2 * i, 3, "%02x", out[i]);
	assert_string_equal(hex, expected);
}

static void
known_texts_give_known_hashes(void **state)
{
	struct digest *digest = digest_new();

	digest_begin(digest);
	assert_ends_as(digest, EMPTY_HASH);
	digest_begin(digest);
	digest_add(digest, "abc", 3);
	assert_ends_as(digest, ABC_HASH);
	digest_begin(digest);
	digest_add(digest, "a", 1);
	digest_add(digest, NULL, 0);
	digest_add(digest, "bc", 2);
	assert_ends_as(digest, ABC_HASH);
	digest_free(digest);
	digest_free(NULL);
}

static void
a_begin_forgets_an_unfinished_hash(void **state)
{
	struct digest *digest = digest_new();

	digest_begin(digest);
	digest_add(digest, "left over", 9);
	digest_begin(digest);
	digest_add(digest, "abc", 3);
	assert_ends_as(digest, ABC_HASH);
	digest_free(digest);
}

static void
hash_two_spans(struct digest *digest, struct span one, struct span two,
    uint8_t out[DIGEST_BYTES])
{
	digest_begin(digest);
	digest_add_span(digest, one);
	digest_add_span(digest, two);
	digest_end(digest, out);
}

static void
spans_do_not_run_together(void **state)
{
	uint8_t one[DIGEST_BYTES], two[DIGEST_BYTES], three[DIGEST_BYTES];
	struct digest *digest = digest_new();

	hash_two_spans(digest, SPAN_LITERAL("ab"), SPAN_LITERAL("c"), one);
	hash_two_spans(digest, SPAN_LITERAL("a"), SPAN_LITERAL("bc"), two);
	hash_two_spans(digest, SPAN_LITERAL("abc"), SPAN_NONE, three);
	assert_memory_not_equal(one, two, DIGEST_BYTES);
	assert_memory_not_equal(one, three, DIGEST_BYTES);
	hash_two_spans(digest, SPAN_LITERAL("a"), SPAN_LITERAL("bc"), one);
	assert_memory_equal(one, two, DIGEST_BYTES);
	digest_free(digest);
}

static void
a_hash_costs_at_most_one_small_allocation(void **state)
{
	struct digest *digest = digest_new();
	uint8_t out[DIGEST_BYTES];
	int i;

	assert_true(allocations > 0);
	allocations = 0;
	largest = 0;
	for (i = 0; i < 10; i++)
		hash_two_spans(digest, SPAN_LITERAL("GET"),
		    SPAN_LITERAL("/v1/secret/data/app"), out);
	assert_in_range(allocations, 0, 10);
	assert_in_range(largest, 0, 256);
	digest_free(digest);
}

static void
random_bytes_fill_the_whole_buffer(void **state)
{
	static unsigned char big[4096];	/* above what one call may give */
	unsigned char one[16], two[16];
	int zeros = 0;
	size_t i;

	random_fill(one, sizeof(one));
	random_fill(two, sizeof(two));
	assert_memory_not_equal(one, two, sizeof(one));
	random_fill(one, 0);
	random_fill(big, sizeof(big));
	for (i = 0; i < sizeof(big); i++)
		zeros += big[i] == 0;
	assert_in_range(zeros, 0, 100);
}

static void
random_units_lie_in_the_half_open_interval(void **state)
{
	int i, upper = 0;
	double unit;

	for (i = 0; i < 1000; i++) {
		unit = random_unit();
		assert_true(unit >= 0.0 && unit < 1.0);
		upper += unit >= 0.5;
	}
	assert_in_range(upper, 300, 700);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_texts_give_known_hashes),
		cmocka_unit_test(a_begin_forgets_an_unfinished_hash),
		cmocka_unit_test(spans_do_not_run_together),
		cmocka_unit_test(a_hash_costs_at_most_one_small_allocation),
		cmocka_unit_test(random_bytes_fill_the_whole_buffer),
		cmocka_unit_test(random_units_lie_in_the_half_open_interval),
	};

	CRYPTO_set_mem_functions(count_malloc, count_realloc, count_free);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
