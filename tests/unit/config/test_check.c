/*
 * test_check - rules across keys, and the folder of bad configurations.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/xalloc.h"
#include "config_case.h"

#define MIN_BAD 40
#define FOLDER "tests/integration/bad_configs"
#define PLAIN "listener \"tcp\" {\n  tls_disable = true\n}\n"
#define LOGIN "auto_auth {\n method \"approle\" {\n config {\n" \
    " role_id_file_path = \"/r\"\n }\n }\n"

static const char *
no_variables(const char *name)
{
	return NULL;
}

/* After "# expect: " in the first line of HCL, or in NAME.expect of JSON. */
static char *
read_expectation(const char *path)
{
	size_t stem = strlen(path);
	char line[512] = "";
	const char *mark = "";
	char *sibling;
	FILE *file;

	if (strcmp(path + stem - 5, ".json") == 0)
		sibling = xasprintf("%.*s.expect", (int)stem - 5, path);
	else
		sibling = xstrdup(path);
	file = fopen(sibling, "r");
	if (file == NULL || fgets(line, sizeof(line), file) == NULL)
		fail_msg("%s: no expectation", sibling);
	fclose(file);
	if (strcmp(path + stem - 4, ".hcl") == 0)
		mark = "# expect: ";
	if (strncmp(line, mark, strlen(mark)) != 0)
		fail_msg("%s: no expectation", sibling);
	free(sibling);
	line[strcspn(line, "\n")] = '\0';
	return xstrdup(line + strlen(mark));
}

static void
expect_bad(const char *path)
{
	struct config_flags flags = { .paths = { path }, .path_count = 1 };
	char *expected = read_expectation(path);
	struct config *config = NULL;
	struct config_notes notes;
	char *wanted, *said;

	config_notes_init(&notes);
	assert_int_equal(config_load(&flags, no_variables, &notes, &config),
	    LH_ERR_CONFIG);
	if (isdigit((unsigned char)expected[0]))
		wanted = xasprintf("%s:%s", path, expected);
	else
		wanted = xstrdup(expected);
	said = xasprintf("%.*s", (int)notes.text.len, notes.text.data);
	if (strstr(said, wanted) == NULL)
		fail_msg("wanted: %s\nsaid: %s", wanted, said);
	free(expected);
	free(wanted);
	free(said);
	config_notes_release(&notes);
}

static void
each_bad_configuration_is_told_with_its_line(void **state)
{
	const char *source = getenv("srcdir");
	struct dirent *entry;
	unsigned count = 0;
	char *folder, *path;
	DIR *dir;

	folder = xasprintf("%s/%s", source != NULL ? source : ".", FOLDER);
	dir = opendir(folder);
	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.' ||
		    strstr(entry->d_name, ".expect") != NULL)
			continue;
		path = xasprintf("%s/%s", folder, entry->d_name);
		expect_bad(path);
		free(path);
		count++;
	}
	closedir(dir);
	free(folder);
	assert_true(count >= MIN_BAD);
}

struct row {
	const char *text;
	const char *says;	/* NULL: nothing at all */
	bool good;
};

static void
expect_rows(const struct row *rows, size_t count)
{
	struct config_case it;
	size_t i;

	for (i = 0; i < count; i++) {
		config_case_read(&it, rows[i].text);
		if ((it.config != NULL) != rows[i].good)
			fail_msg("%s\n: %.*s", rows[i].text,
			    (int)it.notes.text.len, it.notes.text.data);
		if (rows[i].says != NULL)
			config_case_expect(&it, rows[i].says);
		else if (it.notes.text.len > 0)
			fail_msg("%s\n: %.*s", rows[i].text,
			    (int)it.notes.text.len, it.notes.text.data);
		config_case_release(&it);
	}
}

static void
combinations_that_make_sense_pass(void **state)
{
	static const struct row rows[] = {
		{ PLAIN, NULL, true },
		{ PLAIN "cache {}\n", NULL, true },
		{ PLAIN "api_proxy {}\n", NULL, true },
		{ LOGIN "sink \"file\" { config { path = \"/t\" } } }\n",
		    NULL, true },
		{ PLAIN LOGIN "}\napi_proxy { use_auto_auth_token = true }\n",
		    NULL, true },
		{ PLAIN LOGIN "sink \"file\" { config { path = \"/t\" } } }\n"
		    "api_proxy { use_auto_auth_token = false }\n", NULL,
		    true },
		{ PLAIN "cache { enforce_consistency = \"never\" }\n", NULL,
		    true },
		{ "listener \"tcp\" { address = \"127.0.0.1:0\"\n"
		    "tls_disable = 1 }\nlistener \"tcp\" { address = "
		    "\"127.0.0.1:0\"\ntls_disable = 1 }\n", NULL, true },
		{ "listener \"unix\" { address = \"unix:///run/l\"\n"
		    "tls_disable = true }\n", NULL, true },
		{ "listener { type = \"tcp\"\ntls_disable = true }\n", NULL,
		    true },
	};

	expect_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

static void
what_has_no_effect_is_warned_about(void **state)
{
	static const struct row rows[] = {
		{ PLAIN "cluster_name = \"c\"\n",
		    "FILE:4: warning: \"cluster_name\" has no effect", true },
		{ PLAIN "disable_mlock = true\n", "no effect here", true },
		{ PLAIN "log_rotate_duration = \"1440m\"\n"
		    "log_rotate_max_files = -1\n", NULL, true },
		{ PLAIN "telemetry { prometheus_retention_time = \"1h\"\n"
		    "enable_hostname_label = true }\n",
		    "\"enable_hostname_label\" has no effect", true },
		{ PLAIN "api_proxy { when_inconsistent = \"retry\" }\n",
		    "\"when_inconsistent\" has no effect", true },
		{ PLAIN "api_proxy { when_inconsistent = \"panic\" }\n",
		    "must be \"fail\", \"retry\" or \"forward\", not "
		    "\"panic\"", false },
		{ "listener \"tcp\" { tls_disable = true\n"
		    "cors_enabled = true\n"
		    "tls_prefer_server_cipher_suites = true }\n",
		    "FILE:3: warning: ", true },
		{ "listener \"tcp\" { tls_disable = true\n"
		    "socket_mode = \"0600\" }\n",
		    "no effect on a tcp listener", true },
		{ PLAIN "disable_keep_alives = [\"auto-auth\"]\n",
		    "only caching and proxying have an effect", true },
	};

	expect_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

static void
what_is_dangerous_is_warned_about(void **state)
{
	static const struct row rows[] = {
		{ "listener \"tcp\" { address = \"0.0.0.0:8200\"\n"
		    "tls_disable = true\nallow_remote = true }\n",
		    "FILE:1: warning: listener.address: 0.0.0.0:8200 is open",
		    true },
		{ "listener \"tcp\" { address = \":8200\"\n"
		    "tls_disable = true\nallow_remote = true }\n",
		    "open to the network", true },
		{ "listener \"tcp\" { address = \"[::1]:8200\"\n"
		    "tls_disable = true }\n", NULL, true },
		{ PLAIN "vault { tls_skip_verify = true }\n",
		    "warning: tls_skip_verify", true },
		{ PLAIN "cache {}\napi_proxy { use_auto_auth_token = true }\n"
		    "auto_auth { method \"cert\" { } }\n",
		    "warning: method cert without client_cert", true },
		{ PLAIN "pid_file = \"/a\"\nPID_FILE = \"/b\"\n",
		    "FILE:5: warning: \"PID_FILE\" was given on line 4",
		    true },
	};

	expect_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

static void
the_last_of_two_scalars_counts(void **state)
{
	struct config_case it;

	config_case_read(&it, PLAIN "pid_file = \"/a\"\npid_file = \"/b\"\n");
	config_case_expect_good(&it);
	assert_string_equal(it.config->pid_file, "/b");
	assert_int_equal(it.notes.warnings, 1);
	config_case_release(&it);
}

static void
the_old_place_of_use_auto_auth_token_still_works(void **state)
{
	static const struct {
		const char *value, *proxy;
		enum proxy_auto_auth result;
	} rows[] = {
		{ "true", "", PROXY_AUTO_AUTH_ON },
		{ "\"force\"", "", PROXY_AUTO_AUTH_FORCE },
		{ "true", "api_proxy {}\n", PROXY_AUTO_AUTH_ON },
		{ "\"force\"", "api_proxy {}\n", PROXY_AUTO_AUTH_FORCE },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[512];
		struct config_case it;

		snprintf(text, sizeof(text), PLAIN LOGIN "}\ncache { use_auto_"
		    "auth_token = %s }\n%s", rows[i].value, rows[i].proxy);
		config_case_read(&it, text);
		config_case_expect_good(&it);
		assert_int_equal(it.config->proxy.auto_auth, rows[i].result);
		config_case_expect(&it, "warning: cache.use_auto_auth_token");
		config_case_release(&it);
	}
}

static void
rules_are_asked_after_the_merge(void **state)
{
	struct config_case it;

	config_case_init(&it);
	config_case_add(&it, "a.hcl", "cache {}\n");
	config_case_add(&it, "b.hcl", PLAIN);
	config_case_load(&it);
	config_case_expect_good(&it);
	config_case_release(&it);
}

static void
an_unreadable_file_is_the_only_complaint(void **state)
{
	struct config_case it;

	config_case_init(&it);
	config_case_add(&it, "a.hcl", "cache {}\n");
	config_case_add(&it, "b.hcl", "listener \"tcp\" {\n");
	config_case_load(&it);
	assert_int_equal(it.notes.errors, 1);
	config_case_expect(&it, "/b.hcl:2: a closing brace is missing");
	config_case_release(&it);
}

static void
listeners_and_sinks_have_limits(void **state)
{
	char text[8192] = LOGIN;
	size_t len = strlen(text);
	struct config_case it;
	int i;

	for (i = 0; i <= CONFIG_MAX_SINKS; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    "sink \"file\" { config { path = \"/t%d\" } }\n", i);
	len += (size_t)snprintf(text + len, sizeof(text) - len, "}\n");
	for (i = 0; i <= CONFIG_MAX_LISTENERS; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    "listener \"tcp\" { address = \"127.0.0.1:%d\"\n"
		    "tls_disable = true }\n", i + 1);
	config_case_read(&it, text);
	config_case_expect(&it, "more than 16 sinks");
	config_case_expect(&it, "more than 16 listeners");
	config_case_release(&it);
}

static void
unknown_keys_are_forgiven_where_that_is_asked_for(void **state)
{
	struct config_case it;

	config_case_init(&it);
	it.flags.ignore_unknown = true;
	config_case_add(&it, "a.hcl", PLAIN
	    "colour = \"red\"\n"
	    "template_config { exit_on_retry_failure = true }\n"
	    "auto_auth {\n method \"approle\" {\n config {\n"
	    " role_id_file_path = \"/r\"\n token_path = \"/t\"\n }\n }\n"
	    " sink \"file\" { config { path = \"/s\" } }\n}\n");
	config_case_load(&it);
	config_case_expect_good(&it);
	config_case_expect(&it, "warning: unknown key \"colour\"; it is "
	    "ignored");
	config_case_expect(&it, "unknown key \"token_path\" in the config of "
	    "method approle");
	config_case_expect(&it, "\"template_config\" has no effect here");
	config_case_release(&it);

	config_case_init(&it);
	it.flags.ignore_unknown = true;
	config_case_add(&it, "a.hcl", PLAIN "exec { command = [\"x\"] }\n");
	config_case_load(&it);
	config_case_expect(&it, "\"exec\" is not built yet");
	assert_null(it.config);
	config_case_release(&it);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_bad_configuration_is_told_with_its_line),
		cmocka_unit_test(combinations_that_make_sense_pass),
		cmocka_unit_test(what_has_no_effect_is_warned_about),
		cmocka_unit_test(what_is_dangerous_is_warned_about),
		cmocka_unit_test(the_last_of_two_scalars_counts),
		cmocka_unit_test(
		    the_old_place_of_use_auto_auth_token_still_works),
		cmocka_unit_test(rules_are_asked_after_the_merge),
		cmocka_unit_test(an_unreadable_file_is_the_only_complaint),
		cmocka_unit_test(listeners_and_sinks_have_limits),
		cmocka_unit_test(
		    unknown_keys_are_forgiven_where_that_is_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
