/*
 * admin_collector - one who collects metrics: found by his name, and sent to
 * by UDP.
 *
 * Owns:       a socket while the name leads somewhere, and the look-up under
 *             way.
 * Invariant:  waits for nobody: not for a name, and what the socket does not
 *             take is lost, as it may be on its way.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_SRC_ADMIN_ADMIN_COLLECTOR_H
#define LH_SRC_ADMIN_ADMIN_COLLECTOR_H

#include "base/log.h"
#include "base/span.h"
#include "base/timesource.h"

/* How long a name that was found counts. */
#define ADMIN_COLLECTOR_LOOKUP_MS 300000

struct admin_collector;

/* log: borrowed. LH_ERR_CONFIG: the address is not host:port. */
enum lh_err admin_collector_new(const char *address, struct log *log,
    struct admin_collector **out, struct lh_cause *cause) LH_MUSTCHECK;
void admin_collector_free(struct admin_collector *collector);

/* To be called again and again: asks for the name if that is due, and takes
 * what came of it. Says so in the log, once, when there is no way to it. */
void admin_collector_tend(struct admin_collector *collector, mono_ms now);
void admin_collector_send(struct admin_collector *collector,
    struct span datagram);

#endif
