/*
 * cache_entry - one stored answer with all that is known of it.
 *
 * The namespace of a request may stand in its path, where nothing tells it
 * from the mount. The lease id does: it is the path as Vault saw it, without
 * the namespace, and one more segment. What the canonical path has in front
 * of that is the namespace.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "cache_entry.h"

#include <stdlib.h>
#include <string.h>

#include "base/lh_assert.h"
#include "base/lh_need.h"
#include "base/secret_alloc.h"

static size_t namespace_length(const struct cache_record *record);
static struct span lease_path(struct span lease_id);
static bool joined_starts(struct span first, struct span second,
    struct span prefix);

void
cache_entry_init(struct cache_entry *entry, const struct cache_record *record)
{
	*entry = (struct cache_entry){
		.key = record->key,
		.answer = cache_answer_ref(record->answer),
		.ns_len = namespace_length(record),
		.life = record->life,
		.moved = record->life.born,
		.is_keyed = true
	};
	if (record->lease_id != NULL) {
		entry->lease_id = secret_strdup(record->lease_id);
		lh_need(entry->lease_id != NULL, "keep a lease id");
	}
	entry->bytes = cache_answer_bytes(entry->answer);
	if (entry->lease_id != NULL)
		entry->bytes += strlen(entry->lease_id) + 1;
}

void
cache_entry_release(struct cache_entry *entry)
{
	cache_answer_unref(&entry->answer);
	secret_free(entry->lease_id);
	entry->lease_id = NULL;
}

struct span
cache_entry_namespace(const struct cache_entry *entry)
{
	return (struct span){ entry->path.ptr, entry->ns_len };
}

/* The lease of a token is named by the path of its login, and by something
 * behind that which nobody knows: it may be that of any token got there. */
bool
cache_entry_is_under(const struct cache_entry *entry, struct span prefix)
{
	if (entry->lease_id == NULL && entry->holds != NULL &&
	    prefix.len > entry->path.len)
		return span_starts(prefix, entry->path) &&
		    prefix.ptr[entry->path.len] == '/';
	if (entry->lease_id == NULL)
		return joined_starts(entry->path, SPAN_LITERAL("/"), prefix);
	return joined_starts(cache_entry_namespace(entry),
	    span_of(entry->lease_id), prefix);
}

span_ms
cache_entry_left(const struct cache_entry *entry, mono_ms now)
{
	return entry->life.expires - now;
}

static size_t
namespace_length(const struct cache_record *record)
{
	struct span lease;
	size_t len;

	if (record->lease_id == NULL)
		return record->ns_len;
	lease = lease_path(span_of(record->lease_id));
	if (lease.len == 0 || !span_ends(record->path, lease))
		return record->ns_len;
	len = record->path.len - lease.len;
	if (len > 0 && record->path.ptr[len - 1] != '/')
		return record->ns_len;
	return len;
}

/* Without the last segment and the slash in front of it. */
static struct span
lease_path(struct span lease_id)
{
	size_t len = lease_id.len;

	while (len > 0 && lease_id.ptr[len - 1] != '/')
		len--;
	return (struct span){ lease_id.ptr, len == 0 ? 0 : len - 1 };
}

static bool
joined_starts(struct span first, struct span second, struct span prefix)
{
	if (prefix.len <= first.len)
		return span_starts(first, prefix);
	return span_starts(prefix, first) &&
	    span_starts(second, span_skip(prefix, first.len));
}
