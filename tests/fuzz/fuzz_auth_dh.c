/*
 * fuzz_auth_dh - any bytes as the file with the key of a sink's reader.
 *
 * Holds: what is taken holds a key of 32 bytes by the reading of jansson, too,
 * unless that refuses it for what is no UTF-8 in it; and what is then written
 * is an envelope whose parts have their lengths.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <jansson.h>
#include <openssl/rand.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../src/auth/sink_dh.h"
#include "base/lh_assert.h"

#define KEY_BASE64 44
#define NONCE_BASE64 16
#define PAYLOAD_BASE64 36		/* of the token and 16 bytes of tag */
#define TOKEN SPAN_LITERAL("hvs.fuzzed")
#define MAX_BYTES (64 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static size_t
member_len(const json_t *root, const char *key)
{
	const json_t *value = json_object_get(root, key);

	lh_assert(json_is_string(value));
	return json_string_length(value);
}

static void
check_sealed(struct span file, const struct secret *sealed)
{
	struct span text = secret_lend(sealed);
	json_t *root = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES,
	    NULL);

	lh_assert(json_object_size(root) == 3);
	lh_assert(member_len(root, "curve25519_public_key") == KEY_BASE64);
	lh_assert(member_len(root, "nonce") == NONCE_BASE64);
	lh_assert(member_len(root, "encrypted_payload") == PAYLOAD_BASE64);
	json_decref(root);
	root = json_loadb(file.ptr, file.len,
	    JSON_ALLOW_NUL | JSON_DISABLE_EOF_CHECK, NULL);
	if (root == NULL)
		return;
	lh_assert(member_len(root, "curve25519_public_key") >= KEY_BASE64);
	json_decref(root);
}

static void
seal(const char *path, struct span file)
{
	const struct sink_dh_options options = { .path = path };
	struct secret *token = secret_new(TOKEN), *sealed;
	struct lh_cause cause = { "" };
	struct sink_dh *dh;

	lh_assert(token != NULL);
	lh_assert(sink_dh_new(&options, &dh, &cause) == LH_OK);
	if (sink_dh_seal(dh, token, &sealed, &cause) == LH_OK) {
		check_sealed(file, sealed);
		secret_unref(&sealed);
	} else
		lh_assert(cause.text[0] != '\0');
	sink_dh_free(dh);
	secret_unref(&token);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct span file = { (const char *)data, len };
	unsigned char random;
	char path[64];
	bool locked;
	int fd;

	if (len > MAX_BYTES)
		return 0;
	fd = memfd_create("key", MFD_CLOEXEC);
	lh_assert(fd >= 0);
	lh_assert(write(fd, data, len) == (ssize_t)len);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	/* Before the arena, in which a search for leaks does not look. */
	lh_assert(RAND_bytes(&random, 1) == 1);
	lh_assert(RAND_priv_bytes(&random, 1) == 1);
	lh_assert(secret_start(&locked) == LH_OK);
	seal(path, file);
	secret_stop();
	close(fd);
	return 0;
}
