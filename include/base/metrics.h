/*
 * metrics - counters, gauges and histograms of one process, from two tables.
 *
 * Owns:       the values. Names, labels, types and help come from
 *             METRICS_TABLE and METRICS_HISTOGRAMS.
 * Invariant:  the rows of one name stand together, each with other labels;
 *             which labels there are is fixed here, no caller adds any.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_BASE_METRICS_H
#define LH_BASE_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/timesource.h"

/* Answers of one origin, in the order of METRICS_CODES. */
#define METRICS_ANSWERS(row, id, origin)				\
	row(id##_2XX, "answers", "code=\"2xx\",cache=\"" origin "\"",	\
	    COUNTER, "answers to callers")				\
	row(id##_3XX, "answers", "code=\"3xx\",cache=\"" origin "\"",	\
	    COUNTER, "answers to callers")				\
	row(id##_4XX, "answers", "code=\"4xx\",cache=\"" origin "\"",	\
	    COUNTER, "answers to callers")				\
	row(id##_5XX, "answers", "code=\"5xx\",cache=\"" origin "\"",	\
	    COUNTER, "answers to callers")
#define METRICS_CODES 4

#define METRICS_LEASES(row, id, state)					\
	row(id, "leases", "state=\"" state "\"", GAUGE,			\
	    "cached secrets by the state of their renewal")
#define METRICS_EVICTED(row, id, cause)					\
	row(id, "cache_evictions", "cause=\"" cause "\"", COUNTER,	\
	    "entries that left the cache")

/* id, name (after the prefix), labels, counter or gauge, help */
#define METRICS_TABLE(row)						\
	row(REQUESTS, "requests", "", COUNTER, "requests received")	\
	row(REQUESTS_REFUSED, "requests_refused", "", COUNTER,		\
	    "requests refused as malformed, too large or not allowed")	\
	METRICS_ANSWERS(row, ANSWERS_NONE, "none")			\
	METRICS_ANSWERS(row, ANSWERS_HIT, "hit")			\
	METRICS_ANSWERS(row, ANSWERS_JOINED, "joined")			\
	METRICS_ANSWERS(row, ANSWERS_MISS, "miss")			\
	METRICS_ANSWERS(row, ANSWERS_PASS, "pass")			\
	METRICS_ANSWERS(row, ANSWERS_STALE, "stale")			\
	row(CONNECTIONS, "connections", "", GAUGE,			\
	    "open client connections")					\
	row(CONNECTIONS_REFUSED, "connections_refused", "", COUNTER,	\
	    "connections closed at once for a limit")			\
	row(CACHE_HIT, "cache_hit", "", COUNTER,			\
	    "answers from the cache")					\
	row(CACHE_MISS, "cache_miss", "", COUNTER,			\
	    "answers from Vault")					\
	row(CACHE_JOINED, "cache_joined", "", COUNTER,			\
	    "requests that shared the answer of another in flight")	\
	row(CACHE_ENTRIES, "cache_entries", "", GAUGE,			\
	    "entries present")						\
	row(CACHE_BYTES, "cache_bytes", "", GAUGE,			\
	    "bytes of those entries")					\
	row(CACHE_ENTERED, "cache_entered", "", COUNTER,		\
	    "entries ever made")					\
	METRICS_EVICTED(row, EVICTED_EXPIRED, "expired")		\
	METRICS_EVICTED(row, EVICTED_REVOKED, "revoked")		\
	METRICS_EVICTED(row, EVICTED_REFUSED, "refused")		\
	METRICS_EVICTED(row, EVICTED_REPLACED, "replaced")		\
	METRICS_EVICTED(row, EVICTED_CROWDED, "crowded")		\
	METRICS_EVICTED(row, EVICTED_CLEARED, "cleared")		\
	METRICS_EVICTED(row, EVICTED_GENERATION, "generation")		\
	METRICS_EVICTED(row, EVICTED_WRITTEN, "written")		\
	METRICS_LEASES(row, LEASES_SCHEDULED, "scheduled")		\
	METRICS_LEASES(row, LEASES_RENEWING, "renewing")		\
	METRICS_LEASES(row, LEASES_PARKED, "parked")			\
	METRICS_LEASES(row, LEASES_ENDING, "ending")			\
	METRICS_LEASES(row, LEASES_FIXED, "fixed")			\
	row(LEASE_RENEWED, "lease_renewed", "", COUNTER,		\
	    "leases renewed")						\
	row(LEASE_RENEW_FAILED, "lease_renew_failed", "", COUNTER,	\
	    "renewals of leases that failed")				\
	row(PERSIST_BYTES, "persist_bytes", "", GAUGE,			\
	    "bytes of the file that outlives us")			\
	row(PERSIST_ENTRIES, "persist_entries", "", GAUGE,		\
	    "entries in that file that are alive")			\
	row(PERSIST_RECORDS, "persist_records", "", COUNTER,		\
	    "changes written to it")					\
	row(PERSIST_SYNCS, "persist_syncs", "", COUNTER,		\
	    "waits for the disk, ahead of an answer")			\
	row(PERSIST_FAILURES, "persist_failures", "", COUNTER,		\
	    "times it could not be written and was removed")		\
	row(PERSIST_RESTORED, "persist_restored", "", COUNTER,		\
	    "entries of an earlier run")				\
	row(LOGIN_SUCCESS, "logins", "outcome=\"success\"", COUNTER,	\
	    "logins")							\
	row(LOGIN_FAILURE, "logins", "outcome=\"failure\"", COUNTER,	\
	    "logins")							\
	row(RENEWAL_SUCCESS, "token_renewals", "outcome=\"success\"",	\
	    COUNTER, "renewals of the token")				\
	row(RENEWAL_FAILURE, "token_renewals", "outcome=\"failure\"",	\
	    COUNTER, "renewals of the token")				\
	row(AUTHENTICATED, "authenticated", "", GAUGE,			\
	    "1 while there is a valid token")				\
	row(TOKEN_TTL, "token_ttl_seconds", "", GAUGE,			\
	    "what is left of the token's life")				\
	row(UPSTREAM_CALLS, "upstream_calls", "", COUNTER,		\
	    "requests sent to Vault")					\
	row(UPSTREAM_RETRIES, "upstream_retries", "", COUNTER,		\
	    "of these, repetitions")					\
	row(UPSTREAM_FAILOVERS, "upstream_failovers", "", COUNTER,	\
	    "of these, sent at once to another server")		\
	row(UPSTREAM_ERRORS, "upstream_errors", "", COUNTER,		\
	    "requests to Vault that had no answer")			\
	row(BACKGROUND_WAITING, "background_waiting", "", GAUGE,	\
	    "jobs of our own that have a date")				\
	row(BACKGROUND_RUNNING, "background_running", "", GAUGE,	\
	    "jobs of our own under way")				\
	row(RESIDENT_BYTES, "process_resident_memory_bytes", "", GAUGE,	\
	    "resident memory")						\
	row(VIRTUAL_BYTES, "process_virtual_memory_bytes", "", GAUGE,	\
	    "virtual memory")						\
	row(OPEN_FDS, "process_open_fds", "", GAUGE,			\
	    "open file descriptors")

#define METRICS_ENUM(id, name, labels, type, help) METRIC_##id,
enum metric { METRICS_TABLE(METRICS_ENUM) METRIC_COUNT };
#undef METRICS_ENUM

/* Times, in seconds where they are shown: id, name, help. */
#define METRICS_HISTOGRAMS(row)						\
	row(HIT, "hit_seconds",						\
	    "from a request to its answer out of the cache")		\
	row(MISS, "miss_seconds",					\
	    "from a request to its answer from Vault")			\
	row(UPSTREAM, "upstream_seconds",				\
	    "from a try to the head of Vault's answer")

#define METRICS_ENUM(id, name, help) METRICS_HISTOGRAM_##id,
enum metrics_histogram {
	METRICS_HISTOGRAMS(METRICS_ENUM) METRICS_HISTOGRAM_COUNT
};
#undef METRICS_ENUM

enum metric_type { METRIC_COUNTER, METRIC_GAUGE };

struct metric_info {
	const char *name;
	const char *labels;	/* as they stand between the braces, or "" */
	enum metric_type type;
	const char *help;
};

struct metrics_histogram_info {
	const char *name;
	const char *help;
};

#define METRIC_UNKNOWN INT64_MIN	/* a gauge that nothing can be said of */
#define METRICS_BUCKETS 16		/* the last one without a bound */

struct metrics_times {
	uint64_t counts[METRICS_BUCKETS];	/* each its own, not summed up */
	uint64_t sum_us;
};

struct metrics;

struct metrics *metrics_new(void);
void metrics_free(struct metrics *metrics);

/* metrics may be NULL in all of these: nothing happens (unit tests). */
void metrics_add(struct metrics *metrics, enum metric metric, int64_t n);
void metrics_set(struct metrics *metrics, enum metric metric, int64_t value);
int64_t metrics_get(const struct metrics *metrics, enum metric metric);
/* All that was counted so far; neither may be NULL. */
void metrics_copy(struct metrics *to, const struct metrics *from);
void metrics_observe(struct metrics *metrics,
    enum metrics_histogram histogram, span_us took);

const struct metric_info *metrics_info(enum metric metric);	/* static */
const struct metrics_histogram_info *metrics_histogram_info(
    enum metrics_histogram histogram);				/* static */
const struct metrics_times *metrics_times(const struct metrics *metrics,
    enum metrics_histogram histogram);				/* lent */
/* The upper bound of a bucket; not of the last. */
span_us metrics_bucket_bound(size_t bucket);

#endif
