/*
 * persist - the cache across restarts: our token, entries, rights, sealed in a
 * file.
 *
 * What it holds: each entry with its life as times of the wall clock, static
 * answers with whether our own token may have them, and the token itself. Such a
 * right counts while Vault is away alone. The rights of callers' own tokens are
 * not kept: they read a path once more.
 *
 * A change is gathered in memory and written half a second later at most, all
 * of that time as one frame (see sealed_log.h); that is not synced. Before a
 * caller hears of a revocation, a write or a clearing that made entries leave,
 * everything up to it is written and synced. When that fails the file is
 * removed: it may lack what lives, it must not claim what is gone. Then the
 * cache goes on in memory, and the file is made anew after a while.
 *
 * A file is written by the process that made it, and by no other: a start reads
 * the old one and makes a new one. While it runs, the file is made anew when
 * more than half of it is of no more use, a piece at a time.
 *
 * A life never becomes longer: what is left is counted from the later of the
 * clock and the last time in the file, and is at most what was granted.
 *
 * Why a log of its own and not a database: what is kept is a map in memory
 * already, which is read once, at the start. SQLite or LMDB would bring pages
 * with parts of what was deleted, a journal beside the file and a cache of
 * their own, none of them sealed, and a sync where none is needed.
 *
 * Never:      serves anything; decides what lives.
 * Source: behaviour section 8.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_CACHE_PERSIST_H
#define LH_CACHE_PERSIST_H

#include "base/digest.h"
#include "cache/cache.h"

#define PERSIST_FILE "leasehold.cache"
#define PERSIST_FLUSH_MS 500		/* a change waits so long at most */
#define PERSIST_NEVER INT64_MAX		/* expiry of a token without one */

struct persist_options {		/* texts: borrowed */
	const char *folder;		/* made with mode 0700 if missing */
	const char *key_file;		/* the key is derived from its bytes;
					 * when they change, so does the file */
	unsigned uid, gid;		/* whose file it is; FILE_IO_KEEP_ID */
	bool keep_after_import;		/* false: what was read is removed,
					 * and nothing is written any more */
	bool exit_on_err;		/* a file that is of no use is an error */
};

struct persist_env {			/* borrowed; log, metrics may be NULL */
	struct loop *loop;
	struct log *log;
	struct metrics *metrics;
	const struct cache_options *cache;
	/* Of the servers and the login: a file of others is of no use. */
	uint8_t belongs_to[DIGEST_BYTES];
};

/* Our token, as far as auth has to know it again. */
struct persist_token {
	struct secret *secret;
	char *accessor;
	char *namespace;
	uint64_t generation;
	wall_ms expires;		/* or PERSIST_NEVER */
	span_ms grant;			/* its longest life */
	bool renewable;
};

struct persist;

/* Opens the folder, which is ours alone from now on, and reads the key. */
enum lh_err persist_new(const struct persist_options *options,
    const struct persist_env *env, struct persist **persist_out,
    struct lh_cause *cause) LH_MUSTCHECK;
/* What is waiting is written; nothing is from now on. */
void persist_close(struct persist *persist);	/* NULL ok */
void persist_free(struct persist *persist);	/* after the cache; NULL ok */

/* For the cache to tell. */
struct cache_journal persist_journal(struct persist *persist);

/* Puts what the file holds into the cache, which is empty, then begins to
 * write. The restored token is in force there as its generation; whether it
 * lives is for auth to find out. Fails with exit_on_err alone. */
enum lh_err persist_restore(struct persist *persist, struct cache *cache,
    struct lh_cause *cause) LH_MUSTCHECK;
/* Lent; NULL: none. It may have run out. */
const struct persist_token *persist_token(const struct persist *persist);

/* Copies. */
void persist_set_token(struct persist *persist,
    const struct persist_token *token);
void persist_drop_token(struct persist *persist);

struct persist_counts {
	bool is_written;		/* false: in memory only */
	size_t entries;			/* in the file, alive */
	uint64_t bytes;			/* of the file */
	uint64_t restored;		/* entries, at the start */
};
void persist_count(const struct persist *persist,
    struct persist_counts *out);

#endif
