/*
 * admin_figures - gauges that are read off other objects when somebody asks,
 * and the names that the incumbents have for what we count.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_SRC_ADMIN_ADMIN_FIGURES_H
#define LH_SRC_ADMIN_ADMIN_FIGURES_H

#include "admin/admin.h"

/* Before metrics are shown or sent. What cannot be had is METRIC_UNKNOWN. */
void admin_figures_read(const struct admin_env *env);

/* Source: behaviour section 10.1. */
struct admin_figure {
	const char *name;	/* "agent.cache.hit" */
	enum metric_type type;
	int64_t value;
};
enum admin_dialect { ADMIN_DIALECT_AGENT, ADMIN_DIALECT_PROXY };
#define ADMIN_FIGURES 8
void admin_figures_foreign(enum admin_dialect dialect,
    const struct metrics *metrics,
    struct admin_figure figures_out[ADMIN_FIGURES]);

/* This machine's name as a part of a metric's: letters, digits, '_'. */
#define ADMIN_HOST_MAX 65
void admin_figures_host(char host_out[ADMIN_HOST_MAX]);

#endif
