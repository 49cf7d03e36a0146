/*
 * vault_json - a strict JSON text, token by token; allocates nothing.
 *
 * Owns:       nothing: tokens are places in the text.
 * Invariant:  after the token END the whole text was JSON (RFC 8259), but for
 *             the validity of its UTF-8.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_SRC_VAULT_VAULT_JSON_H
#define LH_SRC_VAULT_VAULT_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/lh_err.h"
#include "base/span.h"

#define VAULT_JSON_MAX_DEPTH 64

enum vault_json_kind {
	VAULT_JSON_OPEN_OBJECT,
	VAULT_JSON_CLOSE_OBJECT,
	VAULT_JSON_OPEN_ARRAY,
	VAULT_JSON_CLOSE_ARRAY,
	VAULT_JSON_KEY,
	VAULT_JSON_TEXT,
	VAULT_JSON_NUMBER,
	VAULT_JSON_WORD,	/* true, false, null */
	VAULT_JSON_END
};

struct vault_json_token {
	enum vault_json_kind kind;
	struct span raw;	/* of keys and texts: without the quotes */
	bool escaped;		/* keys and texts: holds a backslash */
};

struct vault_json {
	const char *at;
	const char *end;
	uint64_t objects;	/* a bit a level: it is an object */
	unsigned depth;		/* of containers open now */
	bool expects_item;	/* just opened: no comma yet */
	bool has_key;		/* a key was read, its value was not */
	bool has_root;
};

void vault_json_init(struct vault_json *json, struct span text);

/* LH_ERR_FORMAT: this is not JSON. LH_ERR_LIMIT: too deep. The reader is of
 * no more use then. */
enum lh_err vault_json_next(struct vault_json *json,
    struct vault_json_token *token) LH_MUSTCHECK;

/* The whole text is JSON of a depth we accept. */
enum lh_err vault_json_check(struct span text) LH_MUSTCHECK;

/* Is a key or text, escapes decoded, that ASCII word? */
bool vault_json_token_is(const struct vault_json_token *token,
    struct span word);

#endif
