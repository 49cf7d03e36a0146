/*
 * lineage - tokens under management, and the entries that fall with them.
 *
 * Owns:       one record a token with a reference to its secret. Entries are
 *             linked under the token they were got with.
 * Invariant:  a token is known once; one of them may be the root, ours, which
 *             no entry holds.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_CACHE_LINEAGE_H
#define LH_CACHE_LINEAGE_H

#include "base/secret.h"
#include "base/span.h"

struct cache_entry;
struct lineage;
struct lineage_token;

struct lineage *lineage_new(void);
void lineage_free(struct lineage *lineage);	/* no entry is linked */

/* The token must not be known. A reference is taken; accessor is copied, may
 * be NULL. holder: the entry whose answer it came in; NULL: ours. */
struct lineage_token *lineage_add(struct lineage *lineage,
    struct secret *token, const char *accessor, struct cache_entry *holder);
/* Nothing is linked under it any more. */
void lineage_remove(struct lineage *lineage, struct lineage_token *token);

/* NULL: not under management. */
struct lineage_token *lineage_find(const struct lineage *lineage,
    struct span token);
struct lineage_token *lineage_find_accessor(const struct lineage *lineage,
    struct span accessor);

/* Links entry under token (NULL: nothing happens). */
void lineage_link(struct lineage_token *token, struct cache_entry *entry);
void lineage_unlink(struct cache_entry *entry);
/* The first under it; go on with sibling_next, up to NULL. */
struct cache_entry *lineage_first(const struct lineage_token *token);

/* Lent; _ref: a reference, given. */
const struct secret *lineage_secret(const struct lineage_token *token);
struct secret *lineage_ref_secret(const struct lineage_token *token);
const char *lineage_accessor(const struct lineage_token *token);
struct cache_entry *lineage_holder(const struct lineage_token *token);

#endif
