/*
 * notify - news for the service manager that started us, by the protocol of
 * sd_notify(3): a datagram each.
 *
 * Owns:       the socket.
 * Never:      waits: what the manager has no room for is lost, and the caller
 *             is told so.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_BASE_NOTIFY_H
#define LH_BASE_NOTIFY_H

#include <stdbool.h>

#include "base/lh_err.h"
#include "base/span.h"
#include "base/timesource.h"

#define NOTIFY_STATUS_MAX 512	/* bytes of a status; the rest is cut */

struct notify;

/* address: of NOTIFY_SOCKET, an absolute path or "@name" (abstract). */
enum lh_err notify_new(const char *address, struct notify **notify_out,
    struct lh_cause *cause) LH_MUSTCHECK;
void notify_free(struct notify *notify);

/* False: it did not get there. */
bool notify_ready(struct notify *notify);
bool notify_reloading(struct notify *notify);	/* end it by notify_ready() */
bool notify_stopping(struct notify *notify);
bool notify_alive(struct notify *notify);	/* for the watchdog */
/* What is not fit for one line is shown as a blank. */
bool notify_status(struct notify *notify, struct span text);

/* How often notify_alive() is due: half of usec (WATCHDOG_USEC), if pid
 * (WATCHDOG_PID) is ours or not told; 0: never. Both may be NULL. */
span_ms notify_alive_every(const char *usec, const char *pid);

#endif
