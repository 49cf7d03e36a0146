/*
 * secret - immutable counted bytes that must not leak.
 *
 * The locked arena is OpenSSL's secure heap: page-locked, out of core dumps,
 * between guard pages, wiped on free; OpenSSL keeps its private keys there
 * too. Where little may be locked (containers often allow 64 KiB) a smaller
 * arena is tried before locking is given up. Everything else lies in one
 * block right behind its header.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "base/secret.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/digest.h"
#include "base/lh_assert.h"
#include "base/lh_need.h"
#include "base/secret_alloc.h"

#define ARENA_MIN_CHUNK 32
#define FINGERPRINT_KEY_BYTES 32

/* What CRYPTO_secure_malloc_init() answers. */
enum arena_state { ARENA_NONE = 0, ARENA_LOCKED = 1, ARENA_UNLOCKED = 2 };

struct secret {
	unsigned refs;
	bool in_arena;
	size_t len;
	char *bytes;		/* in the arena, or at behind; NUL follows */
	char behind[];
};

/* Rule zero, no static state: fingerprints are asked for where no object of
 * ours is at hand, and a fixed key would let a reader of the log try guesses;
 * the arena is one a process too. Written once, in secret_start(). */
static struct {
	bool started;
	bool arena_locked;
	uint8_t fingerprint_key[FINGERPRINT_KEY_BYTES];
} process;

static void *openssl_malloc(size_t size, const char *file, int line);
static void *openssl_realloc(void *old, size_t size, const char *file,
    int line);
static void openssl_free(void *memory, const char *file, int line);
static enum arena_state make_arena(void);
static struct secret *new_in_arena(struct span bytes);
static struct secret *new_ordinary(struct span bytes);
static void copy_in(struct secret *secret, struct span bytes);

enum lh_err
secret_wipe_openssl(void)
{
	return CRYPTO_set_mem_functions(openssl_malloc, openssl_realloc,
	    openssl_free) == 1 ? LH_OK : LH_ERR_SYSTEM;
}

enum lh_err
secret_start(bool *locked_out)
{
	enum arena_state arena;

	lh_assert(!CRYPTO_secure_malloc_initialized());
	/* Without its first memory OpenSSL crashes later rather than fails. */
	if (OSSL_LIB_CTX_get0_global_default() == NULL)
		return LH_ERR_SYSTEM;
	arena = make_arena();
	if (arena == ARENA_NONE)
		return LH_ERR_SYSTEM;
	random_fill(process.fingerprint_key, FINGERPRINT_KEY_BYTES);
	process.arena_locked = arena == ARENA_LOCKED;
	process.started = true;
	*locked_out = process.arena_locked;
	return LH_OK;
}

void
secret_stop(void)
{
	explicit_bzero(&process, sizeof(process));
	/* Refuses while something lies there; then it dies with us. */
	CRYPTO_secure_malloc_done();
}

struct secret *
secret_new(struct span bytes)
{
	struct secret *secret;

	if (bytes.len > SECRET_MAX_BYTES)
		return NULL;
	secret = new_in_arena(bytes);
	if (secret != NULL)
		return secret;
	return new_ordinary(bytes);
}

struct secret *
secret_new_bulk(struct span bytes)
{
	if (bytes.len > SECRET_MAX_BULK)
		return NULL;
	return new_ordinary(bytes);
}

struct secret *
secret_ref(struct secret *secret)
{
	if (secret == NULL)
		return NULL;
	lh_assert(secret->refs > 0 && secret->refs < UINT_MAX);
	secret->refs++;
	return secret;
}

void
secret_unref(struct secret **secret)
{
	struct secret *left = *secret;

	*secret = NULL;
	if (left == NULL)
		return;
	lh_assert(left->refs > 0);
	if (--left->refs > 0)
		return;
	if (left->in_arena)
		OPENSSL_secure_clear_free(left->bytes, left->len + 1);
	secret_free(left);
}

struct span
secret_lend(const struct secret *secret)
{
	if (secret == NULL)
		return SPAN_NONE;
	return (struct span){ secret->bytes, secret->len };
}

bool
secret_equal(const struct secret *a, const struct secret *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return a->len == b->len &&
	    CRYPTO_memcmp(a->bytes, b->bytes, a->len) == 0;
}

bool
secret_is_locked(const struct secret *secret)
{
	return secret->in_arena && process.arena_locked;
}

void
secret_fingerprint(const struct secret *secret,
    char out[SECRET_FINGERPRINT_SIZE])
{
	uint8_t mac[EVP_MAX_MD_SIZE];
	struct span bytes = secret_lend(secret);
	const void *done;

	lh_assert(process.started);
	done = HMAC(EVP_sha256(), process.fingerprint_key, FINGERPRINT_KEY_BYTES,
	    (const uint8_t *)bytes.ptr, bytes.len, mac, NULL);
	lh_need(done != NULL, "calculate a fingerprint");
	snprintf(out, SECRET_FINGERPRINT_SIZE, "%02x%02x%02x%02x", mac[0],
	    mac[1], mac[2], mac[3]);
}

static void *
openssl_malloc(size_t size, const char *file, int line)
{
	return secret_malloc(size);
}

static void *
openssl_realloc(void *old, size_t size, const char *file, int line)
{
	return secret_realloc(old, size);
}

static void
openssl_free(void *memory, const char *file, int line)
{
	secret_free(memory);
}

/* The largest arena that can be locked, else the largest. */
static enum arena_state
make_arena(void)
{
	static const size_t sizes[] = { 512 * 1024, 64 * 1024, 16 * 1024 };
	size_t i;
	int state;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		state = CRYPTO_secure_malloc_init(sizes[i], ARENA_MIN_CHUNK);
		if (state == ARENA_LOCKED)
			return ARENA_LOCKED;
		if (state == ARENA_UNLOCKED)
			CRYPTO_secure_malloc_done();
	}
	return CRYPTO_secure_malloc_init(sizes[0], ARENA_MIN_CHUNK);
}

/* NULL: no arena, or no room in it. */
static struct secret *
new_in_arena(struct span bytes)
{
	struct secret *secret;
	char *room;

	if (!CRYPTO_secure_malloc_initialized())
		return NULL;
	/* A refusal must not stay in the queue that SSL_get_error() reads. */
	ERR_set_mark();
	room = OPENSSL_secure_malloc(bytes.len + 1);
	ERR_pop_to_mark();
	if (room == NULL)
		return NULL;
	secret = secret_malloc(sizeof(*secret));
	if (secret == NULL) {
		OPENSSL_secure_free(room);
		return NULL;
	}
	*secret = (struct secret){ .in_arena = true, .bytes = room };
	copy_in(secret, bytes);
	return secret;
}

static struct secret *
new_ordinary(struct span bytes)
{
	struct secret *secret = secret_malloc(sizeof(*secret) + bytes.len + 1);

	if (secret == NULL)
		return NULL;
	*secret = (struct secret){ .bytes = secret->behind };
	copy_in(secret, bytes);
	return secret;
}

static void
copy_in(struct secret *secret, struct span bytes)
{
	secret->refs = 1;
	secret->len = bytes.len;
	if (bytes.len > 0)
		memcpy(secret->bytes, bytes.ptr, bytes.len);
	secret->bytes[bytes.len] = '\0';
}
