/*
 * cloud_case - what the tests of the cloud methods share.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "cloud_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "base/secret_alloc.h"
#include "base/xalloc.h"

int
cloud_case_start(void **state)
{
	json_set_alloc_funcs(secret_malloc, secret_free);
	return 0;
}

int
cloud_case_setup(void **state)
{
	struct cloud_case *c = xcalloc(1, sizeof(*c));

	strncpy(c->dir, "/tmp/cloud_case.XXXXXX", sizeof(c->dir) - 1);
	assert_non_null(mkdtemp(c->dir));
	c->file = xasprintf("%s/file", c->dir);
	*state = c;
	return 0;
}

int
cloud_case_teardown(void **state)
{
	struct cloud_case *c = *state;

	auth_method_free(c->method);
	unlink(c->file);
	assert_int_equal(rmdir(c->dir), 0);
	free(c->file);
	free(c);
	return 0;
}

void
cloud_case_write(const struct cloud_case *c, const char *text)
{
	FILE *file = fopen(c->file, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

void
cloud_case_set(struct cloud_case *c, const char *name, const char *text)
{
	assert_true(c->count < CLOUD_CASE_MAX_SETTINGS);
	c->settings[c->count++] = (struct auth_setting){ name, text };
}

enum lh_err
cloud_case_make(struct cloud_case *c, const char *type)
{
	const struct auth_method_options options = { type, "auth/cloud",
	    c->settings, c->count };

	auth_method_free(c->method);
	c->method = NULL;
	return auth_method_new(&options, &c->method, &c->cause);
}

enum lh_err
cloud_case_begin(struct cloud_case *c, wall_ms now)
{
	c->request.now = now;
	return auth_method_begin(c->method, &c->request, &c->step,
	    &c->cause);
}

enum lh_err
cloud_case_answer(struct cloud_case *c, const char *body)
{
	return auth_method_answer(c->method, span_of(body), &c->request,
	    &c->step, &c->cause);
}

void
cloud_case_expect_ask(const struct cloud_case *c, const char *line)
{
	char *made;

	assert_int_equal(c->step, AUTH_STEP_ASK_ELSEWHERE);
	assert_non_null(c->request.what);
	assert_null(c->request.token);
	made = xasprintf("%.*s %s", (int)c->request.verb.len,
	    c->request.verb.ptr, c->request.url);
	assert_string_equal(made, line);
	free(made);
}

void
cloud_case_expect_field(const struct cloud_case *c, const char *name,
    const char *value)
{
	struct span found = http_fields_value(c->request.fields,
	    span_of(name));

	if (value == NULL)
		assert_null(found.ptr);
	else
		assert_true(span_equal(found, span_of(value)));
}

void
cloud_case_expect_body(const struct cloud_case *c, const char *body)
{
	assert_non_null(c->request.body);
	assert_string_equal(secret_lend(c->request.body).ptr, body);
}

void
cloud_case_expect_login(const struct cloud_case *c, const char *path)
{
	assert_int_equal(c->step, AUTH_STEP_LOGIN);
	assert_null(c->request.url);
	assert_null(c->request.token);
	assert_string_equal(c->request.path, path);
	assert_true(span_equal(c->request.verb, SPAN_LITERAL("PUT")));
}

char *
cloud_case_member(struct span json, const char *name)
{
	json_t *root = json_loadb(json.ptr, json.len, 0, NULL);
	const json_t *member = json_object_get(root, name);
	char *text = NULL;

	assert_non_null(root);
	if (json_is_integer(member))
		text = xasprintf("%lld", (long long)json_integer_value(
		    member));
	else if (json_is_string(member))
		text = xstrdup(json_string_value(member));
	json_decref(root);
	return text;
}

void
cloud_case_expect_cause(const struct cloud_case *c, const char *text)
{
	assert_non_null(strstr(c->cause.text, text));
}

char *
cloud_case_decode(struct span text, size_t *len_out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	char *out = xcalloc(1, text.len + 1);
	unsigned long bits = 0;
	unsigned count = 0;
	size_t len = 0;

	for (size_t i = 0; i < text.len && text.ptr[i] != '='; i++) {
		char c = text.ptr[i] == '-' ? '+' :
		    text.ptr[i] == '_' ? '/' : text.ptr[i];
		const char *digit = strchr(digits, c);

		assert_non_null(digit);
		bits = (bits << 6 | (unsigned long)(digit - digits)) & 0xffff;
		count += 6;
		if (count >= 8) {
			count -= 8;
			out[len++] = (char)(bits >> count & 0xff);
		}
	}
	if (len_out != NULL)
		*len_out = len;
	return out;
}
