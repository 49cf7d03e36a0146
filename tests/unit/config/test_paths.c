/*
 * test_paths - which files a configuration names, and for what.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "config_case.h"

#define POD_TOKEN "/var/run/secrets/kubernetes.io/serviceaccount/token"
#define LISTENER "listener \"tcp\" {\n  tls_disable = true\n}\n"

/* "r /path\n" for each, c for consumed, w for written. */
struct told {
	char text[2048];
	size_t len;
};

static const char *
no_variable(const char *name)
{
	return NULL;
}

static const char *
aws_variable(const char *name)
{
	if (strcmp(name, "AWS_WEB_IDENTITY_TOKEN_FILE") == 0)
		return "/var/run/aws/token";
	return strcmp(name, "HOME") == 0 ? "/nonexistent" : NULL;
}

static void
tell(void *arg, const char *path, enum config_path_use use)
{
	struct told *told = arg;

	told->len += (size_t)snprintf(told->text + told->len,
	    sizeof(told->text) - told->len, "%c %s\n", "rcw"[use], path);
	assert_true(told->len < sizeof(told->text));
}

static void
read_paths(const char *text, config_env_fn *environment, struct told *told)
{
	struct config_case it;

	*told = (struct told){ .len = 0 };
	config_case_read(&it, text);
	config_case_expect_good(&it);
	config_each_path(it.config, environment, tell, told);
	config_case_release(&it);
}

static void
expect(const struct told *told, const char *line)
{
	if (strstr(told->text, line) == NULL)
		fail_msg("no \"%s\" in:\n%s", line, told->text);
}

static void
a_plain_listener_names_nothing(void **state)
{
	struct told told;

	read_paths(LISTENER, no_variable, &told);
	assert_string_equal(told.text, "");
}

static void
what_is_written_is_told_apart(void **state)
{
	struct told told;

	read_paths("pid_file = \"/run/l/pid\"\nlog_file = \"/var/log/l\"\n"
	    "vault { ca_cert = \"/etc/ca\" }\n"
	    "listener \"unix\" {\n  address = \"/run/l/socket\"\n"
	    "  tls_disable = true\n}\n", no_variable, &told);
	expect(&told, "w /run/l/pid\n");
	expect(&told, "w /var/log/l\n");
	expect(&told, "w /run/l/socket\n");
	expect(&told, "r /etc/ca\n");
}

static void
sockets_to_connect_to_are_no_files(void **state)
{
	struct told told;

	read_paths("log_socket = \"/dev/log\"\n" LISTENER, no_variable,
	    &told);
	assert_string_equal(told.text, "");
}

static void
files_of_a_method_may_be_removed(void **state)
{
	struct told told;

	read_paths("auto_auth {\n  method \"approle\" {\n    config = {\n"
	    "      role_id_file_path = \"/etc/l/role\"\n"
	    "      secret_id_file_path = \"/etc/l/secret\"\n    }\n  }\n"
	    "  sink \"file\" {\n    config = { path = \"/run/l/token\" }\n"
	    "  }\n}\n" LISTENER, no_variable, &told);
	expect(&told, "c /etc/l/role\n");
	expect(&told, "c /etc/l/secret\n");
	expect(&told, "w /run/l/token\n");
	assert_null(strstr(told.text, "true"));
}

static void
a_file_of_a_method_that_is_yet_to_come_counts(void **state)
{
	struct told told;

	read_paths("auto_auth {\n  method \"approle\" {\n    config = {\n"
	    "      role_id_file_path = \"none/role\"\n"
	    "      secret_id_file_path = \"../none/secret\"\n"
	    "      secret_id_response_wrapping_path = \"auth/x\"\n    }\n"
	    "  }\n  sink \"file\" {\n    config = { path = \"none/t\" }\n"
	    "  }\n}\n" LISTENER, no_variable, &told);
	assert_string_equal(told.text, "w none/t\nc none/role\n"
	    "c ../none/secret\n");
}

static void
variables_count_and_presets_that_are_there(void **state)
{
	struct told told;

	read_paths("auto_auth {\n  method \"kubernetes\" {\n"
	    "    config = { role = \"a\" }\n  }\n"
	    "  sink \"file\" {\n    config = { path = \"/run/l/token\" }\n"
	    "  }\n}\n" LISTENER, aws_variable, &told);
	assert_int_equal(access(POD_TOKEN, F_OK) == 0,
	    strstr(told.text, "c " POD_TOKEN "\n") != NULL);
	expect(&told, "r /var/run/aws/token\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_listener_names_nothing),
		cmocka_unit_test(what_is_written_is_told_apart),
		cmocka_unit_test(sockets_to_connect_to_are_no_files),
		cmocka_unit_test(files_of_a_method_may_be_removed),
		cmocka_unit_test(a_file_of_a_method_that_is_yet_to_come_counts),
		cmocka_unit_test(variables_count_and_presets_that_are_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
