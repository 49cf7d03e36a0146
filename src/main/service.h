/*
 * service - what the service manager that started us has given, and what it
 * hears: sockets, readiness, a line of status, the watchdog.
 *
 * Owns:       the sockets until listeners take them, the way to the manager.
 * Invariant:  without a manager all of it does nothing.
 * Source: systemd's sd_notify(3), sd_listen_fds(3), sd_watchdog_enabled(3).
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_SRC_MAIN_SERVICE_H
#define LH_SRC_MAIN_SERVICE_H

#include "auth/auth_keeper.h"
#include "base/lh_err.h"
#include "base/log.h"
#include "base/loop.h"
#include "http/http_listener.h"
#include "vault/vault_client.h"

struct service;

struct service_env {		/* borrowed */
	struct loop *loop;
	struct log *log;
	const struct vault_client *client;
	const struct auth_keeper *keeper;	/* NULL: no auto_auth */
	span_ms patience;	/* longest wait for the first login */
};

/* Reads the manager's variables and takes them out of the environment. */
enum lh_err service_new(const struct service_env *env,
    struct service **service_out, struct lh_cause *cause) LH_MUSTCHECK;
void service_free(struct service *service);

/* A socket that the manager has opened at this address, the caller's now; or
 * HTTP_LISTENER_NO_FD. */
int service_take_socket(struct service *service,
    const struct http_listener_options *options);

/* Every listener is open. LH_ERR_CONFIG: a socket is left that none took. */
enum lh_err service_start(struct service *service, struct lh_cause *cause)
    LH_MUSTCHECK;
/* At the end of each turn: is it ready now? */
void service_look(struct service *service);
void service_reloading(struct service *service);
void service_reloaded(struct service *service);
void service_stopping(struct service *service);

#endif
