/*
 * Unit tests of src/auth/aws_sigv4.c: vectors of the test suite that AWS
 * published, and two of GetCallerIdentity that a program of a few lines of
 * Python has computed.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "../../../src/auth/aws_sigv4.h"

#define SECRET_KEY "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define SUITE_NOW 1440938160000LL	/* 20150830T123600Z */
#define LEAP_NOW 1709251199000LL	/* 20240229T235959Z */
#define SESSION_TOKEN "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4" \
    "x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qk" \
    "PpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSX" \
    "Dvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbq" \
    "BAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA=="
#define MAX_FIELDS 8

struct vector {
	const char *name;
	const char *method;
	const char *path;
	const char *fields[MAX_FIELDS][2];
	const char *body;
	const char *names;
	const char *signature;
};

#define HOST { "Host", "example.amazonaws.com" }
#define DATE { "X-Amz-Date", "20150830T123600Z" }

static const struct vector suite[] = {
	{ "get-vanilla", "GET", "/", { HOST, DATE }, "",
	    "host;x-amz-date",
	    "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
	},
	{ "get-unreserved", "GET", "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz", { HOST, DATE }, "",
	    "host;x-amz-date",
	    "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"
	},
	{ "get-header-key-duplicate", "GET", "/",
	    { HOST, { "My-Header1", "value2" }, { "My-Header1", "value2" },
	    { "My-Header1", "value1" }, DATE }, "",
	    "host;my-header1;x-amz-date",
	    "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"
	},
	{ "get-header-value-trim", "GET", "/",
	    { HOST, { "My-Header1", " value1" },
	    { "My-Header2", " \"a   b   c\"" }, DATE }, "",
	    "host;my-header1;my-header2;x-amz-date",
	    "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"
	},
	{ "post-vanilla", "POST", "/", { HOST, DATE }, "",
	    "host;x-amz-date",
	    "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"
	},
	{ "post-header-key-sort", "POST", "/",
	    { DATE, { "My-Header1", "value1" }, HOST }, "",
	    "host;my-header1;x-amz-date",
	    "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"
	},
	{ "post-sts-header-before", "POST", "/",
	    { HOST, DATE, { "X-Amz-Security-Token", SESSION_TOKEN } }, "",
	    "host;x-amz-date;x-amz-security-token",
	    "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"
	},
	{ "post-x-www-form-urlencoded", "POST", "/",
	    { { "Content-Type", "application/x-www-form-urlencoded" }, HOST,
	    DATE }, "Param1=value1", "content-type;host;x-amz-date",
	    "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"
	},
	{ "post-x-www-form-urlencoded-parameters", "POST", "/",
	    { { "Content-Type",
	    "application/x-www-form-urlencoded; charset=utf8" }, HOST, DATE },
	    "Param1=value1", "content-type;host;x-amz-date",
	    "1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe"
	},
};

static struct http_fields
fields_of(const struct vector *vector, struct http_field list[MAX_FIELDS])
{
	size_t count = 0;

	for (; count < MAX_FIELDS && vector->fields[count][0] != NULL;
	    count++)
		list[count] = (struct http_field){
		    span_of(vector->fields[count][0]),
		    span_of(vector->fields[count][1]) };
	return (struct http_fields){ list, count };
}

static void
assert_signed(const struct vector *vector,
    const struct aws_sigv4_signer *signer, const char *scope)
{
	struct http_field list[MAX_FIELDS];
	struct aws_sigv4_request request = {
		span_of(vector->method), span_of(vector->path),
		fields_of(vector, list), span_of(vector->body)
	};
	char expected[512];
	struct bytes made;

	snprintf(expected, sizeof(expected), "AWS4-HMAC-SHA256 "
	    "Credential=AKIDEXAMPLE/%s/aws4_request, SignedHeaders=%s, "
	    "Signature=%s", scope, vector->names, vector->signature);
	bytes_init(&made, 4096);
	assert_int_equal(aws_sigv4_authorization(&request, signer, &made),
	    LH_OK);
	assert_int_equal(bytes_append(&made, "", 1), LH_OK);
	if (strcmp(made.data, expected) != 0)
		print_message("%s\n", vector->name);
	assert_string_equal(made.data, expected);
	bytes_release(&made);
}

static void
the_published_vectors_are_met(void **state)
{
	const struct aws_sigv4_signer signer = {
		SPAN_LITERAL("AKIDEXAMPLE"), SPAN_LITERAL(SECRET_KEY),
		"us-east-1", "service", SUITE_NOW
	};

	for (size_t i = 0; i < sizeof(suite) / sizeof(suite[0]); i++)
		assert_signed(&suite[i], &signer,
		    "20150830/us-east-1/service");
}

static void
caller_identity_is_signed_with_all_its_fields(void **state)
{
	const struct aws_sigv4_signer signer = {
		SPAN_LITERAL("AKIDEXAMPLE"), SPAN_LITERAL(SECRET_KEY),
		"us-east-1", "sts", LEAP_NOW
	};
	const struct vector vector = { "caller identity", "POST", "/", {
	    { "Content-Length", "43" },
	    { "Content-Type",
	    "application/x-www-form-urlencoded; charset=utf-8" },
	    { "Host", "sts.amazonaws.com" },
	    { "X-Amz-Date", "20240229T235959Z" },
	    { "X-Amz-Security-Token", "session/token+with=signs" },
	    { "X-Vault-AWS-IAM-Server-ID", "vault.example.com" } },
	    "Action=GetCallerIdentity&Version=2011-06-15",
	    "content-length;content-type;host;x-amz-date;"
	    "x-amz-security-token;x-vault-aws-iam-server-id",
	    "a4d93bb6bafeaef20fb58f91cfbfb04ca8ca40001e135456aaf3b5ff8c6162e4"
	};

	assert_signed(&vector, &signer, "20240229/us-east-1/sts");
}

static void
a_date_is_in_universal_time(void **state)
{
	char date[AWS_SIGV4_DATE_SIZE];

	aws_sigv4_date(LEAP_NOW + 999, date);
	assert_string_equal(date, "20240229T235959Z");
	aws_sigv4_date(0, date);
	assert_string_equal(date, "19700101T000000Z");
}

static void
more_fields_than_fit_are_refused(void **state)
{
	struct http_field list[AWS_SIGV4_MAX_FIELDS + 1];
	const struct aws_sigv4_request request = { SPAN_LITERAL("GET"),
	    SPAN_LITERAL("/"), { list, AWS_SIGV4_MAX_FIELDS + 1 },
	    SPAN_NONE };
	const struct aws_sigv4_signer signer = { SPAN_LITERAL("a"),
	    SPAN_LITERAL("b"), "us-east-1", "sts", 0 };
	struct bytes made;

	for (size_t i = 0; i <= AWS_SIGV4_MAX_FIELDS; i++)
		list[i] = (struct http_field){ SPAN_LITERAL("a"),
		    SPAN_LITERAL("b") };
	bytes_init(&made, 4096);
	assert_int_equal(aws_sigv4_authorization(&request, &signer, &made),
	    LH_ERR_LIMIT);
	bytes_release(&made);
}

static void
a_full_buffer_is_told(void **state)
{
	struct http_field list[MAX_FIELDS];
	const struct aws_sigv4_request request = { SPAN_LITERAL("GET"),
	    SPAN_LITERAL("/"), fields_of(&suite[0], list), SPAN_NONE };
	const struct aws_sigv4_signer signer = { SPAN_LITERAL("a"),
	    SPAN_LITERAL("b"), "us-east-1", "sts", 0 };
	struct bytes made;

	for (size_t max = 1; max < 100; max += 9) {
		bytes_init(&made, max);
		assert_int_equal(aws_sigv4_authorization(&request, &signer,
		    &made), LH_ERR_LIMIT);
		bytes_release(&made);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_published_vectors_are_met),
		cmocka_unit_test(
		    caller_identity_is_signed_with_all_its_fields),
		cmocka_unit_test(a_date_is_in_universal_time),
		cmocka_unit_test(more_fields_than_fit_are_refused),
		cmocka_unit_test(a_full_buffer_is_told),
	};

	return cmocka_run_group_tests_name("aws_sigv4", tests, NULL, NULL);
}
