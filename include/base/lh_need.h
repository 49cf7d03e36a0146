/*
 * lh_need - what the system must give for the process to go on: memory inside
 * a library, random numbers, the wait for what happens next.
 *
 * Says what it is and why (errno) on standard error, and aborts.
 * Never:      for what one request or one connection can do without.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_BASE_LH_NEED_H
#define LH_BASE_LH_NEED_H

/* what: "wait for events", as it follows the word "cannot". */
#define lh_need(cond, what) ((cond) ? (void)0 : lh_need_fail(what))

void lh_need_fail(const char *what) __attribute__((noreturn, cold));

#endif
