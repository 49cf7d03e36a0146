/*
 * reload - what a SIGHUP may change: log level, certificates of listeners,
 * certificates towards Vault, the method of auto_auth.
 *
 * Invariant:  what cannot be read stays as it was, and the log says so.
 * Source: behaviour section 10.3.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_SRC_MAIN_RELOAD_H
#define LH_SRC_MAIN_RELOAD_H

#include <stddef.h>

#include "auth_wiring.h"
#include "base/log.h"
#include "confinement.h"
#include "http/http_tls.h"
#include "options.h"
#include "vault/vault_client.h"

struct reload_targets {
	struct log *log;
	const struct config *started;		/* of the start */
	const struct confinement *confinement;
	struct vault_client *client;
	struct auth_wiring *auth;		/* or NULL */
	struct http_tls **certificates;
	size_t certificate_count;
};

void reload(const struct options *options,
    const struct reload_targets *targets);

#endif
