/*
 * sink - where our token is also put: files that other programs read.
 *
 * Owns:       the sinks and, for each, whether it holds the latest token.
 * Invariant:  a failed write is tried again, 2 s +- 1 s later, until it works
 *             or a newer token takes its place; sinks do not wait for one
 *             another.
 * Source: behaviour section 7.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef LH_AUTH_SINK_H
#define LH_AUTH_SINK_H

#include <stdbool.h>
#include <stddef.h>

#include "auth/auth_token.h"
#include "base/file_io.h"
#include "base/lh_err.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/scheduler.h"
#include "vault/vault_api.h"
#include "vault/vault_envelope.h"

/* Encryption for one reader, who has put a public key into a file. */
struct sink_dh_options {
	const char *path;	/* of that file; NULL: not encrypted */
	const char *aad;	/* authenticated, not sent; NULL: none */
	bool derive_key;	/* by HKDF, not the shared secret itself */
};

struct sink_options {
	const char *path;
	struct file_owner owner;	/* mode 0640 unless told */
	span_ms wrap_ttl;		/* 0: the token is not wrapped */
	struct sink_dh_options dh;
};

struct sinks_env {		/* borrowed; log may be NULL */
	struct loop *loop;
	struct log *log;
	struct scheduler *scheduler;	/* these two for wrap_ttl alone */
	struct vault_api *api;
	const char *namespace;		/* of the token; "" none */
};

struct sinks;

/* Checks that each directory can be written (7.1); cause names the path. */
enum lh_err sinks_new(const struct sink_options *options, size_t count,
    const struct sinks_env *env, struct sinks **sinks_out,
    struct lh_cause *cause) LH_MUSTCHECK;
void sinks_free(struct sinks *sinks);

/* fn: called whenever all sinks hold the latest token. */
void sinks_on_settled(struct sinks *sinks, loop_fn *fn, void *arg);
/* Where the tokens to come were born; wrapping is asked for there. */
void sinks_set_namespace(struct sinks *sinks, const char *namespace);
/* A new token: written to every sink now. */
void sinks_put(struct sinks *sinks, const struct auth_token *token);
/* The token of a login is under this wrapping: that is what is written. */
void sinks_put_wrapped(struct sinks *sinks,
    const struct vault_wrap_facts *wrap);
size_t sinks_pending(const struct sinks *sinks);	/* not yet written */
size_t sinks_count(const struct sinks *sinks);

#endif
