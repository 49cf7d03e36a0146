/*
 * test_load - files, directories, merge, environment and flags.
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

static const char whole[] =
    "pid_file = \"/run/leasehold.pid\"\n"
    "log_level = \"DEBUG\"\n"
    "vault {\n"
    "  address = \"https://vault.example:8200\"\n"
    "  ca_cert = \"/etc/ca.pem\"\n"
    "  tls_skip_verify = \"0\"\n"
    "  retry { num_retries = -1 }\n"
    "}\n"
    "auto_auth {\n"
    "  method \"Kubernetes\" {\n"
    "    mount_path = \"auth/k8s/\"\n"
    "    namespace = \"/team\"\n"
    "    min_backoff = \"500ms\"\n"
    "    config = { role = \"app\" }\n"
    "  }\n"
    "  sink \"file\" {\n"
    "    config = { path = \"/run/token\", mode = 0600, gid = 7 }\n"
    "  }\n"
    "  sinks { sink { type = \"file\"\n config { path = \"/b\" } } }\n"
    "}\n"
    "api_proxy {\n"
    "  use_auto_auth_token = \"Force\"\n"
    "  token_wait = 1.5\n"
    "}\n"
    "cache { max_bytes = \"64MiB\" }\n"
    "listener \"tcp\" {\n"
    "  address = \"127.0.0.1:8100\"\n"
    "  tls_disable = true\n"
    "  agent_api { enable_quit = true }\n"
    "}\n"
    "listener \"unix\" {\n"
    "  address = \"/run/leasehold.sock\"\n"
    "  tls_disable = true\n"
    "  socket_mode = \"0660\"\n"
    "  socket_user = \"root\"\n"
    "}\n"
    "limits { max_connections = 100 }\n";

static const char *
setting(const struct config *config, const char *name)
{
	return auth_setting(&config->method, name);
}

static void
everything_arrives_where_it_belongs(void **state)
{
	struct config_case it;
	const struct config *config;

	config_case_read(&it, whole);
	config_case_expect_good(&it);
	config = it.config;
	assert_string_equal(config->pid_file, "/run/leasehold.pid");
	assert_int_equal(config->log.level, LOG_LEVEL_DEBUG);
	assert_string_equal(config->vault.addresses[0],
	    "https://vault.example:8200");
	assert_string_equal(config->vault.http.ca_file, "/etc/ca.pem");
	assert_int_equal(config->vault.max_retries, 0);
	assert_true(config->has_auth && config->has_cache);
	assert_string_equal(config->method.type, "kubernetes");
	assert_string_equal(config->method.mount_path, "auth/k8s");
	assert_string_equal(setting(config, "role"), "app");
	assert_non_null(setting(config, "token_path"));
	assert_string_equal(config->auth.namespace, "team/");
	assert_int_equal(config->auth.min_backoff, 500);
	assert_int_equal(config->sink_count, 2);
	assert_int_equal(config->sinks[0].owner.mode, 0600);
	assert_int_equal(config->sinks[0].owner.gid, 7);
	assert_int_equal(config->sinks[0].owner.uid, FILE_IO_KEEP_ID);
	assert_int_equal(config->sinks[1].owner.mode, 0640);
	assert_string_equal(config->sinks[1].path, "/b");
	assert_int_equal(config->proxy.auto_auth, PROXY_AUTO_AUTH_FORCE);
	assert_int_equal(config->proxy.token_wait, 1500);
	assert_int_equal(config->cache.max_bytes, 64 * 1024 * 1024);
	assert_int_equal(config->listener_count, 2);
	assert_true(config->listeners[0].enable_quit);
	assert_false(config->listeners[0].has_tls);
	assert_int_equal(config->listeners[1].socket.kind,
	    HTTP_LISTENER_UNIX);
	assert_true(config->listeners[1].socket.set_mode);
	assert_int_equal(config->listeners[1].socket.mode, 0660);
	assert_int_equal(config->listeners[1].socket.uid, 0);
	assert_int_equal(config->listeners[1].socket.gid, FILE_IO_KEEP_ID);
	assert_int_equal(config->server.max_connections, 100);
	config_case_release(&it);
}

static void
slashes_behind_a_mount_are_no_part_of_it(void **state)
{
	struct config_case it;

	config_case_read(&it, "{\"listener\": {\"tcp\": {\"address\":"
	    " \"127.0.0.1:1\", \"tls_disable\": true}},"
	    " \"auto_auth\": {\"method\": {\"kubernetes\": {"
	    " \"mount_path\": \"auth/k8s//\", \"config\": {"
	    " \"role\": \"r\"}}}}, \"api_proxy\": {"
	    " \"use_auto_auth_token\": true}}");
	config_case_expect_good(&it);
	assert_string_equal(it.config->method.mount_path, "auth/k8s");
	config_case_release(&it);
}

static void
json_gives_the_same(void **state)
{
	struct config_case it;

	config_case_read(&it, "{\"listener\": [{\"tcp\": {\"address\":"
	    " \"127.0.0.1:1\", \"tls_disable\": true}}, {\"type\": \"tcp\","
	    " \"address\": \"127.0.0.1:2\", \"tls_disable\": \"1\"}],"
	    " \"auto_auth\": {\"method\": {\"jwt\": {\"config\":"
	    " {\"path\": \"/jwt\", \"role\": \"r\","
	    " \"jwt_read_period\": \"2s\"}}}, \"sinks\": [{\"sink\":"
	    " {\"type\": \"file\", \"config\": {\"path\": \"/t\","
	    " \"mode\": 416}}}]}}");
	config_case_expect_good(&it);
	assert_int_equal(it.config->listener_count, 2);
	assert_string_equal(it.config->listeners[1].socket.address,
	    "127.0.0.1:2");
	assert_string_equal(it.config->method.type, "jwt");
	assert_string_equal(it.config->method.mount_path, "auth/jwt");
	assert_int_equal(it.config->auth.credentials_period, 2000);
	assert_int_equal(it.config->sinks[0].owner.mode, 0640);
	config_case_release(&it);
}

static void
later_files_replace_blocks_and_add_listeners(void **state)
{
	struct config_case it;

	config_case_init(&it);
	config_case_add(&it, "1.hcl", "exit_after_auth = true\n"
	    "pid_file = \"/a\"\nlog_level = \"warn\"\n"
	    "vault { address = \"http://a\"\n ca_cert = \"/ca\" }\n"
	    "disable_keep_alives = [\"caching\"]\n"
	    "listener \"tcp\" { address = \"127.0.0.1:1\"\n"
	    "  tls_disable = true }\n");
	config_case_add(&it, "2.hcl", "exit_after_auth = false\n"
	    "pid_file = \"\"\nlog_level = \"error\"\n"
	    "vault { address = \"http://b\" }\n"
	    "listener \"tcp\" { address = \"127.0.0.1:2\"\n"
	    "  tls_disable = true }\n");
	config_case_load(&it);
	config_case_expect_good(&it);
	assert_true(it.config->exit_after_auth);
	assert_string_equal(it.config->pid_file, "/a");
	assert_int_equal(it.config->log.level, LOG_LEVEL_ERROR);
	assert_string_equal(it.config->vault.addresses[0], "http://b");
	assert_null(it.config->vault.http.ca_file);
	assert_true(it.config->vault.http.no_keep_alive);
	assert_int_equal(it.config->listener_count, 2);
	config_case_release(&it);
}

static void
lifetimes_are_those_of_the_last_cache_block(void **state)
{
	const struct cache_lifetimes *lifetimes;
	struct config_case it;

	config_case_init(&it);
	config_case_add(&it, "a.hcl", PLAIN
	    "cache {\n lifetime \"old/*\" { kind = \"ttl\" }\n}\n");
	config_case_add(&it, "b.json", "{\"cache\": {\"lifetime\": {"
	    "\"pki/issue/+\": {\"kind\": \"certificate\"},"
	    "\"custom/*\": {\"from\": \"data.life\"}}}}");
	config_case_load(&it);
	config_case_expect_good(&it);
	lifetimes = &it.config->cache.lifetimes;
	assert_int_equal(lifetimes->count, 2);
	assert_string_equal(lifetimes->list[0].path, "pki/issue/+");
	assert_int_equal(lifetimes->list[0].kind, CACHE_LIFETIME_CERTIFICATE);
	assert_null(lifetimes->list[0].member);
	assert_string_equal(lifetimes->list[1].member, "data.life");
	assert_int_equal(lifetimes->list[1].unit, CACHE_LIFETIME_SECONDS);
	config_case_release(&it);
}

static void
lifetimes_are_bounded(void **state)
{
	char text[8192] = PLAIN "cache {\n";
	size_t len = strlen(text);
	struct config_case it;
	unsigned i;

	for (i = 0; i <= CACHE_LIFETIME_MAX; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    "lifetime \"p%u\" { kind = \"ttl\" }\n", i);
	snprintf(text + len, sizeof(text) - len, "}\n");
	config_case_read(&it, text);
	config_case_expect(&it, "more than 64 lifetimes");
	config_case_release(&it);
}

static void
a_later_auto_auth_drops_the_earlier_one_whole(void **state)
{
	struct config_case it;

	config_case_init(&it);
	config_case_add(&it, "1.hcl", "auto_auth {\n enable_reauth_on_new_"
	    "credentials = true\n method \"jwt\" {\n  min_backoff = 2\n"
	    " config { path = \"/j\"\n role = \"r\" } }\n"
	    " sink \"file\" { config { path = \"/a\" } } }\n");
	config_case_add(&it, "2.hcl", "auto_auth {\n method \"approle\" {\n"
	    " config { role_id_file_path = \"/r\" } }\n"
	    " sink \"file\" { config { path = \"/b\" } } }\n");
	config_case_load(&it);
	config_case_expect_good(&it);
	assert_string_equal(it.config->method.type, "approle");
	assert_null(setting(it.config, "path"));
	assert_int_equal(it.config->sink_count, 1);
	assert_string_equal(it.config->sinks[0].path, "/b");
	assert_int_equal(it.config->auth.min_backoff, 1000);
	assert_false(it.config->auth.reauth_on_new_credentials);
	config_case_release(&it);
}

static void
directories_are_read_in_order_of_names(void **state)
{
	struct config_case it;
	char *path;

	config_case_init(&it);
	free(config_case_write(&it, "b.hcl", "pid_file = \"/b\"\n"));
	free(config_case_write(&it, "a.json", "{\"pid_file\": \"/a\"}"));
	free(config_case_write(&it, "c.hcl", PLAIN));
	free(config_case_write(&it, "z.hcl~", "not = [read"));
	free(config_case_write(&it, "z.txt", "not = [read"));
	free(config_case_write(&it, ".#z.hcl", "not = [read"));
	free(config_case_write(&it, "#z.hcl", "not = [read"));
	path = strdup(it.folder);
	it.flags.paths[it.flags.path_count++] = path;
	config_case_load(&it);
	config_case_expect_good(&it);
	assert_string_equal(it.config->pid_file, "/b");
	config_case_release(&it);
}

static void
all_errors_of_all_files_are_told(void **state)
{
	struct config_case it;

	config_case_init(&it);
	config_case_add(&it, "a.hcl", "one = 1\n\ntwo = 2\n");
	config_case_add(&it, "b.hcl", "vault { address = \"x\" }\n");
	it.flags.paths[it.flags.path_count++] = strdup("/nonexistent/c.hcl");
	config_case_load(&it);
	assert_null(it.config);
	config_case_expect(&it, "FILE:1: unknown key \"one\"");
	config_case_expect(&it, "FILE:3: unknown key \"two\"");
	config_case_expect(&it, "/b.hcl:1: vault.address: must be");
	config_case_expect(&it, "/nonexistent/c.hcl: ");
	assert_int_equal(it.notes.errors, 4);
	config_case_release(&it);
}

static void
notes_are_bounded(void **state)
{
	char text[CONFIG_MAX_NOTES * 4 * 8];
	struct config_case it;
	size_t i, lines = 0;

	for (i = 0; i < sizeof(text) - 8; i += 6)
		memcpy(text + i, "x = 1\n", 7);
	config_case_read(&it, text);
	assert_true(it.notes.errors > CONFIG_MAX_NOTES);
	for (i = 0; i < it.notes.text.len; i++)
		lines += it.notes.text.data[i] == '\n';
	assert_int_equal(lines, CONFIG_MAX_NOTES + 1);
	config_case_expect(&it, "more was found; correct these first");
	config_case_release(&it);
}

static void
control_bytes_do_not_reach_a_terminal(void **state)
{
	struct config_case it;

	config_case_read(&it, "\"\\x1b[31m\" = 1\n" PLAIN);
	config_case_expect(&it, "unknown key \"?[31m\"");
	config_case_release(&it);
}

static void
no_path_is_an_error(void **state)
{
	struct config_case it;

	config_case_init(&it);
	config_case_load(&it);
	assert_null(it.config);
	config_case_expect(&it, "-config: at least one path");
	config_case_release(&it);
}

static void
a_folder_without_files_is_told(void **state)
{
	struct config_case it;

	config_case_init(&it);
	free(config_case_write(&it, "agent.conf", PLAIN));
	it.flags.paths[it.flags.path_count++] = xstrdup(it.folder);
	config_case_load(&it);
	assert_null(it.config);
	config_case_expect(&it, "warning: no file in it ends in .hcl");
	config_case_release(&it);
}

static void
an_empty_path_is_told_as_one(void **state)
{
	struct config_case it;

	config_case_init(&it);
	it.flags.paths[it.flags.path_count++] = xstrdup("");
	config_case_load(&it);
	assert_null(it.config);
	config_case_expect(&it, "-config: an empty path");
	config_case_release(&it);
}

static void
paths_may_come_from_the_environment(void **state)
{
	const char *variables[] = { "BAO_PROXY_CONFIG_PATH", NULL, NULL };
	struct config_case it;
	char *path;

	config_case_init(&it);
	path = config_case_write(&it, "a.hcl", PLAIN);
	variables[1] = path;
	it.variables = variables;
	config_case_load(&it);
	config_case_expect_good(&it);
	assert_int_equal(it.config->listener_count, 1);
	free(path);
	config_case_release(&it);
}

static void
too_large_a_file_is_refused(void **state)
{
	char *text = malloc(CONFIG_MAX_FILE_BYTES + 2);
	struct config_case it;

	assert_non_null(text);
	memset(text, '\n', CONFIG_MAX_FILE_BYTES + 1);
	text[CONFIG_MAX_FILE_BYTES + 1] = '\0';
	config_case_read(&it, text);
	config_case_expect(&it, "FILE: the file is larger than 1 MiB");
	config_case_release(&it);
	free(text);
}

static void
environment_beats_files_and_flags_beat_both(void **state)
{
	static const char *const variables[] = {
		"VAULT_ADDR", "http://env", "VAULT_CACERT", "/env.pem",
		"VAULT_LOG_LEVEL", "trace", "VAULT_NAMESPACE", "env",
		"VAULT_SKIP_VERIFY", "true", "VAULT_MAX_RETRIES", "0",
		"VAULT_CLIENT_TIMEOUT", "5", "VAULT_TOKEN", "never-read",
		NULL
	};
	struct config_case it;

	config_case_init(&it);
	config_case_add(&it, "a.hcl", PLAIN "log_level = \"warn\"\n"
	    "vault {\n address = \"http://file\"\n ca_cert = \"/file.pem\"\n"
	    " tls_server_name = \"file\"\n retry { num_retries = 3 } }\n");
	it.variables = variables;
	it.flags.address = "http://flag";
	it.flags.log_format = "json";
	it.flags.exit_after_auth = "true";
	config_case_load(&it);
	config_case_expect_good(&it);
	assert_string_equal(it.config->vault.addresses[0], "http://flag");
	assert_string_equal(it.config->vault.http.ca_file, "/env.pem");
	assert_string_equal(it.config->vault.http.tls_server_name, "file");
	assert_true(it.config->vault.http.tls_skip_verify);
	assert_int_equal(it.config->vault.max_retries, 0);
	assert_int_equal(it.config->vault.timeout, 5000);
	assert_int_equal(it.config->log.level, LOG_LEVEL_TRACE);
	assert_int_equal(it.config->log.format, LOG_FORMAT_JSON);
	assert_string_equal(it.config->namespace, "env/");
	assert_true(it.config->exit_after_auth);
	config_case_release(&it);
}

static void
a_flag_also_switches_off(void **state)
{
	struct config_case it;

	config_case_init(&it);
	config_case_add(&it, "a.hcl", PLAIN "exit_after_auth = true\n"
	    "vault { tls_skip_verify = true }\n");
	it.flags.exit_after_auth = "false";
	it.flags.tls_skip_verify = "0";
	config_case_load(&it);
	config_case_expect_good(&it);
	assert_false(it.config->exit_after_auth);
	assert_false(it.config->vault.http.tls_skip_verify);
	config_case_release(&it);
}

static void
bao_is_preferred_to_vault_even_when_empty(void **state)
{
	static const char *const variables[] = {
		"BAO_ADDR", "http://bao", "VAULT_ADDR", "http://vault",
		"BAO_CACERT", "", "VAULT_CACERT", "/vault.pem",
		"VAULT_CACERT_BYTES", "-----BEGIN", NULL
	};
	struct config_case it;

	config_case_read_with(&it, variables, PLAIN);
	config_case_expect_good(&it);
	assert_string_equal(it.config->vault.addresses[0], "http://bao");
	assert_null(it.config->vault.http.ca_file);
	assert_int_equal(it.config->vault.http.ca_pem.len, 10);
	config_case_release(&it);
}

/* As a template leaves it that had nothing to put there. */
static void
an_empty_value_is_the_default(void **state)
{
	struct config_case it;

	config_case_read(&it, "vault { address = \"\" }\n"
	    "listener \"unix\" {\n address = \"/s\"\n tls_disable = true\n"
	    " socket_mode = \"\"\n tls_min_version = \"\"\n"
	    " tls_max_version = \"\" }\n"
	    "auto_auth {\n method \"approle\" {\n min_backoff = \"\"\n"
	    " max_backoff = 0\n config { role_id_file_path = \"/r\" } }\n"
	    " sink \"file\" { config { path = \"/t\" } } }\n");
	config_case_expect_good(&it);
	assert_string_equal(it.config->vault.addresses[0],
	    "https://127.0.0.1:8200");
	assert_false(it.config->listeners[0].socket.set_mode);
	assert_int_equal(it.config->listeners[0].tls.min_version, 0x0303);
	assert_int_equal(it.config->listeners[0].tls.max_version, 0x0304);
	assert_int_equal(it.config->auth.min_backoff, 1000);
	assert_int_equal(it.config->auth.max_backoff, 300000);
	config_case_release(&it);
}

static void
a_timeout_of_zero_in_the_environment_says_nothing(void **state)
{
	static const char *const zeros[] = { "0", "0s" };

	for (size_t i = 0; i < 2; i++) {
		const char *const variables[] = { "VAULT_CLIENT_TIMEOUT",
			zeros[i], NULL };
		struct config_case it;

		config_case_read_with(&it, variables, PLAIN "vault {\n"
		    " client_timeout = \"7s\" }\n");
		config_case_expect_good(&it);
		assert_int_equal(it.config->vault.timeout, 7000);
		config_case_release(&it);
	}
}

static void
an_empty_number_or_address_says_nothing(void **state)
{
	static const char *const variables[] = {
		"BAO_CLIENT_TIMEOUT", "", "VAULT_MAX_RETRIES", "",
		"VAULT_HTTP_PROXY", "", "VAULT_PROXY_ADDR", "",
		"VAULT_ADDR", "", NULL
	};
	struct config_case it;

	config_case_read_with(&it, variables, PLAIN "vault {\n"
	    " address = \"http://v\"\n"
	    " client_timeout = \"7s\"\n proxy_address = \"http://p\"\n"
	    " retry { num_retries = 3 } }\n");
	config_case_expect_good(&it);
	assert_string_equal(it.config->vault.addresses[0], "http://v");
	assert_int_equal(it.config->vault.timeout, 7000);
	assert_int_equal(it.config->vault.max_retries, 3);
	assert_string_equal(it.config->vault.http.proxy, "http://p");
	config_case_release(&it);
}

static void
a_file_that_is_removed_is_looked_for_more_often(void **state)
{
	static const struct { const char *keys; span_ms period; } rows[] = {
		{ "", 500 },
		{ "jwt_read_period = \"2s\"", 2000 },
		/* Without a pause the process would do nothing but look. */
		{ "jwt_read_period = 0", 500 },
		{ "remove_jwt_after_reading = false", 60000 },
		{ "remove_jwt_after_reading = true\n skip_delete = true",
		    60000 },
		{ "remove_jwt_after_reading = false\n jwt_read_period = 0",
		    60000 },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct config_case it;
		char text[512];

		snprintf(text, sizeof(text), "auto_auth {\n method \"jwt\" "
		    "{\n config { path = \"/j\"\n role = \"r\"\n %s } }\n "
		    "sink \"file\" { config { path = \"/t\" } } }\n",
		    rows[i].keys);
		config_case_read(&it, text);
		config_case_expect_good(&it);
		assert_int_equal(it.config->auth.credentials_period,
		    rows[i].period);
		config_case_release(&it);
	}
}

static void
a_file_that_nobody_watches_is_not_looked_for(void **state)
{
	struct auth_keeper_options preset;
	struct config_case it;

	auth_keeper_options_init(&preset);
	config_case_read(&it, "auto_auth {\n method \"approle\" {\n"
	    " config { role_id_file_path = \"/r\"\n"
	    " secret_id_file_path = \"/s\" } }\n"
	    " sink \"file\" { config { path = \"/t\" } } }\n");
	config_case_expect_good(&it);
	assert_int_equal(it.config->auth.credentials_period,
	    preset.credentials_period);
	config_case_release(&it);
}

static void
errors_name_the_variable_or_flag(void **state)
{
	static const char *const variables[] = {
		"VAULT_SKIP_VERIFY", "perhaps", "BAO_MAX_RETRIES", "-1",
		"VAULT_ADDR", "there", "VAULT_RATE_LIMIT", "5", NULL
	};
	struct config_case it;

	config_case_init(&it);
	config_case_add(&it, "a.hcl", PLAIN);
	it.variables = variables;
	it.flags.log_level = "loud";
	config_case_load(&it);
	config_case_expect(&it, "VAULT_SKIP_VERIFY: must be true or false");
	config_case_expect(&it, "BAO_MAX_RETRIES: must be a whole number");
	config_case_expect(&it, "VAULT_ADDR: must be http://");
	config_case_expect(&it, "-log-level: must be one of");
	config_case_expect(&it, "VAULT_RATE_LIMIT: warning: ");
	config_case_release(&it);
}

static void
several_servers_are_a_list_or_one_text(void **state)
{
	static const struct { const char *text, *first, *second; } rows[] = {
		{ "[\"http://a\", \"http://b:1\"]", "http://a",
		    "http://b:1" },
		{ "\"http://a,http://b\"", "http://a", "http://b" },
		{ "\"https://u:p,w@a , https://b/x,y\"", "https://u:p,w@a",
		    "https://b/x,y" },
		{ "[\"unix:///run/a,b\", \"http://c\"]", "unix:///run/a,b",
		    "http://c" },
		{ "[\"http://a\"]", "http://a", NULL }
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *text = xasprintf(PLAIN "vault { address = %s }\n",
		    rows[i].text);
		const char *const *addresses;
		struct config_case it;

		config_case_read(&it, text);
		config_case_expect_good(&it);
		addresses = it.config->vault.addresses;
		assert_string_equal(addresses[0], rows[i].first);
		if (rows[i].second == NULL)
			assert_null(addresses[1]);
		else
			assert_string_equal(addresses[1], rows[i].second);
		assert_null(addresses[2]);
		config_case_release(&it);
		free(text);
	}
}

static void
the_environment_replaces_the_whole_list(void **state)
{
	static const char *const variables[] = {
		"VAULT_ADDR", "http://x, http://y", NULL
	};
	struct config_case it;

	config_case_read_with(&it, variables, PLAIN
	    "vault { address = [\"http://a\", \"http://b\", \"http://c\"] }\n");
	config_case_expect_good(&it);
	assert_string_equal(it.config->vault.addresses[0], "http://x");
	assert_string_equal(it.config->vault.addresses[1], "http://y");
	assert_null(it.config->vault.addresses[2]);
	config_case_release(&it);
}

static void
a_forward_proxy_is_for_all_servers_or_refused(void **state)
{
	static const char *const variables[] = {
		"VAULT_ADDR", "http://a,http://b", "HTTP_PROXY", "http://p",
		"NO_PROXY", "b", NULL
	};
	struct config_case it;

	config_case_read_with(&it, variables, PLAIN);
	config_case_expect(&it, "HTTP_PROXY: is not meant for all addresses");
	config_case_release(&it);
}

struct proxy_row {
	const char *address;
	const char *name, *value;
	const char *exempt;
	const char *proxy;		/* NULL: none */
};

static void
forward_proxies_follow_the_system(void **state)
{
	static const struct proxy_row rows[] = {
		{ "http://v", "HTTP_PROXY", "http://p:3128", "",
		    "http://p:3128" },
		{ "https://v", "HTTP_PROXY", "http://p", "", NULL },
		{ "https://v:8200", "https_proxy", "p:3128", "",
		    "http://p:3128" },
		{ "http://127.0.0.1:8200", "HTTP_PROXY", "http://p", "",
		    NULL },
		{ "http://[::1]:8200", "HTTP_PROXY", "http://p", "", NULL },
		{ "http://localhost", "HTTP_PROXY", "http://p", "", NULL },
		{ "http://127.example", "HTTP_PROXY", "http://p", "",
		    "http://p" },
		{ "http://v.corp.example:1", "HTTP_PROXY", "http://p",
		    "a, corp.example", NULL },
		{ "http://v.corp.example", "HTTP_PROXY", "http://p",
		    ".example", NULL },
		{ "http://v.corp.example", "HTTP_PROXY", "http://p",
		    "*.corp.example", NULL },
		{ "http://vcorp.example", "HTTP_PROXY", "http://p",
		    "corp.example", "http://p" },
		{ "http://vcorp.example", "HTTP_PROXY", "http://p",
		    "*.corp.example", "http://p" },
		{ "http://v", "HTTP_PROXY", "http://p", "*", NULL },
		{ "http://v:8200", "HTTP_PROXY", "http://p", "v:8200", NULL },
		{ "http://v:8200", "HTTP_PROXY", "http://p", "v:80",
		    "http://p" },
		{ "http://10.1.2.3", "HTTP_PROXY", "http://p", "10.0.0.0/9",
		    NULL },
		{ "http://10.129.2.3", "HTTP_PROXY", "http://p",
		    "10.0.0.0/9,fd00::/8", "http://p" },
		{ "http://[fd00::1]:8200", "HTTP_PROXY", "http://p",
		    "10.0.0.0/8, fd00::/8", NULL },
		{ "http://[fd00::1]", "HTTP_PROXY", "http://p", "fd00::/129",
		    "http://p" },
		{ "unix:///run/v", "HTTP_PROXY", "http://p", "", NULL },
		{ "http://127.0.0.1", "VAULT_PROXY_ADDR", "http://p", "*",
		    "http://p" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *variables[] = { "VAULT_ADDR", rows[i].address,
		    rows[i].name, rows[i].value, "NO_PROXY", rows[i].exempt,
		    NULL };
		struct config_case it;

		config_case_read_with(&it, variables, PLAIN);
		config_case_expect_good(&it);
		if (rows[i].proxy == NULL)
			assert_null(it.config->vault.http.proxy);
		else
			assert_string_equal(it.config->vault.http.proxy,
			    rows[i].proxy);
		config_case_release(&it);
	}
}

struct namespace_row {
	const char *variable, *method, *vault;
	bool prepend;
	const char *login, *proxied;
};

static void
namespaces_have_their_order(void **state)
{
	static const struct namespace_row rows[] = {
		{ NULL, "", "", true, "", "" },
		{ NULL, "m", "v", true, "m/", "v/" },
		{ NULL, "m", "v", false, "m/", "" },
		{ NULL, "", "v", true, "v/", "v/" },
		{ NULL, "m", "", true, "m/", "m/" },
		{ "e", "m", "v", true, "e/", "e/" },
		{ "root", "m", "v", true, "", "" },
		{ "", "m", "v", true, "m/", "v/" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *variables[] = { rows[i].variable == NULL ? NULL
		    : "VAULT_NAMESPACE", rows[i].variable, NULL };
		char text[512];
		struct config_case it;

		snprintf(text, sizeof(text), PLAIN "vault { namespace = "
		    "\"%s\" }\napi_proxy { use_auto_auth_token = true\n"
		    "prepend_configured_namespace = %s }\nauto_auth { method "
		    "\"approle\" { namespace = \"%s\"\nconfig { "
		    "role_id_file_path = \"/r\" } } }\n", rows[i].vault,
		    rows[i].prepend ? "true" : "false", rows[i].method);
		config_case_read_with(&it, variables, text);
		config_case_expect_good(&it);
		assert_string_equal(it.config->auth.namespace,
		    rows[i].login);
		assert_string_equal(it.config->proxy.namespace,
		    rows[i].proxied);
		config_case_release(&it);
	}
}

static void
the_samples_are_good(void **state)
{
	static const char *const names[] = { "pod", "host" };
	const char *source = getenv("srcdir");
	struct config_case it;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		config_case_init(&it);
		it.flags.paths[it.flags.path_count++] = xasprintf(
		    "%s/etc/leasehold-%s.hcl", source != NULL ? source : ".",
		    names[i]);
		config_case_load(&it);
		config_case_expect_good(&it);
		assert_int_equal(it.notes.warnings, 0);
		assert_true(it.config->has_auth && it.config->has_cache);
		config_case_release(&it);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_arrives_where_it_belongs),
		cmocka_unit_test(slashes_behind_a_mount_are_no_part_of_it),
		cmocka_unit_test(json_gives_the_same),
		cmocka_unit_test(later_files_replace_blocks_and_add_listeners),
		cmocka_unit_test(lifetimes_are_those_of_the_last_cache_block),
		cmocka_unit_test(lifetimes_are_bounded),
		cmocka_unit_test(
		    a_later_auto_auth_drops_the_earlier_one_whole),
		cmocka_unit_test(directories_are_read_in_order_of_names),
		cmocka_unit_test(all_errors_of_all_files_are_told),
		cmocka_unit_test(notes_are_bounded),
		cmocka_unit_test(control_bytes_do_not_reach_a_terminal),
		cmocka_unit_test(no_path_is_an_error),
		cmocka_unit_test(a_folder_without_files_is_told),
		cmocka_unit_test(an_empty_path_is_told_as_one),
		cmocka_unit_test(paths_may_come_from_the_environment),
		cmocka_unit_test(too_large_a_file_is_refused),
		cmocka_unit_test(environment_beats_files_and_flags_beat_both),
		cmocka_unit_test(a_flag_also_switches_off),
		cmocka_unit_test(bao_is_preferred_to_vault_even_when_empty),
		cmocka_unit_test(
		    a_timeout_of_zero_in_the_environment_says_nothing),
		cmocka_unit_test(an_empty_number_or_address_says_nothing),
		cmocka_unit_test(an_empty_value_is_the_default),
		cmocka_unit_test(
		    a_file_that_is_removed_is_looked_for_more_often),
		cmocka_unit_test(a_file_that_nobody_watches_is_not_looked_for),
		cmocka_unit_test(errors_name_the_variable_or_flag),
		cmocka_unit_test(several_servers_are_a_list_or_one_text),
		cmocka_unit_test(the_environment_replaces_the_whole_list),
		cmocka_unit_test(a_forward_proxy_is_for_all_servers_or_refused),
		cmocka_unit_test(forward_proxies_follow_the_system),
		cmocka_unit_test(namespaces_have_their_order),
		cmocka_unit_test(the_samples_are_good),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
