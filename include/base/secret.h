/*
 * secret - immutable counted bytes that must not leak: tokens, secret ids,
 * keys, cached bodies.
 *
 * Owns:       a copy of the bytes, kept out of core dumps, wiped at the last
 *             unref. Small ones lie in a locked arena while it has room;
 *             bulk ones, and small ones that find it full, in ordinary
 *             memory, which is locked with the whole process where allowed.
 * Invariant:  never changes after birth.
 * Never:      is printed: logs show secret_fingerprint().
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_BASE_SECRET_H
#define LH_BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/lh_err.h"
#include "base/span.h"

#define SECRET_MAX_BYTES (64 * 1024)		/* a small one */
#define SECRET_MAX_BULK (64 * 1024 * 1024)
#define SECRET_FINGERPRINT_SIZE 9		/* 8 hex digits and NUL */

struct secret;

/* From here on OpenSSL frees with secret_free(). Before anything of OpenSSL is
 * used; LH_ERR_SYSTEM: too late. */
enum lh_err secret_wipe_openssl(void) LH_MUSTCHECK;

/* Makes the locked arena; once, before the first secret_new(): a secret born
 * earlier lies in ordinary memory.
 * LH_ERR_SYSTEM: no arena. locked_out: false when the system would not lock
 * it (the caller decides whether to go on). */
enum lh_err secret_start(bool *locked_out) LH_MUSTCHECK;
/* After the last unref, else the arena stays until the process ends. */
void secret_stop(void);

/* Copies; the caller still owns, and wipes, what it gave.
 * NULL: over SECRET_MAX_BYTES (SECRET_MAX_BULK for bulk), or no memory. */
struct secret *secret_new(struct span bytes) LH_MUSTCHECK;
struct secret *secret_new_bulk(struct span bytes) LH_MUSTCHECK;

struct secret *secret_ref(struct secret *secret);	/* NULL gives NULL */
void secret_unref(struct secret **secret);		/* nulls; NULL inside ok */

/* Lent while the caller holds a reference; a NUL byte follows. NULL secret
 * gives SPAN_NONE. */
struct span secret_lend(const struct secret *secret);

/* Constant time in the bytes; NULL equals only NULL. */
bool secret_equal(const struct secret *a, const struct secret *b);

/* Whether the bytes lie in the arena, and that is locked. */
bool secret_is_locked(const struct secret *secret);

/* Eight hex digits of a keyed hash, useless to find the secret; the key is
 * new in each process. Between secret_start() and secret_stop() only. */
void secret_fingerprint(const struct secret *secret,
    char out[SECRET_FINGERPRINT_SIZE]);

#endif
