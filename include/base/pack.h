/*
 * pack - numbers and texts one behind the other, for ourselves to read again.
 *
 * Invariant:  what was put in one order is taken in the same; a pack that
 *             could not hold everything says so at its end.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_BASE_PACK_H
#define LH_BASE_PACK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/span.h"

struct pack {
	struct bytes *into;	/* borrowed */
	enum lh_err err;	/* the first */
};

void pack_number(struct pack *pack, uint64_t number);
void pack_text(struct pack *pack, struct span text);	/* with its length */

/* From the front of rest. False: there is none; rest is as it was. */
bool unpack_number(struct span *rest, uint64_t *out) LH_MUSTCHECK;
bool unpack_text(struct span *rest, struct span *out) LH_MUSTCHECK;

#endif
