/*
 * proxy_reply - see proxy_reply.h.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "proxy_reply.h"

#include <stdio.h>

#include "vault/vault_path.h"

#define LOGGED_PATH_MAX 256

_Static_assert(METRIC_ANSWERS_STALE_5XX - METRIC_ANSWERS_NONE_2XX + 1 ==
    PROXY_SOURCES * METRICS_CODES, "a metric for each source, in their order");

unsigned
proxy_reply_status_of(enum lh_err err)
{
	switch (err) {
	case LH_ERR_TIMEOUT:
		return 504;
	case LH_ERR_LIMIT:
		return 503;
	case LH_ERR_FORMAT:
		return 400;
	default:
		return 502;
	}
}

/* Old URL forms carry a token or a lease behind the verb. */
static struct span
loggable_path(struct span path, char room[LOGGED_PATH_MAX])
{
	struct span shown = vault_path_shown(path);

	if (shown.len == path.len)
		return path;
	if (shown.len > LOGGED_PATH_MAX - 8)
		shown.len = LOGGED_PATH_MAX - 8;
	snprintf(room, LOGGED_PATH_MAX, "%.*s...", (int)shown.len, shown.ptr);
	return span_of(room);
}

static void
log_reply(const struct proxy *proxy, const struct proxy_reply_facts *facts)
{
	const struct http_request *request = facts->request;
	static const char *const sources[PROXY_SOURCES] = {
		"none", "hit", "joined", "miss", "pass", "stale"
	};
	char room[LOGGED_PATH_MAX];
	mono_ms now;

	if (!log_is_on(proxy->env.log, LOG_LEVEL_INFO))
		return;
	now = loop_mono(proxy->env.loop);
	log_info(proxy->env.log, "request.done",
	    log_num("id", (int64_t)request->id),
	    log_text("from", request->peer->address),
	    log_span("method", request->method),
	    log_span("path", loggable_path(request->path, room)),
	    log_num("status", facts->status), log_text("cache", sources[facts->source]),
	    log_num("ms", now - facts->arrived / 1000),
	    log_num("upstream_ms",
	    facts->asked == 0 ? 0 : now - facts->asked));
}

static void
count_answer(const struct proxy *proxy, const struct proxy_reply_facts *facts)
{
	unsigned class = facts->status / 100;

	if (class < 2 || class > 5)
		class = 5;	/* no status that HTTP knows */
	metrics_add(proxy->env.metrics, METRIC_ANSWERS_NONE_2XX +
	    facts->source * METRICS_CODES + class - 2, 1);
}

/* A hit mostly ends in the turn it came in: the clock is asked again. */
static void
observe_answer(const struct proxy *proxy,
    const struct proxy_reply_facts *facts)
{
	enum metrics_histogram histogram;

	switch (facts->source) {
	case PROXY_SOURCE_HIT:
		histogram = METRICS_HISTOGRAM_HIT;
		break;
	case PROXY_SOURCE_JOINED:
	case PROXY_SOURCE_MISS:
	case PROXY_SOURCE_PASS:
	case PROXY_SOURCE_STALE:
		histogram = METRICS_HISTOGRAM_MISS;
		break;
	default:
		return;
	}
	metrics_observe(proxy->env.metrics, histogram,
	    loop_elapsed_us(proxy->env.loop, facts->arrived));
}

void
proxy_reply_note(const struct proxy *proxy,
    const struct proxy_reply_facts *facts)
{
	count_answer(proxy, facts);
	observe_answer(proxy, facts);
	log_reply(proxy, facts);
}
