/*
 * test_path - what paths mean, and which namespace they are in.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "vault/vault_path.h"

struct path_case {
	const char *path;
	enum vault_path_kind kind;
	const char *ns;
	const char *argument;
};

static const struct path_case path_cases[] = {
	{ "/v1/secret/data/a", VAULT_PATH_OTHER, "", "" },
	{ "/v1/authors/a", VAULT_PATH_OTHER, "", "" },
	{ "/v1/", VAULT_PATH_OTHER, "", "" },
	{ "/ui/auth/token/lookup-self", VAULT_PATH_OTHER, "", "" },
	{ "/v2/sys/health", VAULT_PATH_OTHER, "", "" },
	{ "", VAULT_PATH_OTHER, "", "" },
	{ "/v1/sys/seal-status", VAULT_PATH_SYS, "", "" },
	{ "/v1/sys", VAULT_PATH_SYS, "", "" },
	{ "/v1/sys/health", VAULT_PATH_HEALTH, "", "" },
	{ "/v1/sys/wrapping/wrap", VAULT_PATH_WRAP, "", "" },
	{ "/v1/sys/wrapping/unwrap", VAULT_PATH_SYS, "", "" },
	{ "/v1/auth/approle/login", VAULT_PATH_LOGIN, "", "" },
	{ "/v1/auth/userpass/login/joe", VAULT_PATH_LOGIN, "", "" },
	{ "/v1/auth/team/ldap/login/joe", VAULT_PATH_LOGIN, "", "" },
	{ "/v1/auth/login", VAULT_PATH_AUTH_OTHER, "", "" },
	{ "/v1/auth/approle/role/x", VAULT_PATH_AUTH_OTHER, "", "" },
	{ "/v1/auth/token/create", VAULT_PATH_TOKEN_CREATE, "", "" },
	{ "/v1/auth/token/create/app", VAULT_PATH_TOKEN_CREATE, "", "app" },
	{ "/v1/auth/token/create-orphan", VAULT_PATH_TOKEN_CREATE, "", "" },
	{ "/v1/auth/token/roles/x", VAULT_PATH_TOKEN_OTHER, "", "" },
	{ "/v1/auth/token/lookup-accessor", VAULT_PATH_TOKEN_OTHER, "", "" },
	{ "/v1/auth/token/lookup-self", VAULT_PATH_LOOKUP_SELF, "", "" },
	{ "/v1/auth/token/lookup", VAULT_PATH_LOOKUP, "", "" },
	{ "/v1/auth/token/lookup/s.x", VAULT_PATH_LOOKUP, "", "s.x" },
	{ "/v1/auth/token/renew-self", VAULT_PATH_TOKEN_RENEW_SELF, "", "" },
	{ "/v1/auth/token/renew/s.x", VAULT_PATH_TOKEN_RENEW, "", "s.x" },
	{ "/v1/auth/token/renew-accessor", VAULT_PATH_TOKEN_RENEW_ACCESSOR,
	    "", "" },
	{ "/v1/auth/token/revoke", VAULT_PATH_TOKEN_REVOKE, "", "" },
	{ "/v1/auth/token/revoke/s.x", VAULT_PATH_TOKEN_REVOKE, "", "s.x" },
	{ "/v1/auth/token/revoke-self", VAULT_PATH_TOKEN_REVOKE_SELF,
	    "", "" },
	{ "/v1/auth/token/revoke-accessor/a",
	    VAULT_PATH_TOKEN_REVOKE_ACCESSOR, "", "a" },
	{ "/v1/auth/token/revoke-orphan/t", VAULT_PATH_TOKEN_REVOKE_ORPHAN,
	    "", "t" },
	{ "/v1/sys/leases/renew", VAULT_PATH_LEASE_RENEW, "", "" },
	{ "/v1/sys/leases/renew/db/creds/a/x", VAULT_PATH_LEASE_RENEW, "",
	    "db/creds/a/x" },
	{ "/v1/sys/renew/db/x", VAULT_PATH_LEASE_RENEW, "", "db/x" },
	{ "/v1/sys/leases/revoke", VAULT_PATH_LEASE_REVOKE, "", "" },
	{ "/v1/sys/leases/revoke/db/x", VAULT_PATH_LEASE_REVOKE, "",
	    "db/x" },
	{ "/v1/sys/revoke/db/x", VAULT_PATH_LEASE_REVOKE, "", "db/x" },
	{ "/v1/sys/leases/revoke-prefix/db/creds/",
	    VAULT_PATH_LEASE_REVOKE_PREFIX, "", "db/creds/" },
	{ "/v1/sys/leases/revoke-force/db", VAULT_PATH_LEASE_REVOKE_PREFIX,
	    "", "db" },
	{ "/v1/sys/revoke-prefix/db", VAULT_PATH_LEASE_REVOKE_PREFIX,
	    "", "db" },
	{ "/v1/sys/revoke-force/db", VAULT_PATH_LEASE_REVOKE_PREFIX,
	    "", "db" },
	{ "/v1/sys/mounts/team/db", VAULT_PATH_MOUNT, "", "team/db" },
	{ "/v1/sys/mounts/db/tune", VAULT_PATH_SYS, "", "" },
	{ "/v1/sys/mounts/tune", VAULT_PATH_MOUNT, "", "tune" },
	{ "/v1/sys/auth/approle", VAULT_PATH_MOUNT, "", "approle" },
	{ "/v1/a/sys/namespaces/b", VAULT_PATH_MOUNT, "a/", "b" },
	{ "/v1/sys/remount", VAULT_PATH_MOUNT, "", "" }
};

/* Other spellings, and namespaces in front. */
static const struct path_case spelled_cases[] = {
	{ "/v1/ns1/sys/health", VAULT_PATH_HEALTH, "ns1/", "" },
	{ "/v1/ns1/ns2/auth/token/revoke/s.x", VAULT_PATH_TOKEN_REVOKE,
	    "ns1/ns2/", "s.x" },
	{ "/v1/ns%2Fb/auth/x/login", VAULT_PATH_LOGIN, "ns%2Fb/", "" },
	{ "//v1//auth///token/lookup-self", VAULT_PATH_LOOKUP_SELF, "", "" },
	{ "/v1/auth/token/lookup-self/", VAULT_PATH_LOOKUP_SELF, "", "" },
	{ "/v1/auth/token/lookup%2Dself", VAULT_PATH_LOOKUP_SELF, "", "" },
	{ "/v1/%61uth%2ftoken%2Flookup-self", VAULT_PATH_LOOKUP_SELF,
	    "", "" },
	{ "/%761/sys/health", VAULT_PATH_HEALTH, "", "" },
	{ "/v1/sys/leases/revoke/%64b%2Fx", VAULT_PATH_LEASE_REVOKE, "",
	    "%64b%2Fx" },
	{ "/v1/sys/leases/revoke//db/x", VAULT_PATH_LEASE_REVOKE, "",
	    "db/x" },
	{ "/v1/sys%zz/health", VAULT_PATH_OTHER, "", "" },
	{ "/v1/sys/healt%6", VAULT_PATH_SYS, "", "" },
	{ "/v1/%", VAULT_PATH_OTHER, "", "" }
};

static void
check_cases(const struct path_case *list, size_t count)
{
	struct vault_path got;
	size_t i;

	for (i = 0; i < count; i++) {
		vault_path_classify(span_of(list[i].path), &got);
		if (got.kind != list[i].kind ||
		    !span_equal(got.ns, span_of(list[i].ns)) ||
		    !span_equal(got.argument, span_of(list[i].argument)))
			fail_msg("%s: kind %d, namespace %.*s, argument %.*s",
			    list[i].path, got.kind, (int)got.ns.len,
			    got.ns.ptr, (int)got.argument.len,
			    got.argument.ptr);
	}
}

static void
every_operation_has_its_kind(void **state)
{
	check_cases(path_cases, sizeof(path_cases) / sizeof(path_cases[0]));
}

static void
other_spellings_do_not_hide_an_operation(void **state)
{
	check_cases(spelled_cases,
	    sizeof(spelled_cases) / sizeof(spelled_cases[0]));
}

static void
namespaces_have_one_form(void **state)
{
	static const struct { const char *ns, *canonical; } cases[] = {
		{ "", "" }, { "/", "" }, { "root", "" }, { "ROOT", "ROOT/" },
		{ "/root/", "" }, { "a", "a/" }, { "a/", "a/" },
		{ "/a", "a/" }, { "//a/b//", "a/b/" }, { "rooty", "rooty/" }
	};
	struct bytes into;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bytes_init(&into, 64);
		assert_int_equal(vault_namespace_canonical(
		    span_of(cases[i].ns), &into), LH_OK);
		assert_true(span_equal(bytes_span(&into),
		    span_of(cases[i].canonical)));
		bytes_release(&into);
	}
}

static void
header_and_path_form_of_a_namespace_join_alike(void **state)
{
	static const struct { const char *ns, *path, *joined; } cases[] = {
		{ "ns1", "/v1/secret/x", "ns1/secret/x" },
		{ "", "/v1/ns1/secret/x", "ns1/secret/x" },
		{ "ns1/", "/v1/ns2/secret/x/", "ns1/ns2/secret/x/" },
		{ "root", "/v1/secret/a%2Fb", "secret/a%2Fb" },
		{ "", "/ui/", "/ui/" }
	};
	struct bytes into;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bytes_init(&into, 64);
		assert_int_equal(vault_path_join(span_of(cases[i].ns),
		    span_of(cases[i].path), &into), LH_OK);
		if (!span_equal(bytes_span(&into), span_of(cases[i].joined)))
			fail_msg("%s: %.*s", cases[i].path, (int)into.len,
			    into.data);
		bytes_release(&into);
	}
}

static void
a_full_buffer_is_told(void **state)
{
	struct bytes into;

	bytes_init(&into, 3);
	assert_int_equal(vault_namespace_canonical(SPAN_LITERAL("abc"),
	    &into), LH_ERR_LIMIT);
	assert_int_equal(into.len, 0);
	bytes_release(&into);
}

static void
a_log_shows_a_path_up_to_its_secret(void **state)
{
	static const struct { const char *path, *shown; } rows[] = {
		{ "/v1/kv/app", "/v1/kv/app" },
		{ "/v1/auth/userpass/login/ann", "/v1/auth/userpass/login/ann" },
		{ "/v1/auth/token/lookup/abc", "/v1/auth/token/lookup/" },
		{ "/v1/auth/token/revoke/abc", "/v1/auth/token/revoke/" },
		{ "/v1/auth/token/renew/abc", "/v1/auth/token/renew/" },
		{ "/v1/auth/token/revoke-orphan/abc",
		    "/v1/auth/token/revoke-orphan/" },
		{ "/v1/ns1/auth/token/lookup/abc",
		    "/v1/ns1/auth/token/lookup/" },
		{ "/v1/auth//token%2Flookup/abc", "/v1/auth//token%2Flookup/" },
		{ "/v1/sys/leases/revoke/a/b/c", "/v1/sys/leases/revoke/" },
		{ "/v1/sys/leases/renew/a/b/c", "/v1/sys/leases/renew/" },
		{ "/v1/sys/revoke/a/b/c", "/v1/sys/revoke/" },
		{ "/v1/sys/renew/a/b/c", "/v1/sys/renew/" },
		{ "/v1/kv/hvs.CAESIabc/x", "/v1/kv/" },
		{ "/hvb.AAAAAQabc", "/" },
		{ "/v1/kv/s.AbCdEfGhIjKlMnOpQrStUvWx", "/v1/kv/" },
		{ "/v1/kv/s.short", "/v1/kv/s.short" },
		{ "", "" }
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct span shown = vault_path_shown(span_of(rows[i].path));

		assert_true(span_equal(shown, span_of(rows[i].shown)));
	}
}

static void
userinfo_of_a_provider_wants_a_bearer(void **state)
{
	static const char *const wanting[] = {
		"/v1/identity/oidc/provider/p/userinfo",
		"/v1/ns1/ns2/identity/oidc/provider/p/userinfo",
		"/v1/identity%2Foidc//provider/p/userinf%6f/"
	};
	static const char *const others[] = {
		"/v1/identity/oidc/provider/p/token",
		"/v1/identity/oidc/provider/userinfo",
		"/v1/identity/oidc/provider/p/userinfo/x",
		"/v1/identity/oidc/provider/p/q/userinfo",
		"/identity/oidc/provider/p/userinfo", "/v1", "/", ""
	};
	size_t i;

	for (i = 0; i < sizeof(wanting) / sizeof(wanting[0]); i++)
		assert_true(vault_path_wants_bearer(span_of(wanting[i])));
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_false(vault_path_wants_bearer(span_of(others[i])));
}

static void
only_reading_methods_are_safe(void **state)
{
	assert_true(vault_method_is_safe(SPAN_LITERAL("GET")));
	assert_true(vault_method_is_safe(SPAN_LITERAL("LIST")));
	assert_true(vault_method_is_safe(SPAN_LITERAL("SCAN")));
	assert_false(vault_method_is_safe(SPAN_LITERAL("PUT")));
	assert_false(vault_method_is_safe(SPAN_LITERAL("get")));
	assert_false(vault_method_is_safe(SPAN_LITERAL("")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_operation_has_its_kind),
		cmocka_unit_test(other_spellings_do_not_hide_an_operation),
		cmocka_unit_test(namespaces_have_one_form),
		cmocka_unit_test(
		    header_and_path_form_of_a_namespace_join_alike),
		cmocka_unit_test(a_full_buffer_is_told),
		cmocka_unit_test(a_log_shows_a_path_up_to_its_secret),
		cmocka_unit_test(userinfo_of_a_provider_wants_a_bearer),
		cmocka_unit_test(only_reading_methods_are_safe)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
