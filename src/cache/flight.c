/*
 * flight - keys being fetched upstream, and the callers waiting for them.
 *
 * A waiter stands in one of two queues: that of its flight, or, once its
 * flight has ended for it, the one of deliveries, which a function for later
 * empties. What cannot be called back is that function; so the queue of
 * deliveries is a mailbox of its own, which outlives the table when one is
 * still to come.
 *
 * A waiter that was told to lead and leaves before it heard hands the flight
 * to the next one.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "flight.h"

#include <stdlib.h>

#include "base/lh_assert.h"
#include "base/xalloc.h"
#include "cache_key.h"

/* For uthash: the process ends in our way when memory does. */
#define uthash_malloc(size) xmalloc(size)
#define uthash_free(memory, size) free(memory)
#include <uthash.h>
#include <utlist.h>

struct cache_waiter {
	struct flight_table *table;
	struct cache_flight *flight;	/* waits for, or is to lead */
	cache_landing_fn *fn;
	void *arg;
	bool has_landed;		/* in the mailbox */
	enum cache_landing landing;
	struct cache_hit hit;
	struct cache_waiter *prev;
	struct cache_waiter *next;
};

struct cache_flight {
	struct flight_table *table;
	struct flight_facts facts;
	bool is_open;			/* by_key; others may join */
	bool has_departed;
	struct cache_waiter *waiters;
	unsigned waiting;
	UT_hash_handle by_key;
	struct cache_flight *prev;	/* of all */
	struct cache_flight *next;
};

struct mailbox {
	struct flight_table *table;	/* NULL: it is gone */
	struct cache_waiter *landed;
	bool is_awaited;		/* a delivery is to come */
};

struct flight_table {
	struct loop *loop;
	unsigned max_waiters;
	struct cache_flight *by_key;
	struct cache_flight *all;
	struct mailbox *mailbox;
	size_t flights;
	size_t waiters;			/* in both queues */
};

static void unqueue(struct cache_waiter *waiter);
static void post(struct cache_waiter *waiter, enum cache_landing landing);
static void deliver(void *arg);
static void deliver_first(struct mailbox *mailbox);
static void release_waiters(struct cache_flight *flight,
    enum cache_landing landing);
static void close_key(struct cache_flight *flight);
static void end_flight(struct cache_flight *flight);
static void free_waiters(struct cache_waiter **queue);

struct flight_table *
flight_table_new(struct loop *loop, unsigned max_waiters)
{
	struct flight_table *table = xcalloc(1, sizeof(*table));

	table->loop = loop;
	table->max_waiters = max_waiters;
	table->mailbox = xcalloc(1, sizeof(*table->mailbox));
	table->mailbox->table = table;
	return table;
}

void
flight_table_free(struct flight_table *table)
{
	if (table == NULL)
		return;
	while (table->all != NULL) {
		free_waiters(&table->all->waiters);
		end_flight(table->all);
	}
	free_waiters(&table->mailbox->landed);
	table->mailbox->table = NULL;
	if (!table->mailbox->is_awaited)
		free(table->mailbox);
	free(table);
}

struct cache_flight *
flight_start(struct flight_table *table, const struct flight_facts *facts)
{
	struct cache_flight *flight = flight_start_alone(table, facts);

	lh_assert(flight_find(table, &facts->key) == NULL);
	HASH_ADD_BYHASHVALUE(by_key, table->by_key, facts.key.digest,
	    DIGEST_BYTES, cache_key_hash(&facts->key), flight);
	flight->is_open = true;
	return flight;
}

struct cache_flight *
flight_start_alone(struct flight_table *table,
    const struct flight_facts *facts)
{
	struct cache_flight *flight = xcalloc(1, sizeof(*flight));

	flight->table = table;
	flight->facts = *facts;
	DL_APPEND(table->all, flight);
	table->flights++;
	return flight;
}

struct cache_flight *
flight_find(const struct flight_table *table, const struct cache_key *key)
{
	struct cache_flight *flight;

	HASH_FIND_BYHASHVALUE(by_key, table->by_key, key->digest, DIGEST_BYTES,
	    cache_key_hash(key), flight);
	return flight;
}

const struct flight_facts *
flight_facts(const struct cache_flight *flight)
{
	return &flight->facts;
}

enum lh_err
flight_join(struct cache_flight *flight, cache_landing_fn *fn, void *arg,
    struct cache_waiter **waiter_out)
{
	struct flight_table *table = flight->table;
	struct cache_waiter *waiter;

	lh_assert(flight->is_open);
	if (flight->waiting >= table->max_waiters)
		return LH_ERR_LIMIT;
	waiter = xcalloc(1, sizeof(*waiter));
	waiter->table = table;
	waiter->flight = flight;
	waiter->fn = fn;
	waiter->arg = arg;
	DL_APPEND(flight->waiters, waiter);
	flight->waiting++;
	table->waiters++;
	*waiter_out = waiter;
	return LH_OK;
}

void
flight_leave(struct cache_waiter *waiter)
{
	struct cache_flight *to_lead = NULL;

	if (waiter == NULL)
		return;
	if (waiter->has_landed) {
		DL_DELETE(waiter->table->mailbox->landed, waiter);
		if (waiter->landing == CACHE_LANDED_LEAD)
			to_lead = waiter->flight;
	} else {
		unqueue(waiter);
	}
	waiter->table->waiters--;
	cache_answer_unref(&waiter->hit.answer);
	free(waiter);
	if (to_lead != NULL)
		flight_fail(&to_lead);
}

void
flight_depart(struct cache_flight *flight, uint64_t epoch, mono_ms asked)
{
	flight->facts.epoch = epoch;
	flight->facts.asked = asked;
	flight->has_departed = true;
}

bool
flight_has_departed(const struct cache_flight *flight)
{
	return flight->has_departed;
}

void
flight_land(struct cache_flight **flight, const struct cache_hit *hit)
{
	struct cache_flight *landing = *flight;
	struct cache_waiter *waiter;

	*flight = NULL;
	while ((waiter = landing->waiters) != NULL) {
		waiter->hit = *hit;
		cache_answer_ref(waiter->hit.answer);
		post(waiter, CACHE_LANDED_HIT);
	}
	end_flight(landing);
}

void
flight_release(struct cache_flight **flight)
{
	struct cache_flight *released = *flight;

	*flight = NULL;
	release_waiters(released, CACHE_LANDED_ALONE);
	end_flight(released);
}

void
flight_fail(struct cache_flight **flight)
{
	struct cache_flight *failed = *flight;

	*flight = NULL;
	if (failed->waiters != NULL)
		post(failed->waiters, CACHE_LANDED_LEAD);
	else
		end_flight(failed);
}

void
flight_seclude(struct cache_flight *flight)
{
	release_waiters(flight, CACHE_LANDED_ALONE);
	close_key(flight);
}

void
flight_table_seclude_auto(struct flight_table *table)
{
	struct cache_flight *flight;

	DL_FOREACH(table->all, flight) {
		if (flight->facts.identity == CACHE_IDENTITY_AUTO)
			flight_seclude(flight);
	}
}

void
flight_table_seclude_if(struct flight_table *table, flight_test_fn *is_stale,
    void *arg)
{
	struct cache_flight *flight;

	DL_FOREACH(table->all, flight) {
		if (!is_stale(arg, &flight->facts))
			continue;
		release_waiters(flight, CACHE_LANDED_AGAIN);
		close_key(flight);
	}
}

size_t
flight_table_flights(const struct flight_table *table)
{
	return table->flights;
}

size_t
flight_table_waiters(const struct flight_table *table)
{
	return table->waiters;
}

static void
unqueue(struct cache_waiter *waiter)
{
	DL_DELETE(waiter->flight->waiters, waiter);
	waiter->flight->waiting--;
}

/* From the flight's queue into the mailbox. */
static void
post(struct cache_waiter *waiter, enum cache_landing landing)
{
	struct flight_table *table = waiter->table;
	struct mailbox *mailbox = table->mailbox;

	lh_assert(!waiter->has_landed);
	unqueue(waiter);
	if (landing != CACHE_LANDED_LEAD)
		waiter->flight = NULL;
	waiter->has_landed = true;
	waiter->landing = landing;
	DL_APPEND(mailbox->landed, waiter);
	if (mailbox->is_awaited)
		return;
	mailbox->is_awaited = true;
	loop_later(table->loop, deliver, mailbox);
}

/* A waiter may end the table, or land others: these are delivered as well. */
static void
deliver(void *arg)
{
	struct mailbox *mailbox = arg;

	while (mailbox->landed != NULL)
		deliver_first(mailbox);
	mailbox->is_awaited = false;
	if (mailbox->table == NULL)
		free(mailbox);
}

static void
deliver_first(struct mailbox *mailbox)
{
	struct cache_waiter *waiter = mailbox->landed;
	struct cache_waiter heard = *waiter;

	DL_DELETE(mailbox->landed, waiter);
	waiter->table->waiters--;
	free(waiter);
	heard.fn(heard.arg, heard.landing,
	    heard.landing == CACHE_LANDED_HIT ? &heard.hit : NULL,
	    heard.flight);
}

static void
release_waiters(struct cache_flight *flight, enum cache_landing landing)
{
	while (flight->waiters != NULL)
		post(flight->waiters, landing);
}

static void
close_key(struct cache_flight *flight)
{
	if (!flight->is_open)
		return;
	HASH_DELETE(by_key, flight->table->by_key, flight);
	flight->is_open = false;
}

static void
end_flight(struct cache_flight *flight)
{
	lh_assert(flight->waiters == NULL);
	close_key(flight);
	DL_DELETE(flight->table->all, flight);
	flight->table->flights--;
	free(flight);
}

static void
free_waiters(struct cache_waiter **queue)
{
	struct cache_waiter *waiter;

	while ((waiter = *queue) != NULL) {
		DL_DELETE(*queue, waiter);
		cache_answer_unref(&waiter->hit.answer);
		free(waiter);
	}
}
