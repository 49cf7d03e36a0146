/*
 * process - what the system knows of us: limits, dumps, locked memory, the
 * pid file.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_SRC_MAIN_PROCESS_H
#define LH_SRC_MAIN_PROCESS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/file_io.h"
#include "base/lh_err.h"

/* No cores, no tracing by others of our uid, no death by SIGPIPE or SIGXFSZ,
 * as many descriptors as allowed, the standard ones open, files private unless
 * told otherwise. First of all to be called. */
enum lh_err process_harden(struct lh_cause *cause) LH_MUSTCHECK;

/* Again when the user has changed. */
enum lh_err process_forbid_tracing(struct lh_cause *cause) LH_MUSTCHECK;

/* So many connections of callers as wanted, or as few as leave descriptors for
 * those to that many servers, and for files. */
unsigned process_fit_connections(unsigned wanted, size_t servers);
/* Locks all memory, now and later, where that cannot make an allocation fail
 * (CAP_IPC_LOCK, or no limit). False: only the arena of secrets is locked.
 * A user that is yet to be taken has no capability. */
enum process_future { PROCESS_STAYS, PROCESS_CHANGES_USER };
bool process_lock_memory(enum process_future future);

/* 0600, the number without a newline (behaviour section 1.14). owner: its mode
 * is not looked at. */
enum lh_err process_write_pid(const char *path,
    const struct file_owner *owner, struct lh_cause *cause) LH_MUSTCHECK;
/* If it is ours still. NULL ok. */
void process_remove_pid(const char *path);

#endif
