/*
 * auth_renewal - the step that lengthens the token's life.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_AUTH_AUTH_RENEWAL_H
#define LH_AUTH_AUTH_RENEWAL_H

struct auth_keeper;

/* The keeper's job is under way; ends with auth_machine_step_done(). */
void auth_renewal_start(struct auth_keeper *keeper);

#endif
