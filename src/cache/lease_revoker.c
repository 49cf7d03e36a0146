/*
 * lease_revoker - asks Vault to revoke leases that were crowded out.
 *
 * There is one try: a lease that could not be revoked ends in its time.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "lease_revoker.h"

#include <stdlib.h>

#include <utlist.h>

#include "base/xalloc.h"
#include "lineage.h"

struct revocation {
	struct lease_revoker *revoker;
	struct scheduler_job job;
	struct vault_op *op;
	char *lease_id;
	char *namespace;
	struct secret *token;
	struct revocation *prev;
	struct revocation *next;
};

struct lease_revoker {
	struct cache_env env;
	struct revocation *all;
	size_t count;
};

static void on_due(void *arg, mono_ms now);
static void on_reply(void *arg, const struct vault_reply *reply);
static void revocation_free(struct revocation *revocation);

struct lease_revoker *
lease_revoker_new(const struct cache_env *env)
{
	struct lease_revoker *revoker = xcalloc(1, sizeof(*revoker));

	revoker->env = *env;
	return revoker;
}

void
lease_revoker_free(struct lease_revoker *revoker)
{
	if (revoker == NULL)
		return;
	while (revoker->all != NULL)
		revocation_free(revoker->all);
	free(revoker);
}

void
lease_revoker_add(struct lease_revoker *revoker,
    const struct cache_entry *entry)
{
	struct revocation *revocation;

	if (entry->lease_id == NULL || entry->under == NULL ||
	    revoker->count >= LEASE_REVOKER_MAX)
		return;
	revocation = xcalloc(1, sizeof(*revocation));
	revocation->revoker = revoker;
	revocation->lease_id = xstrdup(entry->lease_id);
	revocation->namespace = span_dup(cache_entry_namespace(entry));
	revocation->token = lineage_ref_secret(entry->under);
	DL_APPEND(revoker->all, revocation);
	revoker->count++;
	scheduler_job_init(&revocation->job, on_due, revocation);
	scheduler_set(revoker->env.scheduler, &revocation->job,
	    loop_mono(revoker->env.loop));
}

static void
on_due(void *arg, mono_ms now)
{
	struct revocation *revocation = arg;
	struct vault_lease_ref lease = {
		.lease_id = revocation->lease_id,
		.token = revocation->token,
		.namespace = span_of(revocation->namespace)
	};

	if (vault_api_revoke_lease(revocation->revoker->env.api, &lease,
	    on_reply, revocation, &revocation->op) != LH_OK)
		revocation_free(revocation);
}

static void
on_reply(void *arg, const struct vault_reply *reply)
{
	struct revocation *revocation = arg;

	revocation->op = NULL;
	log_debug(revocation->revoker->env.log, "lease.revoked",
	    log_num("status", reply->status));
	revocation_free(revocation);
}

static void
revocation_free(struct revocation *revocation)
{
	struct lease_revoker *revoker = revocation->revoker;

	DL_DELETE(revoker->all, revocation);
	revoker->count--;
	scheduler_cancel(revoker->env.scheduler, &revocation->job);
	vault_op_cancel(revocation->op);
	secret_unref(&revocation->token);
	free(revocation->lease_id);
	free(revocation->namespace);
	free(revocation);
}
