/*
 * auth_lookup - the step that asks whether a suspected token lives.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_AUTH_AUTH_LOOKUP_H
#define LH_AUTH_AUTH_LOOKUP_H

struct auth_keeper;

/* The keeper's job is under way; ends with auth_machine_step_done(). */
void auth_lookup_start(struct auth_keeper *keeper);

#endif
