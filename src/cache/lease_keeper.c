/*
 * lease_keeper - when to renew what is kept, renewing it, giving up.
 *
 * Renewals are jobs of the one scheduler, each with its own date. Expiry asks
 * nothing of Vault and so has a heap and a timer of its own.
 *
 * When Vault does not answer, fails or asks for quiet, it is unwell: one entry
 * becomes the probe and is scheduled after a wait that grows with each failed
 * probe; whatever else falls due is parked without a call. The first answer
 * of any other kind ends that, and the parked ones are scheduled anew, spread
 * over a while. Parked entries are served meanwhile, and expire in their time.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "lease_keeper.h"

#include <stdlib.h>

#include "base/digest.h"
#include "base/lh_assert.h"
#include "base/xalloc.h"
#include "cache_policy.h"
#include "lease_state.h"
#include "lineage.h"
#include "vault/vault_path.h"

#define NEVER INT64_MAX
#define RECOVERY_SPREAD_MS 30000
#define MS 1000

static void schedule(struct cache_entry *entry, mono_ms due);
static void schedule_next(struct cache_entry *entry, mono_ms now);
static void fix(struct cache_entry *entry, mono_ms now);
static void set_expiry(struct cache_entry *entry);
static void arm_timer(struct lease_keeper *keeper);
static void on_timer(void *arg);
static void on_due(void *arg, mono_ms now);
static bool may_try(struct cache_entry *entry, mono_ms now);
static enum lh_err start_renewal(struct cache_entry *entry);
static void on_reply(void *arg, const struct vault_reply *reply);
static void on_renewed(struct cache_entry *entry, struct span body);
static void apply_life(struct cache_entry *entry,
    const struct cache_policy_renewal *renewal);
static void on_refused(struct cache_entry *entry,
    const struct vault_reply *reply);
static struct cache_entry *holder_of_right(struct cache_entry *entry);
static void on_unwell(struct cache_entry *entry, unsigned status);
static void obey(struct lease_keeper *keeper, span_ms retry_after);
static void make_probe(struct lease_keeper *keeper,
    struct cache_entry *entry);
static void lose_probe(struct lease_keeper *keeper);
static void recover(struct lease_keeper *keeper);
static void count_failure(struct cache_entry *entry, const char *error);

struct lease_keeper *
lease_keeper_new(const struct cache_env *env, lease_keeper_drop_fn *drop,
    void *arg)
{
	struct lease_keeper *keeper = xcalloc(1, sizeof(*keeper));

	keeper->env = *env;
	keeper->drop = drop;
	keeper->drop_arg = arg;
	keeper->expiries = deadline_heap_new();
	keeper->timer = loop_timer_new(env->loop, on_timer, keeper);
	keeper->timer_at = NEVER;
	lease_quiet_init(&keeper->quiet);
	return keeper;
}

void
lease_keeper_free(struct lease_keeper *keeper)
{
	if (keeper == NULL)
		return;
	lh_assert(deadline_heap_count(keeper->expiries) == 0);
	lh_assert(keeper->parked == NULL && keeper->probe == NULL);
	loop_timer_free(keeper->timer);
	deadline_heap_free(keeper->expiries);
	free(keeper);
}

void
lease_keeper_take(struct lease_keeper *keeper, struct cache_entry *entry,
    mono_ms now)
{
	struct lease_work *work = &entry->work;

	lh_assert(work->keeper == NULL && work->state == LEASE_FRESH);
	work->keeper = keeper;
	scheduler_job_init(&work->job, on_due, entry);
	deadline_item_init(&work->expiry);
	backoff_init(&work->successor, LEASE_QUIET_MIN_MS, LEASE_QUIET_MAX_MS);
	set_expiry(entry);
	if (entry->life.course == CACHE_COURSE_RENEWED)
		schedule_next(entry, now);
	else
		fix(entry, now);
}

void
lease_keeper_forget(struct cache_entry *entry)
{
	struct lease_keeper *keeper = entry->work.keeper;

	lease_state_set(entry, LEASE_GONE);
	deadline_heap_remove(keeper->expiries, &entry->work.expiry);
	if (keeper->probe == entry)
		lose_probe(keeper);
}

void
lease_keeper_renewed(struct cache_entry *entry,
    const struct vault_envelope *envelope)
{
	struct lease_keeper *keeper = entry->work.keeper;
	bool is_token = entry->lease_id == NULL;
	struct cache_policy_renewal renewal = {
		.renewable = is_token ? envelope->auth.renewable :
		    envelope->renewable,
		.life = (is_token ? envelope->auth.ttl_s :
		    envelope->lease_duration_s) * MS,
		.left = cache_entry_left(entry, loop_mono(keeper->env.loop)),
		.granted = entry->life.granted
	};

	recover(keeper);
	if (entry->work.state != LEASE_FIXED)
		apply_life(entry, &renewal);
}

void
lease_keeper_expire(struct lease_keeper *keeper, mono_ms now)
{
	struct deadline_item *item;

	while ((item = deadline_heap_pop(keeper->expiries, now)) != NULL)
		keeper->drop(keeper->drop_arg, lh_container_of(item,
		    struct cache_entry, work.expiry), CACHE_LEFT_EXPIRED);
}

bool
lease_keeper_may_replace(const struct cache_entry *entry, mono_ms now)
{
	return (entry->work.state == LEASE_ENDING ||
	    entry->work.state == LEASE_FIXED) &&
	    now >= entry->work.successor_from;
}

void
lease_keeper_replace_failed(struct cache_entry *entry, mono_ms now)
{
	if (entry->work.state == LEASE_FIXED &&
	    now < entry->work.successor_from)
		return;
	entry->work.successor_from = now +
	    backoff_next(&entry->work.successor, random_unit());
}

void
lease_keeper_heard(struct lease_keeper *keeper, unsigned status)
{
	if (!lease_quiet_heard(&keeper->quiet, status) ||
	    keeper->probe == NULL ||
	    keeper->probe->work.state != LEASE_SCHEDULED)
		return;
	make_probe(keeper, keeper->probe);
}

size_t
lease_keeper_ending(const struct lease_keeper *keeper)
{
	return keeper->ending;
}

static void
schedule(struct cache_entry *entry, mono_ms due)
{
	lease_state_set(entry, LEASE_SCHEDULED);
	scheduler_set(entry->work.keeper->env.scheduler, &entry->work.job,
	    due);
}

static void
schedule_next(struct cache_entry *entry, mono_ms now)
{
	schedule(entry, now + cache_policy_renew_after(
	    cache_entry_left(entry, now), random_unit()));
}

static void
fix(struct cache_entry *entry, mono_ms now)
{
	lease_state_set(entry, LEASE_FIXED);
	entry->work.successor_from = NEVER;
	if (entry->life.course == CACHE_COURSE_REPLACED)
		entry->work.successor_from = now + cache_policy_renew_after(
		    cache_entry_left(entry, now), random_unit());
}

static void
set_expiry(struct cache_entry *entry)
{
	struct lease_keeper *keeper = entry->work.keeper;

	deadline_heap_set(keeper->expiries, &entry->work.expiry,
	    entry->life.expires);
	arm_timer(keeper);
}

/* An expiry that moved away leaves the timer as it is: it fires in vain. */
static void
arm_timer(struct lease_keeper *keeper)
{
	struct deadline_item *first = deadline_heap_first(keeper->expiries);

	if (first == NULL || first->due >= keeper->timer_at)
		return;
	keeper->timer_at = first->due;
	loop_timer_set(keeper->timer,
	    first->due - loop_mono(keeper->env.loop));
}

static void
on_timer(void *arg)
{
	struct lease_keeper *keeper = arg;

	keeper->timer_at = NEVER;
	lease_keeper_expire(keeper, loop_mono(keeper->env.loop));
	arm_timer(keeper);
}

/* Its date has come. */
static void
on_due(void *arg, mono_ms now)
{
	struct cache_entry *entry = arg;
	struct lease_keeper *keeper = entry->work.keeper;

	if (!may_try(entry, now)) {
		scheduler_job_done(keeper->env.scheduler, &entry->work.job);
		return;
	}
	lease_state_set(entry, LEASE_RENEWING);
	if (start_renewal(entry) != LH_OK) {
		scheduler_job_done(keeper->env.scheduler, &entry->work.job);
		count_failure(entry, "could not be started");
		on_unwell(entry, 0);
	}
}

/* While Vault is unwell the probe alone may. When the quiet is over, whoever
 * comes first is it: the budget of starts may let others through before. */
static bool
may_try(struct cache_entry *entry, mono_ms now)
{
	struct lease_keeper *keeper = entry->work.keeper;
	struct cache_entry *probe = keeper->probe;

	if (!keeper->quiet.is_on || probe == entry)
		return true;
	if (probe != NULL && (now < keeper->quiet.until ||
	    probe->work.state == LEASE_RENEWING)) {
		lease_state_set(entry, LEASE_PARKED);
		return false;
	}
	keeper->probe = entry;
	if (probe != NULL)
		lease_state_set(probe, LEASE_PARKED);
	if (now >= keeper->quiet.until)
		return true;
	schedule(entry, keeper->quiet.until);
	return false;
}

static enum lh_err
start_renewal(struct cache_entry *entry)
{
	struct lease_work *work = &entry->work;
	struct vault_api *api = work->keeper->env.api;
	struct vault_lease_ref lease = {
		.lease_id = entry->lease_id,
		.namespace = cache_entry_namespace(entry)
	};

	work->asked = loop_mono(work->keeper->env.loop);
	if (entry->holds != NULL)
		return vault_api_renew_self(api, lineage_secret(entry->holds),
		    lease.namespace, on_reply, entry, &work->op);
	lease.token = lineage_secret(entry->under);
	return vault_api_renew_lease(api, &lease, on_reply, entry, &work->op);
}

static void
on_reply(void *arg, const struct vault_reply *reply)
{
	struct cache_entry *entry = arg;
	struct lease_keeper *keeper = entry->work.keeper;

	entry->work.op = NULL;
	scheduler_job_done(keeper->env.scheduler, &entry->work.job);
	if (reply->verdict != VAULT_VERDICT_OK)
		count_failure(entry, reply->error);
	switch (reply->verdict) {
	case VAULT_VERDICT_BUSY:
	case VAULT_VERDICT_DOWN:
		obey(keeper, reply->retry_after);
		on_unwell(entry, reply->status);
		break;
	case VAULT_VERDICT_OK:
		recover(keeper);
		on_renewed(entry, reply->body);
		break;
	default:
		recover(keeper);
		on_refused(entry, reply);
		break;
	}
}

/* An answer that cannot be read teaches nothing: it counts as none. */
static void
on_renewed(struct cache_entry *entry, struct span body)
{
	struct lease_keeper *keeper = entry->work.keeper;
	struct vault_envelope envelope;
	bool is_told;

	if (vault_envelope_parse(body, &envelope) != LH_OK) {
		count_failure(entry, "unreadable answer");
		on_unwell(entry, 200);
		return;
	}
	is_told = entry->holds == NULL || envelope.has_auth;
	if (is_told) {
		metrics_add(keeper->env.metrics, METRIC_LEASE_RENEWED, 1);
		log_debug(keeper->env.log, "lease.renewed",
		    log_span("path", vault_path_shown(entry->path)));
		lease_keeper_renewed(entry, &envelope);
	} else {
		lease_state_set(entry, LEASE_ENDING);
	}
	vault_envelope_release(&envelope);
}

/* What the server says counts, also when it is shorter. */
static void
apply_life(struct cache_entry *entry,
    const struct cache_policy_renewal *renewal)
{
	struct lease_keeper *keeper = entry->work.keeper;
	mono_ms now = loop_mono(keeper->env.loop);
	mono_ms from = entry->work.state == LEASE_RENEWING ?
	    entry->work.asked : now;

	if (from + renewal->life <= now) {
		keeper->drop(keeper->drop_arg, entry, CACHE_LEFT_EXPIRED);
		return;
	}
	entry->life.expires = from + renewal->life;
	entry->life.latest = renewal->life;
	set_expiry(entry);
	CACHE_JOURNAL_TELL(keeper->env.journal, renewed, entry);
	if (keeper->probe == entry)
		lose_probe(keeper);
	if (cache_policy_is_ending(renewal)) {
		lease_state_set(entry, LEASE_ENDING);
		return;
	}
	lease_state_stop_work(entry);
	schedule_next(entry, now);
}

static void
on_refused(struct cache_entry *entry, const struct vault_reply *reply)
{
	struct lease_keeper *keeper = entry->work.keeper;

	switch (reply->verdict) {
	case VAULT_VERDICT_GONE:
		keeper->drop(keeper->drop_arg, entry, CACHE_LEFT_REFUSED);
		break;
	case VAULT_VERDICT_DEAD_TOKEN:
		keeper->drop(keeper->drop_arg, holder_of_right(entry),
		    CACHE_LEFT_REFUSED);
		break;
	default:
		lease_state_set(entry, LEASE_ENDING);
		break;
	}
}

/* The entry of the token that was used, with which all under it goes. What
 * our own token got is left to who keeps that. */
static struct cache_entry *
holder_of_right(struct cache_entry *entry)
{
	struct cache_entry *holder;

	if (entry->holds != NULL)
		return entry;
	holder = lineage_holder(entry->under);
	return holder == NULL ? entry : holder;
}

/* Of those that were under way together only the first makes it worse. */
static void
on_unwell(struct cache_entry *entry, unsigned status)
{
	struct lease_keeper *keeper = entry->work.keeper;
	bool is_first = !keeper->quiet.is_on;
	span_ms wait;

	if (keeper->probe == NULL || keeper->probe == entry) {
		wait = lease_quiet_fail(&keeper->quiet,
		    loop_mono(keeper->env.loop), status);
		if (is_first)
			log_warn(keeper->env.log, "lease.renewals_paused",
			    log_num("for_ms", wait));
		make_probe(keeper, entry);
		return;
	}
	lease_state_set(entry, LEASE_PARKED);
	if (keeper->probe->work.state == LEASE_SCHEDULED)
		make_probe(keeper, keeper->probe);
}

/* Whatever the token's jobs can bear holds them too. */
static void
obey(struct lease_keeper *keeper, span_ms retry_after)
{
	mono_ms now = loop_mono(keeper->env.loop);

	if (retry_after <= 0)
		return;
	lease_quiet_obey(&keeper->quiet, now, retry_after);
	if (retry_after > SCHEDULER_HOLD_MAX_MS)
		retry_after = SCHEDULER_HOLD_MAX_MS;
	scheduler_hold(keeper->env.scheduler, now + retry_after);
}

static void
make_probe(struct lease_keeper *keeper, struct cache_entry *entry)
{
	keeper->probe = entry;
	schedule(entry, keeper->quiet.until);
}

/* Another one has to find out. */
static void
lose_probe(struct lease_keeper *keeper)
{
	keeper->probe = NULL;
	if (keeper->quiet.is_on && keeper->parked != NULL)
		make_probe(keeper, keeper->parked);
}

/* One good answer does not shorten what was asked for with another. */
static void
recover(struct lease_keeper *keeper)
{
	mono_ms now = loop_mono(keeper->env.loop);

	if (!keeper->quiet.is_on || !lease_quiet_end(&keeper->quiet, now))
		return;
	log_info(keeper->env.log, "lease.renewals_resumed");
	keeper->probe = NULL;
	while (keeper->parked != NULL)
		schedule(keeper->parked, now + (span_ms)(random_unit() *
		    RECOVERY_SPREAD_MS));
}

static void
count_failure(struct cache_entry *entry, const char *error)
{
	struct lease_keeper *keeper = entry->work.keeper;

	metrics_add(keeper->env.metrics, METRIC_LEASE_RENEW_FAILED, 1);
	log_info(keeper->env.log, "lease.renew_failed",
	    log_span("path", vault_path_shown(entry->path)),
	    log_text("error", error));
}
