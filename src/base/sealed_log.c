/*
 * sealed_log - a file that grows by sealed frames and is read from its start.
 *
 * The length of a frame is authenticated by itself, ahead of the frame: so an
 * altered length does not pass for a file that ends there. The nonce is the
 * number of the frame and which of its two parts is sealed.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "base/sealed_log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/aead.h"
#include "base/digest.h"
#include "base/lh_assert.h"
#include "base/secret_alloc.h"
#include "base/xalloc.h"

#define MAGIC "LHSEALED"
#define VERSION 1
#define MAGIC_BYTES 8
#define VERSION_AT MAGIC_BYTES
#define SALT_AT 16
#define SALT_BYTES 32
#define DIGEST_AT (SALT_AT + SALT_BYTES)
#define PROOF_AT (DIGEST_AT + DIGEST_BYTES)
#define PROOF_BYTES 16
#define LENGTH_BYTES 4
#define PREFIX_BYTES (LENGTH_BYTES + AEAD_TAG_BYTES)
#define BLOCK_BYTES 16384

_Static_assert(PROOF_AT + PROOF_BYTES == SEALED_LOG_HEAD_BYTES,
    "the head is as long as it says");

enum part { PART_LENGTH, PART_BYTES };

struct sealed_log {
	int fd;
	struct aead *aead;
	uint64_t frames;
	uint64_t bytes;
};

/* A file that is being read. */
struct source {
	int fd;
	struct aead *aead;
	uint64_t at;
	uint64_t size;
};

static struct aead *open_key(struct span key, const uint8_t *salt,
    uint8_t proof[PROOF_BYTES]);
static void digest_head(const uint8_t *head, uint8_t out[DIGEST_BYTES]);
static void set_terms(struct aead_terms *terms, uint64_t frame,
    enum part part);
static void put_length(uint8_t out[LENGTH_BYTES], size_t len);
static size_t get_length(const uint8_t in[LENGTH_BYTES]);
static enum lh_err write_all(int fd, const void *data, size_t len,
    struct lh_cause *cause);
static enum lh_err read_at(const struct source *source, void *out, size_t len,
    struct lh_cause *cause);
static enum lh_err read_head(struct source *source, struct span key,
    struct lh_cause *cause);
static enum lh_err read_frame(struct source *source,
    struct sealed_log_reader *reader, struct lh_cause *cause);
static enum lh_err read_prefix(struct source *source,
    struct sealed_log_reader *reader, size_t *len_out,
    struct lh_cause *cause);
static enum lh_err read_sealed(struct source *source,
    struct sealed_log_reader *reader, size_t len, struct lh_cause *cause);
static enum lh_err is_altered(const struct source *source,
    struct lh_cause *cause);
static enum lh_err end_or_altered(struct source *source,
    struct sealed_log_reader *reader, struct lh_cause *cause);
static enum lh_err pass_zeros(struct source *source, struct lh_cause *cause);
static enum lh_err system_failure(const char *what, struct lh_cause *cause);

enum lh_err
sealed_log_new(int fd, struct span key, struct sealed_log **out,
    struct lh_cause *cause)
{
	struct sealed_log *log = xcalloc(1, sizeof(*log));
	uint8_t head[SEALED_LOG_HEAD_BYTES] = MAGIC;
	enum lh_err err;

	head[VERSION_AT] = VERSION;
	random_fill(head + SALT_AT, SALT_BYTES);
	digest_head(head, head + DIGEST_AT);
	log->fd = fd;
	log->aead = open_key(key, head + SALT_AT, head + PROOF_AT);
	log->bytes = sizeof(head);
	err = write_all(fd, head, sizeof(head), cause);
	if (err != LH_OK) {
		sealed_log_free(log);
		return err;
	}
	*out = log;
	return LH_OK;
}

void
sealed_log_free(struct sealed_log *log)
{
	if (log == NULL)
		return;
	aead_free(log->aead);
	close(log->fd);
	free(log);
}

enum lh_err
sealed_log_append(struct sealed_log *log, struct span plain,
    struct lh_cause *cause)
{
	size_t size = PREFIX_BYTES + plain.len + AEAD_TAG_BYTES;
	struct aead_terms terms;
	enum lh_err err;
	uint8_t *frame;

	if (plain.len > SEALED_LOG_MAX_FRAME) {
		lh_cause_set(cause, "a frame of %zu bytes is too long",
		    plain.len);
		return LH_ERR_LIMIT;
	}
	frame = xmalloc(size);
	put_length(frame, plain.len);
	set_terms(&terms, log->frames, PART_LENGTH);
	terms.aad = (struct span){ (const char *)frame, LENGTH_BYTES };
	err = aead_seal(log->aead, &terms, SPAN_NONE, frame + LENGTH_BYTES);
	set_terms(&terms, log->frames, PART_BYTES);
	if (err == LH_OK)
		err = aead_seal(log->aead, &terms, plain,
		    frame + PREFIX_BYTES);
	log->frames++;
	if (err == LH_OK)
		err = write_all(log->fd, frame, size, cause);
	log->bytes += size;
	free(frame);
	return err;
}

enum lh_err
sealed_log_sync(struct sealed_log *log, struct lh_cause *cause)
{
	if (fdatasync(log->fd) != 0)
		return system_failure("cannot sync", cause);
	return LH_OK;
}

uint64_t
sealed_log_bytes(const struct sealed_log *log)
{
	return log->bytes;
}

enum lh_err
sealed_log_read(int fd, struct sealed_log_reader *reader,
    struct lh_cause *cause)
{
	struct source source = { .fd = fd };
	struct stat facts;
	enum lh_err err;

	reader->frames = reader->cut_bytes = 0;
	if (fstat(fd, &facts) != 0)
		return system_failure("cannot examine", cause);
	source.size = (uint64_t)facts.st_size;
	if (source.size > reader->max_bytes) {
		lh_cause_set(cause, "%llu bytes are more than the limit",
		    (unsigned long long)source.size);
		return LH_ERR_LIMIT;
	}
	err = read_head(&source, reader->key, cause);
	while (err == LH_OK && source.at < source.size)
		err = read_frame(&source, reader, cause);
	aead_free(source.aead);
	return err;
}

/* One derivation gives the key and a proof that it is the one. */
static struct aead *
open_key(struct span key, const uint8_t *salt, uint8_t proof[PROOF_BYTES])
{
	struct aead_source source = {
		.secret = key, .salt = { (const char *)salt, SALT_BYTES },
		.info = SPAN_LITERAL("leasehold sealed log 1")
	};
	uint8_t derived[AEAD_KEY_BYTES + PROOF_BYTES];
	struct aead *aead;

	aead_derive(&source, derived, sizeof(derived));
	aead = aead_new(derived);
	memcpy(proof, derived + AEAD_KEY_BYTES, PROOF_BYTES);
	explicit_bzero(derived, sizeof(derived));
	return aead;
}

static void
digest_head(const uint8_t *head, uint8_t out[DIGEST_BYTES])
{
	struct digest *digest = digest_new();

	digest_begin(digest);
	digest_add(digest, head, DIGEST_AT);
	digest_end(digest, out);
	digest_free(digest);
}

static void
set_terms(struct aead_terms *terms, uint64_t frame, enum part part)
{
	*terms = (struct aead_terms){ .aad = SPAN_LITERAL(MAGIC) };
	for (size_t i = 0; i < 8; i++)
		terms->nonce[i] = (uint8_t)(frame >> (8 * i));
	terms->nonce[8] = (uint8_t)part;
	terms->nonce[9] = VERSION;
}

static void
put_length(uint8_t out[LENGTH_BYTES], size_t len)
{
	for (size_t i = 0; i < LENGTH_BYTES; i++)
		out[i] = (uint8_t)(len >> (8 * i));
}

static size_t
get_length(const uint8_t in[LENGTH_BYTES])
{
	size_t len = 0;

	for (size_t i = 0; i < LENGTH_BYTES; i++)
		len |= (size_t)in[i] << (8 * i);
	return len;
}

static enum lh_err
write_all(int fd, const void *data, size_t len, struct lh_cause *cause)
{
	const char *from = data;
	ssize_t put;

	while (len > 0) {
		put = write(fd, from, len);
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return system_failure("cannot write", cause);
		from += put;
		len -= (size_t)put;
	}
	return LH_OK;
}

static enum lh_err
read_at(const struct source *source, void *out, size_t len,
    struct lh_cause *cause)
{
	uint64_t at = source->at;
	char *into = out;
	ssize_t got;

	while (len > 0) {
		got = pread(source->fd, into, len, (off_t)at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return system_failure("cannot read", cause);
		if (got == 0)
			return is_altered(source, cause);
		into += got;
		at += (uint64_t)got;
		len -= (size_t)got;
	}
	return LH_OK;
}

static enum lh_err
read_head(struct source *source, struct span key, struct lh_cause *cause)
{
	uint8_t head[SEALED_LOG_HEAD_BYTES], sum[DIGEST_BYTES];
	uint8_t proof[PROOF_BYTES];
	enum lh_err err;

	if (source->size < sizeof(head)) {
		lh_cause_set(cause, "it is shorter than a head");
		return LH_ERR_FORMAT;
	}
	err = read_at(source, head, sizeof(head), cause);
	if (err != LH_OK)
		return err;
	if (memcmp(head, MAGIC, MAGIC_BYTES) != 0) {
		lh_cause_set(cause, "it is no file of ours");
		return LH_ERR_FORMAT;
	}
	if (head[VERSION_AT] != VERSION) {
		lh_cause_set(cause, "it is of version %u, not %d",
		    head[VERSION_AT], VERSION);
		return LH_ERR_UNSUPPORTED;
	}
	digest_head(head, sum);
	if (memcmp(sum, head + DIGEST_AT, sizeof(sum)) != 0)
		return is_altered(source, cause);
	source->aead = open_key(key, head + SALT_AT, proof);
	if (memcmp(proof, head + PROOF_AT, sizeof(proof)) != 0) {
		lh_cause_set(cause, "it was sealed with another key");
		return LH_ERR_DENIED;
	}
	source->at = sizeof(head);
	return LH_OK;
}

static enum lh_err
read_frame(struct source *source, struct sealed_log_reader *reader,
    struct lh_cause *cause)
{
	size_t len = 0;
	enum lh_err err = read_prefix(source, reader, &len, cause);

	if (err != LH_OK || source->at == source->size)
		return err;
	if (len + AEAD_TAG_BYTES > source->size - source->at) {
		reader->cut_bytes = source->size - source->at + PREFIX_BYTES;
		source->at = source->size;
		return LH_OK;
	}
	return read_sealed(source, reader, len, cause);
}

/* At the end of the source when nothing more is to be read. */
static enum lh_err
read_prefix(struct source *source, struct sealed_log_reader *reader,
    size_t *len_out, struct lh_cause *cause)
{
	uint8_t prefix[PREFIX_BYTES], none[1];
	struct aead_terms terms;
	enum lh_err err;

	if (source->size - source->at < sizeof(prefix))
		return end_or_altered(source, reader, cause);
	err = read_at(source, prefix, sizeof(prefix), cause);
	if (err != LH_OK)
		return err;
	set_terms(&terms, reader->frames, PART_LENGTH);
	terms.aad = (struct span){ (const char *)prefix, LENGTH_BYTES };
	if (aead_open(source->aead, &terms, (struct span){
	    (const char *)prefix + LENGTH_BYTES, AEAD_TAG_BYTES }, none) !=
	    LH_OK)
		return end_or_altered(source, reader, cause);
	source->at += sizeof(prefix);
	*len_out = get_length(prefix);
	if (source->at == source->size)
		reader->cut_bytes = sizeof(prefix);
	return LH_OK;
}

static enum lh_err
read_sealed(struct source *source, struct sealed_log_reader *reader,
    size_t len, struct lh_cause *cause)
{
	size_t sealed_len = len + AEAD_TAG_BYTES;
	char *sealed = xmalloc(sealed_len);
	char *plain = secret_malloc(len + 1);
	struct aead_terms terms;
	enum lh_err err;

	lh_assert(plain != NULL);
	err = read_at(source, sealed, sealed_len, cause);
	set_terms(&terms, reader->frames, PART_BYTES);
	if (err == LH_OK && aead_open(source->aead, &terms,
	    (struct span){ sealed, sealed_len }, (uint8_t *)plain) != LH_OK)
		err = is_altered(source, cause);
	if (err == LH_OK && reader->fn != NULL &&
	    !reader->fn(reader->arg, (struct span){ plain, len }))
		err = is_altered(source, cause);
	secret_free(plain);
	free(sealed);
	source->at += sealed_len;
	reader->frames++;
	return err;
}

/* A crash leaves less than a frame, or, where the file system had made room
 * already, nothing but zeros. */
static enum lh_err
end_or_altered(struct source *source, struct sealed_log_reader *reader,
    struct lh_cause *cause)
{
	uint64_t left = source->size - source->at;
	enum lh_err err = LH_OK;

	reader->cut_bytes = left;
	if (left >= PREFIX_BYTES)
		while (err == LH_OK && source->at < source->size)
			err = pass_zeros(source, cause);
	source->at = source->size;
	return err;
}

static enum lh_err
pass_zeros(struct source *source, struct lh_cause *cause)
{
	uint64_t left = source->size - source->at;
	char block[BLOCK_BYTES];
	size_t len = left < sizeof(block) ? (size_t)left : sizeof(block);
	enum lh_err err = read_at(source, block, len, cause);

	if (err != LH_OK)
		return err;
	if (block[0] != 0 || memcmp(block, block + 1, len - 1) != 0)
		return is_altered(source, cause);
	source->at += len;
	return LH_OK;
}

static enum lh_err
is_altered(const struct source *source, struct lh_cause *cause)
{
	lh_cause_set(cause, "it was altered at or behind byte %llu",
	    (unsigned long long)source->at);
	return LH_ERR_FORMAT;
}

/* From errno. */
static enum lh_err
system_failure(const char *what, struct lh_cause *cause)
{
	lh_cause_set(cause, "%s: %s", what, strerror(errno));
	return LH_ERR_SYSTEM;
}
