/*
 * admin - what operators ask of us: health, readiness, status, metrics,
 * cache-clear, quit.
 *
 * Owns:       nothing but its rows. Borrows what it reports on.
 * Never:      shows a secret; changes anything but through cache_clear() and
 *             quit.
 * Source: DESIGN section 5 of the house; behaviour section 4.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_ADMIN_ADMIN_H
#define LH_ADMIN_ADMIN_H

#include <stdbool.h>
#include <stddef.h>

#include "auth/auth_keeper.h"
#include "auth/sink.h"
#include "base/bytes.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/metrics.h"
#include "base/scheduler.h"
#include "cache/cache.h"
#include "cache/persist.h"
#include "http/http_server.h"
#include "vault/vault_client.h"

/* What the block telemetry says. Texts: lent. */
struct admin_telemetry {
	bool prometheus;	/* at the incumbents' paths */
	const char *prefix;	/* of the incumbents' names */
	bool disable_hostname;	/* in the names of gauges that are so named */
	const char *statsd;	/* "host:port", or NULL */
	const char *dogstatsd;
	const char *tags;	/* "a:b,c:d" for dogstatsd, or NULL */
};

/* What is in force around the process. */
struct admin_confinement {
	unsigned uid;
	unsigned gid;
	bool seccomp;
	int landlock;		/* its version; 0: not in force */
};

struct admin_env {	/* borrowed; keeper, sinks, cache may be NULL */
	struct loop *loop;
	struct log *log;
	struct metrics *metrics;
	struct scheduler *scheduler;
	struct vault_client *client;
	struct auth_keeper *keeper;
	struct sinks *sinks;
	struct cache *cache;
	struct persist *persist;	/* may be NULL as well */
	struct admin_telemetry telemetry;
	const char *version;
	const struct admin_confinement *confinement;	/* or NULL */
	loop_fn *quit;		/* asks for a graceful stop */
	void *quit_arg;
};

struct admin;

struct admin *admin_new(const struct admin_env *env);
void admin_free(struct admin *admin);
/* Sends metrics from now on, if env names somebody to send to. LH_ERR_CONFIG:
 * an address is no good. */
enum lh_err admin_start_push(struct admin *admin, struct lh_cause *cause)
    LH_MUSTCHECK;

/* A listener's rows, for its router. */
struct admin_row {
	const char *path;
	struct http_handler handler;
};
#define ADMIN_MAX_ROWS 16
struct admin_listener {
	bool metrics_only;	/* rows that hold no secret and change nothing */
	bool enable_quit;	/* else quit answers 404 */
};
size_t admin_rows(struct admin *admin, const struct admin_listener *listener,
    struct admin_row rows_out[ADMIN_MAX_ROWS]);

/* What /leasehold/v1/status says, as a table for a person, fit for a terminal.
 * LH_ERR_FORMAT: it is no status. */
enum lh_err admin_report(struct span status, struct bytes *into,
    bool *ready_out) LH_MUSTCHECK;

#endif
