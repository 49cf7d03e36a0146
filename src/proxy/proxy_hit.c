/*
 * proxy_hit - a stored answer on its way to a caller.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "proxy_hit.h"

#include <stdio.h>
#include <string.h>

#include "base/lh_assert.h"

#define AGE_MAX 24
#define MORE_MAX 128

static const char *
source_of(const struct proxy_hit *given)
{
	if (given->hit->freshness == CACHE_STALE)
		return "STALE";
	return given->is_fetched ? "MISS" : "HIT";
}

static void
reply_known(const struct proxy_hit *given, struct http_exchange *exchange)
{
	struct cache_answer *answer = given->hit->answer;
	const struct cache_tags *tags = cache_answer_tags(answer);
	char age[AGE_MAX];
	const struct http_field fields[] = {
		{ SPAN_LITERAL("ETag"), span_of(tags->etag) },
		{ SPAN_LITERAL("X-Leasehold-Index"), span_of(tags->index) },
		{ SPAN_LITERAL("X-Cache"), span_of(source_of(given)) },
		{ SPAN_LITERAL("Age"), { age, (size_t)snprintf(age,
		    sizeof(age), "%lld", (long long)given->hit->age_s) } }
	};
	const struct http_reply reply = { .status = 304,
		.fields = { fields, sizeof(fields) / sizeof(fields[0]) } };

	http_exchange_reply(exchange, &reply);
	cache_answer_unref(&answer);
}

bool
proxy_hit_is_known(const struct cache_hit *hit, struct http_fields fields)
{
	const struct cache_tags *tags = cache_answer_tags(hit->answer);

	return tags != NULL && cache_answer_status(hit->answer) == 200 &&
	    cache_tags_match(tags, http_fields_value(fields,
	    SPAN_LITERAL("If-None-Match")));
}

void
proxy_hit_reply(const struct proxy_hit *given, struct http_exchange *exchange)
{
	const struct cache_hit *hit = given->hit;
	struct cache_answer_room room;
	struct http_stored stored;
	char more[MORE_MAX];
	int len;

	if (given->is_known) {
		reply_known(given, exchange);
		return;
	}
	memset(&stored, 0, sizeof(stored));
	cache_answer_send(hit->answer, hit->remaining_s, hit->age_s, &room,
	    &stored);
	if (hit->freshness != CACHE_LEASED) {
		len = snprintf(more, sizeof(more), "X-Cache: %s\r\n%.*s%s",
		    source_of(given), (int)stored.more.len, stored.more.ptr,
		    hit->freshness == CACHE_STALE ?
		    "Warning: 110 leasehold \"Response is Stale\"\r\n" : "");
		lh_assert(len > 0 && (size_t)len < sizeof(more));
		stored.more = (struct span){ more, (size_t)len };
	}
	http_exchange_reply_stored(exchange, &stored);
}
