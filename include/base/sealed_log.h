/*
 * sealed_log - a file that grows by sealed frames and is read from its start.
 *
 *	head    magic, version, salt, digest of these, proof of the key
 *	frame   length, tag of the length, sealed bytes, tag
 *
 * All is sealed with AES-256-GCM under a key that HKDF-SHA256 makes of the
 * key material and the salt, which is random and new with each file. A frame
 * is sealed under its place in the file: it opens nowhere else, and in no
 * other file. Only who made a file appends to it, so no nonce comes twice.
 *
 * A file that was cut off is read up to the cut: that is what a crash leaves.
 * A file that was altered is not read at all: what follows the place might
 * take back what stands before it. A file that is an older copy of itself
 * cannot be told from a good one.
 *
 * Invariant:  a frame that was appended and synced is there when read again.
 * Never:      reads a clock; knows what the frames mean.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_BASE_SEALED_LOG_H
#define LH_BASE_SEALED_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/lh_err.h"
#include "base/span.h"

#define SEALED_LOG_MIN_KEY 16		/* bytes of key material */
#define SEALED_LOG_HEAD_BYTES 96
#define SEALED_LOG_MAX_FRAME ((size_t)128 * 1024 * 1024)

struct sealed_log;

/* Takes fd, an empty file, and writes the head. On failure fd is closed. */
enum lh_err sealed_log_new(int fd, struct span key, struct sealed_log **out,
    struct lh_cause *cause) LH_MUSTCHECK;
void sealed_log_free(struct sealed_log *log);	/* closes; NULL ok */

/* One frame. After a failure the file is of no more use. */
enum lh_err sealed_log_append(struct sealed_log *log, struct span plain,
    struct lh_cause *cause) LH_MUSTCHECK;
/* All that was appended is on the disk. */
enum lh_err sealed_log_sync(struct sealed_log *log, struct lh_cause *cause)
    LH_MUSTCHECK;
uint64_t sealed_log_bytes(const struct sealed_log *log);

/* A frame; lent for the call. False: it makes no sense, go no further. */
typedef bool sealed_log_fn(void *arg, struct span plain);

struct sealed_log_reader {
	struct span key;
	uint64_t max_bytes;		/* of the file */
	sealed_log_fn *fn;
	void *arg;
	/* What was found: */
	uint64_t frames;
	uint64_t cut_bytes;		/* left of a frame at the end */
};

/* From the start of fd to its end. LH_ERR_LIMIT: the file is too large;
 * LH_ERR_UNSUPPORTED: of another version; LH_ERR_DENIED: another key;
 * LH_ERR_FORMAT: not such a file, or altered (fn may have had some of it). */
enum lh_err sealed_log_read(int fd, struct sealed_log_reader *reader,
    struct lh_cause *cause) LH_MUSTCHECK;

#endif
