/*
 * test_key - which requests are one, and which are not.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

#include "../../../src/cache/cache_key.h"

struct keys {
	struct fixture fixture;
	struct cache_keyer keyer;
};

static int
setup(void **state)
{
	struct keys *keys = xcalloc(1, sizeof(*keys));

	fixture_init(&keys->fixture);
	keys->keyer.digest = digest_new();
	*state = keys;
	return 0;
}

static int
teardown(void **state)
{
	struct keys *keys = *state;

	digest_free(keys->keyer.digest);
	fixture_release(&keys->fixture);
	free(keys);
	return 0;
}

static struct cache_key
key_of(struct keys *keys, const struct cache_ask *ask)
{
	struct cache_key_path path;
	struct cache_key key;

	assert_int_equal(cache_key_path_set(&path, ask), LH_OK);
	assert_int_equal(cache_key_set(&key, &keys->keyer, ask, path.text),
	    LH_OK);
	return key;
}

static bool
is_one(struct keys *keys, const struct cache_ask *a,
    const struct cache_ask *b)
{
	struct cache_key first = key_of(keys, a), second = key_of(keys, b);

	return memcmp(&first, &second, sizeof(first)) == 0;
}

static bool
is_one_with(struct keys *keys, const struct cache_ask *ask,
    const char *name, const char *value)
{
	struct http_field field = { span_of(name), span_of(value) };
	struct cache_ask other = *ask;

	other.fields = (struct http_fields){ &field, 1 };
	return is_one(keys, ask, &other);
}

static void
header_and_path_form_of_a_namespace_are_one(void **state)
{
	struct keys *keys = *state;
	struct cache_ask path = fixture_read(&keys->fixture,
	    "/v1/ns1/db/creds/app");
	struct cache_ask header = fixture_read(&keys->fixture,
	    "/v1/db/creds/app");

	header.namespace = SPAN_LITERAL("ns1");
	assert_true(is_one(keys, &path, &header));
	header.namespace = SPAN_LITERAL("ns1/");
	assert_true(is_one(keys, &path, &header));
	header.namespace = SPAN_LITERAL("/ns1/");
	assert_true(is_one(keys, &path, &header));
	header.namespace = SPAN_LITERAL("ns2");
	assert_false(is_one(keys, &path, &header));
	header.namespace = SPAN_LITERAL("root");
	assert_false(is_one(keys, &path, &header));
}

static void
put_and_post_are_one(void **state)
{
	struct keys *keys = *state;
	struct cache_ask post = fixture_write(&keys->fixture, "/v1/a", "{}");
	struct cache_ask put = post, get = post;

	put.method = SPAN_LITERAL("PUT");
	get.method = SPAN_LITERAL("GET");
	assert_true(is_one(keys, &post, &put));
	assert_false(is_one(keys, &post, &get));
}

static void
the_order_of_the_query_does_not_matter(void **state)
{
	struct keys *keys = *state;
	struct cache_ask a = fixture_read(&keys->fixture, "/v1/a");
	struct cache_ask b = a;

	a.query = SPAN_LITERAL("x=1&y=2");
	b.query = SPAN_LITERAL("y=2&x=1");
	assert_true(is_one(keys, &a, &b));
	b.query = SPAN_LITERAL("y=2&x=3");
	assert_false(is_one(keys, &a, &b));
	b.query = SPAN_NONE;
	assert_false(is_one(keys, &a, &b));
}

static void
only_three_fields_matter(void **state)
{
	struct keys *keys = *state;
	struct cache_ask ask = fixture_read(&keys->fixture, "/v1/a");

	assert_false(is_one_with(keys, &ask, "X-Vault-Wrap-TTL", "5m"));
	assert_false(is_one_with(keys, &ask, "x-vault-mfa", "totp:1"));
	assert_false(is_one_with(keys, &ask, "Content-Type", "text/plain"));
	assert_true(is_one_with(keys, &ask, "traceparent", "00-1"));
	assert_true(is_one_with(keys, &ask, "User-Agent", "x"));
	assert_true(is_one_with(keys, &ask, "Accept", "*/*"));
	assert_true(is_one_with(keys, &ask, "X-Request-Id", "7"));
	assert_true(is_one_with(keys, &ask, "Host", "elsewhere"));
}

static void
all_values_of_mfa_matter(void **state)
{
	struct keys *keys = *state;
	struct http_field fields[] = {
		{ SPAN_LITERAL("X-Vault-MFA"), SPAN_LITERAL("a") },
		{ SPAN_LITERAL("X-Vault-MFA"), SPAN_LITERAL("b") }
	};
	struct cache_ask one = fixture_read(&keys->fixture, "/v1/a");
	struct cache_ask two = one;

	one.fields = (struct http_fields){ fields, 1 };
	two.fields = (struct http_fields){ fields, 2 };
	assert_false(is_one(keys, &one, &two));
}

static bool
is_one_behind(struct keys *keys, const struct http_fields fields[2])
{
	struct cache_ask one = fixture_read(&keys->fixture, "/v1/a");
	struct cache_ask two = one;

	one.fields = fields[0];
	two.fields = fields[1];
	return is_one(keys, &one, &two);
}

static void
fields_that_are_named_matter_too(void **state)
{
	static const char *const names[] = { "X-Region", "X-Tenant" };
	struct keys *keys = *state;
	struct cache_ask ask = fixture_read(&keys->fixture, "/v1/a");
	struct cache_key before = key_of(keys, &ask), after;
	struct http_field east[] = {
		{ SPAN_LITERAL("X-Region"), SPAN_LITERAL("east") },
		{ SPAN_LITERAL("X-Region"), SPAN_LITERAL("west") }
	};
	struct http_field tenant = { SPAN_LITERAL("X-Tenant"),
		SPAN_LITERAL("east") };
	struct http_field mfa = { SPAN_LITERAL("X-Vault-MFA"),
		SPAN_LITERAL("east") };

	keys->keyer.headers = (struct text_list){ names, 2 };
	after = key_of(keys, &ask);
	assert_int_not_equal(memcmp(&before, &after, sizeof(before)), 0);
	assert_false(is_one_with(keys, &ask, "x-region", "east"));
	assert_false(is_one_with(keys, &ask, "X-Region", ""));
	assert_false(is_one_with(keys, &ask, "X-Vault-MFA", "east"));
	assert_true(is_one_with(keys, &ask, "X-Request-Id", "7"));
	assert_false(is_one_behind(keys, (struct http_fields[]){
	    { east, 1 }, { east, 2 } }));
	assert_false(is_one_behind(keys, (struct http_fields[]){
	    { east, 1 }, { &east[1], 1 } }));
	assert_false(is_one_behind(keys, (struct http_fields[]){
	    { east, 1 }, { &tenant, 1 } }));
	assert_false(is_one_behind(keys, (struct http_fields[]){
	    { &tenant, 1 }, { &mfa, 1 } }));
}

static void
identities_never_share_a_key(void **state)
{
	struct keys *keys = *state;
	struct cache_ask ours = fixture_read(&keys->fixture, "/v1/a");
	struct cache_ask later = ours, own = ours, none = ours, other;

	later.generation = 2;
	own.identity = CACHE_IDENTITY_OWN;
	none.identity = CACHE_IDENTITY_NONE;
	other = own;
	other.token = keys->fixture.other;
	assert_false(is_one(keys, &ours, &later));
	assert_false(is_one(keys, &ours, &own));
	assert_false(is_one(keys, &ours, &none));
	assert_false(is_one(keys, &own, &other));
}

static void
parts_cannot_be_moved_into_one_another(void **state)
{
	struct keys *keys = *state;
	struct cache_ask a = fixture_write(&keys->fixture, "/v1/a", "bc");
	struct cache_ask b = fixture_write(&keys->fixture, "/v1/ab", "c");

	assert_false(is_one(keys, &a, &b));
}

static void
what_does_not_fit_has_no_key(void **state)
{
	struct keys *keys = *state;
	char text[CACHE_KEY_MAX_QUERY + 64];
	struct cache_key_path path;
	struct cache_key key;
	struct cache_ask ask = fixture_read(&keys->fixture, "/v1/a");

	memset(text, 'a', sizeof(text));
	ask.query = (struct span){ text, sizeof(text) };
	assert_int_equal(cache_key_path_set(&path, &ask), LH_OK);
	assert_int_equal(cache_key_set(&key, &keys->keyer, &ask, path.text),
	    LH_ERR_LIMIT);
	memcpy(text, "/v1/", 4);
	ask.path = (struct span){ text, CACHE_KEY_MAX_PATH + 5 };
	assert_int_equal(cache_key_path_set(&path, &ask), LH_ERR_LIMIT);
}

static void
a_mark_forgets_who_asked_but_not_in_which_way(void **state)
{
	struct keys *keys = *state;
	struct cache_ask ours = fixture_read(&keys->fixture, "/v1/a");
	struct cache_ask later = ours, own = ours;
	struct cache_key a, b, c;

	later.generation = 2;
	later.query = SPAN_LITERAL("x=1");
	own.identity = CACHE_IDENTITY_OWN;
	cache_key_set_mark(&a, keys->keyer.digest, &ours, SPAN_LITERAL("a"));
	cache_key_set_mark(&b, keys->keyer.digest, &later, SPAN_LITERAL("a"));
	cache_key_set_mark(&c, keys->keyer.digest, &own, SPAN_LITERAL("a"));
	assert_memory_equal(&a, &b, sizeof(a));
	assert_memory_not_equal(&a, &c, sizeof(a));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_and_path_form_of_a_namespace_are_one),
		cmocka_unit_test(put_and_post_are_one),
		cmocka_unit_test(the_order_of_the_query_does_not_matter),
		cmocka_unit_test(only_three_fields_matter),
		cmocka_unit_test(all_values_of_mfa_matter),
		cmocka_unit_test(fields_that_are_named_matter_too),
		cmocka_unit_test(identities_never_share_a_key),
		cmocka_unit_test(parts_cannot_be_moved_into_one_another),
		cmocka_unit_test(what_does_not_fit_has_no_key),
		cmocka_unit_test(a_mark_forgets_who_asked_but_not_in_which_way)
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
