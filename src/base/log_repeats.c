/*
 * log_repeats - see log_repeats.h. Two lines are alike when a hash of all but
 * their digits is the same: counters, ports and ids differ in a storm.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "log_repeats.h"

#define FNV_BASIS 0xcbf29ce484222325u
#define FNV_PRIME 0x100000001b3u

static uint64_t likeness_of(const struct log_event *event);
static uint64_t mix(uint64_t hash, struct span text);
static struct log_repeat *find(struct log_repeats *repeats,
    uint64_t likeness, mono_ms now);

bool
log_repeats_pass(struct log_repeats *repeats, const struct log_event *event,
    mono_ms now)
{
	uint64_t likeness = likeness_of(event);
	struct log_repeat *kind = find(repeats, likeness, now);

	if (kind == NULL)
		return true;
	if (kind->seen == 0 || (now >= kind->ends && kind->left_out == 0))
		*kind = (struct log_repeat){ .likeness = likeness,
			.event = event->name, .level = event->level,
			.ends = now + LOG_REPEATS_WINDOW_MS };
	if (++kind->seen <= LOG_REPEATS_SHOWN)
		return true;
	if (kind->left_out++ == 0)
		repeats->open++;
	return false;
}

bool
log_repeats_left_out(const struct log_repeats *repeats)
{
	return repeats->open > 0;
}

bool
log_repeats_take(struct log_repeats *repeats, mono_ms now,
    struct log_repeat *out)
{
	for (size_t i = 0; repeats->open > 0 && i < LOG_REPEATS_KINDS; i++) {
		struct log_repeat *kind = &repeats->kinds[i];

		if (kind->left_out == 0 || now < kind->ends)
			continue;
		*out = *kind;
		*kind = (struct log_repeat){ .seen = 0 };
		repeats->open--;
		return true;
	}
	return false;
}

static uint64_t
likeness_of(const struct log_event *event)
{
	uint64_t hash = mix(FNV_BASIS, span_of(event->name));

	for (const struct log_field *f = event->fields; f->key != NULL; f++) {
		hash = mix(hash, span_of(f->key));
		if (!f->is_number)
			hash = mix(hash, f->text);
	}
	return hash;
}

/* Without its digits, and with an end that text does not have. */
static uint64_t
mix(uint64_t hash, struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		if (c < '0' || c > '9')
			hash = (hash ^ c) * FNV_PRIME;
	}
	return (hash ^ 0xff) * FNV_PRIME;
}

/* Its own place, else one that is free, else NULL. */
static struct log_repeat *
find(struct log_repeats *repeats, uint64_t likeness, mono_ms now)
{
	struct log_repeat *room = NULL;

	for (size_t i = 0; i < LOG_REPEATS_KINDS; i++) {
		struct log_repeat *kind = &repeats->kinds[i];
		bool unused = kind->seen == 0 ||
		    (now >= kind->ends && kind->left_out == 0);

		if (!unused && kind->likeness == likeness)
			return kind;
		if (unused && room == NULL)
			room = kind;
	}
	return room;
}
