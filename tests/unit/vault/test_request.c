/*
 * test_request - what a body names, as the server would read it.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "vault/vault_request.h"

static enum lh_err
read_token(const char *body, struct bytes *into)
{
	bytes_init(into, 64);
	return vault_request_text(span_of(body), "token", into);
}

static void
assert_names(const char *body, const char *name)
{
	struct bytes into;

	assert_int_equal(read_token(body, &into), LH_OK);
	assert_true(span_equal(bytes_span(&into), span_of(name)));
	bytes_release(&into);
}

static void
assert_fails(const char *body, enum lh_err err)
{
	struct bytes into;

	assert_int_equal(read_token(body, &into), err);
	assert_int_equal(into.len, 0);
	bytes_release(&into);
}

static void
a_member_of_an_object_is_found(void **state)
{
	(void)state;
	assert_names("{\"token\":\"a\\u0062c\",\"n\":1}", "abc");
	assert_names(" \r\n\t{\"n\":{\"token\":\"x\"},\"token\":\"abc\"}",
	    "abc");
	assert_names("{\"to\\u006ben\":\"abc\"}", "abc");
	assert_fails("{\"n\":\"token\"}", LH_ERR_NOT_FOUND);
	assert_fails("{\"token\":7}", LH_ERR_NOT_FOUND);
	assert_fails("{\"token\":[\"abc\"]}", LH_ERR_NOT_FOUND);
	assert_fails("[{\"token\":\"abc\"}]", LH_ERR_NOT_FOUND);
}

static void
the_last_of_equal_members_counts(void **state)
{
	(void)state;
	assert_names("{\"token\":\"x\",\"token\":\"abc\"}", "abc");
	assert_fails("{\"token\":\"abc\",\"token\":null}", LH_ERR_NOT_FOUND);
}

static void
what_else_is_in_the_body_hides_nothing(void **state)
{
	(void)state;
	assert_names("{\"token\":\"abc\"} and more", "abc");
	assert_names("{\"token\":\"abc\"}{\"token\":\"x\"}", "abc");
	assert_names("{\"n\":\"\xff\",\"m\":1e999,\"token\":\"abc\"}", "abc");
	assert_fails("{\"token\":\"abc\"", LH_ERR_NOT_FOUND);
}

static void
what_is_too_deep_is_said_to_be_so(void **state)
{
	char body[1024];

	(void)state;
	snprintf(body, sizeof(body), "{\"token\":\"abc\",\"n\":%0300d}", 0);
	for (size_t i = 0; body[i] != '\0'; i++)
		if (body[i] == '0')
			body[i] = '[';
	assert_fails(body, LH_ERR_LIMIT);
}

static void
a_form_is_read_too(void **state)
{
	(void)state;
	assert_names("token=abc", "abc");
	assert_names("n=1&to%6ben=a%62c&token=x", "abc");
	assert_fails("", LH_ERR_NOT_FOUND);
	assert_names("token", "");
	assert_fails("tokens=abc&tok=abc&a%zz=1", LH_ERR_NOT_FOUND);
	assert_fails("token=%zz", LH_ERR_FORMAT);
}

static void
an_object_alone_is_no_form(void **state)
{
	struct bytes into;

	(void)state;
	bytes_init(&into, 100);
	assert_int_equal(vault_request_json_text(SPAN_LITERAL("token=abc"),
	    "token", &into), LH_ERR_NOT_FOUND);
	assert_int_equal(vault_request_json_text(
	    SPAN_LITERAL(" {\"token\": \"abc\"} \n"), "token", &into), LH_OK);
	assert_true(span_equal(bytes_span(&into), SPAN_LITERAL("abc")));
	bytes_release(&into);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_member_of_an_object_is_found),
		cmocka_unit_test(the_last_of_equal_members_counts),
		cmocka_unit_test(what_else_is_in_the_body_hides_nothing),
		cmocka_unit_test(what_is_too_deep_is_said_to_be_so),
		cmocka_unit_test(a_form_is_read_too),
		cmocka_unit_test(an_object_alone_is_no_form)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
