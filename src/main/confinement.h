/*
 * confinement - what the process gives up once it is built: its user, files
 * that nobody named, system calls that it does not make.
 *
 * Owns:       the list of folders that stay open to it.
 * Invariant:  after confinement_close() nothing of it can be undone; a failure
 *             of what was asked for ends the start. What the kernel or the
 *             build lacks is a warning.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_SRC_MAIN_CONFINEMENT_H
#define LH_SRC_MAIN_CONFINEMENT_H

#include "admin/admin.h"
#include "base/lh_err.h"
#include "base/log.h"
#include "config/config.h"
#include "options.h"

struct confinement;

/* Finds the user, changes nothing. */
enum lh_err confinement_new(const struct config_process *options,
    struct confinement **confinement_out, struct lh_cause *cause)
    LH_MUSTCHECK;
void confinement_free(struct confinement *confinement);

/* Whose the files made before shall be; FILE_IO_KEEP_ID: ours. */
unsigned confinement_uid(const struct confinement *confinement);
unsigned confinement_gid(const struct confinement *confinement);

/* What is in force; lent for its life. */
const struct admin_confinement *confinement_facts(
    const struct confinement *confinement);

/* When listeners, log and pid file are there, before any thread is. */
enum lh_err confinement_close(struct confinement *confinement,
    const struct config *config, const struct options *options,
    struct log *log, struct lh_cause *cause) LH_MUSTCHECK;

/* Can every file be reached that this configuration names?
 * LH_ERR_DENIED: cause names the first that cannot. */
enum lh_err confinement_check(const struct confinement *confinement,
    const struct config *config, struct lh_cause *cause) LH_MUSTCHECK;

#endif
