/*
 * auth_body - what the methods' requests are made of.
 *
 * A body is made by jansson, which escapes, and leaves it piece by piece into
 * a buffer that is wiped. jansson's own copies lie in the allocator that the
 * process gave it at start (secret_alloc).
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "auth_body.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "auth_encode.h"
#include "base/bytes.h"
#include "base/xalloc.h"

static bool add_member(json_t *object, const struct auth_member *member);
static enum lh_err dump(const json_t *object, struct secret **body);
static int on_piece(const char *piece, size_t len, void *arg);
static struct span trim_slashes(const char *text);

enum lh_err
auth_body_set(struct secret **body, const struct auth_member *members,
    struct lh_cause *cause)
{
	json_t *object = json_object();
	enum lh_err err = object == NULL ? LH_ERR_LIMIT : LH_OK;

	for (; err == LH_OK && members->name != NULL; members++) {
		if (!add_member(object, members)) {
			lh_cause_set(cause, "the %s is not valid UTF-8 text",
			    members->name);
			err = LH_ERR_FORMAT;
		}
	}
	if (err == LH_OK) {
		err = dump(object, body);
		if (err != LH_OK)
			lh_cause_set(cause, "the login request is too long");
	}
	json_decref(object);
	return err;
}

enum lh_err
auth_body_login_path(const struct auth_method_options *options,
    const char *name, char **path_out, struct lh_cause *cause)
{
	struct span mount = trim_slashes(options->mount_path);
	char *encoded = name == NULL ? NULL : auth_encode_percent(name);
	char *path = xasprintf("/v1/%.*s/login%s%s", (int)mount.len,
	    mount.ptr, encoded == NULL ? "" : "/",
	    encoded == NULL ? "" : encoded);

	free(encoded);
	if (mount.len == 0 || strlen(path) >= AUTH_PATH_SIZE) {
		lh_cause_set(cause, "mount_path is %s",
		    mount.len == 0 ? "empty" : "too long");
		free(path);
		return LH_ERR_CONFIG;
	}
	*path_out = path;
	return LH_OK;
}

void
auth_body_ttl(span_ms ttl, char out[AUTH_BODY_TTL_SIZE])
{
	bool whole = ttl % 1000 == 0;

	snprintf(out, AUTH_BODY_TTL_SIZE, "%" PRId64 "%s",
	    whole ? ttl / 1000 : ttl, whole ? "s" : "ms");
}

void
auth_body_login(struct auth_request *request, const char *path,
    struct secret *body)
{
	snprintf(request->path, sizeof(request->path), "%s", path);
	request->verb = SPAN_LITERAL("PUT");
	request->body = body;
}

static bool
add_member(json_t *object, const struct auth_member *member)
{
	return json_object_set_new(object, member->name,
	    json_stringn(member->value.ptr, member->value.len)) == 0;
}

static enum lh_err
dump(const json_t *object, struct secret **body)
{
	struct secret *made = NULL;
	struct bytes text;

	bytes_init(&text, SECRET_MAX_BYTES);
	if (json_dump_callback(object, on_piece, &text,
	    JSON_COMPACT | JSON_SORT_KEYS) == 0)
		made = secret_new(bytes_span(&text));
	bytes_release(&text);
	if (made == NULL)
		return LH_ERR_LIMIT;
	secret_unref(body);
	*body = made;
	return LH_OK;
}

static int
on_piece(const char *piece, size_t len, void *arg)
{
	struct bytes *text = arg;

	return bytes_append(text, piece, len) == LH_OK ? 0 : -1;
}

static struct span
trim_slashes(const char *text)
{
	struct span mount = span_of(text);

	while (mount.len > 0 && mount.ptr[0] == '/')
		mount = span_skip(mount, 1);
	while (mount.len > 0 && mount.ptr[mount.len - 1] == '/')
		mount.len--;
	return mount;
}
