/*
 * Unit tests of src/auth/auth_aws.c and of aws_source.c and aws_profile.c
 * below it: where keys come from, and the login that they sign. The signatures
 * were computed by a program of a few lines of Python.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "cloud_case.h"

#define NOW 1709251199000LL		/* 20240229T235959Z */
#define SECRET_KEY "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define IMDS "http://169.254.169.254/latest/"
#define ROLES IMDS "meta-data/iam/security-credentials/"
#define KEYS_JSON "{\"Code\":\"Success\",\"AccessKeyId\":\"ASIAOTHER\"," \
    "\"SecretAccessKey\":\"other/secret\",\"Token\":\"other+token==\"}"

/* All that the method looks at. */
static const char *const variables[] = {
	"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
	"AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN",
	"AWS_ROLE_SESSION_NAME", "AWS_SHARED_CREDENTIALS_FILE", "AWS_PROFILE",
	"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
	"AWS_CONTAINER_CREDENTIALS_FULL_URI",
	"AWS_CONTAINER_AUTHORIZATION_TOKEN",
	"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
	"AWS_EC2_METADATA_DISABLED", "HOME"
};

static int
setup(void **state)
{
	struct cloud_case *c;

	for (size_t i = 0; i < sizeof(variables) / sizeof(*variables); i++)
		unsetenv(variables[i]);
	cloud_case_setup(state);
	c = *state;
	cloud_case_set(c, "type", "iam");
	cloud_case_set(c, "role", "web");
	return 0;
}

static char *
login_headers(const struct cloud_case *c)
{
	char *encoded = cloud_case_member(secret_lend(c->request.body),
	    "iam_request_headers");
	char *headers;

	assert_non_null(encoded);
	headers = cloud_case_decode(span_of(encoded), NULL);
	free(encoded);
	return headers;
}

static void
expect_header(const struct cloud_case *c, const char *name,
    const char *value)
{
	char *headers = login_headers(c);
	char *found = cloud_case_member(span_of(headers), name);

	if (value == NULL) {
		assert_null(found);
	} else {
		assert_non_null(found);
		assert_string_equal(found, value);
	}
	free(found);
	free(headers);
}

static void
expect_key(const struct cloud_case *c, const char *access_key)
{
	char *headers = login_headers(c);
	char *found = cloud_case_member(span_of(headers), "Authorization");
	const char *key = strstr(found, "Credential=") + 11;

	assert_int_equal(strncmp(key, access_key, strlen(access_key)), 0);
	assert_int_equal(key[strlen(access_key)], '/');
	free(found);
	free(headers);
}

static void
expect_member(const struct cloud_case *c, const char *name,
    const char *value)
{
	char *found = cloud_case_member(secret_lend(c->request.body), name);

	assert_non_null(found);
	assert_string_equal(found, value);
	free(found);
}

static void
configured_keys_sign_a_whole_login(void **state)
{
	struct cloud_case *c = *state;

	setenv("AWS_ACCESS_KEY_ID", "AKIAUNUSED", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "unused", 1);
	cloud_case_set(c, "access_key", "AKIDEXAMPLE");
	cloud_case_set(c, "secret_key", SECRET_KEY);
	cloud_case_set(c, "session_token", "session/token+with=signs");
	cloud_case_set(c, "header_value", "vault.example.com");
	assert_int_equal(cloud_case_make(c, "aws"), LH_OK);
	assert_int_equal(cloud_case_begin(c, NOW), LH_OK);
	cloud_case_expect_login(c, "/v1/auth/cloud/login");
	expect_member(c, "role", "web");
	expect_member(c, "iam_http_request_method", "POST");
	expect_member(c, "iam_request_url",
	    "aHR0cHM6Ly9zdHMuYW1hem9uYXdzLmNvbS8=");
	expect_member(c, "iam_request_body",
	    "QWN0aW9uPUdldENhbGxlcklkZW50aXR5JlZlcnNpb249MjAxMS0wNi0xNQ==");
	expect_header(c, "Host", "sts.amazonaws.com");
	expect_header(c, "Content-Length", "43");
	expect_header(c, "X-Amz-Date", "20240229T235959Z");
	expect_header(c, "X-Amz-Security-Token", "session/token+with=signs");
	expect_header(c, "X-Vault-AWS-IAM-Server-ID", "vault.example.com");
	expect_header(c, "Authorization", "AWS4-HMAC-SHA256 Credential="
	    "AKIDEXAMPLE/20240229/us-east-1/sts/aws4_request, SignedHeaders="
	    "content-length;content-type;host;x-amz-date;"
	    "x-amz-security-token;x-vault-aws-iam-server-id, Signature="
	    "a4d93bb6bafeaef20fb58f91cfbfb04c"
	    "a8ca40001e135456aaf3b5ff8c6162e4");
	assert_false(auth_method_changed(c->method));
}

static void
a_region_has_its_own_token_service(void **state)
{
	struct cloud_case *c = *state;

	setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE", 1);
	setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY, 1);
	cloud_case_set(c, "region", "eu-central-1");
	assert_int_equal(cloud_case_make(c, "aws"), LH_OK);
	assert_int_equal(cloud_case_begin(c, NOW), LH_OK);
	expect_header(c, "Host", "sts.eu-central-1.amazonaws.com");
	expect_header(c, "X-Amz-Security-Token", NULL);
	expect_header(c, "X-Vault-AWS-IAM-Server-ID", NULL);
	expect_header(c, "Authorization", "AWS4-HMAC-SHA256 Credential="
	    "AKIDEXAMPLE/20240229/eu-central-1/sts/aws4_request, "
	    "SignedHeaders=content-length;content-type;host;x-amz-date, "
	    "Signature=edad7cfeaee1c95da08e451bbf9fbdbd"
	    "9afd97f654b2ff9db04bfeeb8958bcf8");
	c->settings[c->count - 1].text = "cn-north-1";
	assert_int_equal(cloud_case_make(c, "aws"), LH_OK);
	assert_int_equal(cloud_case_begin(c, NOW), LH_OK);
	expect_header(c, "Host", "sts.cn-north-1.amazonaws.com.cn");
}

static void
another_token_service_is_signed_for(void **state)
{
	struct cloud_case *c = *state;

	setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE", 1);
	setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY, 1);
	cloud_case_set(c, "sts_endpoint", "http://127.0.0.1:4566/sts/");
	assert_int_equal(cloud_case_make(c, "aws"), LH_OK);
	assert_int_equal(cloud_case_begin(c, NOW), LH_OK);
	expect_header(c, "Host", "127.0.0.1:4566");
	expect_member(c, "iam_request_url",
	    "aHR0cDovLzEyNy4wLjAuMTo0NTY2L3N0cy8=");
	c->settings[c->count - 1].text = "https://user@host";
	assert_int_equal(cloud_case_make(c, "aws"), LH_ERR_CONFIG);
	cloud_case_expect_cause(c, "sts_endpoint");
	assert_null(strstr(c->cause.text, "user"));
}

static void
a_shared_file_gives_the_keys_of_the_profile(void **state)
{
	struct cloud_case *c = *state;

	setenv("AWS_SHARED_CREDENTIALS_FILE", c->file, 1);
	setenv("AWS_PROFILE", "app", 1);
	assert_int_equal(cloud_case_make(c, "aws"), LH_OK);
	assert_int_not_equal(cloud_case_begin(c, NOW), LH_OK);
	cloud_case_expect_cause(c, c->file);
	cloud_case_write(c, "[default]\naws_access_key_id=AKIADEFAULT\n"
	    "aws_secret_access_key=d\n");
	assert_int_equal(cloud_case_begin(c, NOW), LH_ERR_FORMAT);
	cloud_case_expect_cause(c, "app");
	cloud_case_write(c, "# remark\n[default]\naws_access_key_id=X\n\n"
	    "[ app ]\r\naws_access_key_id = AKIAAPP \r\n; remark\n"
	    "aws_secret_access_key = a=b\naws_session_token = t\n"
	    "[last]\naws_access_key_id = Y\n");
	assert_int_equal(cloud_case_begin(c, NOW), LH_OK);
	cloud_case_expect_login(c, "/v1/auth/cloud/login");
	expect_key(c, "AKIAAPP");
	expect_header(c, "X-Amz-Security-Token", "t");
	assert_false(auth_method_changed(c->method));
	cloud_case_write(c, "[app]\naws_access_key_id = AKIANEXT\n"
	    "aws_secret_access_key = c\n");
	assert_true(auth_method_changed(c->method));
	assert_int_equal(cloud_case_begin(c, NOW), LH_OK);
	expect_key(c, "AKIANEXT");
	expect_header(c, "X-Amz-Security-Token", NULL);
}

static void
a_key_that_is_none_is_refused_and_not_told(void **state)
{
	struct cloud_case *c = *state;

	setenv("AWS_SHARED_CREDENTIALS_FILE", c->file, 1);
	cloud_case_write(c, "[default]\naws_access_key_id = AKI A\x01\n"
	    "aws_secret_access_key = hidden\n");
	assert_int_equal(cloud_case_make(c, "aws"), LH_OK);
	assert_int_equal(cloud_case_begin(c, NOW), LH_ERR_FORMAT);
	assert_null(strstr(c->cause.text, "AKI"));
	assert_null(strstr(c->cause.text, "hidden"));
}

static void
a_web_identity_assumes_its_role(void **state)
{
	struct cloud_case *c = *state;

	setenv("AWS_WEB_IDENTITY_TOKEN_FILE", c->file, 1);
	setenv("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/web", 1);
	cloud_case_write(c, "a.b.c\n");
	assert_int_equal(cloud_case_make(c, "aws"), LH_OK);
	assert_int_equal(cloud_case_begin(c, NOW), LH_OK);
	cloud_case_expect_ask(c, "POST https://sts.amazonaws.com/");
	cloud_case_expect_field(c, "Content-Type",
	    "application/x-www-form-urlencoded; charset=utf-8");
	cloud_case_expect_field(c, "Authorization", NULL);
	cloud_case_expect_body(c, "Action=AssumeRoleWithWebIdentity&RoleArn="
	    "arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fweb&"
	    "RoleSessionName=leasehold&Version=2011-06-15&"
	    "WebIdentityToken=a.b.c");
	assert_int_equal(cloud_case_answer(c, "<AssumeRoleWithWebIdentity"
	    "Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n"
	    "<AssumeRoleWithWebIdentityResult><Audience>x</Audience>\n"
	    "<Credentials>\n <SessionToken>st+1/==</SessionToken>\n"
	    " <SecretAccessKey>s/1</SecretAccessKey>\n"
	    " <Expiration>2024-03-01T00:59:59Z</Expiration>\n"
	    " <AccessKeyId>ASIAWEB</AccessKeyId>\n</Credentials>\n"
	    "</AssumeRoleWithWebIdentityResult>"
	    "</AssumeRoleWithWebIdentityResponse>"), LH_OK);
	cloud_case_expect_login(c, "/v1/auth/cloud/login");
	expect_key(c, "ASIAWEB");
	expect_header(c, "X-Amz-Security-Token", "st+1/==");
	assert_false(auth_method_changed(c->method));
	cloud_case_write(c, "d.e.f\n");
	assert_true(auth_method_changed(c->method));
}

static void
an_answer_of_sts_without_keys_is_refused(void **state)
{
	static const char *const answers[] = { "", "<", "no xml",
	    "<Credentials>", "<Credentials></Credentials>",
	    "<Credentials><AccessKeyId>A</AccessKeyId></Credentials>",
	    "<Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>s"
	    "</SecretAccessKey><SessionToken>a<b/></SessionToken>"
	    "</Credentials>", "<Credentials><AccessKeyId>A B</AccessKeyId>"
	    "<SecretAccessKey>s</SecretAccessKey>"
	    "<SessionToken>t</SessionToken></Credentials>",
	    "<AccessKeyId>A</AccessKeyId><SecretAccessKey>s"
	    "</SecretAccessKey><SessionToken>t</SessionToken>" };
	struct cloud_case *c = *state;

	setenv("AWS_WEB_IDENTITY_TOKEN_FILE", c->file, 1);
	setenv("AWS_ROLE_ARN", "arn", 1);
	cloud_case_write(c, "a.b.c\n");
	assert_int_equal(cloud_case_make(c, "aws"), LH_OK);
	for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
		assert_int_equal(cloud_case_begin(c, NOW), LH_OK);
		assert_int_equal(cloud_case_answer(c, answers[i]),
		    LH_ERR_FORMAT);
	}
}

static void
a_container_has_a_service_of_its_own(void **state)
{
	struct cloud_case *c = *state;

	setenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/keys/1", 1);
	assert_int_equal(cloud_case_make(c, "aws"), LH_OK);
	assert_int_equal(cloud_case_begin(c, NOW), LH_OK);
	cloud_case_expect_ask(c, "GET http://169.254.170.2/v2/keys/1");
	cloud_case_expect_field(c, "Authorization", NULL);
	assert_int_equal(cloud_case_answer(c, KEYS_JSON), LH_OK);
	cloud_case_expect_login(c, "/v1/auth/cloud/login");
	expect_key(c, "ASIAOTHER");
	expect_header(c, "X-Amz-Security-Token", "other+token==");

	unsetenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
	setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI",
	    "http://169.254.170.23/v1/credentials", 1);
	setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", c->file, 1);
	cloud_case_write(c, "pod.token\n");
	assert_int_equal(cloud_case_make(c, "aws"), LH_OK);
	assert_int_equal(cloud_case_begin(c, NOW), LH_OK);
	cloud_case_expect_ask(c, "GET http://169.254.170.23/v1/credentials");
	cloud_case_expect_field(c, "Authorization", "pod.token");
}

static void
an_instance_is_asked_with_a_session_token(void **state)
{
	struct cloud_case *c = *state;

	assert_int_equal(cloud_case_make(c, "aws"), LH_OK);
	assert_int_equal(cloud_case_begin(c, NOW), LH_OK);
	cloud_case_expect_ask(c, "PUT " IMDS "api/token");
	cloud_case_expect_field(c, "X-aws-ec2-metadata-token-ttl-seconds",
	    "300");
	assert_int_equal(cloud_case_answer(c, "session==\n"), LH_OK);
	cloud_case_expect_ask(c, "GET " ROLES);
	cloud_case_expect_field(c, "X-aws-ec2-metadata-token", "session==");
	assert_int_equal(cloud_case_answer(c, "web-role\n"), LH_OK);
	cloud_case_expect_ask(c, "GET " ROLES "web-role");
	cloud_case_expect_field(c, "X-aws-ec2-metadata-token", "session==");
	assert_int_equal(cloud_case_answer(c, KEYS_JSON), LH_OK);
	cloud_case_expect_login(c, "/v1/auth/cloud/login");
	expect_key(c, "ASIAOTHER");
	assert_false(auth_method_changed(c->method));
}

static void
answers_of_an_instance_are_not_trusted(void **state)
{
	struct cloud_case *c = *state;

	assert_int_equal(cloud_case_make(c, "aws"), LH_OK);
	assert_int_equal(cloud_case_begin(c, NOW), LH_OK);
	assert_int_equal(cloud_case_answer(c, "a\r\nHost: b"),
	    LH_ERR_FORMAT);
	assert_int_equal(cloud_case_begin(c, NOW), LH_OK);
	assert_int_equal(cloud_case_answer(c, "t"), LH_OK);
	assert_int_equal(cloud_case_answer(c, "../../user-data"),
	    LH_ERR_FORMAT);
	assert_int_equal(cloud_case_begin(c, NOW), LH_OK);
	assert_int_equal(cloud_case_answer(c, "t"), LH_OK);
	assert_int_equal(cloud_case_answer(c, "role"), LH_OK);
	assert_int_equal(cloud_case_answer(c, "{\"Code\":\"Failed\"}"),
	    LH_ERR_FORMAT);
	assert_int_equal(cloud_case_begin(c, NOW), LH_OK);
	cloud_case_expect_ask(c, "PUT " IMDS "api/token");
}

static void
an_instance_may_be_forbidden_or_elsewhere(void **state)
{
	struct cloud_case *c = *state;

	cloud_case_set(c, "imds_endpoint", "http://[fd00:ec2::254]");
	assert_int_equal(cloud_case_make(c, "aws"), LH_OK);
	assert_int_equal(cloud_case_begin(c, NOW), LH_OK);
	cloud_case_expect_ask(c, "PUT http://[fd00:ec2::254]/latest/api/token");
	setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
	assert_int_equal(cloud_case_make(c, "aws"), LH_OK);
	assert_int_equal(cloud_case_begin(c, NOW), LH_ERR_NOT_FOUND);
	cloud_case_expect_cause(c, "AWS_EC2_METADATA_DISABLED");
}

static void
what_is_not_built_is_refused_by_name(void **state)
{
	struct cloud_case *c = *state;

	c->settings[0].text = "ec2";
	assert_int_equal(cloud_case_make(c, "aws"), LH_ERR_CONFIG);
	cloud_case_expect_cause(c, "ec2");
	c->settings[0].text = "sso";
	assert_int_equal(cloud_case_make(c, "aws"), LH_ERR_CONFIG);
	cloud_case_expect_cause(c, "iam");
}

static void
half_a_key_and_odd_texts_are_refused(void **state)
{
	struct cloud_case *c = *state;

	cloud_case_set(c, "access_key", "AKIA");
	assert_int_equal(cloud_case_make(c, "aws"), LH_ERR_CONFIG);
	cloud_case_expect_cause(c, "secret_key");
	c->settings[2] = (struct auth_setting){ "region", "eu.evil/x" };
	assert_int_equal(cloud_case_make(c, "aws"), LH_ERR_CONFIG);
	cloud_case_expect_cause(c, "region");
	c->settings[2] = (struct auth_setting){ "header_value", "a\nb" };
	assert_int_equal(cloud_case_make(c, "aws"), LH_ERR_CONFIG);
	cloud_case_expect_cause(c, "header_value");
}

#define aws_test(fn) \
	cmocka_unit_test_setup_teardown(fn, setup, cloud_case_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		aws_test(configured_keys_sign_a_whole_login),
		aws_test(a_region_has_its_own_token_service),
		aws_test(another_token_service_is_signed_for),
		aws_test(a_shared_file_gives_the_keys_of_the_profile),
		aws_test(a_key_that_is_none_is_refused_and_not_told),
		aws_test(a_web_identity_assumes_its_role),
		aws_test(an_answer_of_sts_without_keys_is_refused),
		aws_test(a_container_has_a_service_of_its_own),
		aws_test(an_instance_is_asked_with_a_session_token),
		aws_test(answers_of_an_instance_are_not_trusted),
		aws_test(an_instance_may_be_forbidden_or_elsewhere),
		aws_test(what_is_not_built_is_refused_by_name),
		aws_test(half_a_key_and_odd_texts_are_refused),
	};

	return cmocka_run_group_tests_name("auth_aws", tests,
	    cloud_case_start, NULL);
}
