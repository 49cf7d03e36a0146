/*
 * proxy_watch - the parameters of a caller who waits for a change; pure.
 *
 * A caller sends leasehold_index, the X-Leasehold-Index of the answer it has,
 * and leasehold_wait, how long to wait for another one.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_PROXY_PROXY_WATCH_H
#define LH_PROXY_PROXY_WATCH_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/lh_err.h"
#include "base/timesource.h"

#define PROXY_WATCH_MAX_WAIT_MS 600000
#define PROXY_WATCH_LOOK_MIN_MS 1000	/* between looks for a change */
#define PROXY_WATCH_LOOK_AWAY_MS 5000	/* while Vault is away */

struct proxy_watch {
	span_ms wait;			/* 0: does not wait */
	struct span index;		/* lent from the query; empty: none */
};

/* Reads leasehold_wait and leasehold_index. LH_ERR_FORMAT: no duration;
 * longer ones are cut. */
enum lh_err proxy_watch_read(struct span query, struct proxy_watch *watch)
    LH_MUSTCHECK;

/* The query without any leasehold_ parameter, which Vault is not to see. What
 * holds none is lent on, else it is written into room. */
enum lh_err proxy_watch_strip(struct span query, struct bytes *room,
    struct span *out) LH_MUSTCHECK;

#endif
