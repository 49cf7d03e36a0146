/*
 * http_spare - see http_spare.h.
 *
 * The kernel gives out memory page by page, each emptied and entered into its
 * tables at the first use: for a body of 1 MB that takes as long as to receive
 * it. A timer looks whether a block was taken since it looked last, and gives
 * all back if none was; it runs only while there are blocks.
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "http_spare.h"

#include <stdlib.h>
#include <string.h>

#include "base/lh_assert.h"
#include "base/secret_alloc.h"
#include "base/xalloc.h"

struct block {
	char *data;
	size_t cap;		/* as that of struct bytes */
};

struct http_spares {
	struct block blocks[HTTP_SPARE_BLOCKS];
	size_t count;
	bool is_used;		/* since the timer looked */
	struct loop_timer *timer;
};

static void on_timer(void *arg);
static void give_back(struct http_spares *spares);

struct http_spares *
http_spares_new(struct loop *loop)
{
	struct http_spares *spares = xcalloc(1, sizeof(*spares));

	spares->timer = loop_timer_new(loop, on_timer, spares);
	return spares;
}

void
http_spares_free(struct http_spares *spares)
{
	if (spares == NULL)
		return;
	give_back(spares);
	loop_timer_free(spares->timer);
	free(spares);
}

bool
http_spares_take(struct http_spares *spares, struct bytes *bytes,
    size_t needed)
{
	size_t i;

	lh_assert(bytes->data == NULL);
	if (needed < HTTP_SPARE_MIN)
		return false;
	for (i = 0; i < spares->count; i++)
		if (spares->blocks[i].cap >= needed)
			break;
	if (i == spares->count || spares->blocks[i].cap > bytes->max)
		return false;
	bytes->data = spares->blocks[i].data;
	bytes->cap = spares->blocks[i].cap;
	spares->blocks[i] = spares->blocks[--spares->count];
	spares->is_used = true;
	return true;
}

void
http_spares_put(struct http_spares *spares, struct bytes *bytes)
{
	if (bytes->cap < HTTP_SPARE_MIN || bytes->cap > HTTP_SPARE_MAX ||
	    spares->count == HTTP_SPARE_BLOCKS) {
		bytes_release(bytes);
		return;
	}
	explicit_bzero(bytes->data, bytes->len + 1);
	if (spares->count == 0)
		loop_timer_set(spares->timer, HTTP_SPARE_MS);
	spares->blocks[spares->count++] = (struct block){ bytes->data,
	    bytes->cap };
	*bytes = (struct bytes){ 0 };
}

void
http_spares_look(struct http_spares *spares)
{
	if (!spares->is_used)
		give_back(spares);
	spares->is_used = false;
}

size_t
http_spares_count(const struct http_spares *spares)
{
	return spares->count;
}

static void
on_timer(void *arg)
{
	struct http_spares *spares = arg;

	http_spares_look(spares);
	if (spares->count > 0)
		loop_timer_set(spares->timer, HTTP_SPARE_MS);
}

static void
give_back(struct http_spares *spares)
{
	while (spares->count > 0)
		secret_free_used(spares->blocks[--spares->count].data, 0);
}
