/*
 * Unit tests of src/auth/auth_azure.c.
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

#define METADATA "http://169.254.169.254/metadata/"
#define INSTANCE METADATA "instance?api-version=2018-02-01"
#define TOKEN METADATA "identity/oauth2/token?api-version=2018-02-01"
#define MACHINE "{\"compute\":{\"name\":\"vm-1\",\"resourceGroupName\":" \
    "\"group\",\"subscriptionId\":\"sub\",\"vmScaleSetName\":\"\"}," \
    "\"network\":{}}"

static int
setup(void **state)
{
	static const char *const variables[] = { "AZURE_TENANT_ID",
	    "AZURE_CLIENT_ID", "AZURE_FEDERATED_TOKEN_FILE",
	    "AZURE_CLIENT_SECRET", "AZURE_AUTHORITY_HOST" };
	struct cloud_case *c;

	for (size_t i = 0; i < sizeof(variables) / sizeof(*variables); i++)
		unsetenv(variables[i]);
	cloud_case_setup(state);
	c = *state;
	cloud_case_set(c, "role", "web");
	cloud_case_set(c, "resource", "https://vault.example/");
	return 0;
}

static void
a_machine_logs_in(void **state)
{
	struct cloud_case *c = *state;

	assert_int_equal(cloud_case_make(c, "azure"), LH_OK);
	assert_int_equal(cloud_case_begin(c, 0), LH_OK);
	cloud_case_expect_ask(c, "GET " INSTANCE);
	cloud_case_expect_field(c, "Metadata", "true");
	assert_int_equal(cloud_case_answer(c, MACHINE), LH_OK);
	cloud_case_expect_ask(c, "GET " TOKEN
	    "&resource=https%3A%2F%2Fvault.example%2F");
	cloud_case_expect_field(c, "Metadata", "true");
	assert_int_equal(cloud_case_answer(c,
	    "{\"access_token\":\"a.b.c\",\"expires_in\":\"3599\"}"), LH_OK);
	cloud_case_expect_login(c, "/v1/auth/cloud/login");
	cloud_case_expect_body(c, "{\"jwt\":\"a.b.c\","
	    "\"resource_group_name\":\"group\",\"role\":\"web\","
	    "\"subscription_id\":\"sub\",\"vm_name\":\"vm-1\","
	    "\"vmss_name\":\"\"}");
	assert_false(auth_method_changed(c->method));
}

static void
one_of_several_identities_is_named(void **state)
{
	struct cloud_case *c = *state;

	cloud_case_set(c, "client_id", "one two");
	cloud_case_set(c, "imds_endpoint", "http://127.0.0.1:1/");
	assert_int_equal(cloud_case_make(c, "azure"), LH_OK);
	assert_int_equal(cloud_case_begin(c, 0), LH_OK);
	assert_int_equal(cloud_case_answer(c, MACHINE), LH_OK);
	cloud_case_expect_ask(c, "GET http://127.0.0.1:1/metadata/identity/"
	    "oauth2/token?api-version=2018-02-01&resource="
	    "https%3A%2F%2Fvault.example%2F&client_id=one%20two");
	c->settings[2].name = "object_id";
	assert_int_equal(cloud_case_make(c, "azure"), LH_OK);
	assert_int_equal(cloud_case_begin(c, 0), LH_OK);
	assert_int_equal(cloud_case_answer(c, MACHINE), LH_OK);
	assert_non_null(strstr(c->request.url, "&object_id=one%20two"));
	cloud_case_set(c, "client_id", "other");
	assert_int_equal(cloud_case_make(c, "azure"), LH_ERR_CONFIG);
	cloud_case_expect_cause(c, "object_id");
}

static void
answers_that_lack_something_are_refused(void **state)
{
	static const char *const machines[] = { "", "[]", "{", "\"a\"",
	    "{\"compute\":1}", "{\"compute\":{\"name\":7}}",
	    "{\"compute\":{\"name\":\"\"}}" };
	static const char *const tokens[] = { "", "{}",
	    "{\"access_token\":\"\"}", "{\"access_token\":null}" };
	struct cloud_case *c = *state;

	assert_int_equal(cloud_case_make(c, "azure"), LH_OK);
	for (size_t i = 0; i < sizeof(machines) / sizeof(*machines); i++) {
		assert_int_equal(cloud_case_begin(c, 0), LH_OK);
		assert_int_equal(cloud_case_answer(c, machines[i]),
		    LH_ERR_FORMAT);
	}
	for (size_t i = 0; i < sizeof(tokens) / sizeof(*tokens); i++) {
		assert_int_equal(cloud_case_begin(c, 0), LH_OK);
		assert_int_equal(cloud_case_answer(c, MACHINE), LH_OK);
		assert_int_equal(cloud_case_answer(c, tokens[i]),
		    LH_ERR_FORMAT);
	}
}

static void
a_workload_identity_is_taken_from_the_environment(void **state)
{
	struct cloud_case *c = *state;

	cloud_case_set(c, "authenticate_from_environment", "true");
	assert_int_equal(cloud_case_make(c, "azure"), LH_OK);
	assert_int_equal(cloud_case_begin(c, 0), LH_ERR_CONFIG);
	cloud_case_expect_cause(c, "AZURE_TENANT_ID");
	setenv("AZURE_TENANT_ID", "tenant/1", 1);
	setenv("AZURE_CLIENT_ID", "client", 1);
	setenv("AZURE_FEDERATED_TOKEN_FILE", c->file, 1);
	setenv("AZURE_AUTHORITY_HOST", "https://login.example/", 1);
	cloud_case_write(c, "x.y.z\n");
	assert_int_equal(cloud_case_make(c, "azure"), LH_OK);
	assert_int_equal(cloud_case_begin(c, 0), LH_OK);
	cloud_case_expect_ask(c, "GET " INSTANCE);
	assert_int_equal(cloud_case_answer(c, MACHINE), LH_OK);
	cloud_case_expect_ask(c,
	    "POST https://login.example/tenant%2F1/oauth2/v2.0/token");
	cloud_case_expect_body(c, "client_id=client&"
	    "grant_type=client_credentials&"
	    "scope=https%3A%2F%2Fvault.example%2F%2F.default&"
	    "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3A"
	    "client-assertion-type%3Ajwt-bearer&client_assertion=x.y.z");
	cloud_case_expect_field(c, "Metadata", NULL);
	assert_int_equal(cloud_case_answer(c,
	    "{\"access_token\":\"a.b.c\"}"), LH_OK);
	cloud_case_expect_login(c, "/v1/auth/cloud/login");
	assert_false(auth_method_changed(c->method));
	cloud_case_write(c, "r.s.t\n");
	assert_true(auth_method_changed(c->method));
}

static void
a_secret_is_taken_from_the_environment(void **state)
{
	struct cloud_case *c = *state;

	cloud_case_set(c, "authenticate_from_environment", "true");
	cloud_case_set(c, "scope", "api://vault/.default");
	setenv("AZURE_TENANT_ID", "tenant", 1);
	setenv("AZURE_CLIENT_ID", "client", 1);
	setenv("AZURE_CLIENT_SECRET", "s e", 1);
	assert_int_equal(cloud_case_make(c, "azure"), LH_OK);
	assert_int_equal(cloud_case_begin(c, 0), LH_OK);
	assert_int_equal(cloud_case_answer(c, MACHINE), LH_OK);
	cloud_case_expect_ask(c, "POST https://login.microsoftonline.com/"
	    "tenant/oauth2/v2.0/token");
	cloud_case_expect_body(c, "client_id=client&"
	    "grant_type=client_credentials&scope=api%3A%2F%2Fvault%2F"
	    ".default&client_secret=s%20e");
	setenv("AZURE_AUTHORITY_HOST", "login.example", 1);
	assert_int_equal(cloud_case_make(c, "azure"), LH_ERR_CONFIG);
	cloud_case_expect_cause(c, "AZURE_AUTHORITY_HOST");
}

#define azure_test(fn) \
	cmocka_unit_test_setup_teardown(fn, setup, cloud_case_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		azure_test(a_machine_logs_in),
		azure_test(one_of_several_identities_is_named),
		azure_test(answers_that_lack_something_are_refused),
		azure_test(a_workload_identity_is_taken_from_the_environment),
		azure_test(a_secret_is_taken_from_the_environment),
	};

	return cmocka_run_group_tests_name("auth_azure", tests,
	    cloud_case_start, NULL);
}
