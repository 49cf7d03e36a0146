/*
 * test_sealed_log - a sealed log is read up to a cut, and not at all when it
 * was altered.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/pack.h"
#include "base/sealed_log.h"

#define KEY SPAN_LITERAL("0123456789abcdef")
#define OTHER_KEY SPAN_LITERAL("0123456789abcdeF")
#define MAX_FILE 65536
#define MANY_ZEROS (4 * 1024 * 1024)
#define FRAMES 5
#define FRAME_PREFIX 20
#define TAG 16
#define VERSION_AT 8

/* What a reader was given: the numbers of the frames, in order. */
struct seen {
	unsigned count;
	bool refuse;
};

struct image {
	uint8_t bytes[MAX_FILE];
	size_t len;
};

static size_t
frame_len(unsigned number)
{
	return sizeof("frame 0") - 1 + number * 3;
}

static struct span
frame_text(unsigned number, char room[64])
{
	memset(room, 'x', 64);
	memcpy(room, "frame ", 6);
	room[6] = (char)('0' + number);
	return (struct span){ room, frame_len(number) };
}

static size_t
frame_at(unsigned number)
{
	size_t at = SEALED_LOG_HEAD_BYTES;

	for (unsigned i = 0; i < number; i++)
		at += FRAME_PREFIX + frame_len(i) + TAG;
	return at;
}

static bool
see(void *arg, struct span plain)
{
	struct seen *seen = arg;
	char room[64];

	assert_true(span_equal(plain, frame_text(seen->count, room)));
	seen->count++;
	return !seen->refuse;
}

static int
file_of(const struct image *image)
{
	int fd = memfd_create("image", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, image->bytes, image->len),
	    (ssize_t)image->len);
	return fd;
}

static void
write_log(struct image *image, unsigned frames)
{
	int fd = memfd_create("log", MFD_CLOEXEC), copy = dup(fd);
	struct sealed_log *log;
	struct lh_cause cause;
	char room[64];
	ssize_t len;

	assert_int_equal(sealed_log_new(fd, KEY, &log, &cause), LH_OK);
	for (unsigned i = 0; i < frames; i++)
		assert_int_equal(sealed_log_append(log, frame_text(i, room),
		    &cause), LH_OK);
	assert_int_equal(sealed_log_sync(log, &cause), LH_OK);
	len = pread(copy, image->bytes, MAX_FILE, 0);
	assert_true(len > 0);
	image->len = (size_t)len;
	assert_int_equal(sealed_log_bytes(log), image->len);
	assert_int_equal(image->len, frame_at(frames));
	sealed_log_free(log);
	close(copy);
}

static enum lh_err
read_image(const struct image *image, struct span key, struct seen *seen)
{
	int fd = file_of(image);
	struct sealed_log_reader reader = { .key = key,
		.max_bytes = MAX_FILE, .fn = see, .arg = seen };
	struct lh_cause cause = { "" };
	enum lh_err err = sealed_log_read(fd, &reader, &cause);

	close(fd);
	assert_true(err == LH_OK || cause.text[0] != '\0');
	return err;
}

static void
what_was_appended_is_read_again(void **state)
{
	struct image image;
	struct seen seen = { 0, false };

	(void)state;
	write_log(&image, FRAMES);
	assert_int_equal(read_image(&image, KEY, &seen), LH_OK);
	assert_int_equal(seen.count, FRAMES);
}

static void
nothing_is_written_in_the_clear(void **state)
{
	struct image image;

	(void)state;
	write_log(&image, FRAMES);
	assert_null(memmem(image.bytes, image.len, "frame", 5));
	assert_null(memmem(image.bytes, image.len, "xxx", 3));
	assert_null(memmem(image.bytes, image.len, KEY.ptr, KEY.len));
}

static void
two_files_of_one_key_have_nothing_in_common(void **state)
{
	struct image one, two;
	size_t same = 0;

	(void)state;
	write_log(&one, FRAMES);
	write_log(&two, FRAMES);
	for (size_t i = SEALED_LOG_HEAD_BYTES; i < one.len; i++)
		same += one.bytes[i] == two.bytes[i];
	/* The lengths alone are, 4 bytes a frame; the rest is chance. */
	assert_true(same < one.len / 4);
}

static void
a_file_cut_anywhere_gives_the_frames_before_the_cut(void **state)
{
	struct image image;

	(void)state;
	write_log(&image, FRAMES);
	for (; image.len >= SEALED_LOG_HEAD_BYTES; image.len--) {
		struct seen seen = { 0, false };
		unsigned whole = 0;

		while (whole < FRAMES && frame_at(whole + 1) <= image.len)
			whole++;
		assert_int_equal(read_image(&image, KEY, &seen), LH_OK);
		assert_int_equal(seen.count, whole);
	}
}

static void
a_file_cut_within_its_head_is_none(void **state)
{
	struct image image;
	struct seen seen = { 0, false };

	(void)state;
	write_log(&image, 1);
	for (image.len = 0; image.len < SEALED_LOG_HEAD_BYTES; image.len++)
		assert_int_equal(read_image(&image, KEY, &seen),
		    LH_ERR_FORMAT);
}

/* The reader is given what stands before the place, and then the error. */
static void
every_flipped_bit_is_found(void **state)
{
	struct image image;

	(void)state;
	write_log(&image, FRAMES);
	for (size_t i = 0; i < image.len; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			struct seen seen = { 0, false };
			enum lh_err err;

			image.bytes[i] ^= (uint8_t)(1u << bit);
			err = read_image(&image, KEY, &seen);
			assert_true(err == (i == VERSION_AT ?
			    LH_ERR_UNSUPPORTED : LH_ERR_FORMAT) ||
			    (err == LH_ERR_DENIED &&
			    i >= SEALED_LOG_HEAD_BYTES - TAG &&
			    i < SEALED_LOG_HEAD_BYTES));
			image.bytes[i] ^= (uint8_t)(1u << bit);
		}
}

static void
zeros_behind_the_frames_are_an_end(void **state)
{
	struct image image;
	struct seen seen = { 0, false };

	(void)state;
	write_log(&image, 2);
	memset(image.bytes + image.len, 0, 4096);
	image.len += 4096;
	assert_int_equal(read_image(&image, KEY, &seen), LH_OK);
	assert_int_equal(seen.count, 2);
	image.bytes[image.len - 1] = 1;
	seen.count = 0;
	assert_int_equal(read_image(&image, KEY, &seen), LH_ERR_FORMAT);
}

static unsigned long
reads_so_far(void)
{
	FILE *file = fopen("/proc/self/io", "r");
	unsigned long reads = 0;

	assert_non_null(file);
	while (fscanf(file, "syscr: %lu", &reads) != 1)
		assert_int_not_equal(fscanf(file, "%*[^\n]\n"), EOF);
	fclose(file);
	return reads;
}

static void
many_zeros_take_few_reads(void **state)
{
	struct sealed_log_reader reader = { .key = KEY,
		.max_bytes = MANY_ZEROS };
	struct image image;
	struct lh_cause cause;
	unsigned long before;
	int fd;

	(void)state;
	write_log(&image, 1);
	fd = file_of(&image);
	assert_int_equal(ftruncate(fd, MANY_ZEROS), 0);
	before = reads_so_far();
	assert_int_equal(sealed_log_read(fd, &reader, &cause), LH_OK);
	assert_true(reads_so_far() - before < MANY_ZEROS / 1024);
	assert_int_equal(reader.cut_bytes, MANY_ZEROS - image.len);
	close(fd);
}

static void
another_key_is_told_from_damage(void **state)
{
	struct image image;
	struct seen seen = { 0, false };

	(void)state;
	write_log(&image, 1);
	assert_int_equal(read_image(&image, OTHER_KEY, &seen), LH_ERR_DENIED);
	assert_int_equal(seen.count, 0);
}

static void
another_version_is_refused_by_name(void **state)
{
	struct image image;
	struct seen seen = { 0, false };

	(void)state;
	write_log(&image, 1);
	image.bytes[VERSION_AT] = 2;
	assert_int_equal(read_image(&image, KEY, &seen), LH_ERR_UNSUPPORTED);
}

static void
frames_in_another_order_are_found(void **state)
{
	struct image image;
	struct seen seen = { 0, false };
	uint8_t first[256];
	size_t at = frame_at(0), middle = frame_at(1), end = frame_at(2);

	(void)state;
	write_log(&image, 2);
	memcpy(first, image.bytes + at, middle - at);
	memmove(image.bytes + at, image.bytes + middle, end - middle);
	memcpy(image.bytes + at + (end - middle), first, middle - at);
	assert_int_equal(read_image(&image, KEY, &seen), LH_ERR_FORMAT);
	assert_int_equal(seen.count, 0);
}

static void
a_frame_left_out_is_found(void **state)
{
	struct image image;
	struct seen seen = { 0, false };

	(void)state;
	write_log(&image, 3);
	memmove(image.bytes + frame_at(1), image.bytes + frame_at(2),
	    image.len - frame_at(2));
	image.len -= frame_at(2) - frame_at(1);
	assert_int_equal(read_image(&image, KEY, &seen), LH_ERR_FORMAT);
	assert_int_equal(seen.count, 1);
}

static void
a_frame_of_another_file_is_found(void **state)
{
	struct image image, other;
	struct seen seen = { 0, false };

	(void)state;
	write_log(&image, 3);
	write_log(&other, 3);
	memcpy(image.bytes + frame_at(1), other.bytes + frame_at(1),
	    frame_at(2) - frame_at(1));
	assert_int_equal(read_image(&image, KEY, &seen), LH_ERR_FORMAT);
	assert_int_equal(seen.count, 1);
}

static void
a_file_above_the_limit_is_not_read(void **state)
{
	struct image image;
	struct seen seen = { 0, false };
	struct sealed_log_reader reader = { .key = KEY, .fn = see,
		.arg = &seen };
	struct lh_cause cause;
	int fd;

	(void)state;
	write_log(&image, 1);
	reader.max_bytes = image.len - 1;
	fd = file_of(&image);
	assert_int_equal(sealed_log_read(fd, &reader, &cause), LH_ERR_LIMIT);
	close(fd);
}

static void
a_reader_that_makes_no_sense_of_a_frame_ends_it(void **state)
{
	struct image image;
	struct seen seen = { 0, true };

	(void)state;
	write_log(&image, 3);
	assert_int_equal(read_image(&image, KEY, &seen), LH_ERR_FORMAT);
	assert_int_equal(seen.count, 1);
}

static void
packs_are_taken_apart_as_they_were_put_together(void **state)
{
	struct bytes bytes;
	struct pack pack = { &bytes, LH_OK };
	struct span rest, text;
	uint64_t number;

	(void)state;
	bytes_init(&bytes, 64);
	pack_number(&pack, UINT64_MAX - 1);
	pack_text(&pack, SPAN_LITERAL("abc"));
	assert_int_equal(pack.err, LH_OK);
	rest = bytes_span(&bytes);
	assert_true(unpack_number(&rest, &number));
	assert_true(number == UINT64_MAX - 1);
	assert_true(unpack_text(&rest, &text));
	assert_true(span_equal(text, SPAN_LITERAL("abc")));
	assert_false(unpack_number(&rest, &number));
	rest = bytes_span(&bytes);
	assert_false(unpack_text(&rest, &text));
	assert_int_equal(rest.len, bytes.len);
	pack_text(&pack, (struct span){ bytes.data, 48 });
	assert_int_equal(pack.err, LH_ERR_LIMIT);
	bytes_release(&bytes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_appended_is_read_again),
		cmocka_unit_test(nothing_is_written_in_the_clear),
		cmocka_unit_test(two_files_of_one_key_have_nothing_in_common),
		cmocka_unit_test(
		    a_file_cut_anywhere_gives_the_frames_before_the_cut),
		cmocka_unit_test(a_file_cut_within_its_head_is_none),
		cmocka_unit_test(every_flipped_bit_is_found),
		cmocka_unit_test(zeros_behind_the_frames_are_an_end),
		cmocka_unit_test(many_zeros_take_few_reads),
		cmocka_unit_test(another_key_is_told_from_damage),
		cmocka_unit_test(another_version_is_refused_by_name),
		cmocka_unit_test(frames_in_another_order_are_found),
		cmocka_unit_test(a_frame_left_out_is_found),
		cmocka_unit_test(a_frame_of_another_file_is_found),
		cmocka_unit_test(a_file_above_the_limit_is_not_read),
		cmocka_unit_test(
		    a_reader_that_makes_no_sense_of_a_frame_ends_it),
		cmocka_unit_test(
		    packs_are_taken_apart_as_they_were_put_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
