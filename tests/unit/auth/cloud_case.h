/*
 * cloud_case - what the tests of the cloud methods share: a method under way,
 * and looks at what it wants to be sent.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_TESTS_CLOUD_CASE_H
#define LH_TESTS_CLOUD_CASE_H

#include "auth/auth_method.h"

#define CLOUD_CASE_MAX_SETTINGS 10

struct cloud_case {
	char dir[64];
	char *file;			/* in dir; the test makes it */
	struct auth_setting settings[CLOUD_CASE_MAX_SETTINGS];
	size_t count;
	struct auth_method *method;
	struct auth_request request;
	enum auth_step step;
	struct lh_cause cause;
};

int cloud_case_start(void **state);	/* of a group: allocators */
int cloud_case_setup(void **state);
int cloud_case_teardown(void **state);

void cloud_case_write(const struct cloud_case *c, const char *text);
void cloud_case_set(struct cloud_case *c, const char *name, const char *text);
enum lh_err cloud_case_make(struct cloud_case *c, const char *type);
enum lh_err cloud_case_begin(struct cloud_case *c, wall_ms now);
enum lh_err cloud_case_answer(struct cloud_case *c, const char *body);

/* "GET url" is to be asked elsewhere. */
void cloud_case_expect_ask(const struct cloud_case *c, const char *line);
/* With this field; value NULL: without. */
void cloud_case_expect_field(const struct cloud_case *c, const char *name,
    const char *value);
void cloud_case_expect_body(const struct cloud_case *c, const char *body);
void cloud_case_expect_login(const struct cloud_case *c, const char *path);
/* The caller frees. */
char *cloud_case_member(struct span json, const char *name);
void cloud_case_expect_cause(const struct cloud_case *c, const char *text);

/* From base64 of either alphabet; NUL-terminated, the caller frees. */
char *cloud_case_decode(struct span text, size_t *len_out);

#endif
