/*
 * wiring - builds all objects and introduces them to one another.
 *
 * Owns:       everything that runs, from the loop to the listeners. It is the
 *             sole place that sees every layer.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_SRC_MAIN_WIRING_H
#define LH_SRC_MAIN_WIRING_H

#include "base/lh_err.h"
#include "base/log.h"
#include "config/config.h"
#include "options.h"

struct wiring;

/* Takes *config. options: borrowed for the life of it (SIGHUP reads the same
 * files again). On failure everything built is undone. */
enum lh_err wiring_new(struct config **config, const struct options *options,
    struct wiring **wiring_out, struct lh_cause *cause) LH_MUSTCHECK;
void wiring_free(struct wiring *wiring);

/* Serves until told to stop. Returns the exit status. */
int wiring_run(struct wiring *wiring);

#endif
