/*
 * status - asks a running leasehold how it is, and prints that.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_SRC_MAIN_STATUS_H
#define LH_SRC_MAIN_STATUS_H

#include "options.h"

/* 0: it is ready, 2: it is not, 1: it could not be asked. With a watch: of the
 * last look. */
int status_print(const struct options *options);

#endif
