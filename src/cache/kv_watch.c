/*
 * kv_watch - callers who wait for a static entry to change.
 *
 * Who is to be told moves from the list of those who wait into the list of the
 * woken, which a timer of no time empties.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "kv_watch.h"

#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "base/xalloc.h"

struct cache_watch {
	struct kv_watchers *watchers;
	struct cache_key entry;
	cache_changed_fn *fn;
	void *arg;
	bool is_woken;
	struct cache_watch *prev;
	struct cache_watch *next;
};

struct kv_watchers {
	struct loop_timer *timer;
	unsigned max;
	size_t count;			/* in both lists */
	struct cache_watch *waiting;
	struct cache_watch *woken;
};

static void on_timer(void *arg);

struct kv_watchers *
kv_watchers_new(struct loop *loop, unsigned max)
{
	struct kv_watchers *watchers = xcalloc(1, sizeof(*watchers));

	watchers->max = max;
	watchers->timer = loop_timer_new(loop, on_timer, watchers);
	return watchers;
}

void
kv_watchers_free(struct kv_watchers *watchers)
{
	if (watchers == NULL)
		return;
	while (watchers->waiting != NULL)
		cache_watch_leave(watchers->waiting);
	while (watchers->woken != NULL)
		cache_watch_leave(watchers->woken);
	loop_timer_free(watchers->timer);
	free(watchers);
}

enum lh_err
kv_watch_start(struct kv_watchers *watchers, const struct cache_key *entry,
    cache_changed_fn *fn, void *arg, struct cache_watch **out)
{
	struct cache_watch *watch;

	if (watchers->count >= watchers->max)
		return LH_ERR_LIMIT;
	watch = xcalloc(1, sizeof(*watch));
	watch->watchers = watchers;
	watch->entry = *entry;
	watch->fn = fn;
	watch->arg = arg;
	DL_APPEND(watchers->waiting, watch);
	watchers->count++;
	*out = watch;
	return LH_OK;
}

void
cache_watch_leave(struct cache_watch *watch)
{
	struct kv_watchers *watchers;

	if (watch == NULL)
		return;
	watchers = watch->watchers;
	if (watch->is_woken)
		DL_DELETE(watchers->woken, watch);
	else
		DL_DELETE(watchers->waiting, watch);
	watchers->count--;
	free(watch);
}

void
kv_watch_wake(struct kv_watchers *watchers, const struct cache_key *entry)
{
	struct cache_watch *watch, *next;

	DL_FOREACH_SAFE(watchers->waiting, watch, next) {
		if (memcmp(&watch->entry, entry, sizeof(*entry)) != 0)
			continue;
		DL_DELETE(watchers->waiting, watch);
		DL_APPEND(watchers->woken, watch);
		watch->is_woken = true;
	}
	if (watchers->woken != NULL)
		loop_timer_set(watchers->timer, 0);
}

size_t
kv_watchers_count(const struct kv_watchers *watchers)
{
	return watchers->count;
}

static void
on_timer(void *arg)
{
	struct kv_watchers *watchers = arg;
	struct cache_watch *watch;
	cache_changed_fn *fn;
	void *to;

	while ((watch = watchers->woken) != NULL) {
		fn = watch->fn;
		to = watch->arg;
		cache_watch_leave(watch);
		fn(to);
	}
}
