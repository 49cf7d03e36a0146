/*
 * auth_method - the table of methods, and the checks that all of them share.
 *
 * A method's new() sees its settings complete: what was not configured is
 * there with its preset.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "auth/auth_method.h"

#include <stdlib.h>
#include <string.h>

#include "auth_types.h"
#include "base/lh_assert.h"
#include "base/xalloc.h"

static const struct auth_method_type *const method_types[] = {
	&auth_approle_type,
	&auth_aws_type,
	&auth_azure_type,
	&auth_cert_type,
	&auth_gcp_type,
	&auth_jwt_type,
	&auth_kubernetes_type,
	&auth_ldap_type,
	&auth_token_file_type,
	&auth_userpass_type,
	NULL
};

struct auth_method {
	const struct auth_method_type *type;
	void *state;
};

static const struct auth_key *find_key(const struct auth_method_type *type,
    const char *name);
static size_t key_count(const struct auth_method_type *type);
static enum lh_err check_known(const struct auth_method_type *type,
    const struct auth_method_options *options, struct lh_cause *cause);
static enum lh_err check_complete(const struct auth_method_type *type,
    const struct auth_method_options *options, struct lh_cause *cause);
static enum lh_err make(const struct auth_method_type *type,
    const struct auth_method_options *options, void **state_out,
    struct lh_cause *cause);

const struct auth_method_type *
auth_method_type(const char *name)
{
	for (size_t i = 0; method_types[i] != NULL; i++) {
		if (strcmp(method_types[i]->name, name) == 0)
			return method_types[i];
	}
	return NULL;
}

const struct auth_method_type *const *
auth_method_types(void)
{
	return method_types;
}

enum lh_err
auth_method_new(const struct auth_method_options *options,
    struct auth_method **method_out, struct lh_cause *cause)
{
	const struct auth_method_type *type = auth_method_type(options->type);
	struct auth_method *method;
	void *state;
	enum lh_err err;

	if (type == NULL) {
		lh_cause_set(cause, "unknown auth method \"%s\"",
		    options->type);
		return LH_ERR_CONFIG;
	}
	err = check_known(type, options, cause);
	if (err == LH_OK)
		err = check_complete(type, options, cause);
	if (err == LH_OK)
		err = make(type, options, &state, cause);
	if (err != LH_OK)
		return err;
	method = xcalloc(1, sizeof(*method));
	method->type = type;
	method->state = state;
	*method_out = method;
	return LH_OK;
}

void
auth_method_free(struct auth_method *method)
{
	if (method == NULL)
		return;
	method->type->free(method->state);
	free(method);
}

const char *
auth_method_name(const struct auth_method *method)
{
	return method->type->name;
}

enum lh_err
auth_method_begin(struct auth_method *method, struct auth_request *request,
    enum auth_step *step_out, struct lh_cause *cause)
{
	*request = (struct auth_request){ .now = request->now };
	return method->type->begin(method->state, request, step_out, cause);
}

enum lh_err
auth_method_answer(struct auth_method *method, struct span body,
    struct auth_request *request, enum auth_step *step_out,
    struct lh_cause *cause)
{
	lh_assert(method->type->answer != NULL);
	*request = (struct auth_request){ .now = request->now };
	return method->type->answer(method->state, body, request, step_out,
	    cause);
}

bool
auth_method_changed(struct auth_method *method)
{
	return method->type->changed != NULL &&
	    method->type->changed(method->state);
}

const char *
auth_setting(const struct auth_method_options *options, const char *name)
{
	for (size_t i = 0; i < options->setting_count; i++) {
		if (strcmp(options->settings[i].name, name) == 0)
			return options->settings[i].text;
	}
	return NULL;
}

static const struct auth_key *
find_key(const struct auth_method_type *type, const char *name)
{
	const struct auth_key *key;

	for (key = type->keys; key->name != NULL; key++) {
		if (strcmp(key->name, name) == 0)
			return key;
	}
	return NULL;
}

static size_t
key_count(const struct auth_method_type *type)
{
	size_t count = 0;

	while (type->keys[count].name != NULL)
		count++;
	return count;
}

static enum lh_err
check_known(const struct auth_method_type *type,
    const struct auth_method_options *options, struct lh_cause *cause)
{
	for (size_t i = 0; i < options->setting_count; i++) {
		const char *name = options->settings[i].name;

		if (find_key(type, name) == NULL) {
			lh_cause_set(cause,
			    "auth method %s has no key \"%s\"", type->name,
			    name);
			return LH_ERR_CONFIG;
		}
	}
	return LH_OK;
}

static enum lh_err
check_complete(const struct auth_method_type *type,
    const struct auth_method_options *options, struct lh_cause *cause)
{
	const struct auth_key *key;

	for (key = type->keys; key->name != NULL; key++) {
		const char *text = auth_setting(options, key->name);

		if (key->required && (text == NULL || *text == '\0')) {
			lh_cause_set(cause, "auth method %s needs \"%s\"",
			    type->name, key->name);
			return LH_ERR_CONFIG;
		}
	}
	return LH_OK;
}

/* An empty text counts as not configured. */
static enum lh_err
make(const struct auth_method_type *type,
    const struct auth_method_options *options, void **state_out,
    struct lh_cause *cause)
{
	struct auth_setting *settings = xcalloc(key_count(type) + 1,
	    sizeof(settings[0]));
	struct auth_method_options full = *options;
	const struct auth_key *key;
	enum lh_err err;

	full.settings = settings;
	full.setting_count = 0;
	for (key = type->keys; key->name != NULL; key++) {
		const char *text = auth_setting(options, key->name);

		if (text == NULL || *text == '\0')
			text = key->preset;
		if (text != NULL)
			settings[full.setting_count++] =
			    (struct auth_setting){ key->name, text };
	}
	err = type->new(&full, state_out, cause);
	free(settings);
	return err;
}
