/*
 * vault_scan - where in an answer the seconds of its lease stand, found
 * without parsing it into a tree; pure and allocation-free.
 *
 * A JSON reader of one pass that knows depth and keys. What it accepts is
 * JSON; what it does not is left to the caller to pass on unread.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_VAULT_VAULT_SCAN_H
#define LH_VAULT_VAULT_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/lh_err.h"
#include "base/span.h"

#define VAULT_SCAN_MAX_DEPTH 64
#define VAULT_SCAN_MAX_PARTS 8

struct vault_place {
	size_t offset;		/* of the first digit */
	size_t width;		/* of the number; 0: not found */
};

struct vault_marks {
	bool lease;		/* lease_id is a text that is not empty */
	bool auth;		/* auth is an object */
	bool wrap;		/* wrap_info is an object */
	struct vault_place lease_duration;	/* at the top level */
	struct vault_place auth_duration;	/* auth.lease_duration */
	struct vault_place life;	/* left empty here; see cache_lifetime */
};

/* A number or a text somewhere in an answer. */
struct vault_member {
	struct span text;	/* as it stands there, without quotes */
	size_t offset;		/* of text in the body */
	bool is_number;
};

/* LH_ERR_FORMAT: not a JSON object, or a key that matters stands twice.
 * LH_ERR_LIMIT: too deep. */
enum lh_err vault_scan(struct span body, struct vault_marks *out)
    LH_MUSTCHECK;

/* The member at a path of at most VAULT_SCAN_MAX_PARTS keys with dots between,
 * "data.ttl". LH_ERR_NOT_FOUND: absent, or neither number nor text.
 * LH_ERR_FORMAT: not a JSON object; one of the keys stands there twice, or it
 * or the value is written with escapes. LH_ERR_LIMIT: too deep. */
enum lh_err vault_scan_member(struct span body, struct span path,
    struct vault_member *out) LH_MUSTCHECK;

/* Could the body hold a lease or a token at all? A search for the keys, far
 * cheaper than vault_scan(); false is certain. */
bool vault_scan_may_lease(struct span body);

/* Writes value left-aligned into width digits of room, blanks behind it (JSON
 * allows them); a value too long for the room becomes all nines. */
void vault_scan_write(char *digits, size_t width, int64_t value);

#endif
