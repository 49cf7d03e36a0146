/*
 * aead - AES-256-GCM under one key, and keys derived from other keys.
 *
 * Owns:       the cipher's state with the key in it, wiped at the end.
 * Never:      picks a nonce: the caller does, and uses none twice.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_BASE_AEAD_H
#define LH_BASE_AEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/lh_err.h"
#include "base/span.h"

#define AEAD_KEY_BYTES 32
#define AEAD_NONCE_BYTES 12
#define AEAD_TAG_BYTES 16
#define AEAD_MAX_BYTES ((size_t)1 << 30)	/* sealed in one piece */

struct aead;

struct aead_terms {
	uint8_t nonce[AEAD_NONCE_BYTES];
	struct span aad;		/* authenticated, not stored */
};

struct aead *aead_new(const uint8_t key[AEAD_KEY_BYTES]);
void aead_free(struct aead *aead);

/* out: room for plain and a tag behind it. LH_ERR_LIMIT: too long. */
enum lh_err aead_seal(struct aead *aead, const struct aead_terms *terms,
    struct span plain, uint8_t *out) LH_MUSTCHECK;
/* out: room for sealed without its tag. LH_ERR_DENIED: not what was sealed
 * under this key and these terms; out is wiped. */
enum lh_err aead_open(struct aead *aead, const struct aead_terms *terms,
    struct span sealed, uint8_t *out) LH_MUSTCHECK;

/* HKDF with SHA-256. */
struct aead_source {
	struct span secret, salt, info;
};
void aead_derive(const struct aead_source *source, uint8_t *out, size_t len);

#endif
