/*
 * Unit tests of src/auth/auth_gcp.c and of gcp_key.c below it. Each run makes
 * a key, and checks by OpenSSL what was signed with it.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/xalloc.h"
#include "cloud_case.h"

#define NOW 1709251199999LL
#define ACCOUNTS "/computeMetadata/v1/instance/service-accounts/"
#define METADATA "http://metadata.google.internal" ACCOUNTS
#define EMAIL "app@project.iam.gserviceaccount.com"
#define OTHER "other@project.iam.gserviceaccount.com"

struct keys {
	EVP_PKEY *pkey;
	char *json;			/* the file of the account */
};

struct gcp_case {
	struct cloud_case *c;
	const struct keys *keys;
};

static struct keys *
make_keys(void)
{
	struct keys *keys = xcalloc(1, sizeof(*keys));
	BIO *bio = BIO_new(BIO_s_mem());
	char *pem;
	long len;
	json_t *file;

	keys->pkey = EVP_RSA_gen(2048);
	assert_non_null(keys->pkey);
	assert_int_equal(PEM_write_bio_PrivateKey(bio, keys->pkey, NULL, NULL,
	    0, NULL, NULL), 1);
	len = BIO_get_mem_data(bio, &pem);
	file = json_pack("{s:s,s:s,s:s,s:s%,s:s}", "type", "service_account",
	    "client_email", EMAIL, "private_key_id", "key-1", "private_key",
	    pem, (size_t)len, "token_uri", "https://token.example/token");
	assert_non_null(file);
	keys->json = json_dumps(file, 0);
	json_decref(file);
	BIO_free(bio);
	return keys;
}

static int
start(void **state)
{
	/* jansson keeps its own allocator: json_dumps() gives memory away. */
	*state = make_keys();
	return 0;
}

static int
stop(void **state)
{
	struct keys *keys = *state;

	EVP_PKEY_free(keys->pkey);
	free(keys->json);
	free(keys);
	return 0;
}

static int
setup(void **state)
{
	struct gcp_case *g = xcalloc(1, sizeof(*g));
	void *c;

	unsetenv("GOOGLE_APPLICATION_CREDENTIALS");
	g->keys = *state;
	cloud_case_setup(&c);
	g->c = c;
	cloud_case_set(g->c, "type", "iam");
	cloud_case_set(g->c, "role", "web");
	*state = g;
	return 0;
}

static int
teardown(void **state)
{
	struct gcp_case *g = *state;
	void *c = g->c;

	cloud_case_teardown(&c);
	*state = (void *)(uintptr_t)g->keys;
	free(g);
	return 0;
}

/* The claims of a token whose signature is right; the caller frees. */
static char *
checked_claims(const struct keys *keys, const char *jwt)
{
	const char *claims = strchr(jwt, '.');
	const char *signature = strrchr(jwt, '.');
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	char *header, *octets, *kid;
	size_t len;

	assert_non_null(claims);
	assert_ptr_not_equal(claims, signature);
	octets = cloud_case_decode(span_of(signature + 1), &len);
	assert_int_equal(EVP_DigestVerifyInit(context, NULL, EVP_sha256(),
	    NULL, keys->pkey), 1);
	assert_int_equal(EVP_DigestVerify(context,
	    (const unsigned char *)octets, len, (const unsigned char *)jwt,
	    (size_t)(signature - jwt)), 1);
	header = cloud_case_decode((struct span){ jwt,
	    (size_t)(claims - jwt) }, NULL);
	assert_string_equal(header,
	    "{\"alg\":\"RS256\",\"kid\":\"key-1\",\"typ\":\"JWT\"}");
	kid = cloud_case_member(span_of(header), "kid");
	assert_string_equal(kid, "key-1");
	EVP_MD_CTX_free(context);
	free(kid);
	free(header);
	free(octets);
	return cloud_case_decode((struct span){ claims + 1,
	    (size_t)(signature - claims) - 1 }, NULL);
}

static void
expect_signed_login(const struct gcp_case *g, const char *claims)
{
	char *jwt, *found;

	cloud_case_expect_login(g->c, "/v1/auth/cloud/login");
	jwt = cloud_case_member(secret_lend(g->c->request.body), "jwt");
	found = checked_claims(g->keys, jwt);
	assert_string_equal(found, claims);
	free(found);
	free(jwt);
}

static void
an_instance_is_vouched_for(void **state)
{
	struct cloud_case *c = ((struct gcp_case *)*state)->c;

	c->settings[0].text = "gce";
	setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere", 1);
	assert_int_equal(cloud_case_make(c, "gcp"), LH_OK);
	assert_int_equal(cloud_case_begin(c, NOW), LH_OK);
	cloud_case_expect_ask(c, "GET " METADATA "default/identity?"
	    "audience=http%3A%2F%2Fvault%2Fweb&format=full");
	cloud_case_expect_field(c, "Metadata-Flavor", "Google");
	assert_int_equal(cloud_case_answer(c, "a.b.c\n"), LH_OK);
	cloud_case_expect_login(c, "/v1/auth/cloud/login");
	cloud_case_expect_body(c, "{\"jwt\":\"a.b.c\",\"role\":\"web\"}");
	cloud_case_set(c, "service_account", EMAIL);
	cloud_case_set(c, "metadata_endpoint", "http://127.0.0.1:1");
	assert_int_equal(cloud_case_make(c, "gcp"), LH_OK);
	assert_int_equal(cloud_case_begin(c, NOW), LH_OK);
	cloud_case_expect_ask(c, "GET http://127.0.0.1:1" ACCOUNTS
	    "app%40project.iam.gserviceaccount.com/identity?"
	    "audience=http%3A%2F%2Fvault%2Fweb&format=full");
	assert_int_equal(cloud_case_answer(c, "\n"), LH_ERR_FORMAT);
}

static void
a_key_signs_for_its_account(void **state)
{
	struct gcp_case *g = *state;

	cloud_case_set(g->c, "credentials", g->keys->json);
	assert_int_equal(cloud_case_make(g->c, "gcp"), LH_OK);
	assert_int_equal(cloud_case_begin(g->c, NOW), LH_OK);
	expect_signed_login(g, "{\"aud\":\"http://vault/web\","
	    "\"exp\":1709252099,\"sub\":\"" EMAIL "\"}");
	assert_false(auth_method_changed(g->c->method));
	cloud_case_set(g->c, "jwt_exp", "10m");
	cloud_case_set(g->c, "service_account", EMAIL);
	assert_int_equal(cloud_case_make(g->c, "gcp"), LH_OK);
	assert_int_equal(cloud_case_begin(g->c, NOW), LH_OK);
	expect_signed_login(g, "{\"aud\":\"http://vault/web\","
	    "\"exp\":1709251799,\"sub\":\"" EMAIL "\"}");
}

static void
a_key_may_lie_in_a_file_that_changes(void **state)
{
	struct gcp_case *g = *state;

	setenv("GOOGLE_APPLICATION_CREDENTIALS", g->c->file, 1);
	assert_int_equal(cloud_case_make(g->c, "gcp"), LH_OK);
	assert_int_not_equal(cloud_case_begin(g->c, NOW), LH_OK);
	cloud_case_expect_cause(g->c, g->c->file);
	cloud_case_write(g->c, "{\"type\":\"authorized_user\"}");
	assert_int_equal(cloud_case_begin(g->c, NOW), LH_ERR_UNSUPPORTED);
	cloud_case_write(g->c, g->keys->json);
	assert_true(auth_method_changed(g->c->method));
	assert_int_equal(cloud_case_begin(g->c, NOW), LH_OK);
	expect_signed_login(g, "{\"aud\":\"http://vault/web\","
	    "\"exp\":1709252099,\"sub\":\"" EMAIL "\"}");
	assert_false(auth_method_changed(g->c->method));
}

static void
a_key_that_is_none_is_refused_and_not_told(void **state)
{
	static const char *const keys[] = { "", "no key",
	    "-----BEGIN PRIVATE KEY-----\\nAAAA\\n"
	    "-----END PRIVATE KEY-----\\n" };
	struct cloud_case *c = ((struct gcp_case *)*state)->c;

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		char *json = xasprintf("{\"type\":\"service_account\","
		    "\"client_email\":\"a\",\"private_key_id\":\"b\","
		    "\"private_key\":\"%s\"}", keys[i]);

		c->count = 2;
		cloud_case_set(c, "credentials", json);
		assert_int_equal(cloud_case_make(c, "gcp"), LH_OK);
		assert_int_equal(cloud_case_begin(c, NOW), LH_ERR_FORMAT);
		cloud_case_expect_cause(c, "private key");
		assert_null(strstr(c->cause.text, "AAAA"));
		free(json);
	}
	c->settings[2].text = "{\"type\":\"service_account\"}";
	assert_int_equal(cloud_case_make(c, "gcp"), LH_OK);
	assert_int_equal(cloud_case_begin(c, NOW), LH_ERR_FORMAT);
	cloud_case_expect_cause(c, "key file");
}

static void
a_key_asks_to_act_for_another_account(void **state)
{
	struct gcp_case *g = *state;
	const char *form = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3A"
	    "grant-type%3Ajwt-bearer&assertion=";
	const char *body;
	char *claims;

	cloud_case_set(g->c, "credentials", g->keys->json);
	cloud_case_set(g->c, "service_account", OTHER);
	assert_int_equal(cloud_case_make(g->c, "gcp"), LH_OK);
	assert_int_equal(cloud_case_begin(g->c, NOW), LH_OK);
	cloud_case_expect_ask(g->c, "POST https://token.example/token");
	body = secret_lend(g->c->request.body).ptr;
	assert_int_equal(strncmp(body, form, strlen(form)), 0);
	claims = checked_claims(g->keys, body + strlen(form));
	assert_string_equal(claims, "{\"aud\":\"https://token.example/token\""
	    ",\"exp\":1709251799,\"iat\":1709251199,\"iss\":\"" EMAIL "\","
	    "\"scope\":\"https://www.googleapis.com/auth/cloud-platform\"}");
	free(claims);
	assert_int_equal(cloud_case_answer(g->c,
	    "{\"access_token\":\"ya29.x\",\"token_type\":\"Bearer\"}"),
	    LH_OK);
	cloud_case_expect_ask(g->c, "POST https://iamcredentials.googleapis."
	    "com/v1/projects/-/serviceAccounts/other%40project.iam."
	    "gserviceaccount.com:signJwt");
	cloud_case_expect_field(g->c, "Authorization", "Bearer ya29.x");
	cloud_case_expect_body(g->c, "{\"payload\":\"{\\\"aud\\\":"
	    "\\\"http://vault/web\\\",\\\"exp\\\":1709252099,"
	    "\\\"sub\\\":\\\"" OTHER "\\\"}\"}");
	assert_int_equal(cloud_case_answer(g->c,
	    "{\"keyId\":\"k\",\"signedJwt\":\"x.y.z\"}"), LH_OK);
	cloud_case_expect_login(g->c, "/v1/auth/cloud/login");
	cloud_case_expect_body(g->c,
	    "{\"jwt\":\"x.y.z\",\"role\":\"web\"}");
}

static void
without_a_key_the_instance_is_asked(void **state)
{
	struct cloud_case *c = ((struct gcp_case *)*state)->c;

	cloud_case_set(c, "iam_endpoint", "http://127.0.0.1:2");
	assert_int_equal(cloud_case_make(c, "gcp"), LH_OK);
	assert_int_equal(cloud_case_begin(c, NOW), LH_OK);
	cloud_case_expect_ask(c, "GET " METADATA "default/token");
	cloud_case_expect_field(c, "Metadata-Flavor", "Google");
	assert_int_equal(cloud_case_answer(c, "{\"access_token\":\"t\"}"),
	    LH_OK);
	cloud_case_expect_ask(c, "GET " METADATA "default/email");
	assert_int_equal(cloud_case_answer(c, EMAIL "\n"), LH_OK);
	cloud_case_expect_ask(c, "POST http://127.0.0.1:2/v1/projects/-/"
	    "serviceAccounts/app%40project.iam.gserviceaccount.com:signJwt");
	cloud_case_expect_field(c, "Authorization", "Bearer t");
	assert_int_equal(cloud_case_answer(c, "{\"signedJwt\":\"x.y.z\"}"),
	    LH_OK);
	cloud_case_expect_body(c, "{\"jwt\":\"x.y.z\",\"role\":\"web\"}");
	cloud_case_set(c, "service_account", OTHER);
	assert_int_equal(cloud_case_make(c, "gcp"), LH_OK);
	assert_int_equal(cloud_case_begin(c, NOW), LH_OK);
	assert_int_equal(cloud_case_answer(c, "{\"access_token\":\"t\"}"),
	    LH_OK);
	cloud_case_expect_ask(c, "POST http://127.0.0.1:2/v1/projects/-/"
	    "serviceAccounts/other%40project.iam.gserviceaccount.com"
	    ":signJwt");
	assert_int_equal(cloud_case_answer(c, "{\"signedJwt\":7}"),
	    LH_ERR_FORMAT);
}

static void
odd_access_tokens_are_refused(void **state)
{
	static const char *const answers[] = { "", "{}",
	    "{\"access_token\":\"\"}", "{\"access_token\":\"a\\r\\nb\"}" };
	struct cloud_case *c = ((struct gcp_case *)*state)->c;

	assert_int_equal(cloud_case_make(c, "gcp"), LH_OK);
	for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
		assert_int_equal(cloud_case_begin(c, NOW), LH_OK);
		assert_int_equal(cloud_case_answer(c, answers[i]),
		    LH_ERR_FORMAT);
	}
}

static void
odd_settings_are_refused(void **state)
{
	static const char *const lives[] = { "0", "61", "2h", "soon", "-1" };
	struct cloud_case *c = ((struct gcp_case *)*state)->c;

	for (size_t i = 0; i < sizeof(lives) / sizeof(*lives); i++) {
		c->count = 2;
		cloud_case_set(c, "jwt_exp", lives[i]);
		assert_int_equal(cloud_case_make(c, "gcp"), LH_ERR_CONFIG);
		cloud_case_expect_cause(c, "jwt_exp");
	}
	c->settings[0].text = "user";
	assert_int_equal(cloud_case_make(c, "gcp"), LH_ERR_CONFIG);
	cloud_case_expect_cause(c, "type");
}

#define gcp_test(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		gcp_test(an_instance_is_vouched_for),
		gcp_test(a_key_signs_for_its_account),
		gcp_test(a_key_may_lie_in_a_file_that_changes),
		gcp_test(a_key_that_is_none_is_refused_and_not_told),
		gcp_test(a_key_asks_to_act_for_another_account),
		gcp_test(without_a_key_the_instance_is_asked),
		gcp_test(odd_access_tokens_are_refused),
		gcp_test(odd_settings_are_refused),
	};

	return cmocka_run_group_tests_name("auth_gcp", tests, start, stop);
}
