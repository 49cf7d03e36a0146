/*
 * auth_earlier - the step that finds out whether the token of an earlier run
 * lives.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_AUTH_AUTH_EARLIER_H
#define LH_AUTH_AUTH_EARLIER_H

struct auth_keeper;

/* In the place of the first login, which follows if it does not. */
void auth_earlier_start(struct auth_keeper *keeper);

#endif
