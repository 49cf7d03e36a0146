/*
 * fuzz_vault_strip - an answer about our token, stripped, must be the answer
 * without id and accessor, and nothing else may differ.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <jansson.h>
#include <stdint.h>

#include "base/lh_assert.h"
#include "vault/vault_envelope.h"

#define LOAD_FLAGS (JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | \
	JSON_DECODE_INT_AS_REAL)
#define TOKEN SPAN_LITERAL("us")
#define STRIPPED_MAX (4 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
empty_text(json_t *object, const char *key)
{
	if (json_object_get(object, key) != NULL)
		lh_assert(json_object_set_new(object, key,
		    json_string("")) == 0);
}

static void
check_stripped(struct span body, struct span stripped)
{
	json_t *expected = json_loadb(body.ptr, body.len, LOAD_FLAGS, NULL);
	json_t *got, *data, *auth;

	if (expected == NULL)	/* a key stands twice */
		return;
	empty_text(expected, "id");
	empty_text(expected, "accessor");
	data = json_object_get(expected, "data");
	auth = json_object_get(expected, "auth");
	if (json_is_object(data)) {
		(void)json_object_del(data, "id");
		(void)json_object_del(data, "accessor");
	}
	if (json_is_object(auth)) {
		empty_text(auth, "client_token");
		empty_text(auth, "accessor");
	}
	got = json_loadb(stripped.ptr, stripped.len, LOAD_FLAGS, NULL);
	lh_assert(got != NULL);
	lh_assert(json_equal(got, expected));
	json_decref(got);
	json_decref(expected);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span body = { (const char *)data, size };
	struct vault_token_names ours = { .accessor = "ours" };
	struct secret *token;
	struct bytes into;
	bool locked, changed;

	if (secret_start(&locked) != LH_OK)
		return 0;
	token = secret_new(TOKEN);
	lh_assert(token != NULL);
	ours.token = token;
	bytes_init(&into, STRIPPED_MAX);
	if (vault_envelope_strip(body, &ours, &into, &changed) == LH_OK) {
		if (changed)
			check_stripped(body, bytes_span(&into));
		else
			lh_assert(into.len == 0);
	}
	bytes_release(&into);
	secret_unref(&token);
	secret_stop();
	return 0;
}
