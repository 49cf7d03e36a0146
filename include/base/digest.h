/*
 * digest - SHA-256 and random numbers.
 *
 * Owns:       a reusable hash state: the algorithm is looked up once, a
 *             digest_begin() costs at most the one small allocation that
 *             libcrypto 3.0 makes for it.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_BASE_DIGEST_H
#define LH_BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

#define DIGEST_BYTES 32

struct digest;

struct digest *digest_new(void);
void digest_free(struct digest *digest);

void digest_begin(struct digest *digest);
void digest_add(struct digest *digest, const void *data, size_t len);
/* Adds the length first, so that ("ab","c") and ("a","bc") differ. */
void digest_add_span(struct digest *digest, struct span text);
void digest_end(struct digest *digest, uint8_t out[DIGEST_BYTES]);

/* From the system's generator; abort if there is none. */
void random_fill(void *out, size_t len);
double random_unit(void);		/* uniform in [0, 1) */

#endif
