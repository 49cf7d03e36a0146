/*
 * fuzz_vault_scan - what the scan finds must be what jansson finds, and an
 * answer with other seconds written into it must be the same but for them.
 *
 * The scan may refuse what jansson takes only for a key that matters in an
 * escaped spelling. It may take what jansson refuses: bad UTF-8, numbers
 * beyond a double, keys of no matter that stand twice. Bodies with a NUL byte
 * are not compared: jansson loses one that follows a number.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/lh_assert.h"
#include "vault/vault_scan.h"

#define LOAD_FLAGS (JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t
depth_of(const json_t *value)
{
	size_t deepest = 0, depth, i;
	const json_t *child;
	const char *key;

	if (!json_is_object(value) && !json_is_array(value))
		return 0;
	json_array_foreach(value, i, child) {
		depth = depth_of(child);
		deepest = depth > deepest ? depth : deepest;
	}
	json_object_foreach((json_t *)value, key, child) {
		depth = depth_of(child);
		deepest = depth > deepest ? depth : deepest;
	}
	return deepest + 1;
}

static void
check_refusal(enum lh_err err, const json_t *root, struct span body)
{
	if (err == LH_ERR_LIMIT) {
		lh_assert(depth_of(root) > VAULT_SCAN_MAX_DEPTH);
		return;
	}
	lh_assert(err == LH_ERR_FORMAT);
	lh_assert(!json_is_object(root) ||
	    span_find(body, '\\') < body.len);
}

static void
check_place(struct span body, struct vault_place place, const json_t *value)
{
	char digits[400];

	if (place.width == 0) {
		lh_assert(!json_is_integer(value) ||
		    json_integer_value(value) <= 0);
		return;
	}
	lh_assert(place.offset + place.width <= body.len);
	if (place.width >= sizeof(digits))
		return;
	memcpy(digits, body.ptr + place.offset, place.width);
	digits[place.width] = '\0';
	lh_assert(strspn(digits, "0123456789") == place.width);
	lh_assert(json_number_value(value) == strtod(digits, NULL));
}

static void
forget_durations(json_t *root)
{
	json_t *auth = json_object_get(root, "auth");

	(void)json_object_del(root, "lease_duration");
	if (json_is_object(auth))
		(void)json_object_del(auth, "lease_duration");
}

static void
check_patch(struct span body, const struct vault_marks *marks, json_t *root)
{
	struct vault_marks after;
	char *copy = malloc(body.len);
	json_t *patched;

	lh_assert(copy != NULL);
	memcpy(copy, body.ptr, body.len);
	vault_scan_write(copy + marks->lease_duration.offset,
	    marks->lease_duration.width, 59);
	vault_scan_write(copy + marks->auth_duration.offset,
	    marks->auth_duration.width, INT64_MAX);
	lh_assert(vault_scan((struct span){ copy, body.len }, &after) ==
	    LH_OK);
	lh_assert(after.lease == marks->lease && after.auth == marks->auth);
	patched = json_loadb(copy, body.len,
	    LOAD_FLAGS | JSON_DECODE_INT_AS_REAL, NULL);
	lh_assert(patched != NULL);
	if (marks->lease_duration.width > 0)
		lh_assert(json_number_value(json_object_get(patched,
		    "lease_duration")) ==
		    (marks->lease_duration.width < 2 ? 9 : 59));
	forget_durations(patched);
	forget_durations(root);
	lh_assert(json_equal(patched, root));
	json_decref(patched);
	free(copy);
}

static void
check_agreement(struct span body, const struct vault_marks *marks)
{
	json_t *root = json_loadb(body.ptr, body.len, LOAD_FLAGS, NULL);
	const json_t *auth = json_object_get(root, "auth");

	if (root == NULL)	/* an integer too large for it */
		return;
	lh_assert(marks->lease ==
	    (json_string_length(json_object_get(root, "lease_id")) > 0));
	lh_assert(marks->auth == json_is_object(auth));
	lh_assert(marks->wrap ==
	    json_is_object(json_object_get(root, "wrap_info")));
	lh_assert(vault_scan_may_lease(body) ||
	    !(marks->lease || marks->auth || marks->wrap));
	check_place(body, marks->lease_duration,
	    json_object_get(root, "lease_duration"));
	check_place(body, marks->auth_duration,
	    json_object_get(auth, "lease_duration"));
	json_decref(root);
}

/* Whatever is found stands in the body, and jansson finds it too. */
static void
check_member(struct span body, const json_t *root)
{
	struct vault_member member;
	const json_t *ttl;

	if (vault_scan_member(body, SPAN_LITERAL("data.ttl"), &member) !=
	    LH_OK)
		return;
	ttl = json_object_get(json_object_get(root, "data"), "ttl");
	lh_assert(member.is_number ? json_is_number(ttl) :
	    json_is_string(ttl));
	lh_assert(member.offset <= body.len &&
	    member.text.len <= body.len - member.offset &&
	    body.ptr + member.offset == member.text.ptr);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span body = { (const char *)data, size };
	struct vault_marks marks;
	enum lh_err err;
	json_t *root;

	if (size == 0)
		body = SPAN_LITERAL("");
	(void)vault_scan_may_lease(body);
	err = vault_scan(body, &marks);
	root = span_find(body, '\0') < size ? NULL : json_loadb(body.ptr, body.len,
	    LOAD_FLAGS | JSON_DECODE_INT_AS_REAL, NULL);
	if (root == NULL)
		return 0;
	if (err != LH_OK)
		check_refusal(err, root, body);
	else {
		check_agreement(body, &marks);
		check_patch(body, &marks, root);
	}
	check_member(body, root);
	json_decref(root);
	return 0;
}
