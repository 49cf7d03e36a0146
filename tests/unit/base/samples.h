/*
 * samples - texts, and what becomes of each when it is read.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_TESTS_UNIT_BASE_SAMPLES_H
#define LH_TESTS_UNIT_BASE_SAMPLES_H

#include <stddef.h>
#include <stdint.h>

#include "base/lh_err.h"
#include "base/span.h"

/* value counts only with LH_OK. */
struct sample {
	const char *text;
	enum lh_err err;
	int64_t value;
};

/* Leaves the value alone when it fails. */
typedef enum lh_err sample_reader(struct span text, int64_t *value);

void samples_check(const struct sample *samples, size_t count,
    sample_reader *read);
#define SAMPLES_CHECK(samples, read) \
	samples_check((samples), sizeof(samples) / sizeof((samples)[0]), \
	    (read))

#endif
