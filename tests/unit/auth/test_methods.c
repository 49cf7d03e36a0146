/*
 * Unit tests of src/auth/auth_method.c and of every method in its table.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "auth/auth_method.h"
#include "base/secret_alloc.h"
#include "base/xalloc.h"

#define MAX_SETTINGS 8
#define WRAPPING_PATH "auth/approle/role/web/secret-id"

struct fixture {
	char dir[64];
	char *a;		/* files, which the test makes */
	char *b;
	char *link;		/* to a */
	struct auth_setting settings[MAX_SETTINGS];
	size_t count;
	struct auth_method *method;
	struct auth_request request;
	enum auth_step step;
	struct lh_cause cause;
};

static int
setup(void **state)
{
	struct fixture *fixture = xcalloc(1, sizeof(*fixture));

	strncpy(fixture->dir, "/tmp/test_methods.XXXXXX",
	    sizeof(fixture->dir) - 1);
	assert_non_null(mkdtemp(fixture->dir));
	fixture->a = xasprintf("%s/a", fixture->dir);
	fixture->b = xasprintf("%s/b", fixture->dir);
	fixture->link = xasprintf("%s/link", fixture->dir);
	*state = fixture;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *fixture = *state;

	auth_method_free(fixture->method);
	unlink(fixture->a);
	unlink(fixture->b);
	unlink(fixture->link);
	assert_int_equal(rmdir(fixture->dir), 0);
	free(fixture->a);
	free(fixture->b);
	free(fixture->link);
	free(fixture);
	return 0;
}

static void
write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static bool
exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static void
set(struct fixture *fixture, const char *name, const char *text)
{
	assert_true(fixture->count < MAX_SETTINGS);
	fixture->settings[fixture->count++] =
	    (struct auth_setting){ name, text };
}

static enum lh_err
make(struct fixture *fixture, const char *type, const char *mount_path)
{
	struct auth_method_options options = { type, mount_path,
	    fixture->settings, fixture->count };

	return auth_method_new(&options, &fixture->method, &fixture->cause);
}

static enum lh_err
begin(struct fixture *fixture)
{
	return auth_method_begin(fixture->method, &fixture->request,
	    &fixture->step, &fixture->cause);
}

static enum lh_err
answer(struct fixture *fixture, const char *body)
{
	return auth_method_answer(fixture->method, span_of(body),
	    &fixture->request, &fixture->step, &fixture->cause);
}

static void
assert_secret(const struct secret *secret, const char *text)
{
	assert_non_null(secret);
	assert_string_equal(secret_lend(secret).ptr, text);
}

static void
assert_login(const struct fixture *fixture, const char *path,
    const char *body)
{
	assert_int_equal(fixture->step, AUTH_STEP_LOGIN);
	assert_string_equal(fixture->request.path, path);
	assert_true(span_equal(fixture->request.verb, SPAN_LITERAL("PUT")));
	assert_null(fixture->request.token);
	assert_secret(fixture->request.body, body);
}

static void
assert_ask(const struct fixture *fixture, const char *verb, const char *path)
{
	assert_int_equal(fixture->step, AUTH_STEP_ASK);
	assert_string_equal(fixture->request.path, path);
	assert_true(span_equal(fixture->request.verb, span_of(verb)));
	assert_null(fixture->request.body);
}

static void
assert_cause(const struct fixture *fixture, const char *text)
{
	assert_non_null(strstr(fixture->cause.text, text));
}

static void
every_row_is_found_by_its_name(void **state)
{
	const struct auth_method_type *const *types = auth_method_types();
	size_t count = 0;

	for (; types[count] != NULL; count++)
		assert_ptr_equal(auth_method_type(types[count]->name),
		    types[count]);
	assert_int_equal(count, 10);
	assert_null(auth_method_type("kerberos"));
}

static void
every_key_has_a_sentence_of_help(void **state)
{
	const struct auth_method_type *const *type;

	for (type = auth_method_types(); *type != NULL; type++) {
		const struct auth_key *key = (*type)->keys;

		for (; key->name != NULL; key++) {
			assert_non_null(key->help);
			assert_int_equal(key->help[strlen(key->help) - 1],
			    '.');
			assert_false(key->required && key->preset != NULL);
		}
	}
}

static void
an_unknown_method_is_named(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(make(fixture, "kerberos", "auth/kerberos"),
	    LH_ERR_CONFIG);
	assert_cause(fixture, "kerberos");
}

static void
an_unknown_key_is_named(void **state)
{
	struct fixture *fixture = *state;

	set(fixture, "role", "web");
	set(fixture, "rolle", "web");
	assert_int_equal(make(fixture, "kubernetes", "auth/kubernetes"),
	    LH_ERR_CONFIG);
	assert_cause(fixture, "\"rolle\"");
}

static void
a_missing_key_is_named(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(make(fixture, "kubernetes", "auth/kubernetes"),
	    LH_ERR_CONFIG);
	assert_cause(fixture, "\"role\"");
	set(fixture, "role", "");
	assert_int_equal(make(fixture, "kubernetes", "auth/kubernetes"),
	    LH_ERR_CONFIG);
}

static void
a_mount_path_must_be_there_and_fit(void **state)
{
	struct fixture *fixture = *state;
	char mount[600];

	memset(mount, 'm', sizeof(mount));
	mount[sizeof(mount) - 1] = '\0';
	assert_int_equal(make(fixture, "cert", "/"), LH_ERR_CONFIG);
	assert_cause(fixture, "mount_path");
	assert_int_equal(make(fixture, "cert", mount), LH_ERR_CONFIG);
	assert_int_equal(make(fixture, "cert", "/auth/certs/"), LH_OK);
	assert_int_equal(begin(fixture), LH_OK);
	assert_login(fixture, "/v1/auth/certs/login", "{}");
}

static void
kubernetes_sends_role_and_token(void **state)
{
	struct fixture *fixture = *state;

	write_file(fixture->a, " a.b.c\n");
	set(fixture, "role", "we\"b");
	set(fixture, "token_path", fixture->a);
	assert_int_equal(make(fixture, "kubernetes", "auth/k8s"), LH_OK);
	assert_string_equal(auth_method_name(fixture->method), "kubernetes");
	assert_int_equal(begin(fixture), LH_OK);
	assert_login(fixture, "/v1/auth/k8s/login",
	    "{\"jwt\":\"a.b.c\",\"role\":\"we\\\"b\"}");
	assert_true(exists(fixture->a));
	assert_false(auth_method_changed(fixture->method));
}

static void
kubernetes_reads_its_token_at_each_login(void **state)
{
	struct fixture *fixture = *state;

	write_file(fixture->a, "one");
	set(fixture, "role", "web");
	set(fixture, "token_path", fixture->a);
	assert_int_equal(make(fixture, "kubernetes", "auth/k8s"), LH_OK);
	assert_int_equal(begin(fixture), LH_OK);
	write_file(fixture->a, "two");
	assert_int_equal(begin(fixture), LH_OK);
	assert_login(fixture, "/v1/auth/k8s/login",
	    "{\"jwt\":\"two\",\"role\":\"web\"}");
	write_file(fixture->a, "\n");
	assert_int_equal(begin(fixture), LH_ERR_FORMAT);
	assert_cause(fixture, fixture->a);
}

static void
a_credential_that_is_no_text_is_refused(void **state)
{
	struct fixture *fixture = *state;

	write_file(fixture->a, "a\xff" "b");
	set(fixture, "role", "web");
	set(fixture, "token_path", fixture->a);
	assert_int_equal(make(fixture, "kubernetes", "auth/k8s"), LH_OK);
	assert_int_equal(begin(fixture), LH_ERR_FORMAT);
	assert_cause(fixture, "jwt");
	assert_null(strstr(fixture->cause.text, "b\""));
}

static void
jwt_is_removed_and_kept_in_mind(void **state)
{
	struct fixture *fixture = *state;

	write_file(fixture->a, "a.b.c\r\n");
	set(fixture, "path", fixture->a);
	set(fixture, "role", "web");
	assert_int_equal(make(fixture, "jwt", "auth/jwt"), LH_OK);
	assert_int_equal(begin(fixture), LH_OK);
	assert_false(exists(fixture->a));
	assert_null(fixture->request.warning);
	assert_int_equal(begin(fixture), LH_OK);
	assert_login(fixture, "/v1/auth/jwt/login",
	    "{\"jwt\":\"a.b.c\",\"role\":\"web\"}");
}

static void
jwt_without_anything_to_send_names_the_file(void **state)
{
	struct fixture *fixture = *state;

	set(fixture, "path", fixture->a);
	set(fixture, "role", "web");
	assert_int_equal(make(fixture, "jwt", "auth/jwt"), LH_OK);
	assert_int_not_equal(begin(fixture), LH_OK);
	assert_cause(fixture, fixture->a);
	write_file(fixture->a, "\n");
	assert_int_equal(begin(fixture), LH_ERR_FORMAT);
	assert_cause(fixture, fixture->a);
	assert_true(exists(fixture->a));
}

static void
jwt_removes_a_link_or_what_it_leads_to(void **state)
{
	struct fixture *fixture = *state;

	write_file(fixture->a, "a.b.c");
	assert_int_equal(symlink(fixture->a, fixture->link), 0);
	set(fixture, "path", fixture->link);
	set(fixture, "role", "web");
	assert_int_equal(make(fixture, "jwt", "auth/jwt"), LH_OK);
	assert_int_equal(begin(fixture), LH_OK);
	assert_false(exists(fixture->link));
	assert_true(exists(fixture->a));

	auth_method_free(fixture->method);
	fixture->method = NULL;
	assert_int_equal(symlink(fixture->a, fixture->link), 0);
	set(fixture, "remove_jwt_follows_symlinks", "true");
	assert_int_equal(make(fixture, "jwt", "auth/jwt"), LH_OK);
	assert_int_equal(begin(fixture), LH_OK);
	assert_true(exists(fixture->link));
	assert_false(exists(fixture->a));
}

static void
jwt_leaves_the_file_when_told_to(void **state)
{
	struct fixture *fixture = *state;

	write_file(fixture->a, "a.b.c");
	set(fixture, "path", fixture->a);
	set(fixture, "role", "web");
	set(fixture, "skip_delete", "true");
	assert_int_equal(make(fixture, "jwt", "auth/jwt"), LH_OK);
	assert_int_equal(begin(fixture), LH_OK);
	assert_true(exists(fixture->a));
}

static void
jwt_tells_of_a_new_one(void **state)
{
	struct fixture *fixture = *state;

	write_file(fixture->a, "one");
	set(fixture, "path", fixture->a);
	set(fixture, "role", "web");
	assert_int_equal(make(fixture, "jwt", "auth/jwt"), LH_OK);
	assert_int_equal(begin(fixture), LH_OK);
	assert_false(auth_method_changed(fixture->method));
	write_file(fixture->a, "one");
	assert_false(auth_method_changed(fixture->method));
	assert_false(exists(fixture->a));
	write_file(fixture->a, "two");
	assert_true(auth_method_changed(fixture->method));
	assert_false(exists(fixture->a));
	assert_false(auth_method_changed(fixture->method));
	assert_int_equal(begin(fixture), LH_OK);
	assert_login(fixture, "/v1/auth/jwt/login",
	    "{\"jwt\":\"two\",\"role\":\"web\"}");
}

static void
cert_sends_its_name(void **state)
{
	struct fixture *fixture = *state;

	set(fixture, "name", "web");
	assert_int_equal(make(fixture, "cert", "auth/cert"), LH_OK);
	assert_int_equal(begin(fixture), LH_OK);
	assert_login(fixture, "/v1/auth/cert/login", "{\"name\":\"web\"}");
}

static void
cert_needs_certificate_and_key_or_neither(void **state)
{
	struct fixture *fixture = *state;

	set(fixture, "client_cert", fixture->a);
	assert_int_equal(make(fixture, "cert", "auth/cert"), LH_ERR_CONFIG);
	assert_cause(fixture, "client_key");
	set(fixture, "client_key", fixture->b);
	assert_int_equal(make(fixture, "cert", "auth/cert"), LH_OK);
}

static void
cert_tells_of_new_files_when_it_reloads(void **state)
{
	struct fixture *fixture = *state;

	write_file(fixture->a, "certificate");
	write_file(fixture->b, "key");
	set(fixture, "client_cert", fixture->a);
	set(fixture, "client_key", fixture->b);
	set(fixture, "reload", "true");
	assert_int_equal(make(fixture, "cert", "auth/cert"), LH_OK);
	assert_int_equal(begin(fixture), LH_OK);
	assert_false(auth_method_changed(fixture->method));
	write_file(fixture->b, "key 2");
	assert_true(auth_method_changed(fixture->method));
	assert_int_equal(begin(fixture), LH_OK);
	assert_false(auth_method_changed(fixture->method));
}

static void
token_file_gives_the_token_to_adopt(void **state)
{
	struct fixture *fixture = *state;

	write_file(fixture->a, "hvs.token\n");
	set(fixture, "token_file_path", fixture->a);
	assert_int_equal(make(fixture, "token_file", "auth/token"), LH_OK);
	assert_int_equal(begin(fixture), LH_OK);
	assert_int_equal(fixture->step, AUTH_STEP_ADOPT);
	assert_secret(fixture->request.token, "hvs.token");
	assert_true(exists(fixture->a));
	write_file(fixture->a, "hvs.other\n");
	assert_true(auth_method_changed(fixture->method));
	assert_int_equal(unlink(fixture->a), 0);
	assert_int_equal(begin(fixture), LH_OK);
	assert_secret(fixture->request.token, "hvs.other");
	assert_non_null(strstr(fixture->request.warning, fixture->a));
}

static void
userpass_encodes_the_name_and_keeps_blanks_of_the_password(void **state)
{
	struct fixture *fixture = *state;

	write_file(fixture->a, " pass\\word \n");
	set(fixture, "username", "ann/o n\xc3\xa9");
	set(fixture, "password_file_path", fixture->a);
	assert_int_equal(make(fixture, "userpass", "auth/userpass"), LH_OK);
	assert_int_equal(begin(fixture), LH_OK);
	assert_login(fixture,
	    "/v1/auth/userpass/login/ann%2Fo%20n%C3%A9",
	    "{\"password\":\" pass\\\\word \"}");
	assert_false(exists(fixture->a));
}

static void
ldap_may_leave_its_file(void **state)
{
	struct fixture *fixture = *state;

	write_file(fixture->a, "word");
	set(fixture, "username", "app");
	set(fixture, "password_file_path", fixture->a);
	set(fixture, "remove_password_after_reading", "false");
	assert_int_equal(make(fixture, "ldap", "auth/ldap"), LH_OK);
	assert_int_equal(begin(fixture), LH_OK);
	assert_login(fixture, "/v1/auth/ldap/login/app",
	    "{\"password\":\"word\"}");
	assert_true(exists(fixture->a));
}

static void
approle_without_a_secret_id_sends_none(void **state)
{
	struct fixture *fixture = *state;

	write_file(fixture->a, "role-1\n");
	set(fixture, "role_id_file_path", fixture->a);
	assert_int_equal(make(fixture, "approle", "auth/approle"), LH_OK);
	assert_int_equal(begin(fixture), LH_OK);
	assert_login(fixture, "/v1/auth/approle/login",
	    "{\"role_id\":\"role-1\"}");
}

static void
approle_removes_the_secret_id_and_keeps_it_in_mind(void **state)
{
	struct fixture *fixture = *state;

	write_file(fixture->a, "role-1\n");
	write_file(fixture->b, "secret-1\n");
	set(fixture, "role_id_file_path", fixture->a);
	set(fixture, "secret_id_file_path", fixture->b);
	assert_int_equal(make(fixture, "approle", "auth/approle"), LH_OK);
	assert_int_equal(begin(fixture), LH_OK);
	assert_false(exists(fixture->b));
	assert_true(exists(fixture->a));
	write_file(fixture->a, "");
	assert_int_equal(begin(fixture), LH_OK);
	assert_login(fixture, "/v1/auth/approle/login",
	    "{\"role_id\":\"role-1\",\"secret_id\":\"secret-1\"}");
	write_file(fixture->b, "secret-2\n");
	assert_int_equal(begin(fixture), LH_OK);
	assert_login(fixture, "/v1/auth/approle/login",
	    "{\"role_id\":\"role-1\",\"secret_id\":\"secret-2\"}");
}

static void
approle_without_its_files_names_them(void **state)
{
	struct fixture *fixture = *state;

	set(fixture, "role_id_file_path", fixture->a);
	set(fixture, "secret_id_file_path", fixture->b);
	assert_int_equal(make(fixture, "approle", "auth/approle"), LH_OK);
	assert_int_not_equal(begin(fixture), LH_OK);
	assert_cause(fixture, fixture->a);
	write_file(fixture->a, "role-1");
	assert_int_not_equal(begin(fixture), LH_OK);
	assert_cause(fixture, fixture->b);
}

static void
make_wrapped(struct fixture *fixture, const char *remove_file)
{
	write_file(fixture->a, "role-1\n");
	write_file(fixture->b, "wrapping-1\n");
	set(fixture, "role_id_file_path", fixture->a);
	set(fixture, "secret_id_file_path", fixture->b);
	set(fixture, "secret_id_response_wrapping_path", WRAPPING_PATH);
	set(fixture, "remove_secret_id_file_after_reading", remove_file);
	assert_int_equal(make(fixture, "approle", "auth/approle"), LH_OK);
}

static void
unwrap(struct fixture *fixture, const char *secret_body)
{
	assert_int_equal(begin(fixture), LH_OK);
	assert_ask(fixture, "GET", "/v1/sys/wrapping/lookup");
	assert_true(exists(fixture->b));
	assert_int_equal(answer(fixture, "{\"data\":{\"creation_path\":\""
	    WRAPPING_PATH "\"}}"), LH_OK);
	assert_ask(fixture, "PUT", "/v1/sys/wrapping/unwrap");
	assert_int_equal(answer(fixture, secret_body), LH_OK);
}

static void
approle_unwraps_its_secret_id(void **state)
{
	struct fixture *fixture = *state;

	make_wrapped(fixture, "true");
	assert_int_equal(begin(fixture), LH_OK);
	assert_secret(fixture->request.token, "wrapping-1");
	unwrap(fixture, "{\"data\":{\"secret_id\":\"s1\"}}");
	assert_login(fixture, "/v1/auth/approle/login",
	    "{\"role_id\":\"role-1\",\"secret_id\":\"s1\"}");
	assert_false(exists(fixture->b));
	assert_int_equal(begin(fixture), LH_OK);
	assert_login(fixture, "/v1/auth/approle/login",
	    "{\"role_id\":\"role-1\",\"secret_id\":\"s1\"}");
}

static void
approle_uses_a_wrapping_token_once(void **state)
{
	struct fixture *fixture = *state;

	make_wrapped(fixture, "false");
	unwrap(fixture, "{\"data\":{\"secret_id\":\"s1\"}}");
	assert_true(exists(fixture->b));
	assert_int_equal(begin(fixture), LH_OK);
	assert_login(fixture, "/v1/auth/approle/login",
	    "{\"role_id\":\"role-1\",\"secret_id\":\"s1\"}");
	write_file(fixture->b, "wrapping-2");
	unwrap(fixture, "{\"data\":{\"secret_id\":\"s2\"}}");
	assert_login(fixture, "/v1/auth/approle/login",
	    "{\"role_id\":\"role-1\",\"secret_id\":\"s2\"}");
}

static void
approle_unwraps_nothing_made_elsewhere(void **state)
{
	static const char *const bodies[] = {
		"{\"data\":{\"creation_path\":\"sys/wrapping/wrap\"}}",
		"{\"data\":{\"creation_path\":\"" WRAPPING_PATH "/\"}}",
		"{\"data\":{\"creation_path\":1}}",
		"{\"data\":null}",
		"not json",
		"",
	};
	struct fixture *fixture = *state;

	make_wrapped(fixture, "true");
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		assert_int_equal(begin(fixture), LH_OK);
		assert_int_equal(answer(fixture, bodies[i]), LH_ERR_DENIED);
		assert_cause(fixture, WRAPPING_PATH);
		assert_null(strstr(fixture->cause.text, "wrapping-1"));
	}
	assert_true(exists(fixture->b));
}

static void
approle_needs_a_secret_id_in_what_it_unwrapped(void **state)
{
	struct fixture *fixture = *state;

	make_wrapped(fixture, "true");
	assert_int_equal(begin(fixture), LH_OK);
	assert_int_equal(answer(fixture, "{\"data\":{\"creation_path\":\""
	    WRAPPING_PATH "\"}}"), LH_OK);
	assert_int_equal(answer(fixture, "{\"data\":{\"secret_id\":\"\"}}"),
	    LH_ERR_FORMAT);
	assert_cause(fixture, "secret_id");
	/* Ready for another begin. */
	assert_int_equal(begin(fixture), LH_OK);
	assert_ask(fixture, "GET", "/v1/sys/wrapping/lookup");
}

static void
approle_wraps_nothing_without_a_file(void **state)
{
	struct fixture *fixture = *state;

	set(fixture, "role_id_file_path", fixture->a);
	set(fixture, "secret_id_response_wrapping_path", WRAPPING_PATH);
	assert_int_equal(make(fixture, "approle", "auth/approle"),
	    LH_ERR_CONFIG);
	assert_cause(fixture, "secret_id_file_path");
}

/* Nobody, root neither, removes a file of /proc. */
static void
a_file_that_stays_is_a_warning(void **state)
{
	struct fixture *fixture = *state;

	set(fixture, "path", "/proc/version");
	set(fixture, "role", "web");
	assert_int_equal(make(fixture, "jwt", "auth/jwt"), LH_OK);
	assert_int_equal(begin(fixture), LH_OK);
	assert_int_equal(fixture->step, AUTH_STEP_LOGIN);
	assert_non_null(fixture->request.warning);
	assert_non_null(strstr(fixture->request.warning, "/proc/version"));
}

static int
start_allocators(void **state)
{
	json_set_alloc_funcs(secret_malloc, secret_free);
	return 0;
}

#define method_test(name) \
	cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		method_test(every_row_is_found_by_its_name),
		method_test(every_key_has_a_sentence_of_help),
		method_test(an_unknown_method_is_named),
		method_test(an_unknown_key_is_named),
		method_test(a_missing_key_is_named),
		method_test(a_mount_path_must_be_there_and_fit),
		method_test(kubernetes_sends_role_and_token),
		method_test(kubernetes_reads_its_token_at_each_login),
		method_test(a_credential_that_is_no_text_is_refused),
		method_test(jwt_is_removed_and_kept_in_mind),
		method_test(jwt_without_anything_to_send_names_the_file),
		method_test(jwt_removes_a_link_or_what_it_leads_to),
		method_test(jwt_leaves_the_file_when_told_to),
		method_test(jwt_tells_of_a_new_one),
		method_test(cert_sends_its_name),
		method_test(cert_needs_certificate_and_key_or_neither),
		method_test(cert_tells_of_new_files_when_it_reloads),
		method_test(token_file_gives_the_token_to_adopt),
		method_test(
		    userpass_encodes_the_name_and_keeps_blanks_of_the_password),
		method_test(ldap_may_leave_its_file),
		method_test(approle_without_a_secret_id_sends_none),
		method_test(approle_removes_the_secret_id_and_keeps_it_in_mind),
		method_test(approle_without_its_files_names_them),
		method_test(approle_unwraps_its_secret_id),
		method_test(approle_uses_a_wrapping_token_once),
		method_test(approle_unwraps_nothing_made_elsewhere),
		method_test(approle_needs_a_secret_id_in_what_it_unwrapped),
		method_test(approle_wraps_nothing_without_a_file),
		method_test(a_file_that_stays_is_a_warning),
	};

	return cmocka_run_group_tests_name("auth_method", tests,
	    start_allocators, NULL);
}
