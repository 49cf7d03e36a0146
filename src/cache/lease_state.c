/*
 * lease_state - the states of a lease, and the one door between them.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "lease_state.h"

#include <utlist.h>

#include "base/lh_assert.h"
#include "vault/vault_path.h"

struct state_info {
	const char *name;
	unsigned next;		/* bits of the states that may follow */
};

_Static_assert(METRIC_LEASES_FIXED - METRIC_LEASES_SCHEDULED + 1 ==
    LEASE_GONE - LEASE_SCHEDULED && LEASE_SCHEDULED == LEASE_FRESH + 1,
    "a metric for each state, in their order");

#define TO(state) (1u << (state))

static const struct state_info states[LEASE_STATES] = {
	[LEASE_FRESH] = { "fresh", TO(LEASE_SCHEDULED) | TO(LEASE_FIXED) |
	    TO(LEASE_GONE) },
	[LEASE_SCHEDULED] = { "scheduled", TO(LEASE_SCHEDULED) |
	    TO(LEASE_RENEWING) | TO(LEASE_PARKED) | TO(LEASE_ENDING) |
	    TO(LEASE_GONE) },
	[LEASE_RENEWING] = { "renewing", TO(LEASE_SCHEDULED) |
	    TO(LEASE_PARKED) | TO(LEASE_ENDING) | TO(LEASE_GONE) },
	[LEASE_PARKED] = { "parked", TO(LEASE_SCHEDULED) |
	    TO(LEASE_ENDING) | TO(LEASE_GONE) },
	[LEASE_ENDING] = { "ending", TO(LEASE_ENDING) |
	    TO(LEASE_SCHEDULED) | TO(LEASE_GONE) },
	[LEASE_FIXED] = { "fixed", TO(LEASE_GONE) },
	[LEASE_GONE] = { "gone", 0 }
};

static void enter_state(struct cache_entry *entry, enum lease_state old);
static void show_states(struct lease_keeper *keeper, enum lease_state old,
    enum lease_state state);

void
lease_state_set(struct cache_entry *entry, enum lease_state state)
{
	struct lease_work *work = &entry->work;
	enum lease_state old = work->state;

	lh_assert((states[old].next & TO(state)) != 0);
	log_debug(work->keeper->env.log, "lease.state",
	    log_text("from", states[old].name),
	    log_text("to", states[state].name),
	    log_span("path", vault_path_shown(entry->path)));
	work->state = state;
	enter_state(entry, old);
}

void
lease_state_stop_work(struct cache_entry *entry)
{
	vault_op_cancel(entry->work.op);
	entry->work.op = NULL;
	scheduler_cancel(entry->work.keeper->env.scheduler, &entry->work.job);
}

static void
enter_state(struct cache_entry *entry, enum lease_state old)
{
	struct lease_keeper *keeper = entry->work.keeper;

	show_states(keeper, old, entry->work.state);
	if (old == LEASE_PARKED)
		DL_DELETE2(keeper->parked, entry, work.parked_prev,
		    work.parked_next);
	if (old == LEASE_ENDING)
		keeper->ending--;
	switch (entry->work.state) {
	case LEASE_PARKED:
		DL_APPEND2(keeper->parked, entry, work.parked_prev,
		    work.parked_next);
		lease_state_stop_work(entry);
		break;
	case LEASE_ENDING:
		keeper->ending++;
		lease_state_stop_work(entry);
		break;
	case LEASE_GONE:
		lease_state_stop_work(entry);
		break;
	default:
		break;
	}
}

/* Before FRESH and after GONE the entry is not ours. */
static void
show_states(struct lease_keeper *keeper, enum lease_state old,
    enum lease_state state)
{
	struct metrics *metrics = keeper->env.metrics;

	if (old != LEASE_FRESH)
		metrics_add(metrics, METRIC_LEASES_SCHEDULED + old -
		    LEASE_SCHEDULED, -1);
	if (state != LEASE_GONE)
		metrics_add(metrics, METRIC_LEASES_SCHEDULED + state -
		    LEASE_SCHEDULED, 1);
}
