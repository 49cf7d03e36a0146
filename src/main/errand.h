/*
 * errand - what a command that asks the server and ends needs: a loop, a
 * client, and tries one after another.
 *
 * Owns:       the configuration of the server, the loop, the client, the
 *             timer of the next try.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_SRC_MAIN_ERRAND_H
#define LH_SRC_MAIN_ERRAND_H

#include "base/loop.h"
#include "config/config.h"
#include "vault/vault_api.h"

typedef void errand_fn(void *arg);

struct errand;

/* The server as environment and flags tell it; try is called for each try, by
 * errand_run() for the first. LH_ERR_CONFIG, LH_ERR_SYSTEM: cause says why. */
struct errand_options {
	const struct config_flags *flags;
	config_env_fn *environment;
	span_ms retry_for;		/* 0: one try */
	errand_fn *try;
	void *arg;
};
enum lh_err errand_new(const struct errand_options *options,
    struct errand **errand_out, struct lh_cause *cause) LH_MUSTCHECK;
void errand_free(struct errand *errand);

struct vault_api *errand_api(struct errand *errand);
struct span errand_namespace(const struct errand *errand);

/* Until it is done: 0, or until the time for tries is over: status. */
int errand_run(struct errand *errand, int status);
/* A try has ended well, */
void errand_done(struct errand *errand);
/* or has not: there is another one after a wait, if there is time. */
void errand_try_again(struct errand *errand);
/* or has not, and there is no use in trying again. */
void errand_give_up(struct errand *errand);

#endif
