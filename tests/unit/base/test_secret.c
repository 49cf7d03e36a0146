/*
 * test_secret - counted, immutable, locked while there is room.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/crypto.h>
#include <openssl/err.h>

#include "base/secret.h"

#define TOKEN SPAN_LITERAL("hvs.CAESIJtoken")

static bool arena_locked;	/* what the system allows the test */

static int
start(void **state)
{
	return secret_start(&arena_locked) == LH_OK ? 0 : -1;
}

static int
stop(void **state)
{
	secret_stop();
	return CRYPTO_secure_malloc_initialized() ? -1 : 0;
}

static struct span
big_text(size_t len)
{
	char *text = malloc(len);

	assert_non_null(text);
	memset(text, 'x', len);
	return (struct span){ text, len };
}

static void
a_secret_is_a_copy_with_a_nul_behind(void **state)
{
	char given[] = "s.token";
	struct secret *secret = secret_new(SPAN_LITERAL(given));
	struct span lent;

	memset(given, 0, sizeof(given));
	lent = secret_lend(secret);
	assert_int_equal(lent.len, 7);
	assert_string_equal(lent.ptr, "s.token");
	secret_unref(&secret);
	assert_null(secret);
}

static void
the_last_unref_frees_the_arena(void **state)
{
	size_t used = CRYPTO_secure_used();
	struct secret *one = secret_new(TOKEN);
	struct secret *two = secret_ref(one);

	assert_ptr_equal(one, two);
	assert_int_equal(secret_is_locked(one), arena_locked);
	assert_true(CRYPTO_secure_used() > used);
	secret_unref(&one);
	assert_null(one);
	assert_string_equal(secret_lend(two).ptr, TOKEN.ptr);
	secret_unref(&two);
	assert_int_equal(CRYPTO_secure_used(), used);
}

static void
no_secret_is_no_trouble(void **state)
{
	struct secret *none = NULL;
	struct secret *empty = secret_new(SPAN_NONE);

	assert_null(secret_ref(NULL));
	secret_unref(&none);
	assert_null(secret_lend(NULL).ptr);
	assert_int_equal(secret_lend(NULL).len, 0);
	assert_true(secret_equal(NULL, NULL));
	assert_false(secret_equal(NULL, empty));
	assert_false(secret_equal(empty, NULL));
	assert_string_equal(secret_lend(empty).ptr, "");
	secret_unref(&empty);
}

static void
secrets_are_equal_by_their_bytes(void **state)
{
	struct secret *one = secret_new(TOKEN);
	struct secret *same = secret_new_bulk(TOKEN);
	struct secret *other = secret_new(SPAN_LITERAL("hvs.CAESIJtokem"));
	struct secret *longer = secret_new(SPAN_LITERAL("hvs.CAESIJtokens"));

	assert_true(secret_equal(one, one));
	assert_true(secret_equal(one, same));
	assert_false(secret_equal(one, other));
	assert_false(secret_equal(one, longer));
	secret_unref(&one);
	secret_unref(&same);
	secret_unref(&other);
	secret_unref(&longer);
}

static void
sizes_are_bounded(void **state)
{
	struct span text = big_text(SECRET_MAX_BYTES + 1);
	struct span too_much = { text.ptr, (size_t)SECRET_MAX_BULK + 1 };
	struct secret *secret;

	assert_null(secret_new(text));
	assert_null(secret_new_bulk(too_much));
	secret = secret_new_bulk(text);
	assert_non_null(secret);
	assert_false(secret_is_locked(secret));
	assert_memory_equal(secret_lend(secret).ptr, text.ptr, text.len);
	secret_unref(&secret);
	text.len = SECRET_MAX_BYTES;
	secret = secret_new(text);
	assert_non_null(secret);
	assert_memory_equal(secret_lend(secret).ptr, text.ptr, text.len);
	secret_unref(&secret);
	free((char *)text.ptr);
}

static void
a_full_arena_is_followed_by_ordinary_memory(void **state)
{
	enum { ENOUGH_TO_FILL = 600 };
	struct secret *secrets[ENOUGH_TO_FILL];
	size_t used = CRYPTO_secure_used();
	struct span text = big_text(1000);
	size_t i;

	for (i = 0; i < ENOUGH_TO_FILL; i++) {
		secrets[i] = secret_new(text);
		assert_non_null(secrets[i]);
	}
	assert_int_equal(secret_is_locked(secrets[0]), arena_locked);
	assert_false(secret_is_locked(secrets[ENOUGH_TO_FILL - 1]));
	assert_true(secret_equal(secrets[0], secrets[ENOUGH_TO_FILL - 1]));
	assert_int_equal(ERR_peek_error(), 0);
	for (i = 0; i < ENOUGH_TO_FILL; i++)
		secret_unref(&secrets[i]);
	assert_int_equal(CRYPTO_secure_used(), used);
	free((char *)text.ptr);
}

static void
a_fingerprint_tells_secrets_apart_in_hex(void **state)
{
	char one[SECRET_FINGERPRINT_SIZE], two[SECRET_FINGERPRINT_SIZE];
	struct secret *secret = secret_new(TOKEN);
	struct secret *same = secret_new_bulk(TOKEN);
	struct secret *other = secret_new(SPAN_LITERAL("another"));

	secret_fingerprint(secret, one);
	assert_int_equal(strlen(one), SECRET_FINGERPRINT_SIZE - 1);
	assert_int_equal(strspn(one, "0123456789abcdef"), strlen(one));
	secret_fingerprint(same, two);
	assert_string_equal(one, two);
	secret_fingerprint(other, two);
	assert_string_not_equal(one, two);
	secret_fingerprint(NULL, two);
	assert_string_not_equal(one, two);
	secret_unref(&secret);
	secret_unref(&same);
	secret_unref(&other);
}

static void
each_start_has_its_own_fingerprint_key(void **state)
{
	char one[SECRET_FINGERPRINT_SIZE], two[SECRET_FINGERPRINT_SIZE];
	struct secret *secret = secret_new_bulk(TOKEN);

	secret_fingerprint(secret, one);
	assert_int_equal(stop(state), 0);
	assert_int_equal(start(state), 0);
	secret_fingerprint(secret, two);
	assert_string_not_equal(one, two);
	secret_unref(&secret);
}

static void
before_the_start_secrets_are_not_locked(void **state)
{
	struct secret *secret;

	assert_int_equal(stop(state), 0);
	secret = secret_new(TOKEN);
	assert_false(secret_is_locked(secret));
	assert_int_equal(start(state), 0);
	secret_unref(&secret);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_secret_is_a_copy_with_a_nul_behind),
		cmocka_unit_test(the_last_unref_frees_the_arena),
		cmocka_unit_test(no_secret_is_no_trouble),
		cmocka_unit_test(secrets_are_equal_by_their_bytes),
		cmocka_unit_test(sizes_are_bounded),
		cmocka_unit_test(a_full_arena_is_followed_by_ordinary_memory),
		cmocka_unit_test(a_fingerprint_tells_secrets_apart_in_hex),
		cmocka_unit_test(each_start_has_its_own_fingerprint_key),
		cmocka_unit_test(before_the_start_secrets_are_not_locked),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
