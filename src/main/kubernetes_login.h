/*
 * kubernetes_login - one login with the service account of a pod, its token
 * and accessor into two files, the end: for an init container.
 *
 * Source: the contract of vault-kubernetes-authenticator, section 5 of the
 * reference of neighbouring systems.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_SRC_MAIN_KUBERNETES_LOGIN_H
#define LH_SRC_MAIN_KUBERNETES_LOGIN_H

#include "base/timesource.h"

/* Everything but retry_for comes from the environment. retry_for: failed
 * logins are tried again for so long; 0: one try. Returns the exit status;
 * what is wrong was written to standard error. */
int kubernetes_login(span_ms retry_for);

#endif
