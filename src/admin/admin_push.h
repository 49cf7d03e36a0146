/*
 * admin_push - metrics sent by UDP, every ten seconds, to whoever collects
 * them in the language of statsd.
 *
 * Owns:       its collectors, the timer, the counters as they were sent last.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_SRC_ADMIN_ADMIN_PUSH_H
#define LH_SRC_ADMIN_ADMIN_PUSH_H

#include "admin/admin.h"

struct admin_push;

/* NULL in *push_out: nobody is to be sent to. LH_ERR_CONFIG: an address is no
 * good. */
enum lh_err admin_push_new(const struct admin_env *env,
    struct admin_push **push_out, struct lh_cause *cause) LH_MUSTCHECK;
void admin_push_free(struct admin_push *push);	/* sends once more */

#endif
