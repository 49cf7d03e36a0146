/*
 * cache_journal - who writes down what changes in the cache, as the cache sees
 * it: a few functions that are called at each change.
 *
 * The cache knows nothing of files. It tells of an entry that came, of its
 * life, of its end; and when a caller is about to hear of a revocation, a
 * write or a clearing, it asks that what left be settled first: nothing that
 * is read later may claim that it is still there.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_CACHE_CACHE_JOURNAL_H
#define LH_CACHE_CACHE_JOURNAL_H

#include <stddef.h>

struct cache_entry;
struct cache_key;

struct cache_journal_ops {
	void (*entered)(void *arg, struct cache_entry *entry);
	void (*renewed)(void *arg, struct cache_entry *entry);
	/* Look-ups by key do not find it any more. */
	void (*hidden)(void *arg, struct cache_entry *entry);
	void (*left)(void *arg, struct cache_entry *entry);
	/* Our own token may have that static entry; may not any more. */
	void (*granted)(void *arg, const struct cache_key *key);
	void (*withdrawn)(void *arg, const struct cache_key *key);
	void (*settle)(void *arg);
};

/* Copied by all who tell. NULL ops: nobody writes it down. */
struct cache_journal {
	const struct cache_journal_ops *ops;
	void *arg;
};

#define CACHE_JOURNAL_TELL(journal, what, about)			\
	do {								\
		if ((journal).ops != NULL)				\
			(journal).ops->what((journal).arg, (about));	\
	} while (0)

static inline void
cache_journal_settle(struct cache_journal journal)
{
	if (journal.ops != NULL)
		journal.ops->settle(journal.arg);
}

#endif
