/*
 * fuzz_persist_record - any bytes as the records of a persistent cache.
 *
 * Holds: what is read of an entry lies in the record; an answer that is made of
 * it can be sent; and what was read, written again, is the same.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <stdint.h>

#include "../../src/cache/persist_record.h"
#include "base/lh_assert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
lies_within(struct span part, struct span whole)
{
	lh_assert(part.len == 0 || (part.ptr >= whole.ptr &&
	    part.ptr + part.len <= whole.ptr + whole.len));
}

static void
try_answer(const struct persist_written *written, struct span record)
{
	struct cache_answer *answer = cache_answer_unpack(written->answer);
	struct cache_answer_room room;
	struct http_stored stored;
	struct bytes again;
	struct pack pack = { &again, LH_OK };
	size_t sent = 0;

	if (answer == NULL)
		return;
	bytes_init(&again, 1 << 20);
	persist_record_entry(written, answer, &pack);
	lh_assert(pack.err == LH_OK);
	/* But for what lies behind the terminators of the tags. */
	lh_assert(again.len == record.len);
	bytes_release(&again);
	cache_answer_send(cache_answer_ref(answer), 1, 1, &room, &stored);
	for (size_t i = 0; i < HTTP_STORED_PIECES; i++)
		sent += stored.pieces[i].len;
	lh_assert(sent == cache_answer_body(answer).len);
	stored.release(stored.arg);
	cache_answer_unref(&answer);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct span record = { (const char *)data, len };
	struct persist_written written;
	struct persist_token token;
	struct persist_life life;
	struct span rest = record;

	if (persist_record_read_entry(record, &written)) {
		lies_within(written.path, record);
		lies_within(written.lease_id, record);
		lies_within(written.token, record);
		lies_within(written.accessor, record);
		lies_within(written.answer, record);
		try_answer(&written, record);
	}
	if (persist_record_read_token(record, &token))
		persist_record_release_token(&token);
	if (persist_record_read_life(&rest, &life))
		lh_assert(rest.len + 40 == len);
	return 0;
}
