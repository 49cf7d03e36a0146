/*
 * moment - dates and times as they stand in headers and answers; pure.
 * Source: RFC 9110 5.6.7 and 10.2.3, RFC 3339.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_BASE_MOMENT_H
#define LH_BASE_MOMENT_H

#include "base/lh_err.h"
#include "base/span.h"
#include "base/timesource.h"

/* All: LH_ERR_FORMAT when the text is not one, LH_ERR_LIMIT when too large;
 * the output stays untouched then. */

/* An HTTP date: the three forms of RFC 9110 5.6.7. Two-digit years are those
 * from 1969 to 2068. */
enum lh_err moment_of_http_date(struct span text, wall_ms *out) LH_MUSTCHECK;
#define MOMENT_MAX_RETRY_AFTER_MS ((span_ms)365 * 86400 * 1000)
/* Retry-After: seconds or a date; the span from now, never below 0; what is
 * longer is cut, so that it can be added to any moment. */
enum lh_err moment_of_retry_after(struct span text, wall_ms now, span_ms *out)
    LH_MUSTCHECK;
/* RFC 3339, as in the data of Vault's answers. */
enum lh_err moment_of_rfc3339(struct span text, wall_ms *out) LH_MUSTCHECK;

#endif
