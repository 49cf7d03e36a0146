/*
 * test_schema - the table of keys: whole, in order, and true to the layers.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../../src/config/config_schema.h"

static void
every_row_has_type_and_help(void **state)
{
	struct config_row row;
	size_t i;

	for (i = 0; config_row(i, &row); i++) {
		assert_true(strlen(row.path) > 0);
		assert_true(strlen(row.type) > 0);
		assert_non_null(row.preset);
		assert_true(row.help[strlen(row.help) - 1] == '.');
	}
	assert_true(i > 60);
	assert_false(config_row(i + 1, &row));
}

static void
no_path_comes_twice(void **state)
{
	const struct config_key *one, *other;
	size_t i, j;

	for (i = 0; (one = config_schema_at(i)) != NULL; i++) {
		for (j = 0; j < i; j++) {
			other = config_schema_at(j);
			assert_string_not_equal(one->path, other->path);
		}
	}
}

static void
every_row_is_found_by_its_path_in_any_case(void **state)
{
	const struct config_key *key;
	char block[64], name[64];
	const char *last;
	size_t i, j;

	for (i = 0; (key = config_schema_at(i)) != NULL; i++) {
		last = config_key_name(key);
		snprintf(block, sizeof(block), "%.*s", last == key->path ? 0
		    : (int)(last - key->path - 1), key->path);
		snprintf(name, sizeof(name), "%s", last);
		for (j = 0; name[j] != '\0'; j += 2) {
			if (name[j] >= 'a' && name[j] <= 'z')
				name[j] -= 'a' - 'A';
		}
		assert_ptr_equal(config_schema_key(block, name), key);
		assert_null(config_schema_key("nowhere", name));
		assert_null(config_schema_block(block, name));
		assert_null(config_foreign_find(block, name));
	}
}

/* What the layers start with, and what the table says, are the same. */
static void
presets_are_what_the_layers_start_with(void **state)
{
	struct config_notes notes;
	struct config_state *it;
	struct http_server_options server;
	struct cache_options cache;
	struct proxy_options proxy;
	struct auth_keeper_options auth;
	struct vault_client_options vault;

	config_notes_init(&notes);
	it = config_state_new(&notes);
	http_server_options_init(&server);
	assert_memory_equal(&server, &it->config.server, sizeof(server));
	cache_options_init(&cache);
	assert_memory_equal(&cache, &it->config.cache, sizeof(cache));
	proxy_options_init(&proxy);
	assert_int_equal(proxy.token_wait, it->config.proxy.token_wait);
	assert_int_equal(proxy.max_requests, it->config.proxy.max_requests);
	auth_keeper_options_init(&auth);
	assert_int_equal(auth.min_backoff, it->config.auth.min_backoff);
	assert_int_equal(auth.max_backoff, it->config.auth.max_backoff);
	vault_client_options_init(&vault);
	assert_string_equal(vault.address, it->config.vault.address);
	assert_int_equal(vault.max_retries, it->config.vault.max_retries);
	assert_int_equal(vault.timeout, it->config.vault.timeout);
	config_state_free(it);
	config_notes_release(&notes);
}

static void
the_nearest_name_is_offered(void **state)
{
	assert_string_equal(config_schema_nearest("listener", "adress"),
	    "address");
	assert_string_equal(config_schema_nearest("", "listner"), "listener");
	assert_string_equal(config_schema_nearest("vault", "cacert"),
	    "ca_cert");
	assert_null(config_schema_nearest("vault", "colour"));
	assert_null(config_schema_nearest("vault", ""));
	assert_int_equal(config_word_distance("", ""), 0);
	assert_int_equal(config_word_distance("abc", ""), 3);
	assert_int_equal(config_word_distance("kitten", "sitting"), 3);
}

static void
foreign_keys_are_told_apart(void **state)
{
	assert_int_equal(config_foreign_find("", "exec")->kind,
	    CONFIG_NOT_BUILT);
	assert_int_equal(config_foreign_find("listener",
	    "tls_acme_ca_directory")->kind, CONFIG_NOT_BUILT);
	assert_int_equal(config_foreign_find("listener",
	    "CORS_Enabled")->kind, CONFIG_NO_EFFECT);
	assert_int_equal(config_foreign_find("telemetry",
	    "circonus_api_token")->kind, CONFIG_NOT_BUILT);
	assert_null(config_foreign_find("listener", "exec"));
	assert_null(config_foreign_find("", "listener"));
	assert_null(config_foreign_find("", "tls_acme_x"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_has_type_and_help),
		cmocka_unit_test(no_path_comes_twice),
		cmocka_unit_test(every_row_is_found_by_its_path_in_any_case),
		cmocka_unit_test(presets_are_what_the_layers_start_with),
		cmocka_unit_test(the_nearest_name_is_offered),
		cmocka_unit_test(foreign_keys_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
