/*
 * samples - see samples.h.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "samples.h"

#include <stdarg.h>
#include <setjmp.h>

#include <cmocka.h>

#define UNTOUCHED 77

void
samples_check(const struct sample *samples, size_t count,
    sample_reader *read)
{
	for (const struct sample *it = samples; it < samples + count; it++) {
		int64_t expected = it->err == LH_OK ? it->value : UNTOUCHED;
		int64_t value = UNTOUCHED;
		enum lh_err err = read(span_of(it->text), &value);

		if (err != it->err || value != expected)
			fail_msg("\"%s\": error %d, not %d; value %lld, not "
			    "%lld", it->text, err, it->err, (long long)value,
			    (long long)expected);
	}
}
