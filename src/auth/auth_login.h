/*
 * auth_login - the step that gets a token: log in, or adopt one.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_AUTH_AUTH_LOGIN_H
#define LH_AUTH_AUTH_LOGIN_H

struct auth_keeper;

/* The keeper's job is under way; ends with auth_machine_step_done(). */
void auth_login_start(struct auth_keeper *keeper);

#endif
