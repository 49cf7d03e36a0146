/*
 * admin_summary - what the incumbents' metrics path says without a format:
 * gauges as they are, and what was counted in an interval, as JSON.
 *
 * Owns:       the counts at both ends of the last interval.
 * Invariant:  no interval is shorter than ten seconds; none is counted before
 *             somebody asked, and until one is over it is the time since the
 *             start. No timer runs when nobody has asked for ten minutes.
 * Source: behaviour section 4.3.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_SRC_ADMIN_ADMIN_SUMMARY_H
#define LH_SRC_ADMIN_ADMIN_SUMMARY_H

#include <jansson.h>

#include "admin_figures.h"

struct admin_summary;

/* env: lent for good. */
struct admin_summary *admin_summary_new(const struct admin_env *env);
void admin_summary_free(struct admin_summary *summary);
/* The caller's to free. */
json_t *admin_summary_tell(struct admin_summary *summary,
    enum admin_dialect dialect);

#endif
