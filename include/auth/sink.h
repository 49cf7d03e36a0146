/*
 * sink - where our token is also put: files that other programs read.
 *
 * Owns:       the sinks and, for each, whether it holds the latest token.
 * Invariant:  a failed write is tried again, 2 s +- 1 s later, until it works
 *             or a newer token takes its place; sinks do not wait for one
 *             another.
 * Source: behaviour section 7.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_AUTH_SINK_H
#define LH_AUTH_SINK_H

#include <stdbool.h>
#include <stddef.h>

#include "auth/auth_token.h"
#include "base/file_io.h"
#include "base/lh_err.h"
#include "base/log.h"
#include "base/loop.h"

struct sink_options {
	const char *path;
	struct file_owner owner;	/* mode 0640 unless told */
};

struct sinks;

/* Checks that each directory can be written (7.1); cause names the path.
 * done: called whenever all sinks hold the latest token. */
enum lh_err sinks_new(const struct sink_options *options, size_t count,
    struct loop *loop, struct log *log, struct sinks **sinks_out,
    struct lh_cause *cause) LH_MUSTCHECK;
void sinks_free(struct sinks *sinks);

void sinks_on_settled(struct sinks *sinks, loop_fn *fn, void *arg);
/* A new token: written to every sink now. */
void sinks_put(struct sinks *sinks, const struct auth_token *token);
size_t sinks_pending(const struct sinks *sinks);	/* not yet written */

#endif
