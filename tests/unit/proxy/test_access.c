/*
 * test_access - who may come in through a door.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "../../../src/proxy/proxy_access.h"

static bool
allowed(bool required, const char *first, const char *second)
{
	const struct proxy_access access = {
		.require_request_header = required };
	struct http_field fields[2];
	struct http_request request = { .fields = { fields, 0 } };
	struct proxy_refusal refusal = { 0, NULL };
	const char *values[] = { first, second };
	bool answer;

	for (size_t i = 0; i < 2; i++)
		if (values[i] != NULL)
			fields[request.fields.count++] = (struct http_field){
			    SPAN_LITERAL("x-vault-request"),
			    span_of(values[i]) };
	answer = proxy_access_allows(&access, &request, &refusal);
	assert_int_equal(refusal.status, answer ? 0 : 412);
	return answer;
}

static void
without_the_rule_everybody_comes_in(void **state)
{
	assert_true(allowed(false, NULL, NULL));
	assert_true(allowed(false, "false", NULL));
}

static void
the_header_must_be_there_once_and_say_true(void **state)
{
	assert_true(allowed(true, "true", NULL));
	assert_false(allowed(true, NULL, NULL));
	assert_false(allowed(true, "True", NULL));
	assert_false(allowed(true, "1", NULL));
	assert_false(allowed(true, "", NULL));
	assert_false(allowed(true, "true", "true"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_the_rule_everybody_comes_in),
		cmocka_unit_test(the_header_must_be_there_once_and_say_true),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
