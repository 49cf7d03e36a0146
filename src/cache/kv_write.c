/*
 * kv_write - what a write does to static answers.
 *
 * A write finds what it touches by the texts of kv_path_family() alone, however
 * many other entries there are.
 *
 * Writes are counted in a fixed number of slots, by the digest of a path; a
 * flight takes the count of its slot along and is current while it stands.
 * Paths that share a slot only fetch once more than needed.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "kv_priv.h"

#include "vault/vault_path.h"

/* Does any row have to do with a path? */
struct row_search {
	const struct cache_static_options *options;
	bool is_found;
};

/* Of a write: what becomes of the entries it touches. */
struct written {
	struct kv *kv;
	kv_entry_fn *fn;
};

static void search_row(void *arg, struct span text);
static bool is_turned_away(unsigned status);
static void wrote_path(void *arg, struct span text);
static void wrote_anything(const struct written *written);
static bool flight_is_stale(void *arg, const struct flight_facts *facts);

bool
kv_is_write(const struct kv *kv, const struct cache_ask *ask)
{
	struct row_search search = { &kv->options, false };
	struct vault_path path;

	if (vault_method_is_safe(ask->method))
		return false;
	vault_path_classify(ask->path, &path);
	/* What looks like a namespace may be the mount of a secret whose name,
	 * or folder, is "sys" or "auth". */
	return (path.kind == VAULT_PATH_OTHER || path.ns.len > 0) &&
	    (!kv_path_family(ask, search_row, &search) || search.is_found);
}

/* status 0: none came. With 400 or 404 the server may not have looked at the
 * token yet, and a sealed one (503) cannot: that counts for what the path
 * names, never for all there is. What a server that fails says to anybody takes
 * nothing that is of use while it does. */
void
kv_write_heard(struct kv *kv, const struct cache_ask *ask, unsigned status)
{
	bool is_refused = status == 400 || status == 404 || status == 503;
	bool is_unknown = status == 0 || status >= 500;
	struct written written = { kv, is_unknown ? kv_entries_doubted :
	    kv_entries_written };

	if (is_turned_away(status))
		return;
	if (!kv_path_family(ask, wrote_path, &written) && !is_refused)
		wrote_anything(&written);
	flight_table_seclude_if(kv->env.flights, flight_is_stale, kv);
}

unsigned
kv_write_slot(const struct kv *kv, struct span text)
{
	uint8_t sum[DIGEST_BYTES];

	digest_begin(kv->env.digest);
	digest_add(kv->env.digest, text.ptr, text.len);
	digest_end(kv->env.digest, sum);
	return (sum[0] | (unsigned)sum[1] << 8) % KV_SLOTS;
}

static void
search_row(void *arg, struct span text)
{
	struct row_search *search = arg;

	if (!search->is_found)
		search->is_found = kv_rows_match(search->options, text) !=
		    NULL;
}

/* Nothing was written, nor told of what is there: else who may not write could
 * empty the cache for those who read. A 400 may tell that another value is
 * there than the one to be replaced, a 404 that there is none. */
static bool
is_turned_away(unsigned status)
{
	return status >= 300 && status < 500 && status != 400 &&
	    status != 404;
}

static void
wrote_path(void *arg, struct span text)
{
	const struct written *written = arg;
	struct kv *kv = written->kv;

	kv->written[kv_write_slot(kv, text)]++;
	kv_entries_of_path(kv, text, written->fn);
}

static void
wrote_anything(const struct written *written)
{
	for (size_t i = 0; i < KV_SLOTS; i++)
		written->kv->written[i]++;
	kv_entries_all(written->kv, written->fn);
}

static bool
flight_is_stale(void *arg, const struct flight_facts *facts)
{
	const struct kv *kv = arg;

	return facts->is_static && !kv_is_current(kv, facts);
}
