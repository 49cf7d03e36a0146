/*
 * parse - text to numbers, durations, booleans; pure.
 * Source: behaviour sections 1.2 and 1.3.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_BASE_PARSE_H
#define LH_BASE_PARSE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/lh_err.h"
#include "base/span.h"
#include "base/timesource.h"

/* All: LH_ERR_FORMAT when the text is not one, LH_ERR_LIMIT when too large;
 * the output stays untouched then. */

/* 0 to 15, or -1. */
int parse_hex_digit(char c);
/* Decimal digits only, at most max. */
enum lh_err parse_uint(struct span text, uint64_t max, uint64_t *out)
    LH_MUSTCHECK;
/* Go's duration text, digits alone are seconds, "Nd" is days; "" is 0 (1.3).
 * No signs; at most Go's 292 years; rounded up to whole milliseconds. */
enum lh_err parse_duration(struct span text, span_ms *out) LH_MUSTCHECK;
/* 1 t T TRUE true True 0 f F FALSE false False, "" is false (1.2). */
enum lh_err parse_bool_loose(struct span text, bool *out) LH_MUSTCHECK;
/* "0640" or "640": octal permission bits. */
enum lh_err parse_mode(struct span text, unsigned *out) LH_MUSTCHECK;
/* "512", "64KiB", "32MiB", "1GiB" (also KB, MB, GB as powers of 1024). */
enum lh_err parse_size(struct span text, uint64_t *out) LH_MUSTCHECK;
/* "host:port", "[v6]:port", ":port"; port 0 is one. host_out is lent from
 * text, brackets off. */
enum lh_err parse_host_port(struct span text, struct span *host_out,
    uint16_t *port_out) LH_MUSTCHECK;

#endif
