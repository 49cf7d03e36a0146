/*
 * fuzz_http_path - any bytes as a path and as a query.
 *
 * Holds: normalising and sorting are idempotent; a path that is not ambiguous
 * does not become so; decoding never lengthens.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <stdint.h>

#include "base/lh_assert.h"
#include "http/http_path.h"

#define MAX_BYTES 65536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

typedef enum lh_err convert_fn(struct span text, struct bytes *into);

/* false: was refused. */
static bool
is_idempotent(convert_fn *convert, struct span text)
{
	struct bytes once, twice;
	bool done;

	bytes_init(&once, MAX_BYTES);
	bytes_init(&twice, MAX_BYTES);
	done = convert(text, &once) == LH_OK;
	if (done) {
		lh_assert(convert(bytes_span(&once), &twice) == LH_OK);
		lh_assert(span_equal(bytes_span(&once), bytes_span(&twice)));
		lh_assert(once.len <= text.len);
	}
	bytes_release(&once);
	bytes_release(&twice);
	return done;
}

static void
check_ambiguity(struct span text)
{
	struct bytes normal;

	bytes_init(&normal, MAX_BYTES);
	if (!http_path_is_ambiguous(text)) {
		lh_assert(http_path_normalise(text, &normal) == LH_OK);
		lh_assert(!http_path_is_ambiguous(bytes_span(&normal)));
	}
	bytes_release(&normal);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct span text = { (const char *)data, len };
	struct bytes decoded;
	bool normal;

	if (len > MAX_BYTES)
		return 0;
	normal = is_idempotent(http_path_normalise, text);
	is_idempotent(http_query_sort, text);
	check_ambiguity(text);
	(void)http_query_value(text, SPAN_LITERAL("list"));
	bytes_init(&decoded, MAX_BYTES);
	lh_assert((http_percent_decode(text, &decoded) == LH_OK) == normal);
	lh_assert(decoded.len <= text.len);
	bytes_release(&decoded);
	return 0;
}
