/*
 * test_token - under whose rights a request goes out. The keeper is replaced:
 * it is a token, or none.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include "../../../src/proxy/proxy_token.h"

/* What stands behind the keeper's pointer here. */
struct auth_keeper {
	struct auth_token *token;
	unsigned doubts;
};

struct auth_token *
auth_keeper_token(const struct auth_keeper *keeper)
{
	return keeper->token;
}

void
auth_keeper_doubt(struct auth_keeper *keeper)
{
	keeper->doubts++;
}

struct chosen {
	enum proxy_token_choice choice;
	enum cache_identity_kind kind;
	char token[64];
	uint64_t generation;
};

static struct chosen
choose(enum proxy_auto_auth mode, const struct auth_keeper *keeper,
    const char *name, const char *value)
{
	const struct http_field field = { span_of(name), span_of(value) };
	struct proxy_identity identity;
	struct chosen chosen = { 0 };
	struct span token;

	chosen.choice = proxy_token_choose(mode, keeper,
	    (struct http_fields){ &field, name != NULL }, &identity);
	chosen.kind = identity.kind;
	chosen.generation = identity.generation;
	token = secret_lend(identity.token);
	assert_true(token.len < sizeof(chosen.token));
	memcpy(chosen.token, token.len > 0 ? token.ptr : "", token.len);
	proxy_identity_release(&identity);
	return chosen;
}

static struct auth_keeper *
keeper_of(void **state)
{
	return *state;
}

static int
set_up(void **state)
{
	static struct auth_keeper keeper;
	struct auth_token_facts facts = { .generation = 7,
		.expires = AUTH_TOKEN_NEVER };

	facts.secret = secret_new(SPAN_LITERAL("ours"));
	keeper.token = auth_token_new(&facts);
	secret_unref(&facts.secret);
	*state = &keeper;
	return 0;
}

static int
tear_down(void **state)
{
	auth_token_unref(&keeper_of(state)->token);
	return 0;
}

static void
off_takes_the_callers_token_or_none(void **state)
{
	struct chosen c;

	c = choose(PROXY_AUTO_AUTH_OFF, keeper_of(state), "X-Vault-Token",
	    "theirs");
	assert_int_equal(c.kind, CACHE_IDENTITY_OWN);
	assert_string_equal(c.token, "theirs");
	c = choose(PROXY_AUTO_AUTH_OFF, keeper_of(state), NULL, NULL);
	assert_int_equal(c.choice, PROXY_TOKEN_CHOSEN);
	assert_int_equal(c.kind, CACHE_IDENTITY_NONE);
}

static void
on_takes_ours_where_the_caller_has_none(void **state)
{
	struct chosen c;

	c = choose(PROXY_AUTO_AUTH_ON, keeper_of(state), NULL, NULL);
	assert_int_equal(c.kind, CACHE_IDENTITY_AUTO);
	assert_string_equal(c.token, "ours");
	assert_int_equal(c.generation, 7);
	c = choose(PROXY_AUTO_AUTH_ON, keeper_of(state), "X-Vault-Token", "");
	assert_int_equal(c.kind, CACHE_IDENTITY_AUTO);
	c = choose(PROXY_AUTO_AUTH_ON, keeper_of(state), "x-vault-token",
	    "theirs");
	assert_string_equal(c.token, "theirs");
}

static void
a_bearer_token_is_the_callers(void **state)
{
	struct chosen c;

	c = choose(PROXY_AUTO_AUTH_ON, keeper_of(state), "Authorization",
	    "bearer theirs");
	assert_int_equal(c.kind, CACHE_IDENTITY_OWN);
	assert_string_equal(c.token, "theirs");
	c = choose(PROXY_AUTO_AUTH_ON, keeper_of(state), "Authorization",
	    "Negotiate theirs");
	assert_int_equal(c.kind, CACHE_IDENTITY_AUTO);
}

static void
force_takes_ours_whatever_the_caller_sends(void **state)
{
	struct chosen c;

	c = choose(PROXY_AUTO_AUTH_FORCE, keeper_of(state), "X-Vault-Token",
	    "theirs");
	assert_string_equal(c.token, "ours");
	c = choose(PROXY_AUTO_AUTH_FORCE, keeper_of(state), "Authorization",
	    "Bearer theirs");
	assert_string_equal(c.token, "ours");
}

static void
without_a_living_token_ours_is_missing(void **state)
{
	const struct auth_keeper empty = { NULL };

	assert_int_equal(choose(PROXY_AUTO_AUTH_ON, &empty, NULL,
	    NULL).choice, PROXY_TOKEN_MISSING);
	assert_int_equal(choose(PROXY_AUTO_AUTH_ON, &empty, "X-Vault-Token",
	    "theirs").choice, PROXY_TOKEN_CHOSEN);
}

static void
a_token_that_no_header_may_hold_is_bad(void **state)
{
	assert_int_equal(choose(PROXY_AUTO_AUTH_ON, keeper_of(state),
	    "X-Vault-Token", "a b").choice, PROXY_TOKEN_BAD);
	assert_int_equal(choose(PROXY_AUTO_AUTH_ON, keeper_of(state),
	    "X-Vault-Token", "t\xc3\xa9").choice, PROXY_TOKEN_BAD);
}

static bool
would_be_wrapped(enum cache_identity_kind kind, const char *path,
    const char *name)
{
	const struct http_field field = { span_of(name), SPAN_LITERAL("1m") };
	const struct http_request request = { .path = span_of(path),
		.fields = { &field, 1 } };
	const struct proxy_identity identity = { .kind = kind };

	return proxy_token_would_be_wrapped(&request, &identity);
}

static void
ours_is_told_in_no_wrapping(void **state)
{
	static const char wrap[] = "X-Vault-Wrap-TTL";
	static const char self[] = "/v1/auth/token/lookup-self";

	assert_true(would_be_wrapped(CACHE_IDENTITY_AUTO, self, wrap));
	assert_true(would_be_wrapped(CACHE_IDENTITY_AUTO,
	    "/v1/ns1/auth/token/renew", "x-vault-wrap-ttl"));
	assert_false(would_be_wrapped(CACHE_IDENTITY_AUTO, self, "X-Other"));
	assert_false(would_be_wrapped(CACHE_IDENTITY_OWN, self, wrap));
	assert_false(would_be_wrapped(CACHE_IDENTITY_AUTO,
	    "/v1/auth/token/create", wrap));
}

static void
a_revocation_may_ask_for_a_wrapping_and_the_help_on_it_not(void **state)
{
	const struct http_field field = { SPAN_LITERAL("X-Vault-Wrap-TTL"),
		SPAN_LITERAL("1m") };
	struct http_request request = { .method = SPAN_LITERAL("POST"),
		.path = SPAN_LITERAL("/v1/auth/token/revoke-self"),
		.fields = { &field, 1 } };
	const struct proxy_identity ours = { .kind = CACHE_IDENTITY_AUTO };

	assert_false(proxy_token_would_be_wrapped(&request, &ours));
	request.method = SPAN_LITERAL("GET");
	assert_true(proxy_token_would_be_wrapped(&request, &ours));
}

static void
what_vault_answers_anybody_waits_for_no_token(void **state)
{
	static const char *const open_paths[] = { "/v1/sys/health",
		"/v1/sys/seal-status", "/v1/auth/approle/login",
		"/v1/auth/userpass/login/bob", "/v1/sys/wrapping/unwrap",
		"/v1/sys/generate-root/attempt", "/v1/sys/rekey/init",
		"/v1/identity/oidc/.well-known/keys", "/", "/ui/vault",
		"/v1" };
	static const char *const others[] = { "/v1/secret/data/a",
		"/v1/secret/data/auth/app/login",
		"/v1/auth/token/lookup-self", "/v1/sys/unseal/x",
		"/v1/sys/internal/ui/mounts/secret", "/v1/sys/wrapping/wrap",
		"/v1/ns1/sys/seal-status", "/v1/sys/rekey", "/v1/" };

	for (size_t i = 0; i < sizeof(open_paths) / sizeof(*open_paths); i++)
		assert_true(proxy_token_is_optional(span_of(open_paths[i])));
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		assert_false(proxy_token_is_optional(span_of(others[i])));
}

static unsigned
doubts_after(struct auth_keeper *keeper, const char *token, const char *path)
{
	struct secret *secret = secret_new(span_of(token));
	const struct cache_ask ask = { .method = SPAN_LITERAL("PUT"),
		.path = span_of(path), .token = secret };

	keeper->doubts = 0;
	proxy_token_passed(keeper, &ask);
	secret_unref(&secret);
	return keeper->doubts;
}

static void
what_may_end_our_token_puts_it_in_doubt(void **state)
{
	struct auth_keeper *keeper = keeper_of(state);
	static const char *const any[] = { "/v1/auth/token/renew",
		"/v1/auth/token/renew-accessor", "/v1/auth/token/revoke/t",
		"/v1/auth/token/revoke-accessor",
		"/v1/auth/token/revoke-orphan",
		"/v1/ns/sys/leases/revoke-prefix/auth/approle",
		"/v1/sys/auth/approle" };
	static const char *const own[] = { "/v1/auth/token/renew-self",
		"/v1/auth/token/revoke-self" };

	for (size_t i = 0; i < sizeof(any) / sizeof(any[0]); i++)
		assert_int_equal(doubts_after(keeper, "theirs", any[i]), 1);
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		assert_int_equal(doubts_after(keeper, "ours", own[i]), 1);
		assert_int_equal(doubts_after(keeper, "theirs", own[i]), 0);
	}
	assert_int_equal(doubts_after(keeper, "ours", "/v1/secret/a"), 0);
	proxy_token_passed(NULL, &(struct cache_ask){ .token = NULL });
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(off_takes_the_callers_token_or_none),
		cmocka_unit_test(on_takes_ours_where_the_caller_has_none),
		cmocka_unit_test(a_bearer_token_is_the_callers),
		cmocka_unit_test(force_takes_ours_whatever_the_caller_sends),
		cmocka_unit_test(without_a_living_token_ours_is_missing),
		cmocka_unit_test(a_token_that_no_header_may_hold_is_bad),
		cmocka_unit_test(ours_is_told_in_no_wrapping),
		cmocka_unit_test(
		    a_revocation_may_ask_for_a_wrapping_and_the_help_on_it_not),
		cmocka_unit_test(what_vault_answers_anybody_waits_for_no_token),
		cmocka_unit_test(what_may_end_our_token_puts_it_in_doubt),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
