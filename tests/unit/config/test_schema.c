/*
 * test_schema - the table of keys: whole, in order, and true to the layers.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/xalloc.h"
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

static void
print_field(const struct config_key *key, const struct config_state *from,
    char *into, size_t size)
{
	struct bytes text;
	enum lh_err err = LH_OK;
	bool present;

	bytes_init(&text, size);
	present = key->kind->print(key, (const char *)from +
	    key->field.offset, &text, &err);
	assert_int_equal(err, LH_OK);
	snprintf(into, size, "%.*s", present ? (int)text.len : 0,
	    text.len > 0 ? text.data : "");
	bytes_release(&text);
}

/* What the layers start with, and what the table says, are the same: blocks
 * whose options a layer fills in. */
static void
presets_are_what_the_layers_start_with(void **state)
{
	static const char *const blocks[] = { "vault", "vault.retry",
	    "auto_auth", "auto_auth.method", "api_proxy", "cache", "limits" };
	struct config_state *bare = xcalloc(1, sizeof(*bare));
	struct config_state *preset;
	const struct config_key *key;
	struct config_notes notes;
	char one[256], other[256];
	size_t i, block, compared = 0;

	vault_client_options_init(&bare->config.vault);
	auth_keeper_options_init(&bare->config.auth);
	proxy_options_init(&bare->config.proxy);
	cache_options_init(&bare->config.cache);
	http_server_options_init(&bare->config.server);
	config_notes_init(&notes);
	preset = config_state_new(&notes);
	for (i = 0; (key = config_schema_at(i)) != NULL; i++) {
		for (block = 0; block < sizeof(blocks) / sizeof(blocks[0]);
		    block++) {
			if (!config_schema_is_in(key, blocks[block]) ||
			    key->field.size == 0)
				continue;
			print_field(key, bare, one, sizeof(one));
			print_field(key, preset, other, sizeof(other));
			assert_string_equal(one, other);
			compared++;
		}
	}
	assert_true(compared > 30);
	config_state_free(preset);
	config_notes_release(&notes);
	free(bare);
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
