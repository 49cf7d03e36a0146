/*
 * reload_changes - what a new configuration says that only a restart obeys.
 *
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_SRC_MAIN_RELOAD_CHANGES_H
#define LH_SRC_MAIN_RELOAD_CHANGES_H

#include <stdbool.h>

#include "config/config.h"

#define RELOAD_CHANGE_MAX 128

/* The first setting, as "block key", that differs from that of the start and
 * is none of those that reload() changes. False: there is none. */
bool reload_changes_find(const struct config *started,
    const struct config *told, char out[RELOAD_CHANGE_MAX]);

#endif
