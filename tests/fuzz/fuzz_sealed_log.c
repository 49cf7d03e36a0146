/*
 * fuzz_sealed_log - any bytes as a sealed log, and as changes to a good one.
 *
 * Holds: bytes from elsewhere give no frame; a good log that was changed gives
 * nothing but what it was made of, in order, and says so when that is not all
 * of it and it was not merely cut off.
 *
 * The fuzzer is shown what each memcmp(3) compares with, so it can copy the
 * digest and the proof of the key into a head, which nobody without the key
 * can. Such a head with nothing behind it opens.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/lh_assert.h"
#include "base/sealed_log.h"

#define KEY SPAN_LITERAL("0123456789abcdef")
#define FRAMES 8
#define MAX_FILE 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static bool
count_frame(void *arg, struct span plain)
{
	uint8_t *count = arg;

	lh_assert(plain.len == 1 && (uint8_t)plain.ptr[0] == *count);
	(*count)++;
	return true;
}

static bool
refuse_frame(void *arg, struct span plain)
{
	(void)arg;
	(void)plain;
	lh_unreachable();
}

static enum lh_err
read_bytes(const uint8_t *data, size_t len, struct sealed_log_reader *reader)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	struct lh_cause cause;
	enum lh_err err;

	lh_assert(fd >= 0 && write(fd, data, len) == (ssize_t)len);
	err = sealed_log_read(fd, reader, &cause);
	close(fd);
	return err;
}

static size_t
write_good(uint8_t out[MAX_FILE])
{
	int fd = memfd_create("good", MFD_CLOEXEC), copy = dup(fd);
	struct sealed_log *log;
	struct lh_cause cause;
	ssize_t len;

	lh_assert(fd >= 0 && copy >= 0);
	lh_assert(sealed_log_new(fd, KEY, &log, &cause) == LH_OK);
	for (char number = 0; number < FRAMES; number++)
		lh_assert(sealed_log_append(log, (struct span){ &number, 1 },
		    &cause) == LH_OK);
	sealed_log_free(log);
	len = pread(copy, out, MAX_FILE, 0);
	close(copy);
	lh_assert(len > 0);
	return (size_t)len;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint8_t count = 0, good[MAX_FILE] = { 0 }, changed[MAX_FILE];
	struct sealed_log_reader elsewhere = { .key = KEY,
		.max_bytes = 1 << 20, .fn = refuse_frame };
	struct sealed_log_reader reader = { .key = KEY,
		.max_bytes = MAX_FILE, .fn = count_frame, .arg = &count };
	size_t good_len = write_good(good), cut = good_len;
	enum lh_err err;

	err = read_bytes(data, len, &elsewhere);
	lh_assert(err != LH_OK || elsewhere.frames == 0);
	memcpy(changed, good, sizeof(good));
	/* Three bytes a change: the place, and what is turned over there. */
	for (; len >= 3; data += 3, len -= 3)
		changed[(data[0] | (size_t)data[1] << 8) % good_len] ^=
		    data[2];
	if (len > 0)
		cut = good_len - data[0] % good_len;
	err = read_bytes(changed, cut, &reader);
	if (memcmp(changed, good, cut) != 0)
		lh_assert(err != LH_OK || count < FRAMES);
	if (memcmp(changed, good, cut) == 0 && cut == good_len)
		lh_assert(err == LH_OK && count == FRAMES);
	return 0;
}
