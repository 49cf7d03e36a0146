/*
 * Unit tests of src/auth/auth_token.c.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "auth/auth_token.h"

static struct auth_token *
make(const char *text, const char *accessor)
{
	struct secret *secret = secret_new(span_of(text));
	struct auth_token *token;

	assert_non_null(secret);
	token = auth_token_new(&(struct auth_token_facts){
	    .secret = secret, .accessor = accessor, .generation = 3,
	    .issued = 100, .expires = 700, .renewable = true });
	secret_unref(&secret);
	return token;
}

static void
a_token_keeps_what_it_was_given(void **state)
{
	char accessor[] = "accessor";
	struct auth_token *token = make("hvs.token", accessor);

	accessor[0] = 'x';
	assert_true(span_equal(secret_lend(auth_token_secret(token)),
	    SPAN_LITERAL("hvs.token")));
	assert_string_equal(auth_token_accessor(token), "accessor");
	assert_int_equal(auth_token_generation(token), 3);
	assert_int_equal(auth_token_expires(token), 700);
	assert_true(auth_token_renewable(token));
	auth_token_unref(&token);
	assert_null(token);
}

static void
a_token_may_lack_an_accessor(void **state)
{
	struct auth_token *token = make("hvs.token", NULL);

	assert_null(auth_token_accessor(token));
	auth_token_unref(&token);
}

static void
a_token_lives_until_its_last_reference_goes(void **state)
{
	struct auth_token *token = make("hvs.token", NULL);
	struct auth_token *other = auth_token_ref(token);

	auth_token_unref(&token);
	assert_int_equal(secret_lend(auth_token_secret(other)).len, 9);
	auth_token_unref(&other);
	auth_token_unref(&other);
	assert_null(auth_token_ref(NULL));
}

static void
an_expiry_can_be_moved(void **state)
{
	struct auth_token *token = make("hvs.token", NULL);

	auth_token_extend(token, 900);
	assert_int_equal(auth_token_expires(token), 900);
	auth_token_extend(token, AUTH_TOKEN_NEVER);
	assert_int_equal(auth_token_expires(token), AUTH_TOKEN_NEVER);
	auth_token_unref(&token);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_token_keeps_what_it_was_given),
		cmocka_unit_test(a_token_may_lack_an_accessor),
		cmocka_unit_test(a_token_lives_until_its_last_reference_goes),
		cmocka_unit_test(an_expiry_can_be_moved),
	};

	return cmocka_run_group_tests_name("auth_token", tests, NULL, NULL);
}
