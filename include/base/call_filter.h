/*
 * call_filter - which system calls the process may still make (seccomp).
 *
 * Invariant:  once installed it holds for every thread, those to come too, and
 *             cannot be taken off.
 *             What has no place in us (running a program, tracing, mounting,
 *             changing users, loading into the kernel) ends the process;
 *             what is merely not needed is answered EPERM, so that a newer C
 *             library which tries a newer call falls back and lives.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_BASE_CALL_FILTER_H
#define LH_BASE_CALL_FILTER_H

#include "base/lh_err.h"

/* Needs no_new_privs. LH_ERR_UNSUPPORTED: built without libseccomp, or with
 * sanitizers, which need more than we do; or the kernel has no filters. */
enum lh_err call_filter_install(struct lh_cause *cause) LH_MUSTCHECK;

#endif
