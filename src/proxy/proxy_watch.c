/*
 * proxy_watch - the parameters of a caller who waits for a change.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "proxy_watch.h"

#include "base/parse.h"
#include "http/http_path.h"

static const struct span prefix = { "leasehold_", 10 };

static bool
has_ours(struct span query)
{
	while (query.len > 0)
		if (span_starts(span_cut(&query, '&'), prefix))
			return true;
	return false;
}

enum lh_err
proxy_watch_read(struct span query, struct proxy_watch *watch)
{
	struct span wait = http_query_value(query,
	    SPAN_LITERAL("leasehold_wait"));

	*watch = (struct proxy_watch){
		.index = http_query_value(query,
		    SPAN_LITERAL("leasehold_index"))
	};
	if (wait.ptr == NULL)
		return LH_OK;
	if (wait.len == 0 || parse_duration(wait, &watch->wait) != LH_OK ||
	    watch->wait < 0)
		return LH_ERR_FORMAT;
	if (watch->wait > PROXY_WATCH_MAX_WAIT_MS)
		watch->wait = PROXY_WATCH_MAX_WAIT_MS;
	return LH_OK;
}

enum lh_err
proxy_watch_strip(struct span query, struct bytes *room, struct span *out)
{
	enum lh_err err = LH_OK;
	struct span pair;

	*out = query;
	if (!has_ours(query))
		return LH_OK;
	while (query.len > 0 && err == LH_OK) {
		pair = span_cut(&query, '&');
		if (span_starts(pair, prefix))
			continue;
		if (room->len > 0)
			err = bytes_append(room, "&", 1);
		if (err == LH_OK)
			err = bytes_append_span(room, pair);
	}
	*out = room->len > 0 ? bytes_span(room) : SPAN_NONE;
	return err;
}
