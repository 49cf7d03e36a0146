/*
 * test_dump - the print of a configuration reads back to the same print.
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
#include "config_case.h"

#define PLAIN "listener \"tcp\" {\n  tls_disable = true\n}\n"

static char *
print(const struct config *config)
{
	struct bytes text;
	char *copy;

	bytes_init(&text, 65536);
	assert_int_equal(config_dump(config, &text), LH_OK);
	copy = xasprintf("%.*s", (int)text.len, text.data);
	bytes_release(&text);
	return copy;
}

/* Loads it, prints, reads the print, prints that. The caller frees. */
static char *
print_twice(struct config_case *it)
{
	struct config_case again;
	char *first, *second;

	config_case_expect_good(it);
	first = print(it->config);
	config_case_read(&again, first);
	config_case_expect_good(&again);
	second = print(again.config);
	assert_string_equal(first, second);
	free(second);
	config_case_release(&again);
	return first;
}

static void
expect_line(const char *print, const char *line)
{
	if (strstr(print, line) == NULL)
		fail_msg("no \"%s\" in:\n%s", line, print);
}

static void
static_rows_are_printed_but_not_the_one_of_a_key(void **state)
{
	struct config_case it;
	char *text;

	config_case_read(&it, "auto_auth {\n method \"approle\" {\n"
	    " config {\n role_id_file_path = \"/r\"\n }\n }\n}\n"
	    "api_proxy {\n use_auto_auth_token = true\n}\n"
	    "cache {\n cache_static_secrets = true\n"
	    " static \"/v1/kv/*\" {\n ttl = \"7s\"\n }\n}\n" PLAIN);
	text = print_twice(&it);
	expect_line(text, "static \"kv/*\" {\n    ttl = \"7s\"");
	expect_line(text, "cache_static_secrets = true");
	assert_null(strstr(text, "static \"*\""));
	assert_int_equal(it.config->cache.static_answers.row_count, 2);
	assert_true(it.config->cache.static_answers.rows[1].only_kv);
	free(text);
	config_case_release(&it);
}

static void
static_rows_of_json_are_the_same(void **state)
{
	const struct cache_static_row *row;
	struct config_case it;

	config_case_read(&it, "{\"cache\": {\"static\": {\"kv/*\": "
	    "{\"stale_if_error\": 5}}}, \"listener\": {\"tcp\": "
	    "{\"tls_disable\": true}}}");
	config_case_expect_good(&it);
	assert_int_equal(it.config->cache.static_answers.row_count, 1);
	row = it.config->cache.static_answers.rows;
	assert_string_equal(row->pattern, "kv/*");
	assert_int_equal(row->stale_if_error, 5000);
	assert_int_equal(row->ttl, 60000);
	config_case_release(&it);
}

static void
defaults_are_printed(void **state)
{
	struct config_case it;
	char *text;

	config_case_read(&it, PLAIN);
	text = print_twice(&it);
	expect_line(text, "log_level = \"info\"\n");
	expect_line(text, "shutdown_timeout = \"15s\"\n");
	expect_line(text, "  address = \"https://127.0.0.1:8200\"\n");
	expect_line(text, "    num_retries = 12\n");
	expect_line(text, "listener \"tcp\" {\n");
	expect_line(text, "  max_body_bytes = 33554432\n");
	assert_null(strstr(text, "auto_auth"));
	assert_null(strstr(text, "cache"));
	free(text);
	config_case_release(&it);
}

static void
everything_is_printed_and_read_again(void **state)
{
	struct config_case it;
	char *text;

	config_case_read(&it,
	    "pid_file = \"/run/a \\\"b\\\" \\\\ ${c}\"\n"
	    "log_format = \"json\"\nexit_after_auth = true\n"
	    "log_file = \"/var/log/\"\n"
	    "disable_idle_connections = [\"caching\", \"Proxying\"]\n"
	    "vault {\n address = \"unix:///run/v\"\n namespace = \"n\"\n"
	    " client_timeout = 0.25\n retry { num_retries = -1 } }\n"
	    "auto_auth {\n method \"approle\" {\n max_backoff = \"1.5s\"\n"
	    " exit_on_err = true\n config { role_id_file_path = \"/r\"\n"
	    " remove_secret_id_file_after_reading = 0 } }\n"
	    " sink \"file\" { config { path = \"/t\"\n owner = 5 } } }\n"
	    "cache { use_auto_auth_token = \"force\"\n"
	    " revoke_evicted = true\n"
	    " lifetime \"pki/issue/+\" { kind = \"certificate\" }\n"
	    " lifetime \"custom/*\" { from = \"data.life\" } }\n"
	    "listener \"unix\" {\n address = \"unix:///run/l\"\n"
	    " socket_mode = \"600\"\n socket_group = \"0\"\n"
	    " tls_cert_file = \"/c\"\n tls_key_file = \"/k\"\n"
	    " tls_min_version = \"tls11\"\n tls_cipher_suites = "
	    "\"TLS_RSA_WITH_AES_128_CBC_SHA, TLS_AES_128_GCM_SHA256,"
	    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384\"\n"
	    " role = \"metrics_only\"\n proxy_api { enable_quit = true } }\n"
	    "log_rotate_bytes = \"1MiB\"\nlog_rotate_max_files = -1\n"
	    "telemetry { metrics_prefix = \"lh\"\n"
	    " dogstatsd_tags = [\"env:prod\", \"a\"] }\n");
	text = print_twice(&it);
	expect_line(text,
	    "pid_file = \"/run/a \\\"b\\\" \\\\ \\x24{c}\"\n");
	expect_line(text, "log_file = \"/var/log/leasehold.log\"\n");
	expect_line(text, "log_rotate_bytes = 1048576\n");
	expect_line(text, "log_rotate_max_files = -1\n");
	expect_line(text, "dogstatsd_tags = [\"env:prod\", \"a\"]\n");
	expect_line(text,
	    "disable_idle_connections = [\"caching\", \"proxying\"]\n");
	expect_line(text, "client_timeout = \"250ms\"\n");
	expect_line(text, "num_retries = -1\n");
	expect_line(text, "max_backoff = \"1500ms\"\n");
	expect_line(text, "mount_path = \"auth/approle\"\n");
	expect_line(text, "namespace = \"n/\"\n");
	expect_line(text,
	    "remove_secret_id_file_after_reading = \"false\"\n");
	expect_line(text, "mode = 0640\n");
	expect_line(text, "uid = 5\n");
	expect_line(text, "use_auto_auth_token = \"force\"\n");
	expect_line(text, "  lifetime \"pki/issue/+\" {\n"
	    "    kind = \"certificate\"\n  }\n");
	expect_line(text, "    from = \"data.life\"\n"
	    "    as = \"seconds\"\n  }\n");
	expect_line(text, "socket_mode = \"0600\"\n");
	expect_line(text, "socket_group = \"0\"\n");
	expect_line(text, "tls_cipher_suites = \"TLS_RSA_WITH_AES_128_CBC_SHA"
	    ",TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384\"\n");
	expect_line(text, "metrics_prefix = \"lh\"\n");
	free(text);
	config_case_release(&it);
}

static void
what_the_environment_says_is_in_the_print(void **state)
{
	static const char *const variables[] = {
		"VAULT_NAMESPACE", "env", "VAULT_MAX_RETRIES", "0",
		"HTTPS_PROXY", "proxy:3128", "VAULT_ADDR", "https://v",
		"VAULT_CACERT_BYTES", "-----BEGIN", NULL
	};
	struct config_case it;
	char *first, *second;
	struct config_case again;

	config_case_read_with(&it, variables, PLAIN
	    "api_proxy { prepend_configured_namespace = true }\n");
	config_case_expect_good(&it);
	first = print(it.config);
	expect_line(first, "namespace = \"env/\"\n");
	expect_line(first, "num_retries = -1\n");
	expect_line(first, "proxy_address = \"http://proxy:3128\"\n");
	expect_line(first, "# authorities are those of VAULT_CACERT_BYTES\n");
	config_case_read_with(&again, variables, first);
	config_case_expect_good(&again);
	assert_string_equal(again.config->proxy.namespace, "env/");
	second = print(again.config);
	assert_string_equal(first, second);
	free(first);
	free(second);
	config_case_release(&again);
	config_case_release(&it);
}

static void
passwords_in_addresses_are_masked(void **state)
{
	struct config_case it;
	char *text;

	config_case_read(&it, PLAIN "vault {\n"
	    " address = \"https://user:p@ss@host:8200/a@b\"\n"
	    " proxy_address = \"http://joe:hunter2@p:1\" }\n");
	text = print_twice(&it);
	assert_null(strstr(text, "user"));
	assert_null(strstr(text, "p@ss"));
	assert_null(strstr(text, "hunter2"));
	expect_line(text, "address = \"https://***@host:8200/a@b\"\n");
	free(text);
	config_case_release(&it);
}

static void
several_servers_are_printed_as_a_list(void **state)
{
	struct config_case it;
	char *text;

	config_case_read(&it, PLAIN "vault {\n"
	    " address = \"https://user:pass@a:1,https://b\" }\n");
	text = print_twice(&it);
	expect_line(text,
	    "address = [\"https://***@a:1\", \"https://b\"]\n");
	free(text);
	config_case_release(&it);
}

static void
a_full_buffer_is_an_error(void **state)
{
	struct config_case it;
	struct bytes text;

	config_case_read(&it, PLAIN);
	config_case_expect_good(&it);
	bytes_init(&text, 300);
	assert_int_equal(config_dump(it.config, &text), LH_ERR_LIMIT);
	bytes_release(&text);
	config_case_release(&it);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    static_rows_are_printed_but_not_the_one_of_a_key),
		cmocka_unit_test(static_rows_of_json_are_the_same),
		cmocka_unit_test(defaults_are_printed),
		cmocka_unit_test(everything_is_printed_and_read_again),
		cmocka_unit_test(what_the_environment_says_is_in_the_print),
		cmocka_unit_test(passwords_in_addresses_are_masked),
		cmocka_unit_test(several_servers_are_printed_as_a_list),
		cmocka_unit_test(a_full_buffer_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
