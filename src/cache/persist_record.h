/*
 * persist_record - what a frame of the persistent cache is made of; pure.
 *
 * A record is its kind, and a text that the kind gives a meaning to. Times are
 * those of the wall clock.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_CACHE_PERSIST_RECORD_H
#define LH_CACHE_PERSIST_RECORD_H

#include "base/pack.h"
#include "cache_entry.h"
#include "cache/persist.h"

enum persist_kind {
	PERSIST_OWNER = 1,		/* whom the file belongs to */
	PERSIST_TIME,			/* when the frame was begun */
	PERSIST_TOKEN,			/* is ours from now on */
	PERSIST_TOKEN_GONE,
	PERSIST_ENTERED,
	PERSIST_RENEWED,		/* has another life */
	PERSIST_HIDDEN,
	PERSIST_LEFT,
	PERSIST_GRANTED,
	PERSIST_WITHDRAWN,
	PERSIST_KINDS
};

/* Under which token an entry is: of these, or in the entry of that number. */
#define PERSIST_UNDER_NONE 0
#define PERSIST_UNDER_ROOT 1
#define PERSIST_FIRST_ID 2

struct persist_life {
	wall_ms born;
	wall_ms expires;
	span_ms granted;
	span_ms latest;
	uint64_t course;
};

/* An entry as it is written; read, it is lent from the record. */
struct persist_written {
	uint64_t id;
	uint64_t under;
	uint64_t is_static;
	uint64_t is_hidden;
	struct cache_key key;
	struct persist_life life;
	uint64_t ns_len;
	struct span path;
	struct span lease_id;		/* empty: none */
	struct span token;		/* empty: none */
	struct span accessor;
	struct span answer;		/* packed */
};

void persist_record_life(const struct persist_life *life, struct pack *pack);
bool persist_record_read_life(struct span *rest, struct persist_life *out)
    LH_MUSTCHECK;

/* answer: instead of that of written, to be packed. */
void persist_record_entry(const struct persist_written *written,
    const struct cache_answer *answer, struct pack *pack);
bool persist_record_read_entry(struct span record,
    struct persist_written *out) LH_MUSTCHECK;

void persist_record_token(const struct persist_token *token,
    struct pack *pack);
/* The texts of out are its own: persist_record_release_token(). */
bool persist_record_read_token(struct span record, struct persist_token *out)
    LH_MUSTCHECK;
void persist_record_copy_token(struct persist_token *to,
    const struct persist_token *from);
void persist_record_release_token(struct persist_token *token);

#endif
