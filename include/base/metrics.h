/*
 * metrics - counters and gauges of one process, from one table.
 *
 * Owns:       the values. Names, types and help come from METRICS_TABLE.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_BASE_METRICS_H
#define LH_BASE_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* id, name (after the prefix), counter or gauge, help */
#define METRICS_TABLE(row)						\
	row(REQUESTS, "requests", COUNTER, "requests received")		\
	row(REQUESTS_REFUSED, "requests_refused", COUNTER,		\
	    "requests refused as malformed, too large or not allowed")	\
	row(CONNECTIONS, "connections", GAUGE, "open client connections")\
	row(CONNECTIONS_REFUSED, "connections_refused", COUNTER,	\
	    "connections closed at once for a limit")			\
	row(CACHE_HIT, "cache_hit", COUNTER, "answers from the cache")	\
	row(CACHE_MISS, "cache_miss", COUNTER, "answers from Vault")	\
	row(CACHE_JOINED, "cache_joined", COUNTER,			\
	    "requests that shared the answer of another in flight")	\
	row(CACHE_ENTRIES, "cache_entries", GAUGE, "entries present")	\
	row(CACHE_BYTES, "cache_bytes", GAUGE, "bytes of those entries")\
	row(CACHE_ENTERED, "cache_entered", COUNTER, "entries ever made")\
	row(LEASE_RENEWED, "lease_renewed", COUNTER, "leases renewed")	\
	row(LEASE_RENEW_FAILED, "lease_renew_failed", COUNTER,		\
	    "renewals of leases that failed")				\
	row(AUTH_SUCCESS, "auth_success", COUNTER,			\
	    "logins and renewals of the token")				\
	row(AUTH_FAILURE, "auth_failure", COUNTER,			\
	    "logins and renewals of the token that failed")		\
	row(AUTHENTICATED, "authenticated", GAUGE,			\
	    "1 while there is a valid token")				\
	row(UPSTREAM_CALLS, "upstream_calls", COUNTER,			\
	    "requests sent to Vault")					\
	row(UPSTREAM_RETRIES, "upstream_retries", COUNTER,		\
	    "of these, repetitions")					\
	row(UPSTREAM_FAILOVERS, "upstream_failovers", COUNTER,		\
	    "of these, sent at once to another server")			\
	row(UPSTREAM_ERRORS, "upstream_errors", COUNTER,		\
	    "requests to Vault that had no answer")

#define METRICS_ENUM(id, name, type, help) METRIC_##id,
enum metric { METRICS_TABLE(METRICS_ENUM) METRIC_COUNT };
#undef METRICS_ENUM

enum metric_type { METRIC_COUNTER, METRIC_GAUGE };

struct metric_info {
	const char *name;
	enum metric_type type;
	const char *help;
};

struct metrics;

struct metrics *metrics_new(void);
void metrics_free(struct metrics *metrics);

/* metrics may be NULL in all three: nothing happens (unit tests). */
void metrics_add(struct metrics *metrics, enum metric metric, int64_t n);
void metrics_set(struct metrics *metrics, enum metric metric, int64_t value);
int64_t metrics_get(const struct metrics *metrics, enum metric metric);

const struct metric_info *metrics_info(enum metric metric);	/* static */

#endif
