/*
 * auth_life - when to do what in the life of a token; pure.
 * Source: DESIGN section 4.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_AUTH_AUTH_LIFE_H
#define LH_AUTH_AUTH_LIFE_H

#include <stdbool.h>

#include "base/timesource.h"

/* When to renew: at two thirds of what is left, up to a tenth of that
 * earlier. unit: uniform in [0, 1). */
mono_ms auth_life_renew_at(mono_ms now, mono_ms expires, double unit);

/* When to log in for the successor of a token that cannot be lengthened: with
 * a third of what is left to go, but at least 2 s, or half of it, before its
 * end; jittered as above. */
mono_ms auth_life_replace_at(mono_ms now, mono_ms expires, double unit);

struct auth_renewal_facts {
	span_ms grant;		/* the longest life that it was ever given */
	mono_ms before;		/* its expiry until now */
	mono_ms after;		/* its expiry after the renewal */
	mono_ms now;
};
/* Has the renewal shown that the life comes to an end (max TTL)? */
bool auth_life_is_ending(const struct auth_renewal_facts *facts);

#endif
