/*
 * auth_web - addresses, questions and answers of services that are not Vault.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "auth_web.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/xalloc.h"

#define MAX_ENDPOINT 512
#define MAX_NAME 64

static bool is_endpoint(struct span url);
static const json_t *find_member(const json_t *object, struct span path);

enum lh_err
auth_web_endpoint(const struct auth_method_options *options,
    const char *key, char **endpoint_out, struct lh_cause *cause)
{
	const char *text = auth_setting(options, key);

	*endpoint_out = NULL;
	return text == NULL ? LH_OK : auth_web_address(key, text,
	    endpoint_out, cause);
}

enum lh_err
auth_web_address(const char *name, const char *text, char **address_out,
    struct lh_cause *cause)
{
	struct span url = span_of(text);

	if (!is_endpoint(url)) {
		lh_cause_set(cause, "%s must be http://host[:port][/path] or "
		    "https://host[:port][/path]", name);
		return LH_ERR_CONFIG;
	}
	while (url.ptr[url.len - 1] == '/')
		url.len--;
	*address_out = span_dup(url);
	return LH_OK;
}

const char *
auth_web_environment(const char *name)
{
	const char *value = getenv(name);

	return value == NULL || *value == '\0' ? NULL : value;
}

void
auth_web_ask(struct auth_request *request, char **kept,
    const struct auth_web_question *question)
{
	free(*kept);
	*kept = question->url;
	request->url = *kept;
	request->verb = question->verb;
	request->what = question->what;
	request->fields = question->fields;
	request->body = question->body;
}

struct secret *
auth_web_member(struct span json, const char *path)
{
	json_t *root = json_loadb(json.ptr, json.len, 0, NULL);
	const json_t *found = find_member(root, span_of(path));
	struct secret *secret = NULL;

	if (json_is_string(found))
		secret = secret_new((struct span){ json_string_value(found),
		    json_string_length(found) });
	json_decref(root);
	return secret;
}

enum lh_err
auth_web_line(struct span text, const char *what, struct secret **line_out,
    struct lh_cause *cause)
{
	struct span line = span_trim(text);
	struct secret *made;

	if (line.len == 0 || !http_is_field_value(line)) {
		lh_cause_set(cause, "what came as %s is not understood",
		    what);
		return LH_ERR_FORMAT;
	}
	made = secret_new(line);
	if (made == NULL) {
		lh_cause_set(cause, "what came as %s is too long", what);
		return LH_ERR_LIMIT;
	}
	secret_unref(line_out);
	*line_out = made;
	return LH_OK;
}

enum lh_err
auth_web_take(struct secret **secret, struct bytes *text, enum lh_err err,
    struct lh_cause *cause)
{
	struct secret *made = NULL;

	if (err == LH_OK)
		made = secret_new(bytes_span(text));
	bytes_release(text);
	if (made == NULL) {
		lh_cause_set(cause, "a text of the login is too long");
		return LH_ERR_LIMIT;
	}
	secret_unref(secret);
	*secret = made;
	return LH_OK;
}

/* No user, no query: the address is told in logs and gets a path. */
static bool
is_endpoint(struct span url)
{
	struct span host;

	if (span_starts(url, SPAN_LITERAL("http://")))
		host = span_skip(url, 7);
	else if (span_starts(url, SPAN_LITERAL("https://")))
		host = span_skip(url, 8);
	else
		return false;
	if (host.len == 0 || host.ptr[0] == '/' || url.len > MAX_ENDPOINT)
		return false;
	for (size_t i = 0; i < host.len; i++) {
		if ((unsigned char)host.ptr[i] <= ' ' ||
		    (unsigned char)host.ptr[i] >= 0x7f ||
		    strchr("@?#\"\\", host.ptr[i]) != NULL)
			return false;
	}
	return true;
}

static const json_t *
find_member(const json_t *object, struct span path)
{
	char name[MAX_NAME];

	while (object != NULL && path.ptr != NULL) {
		struct span part = span_cut(&path, '.');

		if (part.len >= sizeof(name))
			return NULL;
		memcpy(name, part.ptr, part.len);
		name[part.len] = '\0';
		object = json_object_get(object, name);
	}
	return object;
}
