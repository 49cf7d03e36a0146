/*
 * cache_arrival - an answer on its way in: read, and judged.
 *
 * Most answers hold no lease. So the cheap questions come first: the head,
 * then a search for the marks of a lease, then where they stand; only what
 * passes all of these is parsed. On a path with a configured lifetime every
 * answer is.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "cache_arrival.h"

#include "cache_key.h"

#define MS 1000

static const struct cache_lifetime *lifetime_of(
    const struct cache_arrival *arrival, const struct cache_options *options);
static bool may_matter(const struct cache_arrival *arrival,
    const struct cache_options *options);
static void grant(struct cache_arrival *arrival, int64_t seconds);
static void read_life(struct cache_arrival *arrival,
    const struct cache_lifetime *lifetime);

bool
cache_arrival_read(struct cache_arrival *arrival,
    const struct cache_options *options)
{
	const struct vault_envelope *envelope = &arrival->envelope;
	const struct cache_lifetime *lifetime;

	if (!may_matter(arrival, options))
		return false;
	lifetime = lifetime_of(arrival, options);
	if ((lifetime == NULL && !vault_scan_may_lease(arrival->body)) ||
	    vault_scan(arrival->body, &arrival->marks) != LH_OK ||
	    (lifetime == NULL && !arrival->marks.lease &&
	    !arrival->marks.auth) ||
	    vault_envelope_parse(arrival->body, &arrival->envelope) != LH_OK)
		return false;
	arrival->verdict = cache_policy_judge(envelope, arrival->is_managed);
	if (arrival->verdict == CACHE_POLICY_KEEP_TOKEN)
		grant(arrival, envelope->auth.ttl_s);
	else if (arrival->verdict == CACHE_POLICY_KEEP_LEASE)
		grant(arrival, envelope->lease_duration_s);
	else if (lifetime != NULL &&
	    cache_policy_may_live(envelope, arrival->is_managed))
		read_life(arrival, lifetime);
	return arrival->verdict != CACHE_POLICY_DROP;
}

void
cache_arrival_release(struct cache_arrival *arrival)
{
	vault_envelope_release(&arrival->envelope);
}

static bool
may_matter(const struct cache_arrival *arrival,
    const struct cache_options *options)
{
	return cache_policy_wants(arrival->head, options->max_entry_bytes) &&
	    arrival->body.len <= options->max_entry_bytes;
}

/* NULL: none is configured for the path. */
static const struct cache_lifetime *
lifetime_of(const struct cache_arrival *arrival,
    const struct cache_options *options)
{
	struct cache_key_path path LH_ROOM;

	if (options->lifetimes.count == 0 ||
	    cache_key_path_set(&path, arrival->ask) != LH_OK)
		return NULL;
	return cache_lifetime_find(&options->lifetimes, path.text);
}

/* From the asking on: how long the answer took to come is not known to be part
 * of its life. */
static void
grant(struct cache_arrival *arrival, int64_t seconds)
{
	mono_ms asked = arrival->facts->asked;
	span_ms life = seconds * MS;

	arrival->life = (struct cache_life){
		.born = asked, .expires = asked + life,
		.granted = life, .latest = life
	};
	if (arrival->life.expires <= arrival->now)
		arrival->verdict = CACHE_POLICY_DROP;
}

/* Around the moment of a rotation nobody knows how long an answer is good. Who
 * waits for it gets it, as they would get the same one each for themselves.
 *
 * Seconds on top count down also where there is no lease: what a KV version 1
 * tells beside its data. */
static void
read_life(struct cache_arrival *arrival,
    const struct cache_lifetime *lifetime)
{
	const struct cache_lifetime_answer answer = {
		.body = arrival->body, .envelope = &arrival->envelope,
		.asked = arrival->facts->asked, .now = arrival->now,
		.wall = arrival->wall
	};
	bool is_in_turn = cache_lifetime_is_in_turn(lifetime);
	struct cache_lifetime_reading reading;
	enum cache_lifetime_verdict verdict;
	span_ms life;

	verdict = cache_lifetime_read(lifetime, &answer, &reading);
	if (verdict == CACHE_LIFETIME_UNTOLD ||
	    (verdict == CACHE_LIFETIME_OVER && !is_in_turn))
		return;
	life = reading.expires - arrival->now;
	arrival->life = (struct cache_life){
		.born = arrival->now, .expires = reading.expires,
		.granted = life, .latest = life,
		.course = is_in_turn ? CACHE_COURSE_IN_TURN :
		    CACHE_COURSE_REPLACED
	};
	arrival->marks.lease = arrival->envelope.lease_duration_s > 0;
	arrival->marks.life = reading.place;
	arrival->verdict = verdict == CACHE_LIFETIME_OVER ?
	    CACHE_POLICY_SHARE : CACHE_POLICY_KEEP_LIFE;
}
