/*
 * cache_answer - a stored answer: an immutable counted block, ready to send.
 *
 * Head and body lie behind one another in one allocation, and behind them the
 * tags of a static answer; it is wiped at the end. Where the seconds of the
 * life stand is kept as up to two cuts in the body; on the way out the body
 * goes as the pieces between the cuts, sent by reference, and the digits that
 * take the place of what was cut out.
 *
 * Only the number that tells a life is a cut: an answer with auth has a
 * lease_duration of 0 at its top, which stays.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "cache/cache_answer.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/lh_assert.h"
#include "base/secret_alloc.h"

#define STATUS_LINE_MAX 64
#define OWN_FIELDS_MAX 128
#define CUTS_MAX 2
#define DIGITS_MAX sizeof(((struct cache_answer_room *)0)->digits[0])

struct cache_answer {
	unsigned refs;
	unsigned short status;
	unsigned short cuts_count;
	size_t head_len;
	size_t body_len;
	struct cache_tags *tags;		/* in bytes; NULL: not static */
	struct vault_place cuts[CUTS_MAX];	/* the sooner one first */
	char bytes[];				/* head, body, tags */
};

_Static_assert(_Alignof(struct cache_tags) == 1, "they stand anywhere");

/* Of an answer that comes packed. */
struct facts {
	unsigned short status;
	unsigned short cuts_count;
	bool is_static;
	struct vault_place cuts[CUTS_MAX];
	struct cache_tags tags;
};

/* What is ours: before and behind the fields of the upstream, and behind the
 * body. */
struct frame {
	struct span status_line;
	struct span own_fields;
	const struct cache_tags *tags;		/* NULL: it is not static */
};

static bool unpack_facts(struct span *rest, struct facts *out);
static bool cuts_are_usable(const struct facts *facts, struct span body);
static bool marks_are_usable(const struct vault_marks *marks,
    struct span body);
static bool place_is_usable(const struct vault_place *place,
    struct span body);
static struct cache_answer *answer_new(const struct http_head *head,
    struct span body, const struct frame *given);
static struct cache_answer *answer_alloc(size_t head_len, size_t body_len,
    const struct cache_tags *tags);
static size_t head_bytes(const struct http_head *head,
    const struct frame *frame);
static bool field_is_kept(struct http_fields fields, struct span name);
static size_t field_bytes(const struct http_field *field);
static void write_head(struct cache_answer *answer,
    const struct http_head *head, const struct frame *frame);
static char *put(char *at, struct span text);
static void set_cuts(struct cache_answer *answer,
    const struct vault_marks *marks);
static void fill_pieces(struct cache_answer *answer, int64_t remaining_s,
    struct cache_answer_room *room, struct http_stored *out);
static void on_sent(void *arg);

struct cache_answer *
cache_answer_new(const struct http_head *head, struct span body,
    const struct vault_marks *marks)
{
	struct frame frame = {
		.own_fields = SPAN_LITERAL("X-Cache: HIT\r\n")
	};
	struct cache_answer *answer;

	if (!marks_are_usable(marks, body))
		return NULL;
	answer = answer_new(head, body, &frame);
	if (answer != NULL)
		set_cuts(answer, marks);
	return answer;
}

struct cache_answer *
cache_answer_new_static(const struct http_head *head, struct span body,
    const struct cache_tags *tags)
{
	char own[OWN_FIELDS_MAX];
	struct frame frame = { .tags = tags };
	int len;

	len = snprintf(own, sizeof(own),
	    "ETag: %s\r\nX-Leasehold-Index: %s\r\n", tags->etag,
	    tags->index);
	lh_assert(len > 0 && (size_t)len < sizeof(own));
	frame.own_fields = (struct span){ own, (size_t)len };
	return answer_new(head, body, &frame);
}

const struct cache_tags *
cache_answer_tags(const struct cache_answer *answer)
{
	return answer->tags;
}

struct cache_answer *
cache_answer_ref(struct cache_answer *answer)
{
	lh_assert(answer->refs > 0);
	answer->refs++;
	return answer;
}

void
cache_answer_unref(struct cache_answer **answer)
{
	struct cache_answer *left = *answer;

	*answer = NULL;
	if (left == NULL)
		return;
	lh_assert(left->refs > 0);
	if (--left->refs == 0)
		secret_free(left);
}

void
cache_answer_pack(const struct cache_answer *answer, struct pack *pack)
{
	static const struct cache_tags none;
	const struct cache_tags *tags = answer->tags == NULL ? &none :
	    answer->tags;

	pack_number(pack, answer->status);
	pack_number(pack, answer->tags != NULL);
	pack_text(pack, (struct span){ tags->etag, sizeof(tags->etag) });
	pack_text(pack, (struct span){ tags->index, sizeof(tags->index) });
	pack_number(pack, answer->cuts_count);
	for (unsigned i = 0; i < answer->cuts_count; i++) {
		pack_number(pack, answer->cuts[i].offset);
		pack_number(pack, answer->cuts[i].width);
	}
	pack_text(pack, (struct span){ answer->bytes, answer->head_len });
	pack_text(pack, cache_answer_body(answer));
}

struct cache_answer *
cache_answer_unpack(struct span packed)
{
	struct facts facts = { 0 };
	struct cache_answer *answer;
	struct span head, body;

	if (!unpack_facts(&packed, &facts) || !unpack_text(&packed, &head) ||
	    !unpack_text(&packed, &body) || packed.len > 0 ||
	    !cuts_are_usable(&facts, body))
		return NULL;
	answer = answer_alloc(head.len, body.len,
	    facts.is_static ? &facts.tags : NULL);
	if (answer == NULL)
		return NULL;
	answer->status = facts.status;
	answer->cuts_count = facts.cuts_count;
	memcpy(answer->cuts, facts.cuts, sizeof(answer->cuts));
	put(put(answer->bytes, head), body);
	return answer;
}

size_t
cache_answer_bytes(const struct cache_answer *answer)
{
	return sizeof(*answer) + answer->head_len + answer->body_len +
	    (answer->tags == NULL ? 0 : sizeof(*answer->tags));
}

unsigned
cache_answer_status(const struct cache_answer *answer)
{
	return answer->status;
}

struct span
cache_answer_body(const struct cache_answer *answer)
{
	return (struct span){
		answer->bytes + answer->head_len, answer->body_len
	};
}

void
cache_answer_send(struct cache_answer *answer, int64_t remaining_s,
    int64_t age_s, struct cache_answer_room *room, struct http_stored *out)
{
	int len = snprintf(room->age, sizeof(room->age), "Age: %lld\r\n",
	    (long long)age_s);

	lh_assert(len > 0 && (size_t)len < sizeof(room->age));
	*out = (struct http_stored){
		.head = { answer->bytes, answer->head_len },
		.more = { room->age, (size_t)len },
		.release = on_sent,
		.arg = answer
	};
	fill_pieces(answer, remaining_s, room, out);
}

static bool
unpack_facts(struct span *rest, struct facts *out)
{
	uint64_t status, is_static, count, offset, width;
	struct span etag, index;

	if (!unpack_number(rest, &status) || status < 100 || status > 599 ||
	    !unpack_number(rest, &is_static) || is_static > 1 ||
	    !unpack_text(rest, &etag) || etag.len != CACHE_ETAG_SIZE ||
	    !unpack_text(rest, &index) || index.len != CACHE_INDEX_SIZE ||
	    !unpack_number(rest, &count) || count > CUTS_MAX)
		return false;
	out->status = (unsigned short)status;
	out->is_static = is_static == 1;
	memcpy(out->tags.etag, etag.ptr, CACHE_ETAG_SIZE - 1);
	memcpy(out->tags.index, index.ptr, CACHE_INDEX_SIZE - 1);
	while (out->cuts_count < count) {
		if (!unpack_number(rest, &offset) ||
		    !unpack_number(rest, &width))
			return false;
		out->cuts[out->cuts_count++] = (struct vault_place){
			.offset = (size_t)offset, .width = (size_t)width
		};
	}
	return true;
}

/* In their order, apart from one another, within the body. */
static bool
cuts_are_usable(const struct facts *facts, struct span body)
{
	const struct vault_place *cuts = facts->cuts;

	for (unsigned i = 0; i < facts->cuts_count; i++)
		if (!place_is_usable(&cuts[i], body))
			return false;
	return facts->cuts_count < 2 ||
	    cuts[0].offset + cuts[0].width <= cuts[1].offset;
}

/* An answer whose seconds could not be shown truthfully is not kept. */
static bool
marks_are_usable(const struct vault_marks *marks, struct span body)
{
	if (marks->lease && !place_is_usable(&marks->lease_duration, body))
		return false;
	if (marks->auth && !place_is_usable(&marks->auth_duration, body))
		return false;
	return marks->life.width == 0 || place_is_usable(&marks->life, body);
}

static bool
place_is_usable(const struct vault_place *place, struct span body)
{
	return place->width > 0 && place->width <= DIGITS_MAX &&
	    place->offset <= body.len &&
	    place->width <= body.len - place->offset;
}

static struct cache_answer *
answer_new(const struct http_head *head, struct span body,
    const struct frame *given)
{
	char line[STATUS_LINE_MAX];
	struct frame frame = *given;
	struct cache_answer *answer;
	int len;

	len = snprintf(line, sizeof(line), "HTTP/1.1 %u %s\r\n", head->status,
	    http_status_text(head->status));
	if (len < 0 || (size_t)len >= sizeof(line))
		return NULL;
	frame.status_line = (struct span){ line, (size_t)len };
	answer = answer_alloc(head_bytes(head, &frame), body.len, frame.tags);
	if (answer == NULL)
		return NULL;
	answer->status = (unsigned short)head->status;
	write_head(answer, head, &frame);
	put(answer->bytes + answer->head_len, body);
	return answer;
}

static struct cache_answer *
answer_alloc(size_t head_len, size_t body_len, const struct cache_tags *tags)
{
	size_t text_len = head_len + body_len;
	struct cache_answer *answer = secret_malloc(sizeof(*answer) +
	    text_len + (tags == NULL ? 0 : sizeof(*tags)));

	if (answer == NULL)
		return NULL;
	*answer = (struct cache_answer){
		.refs = 1, .head_len = head_len, .body_len = body_len
	};
	if (tags != NULL) {
		answer->tags = (struct cache_tags *)(answer->bytes + text_len);
		*answer->tags = *tags;
	}
	return answer;
}

static size_t
head_bytes(const struct http_head *head, const struct frame *frame)
{
	size_t len = frame->status_line.len + frame->own_fields.len;
	size_t i;

	for (i = 0; i < head->fields.count; i++)
		if (field_is_kept(head->fields, head->fields.list[i].name))
			len += field_bytes(&head->fields.list[i]);
	return len;
}

/* Of the connection, of the moment, or added on the way out. */
static bool
field_is_kept(struct http_fields fields, struct span name)
{
	static const struct span ours[] = {
		{ "Date", 4 }, { "Age", 3 }, { "X-Cache", 7 }, { "ETag", 4 },
		{ "X-Leasehold-Index", 17 }, { "Content-Length", 14 }
	};
	size_t i;

	for (i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (span_equal_nocase(name, ours[i]))
			return false;
	return !http_field_is_hop_by_hop(fields, name);
}

static size_t
field_bytes(const struct http_field *field)
{
	return field->name.len + field->value.len + sizeof(": \r\n") - 1;
}

static void
write_head(struct cache_answer *answer, const struct http_head *head,
    const struct frame *frame)
{
	char *at = put(answer->bytes, frame->status_line);
	const struct http_field *field;
	size_t i;

	for (i = 0; i < head->fields.count; i++) {
		field = &head->fields.list[i];
		if (!field_is_kept(head->fields, field->name))
			continue;
		at = put(at, field->name);
		at = put(at, SPAN_LITERAL(": "));
		at = put(at, field->value);
		at = put(at, SPAN_LITERAL("\r\n"));
	}
	at = put(at, frame->own_fields);
	lh_assert(at == answer->bytes + answer->head_len);
}

static char *
put(char *at, struct span text)
{
	if (text.len > 0)
		memcpy(at, text.ptr, text.len);
	return at + text.len;
}

static void
set_cuts(struct cache_answer *answer, const struct vault_marks *marks)
{
	struct vault_place sooner;

	if (marks->lease)
		answer->cuts[answer->cuts_count++] = marks->lease_duration;
	if (marks->auth)
		answer->cuts[answer->cuts_count++] = marks->auth_duration;
	else if (marks->life.width > 0 && (answer->cuts_count == 0 ||
	    marks->life.offset != answer->cuts[0].offset))
		answer->cuts[answer->cuts_count++] = marks->life;
	if (answer->cuts_count < 2 ||
	    answer->cuts[0].offset < answer->cuts[1].offset)
		return;
	sooner = answer->cuts[1];
	answer->cuts[1] = answer->cuts[0];
	answer->cuts[0] = sooner;
}

static void
fill_pieces(struct cache_answer *answer, int64_t remaining_s,
    struct cache_answer_room *room, struct http_stored *out)
{
	struct span rest = cache_answer_body(answer);
	const char *start = rest.ptr;
	const struct vault_place *cut;
	size_t piece = 0;
	unsigned i;

	for (i = 0; i < answer->cuts_count; i++) {
		cut = &answer->cuts[i];
		vault_scan_write(room->digits[i], cut->width, remaining_s);
		out->pieces[piece++] = (struct span){
			rest.ptr, cut->offset - (size_t)(rest.ptr - start)
		};
		out->pieces[piece++] = (struct span){
			room->digits[i], cut->width
		};
		rest = span_skip(cache_answer_body(answer),
		    cut->offset + cut->width);
	}
	out->pieces[piece] = rest;
}

static void
on_sent(void *arg)
{
	struct cache_answer *answer = arg;

	cache_answer_unref(&answer);
}
